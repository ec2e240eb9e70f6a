/* lib_anthropic/request.c - the request as a whole: the members of the body in their order.
 * Members that Anthropic does not know are left out, for it refuses a request that has one.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

enum { USER_ID_MAX = 256 };

void anthropic_refuse(struct draft *d, cdt_status status, const char *param, const char *why)
{
	turns_refuse(&d->turns, status, param, why);
}

void anthropic_unsupported(struct draft *d, const char *param)
{
	const struct cdt_call_api *api = d->call->api;

	if (d->turns.status == CDT_OK && CDT_CAN(struct cdt_call_api, api, unsupported))
		d->turns.status = api->unsupported(d->call, param);
}

/* Does it ask for something?  false, 0, {} and [] do not. */
static int asks(cdt_val v)
{
	switch (cdt_type(v)) {
	case CDT_FLAG: return v.api->flag(v, 0) != 0;
	case CDT_INT: return cdt_i64(v, 0) != 0;
	case CDT_REAL: return v.api->f64(v, 0) < 0 || v.api->f64(v, 0) > 0;
	case CDT_LIST: case CDT_MAP: return cdt_count(v) > 0;
	default: return cdt_type(v) == CDT_TEXT;
	}
}

/* What Anthropic has nothing for. */
static void leave_out(struct draft *d)
{
	static const char *const members[] = { "seed", "frequency_penalty", "presence_penalty",
	                                       "logit_bias", "logprobs", "top_logprobs",
	                                       "audio", "prediction", "verbosity" };

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (asks(cdt_get(d->doc, members[i])))
			anthropic_unsupported(d, members[i]);
}

static cdt_str cloud_version(const struct claude *self)
{
	return self->where == CLAUDE_ON_BEDROCK ? CDT_STR("bedrock-2023-05-31")
	                                        : CDT_STR("vertex-2023-10-16");
}

static void write_stops(struct draft *d)
{
	cdt_val stop = cdt_get(d->doc, "stop");
	struct cdt_out *o = d->o;
	int open = 0;

	for (size_t i = 0; i < cdt_count(stop); i++) {
		cdt_str s = cdt_text(cdt_at(stop, i));

		if (words_blank(s)) {                  /* refused there */
			anthropic_unsupported(d, "stop");
			continue;
		}
		if (!open) {
			o->api->key(o, "stop_sequences");
			cdt_open(o, '[');
			open = 1;
		}
		o->api->text(o, s);
	}
	if (open)
		cdt_close(o);
}

/* 0..2 becomes 0..1 by cutting, not by scaling: 0.7 shall stay 0.7. */
static void write_temperature(struct cdt_out *o, cdt_val v)
{
	double t = v.api->f64(v, 1);

	if (t > 1)
		cdt_put_i64(o, "temperature", 1);
	else if (t < 0)
		cdt_put_i64(o, "temperature", 0);
	else
		cdt_put_val(o, "temperature", v);
}

static int is_number(cdt_val v)
{
	return cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL;
}

/* New models refuse all of it; thinking fixes temperature and top_k; and temperature and top_p
 * exclude each other. */
void anthropic_write_sampling(struct draft *d)
{
	int thinks = d->think == THINK_BUDGET || d->think == THINK_ADAPTIVE;
	cdt_val temperature = cdt_get(d->doc, "temperature");
	cdt_val top_p = cdt_get(d->doc, "top_p"), top_k = cdt_get(d->doc, "top_k");
	int samples = (d->model->abilities & MODEL_SAMPLING) != 0;

	write_stops(d);
	if (is_number(temperature) && samples && !thinks)
		write_temperature(d->o, temperature);
	else if (is_number(temperature) && (temperature.api->f64(temperature, 1) < 1 ||
	                                    temperature.api->f64(temperature, 1) > 1))
		anthropic_unsupported(d, "temperature");
	if (is_number(top_p) && samples && (thinks ? top_p.api->f64(top_p, 0) >= 0.95
	                                           : !is_number(temperature)))
		cdt_put_val(d->o, "top_p", top_p);
	else if (is_number(top_p) && top_p.api->f64(top_p, 1) < 1)
		anthropic_unsupported(d, "top_p");
	if (cdt_type(top_k) == CDT_INT && samples && !thinks)
		cdt_put_val(d->o, "top_k", top_k);
	else if (cdt_type(top_k) == CDT_INT)
		anthropic_unsupported(d, "top_k");
}

