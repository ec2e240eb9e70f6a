/* usage/combined.c - one line of the access log as web servers write it, for tools that read
 * theirs: the "combined" format of Apache's mod_log_config, with the id of the key as the user.
 * Pure.
 * SPDX-License-Identifier: MIT */
#include "usage/line.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"

/* So much of client, key, method, route, and agent; each may grow to four times that. */
enum { TEXT_MAX = 64, AGENT_MAX = 128, DATE_SIZE = 32, DIGITS_MAX = 20, REST_MAX = 256 };
_Static_assert(4 * (4 * TEXT_MAX + AGENT_MAX) + REST_MAX <= LINE_MAX_SIZE, "all of it fits");

struct pen { char *at, *end; };

static void put(struct pen *p, cdt_str s)
{
	if (p->end - p->at < (ptrdiff_t)s.n)
		return;
	memcpy(p->at, s.p, s.n);
	p->at += s.n;
}

/* What would end a field, or a line, as \xHH; "-" when there is nothing. */
static void put_text(struct pen *p, cdt_str s, size_t max)
{
	static const char digit[] = "0123456789abcdef";

	if (!s.n)
		s = CDT_STR("-");
	for (size_t i = 0; i < s.n && i < max; i++) {
		unsigned char c = (unsigned char)s.p[i];
		const char escaped[4] = { '\\', 'x', digit[c >> 4], digit[c & 15] };
		bool plain = c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;

		put(p, plain ? str_from(s.p + i, 1) : str_from(escaped, sizeof escaped));
	}
}

/* A field without quotes ends at a space, too. */
static void put_word(struct pen *p, cdt_str s)
{
	bool has_space = str_find(s, ' ') < s.n;

	put_text(p, has_space ? CDT_STR("-") : s, TEXT_MAX);
}

static void put_number(struct pen *p, int64_t v)
{
	char text[DIGITS_MAX], *at = text + DIGITS_MAX;
	uint64_t rest = v < 0 ? 0 : (uint64_t)v;

	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	put(p, str_from(at, (size_t)(text + DIGITS_MAX - at)));
}

/* " [22/Nov/2026:05:29:08 +0000] ": in words of no locale. */
static void put_date(struct pen *p, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char text[DATE_SIZE];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	put(p, CDT_STR(" ["));
	put(p, str_from(text, strftime(text, sizeof text, "%d/", &tm)));
	put(p, str_from(clock_months + 3 * (size_t)tm.tm_mon, 3));
	put(p, str_from(text, strftime(text, sizeof text, "/%Y:%H:%M:%S +0000", &tm)));
	put(p, CDT_STR("] "));
}

size_t line_print_combined(const struct journal_line *l, char out[LINE_MAX_SIZE])
{
	struct pen p = { out, out + LINE_MAX_SIZE - 1 };

	put_word(&p, l->client);
	put(&p, CDT_STR(" - "));
	put_word(&p, l->key);
	put_date(&p, l->wall_ms);
	put(&p, CDT_STR("\""));
	put_text(&p, l->method, TEXT_MAX);
	put(&p, CDT_STR(" "));
	put_text(&p, l->route, TEXT_MAX);
	put(&p, CDT_STR(" HTTP/1.1\" "));
	put_number(&p, l->status);
	put(&p, CDT_STR(" "));
	put_number(&p, l->bytes_out);
	put(&p, CDT_STR(" \"-\" \""));
	put_text(&p, l->agent, AGENT_MAX);
	put(&p, CDT_STR("\""));
	*p.at++ = '\n';
	return (size_t)(p.at - out);
}
