/* base/jsonwalk.c - where one value ends and the next begins.
 * SPDX-License-Identifier: MIT */
#include "base/jsonwalk.h"

#include <string.h>

#include "base/jsonrun.h"
#include "base/str.h"

/* s begins with a quote. */
static size_t text_end(cdt_str s)
{
	size_t i = 1 + json_run(s.p + 1, s.n - 1);

	if (i < s.n && s.p[i] == '"')
		return i + 1;                  /* most have nothing special inside */
	while (i < s.n) {
		const char *quote = memchr(s.p + i, '"', s.n - i);
		size_t at = quote ? (size_t)(quote - s.p) : s.n, slashes = 0;

		if (at == s.n)
			return s.n;
		while (at - slashes > i && s.p[at - slashes - 1] == '\\')
			slashes++;
		i = at + 1;
		if (slashes % 2 == 0)
			return i;
	}
	return s.n;
}

static size_t nested_end(cdt_str s)
{
	size_t depth = 0, i = 0;

	while (i < s.n) {
		char c = s.p[i];

		if (c == '"') {
			i += text_end((cdt_str){ s.p + i, s.n - i });
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

size_t jsonwalk_value(cdt_str s)
{
	size_t i = 0;

	if (!s.n)
		return 0;
	if (*s.p == '"')
		return text_end(s);
	if (*s.p == '{' || *s.p == '[')
		return nested_end(s);
	while (i < s.n && !jsonwalk_is_blank(s.p[i]) && s.p[i] != ',' && s.p[i] != '}' &&
	       s.p[i] != ']')
		i++;
	return i;
}

uint32_t jsonwalk_type(cdt_str value)
{
	char c = value.n ? *value.p : 0;

	switch (c) {
	case '"': return CDT_TEXT;
	case '{': return CDT_MAP;
	case '[': return CDT_LIST;
	case 't': case 'f': return CDT_FLAG;
	case 'n': return CDT_NULL;
	default: break;
	}
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '.' || (value.p[i] | 0x20) == 'e')
			return CDT_REAL;
	return CDT_INT;
}

cdt_str jsonwalk_inside(cdt_str value)
{
	return value.n ? (cdt_str){ value.p + 1, value.n - 1 } : value;
}

/* Behind blanks and, when there is one, c. */
static cdt_str behind(cdt_str s, char c)
{
	s = jsonwalk_blanks(s);
	return s.n && *s.p == c ? jsonwalk_blanks((cdt_str){ s.p + 1, s.n - 1 }) : s;
}

static cdt_str cut_value(cdt_str *s)
{
	cdt_str value = { s->p, jsonwalk_value(*s) };

	*s = str_skip(*s, value.n);
	return value;
}

bool jsonwalk_element(cdt_str *rest, cdt_str *value)
{
	cdt_str s = behind(*rest, ','), v = cut_value(&s);

	if (!v.n)
		return false;                 /* a closing bracket, or the end */
	*value = v;
	*rest = s;
	return true;
}

bool jsonwalk_member(cdt_str *rest, cdt_str *key, cdt_str *value)
{
	cdt_str s = behind(*rest, ','), k = cut_value(&s), v;

	if (k.n < 2 || *k.p != '"')
		return false;
	s = behind(s, ':');
	v = cut_value(&s);
	if (!v.n)
		return false;
	*key = (cdt_str){ k.p + 1, k.n - 2 };
	*value = v;
	*rest = s;
	return true;
}

cdt_str jsonwalk_get(cdt_str map, const char *key)
{
	cdt_str rest = jsonwalk_inside(map), name, value;

	while (jsonwalk_member(&rest, &name, &value))
		if (str_is(name, key))
			return value;
	return (cdt_str){ NULL, 0 };
}
