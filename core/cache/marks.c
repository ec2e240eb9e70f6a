/* cache/marks.c - marks by model and key, in memory and in the store.  What an entry is, and
 * when it is too old by itself, others know.
 * SPDX-License-Identifier: MIT */
#include "cache/marks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/bigend.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "store/store.h"

/* An entry lasts for its ttl and, when it is too old, for as long again: 366 days each. */
#define LASTS_MS (INT64_C(2) * 366 * 24 * 3600 * 1000)
enum { FORMAT = 1, HEAD_SIZE = 9, NAME_SIZE = MARK_TEXT_MAX + 1, BATCH = 100 };

/* Written by the store's writer alone, under the lock. */
struct marks {
	struct store *store;
	pthread_rwlock_t lock;
	struct map pairs;              /* model NUL key -> struct pair; no "everything" */
	_Atomic int64_t newest;        /* of all marks */
	_Atomic int64_t everything;
	_Atomic int64_t stamp;         /* the latest that was given */
};
struct pair { int64_t wall_ms; };

/* One on its way to the store. */
struct purge {
	struct marks *marks;
	struct marks_asker by;
	int64_t now_ms, wall_ms;
	bool all;
	cdt_status st;
	cdt_str name;
	char text[NAME_SIZE];
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What a pair is found by; false: it is too long to be there. */
static bool name_of(const struct mark *m, char out[NAME_SIZE], cdt_str *name)
{
	if (m->model.n > MARK_TEXT_MAX || m->key.n > MARK_TEXT_MAX - m->model.n)
		return false;
	if (m->model.n)
		memcpy(out, m->model.p, m->model.n);
	out[m->model.n] = '\0';
	if (m->key.n)
		memcpy(out + m->model.n + 1, m->key.p, m->key.n);
	*name = str_from(out, m->model.n + 1 + m->key.n);
	return true;
}

static const cdt_str everything = { "", 1 };

static bool is_everything(cdt_str name)
{
	return name.n == 1;
}

/* --- asked for each known answer --- */

int64_t marks_since(const struct marks *m)
{
	return m->everything;
}

int64_t marks_stamp(struct marks *m, int64_t now_ms)
{
	int64_t last = m->stamp, stamp = later(now_ms, later(last, m->newest + 1));

	while (stamp > last && !atomic_compare_exchange_weak(&m->stamp, &last, stamp))
		stamp = later(stamp, last);
	return stamp;
}

/* The time of the mark of that very pair. */
static int64_t time_of(const struct marks *m, cdt_str model, cdt_str key)
{
	const struct mark wanted = { model, key };
	char text[NAME_SIZE];
	const struct pair *p;
	cdt_str name;

	p = name_of(&wanted, text, &name) ? map_find(&m->pairs, name) : NULL;
	return p ? p->wall_ms : MARKS_NEVER;
}

bool marks_hide(struct marks *m, const struct mark *of, int64_t stored_ms, int64_t now_ms)
{
	const cdt_str any = { "", 0 };
	int64_t newest = m->newest, at = m->everything;
	bool is_ahead = newest != MARKS_NEVER && stored_ms > now_ms && stored_ms > m->stamp;

	if (stored_ms > newest && !is_ahead)
		return false;
	if (stored_ms <= at || (is_ahead && at != MARKS_NEVER))
		return true;
	(void)pthread_rwlock_rdlock(&m->lock);         /* can not fail: nobody holds two */
	if (of->key.n)
		at = later(at, time_of(m, any, of->key));
	if (of->model.n)
		at = later(at, time_of(m, of->model, any));
	if (of->key.n && of->model.n)
		at = later(at, time_of(m, of->model, of->key));
	(void)pthread_rwlock_unlock(&m->lock);
	return stored_ms <= at || (is_ahead && at != MARKS_NEVER);
}

/* --- in memory --- */

static void drop_pairs(struct marks *m)
{
	cdt_str name;
	void *pair;
	size_t it = 0;

	while (map_next(&m->pairs, &it, &name, &pair))
		mem_free(pair);
	map_fini(&m->pairs);
	map_init(&m->pairs);
}

/* Newer than all that is known, or read at start. */
static void know(struct marks *m, cdt_str name, int64_t wall_ms)
{
	struct pair *p;

	(void)pthread_rwlock_wrlock(&m->lock);
	if (is_everything(name)) {
		m->everything = later(m->everything, wall_ms);
	} else {
		p = map_find(&m->pairs, name);
		if (!p) {
			p = mem_new(sizeof *p);
			p->wall_ms = wall_ms;
			(void)map_put(&m->pairs, name, p);
		}
		p->wall_ms = later(p->wall_ms, wall_ms);
	}
	m->newest = later(m->newest, wall_ms);
	(void)pthread_rwlock_unlock(&m->lock);
}

/* No pair is newer than that. */
static void know_all(struct marks *m, int64_t wall_ms)
{
	know(m, everything, wall_ms);
	(void)pthread_rwlock_wrlock(&m->lock);
	drop_pairs(m);
	(void)pthread_rwlock_unlock(&m->lock);
}

/* --- in the store: under the digest of the name, which may be long --- */

static bool read_mark(cdt_str record, cdt_str *name, int64_t *wall_ms)
{
	if (record.n <= HEAD_SIZE || record.n > HEAD_SIZE + NAME_SIZE ||
	    record.p[0] != FORMAT)
		return false;
	*wall_ms = (int64_t)big_get(record.p + 1, HEAD_SIZE - 1);
	*name = str_skip(record, HEAD_SIZE);
	return true;
}

/* Of two the later one stays. */
static cdt_status put_mark(struct store_txn *txn, cdt_str name, int64_t wall_ms)
{
	char record[HEAD_SIZE + NAME_SIZE] = { FORMAT };
	uint8_t digest[SHA256_SIZE];
	int64_t stored_ms = wall_ms;
	cdt_str key = { (const char *)digest, SHA256_SIZE }, stored, same;
	cdt_status st;

	sha256(name, digest);
	st = txn_get(txn, STORE_MARKS, key, &stored);
	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	if (st == CDT_OK && read_mark(stored, &same, &stored_ms))
		wall_ms = later(wall_ms, stored_ms);
	big_put(record + 1, (uint64_t)wall_ms, HEAD_SIZE - 1);
	memcpy(record + HEAD_SIZE, name.p, name.n);
	return txn_put(txn, STORE_MARKS, key, str_from(record, HEAD_SIZE + name.n));
}

/* "model=fast key=H6aFIoIXeKmx" */
static cdt_status note(const struct purge *p, struct store_txn *txn)
{
	cdt_str key = p->name, model = str_cut(&key, '\0');
	struct audit_entry e = {
		.wall_ms = p->now_ms, .actor = p->by.actor, .action = "purge",
		.kind = "cache", .object = CDT_STR("everything"),
		.changed = CDT_STR("[\"entries\"]"),
	};
	struct buf object;
	cdt_status st;

	buf_init(&object, 2 * NAME_SIZE);
	if (model.n)
		buf_print(&object, "model=%.*s", STR_ARG(model));
	if (key.n)
		buf_print(&object, "%skey=%.*s", model.n ? " " : "", STR_ARG(key));
	if (object.n)
		e.object = buf_str(&object);
	st = audit_put(txn, &e);
	buf_fini(&object);
	return st;
}

/* [writer] */
static cdt_status apply(void *arg, struct store_txn *txn)
{
	struct purge *p = arg;
	struct marks *m = p->marks;
	bool is_new = !is_everything(p->name) && !map_find(&m->pairs, p->name);
	cdt_status st = CDT_OK;

	p->all = is_everything(p->name) || (is_new && m->pairs.count >= MARKS_MAX);
	p->wall_ms = later(p->now_ms, later(m->stamp, m->newest));
	if (p->all)
		st = txn_clear(txn, STORE_MARKS);
	if (st == CDT_OK)
		st = put_mark(txn, p->all ? everything : p->name, p->wall_ms);
	return st == CDT_OK ? note(p, txn) : st;
}

static void deliver(void *arg)
{
	struct purge *p = arg;

	p->by.finished(p->by.arg, p->st);
	mem_free(p);
}

/* [writer] In the order of the commits. */
static void on_durable(void *arg, cdt_status st)
{
	struct purge *p = arg;

	if (st == CDT_OK && p->all)
		know_all(p->marks, p->wall_ms);
	else if (st == CDT_OK)
		know(p->marks, p->name, p->wall_ms);
	if (st == CDT_OK && p->all && !is_everything(p->name))
		log_warn(LOG_CACHE, NULL, "too many purges of parts of the cache are kept: "
		         "everything is purged max=%d", MARKS_MAX);
	p->st = st;
	if (p->by.worker)
		worker_post(p->by.worker, deliver, p);
	else
		deliver(p);
}

cdt_status marks_add(struct marks *m, const struct mark *what, int64_t now_ms,
                     const struct marks_asker *by)
{
	struct purge *p = mem_new(sizeof *p);
	struct store_op op = { apply, on_durable, p, NULL };
	cdt_status st = CDT_E_LIMIT;

	p->marks = m;
	p->by = *by;
	p->now_ms = now_ms;
	if (name_of(what, p->text, &p->name))
		st = store_submit(m->store, &op);
	if (st != CDT_OK)
		mem_free(p);
	return st;
}

/* --- at start --- */

/* Marks that no entry needs any more, or that can not be read, become one for everything that
 * is as old: nobody sees more by it, even when the clock is wrong. */
struct fold { size_t count; int64_t wall_ms; char keys[BATCH][SHA256_SIZE]; };

static cdt_status apply_fold(void *arg, struct store_txn *txn)
{
	const struct fold *f = arg;
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < f->count && st == CDT_OK; i++)
		st = txn_delete(txn, STORE_MARKS, str_from(f->keys[i], SHA256_SIZE));
	return st == CDT_OK ? put_mark(txn, everything, f->wall_ms) : st;
}

