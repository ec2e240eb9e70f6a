/* provider_anthropic/choice.c - which tools may be called and whether one must be.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

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

cdt_str anthropic_own_name(cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	if (cdt_is(type, "custom"))
		return cdt_text(cdt_get(cdt_get(tool, "custom"), "name"));
	if (cdt_is(type, "function"))
		return cdt_text(cdt_get(cdt_get(tool, "function"), "name"));
	return cdt_text(cdt_get(tool, "name"));
}

int anthropic_allowed(const struct draft *d, cdt_str name)
{
	size_t n = cdt_count(d->allowed);

	if (cdt_type(d->allowed) != CDT_LIST)
		return 1;
	for (size_t i = 0; i < n && i < TOOLS_MAX; i++)
		if (words_same(anthropic_own_name(cdt_at(d->allowed, i)), name))
			return 1;
	return 0;
}

static int any_tool(const struct draft *d)
{
	if (cdt_type(cdt_get(d->doc, "web_search_options")) == CDT_MAP)
		return 1;
	for (size_t i = 0; i < cdt_count(d->tools); i++)
		if (anthropic_allowed(d, anthropic_own_name(cdt_at(d->tools, i))))
			return 1;
	return 0;
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
		d->choice_name = anthropic_own_name(v);
		if (d->choice_name.n == 0)
			anthropic_refuse(d, CDT_E_INVALID, "tool_choice",
			                 "'tool_choice' must name a tool.");
	}
}

void anthropic_choose(struct draft *d)
{
	cdt_val parallel = cdt_get(d->doc, "parallel_tool_calls");

	read_choice(d, cdt_get(d->doc, "tool_choice"));
	d->has_tools = any_tool(d);
	if (!d->has_tools) {
		/* history with calls needs some tools; they are not for use */
		d->choice = d->calls_all ? CHOICE_NONE : CHOICE_UNSAID;
		return;
	}
	d->single = cdt_type(parallel) == CDT_FLAG && !parallel.api->flag(parallel, 1);
	if (d->choice != CHOICE_ANY && d->choice != CHOICE_TOOL)
		return;
	d->must_call = !(d->model->abilities & MODEL_FORCED);
	if (d->must_call)
		d->choice = CHOICE_AUTO;
}

void anthropic_write_choice(struct draft *d)
{
	static const char *const types[] = { "auto", "auto", "any", "tool", "none" };
	struct cdt_out *o = d->o;

	if ((d->choice == CHOICE_UNSAID || d->choice == CHOICE_AUTO) && !d->single)
		return;
	o->api->key(o, "tool_choice");
	cdt_open(o, '{');
	cdt_put_text(o, "type", words_z(types[d->choice]));
	if (d->choice == CHOICE_TOOL)
		cdt_put_text(o, "name", anthropic_tool_name(d, d->choice_name));
	if (d->single && d->choice != CHOICE_NONE)
		cdt_put_flag(o, "disable_parallel_tool_use", 1);
	cdt_close(o);
}
