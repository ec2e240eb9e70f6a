/* admin/web/accept.c - lists of headers.
 * SPDX-License-Identifier: MIT */
#include "admin/web/accept.h"

#include "base/str.h"

/* "q=0", "q=0.000": not at all. */
static bool is_nothing(cdt_str parameters)
{
	while (parameters.n) {
		cdt_str one = str_trim(str_cut(&parameters, ';'));

		if (!str_starts(one, "q=") && !str_starts(one, "Q="))
			continue;
		one = str_skip(one, 2);
		for (size_t i = 0; i < one.n; i++)
			if (one.p[i] != '0' && one.p[i] != '.')
				return false;
		return one.n > 0;
	}
	return false;
}

bool accept_has(cdt_str list, const char *word)
{
	while (list.n) {
		cdt_str parameters = str_cut(&list, ',');

		if (str_is_nocase(str_trim(str_cut(&parameters, ';')), word))
			return !is_nothing(parameters);
	}
	return false;
}

bool accept_tag(cdt_str list, const char *tag)
{
	while (list.n) {
		cdt_str one = str_trim(str_cut(&list, ','));

		if (str_starts(one, "W/"))
			one = str_skip(one, 2);
		if (str_is(one, "*") || str_is(one, tag))
			return true;
	}
	return false;
}
