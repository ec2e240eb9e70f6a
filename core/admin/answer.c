/* admin/answer.c - an inquiry from birth to answer, and how problems look.  What is answered,
 * the files of the resources decide.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	ARENA_FIRST = 4096, ARENA_MAX = 4 << 20,
	ANSWER_MAX = 64 << 20,                 /* a configuration with all its models */
	HEAD_MAX = 4096, ETAG_SIZE = 16,
};

static const struct { const char *type, *code; } words[PROBLEM_COUNT] = {
	[PROBLEM_INVALID_JSON]          = { "invalid_request_error", "invalid_json" },
	[PROBLEM_INVALID_VALUE]         = { "invalid_request_error", "invalid_value" },
	[PROBLEM_UNSUPPORTED_PARAMETER] = { "invalid_request_error", "unsupported_parameter" },
	[PROBLEM_NO_KEY]                = { "authentication_error", "invalid_admin_token" },
	[PROBLEM_BAD_KEY]               = { "authentication_error", "invalid_admin_token" },
	[PROBLEM_NOT_ALLOWED]           = { "permission_error", "operation_not_allowed" },
	[PROBLEM_NOT_FOUND]             = { "invalid_request_error", "not_found" },
	[PROBLEM_UNKNOWN_URL]           = { "invalid_request_error", "unknown_url" },
	[PROBLEM_WRONG_METHOD]          = { "invalid_request_error", "wrong_method" },
	[PROBLEM_SLOW_REQUEST]          = { "invalid_request_error", "request_timeout" },
	[PROBLEM_CONFLICT]              = { "invalid_request_error", "conflict" },
	[PROBLEM_TOO_LARGE]             = { "invalid_request_error", "request_too_large" },
	[PROBLEM_MEDIA_TYPE]            = { "invalid_request_error", "unsupported_media_type" },
	[PROBLEM_RATE_LIMIT]            = { "rate_limit_error", "rate_limit_exceeded" },
	[PROBLEM_OVERLOADED]            = { "server_error", "overloaded" },
	[PROBLEM_TIMEOUT]               = { "server_error", "timeout" },
};

void answer_problem(const struct problem *p, cdt_str report, struct buf *out)
{
	const char *type = words[p->cause].type, *code = words[p->cause].code;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_key(&w, "error");
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "message", p->error.message);
	jsonw_put_z(&w, "type", type ? type : "server_error");
	if (p->error.param.n)
		jsonw_put_text(&w, "param", p->error.param);
	else
		jsonw_put_null(&w, "param");
	jsonw_put_text(&w, "code", p->error.code.n ? p->error.code
	                                           : str_z(code ? code : "internal_error"));
	jsonw_close(&w);
	if (report.n)
		jsonw_put_text(&w, "report", report);
	jsonw_close(&w);
}

struct inquiry *inquiry_new(struct admin *a, struct http_request *r)
{
	struct inquiry *c = mem_new(sizeof *c);

	c->admin = a;
	c->request = r;
	c->status = 200;
	c->type = "application/json";
	c->caching = "no-store";
	arena_init(&c->arena, ARENA_FIRST, ARENA_MAX);
	buf_init(&c->out, ANSWER_MAX);
	buf_init(&c->head, HEAD_MAX);
	jsonw_init(&c->json, &c->out);
	list_push(&a->inquiries, &c->link);
	return c;
}

void inquiry_free(struct inquiry *c)
{
	list_remove(&c->link);
	json_free(c->body);
	if (c->secret[0] && c->out.p)
		explicit_bzero(c->out.p, c->out.n);
	explicit_bzero(c->secret, sizeof c->secret);
	buf_fini(&c->out);
	buf_fini(&c->head);
	arena_fini(&c->arena);
	mem_free(c);
}

static void put_head(struct inquiry *c, const char *name, const char *value)
{
	(void)http_head_add(&c->head, name, str_z(value));     /* ours: they are well-formed */
}

static void tell_problem(struct inquiry *c, cdt_status st)
{
	if (c->problem.cause == PROBLEM_NONE) {
		log_error(LOG_ADMIN, NULL, "a call could not be answered path=%.*s status=%d",
		          STR_ARG(http_path(c->request)), (int)st);
		(void)REFUSE(c, PROBLEM_INTERNAL, NULL, "the answer could not be made; the "
		             "log of conduitd says more");
	}
	c->status = c->problem.status;
	c->type = "application/json";
	c->caching = "no-store";
	buf_clear(&c->out);
	answer_problem(&c->problem, c->report, &c->out);
	if (c->status == 401)
		put_head(c, "WWW-Authenticate", "Bearer");
}

static void put_own_head(struct inquiry *c)
{
	if (c->type)
		put_head(c, "Content-Type", c->type);
	put_head(c, "Cache-Control", c->caching);
	put_head(c, "X-Content-Type-Options", "nosniff");
}

void inquiry_begin(struct inquiry *c)
{
	put_own_head(c);
	http_begin(c->request, c->status, buf_str(&c->head));
}

void inquiry_answer(struct inquiry *c, cdt_status st)
{
	if (c->request) {
		if (st == CDT_OK)
			st = jsonw_status(&c->json);
		if (st != CDT_OK)
			tell_problem(c, st);
		put_own_head(c);
		http_reply(c->request, c->status, buf_str(&c->head), buf_str(&c->out));
	}
	inquiry_free(c);
}

static void on_gone(void *arg)
{
	struct inquiry *c = arg;

	c->request = NULL;
	if (c->on_peer)
		c->on_peer(c);
}

static void on_drained(void *arg)
{
	struct inquiry *c = arg;

	if (c->on_peer)                                /* whole answers do not wait */
		c->on_peer(c);
}

cdt_status inquiry_put(struct inquiry *c, cdt_status st, const char *name,
                       cdt_status (*put)(struct inquiry *c))
{
	if (st != CDT_OK)
		return st;
	jsonw_key(&c->json, name);
	return put(c);
}

void inquiry_wait(struct inquiry *c)
{
	static const struct http_watch watch = { on_gone, on_drained };

	c->later = true;
	if (c->request)                                /* it may have left between two tries */
		http_set_watch(c->request, &watch, c);
}

/* Weak tags (W/"1") never match: RFC 9110 13.1.1 wants the strong comparison. */
bool inquiry_matches(const struct inquiry *c, uint32_t version)
{
	char wanted[ETAG_SIZE];
	cdt_str rest = c->if_match;

	if (!rest.p)
		return true;
	(void)snprintf(wanted, sizeof wanted, "\"%" PRIu32 "\"", version);
	while (rest.n) {
		cdt_str tag = str_trim(str_cut(&rest, ','));

		if (str_is(tag, "*") || str_is(tag, wanted))
			return true;
	}
	return false;
}

void inquiry_put_version(struct inquiry *c, uint32_t version)
{
	char tag[ETAG_SIZE];

	(void)snprintf(tag, sizeof tag, "\"%" PRIu32 "\"", version);
	put_head(c, "ETag", tag);
}
