/* unit/plugin/kind_cache_test.c - operations of a cache, early, late, cancelled, and twice.
 * SPDX-License-Identifier: MIT */
#include "plugin/cache.h"

#include <string.h>

#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

struct heard { bool came; int times; cdt_status st; char value[32]; };

static void on_answer(void *arg, cdt_status st, cdt_str value)
{
	struct heard *h = arg;

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

static void answers_a_hit_after_get_has_returned(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "good");
	CU_ASSERT_PTR_NOT_NULL(cache_get(b.g.self, CDT_STR("known"), on_answer, &h));
	CU_ASSERT_EQUAL(h.times, 0);
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_EQUAL(h.st, CDT_OK);
	CU_ASSERT_STRING_EQUAL(h.value, "value");
	bench_end(&b);
}

static void tells_misses_puts_and_drops(void)
{
	struct heard miss = { .times = 0 }, put = miss, drop = miss;
	struct bench b;

	bench_begin(&b, "good");
	CU_ASSERT_PTR_NOT_NULL(cache_get(b.g.self, CDT_STR("other"), on_answer, &miss));
	CU_ASSERT_PTR_NOT_NULL(cache_put(b.g.self, CDT_STR("k"), CDT_STR("v"), 1, on_answer,
	                                 &put));
	CU_ASSERT_PTR_NOT_NULL(cache_drop(b.g.self, CDT_STR("k"), on_answer, &drop));
	plugrig_turn(b.w, &drop.came);
	CU_ASSERT_EQUAL(miss.st, CDT_E_ABSENT);
	CU_ASSERT_EQUAL(put.st, CDT_OK);
	CU_ASSERT_EQUAL(drop.st, CDT_E_ABSENT);
	bench_end(&b);
}

static void waits_for_a_timer_of_the_plugin(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "good");
	CU_ASSERT_PTR_NOT_NULL(cache_get(b.g.self, CDT_STR("later"), on_answer, &h));
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_STRING_EQUAL(h.value, "late value");
	bench_end(&b);
}

static void drops_the_answer_that_nobody_waits_for(void)
{
	struct heard forgotten = { .times = 0 }, h = forgotten;
	struct cache_wait *w;
	struct bench b;

	bench_begin(&b, "good");
	w = cache_get(b.g.self, CDT_STR("later"), on_answer, &forgotten);
	cache_forget(w);
	w = cache_get(b.g.self, CDT_STR("known"), on_answer, &forgotten);
	cache_forget(w);                                /* its answer is on its way */
	CU_ASSERT_PTR_NOT_NULL(cache_get(b.g.self, CDT_STR("later"), on_answer, &h));
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
	cache_forget(cache_get(b.g.self, CDT_STR("never"), on_answer, &h));
	bench_end(&b);
	CU_ASSERT_EQUAL(h.times, 0);
}

static void catches_a_ticket_that_is_finished_twice(void)
{
	struct heard h = { .times = 0 };
	struct bench b;

	bench_begin(&b, "misuse");
	CU_ASSERT_PTR_NOT_NULL(cache_get(b.g.self, CDT_STR("twice"), on_answer, &h));
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
		CU_ASSERT_PTR_NOT_NULL(cache_get(b.g.self, CDT_STR("old"), on_answer, &h));
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
	CU_ASSERT_PTR_NOT_NULL(cache_put(b.g.self, CDT_STR("k"), CDT_STR("v"), 1, on_answer,
	                                 &h));
	plugrig_turn(b.w, &h.came);
	CU_ASSERT_EQUAL(h.st, CDT_E_MISUSE);
	bench_end(&b);
}

static const struct unit_test tests[] = {
	{ "answers a hit after get has returned", answers_a_hit_after_get_has_returned },
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
