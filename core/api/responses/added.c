/* api/responses/added.c - tools that come with a message (items "additional_tools", a way of
 * newer agents) are tools as the others; the latest of a name counts.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/responses/responses.h"
#include "base/str.h"

const char responses_added_type[] = "additional_tools";

bool responses_adds_tools(cdt_str body)
{
	return memmem(body.p, body.n, responses_added_type,
	              sizeof responses_added_type - 1) != NULL;
}

static bool same(const struct json *a, const struct json *b, const char *name)
{
	return str_eq(json_text(json_get(a, name)), json_text(json_get(b, name)));
}

static cdt_status add(struct exchange *x, struct json *tools, const struct json *tool)
{
	size_t n = json_count(tools);

	for (size_t i = 0; i < n; i++)
		if (same(json_at(tools, i), tool, "type") &&
		    same(json_at(tools, i), tool, "name")) {
			json_put_give(tools, i, json_share(tool));
			return CDT_OK;
		}
	if (n >= RESPONSES_TOOLS_MAX)
		return responses_refuse(x, "tools", "More than %d tools.", RESPONSES_TOOLS_MAX);
	json_push_give(tools, json_share(tool));
	return CDT_OK;
}

cdt_status responses_gather_tools(struct exchange *x, struct json *body)
{
	const struct json *input = json_get(body, "input");
	cdt_status st = CDT_OK;

	if (!responses_adds_tools(x->ask.body))
		return CDT_OK;
	for (size_t i = 0; st == CDT_OK && i < json_count(input); i++) {
		const struct json *item = json_at(input, i), *added = json_get(item, "tools");

		if (!str_is(json_text(json_get(item, "type")), responses_added_type))
			continue;
		if (json_type(json_get(body, "tools")) != CDT_LIST)
			json_set_give(body, "tools", json_new_list());
		for (size_t k = 0; st == CDT_OK && k < json_count(added); k++)
			st = add(x, json_get(body, "tools"), json_at(added, k));
	}
	return st;
}
