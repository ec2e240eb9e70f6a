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

bool member_find(cdt_str json, const char *name, struct member_span *out)
{
	cdt_str rest = jsonwalk_blanks(json);
	size_t name_n = strlen(name), comma = 0;

	if (!rest.n || *rest.p != '{')
		return false;
	rest = jsonwalk_blanks(str_skip(rest, 1));
	while (rest.n && *rest.p == '"') {
		size_t key = offset(json, rest), key_n = jsonwalk_value(rest), value;
		bool found = key_n == name_n + 2 && !memcmp(rest.p + 1, name, name_n), last;

		rest = jsonwalk_blanks(str_skip(rest, key_n));
		if (!rest.n || *rest.p != ':')
			return false;
		rest = jsonwalk_blanks(str_skip(rest, 1));
		value = offset(json, rest);
		if (!jsonwalk_value(rest))
			return false;                  /* nothing is no value */
		rest = str_skip(rest, jsonwalk_value(rest));
		out->value_at = value;
		out->value_end = offset(json, rest);
		rest = jsonwalk_blanks(rest);
		last = !rest.n || *rest.p != ',';
		if (found) {
			out->cut_at = last && comma ? comma : key;
			out->cut_end = last ? out->value_end
				: offset(json, jsonwalk_blanks(str_skip(rest, 1)));
			return true;
		}
		if (last)
			return false;
		comma = offset(json, rest);
		rest = jsonwalk_blanks(str_skip(rest, 1));
	}
	return false;
}
