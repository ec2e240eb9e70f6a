/* api/openai/chunk.c - a provider's events as chat.completion.chunk events: role once, dense
 * tool indices, one finish reason a choice, usage only when it was asked for.
 * SPDX-License-Identifier: MIT */
#include "api/openai/chat.h"
#include "base/str.h"

enum { STREAM_CHOICES_MAX = 128, STREAM_TOOLS_MAX = 1024, REASONING_MAX = 8 << 20 };

struct stream_tool {
	uint32_t choice, part, number;
	bool has_arguments;
	struct stream_tool *next;
};

/* Reasoning is shown as it comes and repeated, whole and signed, when its part closes. */
struct piece { cdt_str text; struct piece *next; };
struct pieces { struct piece *first, **last; size_t bytes; };
struct stream_reasoning { uint32_t choice, part; struct pieces text, signature, redacted; };

/* Lists that grow by chunks: clients put them together by their entries' index. */
enum { LIST_THINKING, LIST_ANNOTATIONS, LIST_IMAGES, LIST_COUNT };
static const char *const list_names[LIST_COUNT] = {
	"thinking_blocks", "annotations", "images",
};

struct stream_choice { bool has_role, finished; uint32_t tools, listed[LIST_COUNT]; };

struct chat_stream {
	cdt_str id;
	struct stream_choice choice[STREAM_CHOICES_MAX];
	uint32_t choice_count;
	struct stream_tool *tools;
	uint32_t tool_count;
	struct stream_reasoning reasoning;
};

static struct chat_stream *stream_of(struct exchange *x)
{
	struct chat_stream *s = x->surface_state;

	if (!s) {
		s = arena_take(&x->arena, sizeof *s);
		x->surface_state = s;
	}
	if (s && !s->id.n)
		s->id = openai_answer_id(x, "chatcmpl-", s->id);
	return s;
}

static void open_chunk(struct exchange *x, struct chat_stream *s, uint32_t choice,
                       struct buf *out, struct jsonw *w)
{
	openai_sse_begin(out, w);
	openai_stamp(x, w, "chat.completion.chunk", s->id);
	jsonw_key(w, "choices");
	jsonw_open(w, '[');
	jsonw_open(w, '{');
	jsonw_put_i64(w, "index", choice);
	jsonw_key(w, "delta");
	jsonw_open(w, '{');
}

/* Closes the delta and the rest; finish NULL = null. */
static cdt_status close_chunk(struct jsonw *w, const char *finish, cdt_val logprobs,
                              struct buf *out)
{
	jsonw_close(w);
	if (logprobs.api)
		jsonw_put_val(w, "logprobs", logprobs);
	else
		jsonw_put_null(w, "logprobs");
	if (finish)
		jsonw_put_z(w, "finish_reason", finish);
	else
		jsonw_put_null(w, "finish_reason");
	jsonw_close(w);
	jsonw_close(w);
	jsonw_close(w);
	openai_sse_end(out);
	return jsonw_status(w);
}

static const cdt_val no_logprobs = { NULL, NULL };

static cdt_status ensure_role(struct exchange *x, struct chat_stream *s, uint32_t choice,
                              bool text, struct buf *out)
{
	struct jsonw w;

	if (s->choice[choice].has_role)
		return CDT_OK;
	s->choice[choice].has_role = true;
	if (choice >= s->choice_count)
		s->choice_count = choice + 1;
	open_chunk(x, s, choice, out, &w);
	jsonw_put_z(&w, "role", "assistant");
	if (text)
		jsonw_put_z(&w, "content", "");
	else
		jsonw_put_null(&w, "content");
	return close_chunk(&w, NULL, no_logprobs, out);
}

/* --- tool calls --- */

static struct stream_tool *tool_find(struct chat_stream *s, const struct cdt_event *ev)
{
	struct stream_tool *t = s->tools;

	while (t && !(t->choice == ev->choice && t->part == ev->index))
		t = t->next;
	return t;
}

