/* usage/tape.c - lanes of counters, and records that are handed from workers to main.
 * SPDX-License-Identifier: MIT */
#include "usage/tape.h"

#include <stdatomic.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "usage/inside.h"

/* Times fall into eight buckets an octave, up to more than an hour. */
enum { OCTAVE = 8, OCTAVE_BITS = 3, TIME_BITS = 32,
       BUCKETS = (TIME_BITS - OCTAVE_BITS + 1) * OCTAVE };
/* Of one lane: records that main has not taken.  Main looks several times a second. */
enum { WAITING_MAX = 256 };

enum sum { SUM_REQUESTS, SUM_HITS, SUM_INPUT, SUM_CACHED, SUM_OUTPUT, SUM_COST, SUM_STREAMS,
           SUM_FAULT, SUM_COUNT = SUM_FAULT + TAPE_FAULT_COUNT };

/* Sums and buckets only grow (but for streams), and have one writer. */
struct tape_lane {
	struct list link;                      /* of its tape */
	struct tape *tape;
	_Atomic int64_t sum[SUM_COUNT];
	_Atomic uint32_t bucket[TAPE_SPANS][BUCKETS];
	struct usage_post *_Atomic newest;
	_Atomic uint32_t waiting;
	_Atomic uint64_t lost;
};

struct tape {
	struct list lanes;
	_Atomic bool wanted;
	int64_t sum[SUM_COUNT];                /* when it was last read, of all lanes */
	uint32_t bucket[TAPE_SPANS][BUCKETS];
};

const char *tape_fault_name(enum tape_fault f)
{
#define FAULT_NAME(id, name) name,
	static const char *const names[TAPE_FAULT_COUNT] = { TAPE_FAULTS(FAULT_NAME) };

	return names[f];
}

/* --- lanes --- */

struct tape *tape_new(void)
{
	struct tape *t = mem_new(sizeof *t);

	list_init(&t->lanes);
	return t;
}

struct tape_lane *tape_open(struct tape *t)
{
	struct tape_lane *l = mem_new(sizeof *l);

	l->tape = t;
	list_push(&t->lanes, &l->link);
	return l;
}

void tape_close(struct tape_lane *l)
{
	struct usage_post *next;

	if (!l)
		return;
	for (struct usage_post *p = atomic_load(&l->newest); p; p = next) {
		next = p->next;
		usage_post_free(p);
	}
	list_remove(&l->link);
	mem_free(l);
}

void tape_free(struct tape *t)
{
	mem_free(t);
}

/* --- counting --- */

/* There is one writer: nobody else's addition can be lost. */
static void add(_Atomic int64_t *sum, int64_t v)
{
	atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + v,
	                      memory_order_relaxed);
}

static unsigned bucket_of(int64_t us)
{
	uint64_t v = (uint64_t)us;
	unsigned top;

	if (v < OCTAVE)
		return (unsigned)v;
	if (v >> TIME_BITS)
		return BUCKETS - 1;
	top = 63 - (unsigned)__builtin_clzll(v);
	return (top - OCTAVE_BITS + 1) * OCTAVE +
	       (unsigned)(v >> (top - OCTAVE_BITS) & (OCTAVE - 1));
}

/* The middle of a bucket. */
static int64_t time_of(unsigned bucket)
{
	unsigned shift = bucket / OCTAVE ? bucket / OCTAVE - 1 : 0;
	int64_t low = bucket < OCTAVE ? bucket
	                              : (int64_t)(OCTAVE + bucket % OCTAVE) << shift;

	return low + ((INT64_C(1) << shift) - 1) / 2;
}

