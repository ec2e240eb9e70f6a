/* plugin/host_out.c - cdt_http_out over an outreq: method, address, headers, and the body in
 * one of its four forms (JSON, bytes, patches of the client's own, multipart).
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/rand.h"
#include "base/str.h"
#include "plugin/provider.h"

enum { SECRET_ON_STACK = 512, PART_NAME_MAX_BYTES = 1024, WHOLE_MAX_BYTES = 256 << 20 };

static struct http_out *out_of(struct cdt_http_out *h)
{
	return (struct http_out *)(void *)h;           /* abi is its first member */
}

static void fail(struct outreq *o, cdt_status st)
{
	if (o->status == CDT_OK)
		o->status = st;
}

static void misuse(struct http_out *h, const char *what)
{
	if (!h->misuse)
		h->misuse = what;
	fail(h->request, CDT_E_MISUSE);
}

static void out_method(struct cdt_http_out *abi, const char *method)
{
	outreq_set_method(out_of(abi)->request, method);
}

static void out_url(struct cdt_http_out *abi, cdt_str base, cdt_str path)
{
	outreq_set_url(out_of(abi)->request, base, path);
}

static void out_header(struct cdt_http_out *abi, const char *name, cdt_str value)
{
	outreq_add_header(out_of(abi)->request, str_z(name), value, false);
}

static void out_secret_header(struct cdt_http_out *abi, const char *name, cdt_str prefix,
                              cdt_str secret)
{
	struct outreq *o = out_of(abi)->request;
	char small[SECRET_ON_STACK], *whole = small;
	size_t n = prefix.n + secret.n;

	if (n > sizeof small)
		whole = arena_take(o->arena, n);
	if (!whole) {
		fail(o, CDT_E_LIMIT);
		return;
	}
	if (prefix.n)
		memcpy(whole, prefix.p, prefix.n);
	if (secret.n)
		memcpy(whole + prefix.n, secret.p, secret.n);
	outreq_add_header(o, str_z(name), (cdt_str){ whole, n }, true);
	explicit_bzero(whole, n);
}

/* Where writes go that must not go anywhere. */
static struct cdt_out *nowhere(struct http_out *h)
{
	jsonw_init(&h->scrap, &h->nowhere);
	return &h->scrap.out;
}

static struct cdt_out *out_body(struct cdt_http_out *abi)
{
	struct http_out *h = out_of(abi);

	if (h->patch_count || h->boundary[0]) {
		misuse(h, "body after patch or part");
		return nowhere(h);
	}
	if (!h->has_body)
		jsonw_init(&h->body, &h->request->body);
	h->has_body = true;
	return &h->body.out;
}

/* All patches are written to the request's body, one after the other: the one that was
 * written last ends when the next begins. */
static void close_patch(struct http_out *h)
{
	struct patch *p = h->open_patch;

	h->open_patch = NULL;
	if (!p)
		return;
	p->to = h->request->body.n;
	if (p->w.status == CDT_OK)
		p->w.status = jsonw_status(&p->w);
	p->w.buf = &h->nowhere;
}

/* A second patch of one member replaces the first. */
static struct patch *patch_at(struct http_out *h, cdt_str member)
{
	for (size_t i = 0; i < h->patch_count; i++)
		if (str_eq(h->patch[i].member, member))
			return &h->patch[i];
	if (h->patch_count == PATCHES_MAX)
		return NULL;
	h->patch[h->patch_count].member = member;
	return &h->patch[h->patch_count++];
}

static struct cdt_out *out_patch(struct cdt_http_out *abi, const char *member)
{
	struct http_out *h = out_of(abi);
	struct patch *p;

	if (!h->native || h->has_body || h->boundary[0]) {
		misuse(h, h->native ? "patch after body or part"
		                    : "patch of a request that is not native");
		return nowhere(h);
	}
	close_patch(h);
	p = patch_at(h, str_z(member));
	if (!p) {
		fail(h->request, CDT_E_LIMIT);
		return nowhere(h);
	}
	jsonw_init(&p->w, &h->request->body);
	p->from = h->request->body.n;
	p->used = false;
	h->open_patch = p;
	return &p->w.out;
}

