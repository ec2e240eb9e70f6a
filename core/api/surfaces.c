/* api/surfaces.c - the table of client APIs, and the answers to requests that are none of them.
 * SPDX-License-Identifier: MIT */
#include "api/surfaces.h"

#include <string.h>

#include "api/anthropic/anthropic.h"
#include "api/explain.h"
#include "api/openai/openai.h"
#include "api/responses/responses.h"
#include "base/str.h"

static const struct surface *const surfaces[] = {
	&openai_chat,
	&openai_completions,
	&openai_embeddings,
	&openai_images,
	&openai_edits,
	&openai_speech,
	&openai_transcriptions,
	&openai_translations,
	&openai_moderations,
	&openai_rerank,
	&messages_surface,
	&messages_count,
	&responses_create,
	&responses_list,
	&responses_get,
	&responses_delete,
	&responses_cancel,
	&openai_models,
	&openai_model,
	&openai_key,
	&explain_surface,
	&health_live,
	&health_ready,
	&health_root,
};
enum { SURFACE_COUNT = sizeof surfaces / sizeof *surfaces };

/* For clients that say that they speak another dialect: those that stand in for them. */
static const struct surface *const spoken[] = { &messages_models, &messages_model };
enum { SPOKEN_COUNT = sizeof spoken / sizeof *spoken };

/* Those that take files. */
const char *const surfaces_uploads[] = {
	"/v1/images/edits", "/v1/audio/transcriptions", "/v1/audio/translations", NULL,
};

/* --- requests that nobody takes: an exchange like any other, for log and counters --- */

static cdt_status answer_unknown(struct exchange *x, struct buf *out)
{
	(void)out;
	return problem_set(&x->problem, &x->arena, PROBLEM_UNKNOWN_URL, NULL,
	                   "Unknown path: %.*s %.*s. The API lives under /v1, for example "
	                   "POST /v1/chat/completions.", STR_ARG(x->method), STR_ARG(x->path));
}

static cdt_status answer_wrong_method(struct exchange *x, struct buf *out)
{
	(void)out;
	return problem_set(&x->problem, &x->arena, PROBLEM_WRONG_METHOD, NULL,
	                   "%.*s is not allowed here; use %.*s.", STR_ARG(x->method),
	                   STR_ARG(x->rest));
}

#define UNKNOWN(tongue) { .path = "unknown", .method = "", .flags = SURFACE_PUBLIC, \
	.dialect = &(tongue), .answer = answer_unknown }
#define WRONG_METHOD(tongue) { .path = "wrong method", .method = "", \
	.flags = SURFACE_PUBLIC, .dialect = &(tongue), .answer = answer_wrong_method }
/* By who asks: a client of OpenAI's, of Anthropic's. */
static const struct surface unknown[] = {
	UNKNOWN(openai_chat_dialect), UNKNOWN(messages_dialect),
};
static const struct surface wrong_method[] = {
	WRONG_METHOD(openai_chat_dialect), WRONG_METHOD(messages_dialect),
};

/* --- look-up --- */

static bool takes_path(const struct surface *s, cdt_str path)
{
	size_t n = strlen(s->path);

	if (n > 1 && s->path[n - 1] == '/')
		return path.n > n && str_starts(path, s->path);
	return str_is(path, s->path);
}

static bool takes_method(const struct surface *s, cdt_str method)
{
	return str_is(method, s->method) ||
	       (str_is(method, "HEAD") && !strcmp(s->method, "GET"));
}

/* NULL: none takes it; *allowed says whether one takes the path. */
static const struct surface *find(const struct surface *const *all, size_t count, cdt_str path,
                                  cdt_str method, cdt_str *allowed)
{
	for (size_t i = 0; i < count; i++) {
		if (!takes_path(all[i], path))
			continue;
		if (takes_method(all[i], method))
			return all[i];
		*allowed = str_z(all[i]->method);
	}
	return NULL;
}

void surfaces_request(void *arg, struct http_request *r)
{
	cdt_str path = http_path(r), method = http_method(r), allowed = { NULL, 0 };
	bool other = messages_speaks(r, path);
	const struct surface *s = NULL;

	/* Clients disagree about a slash at the end. */
	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	if (other)
		s = find(spoken, SPOKEN_COUNT, path, method, &allowed);
	if (!s)
		s = find(surfaces, SURFACE_COUNT, path, method, &allowed);
	if (s)
		flow_begin(arg, r, s, str_skip(path, strlen(s->path)));
	else
		flow_begin(arg, r, allowed.p ? &wrong_method[other] : &unknown[other], allowed);
}

void surfaces_refusal(void *arg, cdt_str path, const struct problem *p, struct buf *out)
{
	const struct dialect *d = str_starts(path, "/v1/messages") ? &messages_dialect
	                                                           : &openai_chat_dialect;

	(void)arg;
	d->problem(p, CDT_STR(""), out);
}
