/* cache_lmdb/queue.c - one lock, held for a few hundred nanoseconds; a look-up takes it only
 * when something with a like key waits.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                            /* pthreads */
#include "queue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/poll.h>
#include <unistd.h>

/* SHIFT_MAX: so many are taken out under the lock at once. */
enum { SHIFT_MAX = 64, FOREVER = -1 };

bool queue_init(struct queue *q, size_t bytes_max)
{
	memset(q, 0, sizeof *q);
	q->last = &q->first;
	q->urgent_count = QUEUE_COUNT_MAX;
	q->urgent_bytes = q->bytes_max = bytes_max < QUEUE_BYTES_MAX ? bytes_max
	                                                             : QUEUE_BYTES_MAX;
	q->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->wake_fd < 0)
		return false;
	pthread_mutex_init(&q->lock, NULL);
	return true;
}

void queue_fini(struct queue *q)
{
	(void)close(q->wake_fd);                       /* ours alone */
	pthread_mutex_destroy(&q->lock);
}

static void wake(struct queue *q)
{
	uint64_t one = 1;
	ssize_t n = write(q->wake_fd, &one, sizeof one);

	(void)n;                                       /* full means that it is awake */
}

static bool is_urgent(const struct queue *q)
{
	return q->drops || q->count >= q->urgent_count || q->bytes >= q->urgent_bytes ||
	       q->closing;
}

static size_t op_bytes(const struct op *o)
{
	return sizeof *o + o->n;
}

static struct op *_Atomic *bucket_of(struct queue *q, uint64_t hash)
{
	return &q->bucket[hash % QUEUE_BUCKETS];
}

void op_give(struct op *o)
{
	if (o && atomic_fetch_sub_explicit(&o->holders, 1, memory_order_acq_rel) == 1)
		free(o);
}

static struct op *op_new(enum op_kind kind, const struct entry *e)
{
	struct op *o = malloc(sizeof *o + e->value.n);

	if (!o)
		return NULL;
	memset(o, 0, sizeof *o);
	o->kind = kind;
	o->holders = 1;
	o->hash = e->hash;
	memcpy(o->key, e->key, KEY_SIZE);
	o->until_ms = e->until_ms;
	o->n = e->value.n;
	if (o->n)
		memcpy(o->value, e->value.p, o->n);
	return o;
}

/* [lock held] */
static void push(struct queue *q, struct op *o)
{
	struct op *_Atomic *head = bucket_of(q, o->hash);

	o->era = q->era;
	*q->last = o;
	q->last = &o->next;
	q->count++;
	q->bytes += op_bytes(o);
	q->drops += o->kind == OP_DROP;
	q->entries += o->kind == OP_PUT;
	o->older = atomic_load_explicit(head, memory_order_relaxed);
	atomic_store_explicit(head, o, memory_order_release);
}

/* [lock held] The first one of the queue, and so the last one of its key. */
static void take_out(struct queue *q, struct op *o)
{
	struct op *_Atomic *head = bucket_of(q, o->hash);
	struct op *p = atomic_load_explicit(head, memory_order_relaxed);

	if (p == o) {
		atomic_store_explicit(head, o->older, memory_order_release);
	} else {
		while (p->older != o)
			p = p->older;
		p->older = o->older;
	}
	q->first = o->next;
	if (!q->first)
		q->last = &q->first;
	q->count--;
	q->bytes -= op_bytes(o);
	q->drops -= o->kind == OP_DROP;
	q->entries -= o->kind == OP_PUT && o->era == q->era;
}

/* [lock held] For drops there is more: what is refused then goes on being given. */
static bool has_room(const struct queue *q, enum op_kind kind, size_t bytes)
{
	if (kind == OP_DROP)
		return q->count < 2 * QUEUE_COUNT_MAX;
	return q->count < QUEUE_COUNT_MAX && q->bytes + bytes <= q->bytes_max;
}

/* CDT_E_LIMIT: the caller still has it. */
static cdt_status add(struct queue *q, struct op *o)
{
	bool is_first, was_urgent, must_wake = false;
	cdt_status st = CDT_OK;

	pthread_mutex_lock(&q->lock);
	is_first = !q->count;
	was_urgent = is_urgent(q);
	if (has_room(q, o->kind, op_bytes(o)))
		push(q, o);
	else
		st = CDT_E_LIMIT;
	must_wake = st == CDT_OK && (is_first || (!was_urgent && is_urgent(q)));
	pthread_mutex_unlock(&q->lock);
	if (must_wake)
		wake(q);
	return st;
}

