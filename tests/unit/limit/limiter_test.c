/* Live counters: all or nothing, given back once, exact under threads, forgotten when idle.
 * SPDX-License-Identifier: MIT */
#include "limit/limiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

enum { MINUTE = 60000, SEEDS = 30, STEPS = 600, THREADS = 4, TURNS = 20000 };

static struct config_limits limits_of(int64_t rpm, int64_t tpm, int64_t concurrency)
{
	return (struct config_limits){ .max = {
		[LIMIT_RPM] = rpm, [LIMIT_TPM] = tpm, [LIMIT_CONCURRENCY] = concurrency } };
}

static cdt_status take_one(struct limiter *l, const char *id,
                           const struct config_limits *limits, uint64_t now_ms,
                           struct lease *lease)
{
	struct limit_scope scope = { str_z(id), limits };
	struct limit_ask ask = { &scope, 1, 10, 20, now_ms };
	struct limit_refusal why;

	return limiter_take(l, &ask, lease, &why);
}

static struct limit_view look(struct limiter *l, const char *id,
                              const struct config_limits *limits, uint64_t now_ms)
{
	struct limit_scope scope = { str_z(id), limits };
	struct limit_view view;

	limiter_look(l, &scope, now_ms, &view);
	return view;
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

static void a_refused_request_takes_nothing_anywhere(void)
{
	struct config_limits wide = limits_of(100, 1000, 50), tight = limits_of(2, 0, 0);
	struct limit_scope scopes[] = { { CDT_STR("key:a"), &wide },
	                                { CDT_STR("model:m"), &tight } };
	struct limit_ask ask = { scopes, 2, 10, 20, 1000 };
	struct limiter *l = limiter_new();
	struct limit_refusal why;
	struct lease lease[3];
	struct limit_view v;

	CU_ASSERT_EQUAL(limiter_take(l, &ask, &lease[0], &why), CDT_OK);
	CU_ASSERT_EQUAL(limiter_take(l, &ask, &lease[1], &why), CDT_OK);
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(limiter_take(l, &ask, &lease[2], &why), CDT_E_LIMIT);
		CU_ASSERT_EQUAL(why.scope, 1);
		CU_ASSERT_EQUAL(why.limit, LIMIT_RPM);
		CU_ASSERT_EQUAL(why.max, 2);
		CU_ASSERT_EQUAL(why.wait_ms, 30000);
		CU_ASSERT_EQUAL(lease[2].count, 0);
	}
	v = look(l, "key:a", &wide, 1000);
	CU_ASSERT_EQUAL(v.of[LIMIT_RPM].left, 98);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].left, 940);
	CU_ASSERT_EQUAL(v.of[LIMIT_CONCURRENCY].left, 48);
	lease_look(l, &lease[1], &wide, 1000, &v);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].left, 940);
	lease_end(l, &lease[0], -1, -1, 1000);
	lease_end(l, &lease[1], -1, -1, 1000);
	limiter_free(l);
}

static void tokens_are_set_right_up_and_down(void)
{
	struct config_limits limits = { .max = { [LIMIT_TPM] = 100, [LIMIT_INPUT_TPM] = 60,
	                                         [LIMIT_OUTPUT_TPM] = 80 } };
	struct limiter *l = limiter_new();
	struct limit_view v;
	struct lease lease;

	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &lease), CDT_OK);
	v = look(l, "k", &limits, 0);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].left, 70);
	CU_ASSERT_EQUAL(v.of[LIMIT_INPUT_TPM].left, 50);
	CU_ASSERT_EQUAL(v.of[LIMIT_OUTPUT_TPM].left, 60);
	lease_end(l, &lease, 4, 5, 0);
	v = look(l, "k", &limits, 0);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].left, 91);
	CU_ASSERT_EQUAL(v.of[LIMIT_INPUT_TPM].left, 56);
	CU_ASSERT_EQUAL(v.of[LIMIT_OUTPUT_TPM].left, 75);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &lease), CDT_OK);
	lease_end(l, &lease, 10, 181, 0);
	/* 91 - 191 = -100: a minute to nothing, and 18 s to the 30 that are asked for. */
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, MINUTE + 17999, &lease), CDT_E_LIMIT);
	/* Output: 75 - 181 = -106, so 94.5 s to 20. */
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 94499, &lease), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 94500, &lease), CDT_OK);
	lease_end(l, &lease, INT64_MAX, INT64_MAX, 94500);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 1000000, &lease), CDT_E_LIMIT);
	limiter_free(l);
}

