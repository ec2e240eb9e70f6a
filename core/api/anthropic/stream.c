/* api/anthropic/stream.c - a provider's events as Messages events.  What of them is open and
 * what waits is parts.c's; the end waits for usage.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/parts.h"
#include "base/str.h"

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
	return messages_part_new(x, s, ev) ? messages_go_on(x, s, out) : CDT_E_LIMIT;
}

static cdt_status on_citation(struct messages_stream *s, cdt_val doc, struct buf *out)
{
	cdt_str c = doc.api ? messages_get(doc.api->raw(doc), "url_citation") : CDT_STR("");
	cdt_str url = messages_get(c, "url"), title = messages_get(c, "title");
	struct jsonw w;

	if (!s->open || s->open->kind != CDT_PART_TEXT || url.n < 3)
		return CDT_OK;                 /* it has no text to stand at */
	messages_begin_block(s, "content_block_delta", "delta", out, &w);
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
		return messages_keep(x, s, &p->signature, ev->data);
	/* Its block is begun with all of it: one that has begun can not take it. */
	return p == s->open ? CDT_OK : messages_keep(x, s, &p->redacted, ev->data);
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
	p = messages_part_find(s, ev);
	if (!p && ev->kind == CDT_PART_TOOL_CALL)
		return CDT_E_UPSTREAM;         /* arguments of a call that never opened */
	if (!p)
		p = messages_part_new(x, s, ev);        /* implied, or closed for others */
	if (!p)
		return CDT_E_LIMIT;
	if (ev->kind == CDT_PART_REASONING && ev->name.n)
		return on_opaque(x, s, p, ev);
	if (p == s->open)
		return messages_put_piece(s, p, ev->data, out);
	st = messages_keep(x, s, &p->waiting, ev->data);
	return st == CDT_OK ? messages_go_on(x, s, out) : st;
}

static cdt_status on_close(struct exchange *x, struct messages_stream *s,
                           const struct cdt_event *ev, struct buf *out)
{
	struct cdt_event any = *ev;
	struct stream_part *p;

	any.kind = 0;
	p = messages_part_find(s, &any);
	if (!p)
		return CDT_OK;
	p->closed = true;
	return messages_go_on(x, s, out);
}

static cdt_status on_stop(struct exchange *x, struct messages_stream *s,
                          const struct cdt_event *ev, struct buf *out)
{
	s->stopped = true;
	s->stop = ev->kind;
	s->word = arena_str(&x->arena, ev->data);
	return messages_finish_blocks(x, s, out);
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
	return messages_finish_blocks(x, s, out);
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
		st = messages_finish_blocks(x, s, out);
	if (st == CDT_OK && !s->blocks)
		st = messages_put_empty(x, s, out);
	if (st != CDT_OK)
		return st;
	return messages_put_end(x, messages_stop(s->stop, s->word, s->tools, s->refused), out);
}
