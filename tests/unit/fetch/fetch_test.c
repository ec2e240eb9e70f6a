/* unit/fetch/fetch_test.c - lives of calls and connections: reuse, dead connections,
 * cancelling, idling.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/unit.h"

enum { MANY = 20 };

static enum after ok(struct peer *p)
{
	peer_sleep(p, 4);
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	return KEEP;
}

static enum after slow(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst");
	if (peer_sees_end(p, 3000))
		return CLOSE;
	peer_say(p, "last");
	return KEEP;
}

/* Answers the first request of a connection only. */
static enum after once(struct peer *p)
{
	if (p->number > 1)
		return CLOSE;
	return ok(p);
}

static enum after echo_key(struct peer *p)
{
	char answer[256];
	const char *key = peer_header(p, "authorization");

	(void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nSet-Cookie: a=%s\r\n"
	               "Strict-Transport-Security: max-age=9\r\nAlt-Svc: h2=\":1\"\r\n"
	               "Content-Length: %zu\r\n\r\n%s%s", key, strlen(key) + 1, key,
	               *peer_header(p, "cookie") ? "!" : ".");
	peer_say(p, answer);
	return KEEP;
}

/* n calls at once, so that n connections are open afterwards. */
static void fill(struct rig *r, unsigned n)
{
	struct probe *p = mem_new_array(n, sizeof *p);

	for (unsigned i = 0; i < n; i++) {
		probe_init(&p[i], r);
		probe_start(&p[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		CU_ASSERT_TRUE(probe_wait(&p[i], 5000));
		CU_ASSERT_EQUAL(p[i].end, FETCH_OK);
		probe_fini(&p[i]);
	}
	CU_ASSERT_EQUAL(fetch_counts(r->fetch).open, n);
	mem_free(p);
}

static void connections_are_used_again(void)
{
	struct fetch_counts counts;
	struct rig r;

	rig_open(&r, ok, NULL);
	for (int i = 0; i < 10; i++)
		rig_ok(&r);
	counts = fetch_counts(r.fetch);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 1);
	CU_ASSERT_EQUAL(counts.started, 10);
	CU_ASSERT_EQUAL(counts.reused, 9);
	CU_ASSERT_EQUAL(counts.open, 1);
	CU_ASSERT_EQUAL(counts.retried_stale, 0);
	rig_close(&r);
}

/* turn: the loop may see the end of the connections before the request is made. */
static void check_stale(unsigned n, enum after how, bool turn)
{
	struct rig r;

	rig_open(&r, ok, NULL);
	fill(&r, n);
	upstream_end_idle(r.upstream, how);
	usleep(10000);
	if (turn)
		rig_turn_for(&r, 10);
	rig_ok(&r);
	CU_ASSERT_EQUAL(upstream_requests(r.upstream), n + 1);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), n + 1);
	CU_ASSERT(fetch_counts(r.fetch).retried_stale <= !turn);
	rig_close(&r);
}

static void dead_connections_fail_no_request(void)
{
	static const unsigned counts[] = { 1, 5, 6, MANY };

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		check_stale(counts[i], RESET, false);
		check_stale(counts[i], RESET, true);
		check_stale(counts[i], CLOSE, false);
		check_stale(counts[i], CLOSE, true);
	}
}

/* Each call may be sent again once, however often that has happened before. */
static void dead_connections_fail_no_request_ever(void)
{
	struct rig r;

	rig_open(&r, ok, NULL);
	for (int i = 0; i < 15; i++) {
		rig_ok(&r);
		upstream_end_idle(r.upstream, RESET);
		usleep(2000);
	}
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).retried_stale, 14);
	CU_ASSERT_EQUAL(upstream_requests(r.upstream), 15);
	rig_close(&r);
}

/* A request that kills its upstream is sent twice at most, however many connections wait. */
static void a_request_is_sent_twice_at_most(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, once, NULL);
	fill(&r, MANY);
	probe_init(&p, &r);
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_OK);      /* the new connection answers its first one */
	CU_ASSERT_EQUAL(upstream_requests(r.upstream), MANY + 2);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).retried_stale, 1);
	probe_fini(&p);
	rig_close(&r);
}

