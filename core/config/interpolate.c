/* config/interpolate.c - puts variables of the environment into texts.  A value that comes
 * in is not looked at again.
 * SPDX-License-Identifier: MIT */
#include "config/interpolate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { NAME_MAX_BYTES = 128 };

static size_t name_length(cdt_str s)
{
	size_t n = 0;

	if (s.n && isdigit((unsigned char)s.p[0]))
		return 0;
	while (n < s.n && (isalnum((unsigned char)s.p[n]) || s.p[n] == '_'))
		n++;
	return n < NAME_MAX_BYTES ? n : 0;
}

/* inside: what stands between the braces. */
static bool add_variable(struct config_report *r, struct config_origin at, cdt_str inside,
                         struct buf *out)
{
	cdt_str name = str_from(inside.p, name_length(inside));
	cdt_str rest = str_skip(inside, name.n), word = str_skip(rest, 2);
	char text[NAME_MAX_BYTES];
	const char *value;

	if (name.n == 0 || (rest.n && !str_starts(rest, ":-") && !str_starts(rest, ":?"))) {
		config_report_error(r, at,
		                    "write ${NAME}, ${NAME:-default} or ${NAME:?message}, and "
		                    "$$ for a dollar");
		return false;
	}
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	value = getenv(text);
	if (rest.n && (!value || !*value) && rest.p[1] == '?') {
		config_report_error(r, at, "%s: %.*s", text, STR_ARG(word));
		return false;
	}
	if (!rest.n && !value) {
		config_report_error(r, at, "the variable %s is not set; a default is written "
		                    "${%s:-default}", text, text);
		return false;
	}
	if (rest.n && (!value || !*value))
		buf_add(out, word);
	else
		buf_add_z(out, value);
	return true;
}

bool interpolate(struct config_report *r, struct config_origin at, cdt_str in, struct buf *out,
                 bool *whole)
{
	cdt_str rest = in;

	buf_init(out, INTERPOLATED_MAX);
	*whole = str_starts(in, "${") && str_find(in, '}') + 1 == in.n;
	while (rest.n) {
		size_t plain = str_find(rest, '$'), end;

		buf_add(out, str_from(rest.p, plain));
		rest = str_skip(rest, plain);
		if (str_starts(rest, "$$") || (rest.n && !str_starts(rest, "${"))) {
			buf_add_c(out, '$');
			rest = str_skip(rest, str_starts(rest, "$$") ? 2 : 1);
			continue;
		}
		end = str_find(rest, '}');
		if (end == rest.n && rest.n) {
			config_report_error(r, at,
			                    "a ${ is not closed; a dollar is written $$");
			return false;
		}
		if (rest.n && !add_variable(r, at, str_from(rest.p + 2, end - 2), out))
			return false;
		rest = str_skip(rest, end + 1);
	}
	if (out->status == CDT_OK)
		return true;
	config_report_error(r, at, "the text is longer than %d KiB", INTERPOLATED_MAX >> 10);
	return false;
}
