/* lib_openai/quota.c - what upstream's headers say: what comes, and what is left for this
 * credential.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>
#include <strings.h>

enum { DIGITS_MAX = 12 };                        /* of one number; longer ones are nonsense */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c; }

static bool named(cdt_str name, const char *z)
{
	size_t i = 0;

	while (i < name.n && z[i] && lower(name.p[i]) == z[i])
		i++;
	return i == name.n && !z[i];
}

cdt_str openai_quota_header(const struct cdt_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (named(head->headers[i].name, name))
			return head->headers[i].value;
	return CDT_STR("");
}

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* Reads "17" or "17.39999" off s, in thousandths.  -1: no number. */
static int64_t take_milli(cdt_str *s)
{
	size_t i = 0;
	int64_t v = 0, scale = 1000;

	while (i < s->n && digit(s->p[i]) && i < DIGITS_MAX)
		v = v * 10 + (s->p[i++] - '0');
	if (i == 0 || (i < s->n && digit(s->p[i])))
		return -1;
	v *= 1000;
	if (i < s->n && s->p[i] == '.')
		for (i++; i < s->n && digit(s->p[i]); i++) {
			scale /= 10;
			v += (s->p[i] - '0') * scale;
		}
	*s = (cdt_str){ s->p + i, s->n - i };
	return v;
}

static bool take_word(cdt_str *s, const char *word)
{
	size_t i = 0;

	while (word[i] && i < s->n && s->p[i] == word[i])
		i++;
	if (word[i] || (i < s->n && s->p[i] >= 'a' && s->p[i] <= 'z'))
		return false;
	*s = (cdt_str){ s->p + i, s->n - i };
	return true;
}

int64_t openai_quota_duration_ms(cdt_str s)
{
	static const struct { const char *name; int64_t per_ms, ms_per; } units[] = {
		{ "ms", 1000, 1 }, { "us", 1000000, 1 }, { "s", 1, 1 }, { "m", 1, 60 },
		{ "h", 1, 3600 }, { "d", 1, 86400 },
	};
	int64_t total = 0;

	if (!s.n)
		return -1;
	while (s.n) {
		int64_t milli = take_milli(&s);
		size_t i = 0;

		if (milli < 0)
			return -1;
		if (!s.n)                                  /* bare: seconds */
			return total + milli;
		while (i < sizeof units / sizeof *units && !take_word(&s, units[i].name))
			i++;
		if (i == sizeof units / sizeof *units)
			return -1;
		total += milli * units[i].ms_per / units[i].per_ms;
	}
	return total;
}

static int64_t left(const struct cdt_http_head *head, const char *name)
{
	cdt_str s = openai_quota_header(head, name);
	int64_t milli = take_milli(&s);

	return milli < 0 || s.n ? -1 : milli / 1000;
}

static int64_t resets_ms(const struct cdt_http_head *head, const char *name)
{
	return openai_quota_duration_ms(openai_quota_header(head, name));
}

static bool holds(cdt_str s, const char *what)
{
	size_t n = strlen(what), i = 0;

	while (i + n <= s.n && strncasecmp(s.p + i, what, n) != 0)
		i++;
	return i + n <= s.n;
}

/* A sound is bytes, unless it says that it is something else. */
static void promise(struct cdt_call *call, const struct cdt_http_head *head, uint32_t *frames)
{
	struct turn *t = openai_turn_of(call);
	cdt_str type;

	if (!t || t->op == CDT_OP_CHAT || t->op == CDT_OP_COMPLETE || t->op == CDT_OP_EMBED)
		return;
	type = openai_quota_header(head, "content-type");
	t->events = holds(type, "text/event-stream");
	t->bytes = t->op == CDT_OP_SPEECH && !t->events && !holds(type, "json");
	if (!t->bytes)
		return;
	t->media_type = openai_turn_keep(call, type);
	*frames = CDT_FRAMES_BYTES;
}

cdt_status openai_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                       uint32_t *frames)
{
	int64_t requests = left(head, "x-ratelimit-remaining-requests");
	int64_t tokens = left(head, "x-ratelimit-remaining-tokens");
	int64_t a = resets_ms(head, "x-ratelimit-reset-requests");
	int64_t b = resets_ms(head, "x-ratelimit-reset-tokens");

	(void)self;
	promise(call, head, frames);
	if (requests >= 0 || tokens >= 0)
		call->api->headroom(call, requests, tokens, a > b ? a : b);
	return CDT_OK;
}
