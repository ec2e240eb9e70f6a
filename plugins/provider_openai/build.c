/* provider_openai/build.c - the upstream request: where it goes, who we are, and which members
 * of a client's own body change.
 * SPDX-License-Identifier: MIT */
#include "openai.h"

#include <string.h>

enum { KEY_MAX = 128 };

static cdt_str path_of(uint32_t op)
{
	switch (op) {
	case CDT_OP_COMPLETE: return CDT_STR("/completions");
	case CDT_OP_EMBED: return CDT_STR("/embeddings");
	default: return CDT_STR("/chat/completions");
	}
}

static void address(const struct openai *me, const struct cdt_request *req,
                    struct cdt_http_out *http)
{
	cdt_str base = req->base_url.n ? req->base_url : CDT_STR("https://api.openai.com/v1");

	http->api->url(http, base, path_of(req->op));
	http->api->header(http, "content-type", CDT_STR("application/json"));
	if (req->secret.n)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         req->secret);
	if (me->organization.n)
		http->api->header(http, "openai-organization", me->organization);
	if (me->project.n)
		http->api->header(http, "openai-project", me->project);
}

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
	if (req->op != CDT_OP_CHAT || me->max_tokens == MEMBER_OLD)
		return old_limit;
	if (me->max_tokens == MEMBER_NEW || has(req, new_limit))
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
	const char *wanted = me->max_tokens == MEMBER_OLD ? old_limit : new_limit;
	const char *other = other_limit(wanted);
	cdt_val theirs = cdt_get(req->doc, other);
	struct cdt_out *o;

	if (me->max_tokens == MEMBER_AUTO || req->op != CDT_OP_CHAT ||
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
	if ((req->flags & CDT_REQ_STREAM) && me->stream_usage && req->op != CDT_OP_EMBED)
		patch_usage(req, http);
	if (req->max_output > 0 && req->op != CDT_OP_EMBED)
		patch_cap(me, req, http);
	else
		patch_limit(me, req, http);
}

static void translated(const struct openai *me, const struct cdt_request *req,
                       struct cdt_http_out *http)
{
	struct cdt_out *o = http->api->body(http);

	switch (req->op) {
	case CDT_OP_COMPLETE: openai_body_complete(me, req, o); break;
	case CDT_OP_EMBED: openai_body_embed(req, o); break;
	default: openai_body_chat(me, req, o); break;
	}
}

cdt_status openai_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const struct openai *me = self;

	if (req->op != CDT_OP_CHAT && req->op != CDT_OP_COMPLETE && req->op != CDT_OP_EMBED) {
		if (CDT_CAN(struct cdt_call_api, call->api, refuse))
			call->api->refuse(call, "", CDT_STR("This provider can chat, complete "
			                                    "and embed; nothing else."));
		return CDT_E_UNSUPPORTED;
	}
	if (!openai_turn_new(call, req))
		return CDT_E_NOMEM;
	address(me, req, http);
	if (req->flags & CDT_REQ_NATIVE)
		native(me, req, http);
	else
		translated(me, req, http);
	return http->api->status(http);
}
