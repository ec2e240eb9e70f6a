/* lib_gemini/request.c - a request as a whole: what is asked for, and the members of a chat's
 * body in their order.  Members that Google does not know are left out, for it refuses a
 * request that has one.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

const char *gemini_configure(struct gemini *g, cdt_val config)
{
	cdt_str safety = cdt_text(cdt_get(config, "safety"));
	cdt_val flag = cdt_get(config, "signed_ids");

	for (size_t i = 0; i < safety.n; i++)
		if ((safety.p[i] < 'A' || safety.p[i] > 'Z') && safety.p[i] != '_')
			return "safety: not the name of a threshold";
	if (safety.n >= sizeof g->safety)
		return "safety: not the name of a threshold";
	if (safety.n)
		memcpy(g->safety, safety.p, safety.n);
	g->signed_ids = flag.api->flag(flag, 1);
	return NULL;
}

void gemini_refuse(struct draft *d, cdt_status status, const char *param, const char *why)
{
	if (d->status != CDT_OK)
		return;
	d->status = status;
	d->call->api->log(d->call, CDT_LOG_DEBUG, why);
	if (CDT_CAN(struct cdt_call_api, d->call->api, refuse))
		d->call->api->refuse(d->call, param, words_z(why));
}

void gemini_unsupported(struct draft *d, const char *param)
{
	cdt_status st = CDT_OK;

	if (CDT_CAN(struct cdt_call_api, d->call->api, unsupported))
		st = d->call->api->unsupported(d->call, param);
	if (st != CDT_OK && d->status == CDT_OK)
		d->status = st;
}

struct gemini_place gemini_place(const struct draft *d)
{
	return (struct gemini_place){ d->req->base_url, d->req->secret, d->req->model };
}

static const char *const categories[] = {
	"HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH",
	"HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT",
};

/* Google's own members, at the top or where its chat-compatible API wants them. */
static cdt_val own_member(const struct draft *d, const char *name)
{
	cdt_val v = cdt_get(d->doc, name);

	if (cdt_type(v) == CDT_ABSENT)
		v = cdt_get(cdt_get(cdt_get(d->doc, "extra_body"), "google"), name);
	if (cdt_type(v) == CDT_ABSENT)
		v = cdt_get(cdt_get(d->doc, "google"), name);
	return v;
}

void gemini_write_safety(struct draft *d)
{
	cdt_val own = own_member(d, "safety_settings");
	struct cdt_out *o = d->o;

	if (cdt_type(own) == CDT_LIST) {
		cdt_put_val(o, "safetySettings", own);
		return;
	}
	if (!d->self->safety[0])
		return;
	o->api->key(o, "safetySettings");
	cdt_open(o, '[');
	for (size_t i = 0; i < sizeof categories / sizeof categories[0]; i++) {
		cdt_open(o, '{');
		cdt_put_text(o, "category", words_z(categories[i]));
		cdt_put_text(o, "threshold", words_z(d->self->safety));
		cdt_close(o);
	}
	cdt_close(o);
}

static const struct { const char *word, *tier; } tiers[] = {
	{ "default", "standard" }, { "flex", "flex" }, { "priority", "priority" },
	{ "standard", "standard" },
};

/* Vertex has headers for it, which are an account's matter. */
static void write_tier(struct draft *d)
{
	cdt_str word = cdt_text(cdt_get(d->doc, "service_tier"));

	if (d->self->home->is_vertex)
		return;
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
		if (cdt_is(word, tiers[i].word))
			cdt_put_text(d->o, "serviceTier", words_z(tiers[i].tier));
}

void gemini_write_chat(struct draft *d)
{
	cdt_val cached = own_member(d, "cached_content");
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	gemini_write_system(d);
	gemini_write_contents(d);
	gemini_write_tools(d);
	gemini_write_config(d);
	gemini_write_safety(d);
	if (cdt_text(cached).n)
		cdt_put_val(o, "cachedContent", cached);
	write_tier(d);
	cdt_close(o);
}

static void build_chat(struct draft *d)
{
	struct gemini_place place = gemini_place(d);
	int streams = (d->req->flags & CDT_REQ_STREAM) != 0;

	if (d->model->abilities & MODEL_IMAGEN)
		gemini_refuse(d, CDT_E_UNSUPPORTED, "model", "This model only makes pictures.");
	gemini_plan(d);
	if (d->status == CDT_OK)
		gemini_choose(d);
	if (d->status != CDT_OK)
		return;
	d->answer->flags |= streams ? ANSWER_STREAM : 0;
	d->o = d->http->api->body(d->http);
	gemini_write_chat(d);
	d->self->home->address(d->self, d->call, d->http, &place,
	                       streams ? "streamGenerateContent?alt=sse" : "generateContent");
}

static const struct { uint32_t op; void (*build)(struct draft *); } builders[] = {
	{ CDT_OP_CHAT, build_chat },
	{ CDT_OP_EMBED, gemini_write_embed },
	{ CDT_OP_IMAGE, gemini_write_image },
	{ CDT_OP_SPEECH, gemini_write_speech },
	{ CDT_OP_TRANSCRIBE, gemini_write_transcribe },
};

cdt_status gemini_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	struct draft d = { .self = self, .call = call, .req = req, .http = http,
		.doc = req->doc, .model = gemini_model(req->model),
		.answer = gemini_answer(call) };
	size_t i = 0;

	if (!d.answer)
		return CDT_E_NOMEM;
	d.answer->op = req->op;
	while (i < sizeof builders / sizeof builders[0] && builders[i].op != req->op)
		i++;
	if (i == sizeof builders / sizeof builders[0])
		gemini_refuse(&d, CDT_E_UNSUPPORTED, "", "This provider can not do that.");
	else
		builders[i].build(&d);
	return d.status != CDT_OK ? d.status : http->api->status(http);
}
