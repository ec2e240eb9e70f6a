/* api/member.c - a light walk over the members of one JSON map.
 * SPDX-License-Identifier: MIT */
#include "api/member.h"

#include <string.h>

#include "base/jsonwalk.h"
#include "base/str.h"

static size_t offset(cdt_str json, cdt_str rest)
{
	return (size_t)(rest.p - json.p);
}

/* Walks over ": value" and the blanks behind it, and notes where the value is. */
static bool walk_value(cdt_str json, cdt_str *rest, struct member_span *out)
{
	size_t n;

	if (!rest->n || *rest->p != ':')
		return false;
	*rest = jsonwalk_blanks(str_skip(*rest, 1));
	n = jsonwalk_value(*rest);
	if (!n)
		return false;                          /* nothing is no value */
	out->value_at = offset(json, *rest);
	out->value_end = out->value_at + n;
	*rest = jsonwalk_blanks(str_skip(*rest, n));
	return true;
}

bool member_find(cdt_str json, const char *name, struct member_span *out)
{
	struct member_span m;
	cdt_str rest = jsonwalk_blanks(json);
	size_t name_n = strlen(name), comma = 0;

	if (!rest.n || *rest.p != '{')
		return false;
	rest = jsonwalk_blanks(str_skip(rest, 1));
	while (rest.n && *rest.p == '"') {
		size_t key = offset(json, rest), key_n = jsonwalk_value(rest);
		bool found = key_n == name_n + 2 && !memcmp(rest.p + 1, name, name_n), last;

		rest = jsonwalk_blanks(str_skip(rest, key_n));
		if (!walk_value(json, &rest, &m))
			return false;
		last = !rest.n || *rest.p != ',';
		if (found) {
			m.cut_at = last && comma ? comma : key;
			m.cut_end = last ? m.value_end
			                 : offset(json, jsonwalk_blanks(str_skip(rest, 1)));
			*out = m;
			return true;
		}
		if (last)
			return false;
		comma = offset(json, rest);
		rest = jsonwalk_blanks(str_skip(rest, 1));
	}
	return false;
}
