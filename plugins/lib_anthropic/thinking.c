/* lib_anthropic/thinking.c - how hard to think, in the words of the model's class, and
 * how many tokens that may take.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

static void stop_thinking(struct draft *d)
{
	uint32_t can = d->model->abilities;

	if (can & MODEL_CAN_STOP)
		d->think = THINK_OFF;
	else if (can & MODEL_BETWEEN)
		d->think = THINK_BETWEEN;
	else if (can & MODEL_ADAPTIVE)
		d->effort = "low";
}

static void think_by_budget(struct draft *d, const struct turns_wish *w)
{
	int64_t budget = w->budget;

	if (!turns_takes_budget(&d->turns) || d->max_tokens <= TURNS_BUDGET_MIN)
		return;
	if (budget >= TURNS_BUDGET_MAX && d->max_tokens / 2 < budget)
		budget = d->max_tokens / 2;
	if (budget > d->max_tokens - 1)
		budget = d->max_tokens - 1;
	d->budget = budget < TURNS_BUDGET_MIN ? TURNS_BUDGET_MIN : budget;
	d->think = THINK_BUDGET;
}

static void think_by_effort(struct draft *d, const struct turns_wish *w)
{
	d->think = THINK_ADAPTIVE;
	d->effort = w->effort;
	if (w->effort && w->effort[0] == 'x' && !(d->model->abilities & MODEL_XHIGH))
		d->effort = "max";
}

/* max_tokens holds the thinking, too: what the client did not limit gets room for it. */
static void set_max_tokens(struct draft *d, int64_t room)
{
	cdt_val said = cdt_get(d->doc, "max_completion_tokens");
	int64_t max = cdt_i64(said, 0), most = d->model->max_out;

	if (cdt_type(said) != CDT_INT)
		max = d->self->max_tokens_default + room;
	if (max < 0)
		anthropic_refuse(d, CDT_E_INVALID, "max_completion_tokens",
		                 "The limit of tokens must not be below 0.");
	d->max_tokens = most && max > most ? most : max;
}

void anthropic_think(struct draft *d)
{
	struct turns_wish w = turns_wish(&d->turns, d->doc);
	uint32_t can = d->model->abilities & (MODEL_BUDGET | MODEL_ADAPTIVE);

	set_max_tokens(d, can && w.said ? w.budget : 0);
	if (!w.said || !can)
		return;
	if (w.off)
		stop_thinking(d);
	else if (can & MODEL_ADAPTIVE)
		think_by_effort(d, &w);
	else
		think_by_budget(d, &w);
}

void anthropic_write_thinking(struct draft *d)
{
	static const char *const types[] = { "", "disabled", "between_tools", "enabled",
	                                     "adaptive" };
	struct cdt_out *o = d->o;

	if (d->think == THINK_UNSAID)
		return;
	o->api->key(o, "thinking");
	cdt_open(o, '{');
	cdt_put_text(o, "type", words_z(types[d->think]));
	if (d->think == THINK_BUDGET)
		cdt_put_i64(o, "budget_tokens", d->budget);
	if (d->think == THINK_ADAPTIVE)              /* left out by default on new models */
		cdt_put_text(o, "display", CDT_STR("summarized"));
	cdt_close(o);
}

void anthropic_write_output(struct draft *d)
{
	cdt_val schema = cdt_get(cdt_get(cdt_get(d->doc, "response_format"), "json_schema"),
	                         "schema");
	int format = cdt_type(schema) == CDT_MAP && d->model->abilities & MODEL_FORMAT;
	struct cdt_out *o = d->o;

	if (!d->effort && !format)
		return;
	o->api->key(o, "output_config");
	cdt_open(o, '{');
	if (d->effort)
		cdt_put_text(o, "effort", words_z(d->effort));
	if (format) {
		o->api->key(o, "format");
		cdt_open(o, '{');
		cdt_put_text(o, "type", CDT_STR("json_schema"));
		o->api->key(o, "schema");
		anthropic_write_schema(d, schema);
		cdt_close(o);
	}
	cdt_close(o);
}