static void unasked_bytes_are_no_answer(void)
{
	struct rig r;

	rig_open(&r, ok, NULL);
	rig_ok(&r);
	upstream_tell_idle(r.upstream, "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
	usleep(5000);
	rig_turn_for(&r, 10);
	rig_ok(&r);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 2);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).retried_stale, 0);
	rig_close(&r);
}

static enum after too_much(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
	return KEEP;
}

/* ... nor the beginning of the next one. */
static void bytes_behind_an_answer_end_its_connection(void)
{
	struct rig r;

	rig_open(&r, too_much, NULL);
	rig_ok(&r);
	rig_ok(&r);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 2);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
	rig_close(&r);
}

/* Eight requests at once; every fourth has no key. */
static void check_round(struct rig *r, unsigned round)
{
	struct probe p[8];
	char key[64], want[64];

	for (unsigned i = 0; i < 8; i++) {
		probe_init(&p[i], r);
		(void)snprintf(key, sizeof key, "Bearer sk-%u-%u", round, i);
		if (i % 4 != 3)
			outreq_add_header(&p[i].req, CDT_STR("Authorization"), str_z(key),
			                  true);
		probe_start(&p[i]);
	}
	for (unsigned i = 0; i < 8; i++) {
		CU_ASSERT_TRUE(probe_wait(&p[i], 5000));
		(void)snprintf(want, sizeof want, i % 4 != 3 ? "Bearer sk-%u-%u." : ".", round,
		               i);
		CU_ASSERT_STRING_EQUAL(p[i].body, want);
		probe_fini(&p[i]);
	}
}

static void each_request_carries_its_own_key(void)
{
	struct rig r;

	rig_open(&r, echo_key, NULL);
	for (unsigned round = 0; round < 40; round++)
		check_round(&r, round);
	CU_ASSERT(fetch_counts(r.fetch).reused > 300);
	rig_close(&r);
}

static void check_cancel(enum cancel_at at)
{
	struct rig r;
	struct probe p;

	rig_open(&r, slow, NULL);
	probe_init(&p, &r);
	p.cancel_at = at;
	probe_start(&p);
	CU_ASSERT_TRUE(rig_until(&r, &p.heads, 2000));
	if (at == AT_BODY)
		CU_ASSERT_TRUE(rig_until(&r, &p.bodies, 2000));
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);        /* closed in that very turn */
	rig_turn_for(&r, 30);
	CU_ASSERT_EQUAL(p.ends, 0);
	CU_ASSERT_EQUAL(p.bodies, at == AT_BODY);
	CU_ASSERT_TRUE(rig_until_left(&r));
	probe_fini(&p);
	rig_close(&r);
}

static void a_call_can_be_cancelled_in_its_callbacks(void)
{
	struct rig r;
	struct probe p;

	check_cancel(AT_HEAD);
	check_cancel(AT_BODY);
	rig_open(&r, ok, NULL);
	probe_init(&p, &r);
	p.cancel_at = AT_END;
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	probe_fini(&p);
	rig_ok(&r);
	rig_close(&r);
}

static void a_call_can_be_cancelled_from_outside(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, slow, NULL);
	probe_init(&p, &r);
	probe_start(&p);
	fetch_cancel(p.call);                  /* before the loop saw it */
	rig_turn_for(&r, 10);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 0);
	probe_start(&p);
	CU_ASSERT_TRUE(rig_until(&r, &p.bodies, 2000));
	fetch_cancel(p.call);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
	p.pauses = 1;                          /* and while it is paused */
	probe_start(&p);
	CU_ASSERT_TRUE(rig_until(&r, &p.paused, 2000));
	fetch_cancel(p.call);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
	rig_turn_for(&r, 20);
	CU_ASSERT_EQUAL(p.ends, 0);
	CU_ASSERT_TRUE(rig_until_left(&r));
	probe_fini(&p);
	rig_close(&r);
}

static void a_paused_call_can_be_cancelled_while_it_resumes(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, slow, NULL);
	probe_init(&p, &r);
	p.pauses = 1;
	probe_start(&p);
	CU_ASSERT_TRUE(rig_until(&r, &p.paused, 2000));
	p.cancel_at = AT_BODY;
	fetch_resume(p.call);
	rig_turn_for(&r, 10);
	CU_ASSERT_EQUAL(p.ends, 0);
	CU_ASSERT_EQUAL(p.bodies, 2);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
	probe_fini(&p);
	rig_close(&r);
}

