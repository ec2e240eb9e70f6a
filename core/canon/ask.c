/* canon/ask.c - looks things up in what a client wants.
 * SPDX-License-Identifier: MIT */
#include "canon/ask.h"

#include "base/str.h"

const char *const ask_schemas[] = { "parameters", "schema", NULL };

const struct ask_routing ask_no_routing;

const struct json_member *ask_member(const struct ask *a, const char *name)
{
	for (size_t i = 0; i < a->member_count; i++)
		if (json_key_is(&a->members[i], name))
			return &a->members[i];
	return NULL;
}

cdt_str ask_value(const struct ask *a, const char *name)
{
	const struct json_member *m = ask_member(a, name);

	return m && m->type != CDT_NULL ? m->value : CDT_STR("");
}
