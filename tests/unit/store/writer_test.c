/* One writer, many askers.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "unit/unit.h"

enum { ASKERS = 4, EACH = 500 };

struct asker { struct store *s; unsigned number; _Atomic unsigned finished, failed; };
struct addition { struct asker *asker; unsigned i; };

static uint64_t number_of(cdt_str v)
{
	uint64_t n = 0;

	return str_u64(v, &n) ? n : 0;
}

static cdt_status nothing(void *arg, struct store_txn *t)
{
	(void)arg, (void)t;
	return CDT_OK;
}

/* A shared sum and a row of its own; each tenth refuses after having written. */
static cdt_status add_one(void *arg, struct store_txn *t)
{
	struct addition *a = arg;
	char text[32], key[32];
	cdt_str sum;
	uint64_t n = 0;

	if (txn_get(t, STORE_META, CDT_STR("sum"), &sum) == CDT_OK)
		n = number_of(sum);
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)n + 1);
	(void)snprintf(key, sizeof key, "%u-%u", a->asker->number, a->i);
	(void)txn_put(t, STORE_META, CDT_STR("sum"), str_z(text));
	(void)txn_put(t, STORE_KEYS, str_z(key), CDT_STR("x"));
	return a->i % 10 ? CDT_OK : CDT_E_INVALID;
}

static void on_added(void *arg, cdt_status st)
{
	struct addition *a = arg;

	CU_ASSERT_EQUAL(st, a->i % 10 ? CDT_OK : CDT_E_INVALID);
	atomic_fetch_add(st == CDT_OK ? &a->asker->finished : &a->asker->failed, 1);
	mem_free(a);
}

static void *ask(void *arg)
{
	struct asker *me = arg;

	for (unsigned i = 0; i < EACH; i++) {
		struct addition *a = mem_new(sizeof *a);
		struct store_op op = { add_one, on_added, a, NULL };

		*a = (struct addition){ me, i };
		CU_ASSERT_EQUAL(store_submit(me->s, &op), CDT_OK);
	}
	return NULL;
}

static void askers_lose_nothing_and_failures_undo_only_themselves(void)
{
	char why[256], *dir = unit_dir_new(), key[32];
	struct store *s = store_open(dir, 16 << 20, why);
	struct asker askers[ASKERS] = { 0 };
	pthread_t threads[ASKERS];
	struct store_read *r;
	cdt_str v;

	for (unsigned i = 0; i < ASKERS; i++) {
		askers[i].s = s;
		askers[i].number = i;
		pthread_create(&threads[i], NULL, ask, &askers[i]);
	}
	for (unsigned i = 0; i < ASKERS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(store_run(s, nothing, NULL), CDT_OK);
	r = store_read_begin(s);
	CU_ASSERT_EQUAL(store_get(r, STORE_META, CDT_STR("sum"), &v), CDT_OK);
	CU_ASSERT_EQUAL(number_of(v), ASKERS * EACH / 10 * 9);
	for (unsigned i = 0; i < ASKERS * EACH; i++) {
		(void)snprintf(key, sizeof key, "%u-%u", i / EACH, i % EACH);
		CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, str_z(key), &v),
		                i % 10 ? CDT_OK : CDT_E_ABSENT);
	}
	store_read_end(r);
	for (unsigned i = 0; i < ASKERS; i++) {
		CU_ASSERT_EQUAL(askers[i].finished, EACH / 10 * 9);
		CU_ASSERT_EQUAL(askers[i].failed, EACH / 10);
	}
	CU_ASSERT_EQUAL(store_counts(s).operations, ASKERS * EACH + 1);
	CU_ASSERT_EQUAL(store_counts(s).failed, ASKERS * EACH / 10);
	CU_ASSERT(store_counts(s).commits < ASKERS * EACH);
	store_close(s);
	unit_dir_drop(dir);
}

struct gate { pthread_mutex_t lock; };

static cdt_status wait_at_gate(void *arg, struct store_txn *t)
{
	struct gate *g = arg;

	(void)t;
	pthread_mutex_lock(&g->lock);
	pthread_mutex_unlock(&g->lock);
	return CDT_OK;
}

static void a_full_queue_refuses_and_recovers(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, 16 << 20, why);
	struct gate g = { PTHREAD_MUTEX_INITIALIZER };
	struct store_op stop = { wait_at_gate, NULL, &g, NULL };
	struct store_op op = { nothing, NULL, NULL, NULL };
	size_t taken = 1;
	cdt_status st;

	pthread_mutex_lock(&g.lock);
	CU_ASSERT_EQUAL(store_submit(s, &stop), CDT_OK);
	while (taken <= STORE_QUEUE_MAX && store_submit(s, &op) == CDT_OK)
		taken++;
	CU_ASSERT_EQUAL(taken, STORE_QUEUE_MAX);
	CU_ASSERT_EQUAL(store_submit(s, &op), CDT_E_LIMIT);
	pthread_mutex_unlock(&g.lock);
	while ((st = store_run(s, nothing, NULL)) == CDT_E_LIMIT)
		;
	CU_ASSERT_EQUAL(st, CDT_OK);
	store_close(s);
	unit_dir_drop(dir);
}

