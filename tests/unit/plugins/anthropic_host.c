/* unit/plugins/anthropic_host.c - the tables that a provider is handed.  Does no I/O.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/anthropic_host.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/plugins/anthropic_sink.h"

const struct cdt_module *anthropic_module_1(void);

enum { KEEP_MAX = 1 << 20, SCRATCH_MAX = 1 << 20, TREES_MAX = 64 << 20, BODY_MAX = 16 << 20 };

static struct trial *of(struct cdt_call *call)
{
	return (struct trial *)(void *)call;
}

static void *call_keep(struct cdt_call *c, size_t n) { return arena_take(&of(c)->keep, n); }
static void *call_scratch(struct cdt_call *c, size_t n)
{
	return arena_take(&of(c)->scratch, n);
}

static void **call_slot(struct cdt_call *c) { return &of(c)->slot; }
static cdt_str call_id(struct cdt_call *c) { (void)c; return CDT_STR("req_test"); }

static cdt_status call_parse(struct cdt_call *c, cdt_str text, cdt_val *out)
{
	struct trial *h = of(c);
	struct jsonscan scan;
	struct json_lazy *l;

	if (jsonscan(&scan, text) != CDT_OK)
		return CDT_E_INVALID;
	if (h->tree_count == TRIAL_TREES_MAX)
		return CDT_E_LIMIT;
	/* a copy: so that reading the tree after its time is seen */
	text = arena_str(&h->trees, text);
	l = json_lazy_new(&h->trees, text);
	h->tree[h->tree_count++] = l;
	*out = json_lazy_val(l);
	return CDT_OK;
}

static void call_log(struct cdt_call *c, uint32_t level, const char *msg)
{
	(void)level;
	(void)snprintf(of(c)->log, sizeof of(c)->log, "%s", msg);
}

static void call_headroom(struct cdt_call *c, int64_t requests, int64_t tokens,
                          int64_t reset_ms)
{
	memcpy(of(c)->headroom, (int64_t[]){ requests, tokens, reset_ms },
	       sizeof of(c)->headroom);
}

static cdt_status call_unsupported(struct cdt_call *c, const char *param)
{
	(void)c, (void)param;
	return CDT_OK;
}

static void call_refuse(struct cdt_call *c, const char *param, cdt_str message)
{
	(void)snprintf(of(c)->refusal, sizeof of(c)->refusal, "%.*s", STR_ARG(message));
	(void)snprintf(of(c)->param, sizeof of(c)->param, "%s", param);
}

static const struct cdt_call_api call_api = {
	.size = sizeof call_api, .keep = call_keep, .scratch = call_scratch,
	.parse = call_parse, .slot = call_slot, .log = call_log, .id = call_id,
	.headroom = call_headroom, .refuse = call_refuse, .unsupported = call_unsupported,
};

static struct trial_http *http_of(struct cdt_http_out *http)
{
	return (struct trial_http *)(void *)http;
}

static void http_method(struct cdt_http_out *http, const char *method)
{
	(void)snprintf(http_of(http)->method, sizeof http_of(http)->method, "%s", method);
}

static void http_url(struct cdt_http_out *http, cdt_str base, cdt_str path)
{
	(void)snprintf(http_of(http)->url, sizeof http_of(http)->url, "%.*s%.*s", STR_ARG(base),
	               STR_ARG(path));
}

static void http_header(struct cdt_http_out *http, const char *name, cdt_str value)
{
	struct trial_http *o = http_of(http);

	if (o->header_count == TRIAL_HEADERS_MAX)
		return;
	(void)snprintf(o->header[o->header_count][0], sizeof o->header[0][0], "%s", name);
	(void)snprintf(o->header[o->header_count++][1], sizeof o->header[0][1], "%.*s",
	               STR_ARG(value));
}

static void http_secret(struct cdt_http_out *http, const char *name, cdt_str prefix,
                        cdt_str secret)
{
	struct trial_http *o = http_of(http);

	(void)snprintf(o->secret, sizeof o->secret, "%s: %.*s%.*s", name, STR_ARG(prefix),
	               STR_ARG(secret));
}

static struct cdt_out *http_body(struct cdt_http_out *http)
{
	return &http_of(http)->body.out;
}

static struct cdt_out *http_patch(struct cdt_http_out *http, const char *member)
{
	(void)snprintf(http_of(http)->patched, sizeof http_of(http)->patched, "%s", member);
	return &http_of(http)->patch.out;
}

static cdt_status http_status(const struct cdt_http_out *http)
{
	return jsonw_status(&((const struct trial_http *)(const void *)http)->body);
}

static const struct cdt_http_out_api http_api = {
	.size = sizeof http_api, .method = http_method, .url = http_url, .header = http_header,
	.secret_header = http_secret, .body = http_body, .patch = http_patch,
	.status = http_status,
};

