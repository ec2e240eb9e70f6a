/* provider_replicate/job.c - one prediction through all its requests: it is made, then streamed
 * or asked for until it is done, then its pictures are fetched, if the client wants bytes.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <string.h>

struct job *replicate_job(struct cdt_call *call)
{
	void **slot = call->api->slot(call);
	struct job *j = *slot;

	if (j)
		return j;
	j = call->api->keep(call, sizeof *j);
	if (!j)
		return NULL;
	j->usage = (struct cdt_usage)CDT_USAGE_INIT;
	*slot = j;
	return j;
}

static void keep_type(struct job *j, cdt_str type)
{
	size_t n = 0;

	while (n < type.n && n < sizeof j->type - 1 && type.p[n] != ';' && type.p[n] != ' ')
		n++;
	if (n)
		memcpy(j->type, type.p, n);
	j->type[n] = '\0';
}

/* "ratelimit-reset" is in seconds. */
static void note_headroom(struct cdt_call *call, const struct cdt_http_head *head)
{
	int64_t left = words_digits(words_header(head, "ratelimit-remaining"));
	int64_t reset = words_digits(words_header(head, "ratelimit-reset"));

	if (left >= 0)
		call->api->headroom(call, left, -1, reset < 0 ? -1 : reset * 1000);
}

cdt_status replicate_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                          uint32_t *frames)
{
	struct job *j = replicate_job(call);

	(void)self;
	if (!j)
		return CDT_E_NOMEM;
	if (j->stage == STAGE_CREATE)
		note_headroom(call, head);
	if (j->stage == STAGE_FETCH)
		keep_type(j, words_header(head, "content-type"));
	*frames = j->stage == STAGE_STREAM ? CDT_FRAMES_SSE
	        : j->stage == STAGE_FETCH ? CDT_FRAMES_BYTES : CDT_FRAMES_WHOLE;
	return CDT_OK;
}

cdt_status replicate_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                           struct cdt_sink *sink)
{
	struct reader r = { self, call, sink, replicate_job(call) };
	cdt_val doc;

	if (!r.job)
		return CDT_E_NOMEM;
	if (r.job->flags & (JOB_ENDED | JOB_MORE))
		return CDT_OK;                  /* nothing more is due from this answer */
	if (r.job->stage == STAGE_FETCH)
		return replicate_picture_bytes(&r, frame->data);
	if (r.job->stage == STAGE_STREAM)
		return replicate_event(&r, frame);
	if (call->api->parse(call, frame->data, &doc) != CDT_OK)
		return CDT_E_UPSTREAM;
	return replicate_prediction(&r, doc);
}

/* An answer that neither ends the job nor asks for the next one was cut. */
cdt_status replicate_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	struct reader r = { self, call, sink, replicate_job(call) };

	if (!r.job)
		return CDT_E_NOMEM;
	if (r.job->flags & (JOB_ENDED | JOB_MORE))
		return CDT_OK;
	return r.job->stage == STAGE_FETCH ? replicate_picture_end(&r) : CDT_E_UPSTREAM;
}

static void authorize(struct cdt_http_out *http, const struct job *j)
{
	if (j->secret.n)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "), j->secret);
}

static void ask_for(struct cdt_http_out *http, cdt_str url)
{
	cdt_str path, origin = replicate_origin(url, &path);

	http->api->method(http, "GET");
	http->api->url(http, origin, path);
}

/* Predictions are asked for at the place where they were made, whatever "urls" says. */
static cdt_str path_of(struct cdt_call *call, const struct job *j, const char *end)
{
	return words_join(call, (cdt_str[]){ CDT_STR("/predictions/"), words_z(j->id),
		words_z(end) }, 3);
}

cdt_status replicate_follow(void *self, struct cdt_call *call, struct cdt_http_out *http)
{
	struct job *j = replicate_job(call);

	(void)self;
	if (!j)
		return CDT_E_NOMEM;
	j->flags &= ~(uint32_t)JOB_MORE;
	if (j->stage == STAGE_FETCH) {
		ask_for(http, j->fetch[j->fetch_at]);       /* without our token */
		return http->api->status(http);
	}
	authorize(http, j);
	if (j->stage == STAGE_STREAM) {
		http->api->header(http, "accept", CDT_STR("text/event-stream"));
		http->api->header(http, "cache-control", CDT_STR("no-store"));
		ask_for(http, j->stream);
	} else {
		http->api->method(http, "GET");
		http->api->url(http, j->base, path_of(call, j, ""));
	}
	return http->api->status(http);
}

cdt_status replicate_leave(void *self, struct cdt_call *call, struct cdt_http_out *http)
{
	const struct job *j = replicate_job(call);

	(void)self;
	if (!j || !j->id[0] || j->flags & JOB_FINAL)
		return CDT_E_ABSENT;
	authorize(http, j);
	http->api->url(http, j->base, path_of(call, j, "/cancel"));
	return http->api->status(http);
}
