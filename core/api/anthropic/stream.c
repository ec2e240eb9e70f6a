/* api/anthropic/stream.c - a provider's events as Messages events: one block is open at a time,
 * blocks are numbered without gaps, and what comes in between waits until the one before is
 * closed.  The end waits for usage.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { STREAM_PARTS_MAX = 4096, WAITING_MAX = 16 << 20 };

struct piece { cdt_str text; struct piece *next; };
struct pieces { struct piece *first, **last; };

/* A part of the answer.  Opaque values of a thought are told when it ends. */
struct stream_part {
	uint32_t index, kind;
	cdt_str id, name;
	struct pieces waiting, signature, redacted;
	bool closed;                   /* nothing more comes */
	bool given;                    /* a call: some of its arguments were shown */
	struct stream_part *next;      /* that waits */
};

struct messages_stream {
	cdt_str id, word;
	bool started, stopped, ended, tools, refused;
	uint32_t stop;
	int64_t blocks;                /* begun so far */
	struct stream_part *open;      /* its block is the last of them */
	struct stream_part *first, **last;     /* waiting for open to close */
	size_t part_count, kept_bytes;
};

static struct messages_stream *stream_of(struct exchange *x)
{
	struct messages_stream *s = x->surface_state;

	if (s)
		return s;
	s = arena_take(&x->arena, sizeof *s);
	if (!s)
		return NULL;
	s->id = messages_id(x, CDT_STR(""));
	s->last = &s->first;
	x->surface_state = s;
	return s;
}

static cdt_status ensure_start(struct exchange *x, struct messages_stream *s, struct buf *out)
{
	if (s->started)
		return CDT_OK;
	s->started = true;
	return messages_put_start(x, s->id, out);
}

static cdt_status keep(struct exchange *x, struct messages_stream *s, struct pieces *to,
                       cdt_str text)
{
	struct piece *p;

	s->kept_bytes += text.n;
	p = s->kept_bytes <= WAITING_MAX ? arena_take(&x->arena, sizeof *p) : NULL;
	if (!p)
		return CDT_E_LIMIT;
	p->text = arena_str(&x->arena, text);
	*(to->last ? to->last : &to->first) = p;
	to->last = &p->next;
	return p->text.p ? CDT_OK : CDT_E_LIMIT;
}

static cdt_str joined(struct exchange *x, const struct pieces *pieces)
{
	struct buf all;
	cdt_str out;

	buf_init(&all, WAITING_MAX);
	for (const struct piece *p = pieces->first; p; p = p->next)
		buf_add(&all, p->text);
	out = arena_str(&x->arena, buf_str(&all));
	buf_fini(&all);
	return out;
}

/* --- blocks --- */

static void begin_block_event(const struct messages_stream *s, const char *type,
                              const char *inner, struct buf *out, struct jsonw *w)
{
	messages_event_begin(out, w, type);
	jsonw_put_i64(w, "index", s->blocks - 1);
	jsonw_key(w, inner);
	jsonw_open(w, '{');
}

static cdt_status put_delta(const struct messages_stream *s, const char *type,
                            const char *member, cdt_str text, struct buf *out)
{
	struct jsonw w;

	begin_block_event(s, "content_block_delta", "delta", out, &w);
	jsonw_put_z(&w, "type", type);
	jsonw_put_text(&w, member, text);
	jsonw_close(&w);
	return messages_event_end(out, &w);
}

static void put_call(struct jsonw *w, const struct stream_part *p)
{
	jsonw_put_z(w, "type", "tool_use");
	jsonw_put_text(w, "id", p->id);
	jsonw_put_text(w, "name", p->name);
	jsonw_put_raw(w, "input", CDT_STR("{}"));
}

