/* api/responses/item.c - output items from their beginning to their end, each step said; see
 * item.h.
 * SPDX-License-Identifier: MIT */
#include "api/responses/item.h"
#include "api/responses/say.h"
#include "base/str.h"

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

cdt_status item_sum_up(struct turn *t, struct turn_item *item)
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

cdt_status item_add_input(struct turn *t, struct turn_item *item, cdt_str more)
{
	cdt_status st = words_add(&t->x->arena, &item->input, more);

	if (st != CDT_OK || !more.n)
		return st;
	return say_text(t, item, "response.custom_tool_call_input.delta", "delta", more);
}

/* Of a custom tool: what is no map with an input is the input itself. */
static cdt_status close_custom(struct turn *t, struct turn_item *item)
{
	cdt_status st = CDT_OK;

	if (!item->reading.begun && !item->raw && !str_is(words_str(&item->text), "{}"))
		st = item_add_input(t, item, words_str(&item->text));
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
	if (st != CDT_OK || !event_about(t, &w, item, "response.function_call_arguments.done"))
		return st;
	jsonw_put_text(&w, "name", item->name);
	jsonw_put_text(&w, "arguments", words_str(&item->text));
	return event_end(t, &w);
}

cdt_status item_close(struct turn *t, struct turn_item *item)
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
static cdt_status close_words(struct turn *t)
{
	cdt_status st = CDT_OK;

	for (struct turn_item *i = t->items; st == CDT_OK && i; i = i->next)
		if (i->kind != CDT_PART_TOOL_CALL)
			st = item_close(t, i);
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

cdt_status item_new(struct turn *t, const struct cdt_event *ev, uint32_t kind,
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
	st = close_words(t);
	if (st != CDT_OK)
		return st;
	*t->last = item;
	t->last = &item->next;
	t->count++;
	*out = item;
	return say_item(t, item, "response.output_item.added");
}

struct turn_item *item_find(const struct turn *t, uint32_t kind, uint32_t index, bool any)
{
	struct turn_item *item = t->items;

	while (item && !(item->open && item->kind == kind && (any || item->index == index)))
		item = item->next;
	return item;
}

cdt_status item_part(struct turn *t, const struct cdt_event *ev, struct turn_item **item,
                     struct turn_part **part)
{
	struct turn_part *p = NULL;
	cdt_status st = CDT_OK;

	*item = item_find(t, CDT_PART_TEXT, 0, true);
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
