/* unit/plugin/kind_cache_test.c - operations of a cache, early, late, cancelled, and twice.
 * SPDX-License-Identifier: MIT */
#include "plugin/cache.h"

#include <string.h>

#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

struct heard { bool came; int times; cdt_status st; char value[32]; };

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct heard *h = arg;

	(void)lasts_ms;
	h->came = true;
	h->times++;
	h->st = st;
	memcpy(h->value, value.p, value.n < 31 ? value.n : 31);
}

struct bench { struct worker *w; struct plugrig g; };

static void bench_begin(struct bench *b, const char *type)
{
	b->w = worker_new(0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->w);
	plugrig_init(&b->g, type);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&b->g, "cache", type, NULL, b->w));
}

static void bench_end(struct bench *b)
{
	plugrig_fini(&b->g);
	worker_free(b->w);
}

/* The wait that is left; NULL: it is answered. */
static struct ticket *get(struct bench *b, const char *key, struct heard *h)
{
	struct cache_order o = { str_z(key), on_answer, h };
	struct ticket *wait = NULL;

	CU_ASSERT_EQUAL(cache_get(b->g.self, &o, &wait), CDT_OK);
	return wait;
}

static struct ticket *put(struct bench *b, struct heard *h)
{
	struct cache_order o = { CDT_STR("k"), on_answer, h };
	struct ticket *wait = NULL;

	CU_ASSERT_EQUAL(cache_put(b->g.self, &o, CDT_STR("v"), 1, &wait), CDT_OK);
	return wait;
}

static void answers_a_hit_inside_get(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "good");
	CU_ASSERT_PTR_NULL(get(&b, "known", &h));
	CU_ASSERT_EQUAL(h.times, 1);
	CU_ASSERT_EQUAL(h.st, CDT_OK);
	CU_ASSERT_STRING_EQUAL(h.value, "value");
	bench_end(&b);
}

static void tells_misses_puts_and_drops(void)
{
	struct heard miss = { .times = 0 }, kept = miss, drop = miss;
	struct cache_order o = { CDT_STR("k"), on_answer, &drop };
	struct ticket *wait;
	struct bench b;

	bench_begin(&b, "good");
	CU_ASSERT_PTR_NULL(get(&b, "other", &miss));
	CU_ASSERT_PTR_NULL(put(&b, &kept));
	CU_ASSERT_EQUAL(cache_drop(b.g.self, &o, &wait), CDT_OK);
	CU_ASSERT_PTR_NULL(wait);
	CU_ASSERT_EQUAL(miss.st, CDT_E_ABSENT);
	CU_ASSERT_EQUAL(kept.st, CDT_OK);
	CU_ASSERT_EQUAL(drop.st, CDT_E_ABSENT);
	bench_end(&b);
}

static void waits_for_a_timer_of_the_plugin(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "good");
	CU_ASSERT_PTR_NOT_NULL(get(&b, "later", &h));
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_STRING_EQUAL(h.value, "late value");
	bench_end(&b);
}

static void drops_the_answer_that_nobody_waits_for(void)
{
	struct heard forgotten = { .times = 0 }, h = forgotten;
	struct bench b;

	bench_begin(&b, "good");
	cache_forget(get(&b, "later", &forgotten));
	CU_ASSERT_PTR_NOT_NULL(get(&b, "later", &h));
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_EQUAL(forgotten.times, 0);
	CU_ASSERT_EQUAL(plugrig_misuses(&b.g), 0);
	bench_end(&b);
}

static void closes_with_operations_that_never_end(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "good");
	cache_forget(get(&b, "never", &h));
	bench_end(&b);
	CU_ASSERT_EQUAL(h.times, 0);
}

static void catches_a_ticket_that_is_finished_twice(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "misuse");
	CU_ASSERT_PTR_NULL(get(&b, "twice", &h));
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_EQUAL(h.times, 1);
	CU_ASSERT_STRING_EQUAL(h.value, "first");
	CU_ASSERT_EQUAL(plugrig_misuses(&b.g), 1);
	bench_end(&b);
}

/* Also when the ticket's memory serves another request by now. */
static void catches_a_ticket_of_long_ago(void)
{
	struct heard h = { .times = 0 };
	struct bench b;
	unsigned caught;

	bench_begin(&b, "misuse");
	for (int i = 0; i < 300; i++) {
		h.came = false;
		CU_ASSERT_PTR_NULL(get(&b, "old", &h));
		plugrig_turn(b.w, &h.came);
		CU_ASSERT_STRING_EQUAL(h.value, "second");
	}
	caught = plugrig_misuses(&b.g);
	CU_ASSERT_EQUAL(caught, 299);
	CU_ASSERT_EQUAL(h.times, 300);
	bench_end(&b);
}

static void turns_a_status_that_does_not_exist_into_misuse(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "misuse");
	CU_ASSERT_PTR_NULL(put(&b, &h));
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_EQUAL(h.st, CDT_E_MISUSE);
	bench_end(&b);
}

static const struct unit_test tests[] = {
	{ "answers a hit inside get", answers_a_hit_inside_get },
	{ "tells misses, puts and drops", tells_misses_puts_and_drops },
	{ "waits for a timer of the plugin", waits_for_a_timer_of_the_plugin },
	{ "drops the answer that nobody waits for", drops_the_answer_that_nobody_waits_for },
	{ "closes with operations that never end", closes_with_operations_that_never_end },
	{ "catches a ticket that is finished twice", catches_a_ticket_that_is_finished_twice },
	{ "catches a ticket of long ago", catches_a_ticket_of_long_ago },
	{ "turns a status that does not exist into misuse",
	  turns_a_status_that_does_not_exist_into_misuse },
	{ NULL, NULL },
};
const struct unit_suite plugin_kind_cache_suite = { "plugin/kind_cache", tests };
