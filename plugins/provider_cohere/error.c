/* provider_cohere/error.c - why Cohere said no: its errors are a status and a sentence.  Only
 * Cohere's own JSON is ever shown.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

#include <stdio.h>

/* For what the status alone does not tell; status 0: any. */
static const struct { uint32_t status; const char *words; uint32_t reason; } sentences[] = {
	{ 429, "/ month", CDT_ERR_NO_CREDIT },          /* the calls of a trial key */
	{ 429, "per month", CDT_ERR_NO_CREDIT },
	{ 400, "too many tokens", CDT_ERR_CONTEXT_LENGTH },
	{ 400, "too long", CDT_ERR_CONTEXT_LENGTH },
	{ 400, "context length", CDT_ERR_CONTEXT_LENGTH },
	{ 400, "size limit exceeded", CDT_ERR_CONTEXT_LENGTH },
	{ 400, "model '", CDT_ERR_NO_MODEL },
	{ 422, "too many tokens", CDT_ERR_CONTEXT_LENGTH },
	{ 0, "no credit", CDT_ERR_NO_CREDIT },
	{ 0, "billing", CDT_ERR_NO_CREDIT },
	{ 0, "blocked output", CDT_ERR_FILTERED },
	{ 0, "blocked input", CDT_ERR_FILTERED },
};

/* Those that Cohere uses in its own way. */
static const struct { uint32_t status, reason; } statuses[] = {
	{ 200, CDT_ERR_UPSTREAM },
	{ 498, CDT_ERR_AUTH },                          /* a token that is blocked, or none */
	{ 499, CDT_ERR_UPSTREAM },
	{ 504, CDT_ERR_TIMEOUT },
};

static uint32_t reason_of(uint32_t status, cdt_str message, cdt_str finish)
{
	if (cdt_is(finish, "TIMEOUT"))
		return CDT_ERR_TIMEOUT;
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if ((!sentences[i].status || sentences[i].status == status)
		    && words_hold(message, sentences[i].words))
			return sentences[i].reason;
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (statuses[i].status == status)
			return statuses[i].reason;
	return cdt_reason(status);
}

static cdt_str own_words(struct cdt_call *call, uint32_t status, uint32_t reason,
                         cdt_str finish)
{
	char line[96];

	if (reason == CDT_ERR_AUTH)
		return CDT_STR("The upstream refused the gateway's credential.");
	if (finish.n)
		return CDT_STR("The upstream's model failed before its answer was whole.");
	if (status < 300)
		return CDT_STR("The upstream's answer could not be read.");
	(void)snprintf(line, sizeof line,
	               "The upstream answered with status %u and no message.", status);
	return words_keep(call, words_z(line));
}

/* In a stream the sentence is a member of the last event. */
static cdt_str message_of(cdt_val doc, cdt_val delta)
{
	cdt_str said = cdt_text(cdt_get(delta, "error"));

	if (said.n == 0)
		said = cdt_text(cdt_get(doc, "message"));
	return said.n ? said : cdt_text(cdt_get(doc, "error"));
}

cdt_status cohere_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err)
{
	cdt_val doc, delta;
	cdt_str message = CDT_STR(""), finish = CDT_STR("");

	(void)self;
	if (call->api->parse(call, body, &doc) == CDT_OK) {
		delta = cdt_get(doc, "delta");
		message = message_of(doc, delta);
		finish = cdt_text(cdt_get(delta, "finish_reason"));
		if (finish.n == 0)
			finish = cdt_text(cdt_get(doc, "finish_reason"));
	}
	err->reason = reason_of(head->status, message, finish);
	err->code = finish;
	/* What Cohere says of our credential is for the operator, not for the client. */
	err->message = message.n && err->reason != CDT_ERR_AUTH
		? message : own_words(call, head->status, err->reason, finish);
	return CDT_OK;
}