struct fill { unsigned i; bool remove; char value[4096]; };

static cdt_status fill_page(void *arg, struct store_txn *t)
{
	struct fill *f = arg;
	char key[16];

	(void)snprintf(key, sizeof key, "%08u", f->i);
	if (f->remove)
		return txn_delete(t, STORE_KEYS, str_z(key));
	return txn_put(t, STORE_KEYS, str_z(key), str_from(f->value, sizeof f->value));
}

static void a_full_map_is_a_limit_and_deleting_makes_room(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, 1 << 20, why);
	struct fill f = { 0 };
	unsigned count = 0;
	cdt_status st;

	while ((st = store_run(s, fill_page, &f)) == CDT_OK && f.i < 1000)
		f.i++;
	CU_ASSERT_EQUAL(st, CDT_E_LIMIT);
	CU_ASSERT(f.i > 50);
	CU_ASSERT(store_counts(s).bytes_used <= store_counts(s).bytes_max);
	count = f.i;
	f.remove = true;
	for (f.i = 0; f.i < count / 2; f.i++)
		CU_ASSERT_EQUAL(store_run(s, fill_page, &f), CDT_OK);
	f.remove = false;
	for (f.i = 0; f.i < count / 4; f.i++)
		CU_ASSERT_EQUAL(store_run(s, fill_page, &f), CDT_OK);
	store_close(s);
	unit_dir_drop(dir);
}

struct order { struct worker *w; unsigned seen; _Atomic bool here, done; };
struct step { struct order *o; unsigned i; };

static void on_step(void *arg, cdt_status st)
{
	struct step *p = arg;
	struct order *o = p->o;

	CU_ASSERT_EQUAL(st, CDT_OK);
	CU_ASSERT(worker_is_here(o->w));
	CU_ASSERT_EQUAL(o->seen, p->i);
	o->seen++;
	if (p->i == 99)
		worker_stop(o->w);
}

static void workers_are_told_on_their_thread_in_order(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, 16 << 20, why);
	struct order o = { .w = worker_new(0) };
	struct step steps[100];

	CU_ASSERT_EQUAL(worker_start(o.w), CDT_OK);
	for (unsigned i = 0; i < 100; i++) {
		struct store_op op = { nothing, on_step, &steps[i], o.w };

		steps[i] = (struct step){ &o, i };
		CU_ASSERT_EQUAL(store_submit(s, &op), CDT_OK);
	}
	worker_join(o.w);
	CU_ASSERT_EQUAL(o.seen, 100);
	store_close(s);
	worker_free(o.w);
	unit_dir_drop(dir);
}

static void run_inside(void *arg, cdt_status st)
{
	CU_ASSERT_EQUAL(st, CDT_OK);
	CU_ASSERT_EQUAL(store_run(arg, nothing, NULL), CDT_E_MISUSE);
}

static void the_writer_does_not_wait_for_itself(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, 16 << 20, why);
	struct store_op op = { nothing, run_inside, s, NULL };

	CU_ASSERT_EQUAL(store_submit(s, &op), CDT_OK);
	store_close(s);
	unit_dir_drop(dir);
}

static void count_up(void *arg, cdt_status st)
{
	*(unsigned *)arg += st == CDT_OK;
}

static void closing_settles_what_is_queued(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, 16 << 20, why);
	unsigned told = 0;
	struct store_op op = { nothing, count_up, &told, NULL };

	for (unsigned i = 0; i < 3000; i++)
		CU_ASSERT_EQUAL(store_submit(s, &op), CDT_OK);
	store_close(s);
	CU_ASSERT_EQUAL(told, 3000);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "askers lose nothing and failures undo only themselves",
	  askers_lose_nothing_and_failures_undo_only_themselves },
	{ "a full queue refuses and recovers", a_full_queue_refuses_and_recovers },
	{ "a full map is a limit and deleting makes room",
	  a_full_map_is_a_limit_and_deleting_makes_room },
	{ "workers are told on their thread in order",
	  workers_are_told_on_their_thread_in_order },
	{ "the writer does not wait for itself", the_writer_does_not_wait_for_itself },
	{ "closing settles what is queued", closing_settles_what_is_queued },
	{ NULL, NULL },
};
const struct unit_suite store_writer_suite = { "store/writer", tests };
