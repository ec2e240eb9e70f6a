/* router/stats.c - sums that fade, one set a worker; merged when somebody reads.
 * SPDX-License-Identifier: MIT */
#include "router/stats.h"

#include <math.h>
#include <stdatomic.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

enum { HALF_LIFE_MS = 5000, FADED_MS = 60000, FORGOTTEN_MS = 600000, MERGE_MS = 100,
       HEADROOM_MS = 60000, LINE_BYTES = 64 };
/* 24 bits of the affinity, 20 of the number, 20 of the second. */
enum { WARM_MS = 300000, WARM_SLOTS = 1 << 14, SECOND_BITS = 20, TAG_SHIFT = 40,
       NUMBER_MASK = (1 << 20) - 1, SECOND_MASK = (1 << SECOND_BITS) - 1 };

/* Sums over attempts, each weighing less as it ages. */
enum sum {
	SUM_ALL, SUM_FAILED, SUM_FIRSTS, SUM_FIRST_MS, SUM_TOTALS, SUM_TOTAL_MS, SUM_WRITING_MS,
	SUM_OUTPUT, SUM_INPUT, SUM_CACHED, SUM_COUNT
};

/* Written by its worker, read by all. */
struct part {
	_Atomic double sums[SUM_COUNT];
	_Atomic uint64_t at_ms;                /* of the latest; 0 = none yet */
	_Atomic uint32_t inflight;
	/* Of the worker alone. */
	uint32_t others_inflight;
	uint64_t merged_ms;
	struct reading merged;
	char apart[LINE_BYTES];                /* from the next worker's */
};

struct figures {
	struct stats *stats;
	char *name;                            /* the map's key */
	uint32_t number, uses;
	_Atomic int64_t requests_left, tokens_left;
	_Atomic uint64_t left_until_ms;
	struct part *parts;                    /* one a worker */
};

struct kept_health { struct health health; char *name; uint32_t uses; };

struct stats {
	uint32_t workers;
	struct map figures, healths;           /* by name.  [main] */
	uint32_t last_number;
	/* By affinity: its tag, the number of figures, the second; see entry_of. */
	_Atomic uint64_t warm[WARM_SLOTS];
};

struct stats *stats_new(uint32_t workers)
{
	struct stats *s = mem_new(sizeof *s);

	s->workers = workers;
	map_init_lent(&s->figures);
	map_init_lent(&s->healths);
	return s;
}

void stats_free(struct stats *s)
{
	if (!s)
		return;
	map_fini(&s->figures);
	map_fini(&s->healths);
	mem_free(s);
}

/* --- figures --- */

struct figures *figures_take(struct stats *s, cdt_str target)
{
	struct figures *f = map_find(&s->figures, target);

	if (f) {
		f->uses++;
		return f;
	}
	f = mem_new(sizeof *f);
	f->stats = s;
	f->uses = 1;
	f->number = ++s->last_number & NUMBER_MASK;
	f->name = mem_text(target.p, target.n);
	f->requests_left = f->tokens_left = -1;
	f->parts = mem_new_array(s->workers, sizeof *f->parts);
	(void)map_put(&s->figures, str_z(f->name), f);
	return f;
}

void figures_give(struct figures *f)
{
	if (!f || --f->uses)
		return;
	(void)map_remove(&f->stats->figures, str_z(f->name));
	mem_free(f->parts);
	mem_free(f->name);
	mem_free(f);
}

void figures_begin(struct figures *f, unsigned worker)
{
	if (f)
		f->parts[worker].inflight++;
}

static double kept(uint64_t age_ms)
{
	return exp2(-(double)(age_ms < FADED_MS ? age_ms : FADED_MS) / HALF_LIFE_MS);
}

static void count(struct part *p, const struct sample *s, uint64_t now_ms)
{
	double of[SUM_COUNT] = { [SUM_ALL] = 1, [SUM_FAILED] = s->failed };
	double left = p->at_ms ? kept(now_ms - p->at_ms) : 0;

	if (!s->failed && s->first_ms >= 0) {
		of[SUM_FIRSTS] = 1;
		of[SUM_FIRST_MS] = s->first_ms;
	}
	if (!s->failed && s->total_ms >= 0) {
		of[SUM_TOTALS] = 1;
		of[SUM_TOTAL_MS] = s->total_ms;
	}
	if (!s->failed && s->output > 0 && s->total_ms > 0) {
		of[SUM_WRITING_MS] = s->total_ms - (s->first_ms > 0 ? s->first_ms : 0);
		of[SUM_OUTPUT] = (double)s->output;
	}
	if (!s->failed && s->input > 0 && s->cached >= 0) {
		of[SUM_INPUT] = (double)s->input;
		of[SUM_CACHED] = (double)s->cached;
	}
	for (int i = 0; i < SUM_COUNT; i++)
		atomic_store_explicit(&p->sums[i], p->sums[i] * left + of[i],
		                      memory_order_relaxed);
	p->at_ms = now_ms;
}

