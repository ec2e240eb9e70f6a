/* flow/bounds: nothing that a request can make an upstream bill is above its bounds.
 * SPDX-License-Identifier: MIT */
#include "flow/bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
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

static const struct {
	const char *body;
	int64_t images;
	bool open_ended, audio, hour;
	const char *unbounded;
} bodies[] = {
	{ USER("\"hi\""), 0, false, false, false, NULL },
	{ USER("\"the \\\"image_url\\\" of it\""), 0, false, false, false, NULL },
	{ PARTS("{\"type\":\"text\",\"text\":\"x\"}"), 0, false, false, false, NULL },
	{ PARTS("{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://a/b\"}}"),
	  1, false, false, false, NULL },
	{ PARTS("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}},"
	        "{\"type\":\"image\",\"source\":{}}"), 2, false, false, false, NULL },
	/* the same, with a letter of each word escaped */
	{ PARTS("{\"typ\\u0065\":\"text\",\"image_url\":{}}"),
	  0, true, false, true, NULL },
	{ PARTS("{\"type\":\"im\\u0061ge_url\",\"image_url\":{}}"),
	  0, true, false, true, NULL },
	{ "{\"messages\":[{\"role\":\"user\",\"\\u0063ontent\":[]}]}",
	  0, true, false, true, NULL },
	{ "{\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[]}]}",
	  0, false, false, false, NULL },
	/* what other writers escape */
	{ USER("\"a \\u003c b \\u001b[0m \\\\u0041\""), 0, false, false, false, NULL },
	{ PARTS("{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}"),
	  0, true, false, false, NULL },
	{ PARTS("{\"type\":\"video_url\"}"), 0, true, false, false, NULL },
	{ PARTS("{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"\"}}"),
	  0, false, true, false, NULL },
	{ PARTS("{\"type\":\"text\",\"text\":\"x\",\"cache_control\":"
	        "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}"), 0, false, false, true, NULL },
	{ "{\"web_search_options\":{}}", 0, false, false, false, "web_search_options" },
	{ "{\"web_search_options\":null}", 0, false, false, false, NULL },
	{ "{\"service_tier\":\"priority\"}", 0, false, false, false, "service_tier" },
	{ "{\"service_tier\":\"flex\"}", 0, false, false, false, NULL },
	{ "{\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]}",
	  0, false, false, false, "tools" },
	{ "{\"tools\":[{\"name\":\"web_search\",\"type\":\"web_search_20250305\"}]}",
	  0, false, false, false, "tools" },
	{ "{\"tools\":[{\"typ\\u0065\":\"function\"}]}", 0, false, false, true, "tools" },
	{ "{\"service_tier\":\"\\u0070riority\"}", 0, false, false, false, "service_tier" },
	{ "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]}",
	  0, false, false, false, NULL },
};

static void what_a_body_bounds(void)
{
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct extent e = extent_in(bodies[i].body);
		bool audio = e.kinds & PRICE_BIT(PRICE_AUDIO_IN);

		if (e.images != bodies[i].images || e.open_ended != bodies[i].open_ended ||
		    audio != bodies[i].audio || e.writes_for_an_hour != bodies[i].hour)
			printf("\nrow %zu: %s\n", i, bodies[i].body);
		CU_ASSERT_EQUAL(e.images, bodies[i].images);
		CU_ASSERT_EQUAL(e.open_ended, bodies[i].open_ended);
		CU_ASSERT_EQUAL(audio, bodies[i].audio);
		CU_ASSERT_EQUAL(e.writes_for_an_hour, bodies[i].hour);
		CU_ASSERT_EQUAL(!e.unbounded, !bodies[i].unbounded);
		if (e.unbounded && bodies[i].unbounded)
			CU_ASSERT_STRING_EQUAL(e.unbounded, bodies[i].unbounded);
		CU_ASSERT(e.input >= (int64_t)strlen(bodies[i].body));
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
		{ 100, 2, 1, -1, 500, false, CDT_OP_CHAT, true, 100100, 1 },
		{ 100, 2, 1, 8000, 500, false, CDT_OP_CHAT, true, 8000, 1 },
		{ 9000, 0, 1, 8000, 500, false, CDT_OP_CHAT, true, 8000, 1 },
		{ 100, 0, 1, 8000, 500, true, CDT_OP_CHAT, true, 8000, 1 },
		{ 100, 0, 1, -1, 500, true, CDT_OP_CHAT, false, 100, 1 },
		{ 100, 0, 0, -1, 500, false, CDT_OP_EMBED, true, 100, 0 },
		{ 9000, 0, 0, 8000, 500, false, CDT_OP_EMBED, true, 9000, 0 },
		{ 9000, 0, 1, 8000, 500, false, CDT_OP_COMPLETE, true, 9000, 1 },
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

/* Recorded requests of several providers, and what was billed for each: one a line,
 * {"of":NAME,"input":TOKENS,"body":REQUEST}. */
static void no_recorded_request_is_counted_low(void)
{
	const char *dir = getenv("CONDUIT_SRCDIR");
	char path[4096], *line = NULL;
	size_t room = 0, count = 0;
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/tests/unit/flow/counted.jsonl", dir ? dir : ".");
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (getline(&line, &room, file) > 0) {
		struct json *row = json_parse(str_trim(str_z(line)));
		int64_t input = json_i64(json_get(row, "input"), -1);
		char *body = strdup(json_print(json_get(row, "body")).p);
		struct ask a = ask_of(body, CDT_OP_CHAT);

		if (bounds_count(&a) < input)
			fprintf(stderr, "\n%lld, not %lld: %.*s\n", (long long)input,
			        (long long)bounds_count(&a),
			        STR_ARG(json_text(json_get(row, "of"))));
		CU_ASSERT(input > 0 && bounds_count(&a) >= input);
		count++;
		free(body);
		json_free(row);
	}
	free(line);
	(void)fclose(file);
	CU_ASSERT(count > 80);
}

static const struct unit_test tests[] = {
	{ "what a body bounds", what_a_body_bounds },
	{ "schemas may be shown twice", schemas_may_be_shown_twice },
	{ "answers are counted", answers_are_counted },
	{ "no recorded request is counted low", no_recorded_request_is_counted_low },
	{ "a target makes bounds of it", a_target_makes_bounds_of_it },
	{ NULL, NULL }
};
const struct unit_suite flow_bounds_suite = { "flow/bounds", tests };
