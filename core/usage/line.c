/* usage/line.c - writes one line of the access log into fixed memory: no allocation, no
 * printf.  Pure.
 * SPDX-License-Identifier: MIT */
#include "usage/line.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

/* NUMBERS_SIZE: kept free by texts, so that the numbers always have room. */
enum { TEXT_MAX = 256, AGENT_MAX = 128, NUMBERS_SIZE = 640, DIGITS_MAX = 20 };

struct pen { char *at, *end; };        /* end: where texts must stop */

/* A member's name with its punctuation, and so many bytes after it that a copy of constant
 * size, which needs no call, stays inside. */
enum { NAME_ROOM = 24 };
#define KEY(name) ((cdt_str){ ",\"" name "\":" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", \
                              sizeof(",\"" name "\":") - 1 })

static void put(struct pen *p, cdt_str s)
{
	memcpy(p->at, s.p, s.n);
	p->at += s.n;
}

static void put_key(struct pen *p, cdt_str key)
{
	memcpy(p->at, key.p, NAME_ROOM);
	p->at += key.n;
}

static void put_digits(struct pen *p, uint64_t v)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324252627282930313233343536"
		"37383940414243444546474849505152535455565758596061626364656667686970717273"
		"7475767778798081828384858687888990919293949596979899";
	char text[2 * DIGITS_MAX], *end = text + DIGITS_MAX, *q = end;

	for (; v >= 100; v /= 100)
		q = memcpy(q - 2, pairs + v % 100 * 2, 2);
	if (v >= 10)
		q = memcpy(q - 2, pairs + v * 2, 2);
	else
		*--q = (char)('0' + v);
	memcpy(p->at, q, DIGITS_MAX);          /* too many: a constant size needs no call */
	p->at += end - q;
}

/* Numbers below 0 are left out.  key: ,"name": */
static void put_number(struct pen *p, cdt_str key, int64_t v)
{
	if (v < 0)
		return;
	put_key(p, key);
	put_digits(p, (uint64_t)v);
}

/* Three decimals at most. */
static void put_ms(struct pen *p, cdt_str key, double ms)
{
	static const double max = 1e12;
	uint64_t us;

	if (!(ms >= 0))
		return;
	us = (uint64_t)((ms < max ? ms : max) * 1000 + 0.5);
	put_key(p, key);
	put_digits(p, us / 1000);
	us %= 1000;
	if (us) {
		*p->at++ = '.';
		for (uint64_t place = 100; us; place /= 10) {
			*p->at++ = (char)('0' + us / place);
			us %= place;
		}
	}
}

/* Does any of eight bytes need an escape, or is it not ASCII? */
static uint64_t odd_bits(uint64_t v)
{
	static const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	/* With bit 1 turned, the quote stands right above the control bytes. */
	uint64_t low = (v ^ ones * 0x02) - ones * 0x21, slash = (v ^ ones * '\\') - ones;

	return (v | low | slash) & highs;
}

/* Copies s; false when some of it needs an escape. */
static bool copy_plain(char *at, cdt_str s)
{
	uint64_t v = 0x2020202020202020, odd = 0;
	const size_t tail = s.n - 8;

	if (s.n < 8) {
		memcpy(&v, s.p, s.n);
		memcpy(at, &v, 8);                     /* too many: see put_key */
		return !odd_bits(v);
	}
	for (size_t i = 0; i < tail; i += 8) {
		memcpy(&v, s.p + i, 8);
		memcpy(at + i, &v, 8);
		odd |= odd_bits(v);
	}
	memcpy(&v, s.p + tail, 8);                     /* some of them twice */
	memcpy(at + tail, &v, 8);
	return !(odd | odd_bits(v));
}

/* Good UTF-8 stays; other bytes above 0x7f become U+FFFD.  Returns the end. */
static char *escape(char *at, cdt_str s)
{
	static const char digit[] = "0123456789abcdef";
	const bool good = str_utf8_ok(s);

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20) {
			at = (char *)memcpy(at, "\\u00", 4) + 4;
			*at++ = digit[c >> 4];
			*at++ = digit[c & 15];
		} else if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = (char)c;
		} else if (c >= 0x80 && !good) {
			at = (char *)memcpy(at, "\xef\xbf\xbd", 3) + 3;
		} else {
			*at++ = (char)c;
		}
	}
	return at;
}

static void put_text(struct pen *p, cdt_str key, cdt_str s, size_t max)
{
	char *at = p->at;
	bool plain;

	if (!s.n)
		return;
	s.n = str_fit(s, max);
	if (p->end - at < (ptrdiff_t)(key.n + s.n))
		return;
	memcpy(at, key.p, NAME_ROOM);
	at += key.n;
	*at++ = '"';
	plain = copy_plain(at, s);
	if (!plain && p->end - at < (ptrdiff_t)(6 * s.n))
		return;
	at = plain ? at + s.n : escape(at, s);
	*at++ = '"';
	p->at = at;
}

static void put_names(struct pen *p, const struct journal_line *l)
{
	put_text(p, KEY("id"), str_z(l->id), TEXT_MAX);
	put_text(p, KEY("trace"), l->trace, TEXT_MAX);
	put_text(p, KEY("client"), l->client, TEXT_MAX);
	put_text(p, KEY("key"), l->key, TEXT_MAX);
	put_text(p, KEY("group"), l->group, TEXT_MAX);
	put_text(p, KEY("route"), l->route, TEXT_MAX);
	put_text(p, KEY("method"), l->method, TEXT_MAX);
	put_number(p, KEY("status"), l->status);
	put_text(p, KEY("kind"), l->kind, TEXT_MAX);
	put_text(p, KEY("model"), l->model, TEXT_MAX);
	put_text(p, KEY("provider"), l->provider, TEXT_MAX);
	put_text(p, KEY("target"), l->target, TEXT_MAX);
	put_text(p, KEY("upstream_model"), l->upstream_model, TEXT_MAX);
}

size_t line_print(const struct journal_line *l, char out[LINE_MAX_SIZE])
{
	struct pen p = { out, out + LINE_MAX_SIZE - NUMBERS_SIZE };
	char ts[CLOCK_TEXT_SIZE];

	put(&p, CDT_STR("{\"ts\":\""));
	put(&p, str_z(clock_text(l->wall_ms, ts)));
	*p.at++ = '"';
	put_names(&p, l);
	put_number(&p, KEY("attempts"), l->attempts);
	put(&p, l->stream ? CDT_STR(",\"stream\":true") : CDT_STR(",\"stream\":false"));
	put_text(&p, KEY("cache"), str_z(l->cache), TEXT_MAX);
	put_number(&p, KEY("in_tok"), l->input_tokens);
	put_number(&p, KEY("cached_tok"), l->cached_tokens);
	put_number(&p, KEY("out_tok"), l->output_tokens);
	put_number(&p, KEY("reason_tok"), l->reasoning_tokens);
	put_text(&p, KEY("cost_usd"), l->cost_usd, TEXT_MAX);
	put_ms(&p, KEY("ttft_ms"), l->ttft_ms);
	put_ms(&p, KEY("total_ms"), l->total_ms);
	put_number(&p, KEY("overhead_us"), l->overhead_us);
	put_number(&p, KEY("bytes_in"), l->bytes_in);
	put_number(&p, KEY("bytes_out"), l->bytes_out);
	put_text(&p, KEY("session"), l->session, AGENT_MAX);
	put_text(&p, KEY("ua"), l->agent, AGENT_MAX);
	put(&p, CDT_STR("}\n"));
	return (size_t)(p.at - out);
}
