/* check/fake_sink.c - takes the events of one answer and checks their grammar.  How they are
 * shown is in fake_show.c.
 * SPDX-License-Identifier: MIT */
#include "check/fake_sink.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "canon/answer.h"

enum { WORD_MAX_BYTES = 64 << 10, TEXT_MAX_BYTES = 64 << 20, WRONG_MAX_BYTES = 4096 };

static void wrong(struct fake_sink *s, const char *what, const struct cdt_event *ev)
{
	if (s->wrong.n < WRONG_MAX_BYTES / 2)
		buf_print(&s->wrong, "%s (event %u type %u choice %u index %u)\n", what,
		          s->events, ev->type, ev->choice, ev->index);
}

static void set(struct buf *b, cdt_str s)
{
	buf_clear(b);
	buf_add(b, s);
}

/* Makes room for one at `at` in a list of count pointers. */
static void *insert(void *list, size_t count, size_t at)
{
	void **grown = mem_resize(list, (count + 1) * sizeof *grown);

	memmove(grown + at + 1, grown + at, (count - at) * sizeof *grown);
	return grown;
}

static struct fake_choice *choice_new(struct fake_sink *s, uint32_t number, size_t at)
{
	struct fake_choice *c = mem_new(sizeof *c);

	c->number = number;
	buf_init(&c->word, WORD_MAX_BYTES);
	s->choice = insert(s->choice, s->choice_count++, at);
	s->choice[at] = c;
	return c;
}

static struct fake_part *part_new(struct fake_choice *c, uint32_t index, size_t at)
{
	struct fake_part *p = mem_new(sizeof *p);

	p->index = index;
	buf_init(&p->id, WORD_MAX_BYTES);
	buf_init(&p->name, WORD_MAX_BYTES);
	buf_init(&p->text, TEXT_MAX_BYTES);
	buf_init(&p->other, TEXT_MAX_BYTES);
	c->part = insert(c->part, c->part_count++, at);
	c->part[at] = p;
	return p;
}

static size_t find_choice(const struct fake_sink *s, uint32_t number)
{
	size_t at = 0;

	while (at < s->choice_count && s->choice[at]->number < number)
		at++;
	return at;
}

/* Indexes ascend in nearly all answers, so the search begins at the end. */
static size_t find_part(const struct fake_choice *c, uint32_t index)
{
	size_t at = c->part_count;

	while (at && c->part[at - 1]->index >= index)
		at--;
	return at;
}

const struct fake_choice *fake_sink_choice(const struct fake_sink *s, uint32_t number)
{
	size_t at = find_choice(s, number);

	return at < s->choice_count && s->choice[at]->number == number ? s->choice[at] : NULL;
}

const struct fake_part *fake_sink_part(const struct fake_sink *s, uint32_t choice,
                                       uint32_t index)
{
	const struct fake_choice *c = fake_sink_choice(s, choice);
	size_t at = c ? find_part(c, index) : 0;

	return c && at < c->part_count && c->part[at]->index == index ? c->part[at] : NULL;
}

/* NULL: the gateway takes no more of them. */
static struct fake_choice *choice_at(struct fake_sink *s, uint32_t number)
{
	size_t at = find_choice(s, number);

	if (at < s->choice_count && s->choice[at]->number == number)
		return s->choice[at];
	return number < FAKE_CHOICES_MAX ? choice_new(s, number, at) : NULL;
}

static struct fake_part *part_at(struct fake_choice *c, uint32_t index)
{
	size_t at;

	if (c->last && c->last->index == index)
		return c->last;
	at = find_part(c, index);
	if (at < c->part_count && c->part[at]->index == index)
		return c->last = c->part[at];
	return c->last = c->part_count < FAKE_PARTS_MAX ? part_new(c, index, at) : NULL;
}

static void on_open(struct fake_sink *s, struct fake_part *p, const struct cdt_event *ev)
{
	if (p->state)
		wrong(s, "a part opened twice", ev);
	if (ev->kind == CDT_PART_TOOL_CALL && (!ev->id.n || !ev->name.n))
		wrong(s, "a call without id or name", ev);
	p->state = FAKE_OPEN;
	p->kind = ev->kind;
	set(&p->id, ev->id);
	set(&p->name, ev->name);
}

static bool is_opaque(cdt_str name)
{
	return str_is(name, "signature") || str_is(name, "redacted");
}

static void on_delta(struct fake_sink *s, struct fake_part *p, const struct cdt_event *ev)
{
	if (p->state == FAKE_CLOSED)
		wrong(s, "a piece for a closed part", ev);
	if (!p->state) {
		p->state = FAKE_IMPLIED;
		p->kind = ev->kind;
	}
	if (p->kind != ev->kind)
		wrong(s, "a piece of another kind", ev);
	if (p->state == FAKE_IMPLIED && ev->kind == CDT_PART_TOOL_CALL)
		wrong(s, "arguments of a call that was not opened", ev);
	if (!ev->data.n && !ev->doc.api)
		wrong(s, "an empty piece", ev);
	if (ev->kind == CDT_PART_CITATION &&
	    (!ev->doc.api || !cdt_text(cdt_get(ev->doc, "type")).n))
		wrong(s, "a citation that is no annotation", ev);
	if (ev->kind == CDT_PART_REASONING && ev->name.n && !is_opaque(ev->name))
		wrong(s, "a piece of reasoning of an unknown name", ev);
	p->pieces++;
	if (ev->name.n)
		buf_print(&p->other, "[%.*s %.*s]", STR_ARG(ev->name), STR_ARG(ev->data));
	else if (ev->doc.api)
		buf_add(&p->other, ev->doc.api->raw(ev->doc));
	else
		buf_add(&p->text, ev->data);
}

