/* Declaring, counting, summing up.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

enum { THREADS = 4, ADDS = 20000 };

static const cdt_str none[1] = { { "", 0 } };

static uint32_t bare_series(struct metrics *m, enum metrics_kind kind, const char *name)
{
	return metrics_series(m, metrics_declare(m, kind, name, "", ""), none);
}

static void names_that_prometheus_does_not_take_are_refused(void)
{
	static const struct { const char *name, *labels; bool good; } cases[] = {
		{ "requests", "", true },
		{ "requests_2", "model,provider", true },
		{ "", "", false },
		{ "2requests", "", false },
		{ "re-quests", "", false },
		{ "a", "le", false },
		{ "b", "model,,provider", false },
		{ "c", "1,2", false },
		{ "d", "a,b,c,d,e,f", true },
		{ "e", "a,b,c,d,e,f,g", false },
	};
	struct metrics *m = metrics_new(1);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CU_ASSERT_EQUAL(metrics_declare(m, METRICS_COUNTER, cases[i].name,
		                                cases[i].labels, "help") != 0, cases[i].good);
	metrics_free(m);
}

static void the_same_name_is_the_same_metric(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t id = metrics_declare(m, METRICS_COUNTER, "requests", "model", "x");

	CU_ASSERT_EQUAL(metrics_declare(m, METRICS_COUNTER, "requests", "model", "y"), id);
	CU_ASSERT_EQUAL(metrics_declare(m, METRICS_COUNTER, "requests_total", "model", "y"),
	                id);
	CU_ASSERT_EQUAL(metrics_declare(m, METRICS_GAUGE, "requests_total", "model", "y"), 0);
	CU_ASSERT_EQUAL(metrics_declare(m, METRICS_COUNTER, "requests", "model,b", "y"), 0);
	CU_ASSERT_EQUAL(metrics_declare(m, METRICS_COUNTER, "requests", "", "y"), 0);
	CU_ASSERT_NOT_EQUAL(metrics_declare(m, METRICS_GAUGE, "requests", "", "y"), id);
	metrics_free(m);
}

static void a_series_is_its_values(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t id = metrics_declare(m, METRICS_COUNTER, "requests", "model,provider", "x");
	cdt_str one[] = { CDT_STR("a"), CDT_STR("bc") };
	cdt_str two[] = { CDT_STR("ab"), CDT_STR("c") };
	uint32_t s = metrics_series(m, id, one);

	CU_ASSERT_NOT_EQUAL(s, 0);
	CU_ASSERT_EQUAL(metrics_series(m, id, one), s);
	CU_ASSERT_NOT_EQUAL(metrics_series(m, id, two), s);
	CU_ASSERT_EQUAL(metrics_series(m, 0, one), 0);
	CU_ASSERT_EQUAL(metrics_series(m, id + 1, one), 0);
	metrics_free(m);
}

static void shards_are_summed_up(void)
{
	struct metrics *m = metrics_new(2);
	uint32_t id = metrics_declare(m, METRICS_COUNTER, "requests", "", "x");
	uint32_t s = metrics_series(m, id, none);

	metrics_add(m, 0, s, 1);
	metrics_add(m, 1, s, 2);
	metrics_add(m, -1, s, 4);
	metrics_add(m, 99, s, 8);                      /* as if it were -1 */
	CU_ASSERT_EQUAL(metrics_read(m, s), 15);
	metrics_free(m);
}

static void nonsense_does_not_count(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t c = bare_series(m, METRICS_COUNTER, "c");
	uint32_t g = bare_series(m, METRICS_GAUGE, "g");
	uint32_t h = bare_series(m, METRICS_HISTOGRAM, "h");

	metrics_add(m, 0, c, -1);
	metrics_add(m, 0, c, NAN);
	metrics_add(m, 0, h, NAN);
	metrics_set(m, c, 9);
	metrics_add(m, 0, 0, 1);                       /* refused at declaration */
	metrics_add(m, 0, UINT32_MAX, 1);
	CU_ASSERT_EQUAL(metrics_read(m, c), 0);
	CU_ASSERT_EQUAL(metrics_read(m, h), 0);
	metrics_add(m, 0, g, -3);
	CU_ASSERT_EQUAL(metrics_read(m, g), -3);
	metrics_free(m);
}

static void a_gauge_is_set(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t g = bare_series(m, METRICS_GAUGE, "g");

	metrics_set(m, g, 5);
	metrics_set(m, g, 2.5);
	CU_ASSERT_EQUAL(metrics_read(m, g), 2.5);
	metrics_free(m);
}

