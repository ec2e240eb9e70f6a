/* provider_replicate/stream.c - the events of a stream.  It says when it is done, but not what
 * it took: that is asked for afterwards.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

static cdt_status on_output(const struct reader *r, cdt_str text)
{
	return replicate_piece(r, text);
}

/* {} or {"reason":"canceled"}; less than that was cut. */
static cdt_status on_done(const struct reader *r, cdt_str text)
{
	struct job *j = r->job;
	cdt_val doc;

	if (r->call->api->parse(r->call, text, &doc) != CDT_OK || cdt_type(doc) != CDT_MAP)
		return CDT_E_UPSTREAM;
	if (cdt_text(cdt_get(doc, "reason")).n) {
		j->flags |= JOB_FINAL;
		return CDT_E_UPSTREAM;
	}
	j->flags |= JOB_STREAMED | JOB_MORE;
	j->stage = STAGE_POLL;
	r->call->api->follow(r->call, 0);
	return CDT_OK;
}

static cdt_status on_error(const struct reader *r, cdt_str text)
{
	(void)text;
	r->job->flags |= JOB_FINAL;             /* there is nothing left to cancel */
	return CDT_E_UPSTREAM;
}

static const struct {
	const char *name;
	cdt_status (*run)(const struct reader *, cdt_str text);
} events[] = {
	{ "done", on_done },
	{ "error", on_error },
	{ "output", on_output },
};

/* Others ("logs") are not for the client. */
cdt_status replicate_event(const struct reader *r, const struct cdt_frame *frame)
{
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (cdt_is(frame->event, events[i].name))
			return events[i].run(r, frame->data);
	return CDT_OK;
}