static void a_call_can_cancel_another(void)
{
	struct probe p[3];
	struct rig r;

	rig_open(&r, slow, NULL);
	for (int i = 0; i < 3; i++) {
		probe_init(&p[i], &r);
		probe_start(&p[i]);
	}
	p[0].victim = p[1].call;
	p[1].victim = p[0].call;
	p[2].victim = NULL;
	CU_ASSERT_TRUE(rig_until(&r, &p[2].bodies, 2000));
	for (int i = 0; i < 1000 && p[0].bodies + p[1].bodies == 0; i++)
		rig_turn_for(&r, 2);
	rig_turn_for(&r, 30);
	CU_ASSERT_EQUAL(p[0].bodies + p[1].bodies, 1);
	CU_ASSERT_EQUAL(p[0].ends + p[1].ends, 0);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 2);
	for (int i = 0; i < 3; i++)
		probe_fini(&p[i]);
	rig_close(&r);
}

static void freeing_cancels_what_runs(void)
{
	struct probe p[3];
	struct rig r;

	rig_open(&r, slow, NULL);
	for (int i = 0; i < 3; i++)
		probe_init(&p[i], &r);
	p[0].pauses = 1;
	probe_start(&p[0]);
	probe_start(&p[1]);
	CU_ASSERT_TRUE(rig_until(&r, &p[0].paused, 2000));
	probe_start(&p[2]);
	rig_close(&r);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(p[i].ends, 0);
		probe_fini(&p[i]);
	}
}

static void idle_connections_do_not_wake_the_loop(void)
{
	struct rig r;
	unsigned before;

	rig_open(&r, ok, NULL);
	fill(&r, 5);
	rig_turn_for(&r, 50);
	before = r.turns;
	rig_turn_for(&r, 500);
	CU_ASSERT(r.turns - before <= 2);      /* the test's own timer is one */
	upstream_end_idle(r.upstream, CLOSE);
	rig_turn_for(&r, 50);
	before = r.turns;
	rig_turn_for(&r, 500);
	CU_ASSERT(r.turns - before <= 2);
	rig_close(&r);
}

static void a_refused_connection_is_no_connection(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, ok, NULL);
	probe_init(&p, &r);
	outreq_set_url(&p.req, CDT_STR("http://127.0.0.1:1"), CDT_STR("/"));
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_NO_CONNECTION);
	probe_fini(&p);
	probe_init(&p, &r);
	outreq_set_url(&p.req, CDT_STR("http://name.invalid"), CDT_STR("/"));
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_NO_CONNECTION);
	probe_fini(&p);
	rig_close(&r);
}

static void a_request_in_error_is_not_sent(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, ok, NULL);
	probe_init(&p, &r);
	outreq_add_header(&p.req, CDT_STR("X"), CDT_STR("a\r\nB: c"), false);
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_BLOCKED);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 0);
	probe_fini(&p);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "connections are used again", connections_are_used_again },
	{ "dead connections fail no request", dead_connections_fail_no_request },
	{ "dead connections fail no request, ever", dead_connections_fail_no_request_ever },
	{ "a request is sent twice at most", a_request_is_sent_twice_at_most },
	{ "unasked bytes are no answer", unasked_bytes_are_no_answer },
	{ "bytes behind an answer end its connection",
	  bytes_behind_an_answer_end_its_connection },
	{ "each request carries its own key", each_request_carries_its_own_key },
	{ "a call can be cancelled in its callbacks",
	  a_call_can_be_cancelled_in_its_callbacks },
	{ "a call can be cancelled from outside", a_call_can_be_cancelled_from_outside },
	{ "a paused call can be cancelled while it resumes",
	  a_paused_call_can_be_cancelled_while_it_resumes },
	{ "a call can cancel another", a_call_can_cancel_another },
	{ "freeing cancels what runs", freeing_cancels_what_runs },
	{ "idle connections do not wake the loop", idle_connections_do_not_wake_the_loop },
	{ "a refused connection is no connection", a_refused_connection_is_no_connection },
	{ "a request in error is not sent", a_request_in_error_is_not_sent },
	{ NULL, NULL }
};
const struct unit_suite fetch_fetch_suite = { "fetch/fetch", tests };