static void put_time(struct tape_lane *l, enum tape_span span, int64_t us)
{
	_Atomic uint32_t *b;

	if (us < 0)
		return;
	b = &l->bucket[span][bucket_of(us)];
	atomic_store_explicit(b, atomic_load_explicit(b, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
}

void tape_count(struct tape_lane *l, const struct tape_end *e)
{
	add(&l->sum[SUM_REQUESTS], 1);
	add(&l->sum[SUM_FAULT + e->fault], 1);
	add(&l->sum[SUM_HITS], e->hit);
	add(&l->sum[SUM_INPUT], e->input > 0 ? e->input : 0);
	add(&l->sum[SUM_CACHED], e->cached > 0 ? e->cached : 0);
	add(&l->sum[SUM_OUTPUT], e->output > 0 ? e->output : 0);
	add(&l->sum[SUM_COST], e->cost);
	put_time(l, TAPE_TOTAL, e->total_us);
	put_time(l, TAPE_FIRST, e->first_us);
	put_time(l, TAPE_OVERHEAD, e->overhead_us);
}

void tape_stream(struct tape_lane *l, bool begins)
{
	add(&l->sum[SUM_STREAMS], begins ? 1 : -1);
}

/* --- records --- */

void tape_record(struct tape_lane *l, struct usage_post *p)
{
	if (!atomic_load_explicit(&l->tape->wanted, memory_order_relaxed))
		return;
	if (atomic_load_explicit(&l->waiting, memory_order_relaxed) >= WAITING_MAX) {
		atomic_fetch_add_explicit(&l->lost, 1, memory_order_relaxed);
		return;
	}
	atomic_fetch_add_explicit(&l->waiting, 1, memory_order_relaxed);
	p = usage_post_share(p);
	p->next = atomic_load_explicit(&l->newest, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&l->newest, &p->next, p,
	                                              memory_order_release,
	                                              memory_order_relaxed))
		;                              /* main has taken all: p is the first */
}

void tape_want(struct tape *t, bool records)
{
	atomic_store_explicit(&t->wanted, records, memory_order_relaxed);
}

/* All that is in the lane, the oldest first. */
static struct usage_post *take_all(struct tape_lane *l)
{
	struct usage_post *p, *first = NULL;

	p = atomic_exchange_explicit(&l->newest, NULL, memory_order_acquire);
	while (p) {
		struct usage_post *next = p->next;

		p->next = first;
		first = p;
		p = next;
	}
	return first;
}

/* How many there are; the first *room of them are told. */
static uint64_t give_all(struct tape_lane *l, size_t *room,
                         void (*row)(void *arg, const struct usage_record *r), void *arg)
{
	struct usage_record r;
	struct usage_post *next;
	uint64_t count = 0;

	for (struct usage_post *p = take_all(l); p; p = next, count++) {
		next = p->next;
		atomic_fetch_sub_explicit(&l->waiting, 1, memory_order_relaxed);
		if (*room && usage_post_read(p, &r)) {
			row(arg, &r);
			--*room;
		}
		usage_post_free(p);
	}
	return count;
}

uint64_t tape_records(struct tape *t, size_t max,
                      void (*row)(void *arg, const struct usage_record *r), void *arg)
{
	uint64_t count = 0;
	size_t room = max;

	LIST_EACH(it, &t->lanes) {
		struct tape_lane *l = LIST_OF(it, struct tape_lane, link);

		count += atomic_exchange_explicit(&l->lost, 0, memory_order_relaxed);
		count += give_all(l, &room, row, arg);
	}
	return count - (max - room);
}

/* --- reading --- */

static void gather(struct tape *t, int64_t sum[SUM_COUNT], uint32_t bucket[TAPE_SPANS][BUCKETS])
{
	LIST_EACH(it, &t->lanes) {
		struct tape_lane *l = LIST_OF(it, struct tape_lane, link);

		for (int i = 0; i < SUM_COUNT; i++)
			sum[i] += atomic_load_explicit(&l->sum[i], memory_order_relaxed);
		for (int s = 0; s < TAPE_SPANS; s++)
			for (int i = 0; i < BUCKETS; i++)
				bucket[s][i] += atomic_load_explicit(&l->bucket[s][i],
				                                     memory_order_relaxed);
	}
}

/* Of what came since the bucket counts in `before`. */
static void rank(const uint32_t *now, const uint32_t *before, int64_t us[TAPE_RANKS])
{
	static const unsigned percent[TAPE_RANKS] = { 50, 95, 99 };
	uint64_t count = 0, below = 0;
	int r = 0;

	for (int i = 0; i < BUCKETS; i++)
		count += now[i] - before[i];
	for (int i = 0; i < BUCKETS && count; i++) {
		below += now[i] - before[i];
		for (; r < TAPE_RANKS && below * 100 >= count * percent[r]; r++)
			us[r] = time_of((unsigned)i);
	}
	for (; r < TAPE_RANKS; r++)
		us[r] = -1;
}

void tape_read(struct tape *t, struct tape_figures *out)
{
	int64_t now[SUM_COUNT] = { 0 }, since[SUM_COUNT];
	uint32_t bucket[TAPE_SPANS][BUCKETS] = { { 0 } };

	gather(t, now, bucket);
	for (int i = 0; i < SUM_COUNT; i++)
		since[i] = now[i] - t->sum[i];
	*out = (struct tape_figures){
		.requests = (uint64_t)since[SUM_REQUESTS], .hits = (uint64_t)since[SUM_HITS],
		.input = since[SUM_INPUT], .cached = since[SUM_CACHED],
		.output = since[SUM_OUTPUT], .cost = since[SUM_COST],
		.streams = now[SUM_STREAMS],
	};
	for (int f = 0; f < TAPE_FAULT_COUNT; f++)
		out->faults[f] = (uint64_t)since[SUM_FAULT + f];
	for (int s = 0; s < TAPE_SPANS; s++)
		rank(bucket[s], t->bucket[s], out->us[s]);
	memcpy(t->sum, now, sizeof now);
	memcpy(t->bucket, bucket, sizeof bucket);
}