static void unknown_usage_keeps_the_estimate_and_half_of_it_its_half(void)
{
	struct config_limits limits = limits_of(0, 100, 0);
	struct limiter *l = limiter_new();
	struct lease lease;

	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &lease), CDT_OK);
	lease_end(l, &lease, -1, -1, 0);
	CU_ASSERT_EQUAL(look(l, "k", &limits, 0).of[LIMIT_TPM].left, 70);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &lease), CDT_OK);
	lease_end(l, &lease, 1, -1, 0);
	CU_ASSERT_EQUAL(look(l, "k", &limits, 0).of[LIMIT_TPM].left, 49);
	limiter_free(l);
}

static void what_is_undone_never_was(void)
{
	struct config_limits limits = limits_of(5, 100, 2);
	struct limiter *l = limiter_new();
	struct limit_view v;
	struct lease lease;

	for (int i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &lease), CDT_OK);
		lease_undo(l, &lease, 0);
		lease_undo(l, &lease, 0);
	}
	v = look(l, "k", &limits, 0);
	CU_ASSERT_EQUAL(v.of[LIMIT_RPM].left, 5);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].left, 100);
	CU_ASSERT_EQUAL(v.of[LIMIT_CONCURRENCY].left, 2);
	limiter_free(l);
}

static void concurrency_is_given_back_exactly_once(void)
{
	struct config_limits limits = limits_of(0, 0, 2);
	struct limiter *l = limiter_new();
	struct lease a, b, c;

	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &a), CDT_OK);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &b), CDT_OK);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &c), CDT_E_LIMIT);
	for (int i = 0; i < 3; i++)
		lease_end(l, &a, -1, -1, 0);
	lease_undo(l, &a, 0);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &a), CDT_OK);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &c), CDT_E_LIMIT);
	lease_end(l, &c, -1, -1, 0);                   /* refused: holds nothing */
	CU_ASSERT_EQUAL(look(l, "k", &limits, 0).of[LIMIT_CONCURRENCY].left, 0);
	lease_end(l, &a, -1, -1, 0);
	lease_end(l, &b, -1, -1, 0);
	CU_ASSERT_EQUAL(look(l, "k", &limits, 0).of[LIMIT_CONCURRENCY].left, 2);
	limiter_free(l);
}

static void a_shadowed_limit_only_tells(void)
{
	struct config_limits limits = limits_of(1, 0, 1);
	struct limiter *l = limiter_new();
	struct lease a, b;

	limits.shadowed = LIMITS_ALL_SHADOWED;
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.parts[0].shadowed, 0);
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, 0, &b), CDT_OK);
	CU_ASSERT_EQUAL(b.parts[0].shadowed, 1 << LIMIT_RPM | 1 << LIMIT_CONCURRENCY);
	lease_end(l, &b, -1, -1, 0);
	CU_ASSERT_EQUAL(look(l, "k", &limits, 0).of[LIMIT_CONCURRENCY].left, 0);
	lease_end(l, &a, -1, -1, 0);
	CU_ASSERT_EQUAL(look(l, "k", &limits, 0).of[LIMIT_CONCURRENCY].left, 1);
	/* The second took nothing: one minute is enough for the next. */
	CU_ASSERT_EQUAL(take_one(l, "k", &limits, MINUTE, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.parts[0].shadowed, 0);
	lease_end(l, &a, -1, -1, MINUTE);
	limiter_free(l);
}