static cdt_status put_block_start(struct exchange *x, struct messages_stream *s,
                                  const struct stream_part *p, struct buf *out)
{
	struct jsonw w;

	s->blocks++;
	begin_block_event(s, "content_block_start", "content_block", out, &w);
	if (p->kind == CDT_PART_TOOL_CALL) {
		s->tools = true;
		put_call(&w, p);
	} else if (p->redacted.first) {
		jsonw_put_z(&w, "type", "redacted_thinking");
		jsonw_put_text(&w, "data", joined(x, &p->redacted));
	} else if (p->kind == CDT_PART_REASONING) {
		jsonw_put_z(&w, "type", "thinking");
		jsonw_put_z(&w, "thinking", "");
		jsonw_put_z(&w, "signature", "");
	} else {
		jsonw_put_z(&w, "type", "text");
		jsonw_put_z(&w, "text", "");
	}
	jsonw_close(&w);
	return messages_event_end(out, &w);
}

static cdt_status put_piece(struct messages_stream *s, struct stream_part *p, cdt_str text,
                            struct buf *out)
{
	if (!text.n || p->redacted.first)
		return CDT_OK;
	if (p->kind == CDT_PART_TOOL_CALL) {
		p->given = true;
		return put_delta(s, "input_json_delta", "partial_json", text, out);
	}
	if (p->kind == CDT_PART_REASONING)
		return put_delta(s, "thinking_delta", "thinking", text, out);
	return put_delta(s, "text_delta", "text", text, out);
}

static cdt_status open_block(struct exchange *x, struct messages_stream *s,
                             struct stream_part *p, struct buf *out)
{
	cdt_status st = put_block_start(x, s, p, out);

	s->open = p;
	for (const struct piece *it = p->waiting.first; st == CDT_OK && it; it = it->next)
		st = put_piece(s, p, it->text, out);
	p->waiting = (struct pieces){ NULL, NULL };
	return st;
}

static cdt_status close_block(struct exchange *x, struct messages_stream *s, struct buf *out)
{
	struct stream_part *p = s->open;
	cdt_status st = CDT_OK;

	if (!p)
		return CDT_OK;
	s->open = NULL;
	if (p->kind == CDT_PART_TOOL_CALL && !p->given)
		st = put_piece(s, p, CDT_STR("{}"), out);
	else if (p->signature.first && !p->redacted.first)
		st = put_delta(s, "signature_delta", "signature", joined(x, &p->signature),
		               out);
	p->signature = (struct pieces){ NULL, NULL };
	return st == CDT_OK ? messages_put_block_stop(s->blocks - 1, out) : st;
}

/* --- parts: one is open, others wait --- */

static struct stream_part *part_find(struct messages_stream *s, const struct cdt_event *ev)
{
	struct stream_part *p = s->open;

	if (p && p->index == ev->index && (!ev->kind || p->kind == ev->kind))
		return p;
	for (p = s->first; p; p = p->next)
		if (p->index == ev->index && (!ev->kind || p->kind == ev->kind))
			return p;
	return NULL;
}

static struct stream_part *part_new(struct exchange *x, struct messages_stream *s,
                                    const struct cdt_event *ev)
{
	struct stream_part *p = s->part_count < STREAM_PARTS_MAX
		? arena_take(&x->arena, sizeof *p) : NULL;

	if (!p)
		return NULL;
	s->part_count++;
	p->index = ev->index;
	p->kind = ev->kind;
	p->id = ev->id.n || ev->kind != CDT_PART_TOOL_CALL ? arena_str(&x->arena, ev->id)
		: arena_print(&x->arena, "toolu_%s_%u", x->id.p, (unsigned)ev->index);
	p->name = arena_str(&x->arena, ev->type == CDT_EV_OPEN ? ev->name : CDT_STR(""));
	*s->last = p;
	s->last = &p->next;
	return p;
}

/* Something of it can be shown: of texts a piece, of thoughts a piece or their end. */
static bool is_due(const struct stream_part *p)
{
	if (p->kind == CDT_PART_TOOL_CALL)
		return true;
	if (p->redacted.first || (p->signature.first && !p->waiting.first))
		return p->closed;
	return p->waiting.first != NULL;
}

/* Only a call keeps its block while others come: its input can not be told in two. */
static bool holds(const struct stream_part *open)
{
	return open && open->kind == CDT_PART_TOOL_CALL && !open->closed;
}

