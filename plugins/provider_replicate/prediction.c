/* provider_replicate/prediction.c - what a prediction says of itself, and what comes next.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <string.h>

enum {
	POLL_FIRST_MS = 500, POLL_MOST_MS = 2000, POLLS_MAX = 1800,
	SETTLE_MS = 200, SETTLES_MAX = 5,       /* for the figures of what has been shown */
};

enum { RUNNING, SUCCEEDED, FAILED };
static const struct { const char *word; int state; } states[] = {
	{ "aborted", FAILED },
	{ "canceled", FAILED },
	{ "failed", FAILED },
	{ "processing", RUNNING },
	{ "queued", RUNNING },
	{ "starting", RUNNING },
	{ "succeeded", SUCCEEDED },
};

/* A word that nobody knows is no success. */
static int state_of(cdt_str word)
{
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (cdt_is(word, states[i].word))
			return states[i].state;
	return FAILED;
}

/* It becomes a part of a URL. */
static int keep_id(struct job *j, cdt_str id)
{
	if (id.n == 0 || id.n >= sizeof j->id)
		return 0;
	for (size_t i = 0; i < id.n; i++)
		if (!((id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= 'A' && id.p[i] <= 'Z')
		      || (id.p[i] >= '0' && id.p[i] <= '9')))
			return 0;
	memcpy(j->id, id.p, id.n);
	return 1;
}

static cdt_status start(const struct reader *r, cdt_val doc)
{
	struct job *j = r->job;
	cdt_str id = cdt_text(cdt_get(doc, "id"));

	if (j->flags & JOB_STARTED)
		return words_same(id, words_z(j->id)) ? CDT_OK : CDT_E_UPSTREAM;
	if (!keep_id(j, id))
		return CDT_E_UPSTREAM;
	j->flags |= JOB_STARTED;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START, .id = id,
		.name = cdt_text(cdt_get(doc, "model")) });
}

static cdt_status ask_again(const struct reader *r, uint32_t wait_ms)
{
	r->job->flags |= JOB_MORE;
	r->call->api->follow(r->call, wait_ms);
	return CDT_OK;
}

/* soon: it has an output already, so it will be done at once. */
static cdt_status poll(const struct reader *r, int soon)
{
	struct job *j = r->job;
	uint32_t wait_ms = POLL_FIRST_MS + POLL_FIRST_MS / 2 * j->polls;

	j->stage = STAGE_POLL;
	if (soon)
		wait_ms = SETTLE_MS;
	if (++j->polls > POLLS_MAX)
		return CDT_E_UPSTREAM;
	return ask_again(r, wait_ms < POLL_MOST_MS ? wait_ms : POLL_MOST_MS);
}

/* All has been shown; what it took is not known yet.  It is not worth waiting for long. */
static cdt_status settle(const struct reader *r)
{
	r->job->stage = STAGE_POLL;
	if (++r->job->settles > SETTLES_MAX)
		return replicate_end(r);
	return ask_again(r, SETTLE_MS * r->job->settles);
}

/* Replicate streams from a host of its own; from any other place the output is asked for. */
static cdt_status stream(const struct reader *r, cdt_str url)
{
	r->job->stream = words_keep(r->call, url);
	if (!r->job->stream.p)
		return CDT_E_LIMIT;
	r->job->stage = STAGE_STREAM;
	return ask_again(r, 0);
}

static int can_stream(const struct reader *r, cdt_str url)
{
	if (!(r->job->flags & JOB_STREAM) || r->job->stage != STAGE_CREATE || !url.n)
		return 0;
	if (replicate_trusts(r->job->base, url))
		return 1;
	r->call->api->log(r->call, CDT_LOG_WARN, "the upstream streams from a host that is not "
	                  "its own: its output is asked for instead");
	return 0;
}

/* A text may still grow; pictures come all at once, and an answer that was waited for has them
 * although it says that it is not done. */
static cdt_status running(const struct reader *r, cdt_val doc)
{
	struct job *j = r->job;
	cdt_val output = cdt_get(doc, "output");
	cdt_str url = cdt_text(cdt_get(cdt_get(doc, "urls"), "stream"));
	int waited = j->stage == STAGE_CREATE && j->flags & JOB_WAITED;
	cdt_status st = CDT_OK;

	if (can_stream(r, url))
		return stream(r, url);
	if (j->flags & (JOB_STREAMED | JOB_SHOWN))
		return settle(r);
	if (j->op == CDT_OP_IMAGE) {
		if (!waited || cdt_type(output) <= CDT_NULL)
			return poll(r, 0);
		st = replicate_pictures(r, output);
		return st != CDT_OK ? st : settle(r);
	}
	if (j->flags & JOB_STREAM && cdt_type(output) > CDT_NULL)
		st = replicate_text(r, output);
	return st != CDT_OK ? st : poll(r, waited && cdt_type(output) > CDT_NULL);
}

static cdt_status succeeded(const struct reader *r, cdt_val doc)
{
	struct job *j = r->job;
	cdt_val output = cdt_get(doc, "output");
	cdt_status st = CDT_OK;

	j->flags |= JOB_FINAL;
	if (!(j->flags & (JOB_STREAMED | JOB_SHOWN)))
		st = j->op == CDT_OP_IMAGE ? replicate_pictures(r, output)
		                           : replicate_text(r, output);
	return st != CDT_OK ? st : replicate_end(r);
}

cdt_status replicate_prediction(const struct reader *r, cdt_val doc)
{
	int state = state_of(cdt_text(cdt_get(doc, "status")));
	cdt_status st;

	if (state == FAILED) {
		r->job->flags |= JOB_FINAL;
		return CDT_E_UPSTREAM;
	}
	st = start(r, doc);
	if (st != CDT_OK)
		return st;
	replicate_usage(r->job, doc);
	return state == SUCCEEDED ? succeeded(r, doc) : running(r, doc);
}
