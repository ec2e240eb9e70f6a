/* metrics/expose.c - Prometheus text format 0.0.4.  Takes no lock: series are only appended.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"
#include "metrics/parts.h"

/* Counts above are no longer exact in a double. */
static const double exact_max = 9007199254740992.0;

static const char *const bound_texts[BUCKET_COUNT + 1] = {
	"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
	"0.1", "0.25", "0.5", "1", "2.5", "5", "10", "25", "50", "100", "250", "500", "1000",
	"+Inf",
};

static void print_number(struct buf *out, double v)
{
	char text[40];

	if (isnan(v) || isinf(v)) {
		buf_add_z(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
	} else if (fabs(v) < exact_max && floor(v) == v) {
		buf_add_i64(out, (int64_t)v);
	} else {
		(void)snprintf(text, sizeof text, "%.15g", v);
		if (strtod(text, NULL) != v)
			(void)snprintf(text, sizeof text, "%.17g", v);
		buf_add_z(out, text);
	}
	buf_add_c(out, '\n');
}

static void print_bucket(struct buf *out, const struct metric *t, const struct series *s,
                         const char *bound)
{
	buf_add_z(out, t->name);
	buf_add_z(out, "_bucket{");
	buf_add_z(out, s->labels);
	buf_add_z(out, s->labels[0] ? ",le=\"" : "le=\"");
	buf_add_z(out, bound);
	buf_add_z(out, "\"} ");
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

static void print_histogram(struct metrics *m, struct buf *out, const struct metric *t,
                            const struct series *s)
{
	uint32_t at = s->number & CELL_MASK;
	double count = 0;

	for (uint32_t i = 0; i <= BUCKET_COUNT; i++) {
		count += metrics_cell(m, at + i);
		print_bucket(out, t, s, bound_texts[i]);
		print_number(out, count);
	}
	print_name(out, t, "_sum", s);
	print_number(out, metrics_cell(m, at + BUCKET_COUNT + 1));
	print_name(out, t, "_count", s);
	print_number(out, count);
}

static void print_head(struct buf *out, const char *name, const char *help, const char *kind)
{
	buf_add_z(out, "# HELP ");
	buf_add_z(out, name);
	buf_add_c(out, ' ');
	buf_add_z(out, help);
	buf_add_z(out, "\n# TYPE ");
	buf_add_z(out, name);
	buf_add_c(out, ' ');
	buf_add_z(out, kind);
	buf_add_c(out, '\n');
}

static void print_metric(struct metrics *m, struct buf *out, struct metric *t)
{
	static const char *const kinds[] = {
		[METRICS_COUNTER] = "counter",
		[METRICS_GAUGE] = "gauge",
		[METRICS_HISTOGRAM] = "histogram",
	};
	struct series *s = atomic_load_explicit(&t->first, memory_order_acquire);

	print_head(out, t->name, t->help, kinds[t->kind]);
	for (; s; s = atomic_load_explicit(&s->next, memory_order_acquire)) {
		if (t->kind == METRICS_HISTOGRAM) {
			print_histogram(m, out, t, s);
			continue;
		}
		print_name(out, t, "", s);
		print_number(out, metrics_cell(m, s->number & CELL_MASK));
	}
}

static double resident_bytes(void)
{
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	cdt_str s = str_from(text, n > 0 ? (size_t)n : 0);
	uint64_t pages = 0;

	if (fd >= 0)
		(void)close(fd);                       /* only read */
	(void)str_cut(&s, ' ');                        /* the whole size comes first */
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

static void print_own(struct metrics *m, struct buf *out)
{
	struct rusage used = { .ru_maxrss = 0 };

	(void)getrusage(RUSAGE_SELF, &used);           /* can not fail with these arguments */
	print_head(out, "process_cpu_seconds_total",
	           "User and system CPU time spent in seconds.", "counter");
	buf_add_z(out, "process_cpu_seconds_total ");
	print_number(out, seconds(used.ru_utime) + seconds(used.ru_stime));
	print_head(out, "process_resident_memory_bytes", "Resident memory size in bytes.",
	           "gauge");
	buf_add_z(out, "process_resident_memory_bytes ");
	print_number(out, resident_bytes());
	print_head(out, "process_open_fds", "Number of open file descriptors.", "gauge");
	buf_add_z(out, "process_open_fds ");
	print_number(out, open_files());
	print_head(out, "process_start_time_seconds",
	           "Start time of the process since unix epoch in seconds.", "gauge");
	buf_add_z(out, "process_start_time_seconds ");
	print_number(out, (double)m->started_ms / 1000);
}

void metrics_expose(struct metrics *m, struct buf *out)
{
	uint32_t count = atomic_load_explicit(&m->metric_count, memory_order_acquire);

	for (uint32_t i = 0; i < count; i++)
		print_metric(m, out, &m->metric[i]);
	print_own(m, out);
}
