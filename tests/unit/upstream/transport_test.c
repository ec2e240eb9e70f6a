/* unit/upstream/transport_test.c - providers that answer by themselves keep fetch's promises.
 * The network's side of it is fetch's own affair (unit/fetch).
 * SPDX-License-Identifier: MIT */
#include "upstream/transport.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "loop/worker.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

enum cut_at { NOWHERE, AT_HEAD, AT_BODY };

struct listener {
	struct plugrig rig;
	struct worker *worker;
	struct arena arena;
	struct outreq request;
	struct transport *transport;
	unsigned refuse;               /* so many bodies, one pause each */
	enum cut_at cut_at;
	bool starting, called_in_start, over;
	unsigned heads, bodies, ends;
	uint32_t status;
	enum fetch_end end;
	char text[1024];
};

static void leave(struct listener *l, enum cut_at here)
{
	l->called_in_start |= l->starting;
	if (l->cut_at != here)
		return;
	transport_cancel(l->transport);
	l->transport = NULL;
	l->over = true;
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct listener *l = arg;

	l->heads++;
	l->status = head->status;
	CU_ASSERT(head->count == 1 && str_is(head->headers[0].value, "text/event-stream"));
	leave(l, AT_HEAD);
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct listener *l = arg;
	size_t n = strlen(l->text);

	if (l->refuse) {
		l->over = --l->refuse == 0;
		return false;
	}
	l->bodies++;
	(void)snprintf(l->text + n, sizeof l->text - n, "%.*s", STR_ARG(bytes));
	leave(l, AT_BODY);
	return true;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct listener *l = arg;

	l->called_in_start |= l->starting;
	l->ends++;
	l->end = how;
	l->transport = NULL;
	l->over = true;
}

static void begin(struct listener *l, const char *mode)
{
	static const struct fetch_ops ops = { on_head, on_body, on_end };
	static const struct fetch_timeouts timeouts = { 50, 50, 50, 1000 };
	struct transport_order o = { l->worker, NULL, l->rig.self, &l->request, &timeouts };

	buf_clear(&l->request.body);
	buf_add_z(&l->request.body, mode);
	l->heads = l->bodies = l->ends = 0;
	l->text[0] = 0;
	l->over = false;
	l->starting = true;
	l->transport = transport_start(&o, &ops, l);
	l->starting = false;
}

static void listener_init(struct listener *l)
{
	*l = (struct listener){ .worker = worker_new(0) };
	plugrig_init(&l->rig, "local");
	arena_init(&l->arena, 1024, 1 << 20);
	outreq_init(&l->request, &l->arena, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&l->rig, "provider", "local", NULL, l->worker));
}

static void listener_fini(struct listener *l)
{
	transport_cancel(l->transport);
	CU_ASSERT_FALSE(l->called_in_start);
	outreq_fini(&l->request);
	arena_fini(&l->arena);
	plugrig_fini(&l->rig);
	worker_free(l->worker);
}

static void play(struct listener *l, const char *mode)
{
	begin(l, mode);
	plugrig_turn(l->worker, &l->over);
}

/* How often the plugin was stopped and paused so far. */
static bool counts_are(struct listener *l, const char *counts)
{
	l->cut_at = NOWHERE;
	l->refuse = 0;
	play(l, "counts");
	return strcmp(l->text, counts) == 0;
}

static void says_how_an_answer_ended(void)
{
	static const struct {
		const char *mode;
		unsigned heads;
		enum fetch_end end;
		const char *text;
	} rows[] = {
		{ "now", 1, FETCH_OK, "data: one\n\ndata: stop\n\n" },
		{ "later", 1, FETCH_OK, "data: piece\n\n" },
		{ "broken", 1, FETCH_CUT, "data: one\n\ndata: tw" },
		{ "headless", 0, FETCH_NO_ANSWER, "" },
		{ "silent", 0, FETCH_LATE_FIRST_BYTE, "" },
		{ "half", 1, FETCH_LATE_IDLE, "" },
	};
	struct listener l;

	listener_init(&l);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		play(&l, rows[i].mode);
		CU_ASSERT_EQUAL(l.heads, rows[i].heads);
		CU_ASSERT_EQUAL(l.ends, 1);
		CU_ASSERT_EQUAL(l.end, rows[i].end);
		CU_ASSERT_STRING_EQUAL(l.text, rows[i].text);
	}
	CU_ASSERT(counts_are(&l, "stops=2 pauses=0"));         /* the two that were late */
	listener_fini(&l);
}

static void on_time(void *arg)
{
	*(bool *)arg = true;
}

static void waits_for_a_slow_receiver(void)
{
	struct listener l;
	struct timer t;
	size_t pieces = 0;

	listener_init(&l);
	l.refuse = 1;
	play(&l, "flow");
	CU_ASSERT_EQUAL(l.bodies, 0);
	l.over = false;
	timer_init(&t, l.worker, on_time, &l.over);
	timer_set(&t, clock_ms(), 120);                /* longer than idle_ms: not its fault */
	plugrig_turn(l.worker, &l.over);
	CU_ASSERT_EQUAL(l.ends, 0);
	timer_fini(&t);
	transport_resume(l.transport);
	l.over = false;
	plugrig_turn(l.worker, &l.over);
	CU_ASSERT_EQUAL(l.end, FETCH_OK);
	for (const char *p = l.text; (p = strstr(p, "piece")); p++)
		pieces++;
	CU_ASSERT_EQUAL(pieces, 20);
	CU_ASSERT(counts_are(&l, "stops=0 pauses=1"));
	listener_fini(&l);
}

static void can_be_cancelled_at_any_time(void)
{
	static const enum cut_at places[] = { AT_HEAD, AT_BODY };
	static const char *const modes[] = { "now", "flow", "broken" };
	struct listener l;

	listener_init(&l);
	for (size_t i = 0; i < 2; i++)
		for (size_t m = 0; m < 3; m++) {
			l.cut_at = places[i];
			play(&l, modes[m]);
			CU_ASSERT_EQUAL(l.ends, 0);
			CU_ASSERT_EQUAL(l.bodies, i);
		}
	l.cut_at = NOWHERE;
	begin(&l, "silent");
	transport_cancel(l.transport);                 /* before anything came */
	begin(&l, "now");
	transport_cancel(l.transport); /* it has ended, and nobody heard of it */
	l.transport = NULL;
	CU_ASSERT_EQUAL(l.heads + l.ends, 0);
	transport_cancel(NULL);
	CU_ASSERT(counts_are(&l, "stops=3 pauses=0")); /* never after its own end */
	listener_fini(&l);
}

static const struct unit_test tests[] = {
	{ "says how an answer ended", says_how_an_answer_ended },
	{ "waits for a slow receiver", waits_for_a_slow_receiver },
	{ "can be cancelled at any time", can_be_cancelled_at_any_time },
	{ NULL, NULL }
};
const struct unit_suite upstream_transport_suite = { "upstream/transport", tests };
