/* lib_openai/error.c - why upstream said no: by its code or type, else by what it says,
 * else by the status.  Reads the error objects of OpenAI and of those who copied its API.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stdio.h>
#include <string.h>

struct known { const char *name; uint32_t reason; };

/* Sorted.  Values of code, type, error_type and the like. */
static const struct known codes[] = {
	{ "1002",                         CDT_ERR_RATE_LIMITED },        /* MiniMax */
	{ "1004",                         CDT_ERR_AUTH },
	{ "1008",                         CDT_ERR_NO_CREDIT },
	{ "1026",                         CDT_ERR_FILTERED },
	{ "1027",                         CDT_ERR_FILTERED },
	{ "1039",                         CDT_ERR_RATE_LIMITED },
	{ "1113",                         CDT_ERR_NO_CREDIT },           /* Z.ai */
	{ "1261",                         CDT_ERR_CONTEXT_LENGTH },      /* Z.ai */
	{ "1302",                         CDT_ERR_RATE_LIMITED },        /* Z.ai */
	{ "1305",                         CDT_ERR_RATE_LIMITED },        /* Z.ai */
	{ "2013",                         CDT_ERR_BAD_REQUEST },         /* MiniMax */
	{ "AccessDenied.Unpurchased",     CDT_ERR_FORBIDDEN },
	{ "Arrearage",                    CDT_ERR_NO_CREDIT },
	{ "DeploymentNotFound",           CDT_ERR_NO_MODEL },
	{ "NotFoundError",                CDT_ERR_NO_MODEL },
	{ "REQUEST_LIMIT_EXCEEDED",       CDT_ERR_RATE_LIMITED },        /* Databricks */
	{ "RateLimitReached",             CDT_ERR_RATE_LIMITED },
	{ "ResponsibleAIPolicyViolation", CDT_ERR_FILTERED },
	{ "Throttling",                   CDT_ERR_RATE_LIMITED },
	{ "authentication_error",         CDT_ERR_AUTH },
	{ "billing_hard_limit_reached",   CDT_ERR_NO_CREDIT },
	{ "billing_not_active",           CDT_ERR_NO_CREDIT },
	{ "bio_policy",                   CDT_ERR_FILTERED },
	{ "content_filter",               CDT_ERR_FILTERED },
	{ "content_policy_violation",     CDT_ERR_FILTERED },
	{ "context_length_exceeded",      CDT_ERR_CONTEXT_LENGTH },
	{ "credit_balance_exhausted",     CDT_ERR_NO_CREDIT },
	{ "cyber_policy",                 CDT_ERR_FILTERED },
	{ "data_inspection_failed",       CDT_ERR_FILTERED },
	{ "engine_overloaded_error",      CDT_ERR_OVERLOADED },
	{ "exceed_context_size_error",    CDT_ERR_CONTEXT_LENGTH },
	{ "exceeded_current_quota_error", CDT_ERR_NO_CREDIT },
	{ "image_content_policy_violation", CDT_ERR_FILTERED },
	{ "insufficient_quota",           CDT_ERR_NO_CREDIT },
	{ "insufficient_system_resource", CDT_ERR_OVERLOADED },
	{ "invalid_api_key",              CDT_ERR_AUTH },
	{ "invalid_authentication_error", CDT_ERR_AUTH },
	{ "invalid_prompt",               CDT_ERR_FILTERED },
	{ "ip_not_authorized",            CDT_ERR_FORBIDDEN },
	{ "model_not_found",              CDT_ERR_NO_MODEL },
	{ "moderation_blocked",           CDT_ERR_FILTERED },
	{ "overloaded",                   CDT_ERR_OVERLOADED },
	{ "overloaded_error",             CDT_ERR_OVERLOADED },
	{ "permission_denied",            CDT_ERR_FORBIDDEN },
	{ "permission_error",             CDT_ERR_FORBIDDEN },
	{ "rate_limit_error",             CDT_ERR_RATE_LIMITED },
	{ "rate_limit_exceeded",          CDT_ERR_RATE_LIMITED },
	{ "rate_limit_reached_error",     CDT_ERR_RATE_LIMITED },
	{ "request_too_large",            CDT_ERR_TOO_LARGE },
	{ "server_is_overloaded",         CDT_ERR_OVERLOADED },
	{ "service_unavailable_error",    CDT_ERR_OVERLOADED },
	{ "slow_down",                    CDT_ERR_RATE_LIMITED },
	{ "unavailable_error",            CDT_ERR_OVERLOADED },
	{ "unsupported_country_region_territory", CDT_ERR_FORBIDDEN },
	{ "vector_store_timeout",         CDT_ERR_TIMEOUT },
};

