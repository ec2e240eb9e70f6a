/* traceparent: what is taken, and what begins anew.
 * SPDX-License-Identifier: MIT */
#include "telemetry/trace.h"

#include <string.h>

#include "base/digest.h"
#include "base/str.h"
#include "unit/unit.h"

#define ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void good_ones_are_joined(void)
{
	static const struct { const char *text; bool sampled; } rows[] = {
		{ "00-" ID "-" SPAN "-01", true },
		{ "00-" ID "-" SPAN "-00", false },
		{ "00-" ID "-" SPAN "-03", true },
		{ "00-" ID "-" SPAN "-02", false },
		{ "cc-" ID "-" SPAN "-01", true },
		{ "cc-" ID "-" SPAN "-01-what-comes-later", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char id[TRACE_TEXT_SIZE], parent[TRACE_TEXT_SIZE];
		struct trace t;

		CU_ASSERT_FATAL(trace_join(&t, str_z(rows[i].text), CDT_STR("a=1")));
		CU_ASSERT_STRING_EQUAL(hex_of(t.id, TRACE_ID_SIZE, id), ID);
		CU_ASSERT_STRING_EQUAL(hex_of(t.parent, SPAN_ID_SIZE, parent), SPAN);
		CU_ASSERT_EQUAL(t.sampled, rows[i].sampled);
		CU_ASSERT(t.has_parent);
		CU_ASSERT(str_is(t.state, "a=1"));
		CU_ASSERT(memcmp(t.span, t.parent, SPAN_ID_SIZE) != 0);
	}
}

static void bad_ones_change_nothing(void)
{
	static const char *const rows[] = {
		"", "00", "00-" ID "-" SPAN "-0", "00-" ID "-" SPAN "-0g",
		"00-" ID "-" SPAN "-01-more", "00-" ID "-" SPAN "-01x",
		"cc-" ID "-" SPAN "-01x", "ff-" ID "-" SPAN "-01", "0-" ID "-" SPAN "-001",
		"00-00000000000000000000000000000000-" SPAN "-01",
		"00-" ID "-0000000000000000-01", "00_" ID "-" SPAN "-01",
		"00-" ID "_" SPAN "-01", "00-" ID "-" SPAN "_01",
		"00-0AF7651916cd43dd8448eb211c80319c-" SPAN "-01",
		"00-" ID "-B7ad6b7169203331-01",
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct trace t, before;

		memset(&t, 0x5a, sizeof t);
		memcpy(&before, &t, sizeof t);
		CU_ASSERT_FALSE(trace_join(&t, str_z(rows[i]), CDT_STR("")));
		CU_ASSERT_EQUAL(memcmp(&t, &before, sizeof t), 0);
	}
}

static void a_state_that_is_too_long_is_left_out(void)
{
	char state[TRACE_STATE_MAX + 1];
	struct trace t;

	memset(state, 'a', sizeof state);
	CU_ASSERT(trace_join(&t, CDT_STR("00-" ID "-" SPAN "-01"),
	                     str_from(state, TRACE_STATE_MAX + 1)));
	CU_ASSERT_EQUAL(t.state.n, 0);
	CU_ASSERT(trace_join(&t, CDT_STR("00-" ID "-" SPAN "-01"),
	                     str_from(state, TRACE_STATE_MAX)));
	CU_ASSERT_EQUAL(t.state.n, TRACE_STATE_MAX);
}

static void so_many_of_a_million_are_sampled(void)
{
	enum { ALL = 20000 };
	static const struct { uint32_t millionths; int least, most; } rows[] = {
		{ 0, 0, 0 }, { 1000000, ALL, ALL }, { 250000, ALL / 5, ALL * 3 / 10 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int sampled = 0;

		for (int k = 0; k < ALL; k++) {
			struct trace t;

			trace_new(&t, rows[i].millionths);
			sampled += t.sampled;
		}
		CU_ASSERT(sampled >= rows[i].least && sampled <= rows[i].most);
	}
}

static void what_is_written_is_read_back(void)
{
	uint8_t first[SPAN_ID_SIZE], again[SPAN_ID_SIZE], second[SPAN_ID_SIZE];
	char text[TRACEPARENT_SIZE];
	struct trace t, back;

	trace_new(&t, 1000000);
	trace_attempt(&t, 1, first);
	trace_attempt(&t, 1, again);
	trace_attempt(&t, 2, second);
	CU_ASSERT_EQUAL(memcmp(first, again, sizeof first), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(first, second, sizeof first), 0);
	CU_ASSERT_EQUAL(strlen(trace_print(&t, first, text)), TRACEPARENT_SIZE - 1);
	CU_ASSERT_FATAL(trace_join(&back, str_z(text), CDT_STR("")));
	CU_ASSERT_EQUAL(memcmp(back.id, t.id, TRACE_ID_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(back.parent, first, SPAN_ID_SIZE), 0);
	CU_ASSERT(back.sampled);
}

static const struct unit_test tests[] = {
	{ "good ones are joined", good_ones_are_joined },
	{ "bad ones change nothing", bad_ones_change_nothing },
	{ "a state that is too long is left out", a_state_that_is_too_long_is_left_out },
	{ "so many of a million are sampled", so_many_of_a_million_are_sampled },
	{ "what is written is read back", what_is_written_is_read_back },
	{ NULL, NULL },
};
const struct unit_suite telemetry_trace_suite = { "telemetry/trace", tests };
