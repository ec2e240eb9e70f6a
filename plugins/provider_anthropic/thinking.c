/* provider_anthropic/thinking.c - how hard to think, in the words of the model's class, and
 * how many tokens that may take.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

enum { BUDGET_MIN = 1024, BUDGET_MAX = 64000 };

struct level { const char *word; int64_t budget; const char *effort; };
static const struct level levels[] = {
	{ "minimal", 1024, "low" },
	{ "low", 2048, "low" },
	{ "medium", 8192, "medium" },
	{ "high", 16384, "high" },
	{ "xhigh", 32768, "xhigh" },
	{ "max", BUDGET_MAX, "max" },
};

/* What the client asks for. */
struct wish { int said, off; int64_t budget; const char *effort; };

static struct wish by_effort(struct draft *d, cdt_str word)
{
	if (word.n == 0)
		return (struct wish){ 0, 0, 0, NULL };
	if (cdt_is(word, "none"))
		return (struct wish){ 1, 1, 0, NULL };
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (cdt_is(word, levels[i].word))
			return (struct wish){ 1, 0, levels[i].budget, levels[i].effort };
	anthropic_refuse(d, CDT_E_INVALID, "reasoning_effort",
	                 "'reasoning_effort' must be none, minimal, low, medium, high, xhigh "
	                 "or max.");
	return (struct wish){ 0, 0, 0, NULL };
}

/* Clients that know Anthropic send its own member; it is put in the words of the class, too. */
static struct wish by_thinking(cdt_val thinking, struct wish other)
{
	cdt_str type = cdt_text(cdt_get(thinking, "type"));
	int64_t budget = cdt_i64(cdt_get(thinking, "budget_tokens"), 8192);

	if (cdt_is(type, "disabled"))
		return (struct wish){ 1, 1, 0, NULL };
	if (cdt_is(type, "adaptive"))
		return other.said && !other.off ? other : (struct wish){ 1, 0, 8192, NULL };
	if (!cdt_is(type, "enabled"))
		return other;
	budget = budget < BUDGET_MIN ? BUDGET_MIN : budget;
	return (struct wish){ 1, 0, budget, budget <= 4096 ? "low"
	                                    : budget <= 16384 ? "medium" : "high" };
}

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

/* A budget is refused beside a forced tool, and after tool calls whose reasoning is lost. */
static void think_by_budget(struct draft *d, const struct wish *w)
{
	int64_t budget = w->budget;

	if (d->choice == CHOICE_ANY || d->choice == CHOICE_TOOL || d->loop_unsigned
	    || d->max_tokens <= BUDGET_MIN)
		return;
	if (budget >= BUDGET_MAX && d->max_tokens / 2 < budget)
		budget = d->max_tokens / 2;
	if (budget > d->max_tokens - 1)
		budget = d->max_tokens - 1;
	d->budget = budget < BUDGET_MIN ? BUDGET_MIN : budget;
	d->think = THINK_BUDGET;
}

static void think_by_effort(struct draft *d, const struct wish *w)
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
	struct wish w = by_effort(d, cdt_text(cdt_get(d->doc, "reasoning_effort")));
	uint32_t can = d->model->abilities & (MODEL_BUDGET | MODEL_ADAPTIVE);

	w = by_thinking(cdt_get(d->doc, "thinking"), w);
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
