/* metrics/parts.h - what the files of this room share.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef METRICS_PARTS_H
#define METRICS_PARTS_H
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/map.h"

enum { METRICS_MAX = 512, METRICS_NAME_MAX = 128, METRICS_VALUE_MAX = 128 };   /* bytes */
enum { BUCKETS_MAX = 22, HISTOGRAM_CELLS_MAX = BUCKETS_MAX + 2 };      /* +Inf, sum */
enum { CHUNK_CELLS = 1024, CHUNK_MAX = 1024 };

/* The number of a series is the number of its first cell, its kind in the top bits. */
enum { KIND_SHIFT = 28, CELL_MASK = (1 << KIND_SHIFT) - 1 };

/* Of what is put into buckets, the powers of two: from 2^-20 on. */
enum { MANTISSA_BITS = 52, OCTAVE_FIRST = 1023 - 20, OCTAVES = 34 };

typedef _Atomic double cell;

/* Counted into by one thread, except the last one, which everybody else shares. */
struct shard {
	cell *_Atomic chunk[CHUNK_MAX];        /* taken when first added to */
};

struct series {
	struct series *_Atomic next;
	uint32_t number;
	char *labels;                  /* model="x",provider="y", or "" */
};

/* Of one kind of histogram; count 0: the kind is none. */
struct buckets {
	uint32_t count;                        /* without +Inf */
	double bound[BUCKETS_MAX];
	cdt_str text[BUCKETS_MAX + 1];         /* the same, then "+Inf" */
};

struct metric {
	enum metrics_kind kind;
	char *name, *help;             /* with prefix and suffix; help is escaped */
	char *label[METRICS_LABELS_MAX];
	size_t label_count;
	struct series *_Atomic first;
	struct series *last;           /* under the lock */
	size_t series_count;           /* likewise */
	uint32_t other;                /* series past the maximum; 0 = none yet */
};

struct metrics {
	unsigned shard_count;
	struct shard *shards;
	pthread_rwlock_t lock;         /* guards what follows up to cells */
	struct map series;             /* metric's number and values -> struct series */
	size_t series_count;
	uint32_t cells;
	/* Written on main only; appended, never moved. */
	struct metric metric[METRICS_MAX];
	_Atomic uint32_t metric_count; /* the id of a metric is its place + 1 */
	uint8_t bucket[METRICS_KINDS][OCTAVES];        /* the first that an octave may have */
	int64_t started_ms;            /* wall */
};

extern const struct buckets metrics_buckets[METRICS_KINDS];
/* Cells of a series: one, or of a histogram its buckets, +Inf and the sum. */
uint32_t metrics_cells(enum metrics_kind kind);
/* Summed over all shards. */
double metrics_cell(struct metrics *m, uint32_t at);
/* model="x",provider="y" */
void metrics_print_label(struct buf *out, cdt_str name, cdt_str value, bool first);

#endif
