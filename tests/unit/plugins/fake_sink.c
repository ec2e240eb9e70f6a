/* unit/plugins/fake_sink.c - checks the grammar of canonical events and collects what they say;
 * feeds recorded answers.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { TEXT_MAX = 16 << 20 };
enum { UNSEEN, IMPLIED, OPEN, CLOSED };

static const char *const kinds[] = {
	"?", "text", "reasoning", "call", "refusal", "image", "audio", "citation", "vector",
};
static const char *const stops[] = {
	"?", "end", "length", "tool", "filter", "sequence", "refusal", "pause", "other",
};

static void wrong(struct fake_sink *s, const char *what, const struct cdt_event *ev)
{
	if (s->wrong.n < 2000)
		buf_print(&s->wrong, "%s (event %u type %u choice %u index %u)\n", what,
		          s->events, ev->type, ev->choice, ev->index);
}

static void set(struct buf *b, cdt_str s)
{
	buf_clear(b);
	buf_add(b, s);
}

static struct fake_choice *choice_at(struct fake_sink *s, uint32_t index)
{
	struct fake_choice *c;

	if (index >= FAKE_CHOICES_MAX)
		abort();
	if (s->choice[index])
		return s->choice[index];
	c = s->choice[index] = mem_new(sizeof *c);
	buf_init(&c->word, 1024);
	for (size_t i = 0; i < FAKE_PARTS_MAX; i++) {
		buf_init(&c->part[i].id, 1024);
		buf_init(&c->part[i].name, 1024);
		buf_init(&c->part[i].text, TEXT_MAX);
		buf_init(&c->part[i].other, TEXT_MAX);
	}
	return c;
}

static void on_open(struct fake_sink *s, struct fake_part *p, const struct cdt_event *ev)
{
	if (p->state != UNSEEN)
		wrong(s, "a part opened twice", ev);
	if (ev->kind == CDT_PART_TOOL_CALL && (!ev->id.n || !ev->name.n))
		wrong(s, "a call without id or name", ev);
	p->state = OPEN;
	p->kind = ev->kind;
	set(&p->id, ev->id);
	set(&p->name, ev->name);
}

static void on_delta(struct fake_sink *s, struct fake_part *p, const struct cdt_event *ev)
{
	if (p->state == CLOSED)
		wrong(s, "a piece for a closed part", ev);
	if (p->state == UNSEEN) {
		p->state = IMPLIED;
		p->kind = ev->kind;
	}
	if (p->kind != ev->kind)
		wrong(s, "a piece of another kind", ev);
	if (!ev->data.n && !ev->doc.api)
		wrong(s, "an empty piece", ev);
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
	for (size_t i = 0; i < FAKE_PARTS_MAX; i++)
		if (c->part[i].state == OPEN)
			wrong(s, "stopped with an open part", ev);
	if (ev->kind < CDT_STOP_END || ev->kind > CDT_STOP_OTHER)
		wrong(s, "an unknown kind of stop", ev);
	c->stop = ev->kind;
	set(&c->word, ev->data);
}

static void in_choice(struct fake_sink *s, const struct cdt_event *ev)
{
	struct fake_choice *c = choice_at(s, ev->choice);
	struct fake_part *p;

	if (c->stop) {
		wrong(s, "something after the stop", ev);
		return;
	}
	if (ev->type == CDT_EV_STOP) {
		on_stop(s, c, ev);
		return;
	}
	if (ev->index >= FAKE_PARTS_MAX) {
		wrong(s, "too many parts for the test", ev);
		return;
	}
	p = &c->part[ev->index];
	if (ev->type == CDT_EV_OPEN)
		on_open(s, p, ev);
	else if (ev->type == CDT_EV_DELTA)
		on_delta(s, p, ev);
	else if (p->state != OPEN)
		wrong(s, "a part closed that is not open", ev);
	else
		p->state = CLOSED;
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
	if (!ev->usage || ev->usage->size != sizeof *ev->usage)
		wrong(s, "usage without numbers", ev);
	else
		s->usage = *ev->usage;
	s->usages++;
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
	case CDT_EV_EXTRA:
		if (!ev->name.n || !ev->doc.api)
			wrong(s, "an extra without name or document", ev);
		buf_print(&s->extras, "%.*s ", STR_ARG(ev->name));
		break;
	case CDT_EV_OPEN: case CDT_EV_DELTA: case CDT_EV_CLOSE: case CDT_EV_STOP:
		in_choice(s, ev);
		break;
	default: wrong(s, "an unknown event", ev); break;
	}
	return CDT_OK;
}

void fake_sink_init(struct fake_sink *s)
{
	static const struct cdt_sink_api api = { .size = sizeof api, .emit = sink_emit };

	*s = (struct fake_sink){ .abi = { &api }, .usage = CDT_USAGE_INIT };
	buf_init(&s->id, 4096);
	buf_init(&s->model, 4096);
	buf_init(&s->extras, TEXT_MAX);
	buf_init(&s->wrong, 4096);
	buf_init(&s->shown, TEXT_MAX);
}

static void choice_free(struct fake_choice *c)
{
	for (size_t i = 0; c && i < FAKE_PARTS_MAX; i++) {
		buf_fini(&c->part[i].id);
		buf_fini(&c->part[i].name);
		buf_fini(&c->part[i].text);
		buf_fini(&c->part[i].other);
	}
	if (c)
		buf_fini(&c->word);
	mem_free(c);
}

void fake_sink_fini(struct fake_sink *s)
{
	for (size_t i = 0; i < FAKE_CHOICES_MAX; i++)
		choice_free(s->choice[i]);
	buf_fini(&s->id);
	buf_fini(&s->model);
	buf_fini(&s->extras);
	buf_fini(&s->wrong);
	buf_fini(&s->shown);
}

void fake_sink_end(struct fake_sink *s)
{
	struct cdt_event none = { .type = 0 };
	size_t seen = 0;

	for (uint32_t i = 0; i < FAKE_CHOICES_MAX; i++) {
		seen += s->choice[i] != NULL;
		none.choice = i;
		if (s->choice[i] && !s->choice[i]->stop)
			wrong(s, "a choice that did not end", &none);
	}
	if (!seen)
		wrong(s, "no choice at all", &none);
}

static void show_part(struct buf *b, uint32_t c, uint32_t i, const struct fake_part *p)
{
	buf_print(b, "%u.%u %s", c, i, p->kind < sizeof kinds / sizeof *kinds ? kinds[p->kind]
	                                                                       : "?");
	if (p->id.n || p->name.n)
		buf_print(b, " %.*s %.*s", STR_ARG(p->id), STR_ARG(p->name));
	buf_add_z(b, ":");
	if (p->text.n)
		buf_print(b, " %.*s", STR_ARG(p->text));
	if (p->other.n)
		buf_print(b, " %.*s", STR_ARG(p->other));
	buf_add_c(b, '\n');
}

static void show_usage(struct buf *b, const struct cdt_usage *u)
{
	buf_print(b, "usage %lld %lld", (long long)u->input, (long long)u->output);
	if (u->cache_read >= 0)
		buf_print(b, " cached=%lld", (long long)u->cache_read);
	if (u->cache_write >= 0)
		buf_print(b, " written=%lld", (long long)u->cache_write);
	if (u->reasoning >= 0)
		buf_print(b, " reasoning=%lld", (long long)u->reasoning);
	buf_add_c(b, '\n');
}

cdt_str fake_sink_show(struct fake_sink *s)
{
	struct buf *b = &s->shown;

	buf_clear(b);
	if (s->starts)
		buf_print(b, "start %.*s %.*s\n", STR_ARG(s->id), STR_ARG(s->model));
	for (uint32_t c = 0; c < FAKE_CHOICES_MAX; c++) {
		const struct fake_choice *choice = s->choice[c];

		for (uint32_t i = 0; choice && i < FAKE_PARTS_MAX; i++)
			if (choice->part[i].state)
				show_part(b, c, i, &choice->part[i]);
		if (choice && choice->stop)
			buf_print(b, "%u stop %s %.*s\n", c, stops[choice->stop],
			          STR_ARG(choice->word));
	}
	if (s->usages)
		show_usage(b, &s->usage);
	if (s->extras.n)
		buf_print(b, "extra %.*s\n", STR_ARG(s->extras));
	return buf_str(b);
}

cdt_str fake_sink_text(struct fake_sink *s, uint32_t choice, uint32_t kind)
{
	const struct fake_choice *c = s->choice[choice];

	buf_clear(&s->shown);
	for (size_t i = 0; c && i < FAKE_PARTS_MAX; i++)
		if (c->part[i].state && c->part[i].kind == kind)
			buf_add(&s->shown, buf_str(&c->part[i].text));
	return buf_str(&s->shown);
}

static cdt_status feed_one(const struct cdt_provider_ops *ops, void *self, struct fake_call *c,
                           struct fake_sink *s, const struct cdt_frame *frame)
{
	/* A block of its own, so that a byte too far is seen. */
	char *copy = mem_text(frame->data.p, frame->data.n);
	struct cdt_frame f = *frame;
	cdt_status st;

	copy = mem_resize(copy, frame->data.n ? frame->data.n : 1);
	f.size = sizeof f;
	f.data.p = copy;
	st = ops->frame(self, &c->abi, &f, &s->abi);
	fake_call_step(c);
	mem_free(copy);
	return st;
}

