/* config/lint_value.c - numbers, flags and names as libconfig reads them, without its silent
 * truncation.
 * SPDX-License-Identifier: MIT */
#include "config/lint_value.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static size_t digits(cdt_str s, size_t from, int (*is)(int))
{
	size_t i = from;

	while (i < s.n && is((unsigned char)s.p[i]))
		i++;
	return i - from;
}

/* A number with a point or an exponent. */
static bool is_real(cdt_str s)
{
	size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
	size_t whole = digits(s, i, isdigit), part = 0;
	bool real = false;

	i += whole;
	if (i < s.n && s.p[i] == '.') {
		real = true;
		part = digits(s, i + 1, isdigit);
		i += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		size_t sign = i + 1 < s.n && (s.p[i + 1] == '-' || s.p[i + 1] == '+');
		size_t power = digits(s, i + 1 + sign, isdigit);

		real = true;
		i = power ? i + 1 + sign + power : i;
	}
	return real && i == s.n;
}

/* Value of its digits; UINT64_MAX when that is not enough. */
static uint64_t magnitude(cdt_str digits_only, unsigned base)
{
	uint64_t v = 0;

	for (size_t i = 0; i < digits_only.n; i++) {
		unsigned c = (unsigned char)digits_only.p[i] | 0x20u;  /* lower case */
		unsigned d = c <= '9' ? c - '0' : c - 'a' + 10;

		if (v > (UINT64_MAX - d) / base)
			return UINT64_MAX;
		v = v * base + d;
	}
	return v;
}

/* False: not a whole number.  *kind is LINT_NONE when it does not fit: libconfig would
 * truncate it in silence. */
static bool read_int(cdt_str s, enum lint_kind *kind, char why[LINT_WHY_SIZE])
{
	bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
	size_t sign = !hex && s.n && (s.p[0] == '-' || s.p[0] == '+');
	size_t from = hex ? 2 : sign;
	size_t n = digits(s, from, hex ? isxdigit : isdigit);
	cdt_str suffix = str_skip(s, from + n);
	bool is_long = str_is(suffix, "L") || str_is(suffix, "LL");
	uint64_t v = magnitude(str_from(s.p + from, n), hex ? 16 : 10);

	if (n == 0 || (suffix.n && !is_long))
		return false;
	*kind = is_long ? LINT_LONG : LINT_INT;
	if (v <= (is_long ? INT64_MAX : INT32_MAX))
		return true;
	*kind = LINT_NONE;
	if (v > INT64_MAX)
		(void)snprintf(why, LINT_WHY_SIZE, "%.*s is too big for a number", STR_ARG(s));
	else
		(void)snprintf(why, LINT_WHY_SIZE, "%.*s has more than 32 bits: write %.*sL",
		               STR_ARG(s), STR_ARG(s));
	return true;
}

enum lint_kind lint_value(cdt_str word, int repeat, char why[LINT_WHY_SIZE])
{
	static const char *const switches[] = { "yes", "no", "on", "off", NULL };
	enum lint_kind kind;

	if (str_is_nocase(word, "true") || str_is_nocase(word, "false"))
		return LINT_FLAG;
	if (is_real(word))
		return LINT_REAL;
	if (word.n < LINT_WHY_SIZE / 4 && read_int(word, &kind, why))
		return kind;
	for (const char *const *w = switches; *w; w++)
		if (str_is_nocase(word, *w)) {
			(void)snprintf(why, LINT_WHY_SIZE, "write true or false, not %s", *w);
			return LINT_NONE;
		}
	(void)snprintf(why, LINT_WHY_SIZE, "texts, durations and sizes stand in quotes%s%.*s%s",
	               repeat ? ": write \"" : "", repeat ? (int)word.n : 0, word.p,
	               repeat ? "\"" : "");
	return LINT_NONE;
}

int lint_is_name(cdt_str word)
{
	size_t n = 0;

	/* Those two are values, wherever they stand. */
	if (str_is_nocase(word, "true") || str_is_nocase(word, "false"))
		return false;
	while (n < word.n && (isalnum((unsigned char)word.p[n]) || strchr("-_*", word.p[n])))
		n++;
	return n > 0 && n == word.n && (isalpha((unsigned char)word.p[0]) || word.p[0] == '*');
}
