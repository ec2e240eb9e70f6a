/* metrics/metrics.c - declarations, series and their cells.  What they look like on paper is
 * expose.c's affair.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "metrics/parts.h"

/* The text of each bound is its number as one would write it. */
#define AT(x) x
#define AS_TEXT(x) { #x, sizeof #x - 1 }
#define SECONDS(X) X(0.0001), X(0.00025), X(0.0005), X(0.001), X(0.0025), X(0.005), X(0.01), \
	X(0.025), X(0.05), X(0.1), X(0.25), X(0.5), X(1), X(2.5), X(5), X(10), X(25), X(50), \
	X(100), X(250), X(500), X(1000)
#define SHORT(X) X(0.000005), X(0.00001), X(0.000025), X(0.00005), X(0.0001), X(0.00025), \
	X(0.0005), X(0.001), X(0.0025), X(0.005), X(0.01), X(0.025), X(0.05), X(0.1), X(0.25)
#define RATES(X) X(1), X(2.5), X(5), X(10), X(15), X(20), X(30), X(40), X(50), X(75), X(100), \
	X(150), X(200), X(300), X(500), X(1000), X(2000), X(5000)
const struct buckets metrics_buckets[METRICS_KINDS] = {
	[METRICS_HISTOGRAM] = { 22, { SECONDS(AT) }, { SECONDS(AS_TEXT), { "+Inf", 4 } } },
	[METRICS_HISTOGRAM_SHORT] = { 15, { SHORT(AT) }, { SHORT(AS_TEXT), { "+Inf", 4 } } },
	[METRICS_HISTOGRAM_RATE] = { 18, { RATES(AT) }, { RATES(AS_TEXT), { "+Inf", 4 } } },
};

uint32_t metrics_cells(enum metrics_kind kind)
{
	return metrics_buckets[kind].count ? metrics_buckets[kind].count + 2 : 1;
}

static bool is_name(cdt_str s)
{
	if (!s.n || s.n > METRICS_NAME_MAX || isdigit((unsigned char)s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_')
			return false;
	return true;
}

/* Label values and help: backslash, line feed and (in values) the quote are escaped. */
static void escape(struct buf *out, cdt_str s, bool quoted)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' || (quoted && c == '"'))
			buf_add_c(out, '\\');
		if (c == '\n')
			buf_add_z(out, "\\n");
		else
			buf_add_c(out, c);
	}
}

static char *take_text(struct buf *b)
{
	char *text = mem_text(b->n ? b->p : "", b->n);

	buf_fini(b);
	return text;
}

static struct metric *find_metric(struct metrics *m, const char *name, uint32_t *id)
{
	uint32_t count = atomic_load_explicit(&m->metric_count, memory_order_acquire);

	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(m->metric[i].name, name)) {
			*id = i + 1;
			return &m->metric[i];
		}
	return NULL;
}

static bool same_labels(const struct metric *t, cdt_str labels)
{
	for (size_t i = 0; i < t->label_count; i++)
		if (!str_is(str_cut(&labels, ','), t->label[i]))
			return false;
	return !labels.n;
}

static bool set_labels(struct metric *t, cdt_str labels)
{
	while (labels.n) {
		cdt_str one = str_cut(&labels, ',');

		if (t->label_count == METRICS_LABELS_MAX || !is_name(one) || str_is(one, "le"))
			return false;
		t->label[t->label_count++] = mem_text(one.p, one.n);
	}
	return true;
}

static void free_metric(struct metric *t)
{
	for (struct series *s = atomic_load(&t->first), *next; s; s = next) {
		next = atomic_load(&s->next);
		mem_free(s->labels);
		mem_free(s);
	}
	for (size_t i = 0; i < t->label_count; i++)
		mem_free(t->label[i]);
	mem_free(t->name);
	mem_free(t->help);
}

static char *full_name(enum metrics_kind kind, const char *name)
{
	struct buf b;

	buf_init(&b, METRICS_NAME_MAX + 32);
	buf_add_z(&b, "conduit_");
	buf_add_z(&b, name);
	if (kind == METRICS_COUNTER && !str_ends(str_z(name), "_total"))
		buf_add_z(&b, "_total");
	return take_text(&b);
}

/* Of the powers of two; what is smaller than all of them, or no number, is in the first. */
static size_t octave_of(double v)
{
	int64_t bits, octave;

	memcpy(&bits, &v, sizeof bits);
	octave = (bits >> MANTISSA_BITS) - OCTAVE_FIRST;       /* below 0 is far below it */
	return octave < 0 ? 0 : octave < OCTAVES ? (size_t)octave : OCTAVES - 1;
}

