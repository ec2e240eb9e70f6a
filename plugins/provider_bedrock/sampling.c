/* provider_bedrock/sampling.c - inferenceConfig: how long the answer may be, how it is drawn
 * and where it stops.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

static int is_number(cdt_val v)
{
	return cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL;
}

/* 0..2 becomes 0..1 by cutting, not by scaling: 0.7 shall stay 0.7. */
static void write_temperature(struct draft *d, cdt_val v)
{
	double t = v.api->f64(v, 1);

	if (t > 1)
		cdt_put_i64(d->o, "temperature", 1);
	else if (t < 0)
		cdt_put_i64(d->o, "temperature", 0);
	else
		cdt_put_val(d->o, "temperature", v);
}

/* New models refuse all of it; thinking fixes the temperature; and some models take temperature
 * or topP, but not both. */
static void write_sampling(struct draft *d)
{
	cdt_val temperature = cdt_get(d->doc, "temperature"), top_p = cdt_get(d->doc, "top_p");
	int claude = (d->can & (MODEL_BUDGET | MODEL_ADAPTIVE)) != 0;
	int high = d->can & MODEL_NOVA && d->effort && d->effort[0] == 'h';
	int free_ = d->can & MODEL_SAMPLING && !(d->thinks && claude) && !high;
	int beside = !is_number(temperature) || !(d->can & MODEL_ONE_OF);

	if (is_number(temperature) && free_)
		write_temperature(d, temperature);
	else if (is_number(temperature))
		bedrock_drop(d, "temperature");
	if (is_number(top_p) && free_ && beside)
		cdt_put_val(d->o, "topP", top_p);
	else if (is_number(top_p))
		bedrock_drop(d, "top_p");
}

static void write_stops(struct draft *d)
{
	cdt_val stop = cdt_get(d->doc, "stop");
	struct cdt_out *o = d->o;
	int open = 0;

	for (size_t i = 0; i < cdt_count(stop); i++) {
		cdt_str s = cdt_text(cdt_at(stop, i));

		if (words_blank(s))
			continue;
		if (!open)
			o->api->key(o, "stopSequences");
		if (!open)
			cdt_open(o, '[');
		open = 1;
		o->api->text(o, s);
	}
	if (open)
		cdt_close(o);
}

void bedrock_write_inference(struct draft *d)
{
	d->o->api->key(d->o, "inferenceConfig");
	cdt_open(d->o, '{');
	if (d->max_tokens >= 0)
		cdt_put_i64(d->o, "maxTokens", d->max_tokens);
	write_sampling(d);
	write_stops(d);
	cdt_close(d->o);
}
