/* provider_replicate/error.c - why Replicate or its model said no: a problem document (RFC
 * 7807), a prediction that failed, or the error of a stream.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <stdio.h>

enum { WAIT_MAX_S = 86400 };

/* What models and Replicate write when the status alone does not tell; status 0: any. */
static const struct { uint32_t status; const char *words; uint32_t reason; } sentences[] = {
	{ 422, "version does not exist", CDT_ERR_NO_MODEL },
	{ 422, "Invalid version", CDT_ERR_NO_MODEL },
	{ 0, "NSFW", CDT_ERR_FILTERED },
	{ 0, "flagged as sensitive", CDT_ERR_FILTERED },
	{ 0, "safety system", CDT_ERR_FILTERED },
	{ 0, "content policy", CDT_ERR_FILTERED },
	{ 0, "nsufficient credit", CDT_ERR_NO_CREDIT },
	{ 0, "context length", CDT_ERR_CONTEXT_LENGTH },
	{ 0, "rompt is too long", CDT_ERR_CONTEXT_LENGTH },
	{ 0, "rompt length exceeds", CDT_ERR_CONTEXT_LENGTH },
	{ 200, "queue is full", CDT_ERR_OVERLOADED },
	{ 200, "high demand", CDT_ERR_OVERLOADED },
	{ 200, "timed out", CDT_ERR_TIMEOUT },
};

/* Once a prediction has been made, what its later requests meet is not the client's fault, and
 * the model is there. */
static uint32_t later(const struct job *j, uint32_t reason)
{
	int ours = reason == CDT_ERR_AUTH && j->stage != STAGE_FETCH;

	if (reason == CDT_ERR_RATE_LIMITED || reason == CDT_ERR_OVERLOADED
	    || reason == CDT_ERR_TIMEOUT || ours)
		return reason;
	return CDT_ERR_UPSTREAM;
}

static uint32_t reason_of(uint32_t status, cdt_str message)
{
	if (status == 401)
		return CDT_ERR_AUTH;
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if ((!sentences[i].status || sentences[i].status == status)
		    && words_hold(message, sentences[i].words))
			return sentences[i].reason;
	return status < 300 ? CDT_ERR_UPSTREAM : cdt_reason(status);
}

/* Seconds, as a member of the body or only in its sentence. */
static int64_t wait_ms_of(cdt_val doc, cdt_str message)
{
	static const char *const before[] = { "resets in ~", "resets in ", "available in " };
	int64_t s = cdt_count_of(cdt_get(doc, "retry_after"));

	for (size_t i = 0; i < sizeof before / sizeof before[0] && s < 0; i++) {
		cdt_str phrase = words_z(before[i]);

		s = words_digits(words_after(message,
		                             words_find(message, phrase) + phrase.n));
	}
	return s < 0 || s > WAIT_MAX_S ? -1 : s * 1000;
}

static cdt_str own_words(struct cdt_call *call, uint32_t status, uint32_t reason)
{
	char line[96];

	if (reason == CDT_ERR_AUTH)
		return CDT_STR("The upstream refused the gateway's credential.");
	if (status < 300)
		return CDT_STR("The upstream's prediction did not succeed.");
	(void)snprintf(line, sizeof line,
	               "The upstream answered with status %u and no message.", status);
	return words_keep(call, words_z(line));
}

static cdt_str first_text(cdt_val doc, const char *const *names)
{
	for (; *names; names++)
		if (cdt_text(cdt_get(doc, *names)).n)
			return cdt_text(cdt_get(doc, *names));
	return CDT_STR("");
}

cdt_status replicate_error(void *self, struct cdt_call *call,
                           const struct cdt_http_head *head, cdt_str body,
                           struct cdt_error *err)
{
	static const char *const messages[] = { "detail", "error", "title", NULL };
	static const char *const codes[] = { "status", "reason", NULL };
	const struct job *j = replicate_job(call);
	cdt_str message = CDT_STR("");
	cdt_val doc;

	(void)self;
	if (body.n && call->api->parse(call, body, &doc) == CDT_OK) {
		message = first_text(doc, messages);
		err->code = first_text(doc, codes);
		if (err->retry_after_ms < 0)
			err->retry_after_ms = wait_ms_of(doc, message);
	}
	err->reason = reason_of(head->status, message);
	if (j && j->stage != STAGE_CREATE && head->status >= 300)
		err->reason = later(j, err->reason);
	/* What Replicate says of our credential is for the operator, not for the client. */
	err->message = message.n && err->reason != CDT_ERR_AUTH
		? message : own_words(call, head->status, err->reason);
	return CDT_OK;
}