/* One line of a stream: *event is the last "event:" line. */
static cdt_status feed_line(const struct cdt_provider_ops *ops, void *self,
                            struct fake_call *c, struct fake_sink *s,
                            struct cdt_frame *frame)
{
	cdt_str line = frame->data;

	if (str_starts(line, "event:")) {
		frame->event = str_trim(str_skip(line, 6));
		return CDT_OK;
	}
	if (str_starts(line, "data:"))
		frame->data = str_trim(str_skip(line, 5));
	else if (!str_starts(line, "{"))
		return CDT_OK;
	if (str_is(frame->data, "[DONE]"))
		return CDT_OK;
	return feed_one(ops, self, c, s, frame);
}

cdt_status fake_feed(const struct cdt_provider_ops *ops, void *self, struct fake_call *c,
                     struct fake_sink *s, const char *name, cdt_str bytes)
{
	struct cdt_frame frame = { .data = bytes, .event = CDT_STR("") };
	cdt_status st = CDT_OK;

	if (str_ends(str_z(name), ".json"))
		st = feed_one(ops, self, c, s, &frame);
	else
		while (st == CDT_OK && bytes.n) {
			frame.data = str_trim(str_cut(&bytes, '\n'));
			st = feed_line(ops, self, c, s, &frame);
		}
	if (st == CDT_OK && ops->finish)
		st = ops->finish(self, &c->abi, &s->abi);
	fake_call_step(c);
	return st;
}

cdt_str fake_read(const char *path)
{
	const char *dir = getenv("CONDUIT_SRCDIR");
	char full[512];
	struct buf b;
	size_t got = 1;
	FILE *f;

	(void)snprintf(full, sizeof full, "%s/%s", dir ? dir : ".", path);
	f = fopen(*path == '/' ? path : full, "rb");
	if (!f)
		return (cdt_str){ NULL, 0 };
	buf_init(&b, TEXT_MAX);
	while (got && buf_reserve(&b, 65536) == CDT_OK) {
		got = fread(b.p + b.n, 1, 65536, f);
		b.n += got;
	}
	(void)fclose(f);                           /* was only read */
	return buf_str(&b);
}