void figures_end(struct figures *f, unsigned worker, const struct sample *s, uint64_t now_ms)
{
	if (!f)
		return;
	f->parts[worker].inflight--;
	if (s)
		count(&f->parts[worker], s, now_ms);
}

static double mean(const double sums[SUM_COUNT], enum sum of, enum sum by)
{
	return sums[by] > 0 ? sums[of] / sums[by] : -1;
}

void figures_merge(const struct figures *f, uint64_t now_ms, struct reading *out)
{
	double sums[SUM_COUNT] = { 0 };

	*out = (struct reading){ .requests_left = -1, .tokens_left = -1 };
	for (uint32_t w = 0; f && w < f->stats->workers; w++) {
		const struct part *p = &f->parts[w];
		uint64_t at_ms = p->at_ms, age_ms = now_ms > at_ms ? now_ms - at_ms : 0;
		double left = at_ms && age_ms < FORGOTTEN_MS ? kept(age_ms) : 0;

		out->inflight += p->inflight;
		for (int i = 0; left > 0 && i < SUM_COUNT; i++)
			sums[i] += left * atomic_load_explicit(&p->sums[i],
			                                       memory_order_relaxed);
	}
	out->first_ms = mean(sums, SUM_FIRST_MS, SUM_FIRSTS);
	out->total_ms = mean(sums, SUM_TOTAL_MS, SUM_TOTALS);
	out->tokens_per_s = mean(sums, SUM_OUTPUT, SUM_WRITING_MS);
	if (out->tokens_per_s > 0)
		out->tokens_per_s *= 1000;
	out->error_rate = mean(sums, SUM_FAILED, SUM_ALL);
	out->cached_rate = mean(sums, SUM_CACHED, SUM_INPUT);
	if (f && now_ms < f->left_until_ms) {
		out->requests_left = f->requests_left;
		out->tokens_left = f->tokens_left;
	}
}

void figures_read(struct figures *f, unsigned worker, uint64_t now_ms, struct reading *out)
{
	struct part *p;

	if (!f) {
		figures_merge(f, now_ms, out);
		return;
	}
	p = &f->parts[worker];
	if (!p->merged_ms || now_ms - p->merged_ms >= MERGE_MS) {
		figures_merge(f, now_ms, &p->merged);
		p->merged_ms = now_ms;
		p->others_inflight = p->merged.inflight - p->inflight;
	}
	*out = p->merged;
	out->inflight = p->others_inflight + p->inflight;
}

void figures_headroom(struct figures *f, int64_t requests, int64_t tokens, int64_t reset_ms,
                      uint64_t now_ms)
{
	if (!f || (requests < 0 && tokens < 0))
		return;
	f->requests_left = requests;
	f->tokens_left = tokens;
	f->left_until_ms = now_ms + (reset_ms >= 0 && reset_ms < HEADROOM_MS
	                             ? (uint64_t)reset_ms : HEADROOM_MS);
}

/* --- health --- */

struct health *stats_health_take(struct stats *s, cdt_str name)
{
	struct kept_health *k = map_find(&s->healths, name);

	if (!k) {
		k = mem_new(sizeof *k);
		health_init(&k->health);
		k->name = mem_text(name.p, name.n);
		(void)map_put(&s->healths, str_z(k->name), k);
	}
	k->uses++;
	return &k->health;
}

void stats_health_give(struct stats *s, struct health *h)
{
	struct kept_health *k = (struct kept_health *)(void *)h;   /* its first member */

	if (!h || --k->uses)
		return;
	(void)map_remove(&s->healths, str_z(k->name));
	health_fini(h);
	mem_free(k->name);
	mem_free(k);
}

/* --- warm prompts --- */

static uint64_t entry_of(uint64_t affinity, const struct figures *f, uint64_t now_ms)
{
	uint64_t second = now_ms / 1000 & SECOND_MASK;

	return affinity >> TAG_SHIFT << TAG_SHIFT | (uint64_t)f->number << SECOND_BITS | second;
}

bool stats_is_warm(const struct stats *s, uint64_t affinity, const struct figures *f,
                   uint64_t now_ms)
{
	uint64_t is, then;

	if (!f)
		return false;
	is = atomic_load_explicit(&s->warm[affinity % WARM_SLOTS], memory_order_relaxed);
	then = entry_of(affinity, f, now_ms);
	return is >> SECOND_BITS == then >> SECOND_BITS &&
	       (((then - is) & SECOND_MASK) < WARM_MS / 1000);
}

void stats_set_warm(struct stats *s, uint64_t affinity, const struct figures *f,
                    uint64_t now_ms)
{
	if (f)
		atomic_store_explicit(&s->warm[affinity % WARM_SLOTS],
		                      entry_of(affinity, f, now_ms), memory_order_relaxed);
}