/* Takes one record in; true: it is to be folded. */
static bool take(struct marks *m, cdt_str record, int64_t now_ms, struct fold *f)
{
	int64_t wall_ms = now_ms;
	cdt_str name = everything;
	bool is_good = read_mark(record, &name, &wall_ms);

	if (is_good && (is_everything(name) || wall_ms > now_ms - LASTS_MS)) {
		know(m, name, wall_ms);
		return false;
	}
	if (!is_good)
		log_warn(LOG_CACHE, NULL, "a mark of purged answers is damaged: nothing that "
		         "was kept until now is given any more");
	f->wall_ms = later(f->wall_ms, wall_ms);
	return true;
}

/* Fewer than BATCH: that was all of them. */
static cdt_status load_batch(struct marks *m, int64_t now_ms, struct fold *f)
{
	struct store_read *read = store_read_begin(m->store);
	cdt_str key = { NULL, 0 }, record;
	cdt_status st = read ? CDT_OK : CDT_E_LIMIT;

	while (st == CDT_OK && f->count < BATCH) {
		st = store_next(read, STORE_MARKS, key.n > 0, &key, &record);
		if (st == CDT_OK && key.n == SHA256_SIZE && take(m, record, now_ms, f))
			memcpy(f->keys[f->count++], key.p, SHA256_SIZE);
	}
	store_read_end(read);
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

static cdt_status load(struct marks *m, int64_t now_ms)
{
	struct fold f = { .count = BATCH };
	cdt_status st = CDT_OK;

	while (st == CDT_OK && f.count == BATCH) {
		f.count = 0;
		f.wall_ms = m->everything;
		st = load_batch(m, now_ms, &f);
		if (st == CDT_OK && f.count)
			st = store_run(m->store, apply_fold, &f);
		if (st == CDT_OK && f.count)
			know(m, everything, f.wall_ms);
	}
	return st;
}

struct marks *marks_open(struct store *s, int64_t now_ms, char why[256])
{
	struct marks *m = mem_new(sizeof *m);
	cdt_status st;

	m->store = s;
	m->newest = m->everything = m->stamp = MARKS_NEVER;
	map_init(&m->pairs);
	(void)pthread_rwlock_init(&m->lock, NULL);     /* can not fail on Linux */
	st = load(m, now_ms);
	if (st == CDT_OK)
		return m;
	(void)snprintf(why, 256, "the marks of purged answers can not be read (%s)",
	               st == CDT_E_LIMIT ? "the store is busy or full"
	                                 : "the store is damaged");
	marks_close(m);
	return NULL;
}

void marks_close(struct marks *m)
{
	if (!m)
		return;
	drop_pairs(m);
	(void)pthread_rwlock_destroy(&m->lock);        /* nobody holds it */
	mem_free(m);
}
