/* unit/loop/worker_test.c - threads with loops: who runs where, in which order, until when.
 * SPDX-License-Identifier: MIT */
#include "loop/worker.h"

#include <signal.h>
#include <stdatomic.h>

#include "unit/unit.h"

struct visit {
	struct worker *worker, *here;
	bool is_here, blocks_term;
	atomic_uint runs;
};

static void look_around(void *arg)
{
	struct visit *v = arg;
	sigset_t blocked;

	v->here = worker_here();
	v->is_here = worker_is_here(v->worker);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	v->blocks_term = sigismember(&blocked, SIGTERM) == 1;
	v->runs++;
}

static void runs_messages_on_its_own_thread(void)
{
	struct visit v = { .worker = worker_new(3) };

	CU_ASSERT_PTR_NOT_NULL_FATAL(v.worker);
	CU_ASSERT_EQUAL(worker_number(v.worker), 3);
	worker_post(v.worker, look_around, &v);        /* before there is a thread */
	CU_ASSERT_EQUAL_FATAL(worker_start(v.worker), CDT_OK);
	worker_post(v.worker, look_around, &v);
	worker_stop(v.worker);
	worker_join(v.worker);
	CU_ASSERT_EQUAL(v.runs, 2);
	CU_ASSERT_PTR_EQUAL(v.here, v.worker);
	CU_ASSERT(v.is_here);
	CU_ASSERT(v.blocks_term);                      /* signals are main's */
	CU_ASSERT_PTR_NULL(worker_here());
	CU_ASSERT_FALSE(worker_is_here(v.worker));
	worker_free(v.worker);
}

static void runs_on_the_calling_thread(void)
{
	struct visit v = { .worker = worker_new(0) };

	worker_post(v.worker, look_around, &v);
	worker_stop(v.worker);
	worker_run(v.worker);
	CU_ASSERT_EQUAL(v.runs, 1);
	CU_ASSERT_PTR_EQUAL(v.here, v.worker);
	CU_ASSERT_PTR_NULL(worker_here());
	worker_free(v.worker);
	worker_free(NULL);
}

/* Two workers throw a ball to each other. */
struct game { struct worker *side[2]; atomic_uint throws; unsigned wrong; };

static void throw_on(void *arg)
{
	struct game *g = arg;
	unsigned n = ++g->throws;
	struct worker *here = worker_here();

	g->wrong += here != g->side[n % 2];
	if (n < 2000) {
		worker_post(g->side[(n + 1) % 2], throw_on, g);
		return;
	}
	worker_stop(g->side[0]);
	worker_stop(g->side[1]);
}

static void workers_talk_to_each_other(void)
{
	struct game g = { { worker_new(0), worker_new(1) }, 0, 0 };

	CU_ASSERT_EQUAL_FATAL(worker_start(g.side[0]), CDT_OK);
	CU_ASSERT_EQUAL_FATAL(worker_start(g.side[1]), CDT_OK);
	worker_post(g.side[1], throw_on, &g);
	worker_join(g.side[0]);
	worker_join(g.side[1]);
	CU_ASSERT_EQUAL(g.throws, 2000);
	CU_ASSERT_EQUAL(g.wrong, 0);
	worker_free(g.side[0]);
	worker_free(g.side[1]);
}

static const struct unit_test tests[] = {
	{ "runs messages on its own thread", runs_messages_on_its_own_thread },
	{ "runs on the calling thread", runs_on_the_calling_thread },
	{ "workers talk to each other", workers_talk_to_each_other },
	{ NULL, NULL }
};
const struct unit_suite loop_worker_suite = { "loop/worker", tests };