static void the_longest_wait_is_told(void)
{
	struct config_limits limits = limits_of(1, 30, 1);
	struct limit_scope scope = { CDT_STR("k"), &limits };
	struct limit_ask ask = { &scope, 1, 10, 5, 0 };
	struct limiter *l = limiter_new();
	struct limit_refusal why;
	struct lease a, b;

	CU_ASSERT_EQUAL(limiter_take(l, &ask, &a, &why), CDT_OK);
	CU_ASSERT_EQUAL(limiter_take(l, &ask, &b, &why), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(why.limit, LIMIT_RPM);
	CU_ASSERT_EQUAL(why.wait_ms, MINUTE);
	lease_end(l, &a, 200, 100, 0);
	CU_ASSERT_EQUAL(limiter_take(l, &ask, &b, &why), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(why.limit, LIMIT_TPM);
	CU_ASSERT_EQUAL(why.need, 15);
	CU_ASSERT_EQUAL(why.wait_ms, 570000);
	limits.max[LIMIT_RPM] = limits.max[LIMIT_TPM] = 0;
	CU_ASSERT_EQUAL(limiter_take(l, &ask, &a, &why), CDT_OK);
	CU_ASSERT_EQUAL(limiter_take(l, &ask, &b, &why), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(why.limit, LIMIT_CONCURRENCY);
	CU_ASSERT_EQUAL(why.wait_ms, 0);
	lease_end(l, &a, -1, -1, 0);
	limiter_free(l);
}

/* --- random schedules against a list of all that was ever admitted --- */

struct event { uint64_t at_ms; int64_t tokens; };

static bool window_is_kept(const struct event *e, size_t count, int64_t max, bool requests)
{
	for (size_t i = 0; i < count; i++) {
		int64_t sum = 0;

		for (size_t k = i; k < count; k++) {
			sum += requests ? 1 : e[k].tokens;
			if (sum * MINUTE > max * MINUTE +
			                   max * (int64_t)(e[k].at_ms - e[i].at_ms))
				return false;
		}
	}
	return true;
}

struct schedule {
	struct config_limits limits;
	struct event events[STEPS];
	struct lease open[STEPS];
	size_t count, running;
};

/* One request, and perhaps the end of another. */
static void step(struct schedule *s, struct limiter *l, uint64_t *state, uint64_t now)
{
	struct limit_scope scope = { CDT_STR("k"), &s->limits };
	struct limit_ask ask = { &scope, 1, draw(state, 20), draw(state, 20), now };
	struct limit_refusal why;

	if (s->running && draw(state, 2))
		lease_end(l, &s->open[--s->running], -1, -1, now);
	if (limiter_take(l, &ask, &s->open[s->running], &why) != CDT_OK)
		return;
	s->running++;
	s->events[s->count++] = (struct event){ now, ask.input + ask.output };
	CU_ASSERT_TRUE((int64_t)s->running <= s->limits.max[LIMIT_CONCURRENCY]);
}

static void no_window_of_any_schedule_has_too_much(void)
{
	static struct schedule s;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t state = seed * 7919, now = 0;
		struct limiter *l = limiter_new();
		int64_t rpm = 1 + draw(&state, 60), tpm = 40 + draw(&state, 2000);

		s.limits = limits_of(rpm, tpm, 1 + draw(&state, 8));
		s.count = s.running = 0;
		for (int i = 0; i < STEPS; i++)
			step(&s, l, &state, now += draw(&state, 900));
		CU_ASSERT_TRUE(window_is_kept(s.events, s.count, rpm, true));
		CU_ASSERT_TRUE(window_is_kept(s.events, s.count, tpm, false));
		while (s.running)
			lease_end(l, &s.open[--s.running], -1, -1, now);
		CU_ASSERT_EQUAL(look(l, "k", &s.limits, now).of[LIMIT_CONCURRENCY].left,
		                s.limits.max[LIMIT_CONCURRENCY]);
		limiter_free(l);
	}
}

/* --- threads --- */

struct crowd {
	struct limiter *l;
	struct config_limits key, model;
	_Atomic int64_t admitted, running, most;
};

/* Time stands still, so that what is admitted is what the buckets hold. */
static void *hammer(void *arg)
{
	struct crowd *c = arg;
	struct limit_scope scopes[] = { { CDT_STR("key:a"), &c->key },
	                                { CDT_STR("model:m"), &c->model },
	                                { CDT_STR("group:g"), &c->model } };
	struct limit_ask ask = { scopes, 3, 1, 2, 5 };
	struct limit_refusal why;
	struct lease lease;

	for (int i = 0; i < TURNS; i++) {
		int64_t now;

		if (limiter_take(c->l, &ask, &lease, &why) != CDT_OK)
			continue;
		now = atomic_fetch_add(&c->running, 1) + 1;
		if (now > atomic_load(&c->most))
			atomic_store(&c->most, now);
		atomic_fetch_sub(&c->running, 1);
		if (i % 3) {
			lease_undo(c->l, &lease, 5);
			continue;
		}
		atomic_fetch_add(&c->admitted, 1);
		lease_end(c->l, &lease, 2, 2, 5);
	}
	return NULL;
}

static void threads_together_get_what_one_would(void)
{
	static struct crowd c;
	pthread_t threads[THREADS];
	struct limit_view v;

	c.l = limiter_new();
	c.key = limits_of(9000, 1000000, 3);
	c.model = limits_of(10000, 0, 0);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, hammer, &c), 0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	v = look(c.l, "key:a", &c.key, 5);
	CU_ASSERT_EQUAL(v.of[LIMIT_RPM].left, 9000 - c.admitted);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].left, 1000000 - 4 * c.admitted);
	CU_ASSERT_EQUAL(v.of[LIMIT_CONCURRENCY].left, 3);
	CU_ASSERT_EQUAL(look(c.l, "model:m", &c.model, 5).of[LIMIT_RPM].left,
	                10000 - c.admitted);
	CU_ASSERT_EQUAL(look(c.l, "group:g", &c.model, 5).of[LIMIT_RPM].left,
	                10000 - c.admitted);
	CU_ASSERT_TRUE(c.admitted > 0 && c.admitted <= 9000);
	CU_ASSERT_TRUE(c.most <= 3);
	limiter_free(c.l);
}