/* The octave leads near: it has three bounds at most. */
static size_t bucket_of(const struct metrics *m, uint32_t kind, double v)
{
	const struct buckets *b = &metrics_buckets[kind];
	size_t i = m->bucket[kind][octave_of(v)];

	while (i < b->count && v > b->bound[i])
		i++;
	return i;
}

/* Where the search begins: at the first bound that is not below the octave. */
static void fill_octaves(struct metrics *m)
{
	for (size_t k = 0; k < METRICS_KINDS; k++)
		for (size_t i = 1; i < OCTAVES; i++) {
			const struct buckets *b = &metrics_buckets[k];
			size_t at = 0;

			while (at < b->count && octave_of(b->bound[at]) < i)
				at++;
			m->bucket[k][i] = (uint8_t)at;
		}
}

struct metrics *metrics_new(unsigned workers)
{
	struct metrics *m = mem_new(sizeof *m);

	m->shard_count = workers + 1;
	m->shards = mem_new_array(m->shard_count, sizeof *m->shards);
	pthread_rwlock_init(&m->lock, NULL);
	map_init(&m->series);
	m->cells = HISTOGRAM_CELLS_MAX;        /* cell 0 is where refused ones go */
	m->started_ms = clock_wall_ms();
	fill_octaves(m);
	return m;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->shard_count; i++)
		for (size_t c = 0; c < CHUNK_MAX; c++)
			mem_free(atomic_load(&m->shards[i].chunk[c]));
	for (uint32_t i = 0; i < atomic_load(&m->metric_count); i++)
		free_metric(&m->metric[i]);
	map_fini(&m->series);
	pthread_rwlock_destroy(&m->lock);
	mem_free(m->shards);
	mem_free(m);
}

uint32_t metrics_declare(struct metrics *m, enum metrics_kind kind, const char *name,
                         const char *labels, const char *help)
{
	uint32_t id = atomic_load_explicit(&m->metric_count, memory_order_relaxed);
	struct metric t = { .kind = kind }, *there;
	struct buf text;

	if (!is_name(str_z(name)) || id == METRICS_MAX)
		return 0;
	t.name = full_name(kind, name);
	there = find_metric(m, t.name, &id);
	if (there || !set_labels(&t, str_z(labels))) {
		free_metric(&t);
		if (!there || there->kind != kind || !same_labels(there, str_z(labels)))
			return 0;
		return id;
	}
	buf_init(&text, 1024);
	escape(&text, str_z(help), false);
	t.help = take_text(&text);
	m->metric[id] = t;
	atomic_store_explicit(&m->metric_count, id + 1, memory_order_release);
	return id + 1;
}

/* At most METRICS_VALUE_MAX bytes, cut between characters. */
static cdt_str cut(cdt_str s)
{
	s.n = str_fit(s, METRICS_VALUE_MAX);
	return s;
}

/* The lengths keep "a","bc" apart from "ab","c". */
static cdt_str name_series(char *out, const struct metric *t, uint32_t id,
                           const cdt_str *values)
{
	size_t n = sizeof id;

	memcpy(out, &id, sizeof id);
	for (size_t i = 0; i < t->label_count; i++) {
		cdt_str v = cut(values[i]);

		out[n++] = (char)v.n;
		if (v.n)
			memcpy(out + n, v.p, v.n);
		n += v.n;
	}
	return str_from(out, n);
}

void metrics_print_label(struct buf *out, cdt_str name, cdt_str value, bool first)
{
	cdt_str v = cut(value);

	buf_add_z(out, first ? "" : ",");
	buf_add(out, name);
	buf_add_z(out, "=\"");
	escape(out, str_utf8_ok(v) ? v : CDT_STR("_invalid"), true);
	buf_add_c(out, '"');
}

static char *print_labels(const struct metric *t, const cdt_str *values)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < t->label_count; i++)
		metrics_print_label(&b, str_z(t->label[i]), values[i], i == 0);
	return take_text(&b);
}

/* [lock held] A histogram's cells stay within one chunk. */
static uint32_t take_cells(struct metrics *m, enum metrics_kind kind)
{
	uint32_t n = metrics_cells(kind), at = m->cells;

	if (at / CHUNK_CELLS != (at + n - 1) / CHUNK_CELLS)
		at = (at / CHUNK_CELLS + 1) * CHUNK_CELLS;
	m->cells = at + n;
	return at;
}

/* [lock held] */
static struct series *new_series(struct metrics *m, struct metric *t, const cdt_str *values)
{
	struct series *s = mem_new(sizeof *s);

	s->labels = print_labels(t, values);
	s->number = take_cells(m, t->kind) | (uint32_t)t->kind << KIND_SHIFT;
	if (t->last)
		atomic_store_explicit(&t->last->next, s, memory_order_release);
	else
		atomic_store_explicit(&t->first, s, memory_order_release);
	t->last = s;
	t->series_count++;
	m->series_count++;
	return s;
}