/* For servers whose codes say nothing.  Only for what may be the request's fault. */
static const char *const too_long[] = {
	"maximum context length", "context length", "context size", "context window",
	"prompt is too long", "input is too long", NULL
};

/* Statuses that easy.h does not know: Groq's capacity, waiting deployments, time-outs. */
static uint32_t by_status(uint32_t status)
{
	switch (status) {
	case 200: case 409: case 424: return CDT_ERR_UPSTREAM;
	case 412: case 425: case 498: return CDT_ERR_OVERLOADED;
	case 504: case 524: return CDT_ERR_TIMEOUT;
	default: return cdt_reason(status);
	}
}

static const char *generic(uint32_t reason)
{
	switch (reason) {
	case CDT_ERR_AUTH: return "the upstream refused the gateway's credential";
	case CDT_ERR_FORBIDDEN: return "the upstream does not allow this to the gateway";
	case CDT_ERR_NO_MODEL: return "the upstream does not know this model";
	case CDT_ERR_CONTEXT_LENGTH: return "the request is too long for this model";
	case CDT_ERR_FILTERED: return "the upstream's content filter refused this";
	case CDT_ERR_RATE_LIMITED: return "the upstream's rate limit is reached";
	case CDT_ERR_NO_CREDIT: return "the gateway's credit with the upstream is used up";
	case CDT_ERR_OVERLOADED: return "the upstream is overloaded";
	case CDT_ERR_TIMEOUT: return "the upstream took too long";
	case CDT_ERR_TOO_LARGE: return "the request is too large for the upstream";
	case CDT_ERR_BAD_REQUEST: return "the upstream refused the request";
	default: return "the upstream failed";
	}
}

static uint32_t by_code(cdt_str code)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (cdt_is(code, codes[i].name))
			return codes[i].reason;
	return 0;
}

static bool says(cdt_str s, const char *const *phrases)
{
	for (; *phrases; phrases++) {
		size_t n = strlen(*phrases);

		for (size_t i = 0; i + n <= s.n; i++)
			if (memcmp(s.p + i, *phrases, n) == 0)
				return true;
	}
	return false;
}

/* The four members, wherever a host keeps them; number: an int code, or a status. */
struct said { cdt_str message, type, code, inner, param; int64_t number, status; };

static cdt_str first_of(cdt_val map, const char *const *keys)
{
	for (; *keys; keys++)
		if (has_text(cdt_get(map, *keys)))
			return cdt_text(cdt_get(map, *keys));
	return CDT_STR("");
}

static void read_object(struct said *s, cdt_val e)
{
	static const char *const messages[] = {
		"message", "msg", "error_msg", "status_msg", "detail", "title", "error",
		NULL };
	static const char *const types[] = { "type", "error_type", NULL };
	static const char *const words[] = { "code", "error_code", "reason", NULL };
	cdt_val code = cdt_get(e, "code"), status = cdt_get(e, "status_code");

	s->message = first_of(e, messages);
	s->type = first_of(e, types);
	s->code = first_of(e, words);
	s->param = cdt_text(cdt_get(e, "param"));
	s->inner = cdt_text(cdt_get(cdt_get(e, "innererror"), "code"));
	s->number = cdt_i64(cdt_type(code) == CDT_INT ? code : status, 0);
	s->status = cdt_i64(cdt_get(e, "status"), s->number);
}

