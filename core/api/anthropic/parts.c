/* api/anthropic/parts.c - the parts of a streamed answer as blocks: one is open at a time, they
 * are numbered without gaps, and what comes in between waits until the one before is closed.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/parts.h"

#include "base/str.h"

enum { STREAM_PARTS_MAX = 4096, WAITING_MAX = 16 << 20 };

cdt_status messages_keep(struct exchange *x, struct messages_stream *s, struct pieces *to,
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

void messages_begin_block(const struct messages_stream *s, const char *type,
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

	messages_begin_block(s, "content_block_delta", "delta", out, &w);
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
	messages_begin_block(s, "content_block_start", "content_block", out, &w);
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

cdt_status messages_put_piece(struct messages_stream *s, struct stream_part *p, cdt_str text,
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
		st = messages_put_piece(s, p, it->text, out);
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
		st = messages_put_piece(s, p, CDT_STR("{}"), out);
	else if (p->signature.first && !p->redacted.first)
		st = put_delta(s, "signature_delta", "signature", joined(x, &p->signature),
		               out);
	p->signature = (struct pieces){ NULL, NULL };
	return st == CDT_OK ? messages_put_block_stop(s->blocks - 1, out) : st;
}

/* --- parts: one is open, others wait --- */

struct stream_part *messages_part_find(struct messages_stream *s, const struct cdt_event *ev)
{
	struct stream_part *p = s->open;

	if (p && p->index == ev->index && (!ev->kind || p->kind == ev->kind))
		return p;
	for (p = s->first; p; p = p->next)
		if (p->index == ev->index && (!ev->kind || p->kind == ev->kind))
			return p;
	return NULL;
}

struct stream_part *messages_part_new(struct exchange *x, struct messages_stream *s,
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
cdt_status messages_go_on(struct exchange *x, struct messages_stream *s, struct buf *out)
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

/* Whatever is still open or waits ends here. */
cdt_status messages_finish_blocks(struct exchange *x, struct messages_stream *s,
                                  struct buf *out)
{
	cdt_status st;

	if (s->open)
		s->open->closed = true;
	for (struct stream_part *p = s->first; p; p = p->next)
		p->closed = true;
	st = messages_go_on(x, s, out);
	return st == CDT_OK ? close_block(x, s, out) : st;
}

cdt_status messages_put_empty(struct exchange *x, struct messages_stream *s, struct buf *out)
{
	struct stream_part nothing = { .kind = CDT_PART_TEXT };
	cdt_status st = open_block(x, s, &nothing, out);

	return st == CDT_OK ? close_block(x, s, out) : st;
}
