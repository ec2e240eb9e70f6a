/* lib_anthropic/messages.c - the conversation in Anthropic's blocks: what the turns are is
 * lib_turns's.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

static cdt_str fit_id(struct draft *d, cdt_str id)
{
	return turns_fit(&d->turns, id);
}

static void write_text(struct draft *d, cdt_str text)
{
	anthropic_write_text(d, text, UNMARKED);
}

static void write_call(struct draft *d, cdt_val call, cdt_str id)
{
	anthropic_block_begin(d, "tool_use");
	cdt_put_text(d->o, "id", id);
	cdt_put_text(d->o, "name", anthropic_tool_name(d, turns_called_name(call)));
	d->o->api->key(d->o, "input");
	turns_write_input(&d->turns, call);
	anthropic_block_end(d, cdt_get(call, "cache_control"));
}

static void write_parts(struct draft *d, cdt_val content)
{
	d->turns.place = PLACE_RESULT;
	d->list_open = 0;
	for (size_t i = 0; i < cdt_count(content) && d->turns.status == CDT_OK; i++)
		anthropic_write_part(d, cdt_at(content, i));
	if (d->list_open)
		cdt_close(d->o);
	d->turns.place = PLACE_USER;
}

static void write_result(struct draft *d, cdt_str id, cdt_val message)
{
	cdt_val failed = cdt_get(message, "is_error");

	anthropic_block_begin(d, "tool_result");
	cdt_put_text(d->o, "tool_use_id", id);
	write_parts(d, cdt_get(message, "content"));
	if (failed.api->flag(failed, 0))
		cdt_put_flag(d->o, "is_error", 1);
	anthropic_block_end(d, cdt_get(message, "cache_control"));
}

static void write_no_result(struct draft *d, cdt_str id)
{
	anthropic_block_begin(d, "tool_result");
	cdt_put_text(d->o, "tool_use_id", id);
	cdt_put_text(d->o, "content", CDT_STR("no result"));
	cdt_put_flag(d->o, "is_error", 1);
	anthropic_block_end(d, UNMARKED);
}

const struct turns_wire anthropic_wire = {
	.fit_id = fit_id,
	.fit_name = anthropic_tool_name,
	.write_text = write_text,
	.write_part = anthropic_write_part,
	.write_reasoning = anthropic_write_reasoning,
	.write_call = write_call,
	.write_result = write_result,
	.write_no_result = write_no_result,
};

void anthropic_write_messages(struct draft *d)
{
	int thinks = d->think == THINK_BUDGET || d->think == THINK_ADAPTIVE;

	d->turns.thoughts_lead = (d->model->abilities & MODEL_ADAPTIVE) == 0;
	d->o->api->key(d->o, "messages");
	cdt_open(d->o, '[');
	turns_write(&d->turns, !thinks && d->model->abilities & MODEL_PREFILL);
	cdt_close(d->o);
}
