/* provider_bedrock/request.c - a chat as a whole: the members of Converse's body in their
 * order, and its address.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

enum { METADATA_MAX = 16, WORD_BYTES = 256 };

void bedrock_refuse(struct draft *d, cdt_status status, const char *param, const char *why)
{
	turns_refuse(&d->turns, status, param, why);
}

void bedrock_drop(struct draft *d, const char *param)
{
	if (d->turns.status == CDT_OK)
		d->turns.status = words_unsupported(d->call, param);
}

/* A flag that is not set, an empty map, zero: nothing is asked for. */
static int asks(cdt_val v)
{
	switch (cdt_type(v)) {
	case CDT_FLAG: return v.api->flag(v, 0);
	case CDT_INT: case CDT_REAL: return v.api->f64(v, 0) > 0 || v.api->f64(v, 0) < 0;
	case CDT_MAP: return cdt_count(v) > 0;
	default: return cdt_type(v) != CDT_ABSENT;
	}
}

static int wants_sound(cdt_val modalities)
{
	for (size_t i = 0; i < cdt_count(modalities); i++)
		if (!cdt_is(cdt_text(cdt_at(modalities, i)), "text"))
			return 1;
	return 0;
}

/* What would change the answer and is not to be had. */
static void drop_unknown(struct draft *d)
{
	static const char *const members[] = { "audio", "frequency_penalty", "logit_bias",
		"logprobs", "presence_penalty", "seed", "top_logprobs", "verbosity" };

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (asks(cdt_get(d->doc, members[i])) || (members[i][0] == 's' &&
		    cdt_type(cdt_get(d->doc, members[i])) == CDT_INT))
			bedrock_drop(d, members[i]);
	if (wants_sound(cdt_get(d->doc, "modalities")))
		bedrock_drop(d, "modalities");
}

static void write_guardrail(struct draft *d)
{
	const struct bedrock *self = d->self;
	struct cdt_out *o = d->o;

	if (!self->guardrail[0]) {
		cdt_put_val(o, "guardrailConfig", cdt_get(d->doc, "guardrailConfig"));
		return;
	}
	o->api->key(o, "guardrailConfig");
	cdt_open(o, '{');
	cdt_put_text(o, "guardrailIdentifier", words_z(self->guardrail));
	cdt_put_text(o, "guardrailVersion", words_z(self->guardrail_version));
	if (self->guardrail_trace[0])
		cdt_put_text(o, "trace", words_z(self->guardrail_trace));
	cdt_close(o);
}

static void put_typed(struct draft *d, const char *key, const char *member, cdt_str word)
{
	d->o->api->key(d->o, key);
	cdt_open(d->o, '{');
	cdt_put_text(d->o, member, word);
	cdt_close(d->o);
}

/* "auto" is what happens anyway. */
static void write_tier(struct draft *d)
{
	static const char *const tiers[] = { "default", "flex", "priority", "reserved" };
	cdt_str tier = cdt_text(cdt_get(d->doc, "service_tier"));

	for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
		if (cdt_is(tier, tiers[i]))
			put_typed(d, "serviceTier", "type", tier);
}

static int fits_metadata(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
		      || (c && strchr(" :_@$#=/+,-.", c))))
			return 0;
	}
	return s.n <= WORD_BYTES;
}

static void put_metadata(struct draft *d, cdt_str key, cdt_str value, size_t *count)
{
	cdt_str name = words_join(d->call, &key, 1);

	if (!name.p || key.n == 0 || value.n == 0 || *count == METADATA_MAX
	    || !fits_metadata(key) || !fits_metadata(value))
		return;
	if ((*count)++ == 0) {
		d->o->api->key(d->o, "requestMetadata");
		cdt_open(d->o, '{');
	}
	cdt_put_text(d->o, name.p, value);
}

/* It goes to the owner's invocation logs. */
static void write_metadata(struct draft *d)
{
	cdt_val map = cdt_get(d->doc, "metadata"), value;
	cdt_str user = cdt_text(cdt_get(d->doc, "safety_identifier")), key;
	size_t at = 0, count = 0;

	if (user.n == 0)
		user = cdt_text(cdt_get(d->doc, "user"));
	if (cdt_type(cdt_get(map, "user")) == CDT_ABSENT)
		put_metadata(d, CDT_STR("user"), user, &count);
	while (cdt_type(map) == CDT_MAP && map.api->next(map, &at, &key, &value))
		put_metadata(d, key, cdt_text(value), &count);
	if (count)
		cdt_close(d->o);
}

static void write_body(struct draft *d)
{
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	bedrock_write_inference(d);
	bedrock_write_fields(d);
	bedrock_write_format(d);
	bedrock_write_tools(d);
	bedrock_write_system(d);
	bedrock_write_messages(d);
	write_guardrail(d);
	if (d->self->latency[0])
		put_typed(d, "performanceConfig", "latency", words_z(d->self->latency));
	write_tier(d);
	write_metadata(d);
	cdt_close(o);
}

static void plan(struct draft *d)
{
	turns_plan(&d->turns, d->doc, (d->can & MODEL_MARKED) != 0);
}

static void prepare(struct draft *d)
{
	static void (*const steps[])(struct draft *) = {
		plan, bedrock_choose, bedrock_format, bedrock_think, drop_unknown,
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps && d->turns.status == CDT_OK; i++)
		steps[i](d);
}

cdt_status bedrock_chat(struct draft *d, struct cdt_http_out *http)
{
	const struct asked asked = { d->req->model, d->req->base_url, d->req->secret };
	int streams = (d->req->flags & CDT_REQ_STREAM) != 0;
	struct place place;
	cdt_status st;

	prepare(d);
	if (d->turns.status != CDT_OK)
		return d->turns.status;
	d->o = d->turns.o = http->api->body(http);
	write_body(d);
	st = d->turns.status;
	if (st == CDT_OK)
		st = bedrock_place(d->self, d->call, &asked, "bedrock-runtime", &place);
	if (st == CDT_OK)
		st = bedrock_go(d->call, &place, asked.model,
		                streams ? "/converse-stream" : "/converse", http);
	if (st == CDT_OK)
		st = bedrock_authorize(d->self, d->call, &place, asked.secret, http);
	return st != CDT_OK ? st : http->api->status(http);
}
