/* provider_anthropic/limits.c - what Anthropic's headers say is left for the credential.  The
 * reset times are dates; they are measured against the answer's own Date, not our clock.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <string.h>

static int same_name(cdt_str a, const char *z)
{
	size_t i = 0;

	for (; i < a.n && z[i]; i++) {
		char c = a.p[i] >= 'A' && a.p[i] <= 'Z' ? (char)(a.p[i] + 32) : a.p[i];

		if (c != z[i])
			return 0;
	}
	return i == a.n && !z[i];
}

static cdt_str header(const struct cdt_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (same_name(head->headers[i].name, name))
			return head->headers[i].value;
	return CDT_STR("");
}

/* Up to 15 digits from s on; -1 when there is none. */
static int64_t number(cdt_str s)
{
	int64_t v = 0;
	size_t i = 0;

	for (; i < s.n && i < 15 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (s.p[i] - '0');
	return i ? v : -1;
}

static int64_t at(cdt_str s, size_t from, size_t n)
{
	if (from + n > s.n)
		return -1;
	return number((cdt_str){ s.p + from, n });
}

/* Seconds since 1970 of a date in the Gregorian calendar, UTC. */
static int64_t seconds(int64_t year, int64_t month, int64_t day, cdt_str clock)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 719469;
	int64_t h = at(clock, 0, 2), min = at(clock, 3, 2), sec = at(clock, 6, 2);

	if (year < 1970 || month < 1 || month > 12 || day < 1 || h < 0 || min < 0 || sec < 0)
		return -1;
	return days * 86400 + h * 3600 + min * 60 + sec;
}

/* "2026-11-21T10:11:12Z" */
static int64_t rfc3339(cdt_str s)
{
	return seconds(at(s, 0, 4), at(s, 5, 2), at(s, 8, 2), words_after(s, 11));
}

/* "Sat, 21 Nov 2026 10:11:12 GMT" */
static int64_t http_date(cdt_str s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t m;

	if (s.n < 29)
		return -1;
	m = words_find(words_z(months), (cdt_str){ s.p + 8, 3 });
	return seconds(at(s, 12, 4), (int64_t)m / 3 + 1, at(s, 5, 2), words_after(s, 17));
}

static int64_t until(const struct cdt_http_head *head, const char *name, int64_t now)
{
	int64_t when = rfc3339(header(head, name));

	if (when < 0 || now < 0)
		return -1;
	return when > now ? (when - now) * 1000 : 0;
}

static int64_t fewer(int64_t a, int64_t b)
{
	return b < 0 || (a >= 0 && a < b) ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

cdt_status anthropic_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                          uint32_t *frames)
{
	int64_t now = http_date(header(head, "date"));
	int64_t requests = number(header(head, "anthropic-ratelimit-requests-remaining"));
	int64_t tokens = number(header(head, "anthropic-ratelimit-tokens-remaining"));
	int64_t reset;

	(void)self, (void)frames;
	tokens = fewer(tokens, number(header(head,
		"anthropic-ratelimit-input-tokens-remaining")));
	reset = later(until(head, "anthropic-ratelimit-requests-reset", now),
	              until(head, "anthropic-ratelimit-tokens-reset", now));
	reset = later(reset, until(head, "anthropic-ratelimit-input-tokens-reset", now));
	if (requests >= 0 || tokens >= 0)
		call->api->headroom(call, requests, tokens, reset);
	return CDT_OK;
}