static void add_piece(struct outreq *o, cdt_str s)
{
	if (s.n == 0 || o->status != CDT_OK)
		return;
	if (!s.p || o->piece_count == OUTREQ_PIECES_MAX)
		fail(o, CDT_E_LIMIT);
	else
		o->piece[o->piece_count++] = s;
}

/* What browsers do with names inside quotes. */
static void quote(struct buf *out, cdt_str s)
{
	for (size_t i = 0; i < s.n && i < PART_NAME_MAX_BYTES; i++) {
		if (s.p[i] == '"')
			buf_add_z(out, "%22");
		else if (s.p[i] == '\r' || s.p[i] == '\n')
			buf_add_z(out, s.p[i] == '\r' ? "%0D" : "%0A");
		else
			buf_add_c(out, s.p[i]);
	}
}

/* Header values may not break the line they stand in. */
static bool one_line(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static void part_head(struct http_out *h, const char *name, cdt_str filename, cdt_str type)
{
	struct buf text;

	buf_init(&text, 8 * PART_NAME_MAX_BYTES);
	buf_print(&text, "%s--%s\r\ncontent-disposition: form-data; name=\"",
	          h->request->piece_count ? "\r\n" : "", h->boundary);
	quote(&text, str_z(name));
	buf_add_c(&text, '"');
	if (filename.n) {
		buf_add_z(&text, "; filename=\"");
		quote(&text, filename);
		buf_add_c(&text, '"');
	}
	if (type.n)
		buf_print(&text, "\r\ncontent-type: %.*s", STR_ARG(type));
	buf_add_z(&text, "\r\n\r\n");
	fail(h->request, text.status);
	add_piece(h->request, arena_str(h->request->arena, buf_str(&text)));
	buf_fini(&text);
}

/* Uploaded files live as long as the request; everything else may be gone when build ends. */
static bool is_uploaded(const struct http_out *h, cdt_str s)
{
	for (size_t i = 0; i < h->blob_count; i++)
		if (s.p >= h->blobs[i].data.p &&
		    s.p + s.n <= h->blobs[i].data.p + h->blobs[i].data.n)
			return true;
	return false;
}

static void begin_parts(struct http_out *h)
{
	uint8_t random[12];
	char hex[2 * sizeof random + 1], type[96];

	rand_bytes(random, sizeof random);
	(void)snprintf(h->boundary, sizeof h->boundary, "conduit-%s",
	               hex_of(random, sizeof random, hex));
	(void)snprintf(type, sizeof type, "multipart/form-data; boundary=%s", h->boundary);
	outreq_add_header(h->request, CDT_STR("content-type"), str_z(type), false);
}

static void out_part(struct cdt_http_out *abi, const char *name, cdt_str filename,
                     cdt_str type, cdt_str part)
{
	struct http_out *h = out_of(abi);

	if (h->patch_count || h->has_body) {
		misuse(h, "part after body or patch");
		return;
	}
	if (!one_line(type)) {
		fail(h->request, CDT_E_INVALID);
		return;
	}
	if (!h->boundary[0])
		begin_parts(h);
	part_head(h, name, filename, type);
	if (part.n && !is_uploaded(h, part)) {
		part = arena_str(h->request->arena, part);
		fail(h->request, part.p ? CDT_OK : CDT_E_LIMIT);
	}
	add_piece(h->request, part);
}

static cdt_status out_status(const struct cdt_http_out *abi)
{
	const struct http_out *h = (const struct http_out *)(const void *)abi;
	cdt_status st = h->request->status;

	if (st == CDT_OK && h->has_body)
		st = jsonw_status(&h->body);
	for (size_t i = 0; st == CDT_OK && i < h->patch_count; i++)
		st = jsonw_status(&h->patch[i].w);
	return st;
}

/* Every patch is written: where its text is. */
static void place_patches(struct http_out *h)
{
	const struct buf *body = &h->request->body;

	for (size_t i = 0; i < h->patch_count; i++) {
		struct patch *p = &h->patch[i];

		p->used = false;
		p->text = p->to == p->from ? (cdt_str){ "", 0 }
		                           : (cdt_str){ body->p + p->from, p->to - p->from };
	}
}

/* The pieces are made again at the end: patches may still follow. */
static cdt_str patched(struct http_out *h)
{
	struct outreq pieces = { .arena = h->request->arena, .status = CDT_OK };

	close_patch(h);
	place_patches(h);
	(void)splice(h->native, h->patch, h->patch_count, &pieces);
	fail(h->request, pieces.status);
	buf_fini(&h->whole);
	buf_init(&h->whole, WHOLE_MAX_BYTES);
	for (size_t i = 0; i < pieces.piece_count; i++)
		buf_add(&h->whole, pieces.piece[i]);
	fail(h->request, h->whole.status);
	return buf_str(&h->whole);
}

static cdt_str out_written(struct cdt_http_out *abi)
{
	struct http_out *h = out_of(abi);

	if (h->native && !h->has_body && !h->boundary[0])
		return patched(h);
	return h->has_body ? buf_str(&h->request->body) : (cdt_str){ "", 0 };
}

static const struct cdt_http_out_api api = {
	.size = sizeof api,
	.method = out_method, .url = out_url, .header = out_header,
	.secret_header = out_secret_header, .body = out_body, .patch = out_patch,
	.part = out_part, .status = out_status, .written = out_written,
};

void http_out_begin(struct http_out *h, struct outreq *request,
                    const struct native_body *native)
{
	h->abi.api = &api;
	h->request = request;
	h->native = native;
	h->blobs = NULL;
	h->blob_count = h->patch_count = 0;
	h->open_patch = NULL;
	buf_init(&h->nowhere, 0);
	buf_init(&h->whole, WHOLE_MAX_BYTES);
	h->boundary[0] = '\0';
	h->has_body = false;
	h->misuse = NULL;
}

/* JSON is what nearly all upstreams take: who sends something else says so. */
static void add_type(struct outreq *o)
{
	static const cdt_str name = { "content-type", 12 }, json = { "application/json", 16 };

	for (size_t i = 0; i < o->header_count; i++)
		if (o->header[i].name.n == name.n && str_is_nocase(o->header[i].name, name.p))
			return;
	if (o->header_count == OUTREQ_HEADERS_MAX)
		fail(o, CDT_E_LIMIT);
	else
		o->header[o->header_count++] = (struct outreq_header){ name, json, false };
}

/* A writer that was left open, or used against its grammar. */
static void check_writers(struct http_out *h)
{
	cdt_status st;

	close_patch(h);
	st = out_status(&h->abi);
	if (h->nowhere.status != CDT_OK)
		misuse(h, "a patch that was written to after the next one had begun");
	else if (st == CDT_E_MISUSE)
		misuse(h, "JSON that is not whole: a brace left open, or a value without key");
	else
		fail(h->request, st);
}

static void seal(struct http_out *h)
{
	struct outreq *o = h->request;

	place_patches(h);
	if (h->boundary[0])
		add_piece(o, arena_print(o->arena, "\r\n--%s--\r\n", h->boundary));
	else if (h->native && !h->has_body)
		(void)splice(h->native, h->patch, h->patch_count, o);   /* o->status has it */
	if (o->body.n || o->piece_count)
		add_type(o);
	if (o->url.n == 0 && o->status == CDT_OK)
		misuse(h, "a request without url");
	outreq_seal(o);
}

cdt_status http_out_end(struct http_out *h, cdt_status st)
{
	if (st == CDT_OK || st == CDT_E_MISUSE)
		check_writers(h);
	if (st == CDT_OK && h->request->status == CDT_OK)
		seal(h);
	buf_fini(&h->whole);
	if (h->misuse)
		return CDT_E_MISUSE;
	return st != CDT_OK ? st : h->request->status;
}
