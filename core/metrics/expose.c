/* metrics/expose.c - Prometheus text format 0.0.4.  Takes no lock: series are only appended.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/str.h"
#include "metrics/parts.h"

/* Counts above are no longer exact in a double. */
static const double exact_max = 9007199254740992.0;
/* Between these, nine decimals say what is worth saying of seconds and dollars. */
static const double billionths_min = 1e-3, billionths_max = 4e6;

enum { DIGITS_MAX = 20, BUCKET_LINE_MAX = 64 };        /* without the name and labels */

static void print_billionths(struct buf *out, double v)
{
	int64_t n = (int64_t)(fabs(v) * 1e9 + 0.5), part = n % 1000000000;

	if (v < 0)
		buf_add_c(out, '-');
	buf_add_i64(out, n / 1000000000);
	if (!part)
		return;
	buf_add_c(out, '.');
	for (int64_t place = 100000000; part; place /= 10) {
		buf_add_c(out, (char)('0' + part / place));
		part %= place;
	}
}

/* With the line's end. */
static void print_number(struct buf *out, double v)
{
	char text[JSON_F64_SIZE];

	if (isnan(v) || isinf(v))
		buf_add_z(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
	else if (fabs(v) < exact_max && floor(v) == v)
		buf_add_i64(out, (int64_t)v);
	else if (fabs(v) >= billionths_min && fabs(v) < billionths_max)
		print_billionths(out, v);
	else
		buf_add(out, str_from(text, json_f64_print(v, text)));
	buf_add_c(out, '\n');
}

static void print_name(struct buf *out, const struct metric *t, const char *suffix,
                       const struct series *s)
{
	buf_add_z(out, t->name);
	buf_add_z(out, suffix);
	if (s->labels[0]) {
		buf_add_c(out, '{');
		buf_add_z(out, s->labels);
		buf_add_c(out, '}');
	}
	buf_add_c(out, ' ');
}

static char *put(char *at, cdt_str s)
{
	return (char *)memcpy(at, s.p, s.n) + s.n;
}

/* Counts of a histogram are whole numbers. */
static char *put_count(char *at, uint64_t v)
{
	char text[DIGITS_MAX], *p = text + sizeof text;

	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	return put(at, str_from(p, (size_t)(text + sizeof text - p)));
}

/* Most lines of all are buckets: what they begin with is made once, and room for them. */
static double print_buckets(struct metrics *m, struct buf *out, const struct metric *t,
                            const struct series *s)
{
	const struct buckets *b = &metrics_buckets[t->kind];
	size_t from = out->n, n;
	double count = 0;
	char *at;

	buf_add_z(out, t->name);
	buf_add_z(out, "_bucket{");
	buf_add_z(out, s->labels);
	buf_add_z(out, s->labels[0] ? ",le=\"" : "le=\"");
	n = out->n - from;
	out->n = from;
	if (buf_reserve(out, (b->count + 2) * (n + BUCKET_LINE_MAX)) != CDT_OK)
		return 0;
	at = out->p + from;
	for (uint32_t i = 0; i <= b->count; i++) {
		at = i ? put(at, str_from(out->p + from, n)) : at + n;
		count += metrics_cell(m, (s->number & CELL_MASK) + i);
		at = put(at, b->text[i]);
		at = put(at, CDT_STR("\"} "));
		at = put_count(at, (uint64_t)count);
		*at++ = '\n';
	}
	out->n = (size_t)(at - out->p);
	return count;
}

static void print_histogram(struct metrics *m, struct buf *out, const struct metric *t,
                            const struct series *s)
{
	double count = print_buckets(m, out, t, s);

	print_name(out, t, "_sum", s);
	print_number(out, metrics_cell(m, (s->number & CELL_MASK) +
	                                  metrics_buckets[t->kind].count + 1));
	print_name(out, t, "_count", s);
	print_number(out, count);
}

void metrics_print_head(struct buf *out, enum metrics_kind kind, const char *name,
                        const char *help)
{
	static const char *const kinds[METRICS_KINDS] = {
		"counter", "gauge", "histogram", "histogram", "histogram",
	};

	buf_add_z(out, "# HELP ");
	buf_add_z(out, name);
	buf_add_c(out, ' ');
	buf_add_z(out, help);
	buf_add_z(out, "\n# TYPE ");
	buf_add_z(out, name);
	buf_add_c(out, ' ');
	buf_add_z(out, kinds[kind]);
	buf_add_c(out, '\n');
}

void metrics_print(struct buf *out, const char *name, const char *labels,
                   const cdt_str *values, double v)
{
	cdt_str rest = str_z(labels);

	buf_add_z(out, name);
	for (size_t i = 0; rest.n; i++) {
		buf_add_z(out, i ? "" : "{");
		metrics_print_label(out, str_cut(&rest, ','), values[i], i == 0);
	}
	buf_add_z(out, labels[0] ? "} " : " ");
	print_number(out, v);
}

static void print_metric(struct metrics *m, struct buf *out, struct metric *t)
{
	struct series *s = atomic_load_explicit(&t->first, memory_order_acquire);

	metrics_print_head(out, t->kind, t->name, t->help);
	for (; s; s = atomic_load_explicit(&s->next, memory_order_acquire)) {
		if (metrics_buckets[t->kind].count) {
			print_histogram(m, out, t, s);
			continue;
		}
		print_name(out, t, "", s);
		print_number(out, metrics_cell(m, s->number & CELL_MASK));
	}
}

/* Of /proc/self/statm: the whole size, then what is resident; in bytes. */
static double memory_bytes(int place)
{
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	cdt_str s = str_from(text, n > 0 ? (size_t)n : 0);
	uint64_t pages = 0;

	if (fd >= 0)
		(void)close(fd);                       /* only read */
	for (int i = 0; i < place; i++)
		(void)str_cut(&s, ' ');
	if (!str_u64(str_cut(&s, ' '), &pages))
		return 0;
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	double n = -3;                                 /* ".", ".." and its own */

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	(void)closedir(dir);                           /* only read */
	return n;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void print_one(struct buf *out, enum metrics_kind kind, const char *name,
                      const char *help, double v)
{
	metrics_print_head(out, kind, name, help);
	metrics_print(out, name, "", NULL, v);
}

static void print_own(struct metrics *m, struct buf *out)
{
	struct rusage used = { .ru_maxrss = 0 };
	struct rlimit files = { .rlim_cur = 0 };

	(void)getrusage(RUSAGE_SELF, &used);           /* can not fail with these arguments */
	(void)getrlimit(RLIMIT_NOFILE, &files);
	print_one(out, METRICS_COUNTER, "process_cpu_seconds_total",
	          "User and system CPU time spent in seconds.",
	          seconds(used.ru_utime) + seconds(used.ru_stime));
	print_one(out, METRICS_GAUGE, "process_virtual_memory_bytes",
	          "Virtual memory size in bytes.", memory_bytes(0));
	print_one(out, METRICS_GAUGE, "process_resident_memory_bytes",
	          "Resident memory size in bytes.", memory_bytes(1));
	print_one(out, METRICS_GAUGE, "process_open_fds", "Number of open file descriptors.",
	          open_files());
	print_one(out, METRICS_GAUGE, "process_max_fds",
	          "Maximum number of open file descriptors.", (double)files.rlim_cur);
	print_one(out, METRICS_GAUGE, "process_start_time_seconds",
	          "Start time of the process since unix epoch in seconds.",
	          (double)m->started_ms / 1000);
}

void metrics_expose(struct metrics *m, struct buf *out)
{
	uint32_t count = atomic_load_explicit(&m->metric_count, memory_order_acquire);

	for (uint32_t i = 0; i < count; i++)
		print_metric(m, out, &m->metric[i]);
	print_own(m, out);
}
