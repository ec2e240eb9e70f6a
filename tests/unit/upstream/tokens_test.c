/* unit/upstream/tokens_test.c - attempts at a provider whose secrets buy short-lived tokens:
 * one is made for all, kept while it lasts, and thrown away when the upstream does not take it.
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

enum { TRIES = 8 };

/* The number of the token that came last; which one is not taken. */
static _Atomic int came, refused;

static enum after serve(struct peer *p)
{
	int n = 0;

	(void)sscanf(peer_header(p, "authorization"), "Bearer token %d", &n);
	came = n;
	if (n == refused)
		peer_say(p, "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}");
	else
		peer_say(p, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		            "Content-Length: 2\r\n\r\n{}");
	return KEEP;
}

struct trier {
	struct rig net;
	struct plugrig rig;
	struct arena arena;
	struct ask ask;
	struct attempt *attempt[TRIES];
	unsigned ends, ok;
	struct attempt_end end;
};

static void on_head(void *arg, cdt_str type, uint32_t frames)
{
	(void)arg, (void)type, (void)frames;
}

static cdt_status on_event(void *arg, const struct cdt_event *ev)
{
	(void)arg, (void)ev;
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
	t->ok += end->ok;
	t->end = *end;
}

static void trier_init(struct trier *t)
{
	*t = (struct trier){ .ends = 0 };
	rig_open(&t->net, serve, NULL);
	plugrig_init(&t->rig, "tokens");
	arena_init(&t->arena, 1024, 4 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&t->rig, "provider", "tokens", NULL,
	                                          t->net.worker));
	came = refused = 0;
}

static void trier_fini(struct trier *t)
{
	CU_ASSERT_EQUAL(plugrig_misuses(&t->rig), 0);
	plugrig_fini(&t->rig);
	arena_fini(&t->arena);
	rig_close(&t->net);
}

static struct attempt *begin(struct trier *t, const char *secret, uint32_t total_ms)
{
	static const struct attempt_ops ops = { on_head, on_event, on_frame, on_flush, on_end };
	struct attempt_order o = {
		.worker = t->net.worker, .fetch = t->net.fetch, .self = t->rig.self, .xid = "x",
		.arena = &t->arena, .ask = &t->ask, .op = CDT_OP_CHAT, .doc = json_absent(),
		.number = 1,
		.model = CDT_STR("m"), .base_url = str_z(t->net.base),
		.secret = str_z(secret), .timeouts = { 5000, 5000, 5000, total_ms },
	};

	t->ask = (struct ask){ .op = CDT_OP_CHAT };
	return attempt_start(&o, &ops, t);
}

static void try(struct trier *t, const char *secret)
{
	t->ends = t->ok = 0;
	(void)begin(t, secret, 2000);
	CU_ASSERT(rig_until(&t->net, &t->ends, 5000));
}

static void one_is_made_for_all(void)
{
	struct trier t;

	trier_init(&t);
	for (int i = 0; i < TRIES; i++)
		CU_ASSERT(attempt_needs_order(begin(&t, "good 0", 2000)));
	while (t.ends < TRIES)
		rig_turn_for(&t.net, 5);
	CU_ASSERT(t.ok == TRIES && came == 1);
	CU_ASSERT_FALSE(attempt_needs_order(begin(&t, "good 0", 2000)));
	for (int i = 0; i < 1000 && t.ends <= TRIES; i++)
		rig_turn_for(&t.net, 5);
	CU_ASSERT(t.ok == TRIES + 1 && came == 1);
	try(&t, "good 00");                            /* another secret, another token */
	CU_ASSERT(t.ok && came == 2);
	trier_fini(&t);
}

static void is_renewed_before_it_ends(void)
{
	struct trier t;

	trier_init(&t);
	try(&t, "good 3000");
	CU_ASSERT(t.ok && came == 1);
	rig_turn_for(&t.net, 2500);                     /* a fifth before its end */
	try(&t, "good 3000");
	CU_ASSERT(t.ok && came == 1);                  /* the old one is still good */
	rig_turn_for(&t.net, 300);
	try(&t, "good 3000");
	CU_ASSERT(t.ok && came == 2);
	rig_turn_for(&t.net, 3200);                     /* nobody asked in time */
	try(&t, "good 3000");
	CU_ASSERT(t.ok && came == 3);
	trier_fini(&t);
}

static void one_that_is_not_taken_is_thrown_away(void)
{
	struct trier t;

	trier_init(&t);
	refused = 1;
	try(&t, "good 0");
	CU_ASSERT(!t.ok && t.end.error.reason == CDT_ERR_AUTH);
	try(&t, "good 0");
	CU_ASSERT(t.ok && came == 2);
	trier_fini(&t);
}

static void says_why_there_is_none(void)
{
	struct trier t;

	trier_init(&t);
	try(&t, "bad");
	CU_ASSERT(!t.ok && t.end.error.reason == CDT_ERR_AUTH);
	CU_ASSERT_EQUAL(t.end.stage, ATTEMPT_BUILD);
	try(&t, "bad");                                /* not asked again at once */
	CU_ASSERT(!t.ok && t.end.error.reason == CDT_ERR_UPSTREAM);
	t.ends = 0;
	(void)begin(&t, "never", 100);
	CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
	CU_ASSERT(!t.ok && t.end.error.reason == CDT_ERR_TIMEOUT);
	CU_ASSERT_EQUAL(came, 0);
	trier_fini(&t);
}

static void who_leaves_waits_no_more(void)
{
	struct trier t;

	trier_init(&t);
	for (int i = 0; i < TRIES; i++)
		t.attempt[i] = begin(&t, "good 0", 2000);
	for (int i = 0; i < TRIES; i += 2)
		attempt_cancel(t.attempt[i]);
	rig_turn_for(&t.net, 100);
	CU_ASSERT(t.ends == TRIES / 2 && t.ok == TRIES / 2);
	t.attempt[0] = begin(&t, "never", 2000);
	attempt_cancel(begin(&t, "never", 2000));
	attempt_cancel(begin(&t, "good 1", 2000));
	rig_turn_for(&t.net, 50);                      /* the plugin's timer has come */
	attempt_cancel(t.attempt[0]);
	trier_fini(&t);                                /* the plugin still owes a token */
}

static const struct unit_test tests[] = {
	{ "one is made for all", one_is_made_for_all },
	{ "is renewed before it ends", is_renewed_before_it_ends },
	{ "one that is not taken is thrown away", one_that_is_not_taken_is_thrown_away },
	{ "says why there is none", says_why_there_is_none },
	{ "who leaves waits no more", who_leaves_waits_no_more },
	{ NULL, NULL }
};
const struct unit_suite upstream_tokens_suite = { "upstream/tokens", tests };
