/* api/responses/stream.c - a provider's events as output items, and each step of them as an
 * event of the API: one output_index an item, stable ids, numbers without gaps.  A whole answer
 * is made the same way, unheard.
 * SPDX-License-Identifier: MIT */
#include "api/responses/item.h"
#include "api/responses/say.h"
#include "base/str.h"

static cdt_status on_words(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item;
	struct turn_part *part;
	cdt_status st = ev->data.n ? item_part(t, ev, &item, &part) : CDT_OK;

	if (st != CDT_OK || !ev->data.n)
		return st;
	st = words_add(&t->x->arena, &part->text, ev->data);
	return st == CDT_OK ? say_part_text(t, item, part, "delta", ev->data) : st;
}

static cdt_status on_thought(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item = item_find(t, CDT_PART_REASONING, ev->index, false);
	cdt_status st = CDT_OK;

	if (!item)
		st = item_new(t, ev, CDT_PART_REASONING, &item);
	if (st != CDT_OK)
		return st;
	if (str_is(ev->name, "redacted"))
		return words_add(&t->x->arena, &item->opaque, ev->data);
	st = item_sum_up(t, item);            /* a signature is of a text, be it empty */
	if (st != CDT_OK)
		return st;
	if (str_is(ev->name, "signature"))
		return words_add(&t->x->arena, &item->opaque, ev->data);
	st = words_add(&t->x->arena, &item->text, ev->data);
	return st == CDT_OK && ev->data.n
		? say_summary(t, item, "response.reasoning_summary_text.delta", "delta",
		              ev->data) : st;
}

static cdt_status on_arguments(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item = item_find(t, CDT_PART_TOOL_CALL, ev->index, false);
	cdt_status st;
	cdt_str more;

	if (!item)
		return CDT_E_UPSTREAM;         /* arguments of a call that never opened */
	st = words_add(&t->x->arena, &item->text, ev->data);
	if (st != CDT_OK || !ev->data.n)
		return st;
	if (!item->custom)
		return say_text(t, item, "response.function_call_arguments.delta", "delta",
		                ev->data);
	if (item->raw)
		return item_add_input(t, item, ev->data);
	more = custom_more(&item->reading, &t->x->arena, words_str(&item->text));
	return item_add_input(t, item, more);
}

static cdt_status on_picture(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item = item_find(t, CDT_PART_IMAGE, ev->index, false);
	cdt_status st = CDT_OK;

	if (!item)
		st = item_new(t, ev, CDT_PART_IMAGE, &item);
	return st == CDT_OK && !ev->name.n ? words_add(&t->x->arena, &item->text, ev->data)
	                                   : st;
}

static struct turn_part *last_part(const struct turn_item *item)
{
	struct turn_part *p = item ? item->parts : NULL;

	while (p && p->next)
		p = p->next;
	return p;
}

/* Chat has {"type":"url_citation","url_citation":{...}}, here it is flat. */
static void put_annotation(struct jsonw *w, cdt_val doc)
{
	cdt_val inner = cdt_get(doc, "url_citation"), v;
	cdt_str key;
	size_t it = 0;

	if (cdt_type(inner) != CDT_MAP) {
		jsonw_val(w, doc);
		return;
	}
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", "url_citation");
	while (inner.api->next(inner, &it, &key, &v)) {
		char name[64];

		if (key.n >= sizeof name)
			continue;
		for (size_t i = 0; i < key.n; i++)
			name[i] = key.p[i];
		name[key.n] = '\0';
		jsonw_put_val(w, name, v);
	}
	jsonw_close(w);
}

static struct turn_item *last_message(const struct turn *t)
{
	struct turn_item *last = NULL;

	for (struct turn_item *i = t->items; i; i = i->next)
		if (i->kind == CDT_PART_TEXT)
			last = i;
	return last;
}

/* Some come when their text has long ended: then the whole response has them, and no event. */
static cdt_status on_citation(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item = last_message(t);
	struct turn_part *p = last_part(item);
	struct jsonw w;
	struct buf json;
	cdt_status st;

	if (!p || !ev->doc.api || cdt_type(ev->doc) != CDT_MAP)
		return CDT_OK;
	buf_init(&json, 1 << 20);
	jsonw_init(&w, &json);
	put_annotation(&w, ev->doc);
	st = jsonw_status(&w);
	if (st == CDT_OK)
		st = words_add_value(&t->x->arena, &p->annotations, buf_str(&json));
	if (st == CDT_OK && item->open &&
	    event_about(t, &w, item, "response.output_text.annotation.added")) {
		jsonw_put_i64(&w, "content_index", p->number);
		jsonw_put_i64(&w, "annotation_index", p->annotation_count);
		jsonw_put_raw(&w, "annotation", buf_str(&json));
		st = event_end(t, &w);
	}
	p->annotation_count++;
	buf_fini(&json);
	return st;
}

