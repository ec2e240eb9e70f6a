/* lib_openai/where.c - which way a request goes: the address, the path, and who we are.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { NAME_MAX_N = 128 };

static cdt_str str(const char *z) { return (cdt_str){ z, z ? strlen(z) : 0 }; }

/* What the row calls a way, and where it is found. */
static const struct { const char *name, *path; } ways[WAY_COUNT] = {
	[WAY_CHAT] = { "chat", "/chat/completions" },
	[WAY_COMPLETIONS] = { "completions", "/completions" },
	[WAY_EMBEDDINGS] = { "embeddings", "/embeddings" },
	[WAY_IMAGES] = { "images", "/images/generations" },
	[WAY_EDITS] = { "edits", "/images/edits" },
	[WAY_SPEECH] = { "speech", "/audio/speech" },
	[WAY_TRANSCRIPTIONS] = { "transcriptions", "/audio/transcriptions" },
	[WAY_TRANSLATIONS] = { "translations", "/audio/translations" },
	[WAY_MODERATIONS] = { "moderations", "/moderations" },
	[WAY_RERANK] = { "rerank", "/rerank" },
	[WAY_RESPONSES] = { "responses", "/responses" },
};

static bool edits(const struct cdt_request *req)
{
	if (req->flags & CDT_REQ_NATIVE)
		return cdt_is(req->dialect, "openai.edits");
	return cdt_count(cdt_get(req->doc, "images")) > 0;
}

static bool translates(const struct cdt_request *req)
{
	if (req->flags & CDT_REQ_NATIVE)
		return cdt_is(req->dialect, "openai.translations");
	return cdt_is(cdt_text(cdt_get(req->doc, "task")), "translate");
}

enum openai_way openai_where_way(const struct cdt_request *req)
{
	switch (req->op) {
	case CDT_OP_CHAT: return openai_responses_wanted(req) ? WAY_RESPONSES : WAY_CHAT;
	case CDT_OP_COMPLETE: return WAY_COMPLETIONS;
	case CDT_OP_EMBED: return WAY_EMBEDDINGS;
	case CDT_OP_IMAGE: return edits(req) ? WAY_EDITS : WAY_IMAGES;
	case CDT_OP_SPEECH: return WAY_SPEECH;
	case CDT_OP_TRANSCRIBE: return translates(req) ? WAY_TRANSLATIONS : WAY_TRANSCRIPTIONS;
	case CDT_OP_MODERATE: return WAY_MODERATIONS;
	case CDT_OP_RERANK: return WAY_RERANK;
	default: return WAY_COUNT;
	}
}

cdt_str openai_where_path(const struct openai *me, const struct cdt_request *req)
{
	enum openai_way way = openai_where_way(req);
	cdt_str own;

	if (way == WAY_COUNT)
		return CDT_STR("");
	own = openai_words_value(me->row.paths, str(ways[way].name));
	return own.n ? own : str(ways[way].path);
}

/* The row's own address, with the account in its place. */
static cdt_status base_of(const struct openai *me, struct cdt_call *call, cdt_str *out)
{
	static const char mark[] = "{account}";
	const char *base = me->row.base_url ? me->row.base_url : "";
	const char *at = strstr(base, mark);
	cdt_str account = str(me->row.account);
	size_t before = at ? (size_t)(at - base) : 0;
	char *text;

	*out = str(base);
	if (!at)
		return out->n ? CDT_OK : CDT_E_UNSUPPORTED;
	if (!account.n)
		return CDT_E_UNSUPPORTED;
	text = call->api->scratch(call, out->n + account.n);
	if (!text)
		return CDT_E_NOMEM;
	at += sizeof mark - 1;
	memcpy(text, base, before);
	memcpy(text + before, account.p, account.n);
	memcpy(text + before + account.n, at, strlen(at));
	*out = (cdt_str){ text, before + account.n + strlen(at) };
	return CDT_OK;
}

static void put_line(struct cdt_http_out *http, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	char name[NAME_MAX_N];
	size_t name_n = colon ? (size_t)(colon - line) : 0;

	if (!name_n || name_n >= sizeof name)
		return;
	memcpy(name, line, name_n);
	name[name_n] = 0;
	for (colon++; colon < line + n && *colon == ' ';)
		colon++;
	http->api->header(http, name, (cdt_str){ colon, (size_t)(line + n - colon) });
}

void openai_where_who(const struct openai *me, const struct cdt_request *req,
                      struct cdt_http_out *http)
{
	const struct openai_host *row = &me->row;

	if (req->secret.n)
		http->api->secret_header(http, row->auth_header ? row->auth_header
		                                                : "authorization",
		                         row->auth_prefix ? str(row->auth_prefix)
		                                          : CDT_STR("Bearer "),
		                         req->secret);
	for (const char *line = row->headers; line && *line;) {
		size_t n = strcspn(line, "\n");

		put_line(http, line, n);
		line += n + (line[n] == '\n');
	}
}

cdt_status openai_where_put(const struct openai *me, struct cdt_call *call,
                            const struct cdt_request *req, struct cdt_http_out *http)
{
	cdt_str base = req->base_url;
	cdt_status st = base.n ? CDT_OK : base_of(me, call, &base);

	if (st == CDT_E_UNSUPPORTED && CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, "", CDT_STR("This provider needs a base_url, or an "
		                                    "account in its options."));
	if (st != CDT_OK)
		return st;
	http->api->url(http, base, openai_where_path(me, req));
	if (!openai_form_wanted(req))                      /* a form says so itself */
		http->api->header(http, "content-type", CDT_STR("application/json"));
	openai_where_who(me, req, http);
	return CDT_OK;
}
