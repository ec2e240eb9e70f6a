/* The text that Prometheus reads.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

static const cdt_str none[1] = { { "", 0 } };

static char *expose(struct metrics *m)
{
	struct buf b;
	char *text;

	buf_init(&b, 1 << 20);
	metrics_expose(m, &b);
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	text = mem_text(b.p, b.n);
	buf_fini(&b);
	return text;
}

static const char golden[] =
	"# HELP conduit_requests_total Requests \"done\" so far\\nor \\\\ failed.\n"
	"# TYPE conduit_requests_total counter\n"
	"conduit_requests_total{model=\"gpt-4o\",outcome=\"ok\"} 3\n"
	"conduit_requests_total{model=\"a\\\"b\\\\c\\nd\",outcome=\"\"} 0.5\n"
	"conduit_requests_total{model=\"_invalid\",outcome=\"Zo\xc3\xab\"} 9007199254740994\n"
	"# HELP conduit_open Streams.\n"
	"# TYPE conduit_open gauge\n"
	"conduit_open -2\n"
	"# HELP conduit_nothing_total Never counted.\n"
	"# TYPE conduit_nothing_total counter\n"
	"# HELP conduit_wait_seconds Waiting.\n"
	"# TYPE conduit_wait_seconds histogram\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.0001\"} 1\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.00025\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.0005\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.001\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.0025\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.005\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.01\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.025\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.05\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.1\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.25\"} 2\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"0.5\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"1\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"2.5\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"5\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"10\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"25\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"50\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"100\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"250\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"500\"} 3\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"1000\"} 4\n"
	"conduit_wait_seconds_bucket{stage=\"auth\",le=\"+Inf\"} 5\n"
	"conduit_wait_seconds_sum{stage=\"auth\"} 3000.5002\n"
	"conduit_wait_seconds_count{stage=\"auth\"} 5\n"
	"# HELP process_cpu_seconds_total ";

static void the_text_is_exact(void)
{
	static const double waits[] = { 0.0001, 0.0001000001, 0.5, 1000, 2000 };
	struct metrics *m = metrics_new(2);
	uint32_t c = metrics_declare(m, METRICS_COUNTER, "requests", "model,outcome",
	                             "Requests \"done\" so far\nor \\ failed.");
	uint32_t g = metrics_declare(m, METRICS_GAUGE, "open", "", "Streams.");
	cdt_str one[] = { CDT_STR("gpt-4o"), CDT_STR("ok") };
	cdt_str two[] = { CDT_STR("a\"b\\c\nd"), CDT_STR("") };
	cdt_str three[] = { CDT_STR("\xff\xfe"), CDT_STR("Zo\xc3\xab") };
	cdt_str stage = CDT_STR("auth");
	uint32_t h;
	char *text;

	(void)metrics_declare(m, METRICS_COUNTER, "nothing_total", "", "Never counted.");
	h = metrics_declare(m, METRICS_HISTOGRAM, "wait_seconds", "stage", "Waiting.");
	metrics_add(m, 0, metrics_series(m, c, one), 3);
	metrics_add(m, 1, metrics_series(m, c, two), 0.5);
	metrics_add(m, -1, metrics_series(m, c, three), 9007199254740994.0);
	metrics_set(m, metrics_series(m, g, none), -2);
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
		metrics_add(m, (int)i % 2, metrics_series(m, h, &stage), waits[i]);
	text = expose(m);
	CU_ASSERT(strncmp(text, golden, sizeof golden - 1) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nprocess_start_time_seconds "));
	mem_free(text);
	metrics_free(m);
}

static void odd_numbers_have_their_words(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t g = metrics_series(m, metrics_declare(m, METRICS_GAUGE, "g", "", ""), none);
	static const struct { double v; const char *line; } cases[] = {
		{ INFINITY, "\nconduit_g +Inf\n" },
		{ -INFINITY, "\nconduit_g -Inf\n" },
		{ NAN, "\nconduit_g NaN\n" },
		{ 0.1, "\nconduit_g 0.1\n" },
		{ -1.0 / 3, "\nconduit_g -0.333333333\n" },
		{ 0.9999999999, "\nconduit_g 1\n" },
		{ 1e-6, "\nconduit_g 1e-06\n" },
		{ 1e300, "\nconduit_g 1e+300\n" },
		{ 1792000000.25, "\nconduit_g 1792000000.25\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text;

		metrics_set(m, g, cases[i].v);
		text = expose(m);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].line));
		mem_free(text);
	}
	metrics_free(m);
}

static void long_values_are_cut_between_characters(void)
{
	struct metrics *m = metrics_new(1);
	uint32_t id = metrics_declare(m, METRICS_COUNTER, "c", "model", "");
	char value[200], *text;
	cdt_str v = { value, sizeof value };

	memset(value, 'x', sizeof value);
	memcpy(value + 127, "\xc3\xab", 2);
	metrics_add(m, 0, metrics_series(m, id, &v), 1);
	text = expose(m);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "xx\"} 1\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "_invalid"));
	mem_free(text);
	metrics_free(m);
}

static double value_of(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	double v = -1;

	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_EQUAL(sscanf(line + strlen(name), " %lf", &v), 1);
	return v;
}

static void our_own_use_is_described(void)
{
	struct metrics *m = metrics_new(1);
	char *text = expose(m);

	CU_ASSERT(value_of(text, "\nprocess_cpu_seconds_total") >= 0);
	CU_ASSERT(value_of(text, "\nprocess_resident_memory_bytes") > 1e5);
	CU_ASSERT(value_of(text, "\nprocess_open_fds") >= 3);
	CU_ASSERT(value_of(text, "\nprocess_start_time_seconds") > 1.6e9);
	mem_free(text);
	metrics_free(m);
}

/* What a scrape may meet at most: every family full.  The limit leaves room for sanitizers. */
static void full_families_are_printed_quickly(void)
{
	static const enum metrics_kind kinds[] = {
		METRICS_COUNTER, METRICS_COUNTER, METRICS_COUNTER, METRICS_GAUGE,
		METRICS_HISTOGRAM, METRICS_HISTOGRAM, METRICS_HISTOGRAM_RATE,
	};
	enum { KINDS = sizeof kinds / sizeof *kinds, LIMIT_MS = 500 };
	struct metrics *m = metrics_new(4);
	uint64_t took_ms;
	struct buf b;

	for (size_t k = 0; k < KINDS; k++) {
		char name[] = "family_a", model[16];
		uint32_t id;

		name[7] = (char)('a' + k);
		id = metrics_declare(m, kinds[k], name, "model,provider", "Full.");
		for (int i = 0; i < METRICS_FAMILY_MAX + 5; i++) {
			int n = snprintf(model, sizeof model, "model-%d", i);
			cdt_str labels[2] = { { model, (size_t)n }, CDT_STR("upstream") };

			metrics_add(m, i % 4, metrics_series(m, id, labels), 0.3 * i);
		}
	}
	buf_init(&b, 64 << 20);
	took_ms = unit_cpu_ms();
	metrics_expose(m, &b);
	took_ms = unit_cpu_ms() - took_ms;
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	CU_ASSERT(b.n > KINDS * METRICS_FAMILY_MAX * 40);
	CU_ASSERT(took_ms < LIMIT_MS);
	if (getenv("UNIT_FIGURES"))
		printf("# full families: %zu bytes in %d ms\n", b.n, (int)took_ms);
	buf_fini(&b);
	metrics_free(m);
}

