/* base/jsonscan.c - is this JSON, in the strictest reading, and where are its outermost
 * members?  Builds nothing.
 * SPDX-License-Identifier: MIT */
#include "base/jsonscan.h"

#include <string.h>

#include "base/jsonkeys.h"
#include "base/jsonrun.h"
#include "base/str.h"

/* Bytes that json_specials and json_specials64 look at; one more must be there, so that
 * what an escape at the end means can be seen. */
enum { NARROW = 16, WIDE = 64 };

struct pass {
	const char *start, *end;
	struct jsonscan *out;
	uint32_t depth, values, values_max;
	bool real, escaped, nul;       /* about the last number, the last string */
	struct json_keys keys;
};

/* Kept apart, so that strings and numbers are read without a call. */
__attribute__((noinline)) static const char *parts(struct pass *z, const char *p);

static const char *fail(struct pass *z, const char *at, const char *why)
{
	z->out->error_at = (size_t)(at - z->start);
	z->out->error = why;
	return NULL;
}

/* Where the text breaks off, or has a byte that no JSON has there. */
static const char *unexpected(struct pass *z, const char *p, const char *why)
{
	return fail(z, p, p == z->end ? "unexpected end" : why);
}

static inline const char *blanks(const struct pass *z, const char *p)
{
	while (p < z->end && (uint8_t)*p <= ' ' &&
	       (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* p is at a backslash; returns what comes after the escape. */
static const char *escape(struct pass *z, const char *p)
{
	size_t n = (size_t)(z->end - p);
	uint32_t c = json_escape_read(p, &n);

	if (c == JSON_ESCAPE_CUT)
		return fail(z, z->end, "unexpected end");
	if (c == JSON_ESCAPE_BAD)
		return fail(z, p, "an unknown escape inside a string");
	if (c == JSON_ESCAPE_HALF)
		return fail(z, p, "half of a surrogate pair");
	z->escaped = true;
	z->nul |= c == 0;
	return p + n;
}

/* Over the one character at p, which is not the closing quote. */
static const char *character(struct pass *z, const char *p)
{
	size_t n;

	if (*p == '\\')
		return escape(z, p);
	if ((uint8_t)*p < 0x20)
		return fail(z, p, "a raw control character inside a string");
	if ((uint8_t)*p < 0x80)
		return p + 1;
	n = str_utf8_run((cdt_str){ p, (size_t)(z->end - p) });
	return n ? p + n : fail(z, p, "bad UTF-8");
}

/* Over the width bytes at p, in which the bits of specials stand; stops at the closing
 * quote.  Short escapes are so common in text and code that they are taken from the bits. */
static inline const char *stride(struct pass *z, const char *p, uint64_t specials, size_t width)
{
	size_t i;

	while (specials) {
		i = (size_t)__builtin_ctzll(specials);
		if (p[i] == '"')
			return p + i;
		if (p[i] != '\\' || !json_escape_short[(uint8_t)p[i + 1]])
			return character(z, p + i);
		z->escaped = true;
		if (i + 1 == width)
			return p + width + 1;
		specials &= ~(3ull << i);
	}
	return p + width;
}

/* p is after the opening quote, or further on; returns where the closing one is. */
static const char *long_string(struct pass *z, const char *p)
{
	z->escaped = z->nul = false;
	while (p && p < z->end && *p != '"') {
		uint64_t specials;

		if (z->end - p > WIDE) {
			specials = json_specials64(p);
			p = stride(z, p, specials, WIDE);
			if (!specials)
				p += json_run_long(p, (size_t)(z->end - p));
		} else if (z->end - p > NARROW) {
			p = stride(z, p, json_specials(p), NARROW);
		} else {
			p = json_special((uint8_t)*p) ? character(z, p) : p + 1;
		}
	}
	return p == z->end ? fail(z, p, "unexpected end") : p;
}

static inline const char *string(struct pass *z, const char *p)
{
	uint32_t specials = z->end - p >= NARROW ? json_specials(p) : 0;
	const char *first = specials ? p + __builtin_ctz(specials) : p;

	if (!specials || *first != '"')
		return long_string(z, p);
	z->escaped = z->nul = false;           /* keys and words: most strings end here */
	return first;
}

static const char *number(struct pass *z, const char *p)
{
	size_t n = json_number(p, (size_t)(z->end - p), &z->real);
	const char *after = p + n;

	if (n == 0)
		return fail(z, p, "a malformed number");
	if (after < z->end && ((uint8_t)((*after | 0x20) - 'a') < 26 || *after == '.' ||
	                       *after == '+' || *after == '-' || (uint8_t)(*after - '0') < 10))
		return fail(z, p, "a malformed number");
	return after;
}

static inline const char *word(struct pass *z, const char *p, const char *expected, size_t n)
{
	if ((size_t)(z->end - p) < n || memcmp(p, expected, n) != 0)
		return fail(z, p, "an unknown word");
	return p + n;
}

/* Why the keys were refused. */
static const char *bad_key(struct pass *z, const char *p)
{
	const struct json_key *key = z->keys.twice;
	char *out = z->out->error_key;
	size_t n;

	if (!key)
		return fail(z, p, "too large to be checked");
	p = z->start + key->at;
	n = key->length / 2;
	if (n >= sizeof z->out->error_key)
		n = sizeof z->out->error_key - 1;
	while (n && n < key->length / 2 && ((uint8_t)p[n] & 0xc0) == 0x80)
		n--;                           /* not in the middle of a character */
	memcpy(out, p, n);
	out[n] = '\0';
	return fail(z, p - 1, "duplicate key");
}

static uint32_t type_of(const struct pass *z, char first)
{
	switch (first) {
	case '"':           return CDT_TEXT;
	case '{':           return CDT_MAP;
	case '[':           return CDT_LIST;
	case 'n':           return CDT_NULL;
	case 't': case 'f': return CDT_FLAG;
	default:            return z->real ? CDT_REAL : CDT_INT;
	}
}

static bool add_member(struct pass *z, struct json_member m)
{
	struct jsonscan *s = z->out;

	if (s->count == JSON_MEMBERS_MAX)
		return fail(z, m.key.p - 1, "more than 128 members");
	m.type = type_of(z, m.value.p[0]);
	if (m.type == CDT_TEXT && z->escaped)
		m.flags |= JSON_VALUE_ESCAPED;
	s->member[s->count++] = m;
	return true;
}

/* p is at its first byte; returns what comes after it. */
static inline const char *value(struct pass *z, const char *p)
{
	if (p == z->end)
		return fail(z, p, "unexpected end");
	if (++z->values > z->values_max)
		return fail(z, p, z->values_max == JSON_VALUES_MAX ? "more than 200000 values"
		                                                   : "too many values");
	if (*p == '"') {
		p = string(z, p + 1);
		return p ? p + 1 : NULL;
	}
	switch (*p) {
	case '{': case '[':
		return parts(z, p);
	case 't': return word(z, p, "true", 4);
	case 'f': return word(z, p, "false", 5);
	case 'n': return word(z, p, "null", 4);
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return number(z, p);
	case 'N': case 'I':
		return fail(z, p, "NaN and Infinity are not JSON");
	default:
		return fail(z, p, "expected a value");
	}
}

/* p is at the key; returns what comes after the value. */
static inline const char *pair(struct pass *z, struct json_level *l, const char *p)
{
	struct json_member m = { .flags = 0 };
	const char *start;

	if (p == z->end || *p != '"')
		return unexpected(z, p, "expected a key in quotes");
	start = p + 1;
	p = string(z, start);
	if (!p)
		return NULL;
	if (z->nul)
		return fail(z, start - 1, "a NUL character in a key");
	m.key = (cdt_str){ start, (size_t)(p - start) };
	m.flags = z->escaped ? JSON_KEY_ESCAPED : 0;
	if (!json_keys_add(&z->keys, l, m.key, z->escaped))
		return bad_key(z, p);
	p = blanks(z, p + 1);
	if (p == z->end || *p != ':')
		return unexpected(z, p, "expected a colon");
	start = blanks(z, p + 1);
	p = value(z, start);
	if (!p || z->depth > 1)
		return p;
	m.value = (cdt_str){ start, (size_t)(p - start) };
	return add_member(z, m) ? p : NULL;
}

/* p is after the opening brace; returns what comes after the closing one. */
static const char *map(struct pass *z, const char *p)
{
	struct json_level l;

	json_keys_open(&z->keys, &l);
	p = blanks(z, p);
	if (p < z->end && *p == '}')
		return p + 1;
	while ((p = pair(z, &l, p))) {
		p = blanks(z, p);
		if (p < z->end && *p == ',') {
			p = blanks(z, p + 1);
			continue;
		}
		if (p == z->end || *p != '}')
			return unexpected(z, p, "expected a comma or a closing brace");
		return json_keys_close(&z->keys, &l) ? p + 1 : bad_key(z, p);
	}
	return NULL;
}

static const char *list(struct pass *z, const char *p)
{
	p = blanks(z, p);
	if (p < z->end && *p == ']')
		return p + 1;
	while ((p = value(z, p))) {
		p = blanks(z, p);
		if (p == z->end || (*p != ',' && *p != ']'))
			return unexpected(z, p, "expected a comma or a closing bracket");
		if (*p == ']')
			return p + 1;
		p = blanks(z, p + 1);
	}
	return NULL;
}

/* The only function that calls itself (by map and list): at most JSON_DEPTH_MAX deep. */
static const char *parts(struct pass *z, const char *p)
{
	if (z->depth == JSON_DEPTH_MAX)
		return fail(z, p, "nested deeper than 64 levels");
	z->depth++;
	p = *p == '{' ? map(z, p + 1) : list(z, p + 1);
	z->depth--;
	return p;
}

/* The whole text; returns where the value begins. */
static const char *document(struct pass *z)
{
	cdt_str text = { z->start, (size_t)(z->end - z->start) };
	const char *first, *p;

	if (text.n > INT32_MAX)
		return fail(z, z->start, "longer than 2 GiB");
	if (str_starts(text, "\xef\xbb\xbf"))
		return fail(z, z->start, "a byte order mark");
	first = blanks(z, z->start);
	p = value(z, first);
	if (!p)
		return NULL;
	p = blanks(z, p);
	return p == z->end ? first : fail(z, p, "bytes after the value");
}

cdt_status jsonscan_up_to(struct jsonscan *s, cdt_str text, uint32_t values_max)
{
	struct pass z;                 /* not zeroed whole: most of it is room for keys */
	const char *first;

	if (text.n == 0)
		text.p = "";
	z.start = text.p;
	z.end = text.p + text.n;
	z.out = s;
	z.depth = z.values = 0;
	z.values_max = values_max;
	z.real = z.escaped = z.nul = false;
	json_keys_init(&z.keys, text.p);
	s->count = s->error_at = 0;
	s->type = CDT_ABSENT;
	s->error = NULL;
	s->error_key[0] = '\0';
	first = document(&z);
	json_keys_fini(&z.keys);
	if (!first)
		return CDT_E_INVALID;
	s->type = type_of(&z, *first);
	return CDT_OK;
}

cdt_status jsonscan(struct jsonscan *s, cdt_str text)
{
	return jsonscan_up_to(s, text, JSON_VALUES_MAX);
}
