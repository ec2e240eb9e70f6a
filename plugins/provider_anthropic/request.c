/* provider_anthropic/request.c - the request as a whole: address, headers, and the members of
 * the body in their order.  Members that Anthropic does not know are left out, for it refuses
 * a request that has one.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

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
	                                       "audio", "prediction" };

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (asks(cdt_get(d->doc, members[i])))
			anthropic_unsupported(d, members[i]);
}

/* Only a client of this dialect means what these headers say here. */
static cdt_str said_by_client(const struct draft *d, const char *name)
{
	const struct cdt_call_api *api = d->call->api;

	if (!(d->req->flags & CDT_REQ_NATIVE) ||
	    !CDT_CAN(struct cdt_call_api, api, client_header))
		return CDT_STR("");
	return api->client_header(d->call, name);
}

/* What a client wrote follows its own version of the API. */
static cdt_str version_of(const struct draft *d)
{
	cdt_str said = said_by_client(d, "anthropic-version");

	return said.n ? said : words_z(d->self->version);
}

/* A base with or without /v1 and slashes at its end. */
static void set_url(struct cdt_http_out *http, cdt_str base, uint32_t op)
{
	cdt_str path = op == CDT_OP_COUNT ? CDT_STR("/v1/messages/count_tokens")
	                                  : CDT_STR("/v1/messages");

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n == 0)
		base = CDT_STR("https://api.anthropic.com");
	if (base.n > 3 && memcmp(base.p + base.n - 3, "/v1", 3) == 0)
		path = words_after(path, 3);
	http->api->url(http, base, path);
}

static cdt_str trimmed(cdt_str s)
{
	while (s.n && *s.p == ' ')
		s = words_after(s, 1);
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* Is it one of the names of a list with commas? */
static int has_name(cdt_str list, cdt_str name)
{
	while (list.n) {
		size_t n = words_find(list, CDT_STR(","));

		if (words_same(trimmed((cdt_str){ list.p, n }), name))
			return 1;
		list = words_after(list, n + 1);
	}
	return 0;
}

/* Those that the first one, the client's, has not said yet. */
static void set_beta(struct cdt_http_out *http, struct cdt_call *call, const cdt_str *names,
                     size_t count)
{
	cdt_str pieces[8];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (names[i].n == 0 || (i && has_name(names[0], names[i])))
			continue;
		if (n)
			pieces[n++] = CDT_STR(",");
		pieces[n++] = names[i];
	}
	if (n)
		http->api->header(http, "anthropic-beta", words_join(call, pieces, n));
}

/* A subscription's token is a bearer token and needs a beta name; all others are keys. */
static void set_headers(const struct draft *d, struct cdt_http_out *http)
{
	const struct cdt_request *req = d->req;
	int oauth = words_begin(req->secret, "sk-ant-oat");

	http->api->method(http, "POST");
	set_url(http, req->base_url, req->op);
	if (oauth)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         req->secret);
	else if (req->secret.n)
		http->api->secret_header(http, "x-api-key", CDT_STR(""), req->secret);
	http->api->header(http, "anthropic-version", version_of(d));
	http->api->header(http, "content-type", CDT_STR("application/json"));
	set_beta(http, d->call, (cdt_str[]){ said_by_client(d, "anthropic-beta"),
		words_z(d->self->beta), oauth ? CDT_STR("oauth-2025-04-20") : CDT_STR(""),
		d->files_beta ? CDT_STR("files-api-2025-04-14") : CDT_STR("") }, 4);
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

static void write_body(struct draft *d)
{
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	cdt_put_text(o, "model", d->req->model);
	cdt_put_i64(o, "max_tokens", d->max_tokens);
	if (d->req->flags & CDT_REQ_STREAM)
		cdt_put_flag(o, "stream", 1);
	anthropic_write_thinking(d);
	anthropic_write_output(d);
	anthropic_write_sampling(d);
	anthropic_write_identity(d);
	anthropic_write_tools(d);
	anthropic_write_choice(d);
	anthropic_write_system(d);
	anthropic_write_messages(d);
	cdt_close(o);
}

/* The client's own body, for another model.  Money may have been set aside for fewer tokens
 * than it asks for. */
static cdt_status build_native(struct draft *d, struct cdt_http_out *http)
{
	struct cdt_out *o;

	d->answer->flags |= ANSWER_NATIVE;
	if (d->req->op == CDT_OP_COUNT)
		d->answer->flags |= ANSWER_COUNT;
	set_headers(d, http);
	o = http->api->patch(http, "model");
	o->api->text(o, d->req->model);
	if (d->req->max_output > 0 && d->req->op == CDT_OP_CHAT) {
		o = http->api->patch(http, "max_tokens");
		o->api->i64(o, d->req->max_output);
	}
	return http->api->status(http);
}

static int can_relay(uint32_t op)
{
	return op == CDT_OP_CHAT || op == CDT_OP_COUNT;
}

cdt_status anthropic_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                           struct cdt_http_out *http)
{
	struct draft d = { .self = self, .call = call, .req = req, .doc = req->doc,
		.model = anthropic_model(req->model), .answer = anthropic_answer(call),
		.turns = { .draft = &d, .wire = &anthropic_wire, .call = call } };

	if (!d.answer)
		return CDT_E_NOMEM;
	if (req->flags & CDT_REQ_NATIVE && can_relay(req->op))
		return build_native(&d, http);
	if (req->op != CDT_OP_CHAT) {
		anthropic_refuse(&d, CDT_E_UNSUPPORTED, "", "This provider can only chat.");
		return d.turns.status;
	}
	leave_out(&d);
	if (d.turns.status == CDT_OK)
		turns_plan(&d.turns, d.doc, 1);
	if (d.turns.status == CDT_OK)
		anthropic_choose(&d);
	if (d.turns.status == CDT_OK)
		anthropic_think(&d);
	if (d.turns.status != CDT_OK)
		return d.turns.status;
	d.o = d.turns.o = http->api->body(http);
	write_body(&d);
	if (d.turns.status != CDT_OK)
		return d.turns.status;
	set_headers(&d, http);
	return http->api->status(http);
}