/* Clients take no null for the bytes of a token: they are those of its text. */
static void put_token(struct jsonw *w, cdt_val token)
{
	cdt_str text = cdt_text(cdt_get(token, "token"));
	cdt_val bytes = cdt_get(token, "bytes");

	jsonw_put_text(w, "token", text);
	jsonw_put_val(w, "logprob", cdt_get(token, "logprob"));
	if (cdt_type(bytes) == CDT_LIST) {
		jsonw_put_val(w, "bytes", bytes);
		return;
	}
	jsonw_key(w, "bytes");
	jsonw_open(w, '[');
	for (size_t i = 0; i < text.n; i++)
		jsonw_i64(w, (uint8_t)text.p[i]);
	jsonw_close(w);
}

static void put_logprob(struct jsonw *w, cdt_val token)
{
	cdt_val others = cdt_get(token, "top_logprobs");

	jsonw_open(w, '{');
	put_token(w, token);
	jsonw_key(w, "top_logprobs");
	jsonw_open(w, '[');
	for (size_t i = 0; i < cdt_count(others); i++) {
		jsonw_open(w, '{');
		put_token(w, cdt_at(others, i));
		jsonw_close(w);
	}
	jsonw_close(w);
	jsonw_close(w);
}

/* Chat has them in a list of their own; here they are part of the text. */
static cdt_status on_logprobs(struct turn *t, const struct cdt_event *ev)
{
	struct turn_part *p = last_part(item_find(t, CDT_PART_TEXT, 0, true));
	cdt_val list = cdt_get(ev->doc, "content");
	size_t n = p && cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		struct jsonw w;
		struct buf json;

		buf_init(&json, 1 << 20);
		jsonw_init(&w, &json);
		put_logprob(&w, cdt_at(list, i));
		st = jsonw_status(&w);
		if (st == CDT_OK)
			st = words_add_value(&t->x->arena, &p->logprobs, buf_str(&json));
		buf_fini(&json);
	}
	return st;
}

static cdt_status on_delta(struct turn *t, const struct cdt_event *ev)
{
	switch (ev->kind) {
	case CDT_PART_TEXT:
	case CDT_PART_REFUSAL:
		return on_words(t, ev);
	case CDT_PART_REASONING:
		return on_thought(t, ev);
	case CDT_PART_TOOL_CALL:
		return on_arguments(t, ev);
	case CDT_PART_IMAGE:
		return on_picture(t, ev);
	case CDT_PART_CITATION:
		return on_citation(t, ev);
	default:
		return CDT_OK;
	}
}

static cdt_status on_open(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item;

	if (ev->kind == CDT_PART_TOOL_CALL)
		return item_new(t, ev, ev->kind, &item);
	return CDT_OK;                         /* others open when something is in them */
}

static cdt_status on_close(struct turn *t, const struct cdt_event *ev)
{
	cdt_status st = CDT_OK;

	for (struct turn_item *i = t->items; st == CDT_OK && i; i = i->next)
		if (i->open && i->index == ev->index && i->kind != CDT_PART_TEXT)
			st = item_close(t, i);
	return st;                             /* a message may get annotations yet */
}

static cdt_status first(struct turn *t)
{
	cdt_status st;

	if (t->begun)
		return CDT_OK;
	t->begun = true;
	st = say_response(t, "response.created", TURN_BEGINS);
	return st == CDT_OK ? say_response(t, "response.in_progress", TURN_BEGINS) : st;
}

cdt_status turn_feed(struct turn *t, const struct cdt_event *ev)
{
	cdt_status st = first(t);

	if (st != CDT_OK || ev->choice)
		return st;
	switch (ev->type) {
	case CDT_EV_OPEN:
		return on_open(t, ev);
	case CDT_EV_DELTA:
		return on_delta(t, ev);
	case CDT_EV_CLOSE:
		return on_close(t, ev);
	case CDT_EV_EXTRA:
		return str_is(ev->name, "logprobs") ? on_logprobs(t, ev) : CDT_OK;
	case CDT_EV_STOP:
		t->stop = ev->kind;
		return CDT_OK;
	default:
		return CDT_OK;
	}
}

cdt_status turn_finish(struct turn *t)
{
	bool cut = t->stop == CDT_STOP_LENGTH || t->stop == CDT_STOP_FILTER;
	cdt_status st = first(t);

	for (struct turn_item *i = t->items; st == CDT_OK && i; i = i->next) {
		i->cut |= i->open && cut;
		st = item_close(t, i);
	}
	return st;
}
