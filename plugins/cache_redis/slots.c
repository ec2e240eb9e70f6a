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

/* "host:port"; or ":port", of the host that answers. */
static bool read_home(cdt_str text, struct place *out)
{
	char named[PLACE_NAME_SIZE] = "x";

	if (text.n == 0 || text.p[0] != ':' || memchr(text.p + 1, ':', text.n - 1))
		return !place_read(text, out) && out->port;
	if (text.n >= sizeof named - 1)
		return false;
	memcpy(named + 1, text.p, text.n);
	if (place_read((cdt_str){ named, text.n + 1 }, out))
		return false;
	out->host[0] = '\0';
	return true;
}

bool slots_redirect(cdt_str answer, struct redirect *out)
{
	static const struct { const char *word; size_t n; } words[] = {
		{ "MOVED ", 6 }, { "ASK ", 4 },
	};

	for (size_t i = 0; i < 2; i++) {
		cdt_str rest = answer;
		struct redirect r = { .ask = i == 1 };
		int slot;

		if (answer.n < words[i].n || memcmp(answer.p, words[i].word, words[i].n) != 0)
			continue;
		rest.p += words[i].n;
		rest.n -= words[i].n;
		slot = take_slot(&rest);
		if (slot < 0 || !read_home(rest, &r.to))
			return false;
		r.slot = (uint16_t)slot;
		*out = r;
		return true;
	}
	return false;
}
