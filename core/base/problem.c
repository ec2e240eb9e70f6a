/* base/problem.c - which HTTP status and which reason a cause has.  The dialects' words for
 * it are the surfaces' business.
 * SPDX-License-Identifier: MIT */
#include "base/problem.h"

#include <stdio.h>
#include <string.h>

#define PROBLEM_ROW(id, status) { #id, status },
static const struct { const char *name; uint32_t status; } rows[PROBLEM_COUNT] = {
	PROBLEMS(PROBLEM_ROW)
};

static const uint32_t reasons[PROBLEM_COUNT] = {
	[PROBLEM_INVALID_JSON] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_INVALID_VALUE] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_UNSUPPORTED_PARAMETER] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_CONTEXT_LENGTH] = CDT_ERR_CONTEXT_LENGTH,
	[PROBLEM_CONTENT_FILTER] = CDT_ERR_FILTERED,
	[PROBLEM_NO_KEY] = CDT_ERR_AUTH,
	[PROBLEM_BAD_KEY] = CDT_ERR_AUTH,
	[PROBLEM_BUDGET] = CDT_ERR_NO_CREDIT,
	[PROBLEM_MODEL_NOT_ALLOWED] = CDT_ERR_FORBIDDEN,
	[PROBLEM_NOT_ALLOWED] = CDT_ERR_FORBIDDEN,
	[PROBLEM_KEY_EXPIRED] = CDT_ERR_FORBIDDEN,
	[PROBLEM_KEY_DISABLED] = CDT_ERR_FORBIDDEN,
	[PROBLEM_IP_NOT_ALLOWED] = CDT_ERR_FORBIDDEN,
	[PROBLEM_MODEL_NOT_FOUND] = CDT_ERR_NO_MODEL,
	[PROBLEM_NOT_FOUND] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_UNKNOWN_URL] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_WRONG_METHOD] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_SLOW_REQUEST] = CDT_ERR_TIMEOUT,
	[PROBLEM_CONFLICT] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_TOO_LARGE] = CDT_ERR_TOO_LARGE,
	[PROBLEM_MEDIA_TYPE] = CDT_ERR_BAD_REQUEST,
	[PROBLEM_RATE_LIMIT] = CDT_ERR_RATE_LIMITED,
	[PROBLEM_UPSTREAM_RATE] = CDT_ERR_RATE_LIMITED,
	[PROBLEM_INTERNAL] = CDT_ERR_OTHER,
	[PROBLEM_UPSTREAM_AUTH] = CDT_ERR_AUTH,
	[PROBLEM_UPSTREAM] = CDT_ERR_UPSTREAM,
	[PROBLEM_OVERLOADED] = CDT_ERR_OVERLOADED,
	[PROBLEM_TIMEOUT] = CDT_ERR_TIMEOUT,
};

enum { MESSAGE_MAX = 1024 };      /* a sentence for a human, never a document */

cdt_status problem_set(struct problem *p, struct arena *a, enum problem_cause cause,
                       const char *param, const char *fmt, ...)
{
	cdt_str message = CDT_STR("the request could not be served"), copy;
	char text[MESSAGE_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (n > 0)
		message = (cdt_str){ text, strlen(text) };
	copy = arena_str(a, message);
	/* A full arena must still give an answer, with less to read. */
	*p = (struct problem){ .cause = cause, .status = problem_status(cause), .error = {
		.size = sizeof p->error, .reason = reasons[cause], .retry_after_ms = -1,
		.code = CDT_STR(""), .param = CDT_STR(""),
		.message = copy.p ? copy : CDT_STR("the request could not be served") } };
	if (param) {
		copy = arena_str(a, (cdt_str){ param, strlen(param) });
		p->error.param = copy.p ? copy : CDT_STR("");
	}
	return CDT_E_INVALID;
}

uint32_t problem_status(enum problem_cause cause)
{
	return rows[cause].status;
}

const char *problem_name(enum problem_cause cause)
{
	return rows[cause].name;
}
