/* api/member.c - a light walk over the members of one JSON map.
 * SPDX-License-Identifier: MIT */
#include "api/member.h"

#include <string.h>

/* All walkers take a position and return the next; n means: ran out of bytes. */

static size_t skip_blanks(cdt_str s, size_t i)
{
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t'))
		i++;
	return i;
}

/* i at the opening quote; returns behind the closing one. */
static size_t skip_string(cdt_str s, size_t i)
{
	for (i++; i < s.n;) {
		const char *quote = memchr(s.p + i, '"', s.n - i);
		size_t at = quote ? (size_t)(quote - s.p) : s.n, slashes = 0;

		while (at - slashes > i && s.p[at - slashes - 1] == '\\')
			slashes++;
		if (at == s.n)
			return s.n;
		i = at + 1;
		if (slashes % 2 == 0)
			return i;
	}
	return s.n;
}

static size_t skip_nested(cdt_str s, size_t i)
{
	size_t depth = 0;

	while (i < s.n) {
		char c = s.p[i];

		if (c == '"') {
			i = skip_string(s, i);
			continue;
		}
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		i++;
		if (!depth)
			return i;
	}
	return s.n;
}

static size_t skip_value(cdt_str s, size_t i)
{
	if (i >= s.n)
		return s.n;
	if (s.p[i] == '"')
		return skip_string(s, i);
	if (s.p[i] == '{' || s.p[i] == '[')
		return skip_nested(s, i);
	while (i < s.n && s.p[i] != ',' && s.p[i] != '}')
		i++;
	return i;
}

static size_t end_of_value(cdt_str s, size_t at, size_t next)
{
	while (next > at && (s.p[next - 1] == ' ' || s.p[next - 1] == '\n' || s.p[next - 1] == '\r' ||
	                     s.p[next - 1] == '\t'))
		next--;
	return next;
}

bool member_find(cdt_str s, const char *name, struct member_span *out)
{
	size_t name_n = strlen(name), i = skip_blanks(s, 0), comma = 0;

	if (i >= s.n || s.p[i] != '{')
		return false;
	for (i = skip_blanks(s, i + 1); i < s.n && s.p[i] == '"';) {
		size_t key = i, key_end = skip_string(s, i), value, next;

		value = skip_blanks(s, key_end);
		if (value >= s.n || s.p[value] != ':')
			return false;
		value = skip_blanks(s, value + 1);
		next = skip_value(s, value);
		if (key_end - key == name_n + 2 && !memcmp(s.p + key + 1, name, name_n)) {
			size_t after = skip_blanks(s, next);
			bool last = after >= s.n || s.p[after] != ',';

			*out = (struct member_span){
				value, end_of_value(s, value, next),
				last && comma ? comma : key, last ? next : skip_blanks(s, after + 1),
			};
			return true;
		}
		comma = skip_blanks(s, next);
		if (comma >= s.n || s.p[comma] != ',')
			return false;
		i = skip_blanks(s, comma + 1);
	}
	return false;
}
