/* provider_cohere/stream.c - one frame at a time: which event is it, what does it mean for the
 * answer.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

static cdt_val message_of(cdt_val doc)
{
	return cdt_get(cdt_get(doc, "delta"), "message");
}

static int64_t index_of(cdt_val doc)
{
	return cdt_i64(cdt_get(doc, "index"), 0);
}

static cdt_status on_start(const struct reader *r, cdt_val doc)
{
	return cohere_start(r, cdt_get(doc, "id"));
}

static cdt_status on_content(const struct reader *r, cdt_val doc)
{
	cdt_val items = cdt_get(doc, "logprobs");
	cdt_status st = cohere_content(r, index_of(doc), cdt_get(message_of(doc), "content"));

	return st != CDT_OK ? st
	                    : cohere_logprobs(r, &items, cdt_type(items) == CDT_MAP);
}

static cdt_status on_content_end(const struct reader *r, cdt_val doc)
{
	return cohere_close(r, SOURCE_CONTENT, index_of(doc));
}

static cdt_status on_plan(const struct reader *r, cdt_val doc)
{
	return cohere_plan(r, cdt_text(cdt_get(message_of(doc), "tool_plan")));
}

/* One call as a map; or a list of one. */
static cdt_val call_of(cdt_val doc)
{
	cdt_val calls = cdt_get(message_of(doc), "tool_calls");

	return cdt_type(calls) == CDT_LIST ? cdt_at(calls, 0) : calls;
}

static cdt_status on_call(const struct reader *r, cdt_val doc)
{
	return cohere_call_open(r, index_of(doc), call_of(doc));
}

static cdt_status on_arguments(const struct reader *r, cdt_val doc)
{
	return cohere_call_add(r, index_of(doc),
	                       cdt_get(cdt_get(call_of(doc), "function"), "arguments"));
}

static cdt_status on_call_end(const struct reader *r, cdt_val doc)
{
	return cohere_close(r, SOURCE_CALL, index_of(doc));
}

static cdt_status on_citation(const struct reader *r, cdt_val doc)
{
	cdt_val citation = cdt_get(message_of(doc), "citations");

	return cohere_cite(r, &citation, 1);
}

static cdt_status on_end(const struct reader *r, cdt_val doc)
{
	cdt_val delta = cdt_get(doc, "delta"), usage = cdt_get(delta, "usage");
	cdt_status st = cohere_stop_note(r, cdt_text(cdt_get(delta, "finish_reason")));

	if (st == CDT_OK)
		st = cohere_close_all(r);
	if (st == CDT_OK)
		st = cohere_usage(r, cdt_get(usage, "billed_units"), cdt_get(usage, "tokens"));
	return st != CDT_OK ? st : cohere_stop_emit(r);
}

static const struct event {
	const char *type;
	cdt_status (*run)(const struct reader *, cdt_val doc);
} events[] = {
	{ "citation-start", on_citation },
	{ "content-delta", on_content },
	{ "content-end", on_content_end },
	{ "content-start", on_content },
	{ "message-end", on_end },
	{ "message-start", on_start },
	{ "tool-call-delta", on_arguments },
	{ "tool-call-end", on_call_end },
	{ "tool-call-start", on_call },
	{ "tool-plan-delta", on_plan },
};

/* Events of other types ("citation-end", "debug") say nothing that is of use. */
cdt_status cohere_event(const struct reader *r, cdt_val doc)
{
	cdt_str type = cdt_text(cdt_get(doc, "type"));

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
		if (!cdt_is(type, events[i].type))
			continue;
		if (events[i].run != on_start)
			r->answer->flags |= ANSWER_STARTED;     /* too late for it now */
		return events[i].run(r, doc);
	}
	return CDT_OK;
}

/* An answer in one piece has no type; an error has nothing but a message. */
static cdt_status read_chat(const struct reader *r, cdt_val doc)
{
	if (cdt_type(cdt_get(doc, "type")) == CDT_TEXT)
		return cohere_event(r, doc);
	return cohere_whole(r, doc);
}

cdt_status cohere_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink)
{
	struct reader r = { call, sink, cohere_answer(call) };
	cdt_val doc;

	(void)self;
	if (!r.answer)
		return CDT_E_NOMEM;
	if (r.answer->flags & ANSWER_ENDED)
		return CDT_OK;                  /* nothing is due after the end */
	if (call->api->parse(call, frame->data, &doc) != CDT_OK)
		return CDT_E_UPSTREAM;
	if (r.answer->op == CDT_OP_EMBED)
		return cohere_vectors(&r, doc);
	if (r.answer->op == CDT_OP_RERANK)
		return cohere_ranking(&r, doc);
	return read_chat(&r, doc);
}

/* "message-end" is the only good end of a stream. */
cdt_status cohere_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	const struct answer *a = cohere_answer(call);

	(void)self, (void)sink;
	if (!a)
		return CDT_E_NOMEM;
	return a->flags & ANSWER_ENDED ? CDT_OK : CDT_E_UPSTREAM;
}
