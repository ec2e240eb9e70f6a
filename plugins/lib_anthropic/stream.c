/* lib_anthropic/stream.c - one frame at a time: which event is it, what does it mean for
 * the answer.  Relayed answers (CDT_REQ_NATIVE) are only looked at.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

/* A second message_start comes from relays that retried: of the same answer it says nothing
 * new, of another one it makes void what came before.  Events can not be taken back, so that
 * is an error as soon as a part was shown. */
static cdt_status restart(const struct reader *r, cdt_str id)
{
	struct answer *a = r->answer;

	if (words_same(id, (cdt_str){ a->id, a->id_n }))
		return CDT_OK;
	if (a->next_index) {
		a->flags |= ANSWER_SPLICED;
		return CDT_E_UPSTREAM;
	}
	a->part_count = 0;
	return CDT_OK;
}

cdt_status anthropic_start(const struct reader *r, cdt_val message)
{
	struct answer *a = r->answer;
	cdt_str id = cdt_text(cdt_get(message, "id"));

	id.n = id.n < ID_MAX ? id.n : ID_MAX;
	if (a->flags & ANSWER_STARTED)
		return restart(r, id);
	a->flags |= ANSWER_STARTED;
	a->id_n = id.n;
	if (id.n)
		memcpy(a->id, id.p, id.n);
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START, .id = id,
		.name = cdt_text(cdt_get(message, "model")) });
}

/* Answers of the code runner carry content and stop_reason in their message_start. */
static cdt_status on_start(const struct reader *r, cdt_val doc)
{
	cdt_val message = cdt_get(doc, "message");
	int again = (r->answer->flags & ANSWER_STARTED) != 0;
	cdt_status st = anthropic_start(r, message);

	if (st == CDT_OK && !again)
		st = anthropic_blocks(r, cdt_get(message, "content"));
	if (st == CDT_OK)
		st = anthropic_stop_note(r, message);
	return st != CDT_OK ? st : anthropic_usage(r, cdt_get(message, "usage"));
}

static int64_t block_of(cdt_val doc)
{
	return cdt_i64(cdt_get(doc, "index"), 0);
}

static cdt_status on_block_start(const struct reader *r, cdt_val doc)
{
	return anthropic_block_open(r, block_of(doc), cdt_get(doc, "content_block"));
}

static cdt_status on_block_delta(const struct reader *r, cdt_val doc)
{
	return anthropic_block_delta(r, block_of(doc), cdt_get(doc, "delta"));
}

static cdt_status on_block_stop(const struct reader *r, cdt_val doc)
{
	cdt_status st = anthropic_block_close(r, block_of(doc));

	return st != CDT_OK ? st : anthropic_cite_flush(r);
}

static cdt_status on_delta(const struct reader *r, cdt_val doc)
{
	cdt_status st = anthropic_close_all(r);

	if (st == CDT_OK)
		st = anthropic_stop_note(r, cdt_get(doc, "delta"));
	return st != CDT_OK ? st : anthropic_usage(r, cdt_get(doc, "usage"));
}

static cdt_status on_stop(const struct reader *r, cdt_val doc)
{
	cdt_status st = anthropic_close_all(r);

	(void)doc;
	return st != CDT_OK ? st : anthropic_stop_emit(r);
}

static cdt_status on_error(const struct reader *r, cdt_val doc)
{
	(void)r, (void)doc;
	return CDT_E_UPSTREAM;
}

static cdt_status on_ping(const struct reader *r, cdt_val doc)
{
	(void)r, (void)doc;
	return CDT_OK;
}

static const struct event {
	const char *type;
	cdt_status (*run)(const struct reader *, cdt_val doc);
	int opens;                      /* may it come before message_start */
	int native;                     /* is it looked at when relayed */
} events[] = {
	{ "content_block_delta", on_block_delta, 0, 0 },
	{ "content_block_start", on_block_start, 0, 0 },
	{ "content_block_stop", on_block_stop, 0, 0 },
	{ "error", on_error, 1, 1 },
	{ "message", anthropic_whole, 1, 1 },
	{ "message_delta", on_delta, 0, 1 },
	{ "message_start", on_start, 1, 1 },
	{ "message_stop", on_stop, 0, 1 },
	{ "ping", on_ping, 1, 0 },
};

static const struct event *event_of(cdt_str type)
{
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (cdt_is(type, events[i].type))
			return &events[i];
	return NULL;
}

/* Most chunks of a relayed stream are pieces of text: told by how they begin, without parsing
 * them.  The event's name may say something else. */
static int worth_a_look(const struct cdt_frame *frame)
{
	return !words_begin(frame->data, "{\"type\":\"content_block_");
}

/* A map that does not end is half an event. */
static int looks_whole(cdt_str s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]) && s.p[s.n - 1])
		s.n--;
	return s.n && s.p[s.n - 1] == '}';
}

static cdt_status note_native(const struct reader *r, cdt_val doc)
{
	cdt_val message = cdt_get(doc, "message");
	cdt_status st = anthropic_stop_note(r, message);

	r->answer->flags |= ANSWER_STARTED;
	return st != CDT_OK ? st : anthropic_usage(r, cdt_get(message, "usage"));
}

static cdt_status look(const struct reader *r, const struct event *e, cdt_val doc)
{
	if (!e->native)
		return CDT_OK;
	return e->run == on_start ? note_native(r, doc) : e->run(r, doc);
}

cdt_status claude_frame(void **place, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink)
{
	struct reader r = { call, sink, anthropic_answer(place, call) };
	const struct event *e;
	cdt_str type;
	cdt_val doc;

	if (!r.answer)
		return CDT_E_NOMEM;
	if (r.answer->flags & ANSWER_ENDED)
		return CDT_OK;                  /* nothing is due after message_stop */
	if (frame->data.n == 0)
		return CDT_OK;                  /* somebody's way to keep alive */
	if (r.answer->flags & ANSWER_NATIVE && !worth_a_look(frame))
		return looks_whole(frame->data) ? CDT_OK : CDT_E_UPSTREAM;
	if (call->api->parse(call, frame->data, &doc) != CDT_OK)
		return CDT_E_UPSTREAM;
	if (r.answer->flags & ANSWER_COUNT)
		return anthropic_counted(&r, doc);
	type = cdt_text(cdt_get(doc, "type"));
	e = event_of(type.n ? type : frame->event);
	if (!e) {
		call->api->log(call, CDT_LOG_DEBUG, "unknown event was skipped");
		return type.n || frame->event.n ? CDT_OK : CDT_E_UPSTREAM;
	}
	if (!e->opens && !(r.answer->flags & ANSWER_STARTED)) {
		r.answer->flags |= ANSWER_ODD;
		return CDT_E_UPSTREAM;
	}
	return r.answer->flags & ANSWER_NATIVE ? look(&r, e, doc) : e->run(&r, doc);
}

/* message_stop is the only good end of a stream. */
cdt_status claude_finish(void **place, struct cdt_call *call)
{
	const struct answer *a = anthropic_answer(place, call);

	if (!a)
		return CDT_E_NOMEM;
	return a->flags & ANSWER_ENDED ? CDT_OK : CDT_E_UPSTREAM;
}
