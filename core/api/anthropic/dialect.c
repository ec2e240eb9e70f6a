/* api/anthropic/dialect.c - how problems look to Anthropic clients:
 * {"type":"error","error":{type,message},"request_id"}.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/str.h"

/* contract.md 2 */
static const char *const types[PROBLEM_COUNT] = {
	[PROBLEM_NO_KEY] = "authentication_error", [PROBLEM_BAD_KEY] = "authentication_error",
	[PROBLEM_BUDGET] = "billing_error",
	[PROBLEM_MODEL_NOT_ALLOWED] = "permission_error",
	[PROBLEM_NOT_ALLOWED] = "permission_error", [PROBLEM_KEY_EXPIRED] = "permission_error",
	[PROBLEM_KEY_DISABLED] = "permission_error",
	[PROBLEM_IP_NOT_ALLOWED] = "permission_error",
	[PROBLEM_MODEL_NOT_FOUND] = "not_found_error", [PROBLEM_NOT_FOUND] = "not_found_error",
	[PROBLEM_UNKNOWN_URL] = "not_found_error", [PROBLEM_TOO_LARGE] = "request_too_large",
	[PROBLEM_RATE_LIMIT] = "rate_limit_error", [PROBLEM_UPSTREAM_RATE] = "rate_limit_error",
	[PROBLEM_INTERNAL] = "api_error", [PROBLEM_UPSTREAM_AUTH] = "api_error",
	[PROBLEM_UPSTREAM] = "api_error", [PROBLEM_OVERLOADED] = "overloaded_error",
	[PROBLEM_TIMEOUT] = "timeout_error",
};

static const char *type_of(const struct problem *p)
{
	const char *type = types[p->cause];

	if (type)
		return type;
	return p->status >= 500 ? "api_error" : "invalid_request_error";
}

/* A number that is Anthropic's alone: clients turn to another model when they see it. */
static uint32_t status_of(const struct problem *p)
{
	return p->cause == PROBLEM_OVERLOADED ? 529 : p->status;
}

/* Agents make their conversation shorter when they read these words, and only then. */
static void put_message(struct jsonw *w, const struct problem *p)
{
	static const char words[] = "prompt is too long";
	struct buf text;

	if (p->cause != PROBLEM_CONTEXT_LENGTH || str_starts(p->error.message, words)) {
		jsonw_put_text(w, "message", p->error.message);
		return;
	}
	buf_init(&text, 64 << 10);
	buf_print(&text, "%s: ", words);
	buf_add(&text, p->error.message);
	jsonw_put_text(w, "message", buf_str(&text));
	buf_fini(&text);
}

static void problem_json(const struct problem *p, cdt_str request_id, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "type", "error");
	jsonw_key(&w, "error");
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "type", type_of(p));
	put_message(&w, p);
	jsonw_close(&w);
	if (request_id.n)
		jsonw_put_text(&w, "request_id", request_id);
	jsonw_close(&w);
}

static void stream_problem(const struct problem *p, cdt_str request_id, struct buf *out)
{
	buf_add_z(out, "event: error\ndata: ");
	problem_json(p, request_id, out);
	buf_add_z(out, "\n\n");
}

/* "cache_control" only where it is Conduit's: see decode.c. */
static const char *const own_members[] = { "routing", "cache_control", NULL };

static const char *const passed_headers[] = { "anthropic-version", "anthropic-beta", NULL };

const struct dialect messages_dialect = {
	.name = "anthropic.messages", .problem = problem_json, .status = status_of,
	.stream_problem = stream_problem, .own_members = own_members,
	.passed_headers = passed_headers,
	.ends_by_event = true,
	.keep_alive = "event: ping\ndata: {\"type\":\"ping\"}\n\n",
};

const struct dialect messages_count_dialect = {
	.name = "anthropic.count", .problem = problem_json, .status = status_of,
	.stream_problem = stream_problem, .own_members = own_members,
	.passed_headers = passed_headers,
};

bool messages_speaks(const struct http_request *r, cdt_str path)
{
	return str_starts(path, "/v1/messages") || http_header(r, "anthropic-version").n;
}