static struct stream_part *take_first(struct messages_stream *s)
{
	struct stream_part *p = s->first;

	s->first = p->next;
	if (!s->first)
		s->last = &s->first;
	p->next = NULL;
	return p;
}

/* Shows what waits, as far as it may be shown. */
static cdt_status go_on(struct exchange *x, struct messages_stream *s, struct buf *out)
{
	cdt_status st = CDT_OK;

	while (st == CDT_OK && s->first && !holds(s->open)) {
		if (!is_due(s->first)) {
			if (!s->first->closed)
				break;
			(void)take_first(s);           /* it never said anything */
			continue;
		}
		st = close_block(x, s, out);
		if (st == CDT_OK)
			st = open_block(x, s, take_first(s), out);
	}
	/* A text stays open for its citations; of the others nothing comes. */
	if (st == CDT_OK && s->open && s->open->closed &&
	    s->open->kind != CDT_PART_TEXT)
		st = close_block(x, s, out);
	return st;
}

/* --- events --- */

static bool is_shown(uint32_t kind)
{
	return kind == CDT_PART_TEXT || kind == CDT_PART_REASONING ||
	       kind == CDT_PART_TOOL_CALL || kind == CDT_PART_REFUSAL;
}

static cdt_status on_open(struct exchange *x, struct messages_stream *s,
                          const struct cdt_event *ev, struct buf *out)
{
	if (!is_shown(ev->kind))
		return CDT_OK;
	return part_new(x, s, ev) ? go_on(x, s, out) : CDT_E_LIMIT;
}

static cdt_status on_citation(struct messages_stream *s, cdt_val doc, struct buf *out)
{
	cdt_str c = doc.api ? messages_get(doc.api->raw(doc), "url_citation") : CDT_STR("");
	cdt_str url = messages_get(c, "url"), title = messages_get(c, "title");
	struct jsonw w;

	if (!s->open || s->open->kind != CDT_PART_TEXT || url.n < 3)
		return CDT_OK;                 /* it has no text to stand at */
	begin_block_event(s, "content_block_delta", "delta", out, &w);
	jsonw_put_z(&w, "type", "citations_delta");
	jsonw_key(&w, "citation");
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "type", "web_search_result_location");
	jsonw_put_raw(&w, "url", url);
	jsonw_put_raw(&w, "title", title.p ? title : CDT_STR("null"));
	jsonw_put_z(&w, "cited_text", "");
	jsonw_put_z(&w, "encrypted_index", "");
	jsonw_close(&w);
	jsonw_close(&w);
	return messages_event_end(out, &w);
}

static cdt_status on_opaque(struct exchange *x, struct messages_stream *s,
                            struct stream_part *p, const struct cdt_event *ev)
{
	if (str_is(ev->name, "signature"))
		return keep(x, s, &p->signature, ev->data);
	/* Its block is begun with all of it: one that has begun can not take it. */
	return p == s->open ? CDT_OK : keep(x, s, &p->redacted, ev->data);
}

static cdt_status on_delta(struct exchange *x, struct messages_stream *s,
                           const struct cdt_event *ev, struct buf *out)
{
	struct stream_part *p;
	cdt_status st;

	if (ev->kind == CDT_PART_CITATION)
		return on_citation(s, ev->doc, out);
	if (!is_shown(ev->kind) || !ev->data.n)
		return CDT_OK;
	s->refused |= ev->kind == CDT_PART_REFUSAL;
	p = part_find(s, ev);
	if (!p && ev->kind == CDT_PART_TOOL_CALL)
		return CDT_E_UPSTREAM;         /* arguments of a call that never opened */
	if (!p)
		p = part_new(x, s, ev);        /* implied, or one that was closed for others */
	if (!p)
		return CDT_E_LIMIT;
	if (ev->kind == CDT_PART_REASONING && ev->name.n)
		return on_opaque(x, s, p, ev);
	if (p == s->open)
		return put_piece(s, p, ev->data, out);
	st = keep(x, s, &p->waiting, ev->data);
	return st == CDT_OK ? go_on(x, s, out) : st;
}

