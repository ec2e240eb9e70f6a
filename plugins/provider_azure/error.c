/* provider_azure/error.c - what Azure says beside what OpenAI says: words of its own for
 * filters and wrong models, waits in sentences, and resets in milliseconds.
 * SPDX-License-Identifier: MIT */
#include "azure.h"

#include <string.h>

static const struct { const char *code; uint32_t reason; const char *shown; } own[] = {
	{ "DeploymentNotFound", CDT_ERR_NO_MODEL, "DeploymentNotFound" },
	{ "OperationNotSupported", CDT_ERR_NO_MODEL, "OperationNotSupported" },
	{ "RateLimitReached", CDT_ERR_RATE_LIMITED, "RateLimitReached" },
	{ "Timeout", CDT_ERR_TIMEOUT, "Timeout" },
	{ "contentFilter", CDT_ERR_FILTERED, "content_filter" },
	{ "content_filter", CDT_ERR_FILTERED, "content_filter" },
	{ "ResponsibleAIPolicyViolation", CDT_ERR_FILTERED, "content_filter" },
};

/* "... Please retry after 26 seconds." */
static int64_t promised_ms(cdt_str message)
{
	static const char phrase[] = "etry after ";
	size_t n = sizeof phrase - 1, i = 0;
	int64_t v = 0;

	while (i + n <= message.n && memcmp(message.p + i, phrase, n) != 0)
		i++;
	i += n;
	if (i >= message.n || message.p[i] < '0' || message.p[i] > '9')
		return -1;
	for (; i < message.n && message.p[i] >= '0' && message.p[i] <= '9' && v < 1000000; i++)
		v = v * 10 + (message.p[i] - '0');
	if (i + 3 <= message.n && memcmp(message.p + i, " mi", 3) == 0)
		return message.n > i + 4 && message.p[i + 3] == 'l' ? v : v * 60000;
	return v * 1000;
}

cdt_status azure_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                       cdt_str body, struct cdt_error *err)
{
	cdt_status st = openai_error(self, call, head, body, err);

	for (size_t i = 0; st == CDT_OK && i < sizeof own / sizeof *own; i++)
		if (cdt_is(err->code, own[i].code)) {
			err->reason = own[i].reason;
			err->code = (cdt_str){ own[i].shown, strlen(own[i].shown) };
			break;
		}
	if (st == CDT_OK && err->reason == CDT_ERR_RATE_LIMITED && err->retry_after_ms < 0)
		err->retry_after_ms = promised_ms(err->message);
	return st;
}

static int64_t number(const struct cdt_http_head *head, const char *name)
{
	cdt_str s = openai_quota_header(head, name);
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i > 11)
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return s.n ? v : -1;
}

/* One request of 120 a minute: "reset-requests: 500".  These are no seconds. */
cdt_status azure_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                      uint32_t *frames)
{
	int64_t requests = number(head, "x-ratelimit-remaining-requests");
	int64_t tokens = number(head, "x-ratelimit-remaining-tokens");
	int64_t a = number(head, "x-ratelimit-reset-requests");
	int64_t b = number(head, "x-ratelimit-reset-tokens");

	(void)openai_head(self, call, head, frames);       /* always good */
	if (requests >= 0 || tokens >= 0)
		call->api->headroom(call, requests, tokens, a > b ? a : b);
	return CDT_OK;
}
