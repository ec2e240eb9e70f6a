/* lib_anthropic/choice.c - which tools may be called and whether one must be.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

static int any_tool(const struct draft *d)
{
	if (cdt_type(cdt_get(d->doc, "web_search_options")) == CDT_MAP)
		return 1;
	for (size_t i = 0; i < cdt_count(d->turns.tools); i++)
		if (turns_allowed(&d->turns, turns_own_name(cdt_at(d->turns.tools, i))))
			return 1;
	return 0;
}

void anthropic_choose(struct draft *d)
{
	cdt_val parallel = cdt_get(d->doc, "parallel_tool_calls");

	turns_choose(&d->turns, cdt_get(d->doc, "tool_choice"));
	d->has_tools = any_tool(d);
	if (!d->has_tools) {
		/* history with calls needs some tools; they are not for use */
		d->turns.choice = d->turns.calls_all ? CHOICE_NONE : CHOICE_UNSAID;
		return;
	}
	d->single = cdt_type(parallel) == CDT_FLAG && !parallel.api->flag(parallel, 1);
	if (d->turns.choice != CHOICE_ANY && d->turns.choice != CHOICE_TOOL)
		return;
	d->must_call = !(d->model->abilities & MODEL_FORCED);
	if (d->must_call)
		d->turns.choice = CHOICE_AUTO;
}

void anthropic_write_choice(struct draft *d)
{
	static const char *const types[] = { "auto", "auto", "any", "tool", "none" };
	struct cdt_out *o = d->o;

	if ((d->turns.choice == CHOICE_UNSAID || d->turns.choice == CHOICE_AUTO) && !d->single)
		return;
	o->api->key(o, "tool_choice");
	cdt_open(o, '{');
	cdt_put_text(o, "type", words_z(types[d->turns.choice]));
	if (d->turns.choice == CHOICE_TOOL)
		cdt_put_text(o, "name", anthropic_tool_name(d, d->turns.choice_name));
	if (d->single && d->turns.choice != CHOICE_NONE)
		cdt_put_flag(o, "disable_parallel_tool_use", 1);
	cdt_close(o);
}
