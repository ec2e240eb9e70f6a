/* unit/plugins/anthropic_sink.c - takes the events of one answer and checks their grammar.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/anthropic_host.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonscan.h"
#include "base/str.h"
#include "unit/plugins/anthropic_sink.h"

enum { PART_TEXT_MAX = 1 << 20 };

static void breach(struct seen *s, const char *what)
{
	if (!s->wrong)
		s->wrong = what;
}

static struct seen_part *find(struct seen *s, uint32_t index)
{
	for (size_t i = 0; i < s->part_count; i++)
		if (s->part[i].index == index)
			return &s->part[i];
	return NULL;
}

static struct seen_part *add(struct seen *s, const struct cdt_event *ev)
{
	struct seen_part *p;

	if (s->part_count == TRIAL_PARTS_MAX) {
		breach(s, "too many parts");
		return NULL;
	}
	p = &s->part[s->part_count++];
	p->index = ev->index;
	p->kind = ev->kind;
	p->open = true;
	buf_init(&p->text, PART_TEXT_MAX);
	buf_init(&p->signature, PART_TEXT_MAX);
	buf_init(&p->redacted, PART_TEXT_MAX);
	(void)snprintf(p->id, sizeof p->id, "%.*s", STR_ARG(ev->id));
	(void)snprintf(p->name, sizeof p->name, "%.*s", STR_ARG(ev->name));
	return p;
}

static void on_start(struct seen *s, const struct cdt_event *ev)
{
	if (s->events != 1)
		breach(s, "START is not the first event");
	s->starts++;
	(void)snprintf(s->id, sizeof s->id, "%.*s", STR_ARG(ev->id));
	(void)snprintf(s->model, sizeof s->model, "%.*s", STR_ARG(ev->name));
}

static void on_open(struct seen *s, const struct cdt_event *ev)
{
	if (find(s, ev->index))
		breach(s, "OPEN of an index that was used");
	else if (ev->kind == CDT_PART_TOOL_CALL && (!ev->id.n || !ev->name.n))
		breach(s, "a tool call without id or name");
	else
		(void)add(s, ev);
}

/* The document must read back as an annotation. */
static bool is_annotation(cdt_val doc)
{
	cdt_val c = cdt_get(doc, "url_citation");

	return str_is(cdt_text(cdt_get(doc, "type")), "url_citation")
	       && cdt_text(cdt_get(c, "url")).n
	       && cdt_i64(cdt_get(c, "start_index"), -1) >= 0
	       && cdt_i64(cdt_get(c, "end_index"), -1)
	          > cdt_i64(cdt_get(c, "start_index"), -1);
}

static void on_delta(struct seen *s, const struct cdt_event *ev)
{
	struct seen_part *p = find(s, ev->index);
	cdt_val place;

	if (!p)
		p = add(s, ev);
	if (!p)
		return;
	place = ev->doc.api ? cdt_get(ev->doc, "url_citation") : ev->doc;
	if (p->closed)
		breach(s, "DELTA after CLOSE");
	if (p->kind != ev->kind)
		breach(s, "DELTA of another kind than its OPEN");
	if (ev->kind == CDT_PART_CITATION) {
		if (!is_annotation(ev->doc))
			breach(s, "a citation that is no annotation");
		p->citations++;
		p->begins = cdt_i64(cdt_get(place, "start_index"), -1);
		p->ends = cdt_i64(cdt_get(place, "end_index"), -1);
	} else if (!ev->data.n) {
		breach(s, "an empty DELTA");
	}
	if (str_is(ev->name, "signature"))
		buf_add(&p->signature, ev->data);
	else if (str_is(ev->name, "redacted"))
		buf_add(&p->redacted, ev->data);
	else
		buf_add(&p->text, ev->data);
}

static void on_close(struct seen *s, const struct cdt_event *ev)
{
	struct seen_part *p = find(s, ev->index);

	if (!p || p->closed)
		breach(s, "CLOSE without OPEN");
	else
		p->closed = true;
}

static void on_usage(struct seen *s, const struct cdt_event *ev)
{
	if (!ev->usage || ev->usage->size != sizeof s->usage) {
		breach(s, "USAGE without usage");
		return;
	}
	s->usages++;
	s->usage = *ev->usage;
}

static void on_stop(struct seen *s, const struct cdt_event *ev)
{
	s->stops++;
	s->stop = ev->kind;
	(void)snprintf(s->word, sizeof s->word, "%.*s", STR_ARG(ev->data));
	if (ev->kind < CDT_STOP_END || ev->kind > CDT_STOP_OTHER)
		breach(s, "STOP of no kind");
}

static void on_extra(struct seen *s, const struct cdt_event *ev)
{
	s->extras++;
	if (!ev->name.n || !ev->doc.api)
		breach(s, "EXTRA without name or document");
}

static cdt_status emit(struct cdt_sink *sink, const struct cdt_event *ev)
{
	static void (*const run[])(struct seen *, const struct cdt_event *) = {
		NULL, on_start, on_open, on_delta, on_close, on_usage, on_stop, on_extra,
	};
	struct seen *s = (struct seen *)(void *)sink;

	s->events++;
	if (s->fail_at && s->events > s->fail_at)
		breach(s, "emit was called again after it failed");
	if (s->fail_at && s->events >= s->fail_at)
		return CDT_E_ABORTED;
	if (ev->size != sizeof *ev || ev->type < CDT_EV_START || ev->type > CDT_EV_EXTRA) {
		breach(s, "an event of no type or size");
		return CDT_OK;
	}
	if (!s->native && s->events == 1 && ev->type != CDT_EV_START)
		breach(s, "the first event is not START");
	if (s->stops)
		breach(s, "an event after STOP");
	run[ev->type](s, ev);
	return CDT_OK;
}

static const struct cdt_sink_api sink_api = { .size = sizeof sink_api, .emit = emit };

void trial_seen_init(struct seen *s)
{
	s->sink.api = &sink_api;
}

void trial_seen_fini(struct seen *s)
{
	for (size_t i = 0; i < s->part_count; i++) {
		buf_fini(&s->part[i].text);
		buf_fini(&s->part[i].signature);
		buf_fini(&s->part[i].redacted);
	}
}

static const char *breach_of_whole(const struct seen *s)
{
	struct jsonscan scan;

	if (s->stops != 1)
		return "not exactly one STOP";
	if (!s->usages)
		return "no USAGE";
	if (!s->native && s->starts != 1)
		return "no START";
	for (size_t i = 0; i < s->part_count; i++) {
		const struct seen_part *p = &s->part[i];

		if (p->open && !p->closed)
			return "OPEN without CLOSE";
		if (p->kind == CDT_PART_TOOL_CALL && p->text.n
		    && jsonscan(&scan, buf_str(&p->text)) != CDT_OK)
			return "the arguments of a tool call are not JSON";
	}
	return NULL;
}

const char *trial_breach(struct trial *h, bool complete)
{
	const struct seen *s = &h->seen;

	if (s->wrong || !complete)
		return s->wrong;
	return breach_of_whole(s);
}

const struct seen_part *trial_part(const struct trial *h, uint32_t kind, size_t nth)
{
	for (size_t i = 0; i < h->seen.part_count; i++)
		if (h->seen.part[i].kind == kind && nth-- == 0)
			return &h->seen.part[i];
	return NULL;
}
