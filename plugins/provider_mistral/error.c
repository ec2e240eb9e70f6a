/* provider_mistral/error.c - Mistral's errors: flat, wrapped, or lists of what a validator
 * found; and its names for what is left of a quota.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

static const struct { const char *word; uint32_t reason; } words[] = {
	{ "1500", CDT_ERR_NO_MODEL }, { "invalid_model", CDT_ERR_NO_MODEL },
	{ "3505", CDT_ERR_OVERLOADED },
	{ "service_tier_capacity_exceeded", CDT_ERR_OVERLOADED },
	{ "3051", CDT_ERR_CONTEXT_LENGTH }, { "rate_limited", CDT_ERR_RATE_LIMITED },
	{ "1300", CDT_ERR_RATE_LIMITED },
};

/* Sentences of 429 and 401 that no later try helps. */
static const struct { const char *words; uint32_t reason; } sentences[] = {
	{ "capacity exceeded", CDT_ERR_OVERLOADED },
	{ "Inactive subscription", CDT_ERR_NO_CREDIT },
	{ "usage limit", CDT_ERR_NO_CREDIT },
	{ "monthly", CDT_ERR_NO_CREDIT },
	{ "billing", CDT_ERR_NO_CREDIT },
};

static bool holds(cdt_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, what, n) == 0)
			return true;
	return false;
}

/* The first finding: {"loc": ["body", "messages", 0], "msg"}, one level deeper when wrapped. */
static cdt_val finding(cdt_val doc)
{
	cdt_val detail = cdt_get(doc, "detail");

	if (cdt_type(detail) != CDT_LIST)
		detail = cdt_get(cdt_get(doc, "message"), "detail");
	return cdt_at(detail, 0);
}

static cdt_str member_of(cdt_val loc)
{
	cdt_str first = cdt_text(cdt_at(loc, 0));

	return cdt_is(first, "body") ? cdt_text(cdt_at(loc, 1)) : first;
}

/* What the gateway itself put in is no member of the client's: its names are told as the
 * client knows them. */
static cdt_str as_clients_say(cdt_str member)
{
	if (cdt_is(member, "random_seed"))
		return CDT_STR("seed");
	return cdt_is(member, "output_dimension") ? CDT_STR("dimensions") : member;
}

static void refine(struct cdt_call *call, cdt_val doc, struct cdt_error *err)
{
	cdt_val found = finding(doc);
	cdt_str message = cdt_text(cdt_get(doc, "message"));
	cdt_str type = cdt_text(cdt_get(doc, "type"));

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (cdt_is(err->code, words[i].word) || cdt_is(type, words[i].word))
			err->reason = words[i].reason;
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if ((err->reason == CDT_ERR_RATE_LIMITED || err->reason == CDT_ERR_AUTH) &&
		    holds(message, sentences[i].words))
			err->reason = sentences[i].reason;
	if (cdt_type(found) != CDT_MAP)
		return;
	err->param = as_clients_say(member_of(cdt_get(found, "loc")));
	err->message = openai_scrub_message(call, cdt_text(cdt_get(found, "msg")),
	                                    "the upstream refused the request");
}

cdt_status mistral_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                         cdt_str body, struct cdt_error *err)
{
	cdt_status st = openai_error(self, call, head, body, err);
	cdt_val doc;

	if (st == CDT_OK && body.n && call->api->parse(call, body, &doc) == CDT_OK)
		refine(call, doc, err);
	return st;
}

static int64_t left(const struct cdt_http_head *head, const char *name)
{
	cdt_str s = openai_quota_header(head, name);
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i > 15)
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return s.n ? v : -1;
}

/* The windows are in the names: they end within ten seconds, or a minute. */
cdt_status mistral_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        uint32_t *frames)
{
	int64_t soon = left(head, "x-ratelimit-remaining-req-10-second");
	int64_t requests = soon >= 0 ? soon : left(head, "x-ratelimit-remaining-req-minute");
	int64_t tokens = left(head, "x-ratelimit-remaining-tokens-minute");

	(void)self, (void)frames;
	if (requests >= 0 || tokens >= 0)
		call->api->headroom(call, requests, tokens,
		                    tokens >= 0 || soon < 0 ? 60000 : 10000);
	return CDT_OK;
}
