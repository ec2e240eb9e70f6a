/* base/jsonescape.c - what escapes inside JSON strings mean, and the readers of a scan that
 * need to know.
 * SPDX-License-Identifier: MIT */
#include "base/jsonscan.h"

#include <string.h>

#include "base/jsonrun.h"
#include "base/str.h"

const char json_escape_short[256] = {
	['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f',
	['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
};

/* The four hex digits at p. */
static uint32_t hex4(const char *p, size_t n)
{
	uint32_t v = 0;

	if (n < 4)
		return JSON_ESCAPE_CUT;
	for (int i = 0; i < 4; i++) {
		int digit = str_hex_digit(p[i]);

		if (digit < 0)
			return JSON_ESCAPE_BAD;
		v = v << 4 | (uint32_t)digit;
	}
	return v;
}

static size_t utf8_put(uint32_t c, char out[4])
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

/* The character of in at *at, into out.  Text that jsonscan did not see stays as it is
 * where it makes no sense. */
static size_t unescape_one(cdt_str in, size_t *at, char out[4])
{
	const char *p = in.p + *at;
	size_t n = in.n - *at;
	uint32_t c = p[0] == '\\' ? json_escape_read(p, &n) : JSON_ESCAPE_BAD;

	if (c < JSON_ESCAPE_BAD) {
		*at += n;
		return utf8_put(c, out);
	}
	*at += 1;
	out[0] = p[0];
	return 1;
}

bool json_key_is(const struct json_member *m, const char *key)
{
	char one[4];
	size_t at = 0, n;

	if (!(m->flags & JSON_KEY_ESCAPED))
		return str_is(m->key, key);
	while (at < m->key.n) {
		n = unescape_one(m->key, &at, one);
		if (strncmp(key, one, n) != 0)
			return false;
		key += n;
	}
	return *key == '\0';
}

uint32_t json_escape_read(const char *p, size_t *n)
{
	uint32_t high, low;

	if (*n < 2)
		return JSON_ESCAPE_CUT;
	if (p[1] != 'u') {
		char c = json_escape_short[(uint8_t)p[1]];

		*n = 2;
		return c ? (uint32_t)c : JSON_ESCAPE_BAD;
	}
	high = hex4(p + 2, *n - 2);
	if (high >= JSON_ESCAPE_BAD || (high & 0xf800) != 0xd800) {
		*n = 6;
		return high;
	}
	if ((high & 0xfc00) == 0xdc00 || *n < 12 || p[6] != '\\' || p[7] != 'u')
		return JSON_ESCAPE_HALF;
	low = hex4(p + 8, *n - 8);
	if ((low & ~0x3ffu) != 0xdc00)
		return JSON_ESCAPE_HALF;
	*n = 12;
	return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

const struct json_member *jsonscan_find(const struct jsonscan *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (json_key_is(&s->member[i], key))
			return &s->member[i];
	return NULL;
}

cdt_str json_plain_text(const struct json_member *m)
{
	if (!m || m->type != CDT_TEXT || m->flags & JSON_VALUE_ESCAPED)
		return (cdt_str){ NULL, 0 };
	return (cdt_str){ m->value.p + 1, m->value.n - 2 };
}

size_t json_unescape(cdt_str in, char *out)
{
	size_t at = 0, n = 0, run;

	while (at < in.n) {
		char one[4];

		run = str_find((cdt_str){ in.p + at, in.n - at }, '\\');
		memcpy(out + n, in.p + at, run);
		n += run;
		at += run;
		if (at == in.n)
			break;
		run = unescape_one(in, &at, one);
		memcpy(out + n, one, run);
		n += run;
	}
	return n;
}
