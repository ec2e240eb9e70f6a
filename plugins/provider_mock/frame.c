/* provider_mock/frame.c - the mock's own lines as canonical events.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <string.h>

static const struct { const char *word; uint32_t kind; } stops[] = {
	{ "length", CDT_STOP_LENGTH }, { "stop", CDT_STOP_END },
	{ "tool_calls", CDT_STOP_TOOL },
};
static const struct { const char *member; uint32_t kind; const char *name; } deltas[] = {
	{ "arguments", CDT_PART_TOOL_CALL, NULL }, { "image", CDT_PART_IMAGE, NULL },
	{ "reasoning", CDT_PART_REASONING, NULL },
	{ "revised_prompt", CDT_PART_IMAGE, "revised_prompt" },
	{ "text", CDT_PART_TEXT, NULL }, { "url", CDT_PART_IMAGE, "url" },
	{ "vector", CDT_PART_VECTOR, NULL },
};

/* How far an answer was read. */
struct reading { bool sound, opened, done; char type[32]; size_t type_n; };

static struct reading *reading_of(struct cdt_call *call)
{
	void **slot = call->api->slot(call);

	if (!*slot)
		*slot = call->api->keep(call, sizeof(struct reading));
	return *slot;
}

cdt_status mock_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                     uint32_t *frames)
{
	struct reading *r = reading_of(call);
	cdt_str type = head->count ? head->headers[0].value : CDT_STR("");

	(void)self;
	r->sound = type.n > 6 && type.n <= sizeof r->type && !memcmp(type.p, "audio/", 6);
	r->type_n = r->sound ? type.n : 0;
	memcpy(r->type, type.p, r->type_n);
	*frames = r->sound ? CDT_FRAMES_BYTES : CDT_FRAMES_LINES;
	return CDT_OK;
}

static cdt_status heard(struct reading *r, cdt_str bytes, struct cdt_sink *sink)
{
	cdt_status st = r->opened ? CDT_OK : cdt_emit(sink, (struct cdt_event){
		.type = CDT_EV_OPEN, .kind = CDT_PART_AUDIO, .name = { r->type, r->type_n } });

	r->opened = r->done = true;
	return st != CDT_OK ? st : cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_DELTA,
		.kind = CDT_PART_AUDIO, .data = bytes });
}

static cdt_status usage(struct cdt_sink *sink, cdt_val v)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = cdt_count_of(cdt_get(v, "input"));
	u.output = cdt_count_of(cdt_get(v, "output"));
	u.reasoning = cdt_count_of(cdt_get(v, "reasoning"));
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

static cdt_status stop(struct cdt_sink *sink, uint32_t choice, cdt_str word)
{
	uint32_t kind = CDT_STOP_OTHER;

	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (cdt_is(word, stops[i].word))
			kind = stops[i].kind;
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_STOP, .choice = choice,
		.kind = kind, .data = word });
}

static cdt_status piece(struct cdt_sink *sink, cdt_val line, struct cdt_event ev)
{
	for (size_t i = 0; i < sizeof deltas / sizeof *deltas; i++) {
		const char *name = deltas[i].name;

		ev.data = cdt_text(cdt_get(line, deltas[i].member));
		ev.kind = deltas[i].kind;
		ev.name = (cdt_str){ name, name ? strlen(name) : 0 };
		if (ev.data.n)
			return cdt_emit(sink, ev);
	}
	return CDT_OK;
}

static cdt_status opened(struct cdt_sink *sink, cdt_val line, struct cdt_event ev)
{
	ev.type = CDT_EV_OPEN;
	ev.kind = CDT_PART_TOOL_CALL;
	ev.id = cdt_text(cdt_get(line, "call"));
	ev.name = cdt_text(cdt_get(line, "name"));
	if (cdt_type(cdt_get(line, "custom")) == CDT_FLAG)
		ev.data = CDT_STR("custom");
	return cdt_emit(sink, ev);
}

static cdt_status started(struct cdt_sink *sink, cdt_val line)
{
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_START,
		.id = cdt_text(cdt_get(line, "start")),
		.name = cdt_text(cdt_get(line, "model")) });
}

/* {"result":{}}: one of a list; {"extra":NAME,"value":}: of the answer. */
static cdt_status document(struct cdt_sink *sink, cdt_val line, struct cdt_event ev)
{
	cdt_str name = cdt_text(cdt_get(line, "extra"));

	if (name.n)
		return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_EXTRA, .name = name,
			.doc = cdt_get(line, "value") });
	ev.kind = CDT_PART_RESULT;
	ev.doc = cdt_get(line, "result");
	return cdt_emit(sink, ev);
}

cdt_status mock_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                      struct cdt_sink *sink)
{
	struct cdt_event ev = { .type = CDT_EV_DELTA };
	struct reading *r = reading_of(call);
	cdt_val line;
	cdt_status st;

	(void)self;
	if (r->sound)
		return heard(r, frame->data, sink);
	st = call->api->parse(call, frame->data, &line);
	if (st != CDT_OK)
		return st;
	if (cdt_type(cdt_get(line, "error")) != CDT_ABSENT)
		return CDT_E_UPSTREAM;
	if (cdt_type(cdt_get(line, "start")) == CDT_TEXT)
		return started(sink, line);
	if (cdt_type(cdt_get(line, "usage")) == CDT_MAP)
		return usage(sink, cdt_get(line, "usage"));
	if (cdt_type(cdt_get(line, "done")) == CDT_FLAG) {
		r->done = true;
		return CDT_OK;
	}
	ev.choice = (uint32_t)cdt_i64(cdt_get(line, "c"), 0);
	ev.index = (uint32_t)cdt_i64(cdt_get(line, "p"), 0);
	if (cdt_type(cdt_get(line, "stop")) == CDT_TEXT)
		return stop(sink, ev.choice, cdt_text(cdt_get(line, "stop")));
	if (cdt_type(cdt_get(line, "call")) == CDT_TEXT)
		return opened(sink, line, ev);
	if (cdt_type(cdt_get(line, "close")) == CDT_FLAG) {
		ev.type = CDT_EV_CLOSE;
		ev.kind = CDT_PART_TOOL_CALL;
		return cdt_emit(sink, ev);
	}
	if (cdt_type(cdt_get(line, "result")) == CDT_MAP ||
	    cdt_type(cdt_get(line, "extra")) == CDT_TEXT)
		return document(sink, line, ev);
	return piece(sink, line, ev);
}

/* An answer that ended without its last line was cut. */
cdt_status mock_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	const struct reading *r = reading_of(call);

	(void)self;
	if (!r->done)
		return CDT_E_UPSTREAM;
	return r->sound ? cdt_emit_stop(sink, CDT_STOP_END, CDT_STR("stop")) : CDT_OK;
}

cdt_status mock_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                      cdt_str body, struct cdt_error *err)
{
	cdt_val doc;

	(void)self;
	err->reason = head->status == 200 ? CDT_ERR_UPSTREAM : cdt_reason(head->status);
	if (call->api->parse(call, body, &doc) != CDT_OK)
		return CDT_OK;
	doc = cdt_get(doc, "error");
	err->message = cdt_text(cdt_get(doc, "message"));
	err->code = cdt_text(cdt_get(doc, "code"));
	return CDT_OK;
}
