/* provider_bedrock/choice.c - which tools may be called and whether one must be.  Converse
 * knows no "none": tools that nobody may call are left out, or, where the history needs them,
 * kept and forbidden in words.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

static int is_usable(const struct draft *d, cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	return (cdt_is(type, "function") || cdt_is(type, "custom") || d->can & MODEL_BUILT_IN)
	       && turns_allowed(&d->turns, turns_own_name(tool));
}

static int any_tool(const struct draft *d)
{
	for (size_t i = 0; i < cdt_count(d->turns.tools); i++)
		if (is_usable(d, cdt_at(d->turns.tools, i)))
			return 1;
	return d->can & MODEL_BUILT_IN
	       && cdt_type(cdt_get(d->doc, "web_search_options")) == CDT_MAP;
}

void bedrock_choose(struct draft *d)
{
	cdt_val parallel = cdt_get(d->doc, "parallel_tool_calls");

	turns_choose(&d->turns, cdt_get(d->doc, "tool_choice"));
	d->has_tools = any_tool(d);
	if (d->has_tools && d->turns.choice == CHOICE_NONE && !d->turns.calls_all)
		d->has_tools = 0;
	if (!d->has_tools) {
		if (cdt_count(d->turns.tools) && d->turns.choice != CHOICE_NONE)
			bedrock_drop(d, "tools");
		d->must_not_call = d->turns.calls_all > 0;
		d->turns.choice = CHOICE_UNSAID;
		return;
	}
	if (cdt_type(parallel) == CDT_FLAG && !parallel.api->flag(parallel, 1))
		bedrock_drop(d, "parallel_tool_calls");
	d->must_not_call = d->turns.choice == CHOICE_NONE;
	if (d->turns.choice != CHOICE_ANY && d->turns.choice != CHOICE_TOOL)
		return;
	d->must_call = !(d->can & MODEL_FORCED);
	if (d->must_call)
		d->turns.choice = CHOICE_AUTO;
}