static cdt_status on_close(struct exchange *x, struct messages_stream *s,
                           const struct cdt_event *ev, struct buf *out)
{
	struct cdt_event any = *ev;
	struct stream_part *p;

	any.kind = 0;
	p = part_find(s, &any);
	if (!p)
		return CDT_OK;
	p->closed = true;
	return go_on(x, s, out);
}

/* Whatever is still open or waits ends here. */
static cdt_status finish_blocks(struct exchange *x, struct messages_stream *s, struct buf *out)
{
	cdt_status st;

	if (s->open)
		s->open->closed = true;
	for (struct stream_part *p = s->first; p; p = p->next)
		p->closed = true;
	st = go_on(x, s, out);
	return st == CDT_OK ? close_block(x, s, out) : st;
}

static cdt_status on_stop(struct exchange *x, struct messages_stream *s,
                          const struct cdt_event *ev, struct buf *out)
{
	s->stopped = true;
	s->stop = ev->kind;
	s->word = arena_str(&x->arena, ev->data);
	return finish_blocks(x, s, out);
}

static cdt_status on_part(struct exchange *x, struct messages_stream *s,
                          const struct cdt_event *ev, struct buf *out)
{
	cdt_status st = ensure_start(x, s, out);

	if (st != CDT_OK)
		return st;
	switch (ev->type) {
	case CDT_EV_OPEN:
		return on_open(x, s, ev, out);
	case CDT_EV_DELTA:
		return on_delta(x, s, ev, out);
	case CDT_EV_CLOSE:
		return on_close(x, s, ev, out);
	default:
		return on_stop(x, s, ev, out);
	}
}

cdt_status messages_stream_event(struct exchange *x, const struct cdt_event *ev,
                                 struct buf *out)
{
	struct messages_stream *s = stream_of(x);

	if (!s)
		return CDT_E_LIMIT;
	switch (ev->type) {
	case CDT_EV_START:
		if (ev->id.n && !s->started)
			s->id = messages_id(x, arena_str(&x->arena, ev->id));
		return CDT_OK;
	case CDT_EV_OPEN:
	case CDT_EV_DELTA:
	case CDT_EV_CLOSE:
	case CDT_EV_STOP:
		/* There is one answer, and nothing behind its end. */
		return ev->choice || s->stopped ? CDT_OK : on_part(x, s, ev, out);
	default:
		return CDT_OK;
	}
}

/* --- the end --- */

static cdt_status put_empty(struct exchange *x, struct messages_stream *s, struct buf *out)
{
	struct stream_part nothing = { .kind = CDT_PART_TEXT };
	cdt_status st = open_block(x, s, &nothing, out);

	return st == CDT_OK ? close_block(x, s, out) : st;
}

cdt_status messages_stream_cut(struct exchange *x, struct buf *out)
{
	struct messages_stream *s;
	cdt_status st = CDT_OK;

	if (x->native) {
		st = messages_native_cut(x, out);
		x->surface_state = NULL;               /* it is ours from here on */
	}
	s = stream_of(x);
	if (!s || st != CDT_OK)
		return s ? st : CDT_E_LIMIT;
	s->started |= x->native;
	s->blocks += x->native;                /* whatever they were */
	x->native = false;
	s->stopped = true;
	s->stop = CDT_STOP_LENGTH;
	return finish_blocks(x, s, out);
}

cdt_status messages_stream_end(struct exchange *x, struct buf *out)
{
	struct messages_stream *s;
	cdt_status st;

	if (x->native)
		return CDT_OK;                 /* the upstream's own end was passed on */
	s = stream_of(x);
	if (!s)
		return CDT_E_LIMIT;
	if (s->ended)
		return CDT_OK;
	s->ended = true;
	st = ensure_start(x, s, out);
	if (st == CDT_OK)
		st = finish_blocks(x, s, out);
	if (st == CDT_OK && !s->blocks)
		st = put_empty(x, s, out);
	if (st != CDT_OK)
		return st;
	return messages_put_end(x, messages_stop(s->stop, s->word, s->tools, s->refused), out);
}
