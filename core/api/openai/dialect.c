/* api/openai/dialect.c - how problems look to OpenAI clients:
 * {"error":{message,type,param,code}}.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"
#include "base/str.h"

/* contract.md 2 */
static const struct { const char *type, *code; } words[PROBLEM_COUNT] = {
	[PROBLEM_INVALID_JSON]          = { "invalid_request_error", "invalid_json" },
	[PROBLEM_INVALID_VALUE]         = { "invalid_request_error", "invalid_value" },
	[PROBLEM_UNSUPPORTED_PARAMETER] = { "invalid_request_error", "unsupported_parameter" },
	[PROBLEM_CONTEXT_LENGTH]        = { "invalid_request_error",
	                                    "context_length_exceeded" },
	[PROBLEM_CONTENT_FILTER]        = { "invalid_request_error", "content_filter" },
	[PROBLEM_NO_KEY]                = { "authentication_error", "invalid_api_key" },
	[PROBLEM_BAD_KEY]               = { "authentication_error", "invalid_api_key" },
	[PROBLEM_BUDGET]                = { "insufficient_quota", "budget_exceeded" },
	[PROBLEM_MODEL_NOT_ALLOWED]     = { "permission_error", "model_not_allowed" },
	[PROBLEM_NOT_ALLOWED]           = { "permission_error", "operation_not_allowed" },
	[PROBLEM_KEY_EXPIRED]           = { "permission_error", "key_expired" },
	[PROBLEM_KEY_DISABLED]          = { "permission_error", "key_disabled" },
	[PROBLEM_IP_NOT_ALLOWED]        = { "permission_error", "ip_not_allowed" },
	[PROBLEM_MODEL_NOT_FOUND]       = { "invalid_request_error", "model_not_found" },
	[PROBLEM_NOT_FOUND]             = { "invalid_request_error", "not_found" },
	[PROBLEM_UNKNOWN_URL]           = { "invalid_request_error", "unknown_url" },
	[PROBLEM_WRONG_METHOD]          = { "invalid_request_error", "unknown_url" },
	[PROBLEM_SLOW_REQUEST]          = { "invalid_request_error", "request_timeout" },
	[PROBLEM_CONFLICT]              = { "invalid_request_error", "conflict" },
	[PROBLEM_TOO_LARGE]             = { "invalid_request_error", "request_too_large" },
	[PROBLEM_MEDIA_TYPE]            = { "invalid_request_error", "unsupported_media_type" },
	[PROBLEM_RATE_LIMIT]            = { "rate_limit_error", "rate_limit_exceeded" },
	[PROBLEM_UPSTREAM_RATE]         = { "rate_limit_error", "upstream_rate_limited" },
	[PROBLEM_INTERNAL]              = { "server_error", "internal_error" },
	[PROBLEM_UPSTREAM_AUTH]         = { "server_error", "upstream_auth" },
	[PROBLEM_UPSTREAM]              = { "server_error", "upstream_error" },
	[PROBLEM_OVERLOADED]            = { "server_error", "overloaded" },
	[PROBLEM_TIMEOUT]               = { "server_error", "upstream_timeout" },
};

static void put_text_or_null(struct jsonw *w, const char *key, cdt_str s)
{
	if (s.n)
		jsonw_put_text(w, key, s);
	else
		jsonw_put_null(w, key);
}

/* What the upstream called it is more precise where the fault is the client's, unless it only
 * repeats the type. */
static cdt_str code_of(const struct problem *p)
{
	bool clients = p->cause == PROBLEM_INVALID_VALUE || p->cause == PROBLEM_CONTENT_FILTER;

	if (!clients || !p->error.code.n || str_is(p->error.code, words[p->cause].type))
		return str_z(words[p->cause].code);
	return p->error.code;
}

static void problem_json(const struct problem *p, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_key(&w, "error");
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "message", p->error.message);
	jsonw_put_z(&w, "type", words[p->cause].type ? words[p->cause].type : "server_error");
	put_text_or_null(&w, "param", p->error.param);
	put_text_or_null(&w, "code", code_of(p));
	jsonw_close(&w);
	jsonw_close(&w);
}

static void whole_problem(const struct problem *p, cdt_str request_id, struct buf *out)
{
	(void)request_id;                              /* OpenAI clients read the header */
	problem_json(p, out);
}

static void stream_problem(const struct problem *p, cdt_str request_id, struct buf *out)
{
	(void)request_id;
	buf_add_z(out, "data: ");
	problem_json(p, out);
	openai_sse_end(out);
}

static const char *const own_members[] = { "routing", "cache_control", NULL };

static const char *const passed_headers[] = { "openai-beta", NULL };

#define DIALECT(tongue) { .name = (tongue), .problem = whole_problem, \
	.stream_problem = stream_problem, .own_members = own_members, \
	.passed_headers = passed_headers }
const struct dialect openai_chat_dialect = DIALECT("openai.chat");
const struct dialect openai_completions_dialect = DIALECT("openai.completions");
const struct dialect openai_embeddings_dialect = DIALECT("openai.embeddings");
const struct dialect openai_images_dialect = DIALECT("openai.images");
const struct dialect openai_edits_dialect = DIALECT("openai.edits");
const struct dialect openai_speech_dialect = DIALECT("openai.speech");
const struct dialect openai_transcriptions_dialect = DIALECT("openai.transcriptions");
const struct dialect openai_translations_dialect = DIALECT("openai.translations");
const struct dialect openai_moderations_dialect = DIALECT("openai.moderations");
const struct dialect openai_rerank_dialect = DIALECT("rerank");