/* [lock held] */
static uint32_t other_series(struct metrics *m, struct metric *t)
{
	cdt_str values[METRICS_LABELS_MAX];

	for (size_t i = 0; i < METRICS_LABELS_MAX; i++)
		values[i] = CDT_STR("_other");
	if (!t->other)
		t->other = new_series(m, t, values)->number;
	return t->other;
}

uint32_t metrics_series(struct metrics *m, uint32_t id, const cdt_str *values)
{
	char name[sizeof id + METRICS_LABELS_MAX * (1 + METRICS_VALUE_MAX)];
	struct metric *t;
	struct series *s;
	cdt_str key;
	uint32_t number;

	if (!id || id > atomic_load_explicit(&m->metric_count, memory_order_acquire))
		return 0;
	t = &m->metric[id - 1];
	key = name_series(name, t, id, values);
	pthread_rwlock_rdlock(&m->lock);
	s = map_find(&m->series, key);
	pthread_rwlock_unlock(&m->lock);
	if (s)
		return s->number;
	pthread_rwlock_wrlock(&m->lock);
	s = map_find(&m->series, key);
	if (!s && m->series_count < METRICS_SERIES_MAX &&
	    t->series_count < METRICS_FAMILY_MAX) {
		s = new_series(m, t, values);
		(void)map_put(&m->series, key, s);             /* it was not there */
	}
	number = s ? s->number : other_series(m, t);
	pthread_rwlock_unlock(&m->lock);
	return number;
}

/* The cells from at on in that shard, taken when they are missing; NULL: no such number. */
static cell *cells_of(struct shard *s, uint32_t at)
{
	cell *_Atomic *place = &s->chunk[at / CHUNK_CELLS % CHUNK_MAX];
	cell *chunk = atomic_load_explicit(place, memory_order_acquire);
	cell *none = NULL;

	if (at >= CHUNK_MAX * CHUNK_CELLS)
		return NULL;
	if (!chunk) {
		chunk = mem_new_array(CHUNK_CELLS, sizeof *chunk);
		if (!atomic_compare_exchange_strong(place, &none, chunk)) {
			mem_free(chunk);
			chunk = none;
		}
	}
	return chunk + at % CHUNK_CELLS;
}

/* alone: no other thread adds to that shard. */
static void add(cell *c, double v, bool alone)
{
	double was = atomic_load_explicit(c, memory_order_relaxed);

	if (alone) {
		atomic_store_explicit(c, was + v, memory_order_relaxed);
		return;
	}
	while (!atomic_compare_exchange_weak_explicit(c, &was, was + v, memory_order_relaxed,
	                                              memory_order_relaxed))
		;
}

void metrics_add(struct metrics *m, int shard, uint32_t series, double v)
{
	const bool alone = shard >= 0 && (unsigned)shard < m->shard_count - 1;
	const uint32_t kind = series >> KIND_SHIFT;
	cell *c = cells_of(&m->shards[alone ? (unsigned)shard : m->shard_count - 1],
	                   series & CELL_MASK);

	if (!c || kind >= METRICS_KINDS || isnan(v) || (kind == METRICS_COUNTER && v < 0))
		return;
	if (!metrics_buckets[kind].count) {
		add(c, v, alone);
		return;
	}
	add(c + bucket_of(m, kind, v), 1, alone);
	add(c + metrics_buckets[kind].count + 1, v, alone);
}

void metrics_set(struct metrics *m, uint32_t series, double v)
{
	cell *c = cells_of(&m->shards[m->shard_count - 1], series & CELL_MASK);

	if (c && series >> KIND_SHIFT == METRICS_GAUGE)
		atomic_store_explicit(c, v, memory_order_relaxed);
}

double metrics_cell(struct metrics *m, uint32_t at)
{
	double sum = 0;

	for (unsigned i = 0; i < m->shard_count; i++) {
		const cell *c = atomic_load_explicit(&m->shards[i].chunk[at / CHUNK_CELLS],
		                                     memory_order_acquire);

		if (c)
			sum += atomic_load_explicit(&c[at % CHUNK_CELLS], memory_order_relaxed);
	}
	return sum;
}

double metrics_read(struct metrics *m, uint32_t series)
{
	uint32_t at = series & CELL_MASK, kind = series >> KIND_SHIFT;
	double sum = 0;

	if (at >= CHUNK_MAX * CHUNK_CELLS || kind >= METRICS_KINDS)
		return 0;
	if (!metrics_buckets[kind].count)
		return metrics_cell(m, at);
	for (uint32_t i = 0; i <= metrics_buckets[kind].count; i++)
		sum += metrics_cell(m, at + i);
	return sum;
}
