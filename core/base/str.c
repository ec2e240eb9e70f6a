/* base/str.c - comparing, cutting and reading borrowed bytes.  Owns nothing.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"

#include <string.h>

enum { DISTANCE_MAX = 128 };      /* longer words are not typing errors */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_tail(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the character above ASCII at p, 0 when it is malformed: overlong, a surrogate,
 * above U+10FFFF, or cut off. */
static size_t utf8_one(const uint8_t *p, size_t n)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t c;

	if (n < 2 || p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	c = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (!is_tail(p[i]))
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	return c < smallest[len] || c > 0x10ffff || (c & ~0x7ffu) == 0xd800 ? 0 : len;
}

size_t str_fit(cdt_str s, size_t max)
{
	size_t n = least(s.n, max);

	while (n < s.n && n && is_tail((uint8_t)s.p[n]))
		n--;
	return n;
}

cdt_str str_z(const char *z)
{
	return z ? (cdt_str){ z, strlen(z) } : (cdt_str){ "", 0 };
}

cdt_str str_from(const char *p, size_t n)
{
	return (cdt_str){ p, n };
}

bool str_eq(cdt_str a, cdt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(cdt_str a, const char *z)
{
	return str_eq(a, str_z(z));
}

bool str_is_nocase(cdt_str a, const char *z)
{
	size_t i = 0;

	while (i < a.n && z[i] && lower(a.p[i]) == lower(z[i]))
		i++;
	return i == a.n && !z[i];
}

bool str_starts(cdt_str s, const char *z)
{
	size_t n = strlen(z);

	return s.n >= n && (n == 0 || memcmp(s.p, z, n) == 0);
}

bool str_ends(cdt_str s, const char *z)
{
	size_t n = strlen(z);

	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, z, n) == 0);
}

int str_cmp(cdt_str a, cdt_str b)
{
	size_t n = least(a.n, b.n);
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

size_t str_find(cdt_str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

size_t str_search(cdt_str s, cdt_str needle)
{
	const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

cdt_str str_trim(cdt_str s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n && is_blank(s.p[0]))
		s = str_skip(s, 1);
	return s;
}

cdt_str str_skip(cdt_str s, size_t n)
{
	n = least(n, s.n);
	return n ? (cdt_str){ s.p + n, s.n - n } : s;
}

cdt_str str_cut(cdt_str *s, char c)
{
	cdt_str before = { s->p, str_find(*s, c) };

	*s = str_skip(*s, before.n < s->n ? before.n + 1 : before.n);
	return before;
}

bool str_u64(cdt_str s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	if (s.n == 0)
		return false;
	*out = v;
	return true;
}

bool str_i64(cdt_str s, int64_t *out)
{
	bool minus = s.n && s.p[0] == '-';
	uint64_t v;

	if (!str_u64(minus ? str_skip(s, 1) : s, &v) || v > (uint64_t)INT64_MAX + minus)
		return false;
	*out = minus ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool str_glob(const char *pattern, cdt_str s)
{
	const char *p = pattern, *star = NULL;     /* after the last '*' seen */
	size_t i = 0, tried = 0;                   /* where that '*' stops for now */

	while (i < s.n) {
		if (*p == '*') {
			star = ++p;
			tried = i;
		} else if (*p && *p == s.p[i]) {
			p++;
			i++;
		} else if (star) {
			p = star;
			i = ++tried;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return !*p;
}

size_t str_distance(cdt_str a, cdt_str b, size_t limit)
{
	size_t rows[3][DISTANCE_MAX + 1];
	size_t *above2 = rows[0], *above = rows[1], *row = rows[2];

	if (a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
		return str_eq(a, b) ? 0 : limit + 1;
	for (size_t j = 0; j <= b.n; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *spare = above2;

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t same = a.p[i - 1] == b.p[j - 1];

			row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
		above2 = above;
		above = row;
		row = spare;
	}
	return least(above[b.n], limit + 1);
}

size_t str_utf8_run(cdt_str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t i = 0, n;

	while (i < s.n && p[i] >= 0x80) {
		/* Most of the world's characters: three bytes, and no border case. */
		while (i + 3 <= s.n && (p[i] & 0xf0) == 0xe0 && p[i] != 0xe0 && p[i] != 0xed &&
		       is_tail(p[i + 1]) && is_tail(p[i + 2]))
			i += 3;
		n = utf8_one(p + i, s.n - i);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

bool str_utf8_ok(cdt_str s)
{
	size_t n;

	while (s.n) {
		n = str_utf8_run(s);
		if (n == 0 && (uint8_t)s.p[0] >= 0x80)
			return false;
		s = str_skip(s, n ? n : 1);
	}
	return true;
}

bool str_is_token_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}
