/* admin/events/viewers.c - who looks on, and what has gone out to each.  One who is slow is not
 * written to until it has taken what it got; what the ring has lost by then, it is told of.
 * SPDX-License-Identifier: MIT */
#include "admin/events/events.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/query.h"
#include "base/str.h"

enum { GAP_SIZE = 128, RETRY_S = 5 };

static void unlist(struct viewer *v)
{
	struct events *e = v->call->admin->events;

	list_remove(&v->link);
	e->viewer_count--;
	v->call->viewer = NULL;
	inquiry_free(v->call);
	mem_free(v);
}

void viewer_end(struct viewer *v)
{
	http_end(v->call->request);
	unlist(v);
}

/* --- writing --- */

static void put(struct viewer *v, cdt_str text)
{
	v->paused = http_write(v->call->request, &text, 1);
}

static void put_gap(struct viewer *v, uint32_t missed)
{
	char text[GAP_SIZE] = "event: gap\ndata: {\"topics\":[";
	size_t n = str_z(text).n, first = n;

	for (enum topic t = 0; t < TOPIC_COUNT; t++)
		if (missed & 1U << t)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%s\"",
			                      n > first ? "," : "", topic_names[t]);
	(void)snprintf(text + n, sizeof text - n, "]}\n\n");   /* the names of all fit */
	put(v, str_z(text));
}

static void feed(struct viewer *v)
{
	const struct ring *r = v->call->admin->events->ring;
	const struct event *event;
	uint32_t missed;

	while (!v->paused) {
		event = ring_next(r, v->topics, &v->place, &missed);
		if (missed)
			put_gap(v, missed);
		if (!event)
			break;
		put(v, str_from(event->text, event->n));
	}
}

/* [the loop] The viewer takes more again, or has left. */
static void on_peer(struct inquiry *c)
{
	if (!c->request) {
		unlist(c->viewer);
		return;
	}
	c->viewer->paused = false;
	feed(c->viewer);
}

void viewers_feed(struct events *e, uint64_t now_ms)
{
	LIST_EACH(it, &e->viewers) {
		struct viewer *v = LIST_OF(it, struct viewer, link);

		if (v->session && !session_lasts(e->admin->sessions, v->session, now_ms)) {
			viewer_end(v);
			continue;
		}
		feed(v);
		if (now_ms < v->beat_ms || v->paused)
			continue;
		put(v, CDT_STR(":\n\n"));
		v->beat_ms = now_ms + VIEWER_BEAT_MS;
	}
}

uint32_t viewers_topics(const struct events *e)
{
	uint32_t topics = 0;

	LIST_EACH(it, &e->viewers)
		topics |= LIST_OF(it, struct viewer, link)->topics;
	return topics;
}

/* --- coming --- */

static enum topic topic_of(cdt_str name)
{
	enum topic t = 0;

	while (t < TOPIC_COUNT && !str_is(name, topic_names[t]))
		t++;
	return t;
}

static cdt_status read_topics(struct inquiry *c, uint32_t *topics)
{
	cdt_str rest = query_value(&c->arena, http_query(c->request), "topics");
	char hint[CONFIG_HINT_SIZE];

	*topics = rest.n ? 0 : (1U << TOPIC_COUNT) - 1;
	while (rest.n) {
		cdt_str name = str_trim(str_cut(&rest, ','));
		enum topic t = topic_of(name);

		if (t == TOPIC_COUNT)
			return REFUSE(c, PROBLEM_INVALID_VALUE, "topics", "'topics' are some "
			              "of stats, requests, health and changes%s",
			              config_hint(config_nearest(name, topic_names), hint));
		*topics |= 1U << t;
	}
	return CDT_OK;
}

/* 0: it is new here.  What can not be one of ours is one of another life. */
static uint64_t last_id(struct inquiry *c)
{
	cdt_str text = str_trim(http_header(c->request, "last-event-id"));
	uint64_t id = UINT64_MAX;

	if (!text.n)
		text = query_value(&c->arena, http_query(c->request), "last_event_id");
	if (!text.n)
		return 0;
	(void)str_u64(text, &id);
	return id ? id : UINT64_MAX;
}

static cdt_status refuse_for_now(struct inquiry *c, const char *why)
{
	char seconds[8];

	(void)snprintf(seconds, sizeof seconds, "%d", RETRY_S);
	(void)http_head_add(&c->head, "Retry-After", str_z(seconds));  /* digits */
	return REFUSE(c, PROBLEM_OVERLOADED, NULL, "%s", why);
}

static void welcome(struct events *e, struct viewer *v, uint64_t id, uint64_t now_ms)
{
	const uint32_t lost = v->topics & ~(1U << TOPIC_STATS);        /* those come anyway */
	bool known = true;

	for (enum topic t = 0; t < TOPIC_COUNT; t++) {
		if (v->topics & 1U << t && !e->wanted_ms[t])
			gather_begin(e, t, now_ms);
		if (v->topics & 1U << t)
			e->wanted_ms[t] = now_ms + EVENTS_LINGER_MS;
	}
	if (id)
		known = ring_find(e->ring, id, &v->place);
	else
		ring_end(e->ring, &v->place);
	put(v, CDT_STR("retry: 2000\n\n"));
	if (!known && lost)
		put_gap(v, lost);
	feed(v);
	timer_set(&e->timer, now_ms, 1);       /* it may have to fire more often now */
}

cdt_status admin_events_show(struct inquiry *c)
{
	struct events *e = c->admin->events;
	uint64_t now_ms = clock_ms();
	uint32_t topics;
	struct viewer *v;

	if (read_topics(c, &topics) != CDT_OK)
		return CDT_E_INVALID;
	if (e->ended)
		return refuse_for_now(c, "the gateway is about to stop");
	if (e->viewer_count >= VIEWERS_MAX)
		return refuse_for_now(c, "too many look on already; ask page by page, or try "
		                      "again when somebody has left");
	c->type = "text/event-stream";
	if (str_is(http_method(c->request), "HEAD"))
		return CDT_OK;
	v = mem_new(sizeof *v);
	v->call = c;
	v->topics = topics;
	v->session = c->session ? c->session->number : 0;
	v->beat_ms = now_ms + VIEWER_BEAT_MS;
	list_push(&e->viewers, &v->link);
	e->viewer_count++;
	c->viewer = v;
	c->on_peer = on_peer;
	(void)http_head_add(&c->head, "X-Accel-Buffering", CDT_STR("no"));     /* of proxies */
	inquiry_begin(c);
	inquiry_wait(c);
	welcome(e, v, last_id(c), now_ms);
	return CDT_OK;
}