static void what_is_read_when_asked_for_looks_the_same(void)
{
	static const char want[] =
		"# HELP conduit_state 0 or 1.\n# TYPE conduit_state gauge\n"
		"conduit_state{a=\"x\\\"y\",b=\"\"} 1\nconduit_state 0.5\n";
	const cdt_str values[] = { CDT_STR("x\"y"), CDT_STR("") };
	struct buf b;

	buf_init(&b, 4096);
	metrics_print_head(&b, METRICS_GAUGE, "conduit_state", "0 or 1.");
	metrics_print(&b, "conduit_state", "a,b", values, 1);
	metrics_print(&b, "conduit_state", "", NULL, 0.5);
	CU_ASSERT(str_is(buf_str(&b), want));
	buf_fini(&b);
}

static const struct unit_test tests[] = {
	{ "the text is exact", the_text_is_exact },
	{ "odd numbers have their words", odd_numbers_have_their_words },
	{ "long values are cut between characters", long_values_are_cut_between_characters },
	{ "our own use is described", our_own_use_is_described },
	{ "full families are printed quickly", full_families_are_printed_quickly },
	{ "what is read when asked for looks the same",
	  what_is_read_when_asked_for_looks_the_same },
	{ NULL, NULL },
};
const struct unit_suite metrics_expose_suite = { "metrics/expose", tests };