static struct stream_tool *tool_new(struct exchange *x, struct chat_stream *s,
                                    const struct cdt_event *ev)
{
	struct stream_tool *t = s->tool_count < STREAM_TOOLS_MAX
		? arena_take(&x->arena, sizeof *t) : NULL;

	if (!t)
		return NULL;
	*t = (struct stream_tool){ ev->choice, ev->index, s->choice[ev->choice].tools++, false,
	                           s->tools };
	s->tools = t;
	s->tool_count++;
	return t;
}

static void tool_open_json(struct jsonw *w, const struct stream_tool *t)
{
	jsonw_key(w, "tool_calls");
	jsonw_open(w, '[');
	jsonw_open(w, '{');
	jsonw_put_i64(w, "index", t->number);
}

static cdt_status tool_arguments(struct exchange *x, struct chat_stream *s,
                                 struct stream_tool *t, cdt_str piece, struct buf *out)
{
	struct jsonw w;

	t->has_arguments = true;
	open_chunk(x, s, t->choice, out, &w);
	tool_open_json(&w, t);
	jsonw_key(&w, "function");
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "arguments", piece);
	jsonw_close(&w);
	jsonw_close(&w);
	jsonw_close(&w);
	return close_chunk(&w, NULL, no_logprobs, out);
}

static cdt_status tool_open(struct exchange *x, struct chat_stream *s,
                            const struct cdt_event *ev, struct buf *out)
{
	struct stream_tool *t = tool_new(x, s, ev);
	struct jsonw w;

	if (!t)
		return CDT_E_LIMIT;
	open_chunk(x, s, ev->choice, out, &w);
	tool_open_json(&w, t);
	jsonw_put_text(&w, "id", ev->id);
	jsonw_put_z(&w, "type", "function");
	jsonw_key(&w, "function");
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "name", ev->name);
	jsonw_put_z(&w, "arguments", "");
	jsonw_close(&w);
	jsonw_close(&w);
	jsonw_close(&w);
	return close_chunk(&w, NULL, no_logprobs, out);
}

/* --- reasoning --- */

static void keep_piece(struct exchange *x, struct pieces *to, cdt_str text)
{
	struct piece *p = NULL;

	if (to->bytes + text.n <= REASONING_MAX)
		p = arena_take(&x->arena, sizeof *p);
	if (!p)
		return;                /* the copy for the way back is cut, not the stream */
	p->text = arena_str(&x->arena, text);
	to->bytes += text.n;
	*(to->last ? to->last : &to->first) = p;
	to->last = &p->next;
}

static cdt_str joined(struct exchange *x, const struct pieces *pieces)
{
	struct buf all;
	cdt_str out;

	buf_init(&all, REASONING_MAX);
	for (const struct piece *p = pieces->first; p; p = p->next)
		buf_add(&all, p->text);
	out = arena_str(&x->arena, buf_str(&all));
	buf_fini(&all);
	return out;
}

static cdt_status reasoning_close(struct exchange *x, struct chat_stream *s, struct buf *out)
{
	struct stream_reasoning *r = &s->reasoning;
	struct jsonw w;
	cdt_status st = CDT_OK;

	if (r->signature.bytes || r->redacted.bytes) {
		open_chunk(x, s, r->choice, out, &w);
		jsonw_key(&w, list_names[LIST_THINKING]);
		jsonw_open(&w, '[');
		openai_thinking_block(&w, s->choice[r->choice].listed[LIST_THINKING]++,
		                      joined(x, &r->text), joined(x, &r->signature),
		                      joined(x, &r->redacted));
		jsonw_close(&w);
		st = close_chunk(&w, NULL, no_logprobs, out);
	}
	*r = (struct stream_reasoning){ .choice = 0 };
	return st;
}

static cdt_status text_delta(struct exchange *x, struct chat_stream *s,
                             const struct cdt_event *ev, const char *member, struct buf *out)
{
	struct jsonw w;

	if (!ev->data.n)
		return CDT_OK;
	open_chunk(x, s, ev->choice, out, &w);
	jsonw_put_text(&w, member, ev->data);
	return close_chunk(&w, NULL, no_logprobs, out);
}

