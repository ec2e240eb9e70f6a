/* api/responses/stream.c - a provider's events as output items, and each step of them as an
 * event of the API: one output_index an item, stable ids, numbers without gaps.  A whole answer
 * is made the same way, unheard.
 * SPDX-License-Identifier: MIT */
#include "api/responses/turn.h"
#include "base/str.h"

/* --- events --- */

/* False: nobody listens. */
static bool begin(struct turn *t, struct jsonw *w, const char *type)
{
	if (!t->out)
		return false;
	openai_sse_typed(t->out, w, type, true);
	jsonw_put_i64(w, "sequence_number", t->sequence++);
	return true;
}

static cdt_status end(struct turn *t, struct jsonw *w)
{
	jsonw_close(w);
	openai_sse_end(t->out);
	return jsonw_status(w);
}

static cdt_status say_response(struct turn *t, const char *type, enum turn_phase phase)
{
	struct jsonw w;

	if (!begin(t, &w, type))
		return CDT_OK;
	jsonw_key(&w, "response");
	turn_write(&w, t, phase);
	return end(t, &w);
}

static cdt_status say_item(struct turn *t, const struct turn_item *item, const char *type)
{
	struct jsonw w;

	if (!begin(t, &w, type))
		return CDT_OK;
	jsonw_put_i64(&w, "output_index", item->number);
	jsonw_key(&w, "item");
	turn_write_item(&w, item);
	return end(t, &w);
}

/* An event about an item; more is added, then end. */
static bool about(struct turn *t, struct jsonw *w, const struct turn_item *item,
                  const char *type)
{
	if (!begin(t, w, type))
		return false;
	jsonw_put_text(w, "item_id", item->id);
	jsonw_put_i64(w, "output_index", item->number);
	return true;
}

static cdt_status say_text(struct turn *t, const struct turn_item *item, const char *type,
                           const char *member, cdt_str text)
{
	struct jsonw w;

	if (!about(t, &w, item, type))
		return CDT_OK;
	jsonw_put_text(&w, member, text);
	return end(t, &w);
}

static cdt_status say_part(struct turn *t, const struct turn_item *item,
                           const struct turn_part *p, const char *type)
{
	struct jsonw w;

	if (!about(t, &w, item, type))
		return CDT_OK;
	jsonw_put_i64(&w, "content_index", p->number);
	jsonw_key(&w, "part");
	turn_write_part(&w, p, str_ends(str_z(type), "added"));
	return end(t, &w);
}

static cdt_status say_part_text(struct turn *t, const struct turn_item *item,
                                const struct turn_part *p, const char *member, cdt_str text)
{
	static const char *const types[2][2] = {
		{ "response.output_text.delta", "response.output_text.done" },
		{ "response.refusal.delta", "response.refusal.done" },
	};
	bool refusal = p->kind == CDT_PART_REFUSAL, done = !str_is(str_z(member), "delta");
	struct jsonw w;

	if (!about(t, &w, item, types[refusal][done]))
		return CDT_OK;
	jsonw_put_i64(&w, "content_index", p->number);
	jsonw_put_text(&w, member, text);
	if (!refusal) {
		jsonw_key(&w, "logprobs");
		jsonw_open(&w, '[');
		jsonw_close(&w);
	}
	return end(t, &w);
}

static cdt_status say_summary(struct turn *t, const struct turn_item *item, const char *type,
                              const char *member, cdt_str text)
{
	struct jsonw w;

	if (!about(t, &w, item, type))
		return CDT_OK;
	jsonw_put_i64(&w, "summary_index", 0);
	if (str_is(str_z(member), "part")) {
		jsonw_key(&w, "part");
		jsonw_open(&w, '{');
		jsonw_put_z(&w, "type", "summary_text");
		jsonw_put_text(&w, "text", text);
		jsonw_close(&w);
	} else {
		jsonw_put_text(&w, member, text);
	}
	return end(t, &w);
}

/* --- closing --- */

static cdt_status close_message(struct turn *t, struct turn_item *item)
{
	const struct turn_part *p = item->parts;
	cdt_status st;

	while (p && p->next)                           /* those before it are closed */
		p = p->next;
	if (!p)
		return CDT_OK;
	st = say_part_text(t, item, p, p->kind == CDT_PART_REFUSAL ? "refusal" : "text",
	                   words_str(&p->text));
	return st == CDT_OK ? say_part(t, item, p, "response.content_part.done") : st;
}

static cdt_status open_summary(struct turn *t, struct turn_item *item)
{
	if (item->summed)
		return CDT_OK;
	item->summed = true;
	return say_summary(t, item, "response.reasoning_summary_part.added", "part",
	                   CDT_STR(""));
}