static void on_stop(struct fake_sink *s, struct fake_choice *c, const struct cdt_event *ev)
{
	for (size_t i = 0; i < c->part_count; i++)
		if (c->part[i]->state == FAKE_OPEN)
			wrong(s, "stopped with an open part", ev);
	if (ev->kind < CDT_STOP_END || ev->kind > CDT_STOP_OTHER)
		wrong(s, "an unknown kind of stop", ev);
	c->stop = ev->kind;
	set(&c->word, ev->data);
}

static cdt_status in_choice(struct fake_sink *s, const struct cdt_event *ev)
{
	struct fake_choice *c = choice_at(s, ev->choice);
	struct fake_part *p;

	if (!c)
		return CDT_E_LIMIT;
	if (c->stop) {
		wrong(s, "something after the stop", ev);
		return CDT_OK;
	}
	if (ev->type == CDT_EV_STOP) {
		on_stop(s, c, ev);
		return CDT_OK;
	}
	p = part_at(c, ev->index);
	if (!p)
		return CDT_E_LIMIT;
	if (ev->type == CDT_EV_OPEN)
		on_open(s, p, ev);
	else if (ev->type == CDT_EV_DELTA)
		on_delta(s, p, ev);
	else if (p->state != FAKE_OPEN)
		wrong(s, "a part closed that is not open", ev);
	else
		p->state = FAKE_CLOSED;
	return CDT_OK;
}

static void on_start(struct fake_sink *s, const struct cdt_event *ev)
{
	if (s->starts++)
		wrong(s, "a second start", ev);
	if (s->events > 1)
		wrong(s, "start is not first", ev);
	set(&s->id, ev->id);
	set(&s->model, ev->name);
}

static void on_usage(struct fake_sink *s, const struct cdt_event *ev)
{
	/* Plugins of older headers have fewer of them. */
	if (!ev->usage || !CDT_HAS(struct cdt_usage, ev->usage, cost_nanousd))
		wrong(s, "usage without numbers", ev);
	else
		usage_copy(&s->usage, ev->usage);
	s->usages++;
}

static void on_extra(struct fake_sink *s, const struct cdt_event *ev)
{
	if (!ev->name.n || !ev->doc.api) {
		wrong(s, "an extra without name or document", ev);
		return;
	}
	if (ev->choice)
		buf_print(&s->extras, "%u ", ev->choice);
	buf_print(&s->extras, "extra %.*s %.*s\n", STR_ARG(ev->name),
	          STR_ARG(ev->doc.api->raw(ev->doc)));
}

static cdt_status sink_emit(struct cdt_sink *abi, const struct cdt_event *ev)
{
	struct fake_sink *s = (struct fake_sink *)(void *)abi;

	s->events++;
	if (s->abort_at && s->events > s->abort_at)
		wrong(s, "went on after an abort", ev);
	if (s->abort_at && s->events >= s->abort_at)
		return CDT_E_ABORTED;
	if (ev->size != sizeof *ev)
		wrong(s, "an event without its size", ev);
	switch (ev->type) {
	case CDT_EV_START: on_start(s, ev); break;
	case CDT_EV_USAGE: on_usage(s, ev); break;
	case CDT_EV_EXTRA: on_extra(s, ev); break;
	case CDT_EV_OPEN: case CDT_EV_DELTA: case CDT_EV_CLOSE: case CDT_EV_STOP:
		return in_choice(s, ev);
	default: wrong(s, "an unknown event", ev); break;
	}
	return CDT_OK;
}

void fake_sink_init(struct fake_sink *s)
{
	static const struct cdt_sink_api api = { .size = sizeof api, .emit = sink_emit };

	*s = (struct fake_sink){ .abi = { &api }, .usage = CDT_USAGE_INIT };
	buf_init(&s->id, WORD_MAX_BYTES);
	buf_init(&s->model, WORD_MAX_BYTES);
	buf_init(&s->extras, TEXT_MAX_BYTES);
	buf_init(&s->wrong, WRONG_MAX_BYTES);
	buf_init(&s->shown, TEXT_MAX_BYTES);
}

static void part_free(struct fake_part *p)
{
	buf_fini(&p->id);
	buf_fini(&p->name);
	buf_fini(&p->text);
	buf_fini(&p->other);
	mem_free(p);
}

static void choice_free(struct fake_choice *c)
{
	for (size_t i = 0; i < c->part_count; i++)
		part_free(c->part[i]);
	mem_free(c->part);
	buf_fini(&c->word);
	mem_free(c);
}

void fake_sink_fini(struct fake_sink *s)
{
	for (size_t i = 0; i < s->choice_count; i++)
		choice_free(s->choice[i]);
	mem_free(s->choice);
	buf_fini(&s->id);
	buf_fini(&s->model);
	buf_fini(&s->extras);
	buf_fini(&s->wrong);
	buf_fini(&s->shown);
}

static void end_choice(struct fake_sink *s, const struct fake_choice *c)
{
	struct cdt_event at = { .choice = c->number };

	if (!c->stop)
		wrong(s, "a choice that did not end", &at);
}

void fake_sink_end(struct fake_sink *s)
{
	struct cdt_event none = { .type = 0 };

	for (size_t i = 0; i < s->choice_count; i++)
		end_choice(s, s->choice[i]);
	if (!s->choice_count)
		wrong(s, "no choice at all", &none);
}
