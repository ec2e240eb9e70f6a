/* cache_redis/slots.c - slots of keys, and redirects.
 * SPDX-License-Identifier: MIT */
#include "slots.h"

#include <string.h>

/* CRC-16/XMODEM, as Redis Cluster has it. */
static uint16_t crc16(cdt_str s)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (uint16_t)((uint8_t)s.p[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return crc;
}

uint16_t slots_of(cdt_str key)
{
	const char *open = key.n ? memchr(key.p, '{', key.n) : NULL;
	const char *shut = open ? memchr(open, '}', key.n - (size_t)(open - key.p)) : NULL;

	/* Only what is between the first braces counts, when there is anything. */
	if (shut && shut > open + 1)
		key = (cdt_str){ open + 1, (size_t)(shut - open - 1) };
	return crc16(key) % SLOTS;
}

/* The number at the head of *s, and the space behind it; -1: none. */
static int take_slot(cdt_str *s)
{
	int slot = 0;
	size_t i = 0;

	while (i < s->n && i < 5 && s->p[i] >= '0' && s->p[i] <= '9')
		slot = slot * 10 + (s->p[i++] - '0');
	if (i == 0 || i == s->n || s->p[i] != ' ' || slot >= SLOTS)
		return -1;
	s->p += i + 1;
	s->n -= i + 1;
	return slot;
}

bool slots_redirect(cdt_str answer, struct redirect *out)
{
	static const struct { const char *word; size_t n; } words[] = {
		{ "MOVED ", 6 }, { "ASK ", 4 },
	};
	struct redirect r = { .ask = false };
	cdt_str host = CDT_STR("x");
	int slot;

	for (size_t i = 0; i < 2; i++) {
		cdt_str rest = { answer.p + words[i].n, answer.n - words[i].n };

		if (answer.n < words[i].n || memcmp(answer.p, words[i].word, words[i].n) != 0)
			continue;
		slot = take_slot(&rest);
		if (slot < 0 || rest.n == 0)
			return false;
		r.ask = i == 1;
		r.slot = (uint16_t)slot;
		if (rest.p[0] != ':')
			host = rest;
		if (place_read(host, &r.to) || r.to.port == 0)
			return false;
		if (rest.p[0] == ':') {
			char named[PLACE_NAME_SIZE] = "x";

			if (rest.n >= sizeof named - 1)
				return false;
			memcpy(named + 1, rest.p, rest.n);
			if (place_read((cdt_str){ named, rest.n + 1 }, &r.to))
				return false;
			r.to.host[0] = '\0';
		}
		*out = r;
		return true;
	}
	return false;
}