struct trial *trial_new(const struct cdt_provider_ops *ops, void *self)
{
	struct trial *h = mem_new(sizeof *h);

	h->call.api = &call_api;
	h->ops = ops;
	h->self = self;
	h->headroom[0] = h->headroom[1] = h->headroom[2] = -2;
	arena_init(&h->keep, 1024, KEEP_MAX);
	arena_init(&h->scratch, 4096, SCRATCH_MAX);
	arena_init(&h->trees, 4096, TREES_MAX);
	trial_seen_init(&h->seen);
	h->http.http.api = &http_api;
	buf_init(&h->http.body_text, BODY_MAX);
	buf_init(&h->http.patch_text, BODY_MAX);
	jsonw_init(&h->http.body, &h->http.body_text);
	jsonw_init(&h->http.patch, &h->http.patch_text);
	return h;
}

static void callback_returned(struct trial *h)
{
	while (h->tree_count)
		json_lazy_free(h->tree[--h->tree_count]);
	arena_fini(&h->trees);
	arena_fini(&h->scratch);
}

void trial_free(struct trial *h)
{
	if (h->ops->done)
		h->ops->done(h->self, &h->call);
	callback_returned(h);
	arena_fini(&h->keep);
	trial_seen_fini(&h->seen);
	buf_fini(&h->http.body_text);
	buf_fini(&h->http.patch_text);
	mem_free(h);
}

cdt_status trial_build(struct trial *h, cdt_str model, uint32_t flags, cdt_val doc)
{
	const struct cdt_request req = { .size = sizeof req, .op = CDT_OP_CHAT, .flags = flags,
		.model = model, .base_url = CDT_STR(""), .secret = CDT_STR("canary-1234"),
		.doc = doc, .dialect = CDT_STR("anthropic.messages") };
	cdt_status st = h->ops->build(h->self, &h->call, &req, &h->http.http);

	h->seen.native = (flags & CDT_REQ_NATIVE) != 0;
	callback_returned(h);
	return st;
}

cdt_status trial_frame(struct trial *h, cdt_str event, cdt_str bytes)
{
	char *copy = mem_text(bytes.p, bytes.n);       /* so that reading past it is seen */
	const struct cdt_frame frame = { .size = sizeof frame, .event = event,
		.data = { copy, bytes.n } };
	cdt_status st = h->ops->frame(h->self, &h->call, &frame, &h->seen.sink);

	callback_returned(h);
	mem_free(copy);
	return st;
}

cdt_status trial_finish(struct trial *h)
{
	cdt_status st = h->ops->finish(h->self, &h->call, &h->seen.sink);

	callback_returned(h);
	return st;
}

void trial_head(struct trial *h, const struct cdt_http_head *head)
{
	uint32_t frames = CDT_FRAMES_AUTO;

	(void)h->ops->head(h->self, &h->call, head, &frames);      /* always CDT_OK */
	callback_returned(h);
}

void trial_error(struct trial *h, uint32_t status, cdt_str body, struct cdt_error *err)
{
	const struct cdt_http_head head = { .size = sizeof head, .status = status };

	*err = (struct cdt_error){ .size = sizeof *err, .retry_after_ms = -1,
		.code = CDT_STR(""), .message = CDT_STR(""), .param = CDT_STR("") };
	(void)h->ops->error(h->self, &h->call, &head, body, err);  /* always CDT_OK */
	callback_returned(h);
}

static void gateway_log(const struct cdt_host *host, uint32_t level, const char *msg)
{
	(void)host, (void)level, (void)msg;
}

static size_t unbase64(cdt_str in, char *out, size_t cap)
{
	return base64_decode(in, out, cap);
}

static const void *all_services(const struct cdt_host *host, const char *id)
{
	static const struct cdt_crypto crypto = {
		.size = sizeof crypto, .sha256 = sha256, .unbase64 = unbase64,
	};

	(void)host;
	return strcmp(id, CDT_SVC_CRYPTO) == 0 ? &crypto : NULL;
}

static const void *no_service(const struct cdt_host *host, const char *id)
{
	(void)host, (void)id;
	return NULL;
}

const struct cdt_host *trial_gateway(bool with_crypto)
{
	static const struct cdt_host full = { .size = sizeof full, .log = gateway_log,
		.service = all_services };
	static const struct cdt_host bare = { .size = sizeof bare, .log = gateway_log,
		.service = no_service };

	return with_crypto ? &full : &bare;
}

const struct cdt_provider_ops *trial_ops(void)
{
	return anthropic_module_1()->features[0]->ops;
}

void *trial_self(void)
{
	struct json *config = json_new_map();
	void *self = trial_ops()->open(trial_gateway(true), json_val(config));

	json_free(config);
	return self;
}
