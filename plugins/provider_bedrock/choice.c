/* provider_bedrock/choice.c - which tools may be called and whether one must be.  Converse
 * knows no "none": tools that nobody may call are left out, or, where the history needs them,
 * kept and forbidden in words.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

static const struct { const char *word; int choice; } words[] = {
	{ "any", CHOICE_ANY },
	{ "auto", CHOICE_AUTO },
	{ "none", CHOICE_NONE },
	{ "required", CHOICE_ANY },
};

static int by_word(cdt_str word)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (cdt_is(word, words[i].word))
			return words[i].choice;
	return CHOICE_UNSAID;
}

cdt_str bedrock_own_name(cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	if (cdt_is(type, "custom"))
		return cdt_text(cdt_get(cdt_get(tool, "custom"), "name"));
	if (cdt_is(type, "function"))
		return cdt_text(cdt_get(cdt_get(tool, "function"), "name"));
	return cdt_text(cdt_get(tool, "name"));
}

int bedrock_allowed(const struct draft *d, cdt_str name)
{
	size_t n = cdt_count(d->allowed);

	if (cdt_type(d->allowed) != CDT_LIST)
		return 1;
	for (size_t i = 0; i < n && i < TURNS_TOOLS_MAX; i++)
		if (words_same(bedrock_own_name(cdt_at(d->allowed, i)), name))
			return 1;
	return 0;
}

static int is_usable(const struct draft *d, cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	return (cdt_is(type, "function") || cdt_is(type, "custom") || d->can & MODEL_BUILT_IN)
	       && bedrock_allowed(d, bedrock_own_name(tool));
}

static int any_tool(const struct draft *d)
{
	for (size_t i = 0; i < cdt_count(d->turns.tools); i++)
		if (is_usable(d, cdt_at(d->turns.tools, i)))
			return 1;
	return d->can & MODEL_BUILT_IN
	       && cdt_type(cdt_get(d->doc, "web_search_options")) == CDT_MAP;
}

static void read_choice(struct draft *d, cdt_val v)
{
	cdt_str type = cdt_text(cdt_get(v, "type"));
	cdt_val set = cdt_get(v, "allowed_tools");

	d->allowed = cdt_get(set, "tools");
	if (cdt_type(v) == CDT_TEXT) {
		d->choice = by_word(cdt_text(v));
	} else if (cdt_is(type, "allowed_tools")) {
		d->choice = by_word(cdt_text(cdt_get(set, "mode")));
	} else if (cdt_type(v) == CDT_MAP) {
		d->choice = CHOICE_TOOL;
		d->choice_name = bedrock_own_name(v);
		if (d->choice_name.n == 0)
			bedrock_refuse(d, CDT_E_INVALID, "tool_choice",
			               "'tool_choice' must name a tool.");
	}
}

void bedrock_choose(struct draft *d)
{
	cdt_val parallel = cdt_get(d->doc, "parallel_tool_calls");

	read_choice(d, cdt_get(d->doc, "tool_choice"));
	d->has_tools = any_tool(d);
	if (d->has_tools && d->choice == CHOICE_NONE && !d->turns.calls_all)
		d->has_tools = 0;
	if (!d->has_tools) {
		if (cdt_count(d->turns.tools) && d->choice != CHOICE_NONE)
			bedrock_drop(d, "tools");
		d->must_not_call = d->turns.calls_all > 0;
		d->choice = CHOICE_UNSAID;
		return;
	}
	if (cdt_type(parallel) == CDT_FLAG && !parallel.api->flag(parallel, 1))
		bedrock_drop(d, "parallel_tool_calls");
	d->must_not_call = d->choice == CHOICE_NONE;
	if (d->choice != CHOICE_ANY && d->choice != CHOICE_TOOL)
		return;
	d->must_call = !(d->can & MODEL_FORCED);
	if (d->must_call)
		d->choice = CHOICE_AUTO;
}
