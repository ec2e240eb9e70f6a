/* lib_words/map.c - is a text one JSON map?  Tool arguments that are go into the body byte for
 * byte, so that a cached prefix stays the same, and without a tree for each call.  As strict
 * as RFC 8259; that keys differ is not checked.
 * SPDX-License-Identifier: MIT */
#include "lib_words/words.h"

#include <string.h>

enum { DEPTH_MAX = 32 };

struct scan { const char *p, *end; int depth; };

static int value(struct scan *s);

static void blanks(struct scan *s)
{
	while (s->p < s->end && *s->p && strchr(" \t\n\r", *s->p))
		s->p++;
}

static int take(struct scan *s, char c)
{
	blanks(s);
	if (s->p == s->end || *s->p != c)
		return 0;
	s->p++;
	return 1;
}

static int word(struct scan *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return 0;
	s->p += n;
	return 1;
}

/* Four hex digits, or -1. */
static int32_t unit(struct scan *s)
{
	int32_t code = 0;

	for (int i = 0; i < 4; i++, s->p++) {
		char c = s->p < s->end ? *s->p : '\0';
		int digit = c >= '0' && c <= '9' ? c - '0'
		          : c >= 'a' && c <= 'f' ? c - 'a' + 10
		          : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

static int escape(struct scan *s)
{
	char c = s->p < s->end ? *s->p++ : '\0';
	int32_t code, low;

	if (c != 'u')
		return c && strchr("\"\\/bfnrt", c);
	code = unit(s);
	if (code < 0xd800 || code > 0xdfff)
		return code >= 0;
	if (code > 0xdbff || !word(s, "\\u"))           /* half a character */
		return 0;
	low = unit(s);
	return low >= 0xdc00 && low <= 0xdfff;
}

static int string(struct scan *s)
{
	if (!take(s, '"'))
		return 0;
	while (s->p < s->end) {
		char c = *s->p++;

		if (c == '"')
			return 1;
		if ((unsigned char)c < 0x20 || (c == '\\' && !escape(s)))
			return 0;
	}
	return 0;
}

static int digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static int number(struct scan *s)
{
	(void)word(s, "-");
	if (!word(s, "0") && !digits(s))
		return 0;
	if (word(s, ".") && !digits(s))
		return 0;
	if (!word(s, "e") && !word(s, "E"))
		return 1;
	if (!word(s, "+"))
		(void)word(s, "-");
	return digits(s);
}

static int items(struct scan *s, char close, int keyed)
{
	if (++s->depth > DEPTH_MAX)
		return 0;
	if (take(s, close)) {
		s->depth--;
		return 1;
	}
	do {
		if (keyed && (!string(s) || !take(s, ':')))
			return 0;
		if (!value(s))
			return 0;
	} while (take(s, ','));
	s->depth--;
	return take(s, close);
}

static int value(struct scan *s)
{
	if (take(s, '{'))
		return items(s, '}', 1);
	if (take(s, '['))
		return items(s, ']', 0);
	if (s->p < s->end && *s->p == '"')
		return string(s);
	return word(s, "true") || word(s, "false") || word(s, "null") || number(s);
}

int words_is_map(cdt_str json)
{
	struct scan s = { json.p, json.p + json.n, 0 };

	blanks(&s);
	if (s.p == s.end || *s.p != '{' || !value(&s))
		return 0;
	blanks(&s);
	return s.p == s.end;
}