static void a_histogram_counts_its_observations(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t id = metrics_declare(m, METRICS_HISTOGRAM, "h", "", "");
	uint32_t h = metrics_series(m, id, none);
	uint32_t c = bare_series(m, METRICS_COUNTER, "c");

	metrics_add(m, 0, h, 0.00001);
	metrics_add(m, 0, h, 1e9);
	metrics_add(m, -1, h, 1);
	metrics_add(m, 0, c, 1);
	CU_ASSERT_EQUAL(metrics_read(m, h), 3);
	CU_ASSERT_EQUAL(metrics_read(m, c), 1);
	metrics_free(m);
}

static void past_the_maximum_there_is_one_for_all_others(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t id = metrics_declare(m, METRICS_HISTOGRAM, "h", "user", "");
	uint32_t last = 0, other;
	char text[16];
	cdt_str value;

	for (int i = 0; i < METRICS_FAMILY_MAX; i++) {
		(void)snprintf(text, sizeof text, "%d", i);
		value = str_z(text);
		last = metrics_series(m, id, &value);
		metrics_add(m, 0, last, 1);
	}
	value = CDT_STR("one more");
	other = metrics_series(m, id, &value);
	CU_ASSERT_NOT_EQUAL(other, last);
	value = CDT_STR("and another");
	CU_ASSERT_EQUAL(metrics_series(m, id, &value), other);
	value = CDT_STR("17");
	CU_ASSERT_NOT_EQUAL(metrics_series(m, id, &value), other);
	metrics_add(m, 0, other, 1);
	metrics_add(m, -1, other, 1);
	CU_ASSERT_EQUAL(metrics_read(m, other), 2);
	CU_ASSERT_EQUAL(metrics_read(m, last), 1);
	metrics_free(m);
}

/* Others have the room that one metric could not take. */
static void a_family_leaves_room_for_others(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t greedy = metrics_declare(m, METRICS_COUNTER, "greedy", "user", "");
	uint32_t modest = metrics_declare(m, METRICS_HISTOGRAM_SHORT, "modest", "user", "");
	uint32_t first, second;
	cdt_str value = CDT_STR("me");
	char text[16];

	for (int i = 0; i < 2 * METRICS_FAMILY_MAX; i++) {
		(void)snprintf(text, sizeof text, "%d", i);
		(void)metrics_series(m, greedy, &(cdt_str){ text, strlen(text) });
	}
	first = metrics_series(m, modest, &value);
	value = CDT_STR("you");
	second = metrics_series(m, modest, &value);
	CU_ASSERT_NOT_EQUAL(first, second);
	metrics_add(m, 0, first, 0.0000049);
	metrics_add(m, 0, second, 0.26);
	CU_ASSERT_EQUAL(metrics_read(m, first), 1);
	CU_ASSERT_EQUAL(metrics_read(m, second), 1);
	metrics_free(m);
}

struct adder { struct metrics *m; uint32_t id; int shard; };

static void *add_often(void *arg)
{
	struct adder *me = arg;
	char text[16];

	for (int i = 0; i < ADDS; i++) {
		cdt_str value = { text, 1 };

		text[0] = (char)('a' + i % 20);
		metrics_add(me->m, me->shard, metrics_series(me->m, me->id, &value), 1);
	}
	return NULL;
}

static void threads_lose_nothing(void)
{
	struct metrics *m = metrics_new(2);
	uint32_t id = metrics_declare(m, METRICS_COUNTER, "c", "letter", "");
	struct adder adders[THREADS];
	pthread_t threads[THREADS];
	double sum = 0;
	struct buf text;

	for (int i = 0; i < THREADS; i++) {
		adders[i] = (struct adder){ m, id, i < 2 ? i : -1 };
		pthread_create(&threads[i], NULL, add_often, &adders[i]);
	}
	buf_init(&text, 1 << 20);
	metrics_expose(m, &text);                      /* at the same time */
	buf_fini(&text);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (char c = 'a'; c < 'a' + 20; c++)
		sum += metrics_read(m, metrics_series(m, id, &(cdt_str){ &c, 1 }));
	CU_ASSERT_EQUAL(sum, THREADS * ADDS);
	metrics_free(m);
}

static const struct unit_test tests[] = {
	{ "names that prometheus does not take are refused",
	  names_that_prometheus_does_not_take_are_refused },
	{ "the same name is the same metric", the_same_name_is_the_same_metric },
	{ "a series is its values", a_series_is_its_values },
	{ "shards are summed up", shards_are_summed_up },
	{ "nonsense does not count", nonsense_does_not_count },
	{ "a gauge is set", a_gauge_is_set },
	{ "a histogram counts its observations", a_histogram_counts_its_observations },
	{ "past the maximum there is one for all others",
	  past_the_maximum_there_is_one_for_all_others },
	{ "a family leaves room for others", a_family_leaves_room_for_others },
	{ "threads lose nothing", threads_lose_nothing },
	{ NULL, NULL },
};
const struct unit_suite metrics_metrics_suite = { "metrics/metrics", tests };
