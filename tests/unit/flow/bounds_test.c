/* flow/bounds: nothing that a request can make an upstream bill is above its bounds.
 * SPDX-License-Identifier: MIT */
#include "flow/bounds.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonscan.h"
#include "base/str.h"
#include "unit/unit.h"

static struct jsonscan scan;

static struct ask ask_of(const char *body, uint32_t op)
{
	struct ask a = { .op = op, .n = 1, .body = str_z(body) };

	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, a.body), CDT_OK);
	a.members = scan.member;
	a.member_count = scan.count;
	return a;
}

static struct extent extent_in(const char *body)
{
	struct ask a = ask_of(body, CDT_OP_CHAT);
	struct extent e;

	extent_of(&a, &e);
	return e;
}

#define USER(content) "{\"messages\":[{\"role\":\"user\",\"content\":" content "}]}"
#define PARTS(parts) USER("[" parts "]")

static void what_a_body_bounds(void)
{
	static const struct {
		const char *body;
		int64_t images;
		bool open_ended, audio, hour;
		const char *unbounded;
	} rows[] = {
		{ USER("\"hi\""), 0, false, false, false, NULL },
		{ USER("\"the \\\"image_url\\\" of it\""), 0, false, false, false, NULL },
		{ PARTS("{\"type\":\"text\",\"text\":\"x\"}"), 0, false, false, false, NULL },
		{ PARTS("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b\"}}"),
		  1, false, false, false, NULL },
		{ PARTS("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}},"
		        "{\"type\":\"image\",\"source\":{}}"), 2, false, false, false, NULL },
		/* the same, with a letter of each word escaped */
		{ PARTS("{\"typ\\u0065\":\"im\\u0061ge_url\",\"image_url\":{}}"),
		  1, false, true, true, NULL },
		{ PARTS("{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}"),
		  0, true, false, false, NULL },
		{ PARTS("{\"type\":\"video_url\"}"), 0, true, false, false, NULL },
		{ PARTS("{\"type\":\"audio_url\",\"audio_url\":{}}"), 0, true, false, false, NULL },
		{ PARTS("{\"type\":\"pdf_url\",\"pdf_url\":{}}"), 0, true, false, false, NULL },
		{ PARTS("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"\"}}"),
		  0, false, true, false, NULL },
		{ PARTS("{\"type\":\"text\",\"text\":\"x\",\"cache_control\":"
		        "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}"), 0, false, false, true, NULL },
		{ "{\"web_search_options\":{}}", 0, false, false, false, "web_search_options" },
		{ "{\"web_search_options\":null}", 0, false, false, false, NULL },
		{ "{\"service_tier\":\"priority\"}", 0, false, false, false, "service_tier" },
		{ "{\"service_tier\":\"pri\\u006frity\"}", 0, false, false, false, "service_tier" },
		{ "{\"service_tier\":\"flex\"}", 0, false, false, false, NULL },
		{ "{\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}",
		  0, true, false, false, NULL },
		{ "{\"tools\":[{\"function\":{\"name\":\"web_f\"},\"type\":\"function\"},"
		  "{\"type\":\"web_search\"}]}", 0, true, false, false, NULL },
		{ "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}",
		  0, false, false, false, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct extent e = extent_in(rows[i].body);
		bool audio = e.kinds & PRICE_BIT(PRICE_AUDIO_IN);

		if (e.images != rows[i].images || e.open_ended != rows[i].open_ended ||
		    audio != rows[i].audio || e.writes_for_an_hour != rows[i].hour)
			printf("\nrow %zu: %s\n", i, rows[i].body);
		CU_ASSERT_EQUAL(e.images, rows[i].images);
		CU_ASSERT_EQUAL(e.open_ended, rows[i].open_ended);
		CU_ASSERT_EQUAL(audio, rows[i].audio);
		CU_ASSERT_EQUAL(e.writes_for_an_hour, rows[i].hour);
		CU_ASSERT_EQUAL(!e.unbounded, !rows[i].unbounded);
		if (e.unbounded && rows[i].unbounded)
			CU_ASSERT_STRING_EQUAL(e.unbounded, rows[i].unbounded);
		CU_ASSERT(e.input >= (int64_t)strlen(rows[i].body));
	}
}

static void schemas_may_be_shown_twice(void)
{
	const char *plain = "{\"a\":[{\"type\":\"function\",\"function\":{}}]}";
	const char *tools = "{\"tools\":[{\"type\":\"function\",\"function\":{}}]}";

	CU_ASSERT(extent_in(tools).input > extent_in(plain).input + 1024);
}

static void answers_are_counted(void)
{
	static const struct { const char *body; uint32_t op; int64_t n, answers; } rows[] = {
		{ "{}", CDT_OP_CHAT, 1, 1 },
		{ "{\"n\":3}", CDT_OP_CHAT, 3, 3 },
		{ "{\"best_of\":5,\"n\":2}", CDT_OP_COMPLETE, 2, 5 },
		{ "{\"prompt\":[\"a\",\"b\",\"c\"]}", CDT_OP_COMPLETE, 2, 6 },
		{ "{\"prompt\":[1,2,3]}", CDT_OP_COMPLETE, 1, 1 },
		{ "{\"prompt\":[[1],[2,3]]}", CDT_OP_COMPLETE, 1, 2 },
		{ "{\"prompt\":\"a\"}", CDT_OP_COMPLETE, 4, 4 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ask a = ask_of(rows[i].body, rows[i].op);
		struct extent e;

		a.n = rows[i].n;
		extent_of(&a, &e);
		CU_ASSERT_EQUAL(e.n, rows[i].answers);
	}
}

static void a_target_makes_bounds_of_it(void)
{
	static const struct {
		int64_t input, images, asked, window, target_max;
		bool open_ended;
		uint32_t op;
		bool fine;
		int64_t input_max, output_max;
	} rows[] = {
		{ 100, 0, 0, -1, 500, false, CDT_OP_CHAT, true, 100, 500 },
		{ 100, 0, 0, -1, -1, false, CDT_OP_CHAT, true, 100, 4096 },
		{ 100, 0, 70, -1, 500, false, CDT_OP_CHAT, true, 100, 70 },
		{ 100, 0, 900, -1, 500, false, CDT_OP_CHAT, true, 100, 900 },
		{ 100, 0, INT64_MAX, -1, 500, false, CDT_OP_CHAT, true, 100, CDT_COUNT_MAX },
		{ 100, 2, 1, -1, 500, false, CDT_OP_CHAT, true, 100100, 1 },
		{ 100, 2, 1, 8000, 500, false, CDT_OP_CHAT, true, 8000, 1 },
		{ 9000, 0, 1, 8000, 500, false, CDT_OP_CHAT, true, 8000, 1 },
		{ 100, 0, 1, 8000, 500, true, CDT_OP_CHAT, true, 8000, 1 },
		{ 100, 0, 1, -1, 500, true, CDT_OP_CHAT, false, 100, 1 },
		{ 100, 0, 0, -1, 500, false, CDT_OP_EMBED, true, 100, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct extent e = { .input = rows[i].input, .images = rows[i].images, .n = 1,
		                    .open_ended = rows[i].open_ended };
		struct ask a = { .op = rows[i].op, .max_output = rows[i].asked, .n = 1 };
		struct target t = { .context_window = rows[i].window,
		                    .max_output = rows[i].target_max };
		struct price_bounds b;
		int64_t max;

		CU_ASSERT_EQUAL(bounds_of(&e, &a, &t, &b, &max), rows[i].fine);
		CU_ASSERT_EQUAL(b.input_max, rows[i].input_max);
		CU_ASSERT_EQUAL(b.output_max, rows[i].output_max);
		CU_ASSERT_EQUAL(max, rows[i].output_max);
	}
}

static const struct unit_test tests[] = {
	{ "what a body bounds", what_a_body_bounds },
	{ "schemas may be shown twice", schemas_may_be_shown_twice },
	{ "answers are counted", answers_are_counted },
	{ "a target makes bounds of it", a_target_makes_bounds_of_it },
	{ NULL, NULL }
};
const struct unit_suite flow_bounds_suite = { "flow/bounds", tests };
