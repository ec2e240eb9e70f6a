/* api/explain.c - POST /v1/explain: the body of any other request, and what would become of it.
 * Nobody is asked, and nothing is counted.
 * SPDX-License-Identifier: MIT */
#include "api/explain.h"

#include "api/anthropic/anthropic.h"
#include "api/openai/openai.h"
#include "base/jsonwalk.h"
#include "base/query.h"
#include "base/str.h"

static const struct surface *const explained[] = {
	&openai_chat, &openai_completions, &openai_embeddings, &openai_images, &openai_edits,
	&openai_speech, &openai_transcriptions, &openai_translations, &openai_moderations,
	&openai_rerank, &messages_surface,
};
enum { EXPLAINED = sizeof explained / sizeof *explained };

/* ?endpoint=/v1/embeddings */
static const struct surface *named(struct exchange *x)
{
	cdt_str value;

	if (!query_find(&x->arena, http_query(x->request), "endpoint", &value))
		return NULL;
	for (size_t i = 0; i < EXPLAINED; i++)
		if (str_is(value, explained[i]->path))
			return explained[i];
	(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "endpoint",
	                  "'%.*s' can not be explained; use the path of a request that a "
	                  "provider answers, like /v1/chat/completions.", STR_ARG(value));
	return NULL;
}

/* By what only that kind of request has. */
static const struct surface *by_body(cdt_str body)
{
	body = jsonwalk_blanks(body);
	if (!body.n || *body.p != '{' || jsonwalk_get(body, "messages").p)
		return &openai_chat;
	if (jsonwalk_get(body, "voice").p)
		return &openai_speech;
	if (jsonwalk_get(body, "documents").p)
		return &openai_rerank;
	if (jsonwalk_get(body, "input").p)
		return &openai_embeddings;
	return jsonwalk_get(body, "prompt").p ? &openai_completions : &openai_chat;
}

static cdt_status decode(struct exchange *x)
{
	const struct surface *s = named(x);

	if (x->problem.cause)
		return CDT_E_INVALID;
	x->surface = s ? s : by_body(x->ask.body);
	x->ask.op = x->surface->op;
	x->ask.own_members = x->surface->dialect->own_members;
	x->explains = true;
	return x->surface->decode(x);
}

const struct surface explain_surface = {
	.path = "/v1/explain", .method = "POST", .op = CDT_OP_CHAT,
	.dialect = &openai_chat_dialect, .decode = decode,
};
