/* unit/plugins/fake.c - calls, documents and requests as a plugin sees them.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { KEEP_MAX = 1 << 20, DOC_MAX = 64 << 20, BODY_MAX = 16 << 20 };

static struct fake_call *of_call(struct cdt_call *c)
{
	return (struct fake_call *)(void *)c;
}

static void *call_keep(struct cdt_call *c, size_t n)
{
	return arena_take(&of_call(c)->keep, n);
}

static void *call_scratch(struct cdt_call *c, size_t n)
{
	return arena_take(&of_call(c)->scratch, n);
}

static cdt_status call_parse(struct cdt_call *abi, cdt_str text, cdt_val *out)
{
	struct fake_call *c = of_call(abi);
	struct jsonscan *scan = mem_new(sizeof *scan);
	cdt_status st = jsonscan(scan, text);

	mem_free(scan);
	c->parses++;
	if (st != CDT_OK || c->parsed_count == FAKE_PARSED_MAX)
		return CDT_E_UPSTREAM;
	c->parsed[c->parsed_count] = json_lazy_new(&c->scratch, text);
	if (!c->parsed[c->parsed_count])
		return CDT_E_LIMIT;
	*out = json_lazy_val(c->parsed[c->parsed_count++]);
	return CDT_OK;
}

static void **call_slot(struct cdt_call *c) { return &of_call(c)->slot; }

static void call_log(struct cdt_call *c, uint32_t level, const char *msg)
{
	(void)level;
	(void)snprintf(of_call(c)->said, sizeof of_call(c)->said, "%s", msg);
}

static cdt_str call_id(struct cdt_call *c) { (void)c; return CDT_STR("x1"); }

static void call_headroom(struct cdt_call *abi, int64_t requests, int64_t tokens,
                          int64_t reset_ms)
{
	struct fake_call *c = of_call(abi);

	c->requests = requests;
	c->tokens = tokens;
	c->reset_ms = reset_ms;
}

static cdt_status call_unsupported(struct cdt_call *abi, const char *param)
{
	struct fake_call *c = of_call(abi);
	size_t n = strlen(c->dropped);

	(void)snprintf(c->dropped + n, sizeof c->dropped - n, "%s%s", n ? "," : "",
	               param);
	return c->strict ? CDT_E_UNSUPPORTED : CDT_OK;
}

static void call_ask_on(struct cdt_call *abi, uint32_t wait_ms)
{
	of_call(abi)->follows = 1;
	of_call(abi)->follow_ms = wait_ms;
}

static int call_marked(struct cdt_call *abi)
{
	return !of_call(abi)->unmarked;
}

static void call_refuse(struct cdt_call *abi, const char *param, cdt_str message)
{
	struct fake_call *c = of_call(abi);

	(void)snprintf(c->refusal, sizeof c->refusal, "%.*s", STR_ARG(message));
	(void)snprintf(c->param, sizeof c->param, "%s", param);
}

void fake_call_init(struct fake_call *c)
{
	static const struct cdt_call_api api = {
		.size = sizeof api, .keep = call_keep, .scratch = call_scratch,
		.parse = call_parse, .slot = call_slot, .log = call_log, .id = call_id,
		.headroom = call_headroom, .refuse = call_refuse,
		.unsupported = call_unsupported, .follow = call_ask_on,
		.marked = call_marked,
	};

	*c = (struct fake_call){ .abi = { &api }, .requests = -2, .tokens = -2,
		.reset_ms = -2 };
	arena_init(&c->keep, 4096, KEEP_MAX);
	arena_init(&c->scratch, 4096, DOC_MAX);
}

void fake_call_step(struct fake_call *c)
{
	for (size_t i = 0; i < c->parsed_count; i++)
		json_lazy_free(c->parsed[i]);
	c->parsed_count = 0;
	arena_fini(&c->scratch);
	arena_init(&c->scratch, 4096, DOC_MAX);
}

void fake_call_fini(struct fake_call *c)
{
	fake_call_step(c);
	arena_fini(&c->scratch);
	arena_fini(&c->keep);
}

void fake_doc_init(struct fake_doc *d, const char *json)
{
	struct jsonscan *scan = mem_new(sizeof *scan);

	if (jsonscan(scan, str_z(json)) != CDT_OK) {
		fprintf(stderr, "fake_doc: %s at %zu of %s\n", scan->error, scan->error_at,
		        json);
		abort();
	}
	mem_free(scan);
	arena_init(&d->arena, 4096, DOC_MAX);
	d->lazy = json_lazy_new(&d->arena, str_z(json));
	d->val = json_lazy_val(d->lazy);
}

void fake_doc_fini(struct fake_doc *d)
{
	json_lazy_free(d->lazy);
	arena_fini(&d->arena);
}

static struct fake_http *of_http(struct cdt_http_out *h)
{
	return (struct fake_http *)(void *)h;
}

static void http_method(struct cdt_http_out *h, const char *m) { (void)h, (void)m; }

static void http_url(struct cdt_http_out *h, cdt_str base, cdt_str path)
{
	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	buf_clear(&of_http(h)->url);
	buf_add(&of_http(h)->url, base);
	buf_add(&of_http(h)->url, path);
}

static void http_secret(struct cdt_http_out *h, const char *name, cdt_str prefix,
                        cdt_str secret)
{
	buf_print(&of_http(h)->headers, "%s: %.*s%.*s\n", name, STR_ARG(prefix),
	          STR_ARG(secret));
}

static void http_header(struct cdt_http_out *h, const char *name, cdt_str value)
{
	http_secret(h, name, CDT_STR(""), value);
}

static struct cdt_out *http_body(struct cdt_http_out *h) { return &of_http(h)->w.out; }

static struct cdt_out *http_patch(struct cdt_http_out *abi, const char *member)
{
	struct fake_http *h = of_http(abi);
	struct fake_patch *p = &h->patch[h->patch_count];

	if (h->patch_count == FAKE_PATCHES_MAX)
		abort();
	h->patch_count++;
	p->member = member;
	buf_init(&p->text, BODY_MAX);
	jsonw_init(&p->w, &p->text);
	return &p->w.out;
}

static void http_part(struct cdt_http_out *h, const char *name, cdt_str filename, cdt_str type,
                      cdt_str bytes)
{
	(void)filename, (void)type;
	http_header(h, name, bytes);
}

static cdt_status http_status(const struct cdt_http_out *abi)
{
	const struct fake_http *h = (const struct fake_http *)(const void *)abi;
	cdt_status st = jsonw_status(&h->w);

	for (size_t i = 0; st == CDT_OK && i < h->patch_count; i++)
		st = jsonw_status(&h->patch[i].w);
	return st;
}

static cdt_str http_written(struct cdt_http_out *h) { return buf_str(&of_http(h)->text); }

void fake_http_init(struct fake_http *h)
{
	static const struct cdt_http_out_api api = {
		.size = sizeof api, .method = http_method, .url = http_url,
		.header = http_header, .secret_header = http_secret, .body = http_body,
		.patch = http_patch, .part = http_part, .status = http_status,
		.written = http_written,
	};

	*h = (struct fake_http){ .abi = { &api } };
	buf_init(&h->url, 8192);
	buf_init(&h->headers, 65536);
	buf_init(&h->text, BODY_MAX);
	buf_init(&h->sent, BODY_MAX);
	jsonw_init(&h->w, &h->text);
}

void fake_http_fini(struct fake_http *h)
{
	buf_fini(&h->url);
	buf_fini(&h->headers);
	buf_fini(&h->text);
	buf_fini(&h->sent);
	for (size_t i = 0; i < h->patch_count; i++)
		buf_fini(&h->patch[i].text);
}

static const struct fake_patch *patched(const struct fake_http *h, cdt_str key)
{
	for (size_t i = 0; i < h->patch_count; i++)
		if (str_is(key, h->patch[i].member))
			return &h->patch[i];
	return NULL;
}

static void add_member(struct fake_http *h, cdt_str key, cdt_str value)
{
	if (!value.n)
		return;
	buf_print(&h->sent, "%s\"%.*s\":", h->sent.n > 1 ? "," : "", STR_ARG(key));
	buf_add(&h->sent, value);
}

static void splice(struct fake_http *h, const struct jsonscan *scan)
{
	const struct fake_patch *p;

	buf_add_c(&h->sent, '{');
	for (size_t i = 0; i < scan->count; i++) {
		p = patched(h, scan->member[i].key);
		add_member(h, scan->member[i].key,
		           p ? buf_str(&p->text) : scan->member[i].value);
	}
	for (size_t i = 0; i < h->patch_count; i++)
		if (!jsonscan_find(scan, h->patch[i].member))
			add_member(h, str_z(h->patch[i].member), buf_str(&h->patch[i].text));
	buf_add_c(&h->sent, '}');
}

cdt_str fake_http_body(struct fake_http *h, const char *client)
{
	struct jsonscan *scan;

	if (!client)
		return buf_str(&h->text);
	scan = mem_new(sizeof *scan);
	buf_clear(&h->sent);
	if (jsonscan(scan, str_z(client)) == CDT_OK)
		splice(h, scan);
	mem_free(scan);
	return buf_str(&h->sent);
}
