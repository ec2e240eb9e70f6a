/* lib_openai/build.c - the upstream request: what writes it, and which members of a client's
 * own body change.  Where it goes is where.c's.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { KEY_MAX = 128 };

void openai_body_key(struct cdt_out *o, cdt_str key)
{
	char name[KEY_MAX];
	size_t n = key.n < sizeof name ? key.n : sizeof name - 1;

	if (n)
		memcpy(name, key.p, n);
	name[n] = 0;
	o->api->key(o, name);
}

/* The client's other stream options stay as they are. */
static void patch_usage(const struct cdt_request *req, struct cdt_http_out *http)
{
	cdt_val mine = cdt_get(req->doc, "stream_options");
	cdt_val include = cdt_get(mine, "include_usage");
	struct cdt_out *o;
	cdt_str key;
	cdt_val val;

	if (include.api->flag(include, 0))
		return;
	o = http->api->patch(http, "stream_options");
	cdt_open(o, '{');
	for (size_t it = 0; cdt_type(mine) == CDT_MAP && mine.api->next(mine, &it, &key, &val);)
		if (!cdt_is(key, "include_usage")) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
	cdt_put_flag(o, "include_usage", 1);
	cdt_close(o);
}

static bool has(const struct cdt_request *req, const char *name)
{
	return cdt_type(cdt_get(req->doc, name)) > CDT_NULL;
}

static const char old_limit[] = "max_tokens", new_limit[] = "max_completion_tokens";

/* By which name the limit of this request is to be known: the configured one, the client's,
 * or what the host is likely to understand. */
static const char *limit_name(const struct openai *me, const struct cdt_request *req)
{
	if (req->op != CDT_OP_CHAT || me->row.limit == LIMIT_OLD)
		return old_limit;
	if (me->row.limit == LIMIT_NEW || has(req, new_limit))
		return new_limit;
	return has(req, old_limit) || req->base_url.n ? old_limit : new_limit;
}

static const char *other_limit(const char *name)
{
	return name == old_limit ? new_limit : old_limit;
}

/* What the gateway has set money aside for wins over what the client said. */
static void patch_cap(const struct openai *me, const struct cdt_request *req,
                      struct cdt_http_out *http)
{
	const char *wanted = limit_name(me, req), *other = other_limit(wanted);
	struct cdt_out *o = http->api->patch(http, wanted);

	o->api->i64(o, req->max_output);
	if (cdt_type(cdt_get(req->doc, other)) != CDT_ABSENT)
		(void)http->api->patch(http, other);       /* nothing written: left out */
}

/* The limit goes out under one name, even if the client gave both. */
static void patch_limit(const struct openai *me, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const char *wanted = me->row.limit == LIMIT_OLD ? old_limit : new_limit;
	const char *other = other_limit(wanted);
	cdt_val theirs = cdt_get(req->doc, other);
	struct cdt_out *o;

	if (me->row.limit == LIMIT_AUTO || req->op != CDT_OP_CHAT ||
	    cdt_type(theirs) == CDT_ABSENT)
		return;
	if (cdt_type(cdt_get(req->doc, wanted)) <= CDT_NULL) {
		o = http->api->patch(http, wanted);
		o->api->val(o, theirs);
	}
	(void)http->api->patch(http, other);               /* nothing written: left out */
}

static void native(const struct openai *me, const struct cdt_request *req,
                   struct cdt_http_out *http)
{
	struct cdt_out *o = http->api->patch(http, "model");

	o->api->text(o, req->model);
	if (openai_responses_wanted(req))
		openai_responses_patch(req, http);
	if (openai_where_way(req) != WAY_CHAT && req->op != CDT_OP_COMPLETE)
		return;
	if ((req->flags & CDT_REQ_STREAM) && !me->row.no_stream_options)
		patch_usage(req, http);
	if (req->max_output > 0)
		patch_cap(me, req, http);
	else
		patch_limit(me, req, http);
}

static cdt_status form(const struct asking *a, struct cdt_http_out *http)
{
	struct form f = { a->req, http };

	if (a->req->op == CDT_OP_TRANSCRIBE)
		return openai_sound_write_down(a, &f);
	return openai_image_form(a, &f);
}

static cdt_status body(const struct asking *a)
{
	switch (a->req->op) {
	case CDT_OP_COMPLETE: return openai_body_complete(a);
	case CDT_OP_EMBED: return openai_body_embed(a);
	case CDT_OP_IMAGE: return openai_image_body(a);
	case CDT_OP_SPEECH: return openai_sound_speak(a);
	case CDT_OP_MODERATE: return openai_judge_harm(a);
	case CDT_OP_RERANK: return openai_judge_rank(a);
	default: return openai_body_chat(a);
	}
}

static cdt_status native_form(const struct cdt_request *req, struct cdt_http_out *http)
{
	openai_form_native(&(struct form){ req, http });
	return http->api->status(http);
}

cdt_status openai_build_begin(const struct openai *me, struct cdt_call *call,
                              const struct cdt_request *req)
{
	if (!(me->row.ops & CDT_OP_BIT(req->op)) || !openai_where_path(me, req).n) {
		if (CDT_CAN(struct cdt_call_api, call->api, refuse))
			call->api->refuse(call, "", CDT_STR("This provider can not do that."));
		return CDT_E_UNSUPPORTED;
	}
	return openai_turn_new(me, call, req) ? CDT_OK : CDT_E_NOMEM;
}

cdt_status openai_build_content(const struct openai *me, struct cdt_call *call,
                                const struct cdt_request *req, struct cdt_http_out *http)
{
	struct asking a = { .me = me, .call = call, .req = req };
	bool is_form = openai_form_wanted(req);
	cdt_status st = CDT_OK;

	if (req->flags & CDT_REQ_NATIVE) {
		if (is_form)
			return native_form(req, http);
		native(me, req, http);
	} else if (is_form) {
		st = form(&a, http);
	} else {
		a.out = http->api->body(http);
		st = body(&a);
	}
	return st == CDT_OK ? http->api->status(http) : st;
}

cdt_status openai_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const struct openai *me = self;
	cdt_status st = openai_build_begin(me, call, req);

	if (st == CDT_OK)
		st = openai_where_put(me, call, req, http);
	if (st != CDT_OK)
		return st;
	return openai_build_content(me, call, req, http);
}