static cdt_status close_reasoning(struct turn *t, struct turn_item *item)
{
	cdt_status st = CDT_OK;

	if (!item->summed)
		return st;
	st = say_summary(t, item, "response.reasoning_summary_text.done", "text",
	                 words_str(&item->text));
	return st == CDT_OK ? say_summary(t, item, "response.reasoning_summary_part.done",
	                                  "part", words_str(&item->text)) : st;
}

static cdt_status say_input(struct turn *t, struct turn_item *item, cdt_str more)
{
	cdt_status st = words_add(&t->x->arena, &item->input, more);

	if (st != CDT_OK || !more.n)
		return st;
	return say_text(t, item, "response.custom_tool_call_input.delta", "delta", more);
}

/* What is no map with an input is the input itself. */
static cdt_status close_custom(struct turn *t, struct turn_item *item)
{
	cdt_status st = CDT_OK;

	if (!item->reading.begun && !item->raw && !str_is(words_str(&item->text), "{}"))
		st = say_input(t, item, words_str(&item->text));
	return st == CDT_OK ? say_text(t, item, "response.custom_tool_call_input.done", "input",
	                               words_str(&item->input)) : st;
}

static cdt_status close_call(struct turn *t, struct turn_item *item)
{
	struct jsonw w;
	cdt_status st = CDT_OK;

	if (item->custom)
		return close_custom(t, item);
	if (!item->text.n && !item->cut) {
		st = words_add(&t->x->arena, &item->text, CDT_STR("{}"));
		if (st == CDT_OK)
			st = say_text(t, item, "response.function_call_arguments.delta",
			              "delta", CDT_STR("{}"));
	}
	if (st != CDT_OK || !about(t, &w, item, "response.function_call_arguments.done"))
		return st;
	jsonw_put_text(&w, "name", item->name);
	jsonw_put_text(&w, "arguments", words_str(&item->text));
	return end(t, &w);
}

static cdt_status close_item(struct turn *t, struct turn_item *item)
{
	cdt_status st = CDT_OK;

	if (!item->open)
		return st;
	if (item->kind == CDT_PART_TEXT)
		st = close_message(t, item);
	else if (item->kind == CDT_PART_REASONING)
		st = close_reasoning(t, item);
	else if (item->kind == CDT_PART_TOOL_CALL)
		st = close_call(t, item);
	item->open = false;
	return st == CDT_OK ? say_item(t, item, "response.output_item.done") : st;
}

/* Words and thoughts end where something else begins; calls may overlap. */
static cdt_status close_words(struct turn *t, const struct turn_item *but)
{
	cdt_status st = CDT_OK;

	for (struct turn_item *i = t->items; st == CDT_OK && i; i = i->next)
		if (i != but && i->kind != CDT_PART_TOOL_CALL)
			st = close_item(t, i);
	return st;
}

/* --- opening --- */

static const struct { uint32_t kind; const char *prefix; } prefixes[] = {
	{ CDT_PART_TEXT, "msg" }, { CDT_PART_REASONING, "rs" },
	{ CDT_PART_IMAGE, "ig" }, { CDT_PART_TOOL_CALL, "fc" },
};

static const char *prefix_of(const struct turn_item *item)
{
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (prefixes[i].kind == item->kind)
			return item->custom ? "ctc" : prefixes[i].prefix;
	return "item";
}

static cdt_status name_call(struct turn *t, struct turn_item *item, const struct cdt_event *ev)
{
	const struct responses_ask *ask = responses_ask_of(t->x);
	const struct responses_tool *tool = responses_tool_find(ask, ev->name);
	struct arena *a = &t->x->arena;

	item->name = tool ? tool->name : arena_str(a, ev->name);
	item->space = tool ? tool->space : CDT_STR("");
	item->custom = (tool && tool->custom) || str_is(ev->data, "custom");
	item->raw = str_is(ev->data, "custom");
	item->call_id = ev->id.n ? arena_str(a, ev->id)
	                         : arena_print(a, "call_%.*s_%u", STR_ARG(ask->stem),
	                                       item->number);
	return item->name.p && item->call_id.p ? CDT_OK : CDT_E_LIMIT;
}

static cdt_status item_new(struct turn *t, const struct cdt_event *ev, uint32_t kind,
                           struct turn_item **out)
{
	struct turn_item *item = t->count < TURN_ITEMS_MAX
		? arena_take(&t->x->arena, sizeof *item) : NULL;
	cdt_status st = CDT_OK;