static cdt_status reasoning_delta(struct exchange *x, struct chat_stream *s,
                                  const struct cdt_event *ev, struct buf *out)
{
	struct stream_reasoning *r = &s->reasoning;

	r->choice = ev->choice;
	r->part = ev->index;
	if (str_is(ev->name, "signature")) {
		keep_piece(x, &r->signature, ev->data);
		return CDT_OK;
	}
	if (str_is(ev->name, "redacted")) {
		keep_piece(x, &r->redacted, ev->data);
		return CDT_OK;
	}
	keep_piece(x, &r->text, ev->data);
	return text_delta(x, s, ev, "reasoning_content", out);
}

/* --- events --- */

/* The members of a document, but for an index of its own. */
static void put_members(struct jsonw *w, struct arena *a, cdt_val doc)
{
	cdt_str key;
	cdt_val v;
	size_t it = 0;

	while (doc.api->next(doc, &it, &key, &v)) {
		const char *name = str_is(key, "index") ? NULL : arena_str(a, key).p;

		if (name)
			jsonw_put_val(w, name, v);
	}
}

static cdt_status document_delta(struct exchange *x, struct chat_stream *s,
                                 const struct cdt_event *ev, size_t list, struct buf *out)
{
	struct jsonw w;

	if (!ev->doc.api || cdt_type(ev->doc) != CDT_MAP)
		return CDT_OK;
	open_chunk(x, s, ev->choice, out, &w);
	jsonw_key(&w, list_names[list]);
	jsonw_open(&w, '[');
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "index", s->choice[ev->choice].listed[list]++);
	put_members(&w, &x->arena, ev->doc);
	jsonw_close(&w);
	jsonw_close(&w);
	return close_chunk(&w, NULL, no_logprobs, out);
}

static cdt_status on_delta(struct exchange *x, struct chat_stream *s,
                           const struct cdt_event *ev, struct buf *out)
{
	struct stream_tool *tool;

	switch (ev->kind) {
	case CDT_PART_TEXT:
		return text_delta(x, s, ev, "content", out);
	case CDT_PART_REFUSAL:
		return text_delta(x, s, ev, "refusal", out);
	case CDT_PART_REASONING:
		return reasoning_delta(x, s, ev, out);
	case CDT_PART_CITATION:
		return document_delta(x, s, ev, LIST_ANNOTATIONS, out);
	case CDT_PART_IMAGE:
		return ev->doc.api ? document_delta(x, s, ev, LIST_IMAGES, out)
		                   : answer_add(&x->relay.answer, ev);
	case CDT_PART_TOOL_CALL:
		tool = tool_find(s, ev);
		if (!tool)
			return CDT_E_UPSTREAM;       /* arguments of a call that never opened */
		return ev->data.n ? tool_arguments(x, s, tool, ev->data, out) : CDT_OK;
	default:
		return CDT_OK;
	}
}

static const struct answer_part *picture_of(const struct answer *a, const struct cdt_event *ev)
{
	const struct answer_part *p = NULL;

	if (ev->choice < a->choice_count)
		p = a->choices[ev->choice]->parts;
	while (p && (p->index != ev->index || !openai_chat_shows(p)))
		p = p->next;
	return p;
}

/* A picture is shown when all of it is there. */
static cdt_status picture_close(struct exchange *x, struct chat_stream *s,
                                const struct cdt_event *ev, struct buf *out)
{
	const struct answer_part *p = picture_of(&x->relay.answer, ev);
	struct jsonw w;

	if (!p)
		return CDT_OK;
	open_chunk(x, s, ev->choice, out, &w);
	jsonw_key(&w, list_names[LIST_IMAGES]);
	jsonw_open(&w, '[');
	openai_chat_picture(&w, (int64_t)s->choice[ev->choice].listed[LIST_IMAGES]++, p);
	jsonw_close(&w);
	return close_chunk(&w, NULL, no_logprobs, out);
}

static cdt_status on_close(struct exchange *x, struct chat_stream *s,
                           const struct cdt_event *ev, struct buf *out)
{
	struct stream_tool *tool = tool_find(s, ev);

	if (!tool && picture_of(&x->relay.answer, ev))
		return picture_close(x, s, ev, out);
	if (tool)
		return tool->has_arguments ? CDT_OK
		                           : tool_arguments(x, s, tool, CDT_STR("{}"), out);
	if (s->reasoning.choice == ev->choice && s->reasoning.part == ev->index)
		return reasoning_close(x, s, out);
	return CDT_OK;
}