cdt_status queue_put(struct queue *q, const struct entry *e)
{
	struct op *o;
	cdt_status st;
	bool room;

	pthread_mutex_lock(&q->lock);
	room = has_room(q, OP_PUT, sizeof *o + e->value.n);
	pthread_mutex_unlock(&q->lock);
	if (!room)
		return CDT_E_LIMIT;                    /* before anything is copied */
	o = op_new(OP_PUT, e);
	st = o ? add(q, o) : CDT_E_NOMEM;
	if (st != CDT_OK)
		free(o);
	return st;
}

cdt_status queue_drop(struct queue *q, const struct entry *e, struct cdt_ticket *t)
{
	struct op *o = op_new(OP_DROP, e);
	cdt_status st;

	if (!o)
		return CDT_E_NOMEM;
	o->ticket = t;
	st = add(q, o);
	if (st != CDT_OK)
		free(o);
	return st;
}

/* [lock held] The newest of that key in this era. */
static struct op *find(struct queue *q, const struct entry *e)
{
	struct op *o = atomic_load_explicit(bucket_of(q, e->hash), memory_order_relaxed);

	for (; o; o = o->older)
		if (o->hash == e->hash && o->era == q->era &&
		    !memcmp(o->key, e->key, KEY_SIZE))
			return o;
	return NULL;
}

bool queue_find(struct queue *q, const struct entry *e, struct op **out)
{
	struct op *o;

	if (!atomic_load_explicit(bucket_of(q, e->hash), memory_order_acquire))
		return false;
	pthread_mutex_lock(&q->lock);
	o = find(q, e);
	if (o && o->kind == OP_PUT)
		atomic_fetch_add_explicit(&o->holders, 1, memory_order_relaxed);
	pthread_mutex_unlock(&q->lock);
	*out = o && o->kind == OP_PUT ? o : NULL;
	return o != NULL;
}

void queue_clear(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->era++;
	q->entries = 0;
	atomic_store_explicit(&q->cleared, q->newest, memory_order_release);
	pthread_mutex_unlock(&q->lock);
	wake(q);
}

int64_t queue_entries(struct queue *q)
{
	int64_t entries;

	pthread_mutex_lock(&q->lock);
	entries = q->entries;
	pthread_mutex_unlock(&q->lock);
	return entries;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closing = true;
	pthread_mutex_unlock(&q->lock);
	wake(q);
}

uint32_t queue_era(struct queue *q)
{
	uint32_t era;

	pthread_mutex_lock(&q->lock);
	era = q->era;
	pthread_mutex_unlock(&q->lock);
	return era;
}

uint64_t queue_number(struct queue *q, uint32_t *era)
{
	uint64_t number;

	pthread_mutex_lock(&q->lock);
	number = ++q->newest;
	*era = q->era;
	pthread_mutex_unlock(&q->lock);
	return number;
}

/* False: nobody called in all that time. */
static bool nap(struct queue *q, int ms)
{
	struct pollfd p = { .fd = q->wake_fd, .events = POLLIN };
	uint64_t calls;

	return poll(&p, 1, ms) > 0 && read(q->wake_fd, &calls, sizeof calls) > 0;
}

void queue_rest(struct queue *q, int ms)
{
	bool over;

	(void)nap(q, 0);                               /* of calls before it */
	pthread_mutex_lock(&q->lock);
	over = q->closing;
	pthread_mutex_unlock(&q->lock);
	if (!over)
		(void)nap(q, ms);                      /* sooner is fine */
}

bool queue_wait(struct queue *q, uint32_t era, int pause_ms)
{
	bool rested = false, some, now, over;

	for (;;) {
		pthread_mutex_lock(&q->lock);
		some = q->count > 0;
		now = is_urgent(q) || q->era != era;
		over = q->closing;
		pthread_mutex_unlock(&q->lock);
		if (now || (some && rested))
			return some || !over;
		rested = !nap(q, some ? pause_ms : FOREVER);
	}
}

size_t queue_peek(struct queue *q, struct op **out, size_t max, size_t bytes)
{
	size_t n = 0, sum = 0;
	struct op *o;

	pthread_mutex_lock(&q->lock);
	for (o = q->first; o && n < max && (!n || sum + o->n <= bytes); o = o->next) {
		sum += o->n;
		out[n++] = o;
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}

void queue_shift(struct queue *q, struct op *const *ops, size_t count)
{
	for (size_t at = 0; at < count; at += SHIFT_MAX) {
		size_t end = at + SHIFT_MAX < count ? at + SHIFT_MAX : count;

		pthread_mutex_lock(&q->lock);
		for (size_t i = at; i < end; i++)
			take_out(q, ops[i]);
		pthread_mutex_unlock(&q->lock);
	}
}
