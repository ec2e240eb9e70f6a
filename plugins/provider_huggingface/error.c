/* provider_huggingface/error.c - errors of the router, of the providers behind it and of the
 * servers, each in a form of its own: texts, lists of texts, maps, or no JSON at all.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

enum { PLAIN_MAX = 300 };

static const struct { const char *words; uint32_t reason; } sentences[] = {
	{ "currently loading", CDT_ERR_OVERLOADED },
	{ "Model is overloaded", CDT_ERR_OVERLOADED },
	{ "must have less than", CDT_ERR_CONTEXT_LENGTH },
	{ "`inputs` tokens + `max_new_tokens` must be", CDT_ERR_CONTEXT_LENGTH },
	{ "monthly included credits", CDT_ERR_NO_CREDIT },
	{ "not supported by any provider", CDT_ERR_NO_MODEL },
	{ "is not supported by provider", CDT_ERR_NO_MODEL },
	{ "Model not supported by provider", CDT_ERR_NO_MODEL },
	{ "is not a chat model", CDT_ERR_NO_MODEL },
	{ "is not supported for task", CDT_ERR_NO_MODEL },
	{ "does not exist", CDT_ERR_NO_MODEL },
};

bool hf_errs(cdt_val doc)
{
	cdt_val e = cdt_get(doc, "error");

	return cdt_type(doc) == CDT_MAP &&
	       (has_text(e) || (cdt_type(e) != CDT_TEXT && cdt_count(e) > 0));
}

static bool holds(cdt_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, what, n) == 0)
			return true;
	return false;
}

/* {"error": "..."} and {"error": ["..."]}; other forms are known to lib_openai. */
static cdt_str text_of(cdt_val doc)
{
	cdt_val e = cdt_get(doc, "error");

	if (cdt_type(e) == CDT_LIST)
		e = cdt_at(e, 0);
	return cdt_type(e) == CDT_TEXT ? cdt_text(e) : CDT_STR("");
}

/* Seconds until the model is there. */
static int64_t wait_ms(cdt_val doc)
{
	cdt_val v = cdt_get(doc, "estimated_time");
	double s = v.api->f64(v, -1);

	return s > 0 && s < 86400 ? (int64_t)(s * 1000) : -1;
}

static void refine(struct cdt_error *err, cdt_str said)
{
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (holds(said, sentences[i].words)) {
			err->reason = sentences[i].reason;
			return;
		}
}

/* A short line without markup is somebody's own words. */
static void read_plain(struct cdt_call *call, cdt_str body, struct cdt_error *err)
{
	const char *as_before = "the upstream refused the request";

	if (err->reason == CDT_ERR_AUTH || !body.n || body.n > PLAIN_MAX || *body.p == '<')
		return;
	refine(err, body);
	err->message = openai_scrub_message(call, body, as_before);
}

cdt_status hf_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                    cdt_str body, struct cdt_error *err)
{
	cdt_status st = openai_error(self, call, head, body, err);
	cdt_str said;
	cdt_val doc;

	if (st != CDT_OK)
		return st;
	if (!body.n || call->api->parse(call, body, &doc) != CDT_OK) {
		read_plain(call, body, err);
		return CDT_OK;
	}
	said = text_of(doc);
	if (err->reason != CDT_ERR_AUTH)
		refine(err, said.n ? said : err->message);
	if (said.n && err->reason != CDT_ERR_AUTH)
		err->message = openai_scrub_message(call, said, "the upstream failed");
	if (err->retry_after_ms < 0)
		err->retry_after_ms = wait_ms(doc);
	return CDT_OK;
}