	if (!item)
		return CDT_E_LIMIT;
	item->kind = kind;
	item->index = ev->index;
	item->number = t->count;
	item->open = true;
	item->last_part = &item->parts;
	if (kind == CDT_PART_TOOL_CALL)
		st = name_call(t, item, ev);
	item->id = arena_print(&t->x->arena, "%s_%.*s_%u", prefix_of(item),
	                       STR_ARG(responses_ask_of(t->x)->stem), item->number);
	if (st != CDT_OK || !item->id.p)
		return CDT_E_LIMIT;
	st = close_words(t, NULL);
	if (st != CDT_OK)
		return st;
	*t->last = item;
	t->last = &item->next;
	t->count++;
	*out = item;
	return say_item(t, item, "response.output_item.added");
}

static struct turn_item *open_item(const struct turn *t, uint32_t kind, uint32_t index,
                                   bool any)
{
	struct turn_item *item = t->items;

	while (item && !(item->open && item->kind == kind && (any || item->index == index)))
		item = item->next;
	return item;
}

/* The message's part of that number and kind, opened where there is none. */
static cdt_status part_of(struct turn *t, const struct cdt_event *ev, struct turn_item **item,
                          struct turn_part **part)
{
	struct turn_part *p = NULL;
	cdt_status st = CDT_OK;

	*item = open_item(t, CDT_PART_TEXT, 0, true);
	if (!*item)
		st = item_new(t, ev, CDT_PART_TEXT, item);
	if (st != CDT_OK)
		return st;
	for (p = (*item)->parts; p && p->next; p = p->next)
		;
	if (p && p->index == ev->index && p->kind == ev->kind) {
		*part = p;
		return CDT_OK;
	}
	if (p)
		st = close_message(t, *item);
	p = (*item)->part_count < TURN_PARTS_MAX ? arena_take(&t->x->arena, sizeof *p) : NULL;
	if (st != CDT_OK || !p)
		return st == CDT_OK ? CDT_E_LIMIT : st;
	p->kind = ev->kind;
	p->index = ev->index;
	p->number = (*item)->part_count++;
	*(*item)->last_part = p;
	(*item)->last_part = &p->next;
	*part = p;
	return say_part(t, *item, p, "response.content_part.added");
}

/* --- deltas --- */

static cdt_status on_words(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item;
	struct turn_part *part;
	cdt_status st = ev->data.n ? part_of(t, ev, &item, &part) : CDT_OK;

	if (st != CDT_OK || !ev->data.n)
		return st;
	st = words_add(&t->x->arena, &part->text, ev->data);
	return st == CDT_OK ? say_part_text(t, item, part, "delta", ev->data) : st;
}

static cdt_status on_thought(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item = open_item(t, CDT_PART_REASONING, ev->index, false);
	cdt_status st = CDT_OK;

	if (!item)
		st = item_new(t, ev, CDT_PART_REASONING, &item);
	if (st != CDT_OK)
		return st;
	if (str_is(ev->name, "redacted"))
		return words_add(&t->x->arena, &item->opaque, ev->data);
	st = open_summary(t, item);            /* a signature is of a text, be it empty */
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
	struct turn_item *item = open_item(t, CDT_PART_TOOL_CALL, ev->index, false);
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
		return say_input(t, item, ev->data);
	more = custom_more(&item->reading, &t->x->arena, words_str(&item->text));
	return say_input(t, item, more);
}

static cdt_status on_picture(struct turn *t, const struct cdt_event *ev)
{
	struct turn_item *item = open_item(t, CDT_PART_IMAGE, ev->index, false);
	cdt_status st = CDT_OK;

	if (!item)
		st = item_new(t, ev, CDT_PART_IMAGE, &item);
	return st == CDT_OK && !ev->name.n ? words_add(&t->x->arena, &item->text, ev->data)
	                                   : st;
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
	struct turn_part *p = item ? item->parts : NULL;
	struct jsonw w;
	struct buf json;
	cdt_status st;

	while (p && p->next)
		p = p->next;
	if (!p || !ev->doc.api || cdt_type(ev->doc) != CDT_MAP)
		return CDT_OK;
	buf_init(&json, 1 << 20);
	jsonw_init(&w, &json);
	put_annotation(&w, ev->doc);
	st = jsonw_status(&w);
	if (st == CDT_OK && p->annotation_count)
		st = words_add(&t->x->arena, &p->annotations, CDT_STR(","));
	if (st == CDT_OK)
		st = words_add(&t->x->arena, &p->annotations, buf_str(&json));
	if (st == CDT_OK && item->open &&
	    about(t, &w, item, "response.output_text.annotation.added")) {
		jsonw_put_i64(&w, "content_index", p->number);
		jsonw_put_i64(&w, "annotation_index", p->annotation_count);
		jsonw_put_raw(&w, "annotation", buf_str(&json));
		st = end(t, &w);
	}
	p->annotation_count++;
	buf_fini(&json);
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
			st = close_item(t, i);
	return st;                             /* a message may get annotations yet */
}

/* --- the door --- */

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
		i->cut = i->open && cut;
		st = close_item(t, i);
	}
	return st;
}
