/* unit/upstream/steps_test.c - answers that come in more than one step, and what is told to an
 * upstream whose answer nobody waits for any more.
 * SPDX-License-Identifier: MIT */
#include "upstream/attempt.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/* What the job says next; -1: that it is done, -2: that it failed. */
static _Atomic int left, leaves;

static enum after serve(struct peer *p)
{
	const char *want = peer_header(p, "x-request-id");

	if (!strcmp(want, "leave")) {
		leaves++;
		peer_say(p, OK_HEAD "Content-Length: 2\r\n\r\n{}");
	} else if (!strcmp(want, "endless")) {
		left = 1 << 20;
		peer_say(p, OK_HEAD "Content-Length: 9\r\n\r\n{\"job\":5}");
	} else if (left-- > 0) {
		peer_say(p, OK_HEAD "Content-Length: 9\r\n\r\n{\"job\":5}");
	} else if (left == -2) {
		peer_say(p, "HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\nbroken");
	} else {
		peer_say(p, OK_HEAD "Content-Length: 13\r\n\r\n{\"text\":\"hi\"}");
	}
	return KEEP;
}

struct trier {
	struct rig net;
	struct plugrig rig;
	struct arena arena;
	struct ask ask;
	struct attempt *attempt;
	bool strict;
	unsigned ends, told;
	char text[64], dropped[64];
	struct attempt_end end;
};

static void on_head(void *arg, cdt_str type, uint32_t frames)
{
	(void)arg, (void)type, (void)frames;
}

static cdt_status on_event(void *arg, const struct cdt_event *ev)
{
	struct trier *t = arg;
	size_t n = strlen(t->text);

	(void)snprintf(t->text + n, sizeof t->text - n, "%.*s.", STR_ARG(ev->data));
	return CDT_OK;
}

static cdt_status on_frame(void *arg, const struct cdt_frame *frame)
{
	(void)arg, (void)frame;
	return CDT_OK;
}

static bool on_flush(void *arg) { (void)arg; return true; }

static void on_end(void *arg, const struct attempt_end *end)
{
	struct trier *t = arg;

	t->ends++;
	t->end = *end;
	t->attempt = NULL;
}

static void trier_init(struct trier *t)
{
	*t = (struct trier){ .strict = false };
	rig_open(&t->net, serve, NULL);
	plugrig_init(&t->rig, "steps");
	arena_init(&t->arena, 1024, 4 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&t->rig, "provider", "steps", NULL,
	                                          t->net.worker));
	left = leaves = 0;
}

static void trier_fini(struct trier *t)
{
	attempt_cancel(t->attempt);
	CU_ASSERT_EQUAL(plugrig_misuses(&t->rig), 0);
	plugrig_fini(&t->rig);
	arena_fini(&t->arena);
	rig_close(&t->net);
}

static void begin(struct trier *t, const char *id)
{
	static const struct attempt_ops ops = { on_head, on_event, on_frame, on_flush, on_end };
	struct attempt_order o = {
		.worker = t->net.worker, .fetch = t->net.fetch, .self = t->rig.self, .xid = id,
		.arena = &t->arena, .ask = &t->ask, .op = CDT_OP_CHAT,
		.doc = json_absent(), .number = 1,
		.model = CDT_STR("m"), .base_url = str_z(t->net.base), .strict = t->strict,
		.secret = CDT_STR("sk-0123456789"), .timeouts = { 5000, 5000, 5000, strcmp(id, "endless") ? 20000 : 300 },
	};
	const cdt_str *names;

	t->ask = (struct ask){ .op = CDT_OP_CHAT };
	t->ends = 0;
	t->text[0] = t->dropped[0] = 0;
	t->attempt = attempt_start(&o, &ops, t);
	for (size_t i = 0, n = attempt_dropped(t->attempt, &names); i < n; i++) {
		size_t at = strlen(t->dropped);

		(void)snprintf(t->dropped + at, sizeof t->dropped - at, "%.*s.",
		               STR_ARG(names[i]));
	}
}

static void asks_on_until_the_answer_is_whole(void)
{
	struct trier t;

	trier_init(&t);
	for (int steps = 0; steps < 5; steps++) {
		left = steps;
		begin(&t, "first");
		CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
		CU_ASSERT(t.end.ok);
		CU_ASSERT_STRING_EQUAL(t.text, "hi.done.");
	}
	CU_ASSERT_EQUAL(leaves, 0);
	trier_fini(&t);
}

static void is_limited_as_a_whole(void)
{
	struct trier t;

	trier_init(&t);
	begin(&t, "endless");
	CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
	CU_ASSERT(!t.end.ok);
	CU_ASSERT_EQUAL(t.end.error.reason, CDT_ERR_TIMEOUT);
	for (int i = 0; i < 1000 && leaves == 0; i++)
		rig_turn_for(&t.net, 5);
	rig_turn_for(&t.net, 50);
	CU_ASSERT_EQUAL(leaves, 1);            /* the job is not left running */
	trier_fini(&t);
}

static void a_later_step_may_fail(void)
{
	struct trier t;

	trier_init(&t);
	left = -1;
	begin(&t, "first");
	CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
	CU_ASSERT(!t.end.ok && t.end.http_status == 500);
	CU_ASSERT(str_is(t.end.error.message, "broken"));
	CU_ASSERT_EQUAL(leaves, 0);            /* nothing was begun */
	trier_fini(&t);
}

static void who_leaves_stops_the_work(void)
{
	struct trier t;

	trier_init(&t);
	for (unsigned ms = 0; ms < 30; ms += 3) {
		begin(&t, "endless");
		rig_turn_for(&t.net, ms);
		attempt_cancel(t.attempt);
		t.attempt = NULL;
	}
	for (int i = 0; i < 1000 && leaves == 0; i++)
		rig_turn_for(&t.net, 5);
	CU_ASSERT(leaves > 0 && leaves <= 10);
	CU_ASSERT_EQUAL(t.ends, 0);
	trier_fini(&t);
}

static void what_is_not_supported_is_told_or_refused(void)
{
	struct trier t;

	trier_init(&t);
	begin(&t, "first");
	CU_ASSERT_STRING_EQUAL(t.dropped, "seed.");
	CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
	CU_ASSERT(t.end.ok);
	t.strict = true;
	begin(&t, "first");
	CU_ASSERT_STRING_EQUAL(t.dropped, "");
	CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
	CU_ASSERT(!t.end.ok && t.end.error.reason == CDT_ERR_BAD_REQUEST);
	CU_ASSERT(str_is(t.end.error.param, "seed"));
	CU_ASSERT(str_is(t.end.error.code, "unsupported_parameter"));
	trier_fini(&t);
}

static const struct unit_test tests[] = {
	{ "asks on until the answer is whole", asks_on_until_the_answer_is_whole },
	{ "is limited as a whole", is_limited_as_a_whole },
	{ "a later step may fail", a_later_step_may_fail },
	{ "who leaves stops the work", who_leaves_stops_the_work },
	{ "what is not supported is told or refused", what_is_not_supported_is_told_or_refused },
	{ NULL, NULL }
};
const struct unit_suite upstream_steps_suite = { "upstream/steps", tests };
