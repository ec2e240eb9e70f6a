/* flow/media.c - pictures and files that a request names by address, for providers that can not
 * fetch them: found in the canonical document, fetched once for all attempts, and put in place.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "flow/exchange.h"
#include "upstream/media.h"

/* --- where they stand --- */

typedef void visit_fn(void *arg, struct json *holder, cdt_str url);

/* {"image_url": {"url"}} */
static void visit_picture(struct json *part, visit_fn *fn, void *arg)
{
	struct json *holder = json_get(part, "image_url");
	cdt_str url = json_text(json_get(holder, "url"));

	if (str_starts(url, "https:") || str_starts(url, "http:"))
		fn(arg, holder, url);
}

static void visit_list(struct json *list, visit_fn *fn, void *arg)
{
	for (size_t i = 0; i < json_count(list); i++)
		visit_picture(json_at(list, i), fn, arg);
}

static void visit(struct json *doc, visit_fn *fn, void *arg)
{
	struct json *messages = json_get(doc, "messages");

	for (size_t i = 0; i < json_count(messages); i++)
		visit_list(json_get(json_at(messages, i), "content"), fn, arg);
	visit_list(json_get(doc, "images"), fn, arg);
	visit_list(json_get(doc, "input"), fn, arg);
	visit_picture(json_get(doc, "mask"), fn, arg);
}

static void want(void *arg, struct json *holder, cdt_str url)
{
	struct exchange *x = arg;

	(void)holder;
	media_want(x->media, arena_str(&x->arena, url));
}

static void put(void *arg, struct json *holder, cdt_str url)
{
	struct exchange *x = arg;
	cdt_str inlined = media_find(x->media, url);

	if (inlined.n)
		json_set_give(holder, "url", json_new_text(inlined));
}

void media_put(struct exchange *x, struct json *doc)
{
	if (x->media)
		visit(doc, put, x);
}

/* --- having them fetched --- */

static enum media_state failed(struct exchange *x)
{
	cdt_str url;
	const char *why = media_fault(x->media, &url);

	if (!why)
		return MEDIA_READY;
	(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "image_url",
	                  "%.200s can not be had: %s. Send it as a data: URL.",
	                  arena_str(&x->arena, url).p, why);
	return MEDIA_FAILED;
}

static void on_done(void *arg)
{
	struct exchange *x = arg;

	attempt_media_here(x, failed(x) == MEDIA_READY);
}

/* At least one is wanted: x->media knows which. */
static bool collect(struct exchange *x)
{
	const struct flow_parts *parts = flow_parts(x->flow);
	struct media_order o = {
		.arena = &x->arena, .far = parts->media_fetch, .near = parts->fetch,
		.origins = exchange_config(x)->media_origins, .done = on_done, .arg = x,
	};
	struct json *doc;

	if (x->surface->canonical(x, &doc) != CDT_OK)
		return false;
	x->media = media_new(&o);
	visit(doc, want, x);
	json_free(doc);
	if (!media_is_empty(x->media))
		return true;
	media_free(x->media);
	x->media = NULL;
	return false;
}

enum media_state media_prepare(struct exchange *x, const struct target *t)
{
	static const char http[] = "http";

	if (!(provider_caps(t->instance)->flags & CDT_CAPS_INLINE_MEDIA) ||
	    target_speaks(t, str_z(x->surface->dialect->name)))
		return MEDIA_READY;
	if (x->media)
		return failed(x);
	if (!memmem(x->ask.body.p, x->ask.body.n, http, sizeof http - 1) || !collect(x))
		return MEDIA_READY;
	if (!flow_parts(x->flow)->media_fetch) {
		media_free(x->media);
		x->media = NULL;
		(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "image_url",
		                  "The provider '%.*s' can not fetch pictures and files by "
		                  "their addresses. Send them as data: URLs, or have the "
		                  "gateway fetch them (server.fetch_media).",
		                  STR_ARG(t->provider));
		return MEDIA_FAILED;
	}
	if (x->is_hedge)
		return MEDIA_FAILED;           /* its twin's are its twin's */
	return media_start(x->media) ? MEDIA_WAITS : failed(x);
}