/* Mail addresses must not go there, and no more than 256 characters. */
static cdt_str user_id(struct draft *d, char hex[64])
{
	static const char digits[] = "0123456789abcdef";
	cdt_str user = cdt_text(cdt_get(d->doc, "safety_identifier"));
	uint8_t sum[32];

	if (user.n == 0)
		user = cdt_text(cdt_get(d->doc, "user"));
	if (user.n <= USER_ID_MAX && !words_hold(user, "@"))
		return user;
	if (!d->self->crypto)
		return CDT_STR("");
	d->self->crypto->sha256(user, sum);
	for (size_t i = 0; i < sizeof sum; i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	return (cdt_str){ hex, 64 };
}

static const struct { const char *word, *tier; } tiers[] = {
	{ "auto", "auto" },
	{ "default", "standard_only" },
	{ "flex", "standard_only" },
	{ "priority", "auto" },
	{ "standard_only", "standard_only" },
};

void anthropic_write_identity(struct draft *d)
{
	cdt_str tier = cdt_text(cdt_get(d->doc, "service_tier"));
	struct cdt_out *o = d->o;
	char hex[64];
	cdt_str user = user_id(d, hex);

	if (user.n) {
		o->api->key(o, "metadata");
		cdt_open(o, '{');
		cdt_put_text(o, "user_id", user);
		cdt_close(o);
	}
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
		if (cdt_is(tier, tiers[i].word))
			cdt_put_text(o, "service_tier", words_z(tiers[i].tier));
}

/* Clouds have the model, and Bedrock has the stream, in the address. */
static void write_head(struct draft *d)
{
	struct cdt_out *o = d->o;

	if (d->self->where == CLAUDE_AT_HOME)
		cdt_put_text(o, "model", d->req->model);
	else
		cdt_put_text(o, "anthropic_version", cloud_version(d->self));
	cdt_put_i64(o, "max_tokens", d->max_tokens);
	if (d->req->flags & CDT_REQ_STREAM && d->self->where != CLAUDE_ON_BEDROCK)
		cdt_put_flag(o, "stream", 1);
}

static void write_body(struct draft *d)
{
	cdt_open(d->o, '{');
	write_head(d);
	anthropic_write_thinking(d);
	anthropic_write_output(d);
	anthropic_write_sampling(d);
	anthropic_write_identity(d);
	anthropic_write_tools(d);
	anthropic_write_choice(d);
	anthropic_write_system(d);
	anthropic_write_messages(d);
	cdt_close(d->o);
}

static void patch_betas(const struct draft *d, struct cdt_http_out *http)
{
	cdt_str rest = claude_cloud_betas(d->self, d->call, d->req);
	struct cdt_out *o;

	if (rest.n == 0)
		return;
	o = http->api->patch(http, "anthropic_beta");
	cdt_open(o, '[');
	while (rest.n) {
		size_t n = words_find(rest, CDT_STR(","));

		o->api->text(o, (cdt_str){ rest.p, n });
		rest = words_after(rest, n + 1);
	}
	cdt_close(o);
}

/* The members that are about the place. */
static void patch_place(const struct draft *d, struct cdt_http_out *http)
{
	struct cdt_out *o = http->api->patch(http, "model");

	if (d->self->where == CLAUDE_AT_HOME) {
		o->api->text(o, d->req->model);
		return;
	}
	o = http->api->patch(http, "anthropic_version");   /* model: nothing, so left out */
	o->api->text(o, cloud_version(d->self));
	if (d->self->where != CLAUDE_ON_BEDROCK)
		return;
	(void)http->api->patch(http, "stream");
	patch_betas(d, http);
}

/* The client's own body, for another model.  Money may have been set aside for fewer tokens
 * than it asks for. */
static cdt_status write_native(struct draft *d, struct cdt_http_out *http)
{
	struct cdt_out *o;

	d->answer->flags |= ANSWER_NATIVE;
	if (d->req->op == CDT_OP_COUNT)
		d->answer->flags |= ANSWER_COUNT;
	patch_place(d, http);
	if (d->req->max_output > 0 && d->req->op == CDT_OP_CHAT) {
		o = http->api->patch(http, "max_tokens");
		o->api->i64(o, d->req->max_output);
	}
	return http->api->status(http);
}

static int can_relay(const struct claude *self, uint32_t op)
{
	return op == CDT_OP_CHAT || (op == CDT_OP_COUNT && self->where == CLAUDE_AT_HOME);
}

static cdt_status write_translated(struct draft *d, struct cdt_http_out *http)
{
	leave_out(d);
	if (d->turns.status == CDT_OK)
		turns_plan(&d->turns, d->doc, 1);
	if (d->turns.status == CDT_OK)
		anthropic_choose(d);
	if (d->turns.status == CDT_OK)
		anthropic_think(d);
	if (d->turns.status != CDT_OK)
		return d->turns.status;
	d->o = d->turns.o = http->api->body(http);
	write_body(d);
	return d->turns.status != CDT_OK ? d->turns.status : http->api->status(http);
}

cdt_status claude_write(const struct claude *self, void **place, struct cdt_call *call,
                        const struct cdt_request *req, struct cdt_http_out *http,
                        int *files_beta)
{
	struct draft d = { .self = self, .call = call, .req = req, .doc = req->doc,
		.model = anthropic_model(req->model), .answer = anthropic_answer(place, call),
		.turns = { .draft = &d, .wire = &anthropic_wire, .call = call } };
	cdt_status st;

	*files_beta = 0;
	if (!d.answer)
		return CDT_E_NOMEM;
	if (req->flags & CDT_REQ_NATIVE && can_relay(self, req->op))
		return write_native(&d, http);
	if (req->op != CDT_OP_CHAT) {
		anthropic_refuse(&d, CDT_E_UNSUPPORTED, "", "This provider can only chat.");
		return d.turns.status;
	}
	st = write_translated(&d, http);
	*files_beta = d.files_beta;
	return st;
}
