/* provider_bedrock/stream.c - one frame at a time: which event is it, what does it mean for the
 * answer.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

cdt_status bedrock_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        uint32_t *frames)
{
	struct answer *a = bedrock_answer(call);
	cdt_str id = words_header(head, "x-amzn-requestid");
	cdt_str said = words_header(head, "x-amzn-bedrock-input-token-count");

	(void)self, (void)frames;
	if (!a)
		return CDT_E_NOMEM;
	a->id_n = id.n < ID_MAX ? id.n : ID_MAX;
	if (a->id_n)
		memcpy(a->id, id.p, a->id_n);
	a->input_said = said.n ? 0 : -1;
	for (size_t i = 0; i < said.n && a->input_said >= 0; i++)
		a->input_said = said.p[i] < '0' || said.p[i] > '9' || i > 8 ? -1
		              : a->input_said * 10 + (said.p[i] - '0');
	return CDT_OK;
}

static int64_t block_of(cdt_val doc)
{
	return cdt_i64(cdt_get(doc, "contentBlockIndex"), 0);
}

static cdt_status on_start(const struct reader *r, cdt_val doc)
{
	(void)doc;
	return bedrock_start(r);
}

static cdt_status on_block_start(const struct reader *r, cdt_val doc)
{
	return bedrock_block_open(r, block_of(doc), cdt_get(doc, "start"));
}

static cdt_status on_block_delta(const struct reader *r, cdt_val doc)
{
	return bedrock_block_delta(r, block_of(doc), cdt_get(doc, "delta"));
}

static cdt_status on_block_stop(const struct reader *r, cdt_val doc)
{
	return bedrock_block_close(r, block_of(doc));
}

static cdt_status on_stop(const struct reader *r, cdt_val doc)
{
	cdt_status st = bedrock_close_all(r);

	return st != CDT_OK ? st : bedrock_stop_note(r, cdt_text(cdt_get(doc, "stopReason")));
}

static cdt_status on_metadata(const struct reader *r, cdt_val doc)
{
	return bedrock_usage(r, cdt_get(doc, "usage"), cdt_get(doc, "serviceTier"));
}

static const struct event {
	const char *type;
	cdt_status (*run)(const struct reader *, cdt_val doc);
	int late;                       /* may it come behind messageStop */
} events[] = {
	{ "contentBlockDelta", on_block_delta, 0 },
	{ "contentBlockStart", on_block_start, 0 },
	{ "contentBlockStop", on_block_stop, 1 },
	{ "messageStart", on_start, 1 },
	{ "messageStop", on_stop, 1 },
	{ "metadata", on_metadata, 1 },
};

/* By its name; relays that write one JSON map an event have it as the map's only member. */
static const struct event *event_of(cdt_str type, cdt_val *doc)
{
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
		cdt_val inner = type.n ? *doc : cdt_get(*doc, events[i].type);

		if (type.n ? !cdt_is(type, events[i].type) : cdt_type(inner) != CDT_MAP)
			continue;
		*doc = inner;
		return &events[i];
	}
	return NULL;
}

static cdt_status run(const struct reader *r, cdt_str type, cdt_val doc)
{
	const struct event *e;
	cdt_status st;

	if (type.n == 0 && cdt_type(cdt_get(doc, "output")) == CDT_MAP)
		return bedrock_whole(r, doc);
	e = event_of(type, &doc);
	if (!e) {
		r->call->api->log(r->call, CDT_LOG_DEBUG, "unknown event was skipped");
		return type.n ? CDT_OK : CDT_E_UPSTREAM;
	}
	if (!e->late && r->answer->flags & ANSWER_STOPPED)
		return CDT_OK;
	st = bedrock_start(r);
	return st != CDT_OK ? st : e->run(r, doc);
}

/* The exception's name is no part of its payload: kept for error. */
static cdt_status note_fault(struct answer *a, cdt_str name)
{
	a->fault_n = name.n < WORD_MAX ? name.n : WORD_MAX;
	if (a->fault_n)
		memcpy(a->fault, name.p, a->fault_n);
	return CDT_E_UPSTREAM;
}

cdt_status bedrock_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                         struct cdt_sink *sink)
{
	struct reader r = { call, sink, bedrock_answer(call), self };
	cdt_val doc;

	if (!r.answer)
		return CDT_E_NOMEM;
	if (frame->flags & CDT_FRAME_ERROR || words_end(frame->event, "Exception"))
		return note_fault(r.answer, frame->event);
	if (r.answer->native)
		return bedrock_claude_frame(&r, frame);
	if (call->api->parse(call, frame->data, &doc) != CDT_OK || cdt_type(doc) != CDT_MAP)
		return CDT_E_UPSTREAM;
	return r.answer->op == CDT_OP_CHAT ? run(&r, frame->event, doc)
	                                   : bedrock_invoke_frame(&r, doc);
}

/* messageStop is the only good end; what it ends with comes last, behind the usage. */
cdt_status bedrock_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	struct reader r = { call, sink, bedrock_answer(call), self };
	cdt_status st;

	if (!r.answer)
		return CDT_E_NOMEM;
	if (r.answer->native)
		return claude_finish(&r.answer->claude, call);
	if (r.answer->op != CDT_OP_CHAT)
		return bedrock_invoke_finish(&r);
	if (!(r.answer->flags & ANSWER_STOPPED))
		return CDT_E_UPSTREAM;
	st = bedrock_show_held(&r);
	return st != CDT_OK ? st : bedrock_stop_emit(&r);
}
