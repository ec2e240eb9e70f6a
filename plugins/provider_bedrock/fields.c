/* provider_bedrock/fields.c - additionalModelRequestFields: what Converse has no member for, in
 * the words of the model's family.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

/* The map opens with its first member. */
static void key(struct draft *d, const char *name)
{
	if (!d->fields_open) {
		d->o->api->key(d->o, "additionalModelRequestFields");
		cdt_open(d->o, '{');
	}
	d->fields_open = 1;
	d->o->api->key(d->o, name);
}

static void open_field(struct draft *d, const char *name)
{
	key(d, name);
	cdt_open(d->o, '{');
}

static void put_field(struct draft *d, const char *name, cdt_val value)
{
	key(d, name);
	d->o->api->val(d->o, value);
}

static void put_word(struct draft *d, const char *name, const char *word)
{
	key(d, name);
	d->o->api->text(d->o, words_z(word));
}

static void write_claude(struct draft *d)
{
	struct cdt_out *o = d->o;

	if (!d->thinks && !d->stops_thinking && !d->effort)
		return;
	if (d->thinks || d->stops_thinking) {
		open_field(d, "thinking");
		cdt_put_text(o, "type", d->budget ? CDT_STR("enabled") : d->thinks
		             ? CDT_STR("adaptive") : CDT_STR("disabled"));
		if (d->budget)
			cdt_put_i64(o, "budget_tokens", d->budget);
		cdt_close(o);
	}
	if (d->effort) {
		open_field(d, "output_config");
		cdt_put_text(o, "effort", words_z(d->effort));
		cdt_close(o);
	}
}

static void write_nova(struct draft *d, cdt_val top_k)
{
	struct cdt_out *o = d->o;

	if (d->effort) {
		open_field(d, "reasoningConfig");
		cdt_put_text(o, "type", CDT_STR("enabled"));
		cdt_put_text(o, "maxReasoningEffort", words_z(d->effort));
		cdt_close(o);
	}
	if (cdt_type(top_k) == CDT_INT) {
		open_field(d, "inferenceConfig");
		cdt_put_val(o, "topK", top_k);
		cdt_close(o);
	}
}

static int is_nova(const struct draft *d)
{
	return words_begin(bedrock_family(d->req->model,
	                                     words_z(d->self->base_model)), "amazon.nova");
}

static void write_top_k(struct draft *d, cdt_val top_k)
{
	if (cdt_type(top_k) != CDT_INT)
		return;
	if (d->can & MODEL_TOP_K && !d->thinks)
		put_field(d, "top_k", top_k);
	else
		bedrock_drop(d, "top_k");
}

/* Members that the client itself says go there, but for those that are written here. */
static void write_own(struct draft *d)
{
	static const char *const ours[] = {
		"inferenceConfig", "output_config", "reasoningConfig", "reasoning_config",
		"reasoning_effort", "thinking", "top_k",
	};
	cdt_val map = cdt_get(d->doc, "additionalModelRequestFields"), value;
	cdt_str key;
	size_t at = 0;

	while (cdt_type(map) == CDT_MAP && map.api->next(map, &at, &key, &value)) {
		cdt_str name = words_join(d->call, &key, 1);
		int known = !name.p;

		for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
			known |= cdt_is(key, ours[i]);
		if (!known)
			put_field(d, name.p, value);
	}
}

void bedrock_write_fields(struct draft *d)
{
	cdt_val top_k = cdt_get(d->doc, "top_k");

	if (is_nova(d)) {
		write_nova(d, top_k);
	} else {
		if (d->can & (MODEL_BUDGET | MODEL_ADAPTIVE))
			write_claude(d);
		else if (d->effort && d->can & MODEL_EFFORT)
			put_word(d, "reasoning_effort", d->effort);
		else if (d->effort && d->can & MODEL_CONFIG)
			put_word(d, "reasoning_config", d->effort[0] == 'l' ? "low" : "high");
		write_top_k(d, top_k);
	}
	write_own(d);
	if (d->fields_open)
		cdt_close(d->o);
}
