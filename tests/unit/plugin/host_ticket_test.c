/* unit/plugin/host_ticket_test.c - tickets that are finished from many threads.
 * SPDX-License-Identifier: MIT */
#include "plugin/host_ticket.h"

#include <pthread.h>

#include "unit/plugin/rig.h"
#include "unit/unit.h"

enum { THREADS = 4, EACH = 250 };

static int answers;
static bool all_came;
static uint64_t lasts_sum;

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct worker *w = arg;

	CU_ASSERT(worker_is_here(w) || st == CDT_OK);
	CU_ASSERT_EQUAL(value.n, 5);
	lasts_sum += lasts_ms;
	all_came = ++answers == THREADS * EACH;
}

static void *finish_all(void *arg)
{
	struct ticket **t = arg;

	for (int i = 0; i < EACH; i++) {
		struct cdt_ticket *abi = ticket_abi(t[i]);

		abi->api->lasts(abi, 2);
		if (!abi->api->cancelled(abi))
			abi->api->done(abi, CDT_OK, CDT_STR("value"));
	}
	return NULL;
}

static void hops_from_any_thread_to_the_worker(void)
{
	static struct ticket *t[THREADS][EACH];
	struct worker *w = worker_new(0);
	pthread_t thread[THREADS];
	struct plugrig g;
	struct tickets *p;
	struct list graves;

	answers = 0;
	all_came = false;
	lasts_sum = 0;
	plugrig_init(&g, "good");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "cache", "good", NULL, w));
	p = tickets_new(g.instance, w);
	for (int i = 0; i < THREADS; i++) {
		for (int k = 0; k < EACH; k++)
			t[i][k] = ticket_take(p, on_answer, w);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, finish_all, t[i]), 0);
	}
	plugrig_turn(w, &all_came);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(answers, THREADS * EACH);
	CU_ASSERT_EQUAL(lasts_sum, 2 * THREADS * EACH);
	CU_ASSERT_EQUAL(plugrig_misuses(&g), 0);
	list_init(&graves);
	tickets_close(p);
	tickets_park(p, &graves);
	tickets_free_all(&graves);
	plugrig_fini(&g);
	worker_free(w);
}

static void note(void *arg)
{
	*(bool *)arg = true;
}

static void frees_a_pool_only_when_no_message_is_on_its_way(void)
{
	struct worker *w = worker_new(0);
	struct list parked, graves;
	struct cdt_ticket *abi;
	struct tickets *p;
	bool came = false;
	struct plugrig g;

	answers = 0;
	plugrig_init(&g, "good");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "cache", "good", NULL, w));
	p = tickets_new(g.instance, w);
	list_init(&parked);
	list_init(&graves);
	abi = ticket_abi(ticket_take(p, on_answer, w));
	abi->api->done(abi, CDT_OK, CDT_STR("value"));
	tickets_close(p);
	CU_ASSERT(abi->api->cancelled(abi));
	tickets_park(p, &parked);
	tickets_sweep(&parked, &graves);
	CU_ASSERT(!list_empty(&graves));
	worker_post(w, note, &came);                   /* comes after the ticket's message */
	plugrig_turn(w, &came);
	CU_ASSERT_EQUAL(answers, 0);                   /* closed before it came */
	tickets_sweep(&parked, &graves);
	CU_ASSERT(list_empty(&graves));
	plugrig_fini(&g);
	worker_free(w);
}

static const struct unit_test tests[] = {
	{ "hops from any thread to the worker", hops_from_any_thread_to_the_worker },
	{ "frees a pool only when no message is on its way",
	  frees_a_pool_only_when_no_message_is_on_its_way },
	{ NULL, NULL },
};
const struct unit_suite plugin_host_ticket_suite = { "plugin/host_ticket", tests };
