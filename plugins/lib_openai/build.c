/* lib_openai/build.c - the upstream request: where it goes, who we are, and which members
 * of a client's own body change.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { KEY_MAX = 128 };

static cdt_str str(const char *z) { return (cdt_str){ z, z ? strlen(z) : 0 }; }

/* What the row calls an operation, and where it is found. */
static const struct { const char *name, *path; } ways[] = {
	[CDT_OP_CHAT] = { "chat", "/chat/completions" },
	[CDT_OP_COMPLETE] = { "completions", "/completions" },
	[CDT_OP_EMBED] = { "embeddings", "/embeddings" },
};

cdt_str openai_build_path(const struct openai *me, uint32_t op)
{
	cdt_str own;

	if (op >= sizeof ways / sizeof *ways || !ways[op].name)
		return CDT_STR("");
	own = openai_words_value(me->row.paths, str(ways[op].name));
	return own.n ? own : str(ways[op].path);
}

/* The row's own address, with the account in its place. */
static cdt_status base_of(const struct openai *me, struct cdt_call *call, cdt_str *out)
{
	static const char mark[] = "{account}";
	const char *base = me->row.base_url ? me->row.base_url : "";
	const char *at = strstr(base, mark);
	cdt_str account = str(me->row.account);
	char *text;

	*out = str(base);
	if (!at)
		return out->n ? CDT_OK : CDT_E_UNSUPPORTED;
	text = call->api->scratch(call, out->n + account.n);
	if (!account.n || !text)
		return account.n ? CDT_E_NOMEM : CDT_E_UNSUPPORTED;
	memcpy(text, base, (size_t)(at - base));
	memcpy(text + (at - base), account.p, account.n);
	at += sizeof mark - 1;
	memcpy(text + out->n - strlen(at) - sizeof mark + 1 + account.n, at, strlen(at));
	*out = (cdt_str){ text, out->n + account.n - (sizeof mark - 1) };
	return CDT_OK;
}

static void put_line(struct cdt_http_out *http, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	char name[KEY_MAX];
	size_t name_n = colon ? (size_t)(colon - line) : 0;

	if (!name_n || name_n >= sizeof name)
		return;
	memcpy(name, line, name_n);
	name[name_n] = 0;
	for (colon++; colon < line + n && *colon == ' ';)
		colon++;
	http->api->header(http, name, (cdt_str){ colon, (size_t)(line + n - colon) });
}

static void put_headers(const struct openai_host *row, struct cdt_http_out *http)
{
	for (const char *line = row->headers; line && *line;) {
		size_t n = strcspn(line, "\n");

		put_line(http, line, n);
		line += n + (line[n] == '\n');
	}
}

void openai_build_who(const struct openai *me, const struct cdt_request *req,
                      struct cdt_http_out *http)
{
	const struct openai_host *row = &me->row;

	if (req->secret.n)
		http->api->secret_header(http, row->auth_header ? row->auth_header
		                                                : "authorization",
		                         row->auth_prefix ? str(row->auth_prefix)
		                                          : CDT_STR("Bearer "),
		                         req->secret);
	put_headers(row, http);
}

static cdt_status address(const struct openai *me, struct cdt_call *call,
                          const struct cdt_request *req, struct cdt_http_out *http)
{
	cdt_str base = req->base_url;
	cdt_status st = base.n ? CDT_OK : base_of(me, call, &base);

	if (st == CDT_E_UNSUPPORTED && CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, "", CDT_STR("This provider needs a base_url, or an "
		                                    "account in its options."));
	if (st != CDT_OK)
		return st;
	http->api->url(http, base, openai_build_path(me, req->op));
	http->api->header(http, "content-type", CDT_STR("application/json"));
	openai_build_who(me, req, http);
	return CDT_OK;
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
	if ((req->flags & CDT_REQ_STREAM) && !me->row.no_stream_options &&
	    req->op != CDT_OP_EMBED)
		patch_usage(req, http);
	if (req->max_output > 0 && req->op != CDT_OP_EMBED)
		patch_cap(me, req, http);
	else
		patch_limit(me, req, http);
}

static cdt_status translated(const struct asking *a)
{
	switch (a->req->op) {
	case CDT_OP_COMPLETE: return openai_body_complete(a);
	case CDT_OP_EMBED: return openai_body_embed(a);
	default: return openai_body_chat(a);
	}
}

cdt_status openai_build_begin(const struct openai *me, struct cdt_call *call,
                              const struct cdt_request *req)
{
	if (!(me->row.ops & CDT_OP_BIT(req->op)) || !openai_build_path(me, req->op).n) {
		if (CDT_CAN(struct cdt_call_api, call->api, refuse))
			call->api->refuse(call, "", CDT_STR("This provider can chat, complete "
			                                    "and embed; nothing else."));
		return CDT_E_UNSUPPORTED;
	}
	return openai_turn_new(me, call, req) ? CDT_OK : CDT_E_NOMEM;
}

cdt_status openai_build_content(const struct openai *me, struct cdt_call *call,
                                const struct cdt_request *req, struct cdt_http_out *http)
{
	struct asking a = { .me = me, .call = call, .req = req };
	cdt_status st = CDT_OK;

	if (req->flags & CDT_REQ_NATIVE) {
		native(me, req, http);
	} else {
		a.out = http->api->body(http);
		st = translated(&a);
	}
	return st == CDT_OK ? http->api->status(http) : st;
}

cdt_status openai_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const struct openai *me = self;
	cdt_status st = openai_build_begin(me, call, req);

	if (st == CDT_OK)
		st = address(me, call, req, http);
	if (st != CDT_OK)
		return st;
	return openai_build_content(me, call, req, http);
}