static cdt_status on_stop(struct exchange *x, struct chat_stream *s, uint32_t choice,
                          uint32_t stop, struct buf *out)
{
	struct stream_choice *c = &s->choice[choice];
	struct jsonw w;

	if (c->finished)
		return CDT_OK;
	c->finished = true;
	open_chunk(x, s, choice, out, &w);
	return close_chunk(&w, openai_finish_of(stop, c->tools > 0), no_logprobs, out);
}

static cdt_status on_extra(struct exchange *x, struct chat_stream *s,
                           const struct cdt_event *ev, struct buf *out)
{
	struct jsonw w;

	if (!str_is(ev->name, "logprobs"))
		return CDT_OK;           /* of the whole answer; a stream has no place for it */
	open_chunk(x, s, ev->choice, out, &w);
	return close_chunk(&w, NULL, ev->doc, out);
}

static cdt_status on_choice_event(struct exchange *x, struct chat_stream *s,
                                  const struct cdt_event *ev, struct buf *out)
{
	cdt_status st = ensure_role(x, s, ev->choice, ev->kind != CDT_PART_TOOL_CALL, out);

	if (st != CDT_OK)
		return st;
	switch (ev->type) {
	case CDT_EV_OPEN:
		if (ev->kind == CDT_PART_IMAGE)
			return answer_add(&x->relay.answer, ev);
		return ev->kind == CDT_PART_TOOL_CALL ? tool_open(x, s, ev, out) : CDT_OK;
	case CDT_EV_DELTA:
		return on_delta(x, s, ev, out);
	case CDT_EV_CLOSE:
		return on_close(x, s, ev, out);
	case CDT_EV_STOP:
		return on_stop(x, s, ev->choice, ev->kind, out);
	default:
		return on_extra(x, s, ev, out);
	}
}

cdt_status openai_chat_event(struct exchange *x, const struct cdt_event *ev, struct buf *out)
{
	struct chat_stream *s = stream_of(x);

	if (!s || ev->choice >= STREAM_CHOICES_MAX)
		return CDT_E_LIMIT;
	switch (ev->type) {
	case CDT_EV_START:
		if (ev->id.n && !s->choice_count)
			s->id = arena_str(&x->arena, ev->id);
		return CDT_OK;
	case CDT_EV_OPEN:
	case CDT_EV_DELTA:
	case CDT_EV_CLOSE:
	case CDT_EV_STOP:
	case CDT_EV_EXTRA:
		return on_choice_event(x, s, ev, out);
	default:
		return CDT_OK;
	}
}

cdt_status openai_chat_cut(struct exchange *x, struct buf *out)
{
	uint32_t n = (uint32_t)x->ask.n;       /* checked by decode */
	struct chat_stream *s;
	cdt_status st = CDT_OK;

	if (x->native)
		x->surface_state = NULL;               /* it is ours from here on */
	s = stream_of(x);
	if (!s || n > STREAM_CHOICES_MAX)
		return CDT_E_LIMIT;
	if (s->choice_count < n)
		s->choice_count = n;
	for (uint32_t i = 0; st == CDT_OK && i < s->choice_count; i++) {
		s->choice[i].has_role |= x->native;
		st = on_stop(x, s, i, CDT_STOP_LENGTH, out);
	}
	x->native = false;
	return st;
}

cdt_status openai_chat_end(struct exchange *x, struct buf *out)
{
	struct chat_stream *s;
	cdt_status st = CDT_OK;

	if (x->native)
		return openai_native_end(x, out);
	s = stream_of(x);
	if (!s)
		return CDT_E_LIMIT;
	if (!s->choice_count)
		st = ensure_role(x, s, 0, true, out);
	for (uint32_t i = 0; st == CDT_OK && i < s->choice_count; i++)
		st = on_stop(x, s, i, CDT_STOP_END, out);
	openai_usage_chunk(x, out, "chat.completion.chunk", s->id);
	openai_done(out);
	return st;
}