/* Text that is worth more than what is inside: {"code":"x","error":"text"}. */
static void read_body(struct said *s, cdt_val doc)
{
	cdt_val e = cdt_get(doc, "error");

	if (cdt_type(doc) == CDT_LIST)
		doc = cdt_at(doc, 0), e = cdt_get(doc, "error");
	if (cdt_type(e) != CDT_MAP)                        /* "response.failed" */
		e = cdt_get(cdt_get(doc, "response"), "error");
	if (cdt_type(e) != CDT_MAP && cdt_type(cdt_get(doc, "detail")) == CDT_MAP)
		e = cdt_get(doc, "detail");
	if (cdt_type(e) != CDT_MAP && cdt_type(cdt_get(doc, "detail")) == CDT_LIST)
		e = cdt_at(cdt_get(doc, "detail"), 0);
	if (cdt_type(e) != CDT_MAP && cdt_type(cdt_get(doc, "errors")) == CDT_LIST)
		e = cdt_at(cdt_get(doc, "errors"), 0);
	if (cdt_type(e) != CDT_MAP && cdt_type(cdt_get(doc, "x_groq")) == CDT_MAP)
		e = cdt_get(doc, "x_groq");
	if (cdt_type(e) != CDT_MAP && cdt_type(cdt_get(doc, "base_resp")) == CDT_MAP)
		e = cdt_get(doc, "base_resp");
	read_object(s, cdt_type(e) == CDT_MAP ? e : doc);
	if (!s->status)                                    /* Cerebras: beside the error */
		s->status = cdt_i64(cdt_get(doc, "status_code"), 0);
	if (cdt_type(doc) == CDT_TEXT)
		s->message = cdt_text(doc);
}

static uint32_t reason_of(const struct said *s, uint32_t status)
{
	uint32_t reason = by_code(s->code);

	if (!reason)
		reason = by_code(s->inner);
	if (!reason)
		reason = by_code(s->type);
	/* An error inside a 200 has its status as a number in the body, if anywhere. */
	if (status == 200 && s->status >= 400 && s->status < 600)
		status = (uint32_t)s->status;
	else if (status == 200 && cdt_is(s->type, "invalid_request_error"))
		status = 400;
	if (!reason && status != 429 && status != 401 && status != 403 &&
	    says(s->message, too_long))
		reason = CDT_ERR_CONTEXT_LENGTH;
	return reason ? reason : by_status(status);
}

/* "Please try again in 6ms." */
static int64_t promised_ms(cdt_str message)
{
	static const char *const phrase[] = { "try again in ", NULL };
	size_t n = strlen(*phrase), i = 0, end;

	if (!says(message, phrase))
		return -1;
	while (memcmp(message.p + i, *phrase, n) != 0)
		i++;
	i += n;
	for (end = i; end < message.n && message.p[end] != ' ' && message.p[end] != ','; end++)
		if (message.p[end] == '.' &&
		    (end + 1 == message.n || message.p[end + 1] == ' '))
			break;
	return openai_quota_duration_ms((cdt_str){ message.p + i, end - i });
}

static void wait_for(const struct cdt_http_head *head, const struct said *s,
                     struct cdt_error *err)
{
	int64_t ms;

	if (err->retry_after_ms >= 0)
		return;
	ms = openai_quota_duration_ms(openai_quota_header(head, "retry-after-ms"));
	ms = ms >= 0 ? ms / 1000 : -1;                     /* read as seconds, it is ms */
	if (ms < 0 && err->reason == CDT_ERR_RATE_LIMITED)
		ms = promised_ms(s->message);
	err->retry_after_ms = ms;
}

/* A number is a code as good as a word. */
static void name_number(struct cdt_call *call, struct said *s)
{
	char *text = s->code.n || !s->number ? NULL : call->api->scratch(call, 24);
	int n = text ? snprintf(text, 24, "%lld", (long long)s->number) : 0;

	if (n > 0)
		s->code = (cdt_str){ text, (size_t)n };
}

cdt_status openai_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err)
{
	struct said s = { .number = 0 };
	cdt_val doc;

	(void)self;
	if (body.n && call->api->parse(call, body, &doc) == CDT_OK)
		read_body(&s, doc);
	name_number(call, &s);
	err->reason = reason_of(&s, head->status);
	/* What upstream says of our credential is for the operator, not for the client. */
	if (err->reason == CDT_ERR_AUTH)
		s.message = CDT_STR("");
	err->code = s.code.n ? s.code : s.type;
	err->param = s.param;
	err->message = openai_scrub_message(call, s.message, generic(err->reason));
	wait_for(head, &s, err);
	return CDT_OK;
}
