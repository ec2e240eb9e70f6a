/* unit/plugins/cache_lmdb_load_test.c - many threads on one cache of LMDB, while segments come
 * and go under them.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "unit/plugin/rig.h"
#include "unit/plugins/cache_rig.h"
#include "unit/unit.h"

enum { THREADS = 6, KEYS = 3000, CALLS = UNIT_MANY(60000), LENGTH = 3000, CLEARS = 20 };

struct caller {
	struct cacherig *rig;
	pthread_t thread;
	struct worker *worker;
	uint64_t seed;
	size_t hits, wrong, refused;
	_Atomic unsigned *going;
};

static uint64_t roll(struct caller *c)
{
	c->seed = c->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return c->seed >> 33;
}

static void call(struct caller *c, struct instance_self *s, uint64_t turn)
{
	uint64_t n = roll(c) % KEYS;
	int64_t length = 0;
	cdt_status st;

	if (roll(c) % 3 == 0) {
		c->refused += cacherig_put(s, n, turn, 100 + n % LENGTH, 1000) != CDT_OK;
		return;
	}
	st = cacherig_get(s, n, &length);
	c->hits += st == CDT_OK;
	c->wrong += (st == CDT_OK && length != (int64_t)(100 + n % LENGTH)) ||
	            (st != CDT_OK && st != CDT_E_ABSENT);
}

static void *run(void *arg)
{
	struct caller *c = arg;
	struct instance_self *s = instance_worker_open(c->rig->instance, c->worker);

	for (uint64_t i = 0; i < CALLS; i++)
		call(c, s, i);
	instance_worker_close(s);
	atomic_fetch_sub(c->going, 1);
	return NULL;
}

static void start(struct cacherig *r, struct caller *callers, _Atomic unsigned *going)
{
	for (size_t i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){ .rig = r, .seed = i + 1, .going = going };
		callers[i].worker = worker_new((unsigned)i + 1);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&callers[i].thread, NULL, run,
		                                     &callers[i]), 0);
	}
}

/* In the meantime main asks, drops and clears. */
static void serves_many_threads_while_segments_come_and_go(void)
{
	struct caller callers[THREADS];
	_Atomic unsigned going = THREADS;
	struct cdt_cache_stats stats;
	unsigned clears = 0;
	struct cacherig r;
	size_t hits = 0;

	cacherig_init(&r, "lmdb");
	CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"8MiB\""));
	start(&r, callers, &going);
	for (uint64_t n = 0; atomic_load(&going); n++) {
		CU_ASSERT_EQUAL(cacherig_drop(&r, n % KEYS), CDT_OK);
		cache_stats(r.instance, &stats);
		if (n % 40 == 39 && clears++ < CLEARS)
			CU_ASSERT_EQUAL(cache_clear(r.instance), CDT_OK);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		CU_ASSERT_EQUAL(callers[i].wrong, 0);
		hits += callers[i].hits;
	}
	CU_ASSERT_TRUE(hits > 0);
	CU_ASSERT_EQUAL(stats.failures, 0);
	CU_ASSERT_TRUE(cacherig_disk(&r) <= 8 << 20);
	cacherig_close(&r);
	for (size_t i = 0; i < THREADS; i++)
		worker_free(callers[i].worker);
	cacherig_fini(&r);
}

/* A request that asks again from inside its answer. */
struct nest { struct cacherig *rig; int left; unsigned good; };

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct nest *n = arg;
	char key[CACHERIG_KEY_SIZE];
	struct cache_order o = { cacherig_key(1, key), on_answer, n };
	struct ticket *wait = NULL;

	(void)lasts_ms;
	if (n->left-- > 0)
		CU_ASSERT_EQUAL(cache_get(n->rig->self, &o, &wait), CDT_OK);
	n->good += st == CDT_OK && cacherig_is_value(1, value);
}

static void may_be_asked_from_inside_an_answer(void)
{
	struct cacherig r;
	struct nest n = { &r, 3, 0 };

	cacherig_init(&r, "lmdb");
	CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"8MiB\""));
	cacherig_put_surely(r.self, 1, 0, 5000);
	CU_ASSERT_EQUAL(cacherig_drop(&r, 2), CDT_OK); /* and the put is written */
	on_answer(&n, CDT_E_ABSENT, CDT_STR(""), 0);
	CU_ASSERT_EQUAL(n.good, 3);
	CU_ASSERT_TRUE(cacherig_has(&r, 1));
	cacherig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "serves many threads while segments come and go",
	  serves_many_threads_while_segments_come_and_go },
	{ "may be asked from inside an answer", may_be_asked_from_inside_an_answer },
	{ NULL, NULL },
};
const struct unit_suite plugins_cache_lmdb_load_suite = { "cache_lmdb/load", tests };