/* --- memory --- */

static void who_is_idle_is_forgotten(void)
{
	struct config_limits limits = limits_of(60, 0, 1);
	struct limiter *l = limiter_new();
	struct lease held, lease;
	char id[32];

	CU_ASSERT_EQUAL(take_one(l, "held", &limits, 0, &held), CDT_OK);
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(id, sizeof id, "k%d", i);
		CU_ASSERT_EQUAL(take_one(l, id, &limits, 0, &lease), CDT_OK);
		lease_end(l, &lease, -1, -1, 0);
	}
	CU_ASSERT_EQUAL(limiter_count(l), 10001);      /* none is whole again */
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(id, sizeof id, "n%d", i);
		CU_ASSERT_EQUAL(take_one(l, id, &limits, MINUTE, &lease), CDT_OK);
		lease_end(l, &lease, -1, -1, MINUTE);
	}
	CU_ASSERT_EQUAL(limiter_count(l), 10001);      /* the old ones are gone, "held" not */
	CU_ASSERT_EQUAL(take_one(l, "held", &limits, MINUTE, &lease), CDT_E_LIMIT);
	lease_end(l, &held, -1, -1, MINUTE);
	limiter_free(l);
}

static void a_look_remembers_nobody(void)
{
	struct config_limits limits = limits_of(60, 0, 1);
	struct limiter *l = limiter_new();
	struct limit_view v = look(l, "k", &limits, 0);

	CU_ASSERT_EQUAL(v.of[LIMIT_RPM].max, 60);
	CU_ASSERT_EQUAL(v.of[LIMIT_RPM].left, 60);
	CU_ASSERT_EQUAL(v.of[LIMIT_RPM].reset_ms, 0);
	CU_ASSERT_EQUAL(v.of[LIMIT_TPM].max, 0);
	CU_ASSERT_EQUAL(limiter_count(l), 0);
	limiter_free(l);
}

static const struct unit_test tests[] = {
	{ "a refused request takes nothing anywhere", a_refused_request_takes_nothing_anywhere },
	{ "tokens are set right, up and down", tokens_are_set_right_up_and_down },
	{ "unknown usage keeps the estimate, and half of it its half",
	  unknown_usage_keeps_the_estimate_and_half_of_it_its_half },
	{ "what is undone never was", what_is_undone_never_was },
	{ "concurrency is given back exactly once", concurrency_is_given_back_exactly_once },
	{ "a shadowed limit only tells", a_shadowed_limit_only_tells },
	{ "the longest wait is told", the_longest_wait_is_told },
	{ "no window of any schedule has too much", no_window_of_any_schedule_has_too_much },
	{ "threads together get what one would", threads_together_get_what_one_would },
	{ "who is idle is forgotten", who_is_idle_is_forgotten },
	{ "a look remembers nobody", a_look_remembers_nobody },
	{ NULL, NULL }
};
const struct unit_suite limit_limiter_suite = { "limit/limiter", tests };
