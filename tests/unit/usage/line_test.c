/* One line of the access log.
 * SPDX-License-Identifier: MIT */
#include "usage/line.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "unit/unit.h"

static struct journal_line bare(void)
{
	return (struct journal_line){
		.wall_ms = INT64_C(1795255872345), .input_tokens = -1, .cached_tokens = -1,
		.output_tokens = -1, .reasoning_tokens = -1, .ttft_ms = -1, .total_ms = -1,
		.overhead_us = -1, .bytes_in = -1, .bytes_out = -1,
	};
}

static char *print(const struct journal_line *l)
{
	static char out[LINE_MAX_SIZE + 1];
	size_t n = line_print(l, out);

	CU_ASSERT(n <= LINE_MAX_SIZE);
	out[n] = '\0';
	return out;
}

static void a_whole_line_has_all_members_in_order(void)
{
	struct journal_line l = {
		.wall_ms = INT64_C(1795255872345), .id = "01J", .trace = CDT_STR("4bf9"),
		.client = CDT_STR("10.0.0.1"), .key = CDT_STR("abc"), .group = CDT_STR("g"),
		.route = CDT_STR("/v1/chat/completions"), .method = CDT_STR("POST"),
		.kind = CDT_STR("rate_limited"), .status = 200, .model = CDT_STR("fast"),
		.provider = CDT_STR("p"), .target = CDT_STR("p/m"),
		.upstream_model = CDT_STR("m"), .attempts = 2, .stream = true,
		.cache = "MISS", .input_tokens = 1200, .cached_tokens = 0,
		.output_tokens = 99, .reasoning_tokens = 10, .cost_usd = CDT_STR("0.00012"),
		.ttft_ms = 12.0004, .total_ms = 1234.5678, .overhead_us = 87, .bytes_in = 2048,
		.bytes_out = INT64_MAX, .agent = CDT_STR("curl/8"),
	};

	CU_ASSERT_STRING_EQUAL(print(&l),
		"{\"ts\":\"2026-11-21T10:11:12.345Z\",\"id\":\"01J\",\"trace\":\"4bf9\","
		"\"client\":\"10.0.0.1\",\"key\":\"abc\",\"group\":\"g\","
		"\"route\":\"/v1/chat/completions\",\"method\":\"POST\",\"status\":200,"
		"\"kind\":\"rate_limited\",\"model\":\"fast\",\"provider\":\"p\","
		"\"target\":\"p/m\",\"upstream_model\":\"m\",\"attempts\":2,\"stream\":true,"
		"\"cache\":\"MISS\",\"in_tok\":1200,\"cached_tok\":0,\"out_tok\":99,"
		"\"reason_tok\":10,\"cost_usd\":\"0.00012\",\"ttft_ms\":12,"
		"\"total_ms\":1234.568,\"overhead_us\":87,"
		"\"bytes_in\":2048,\"bytes_out\":9223372036854775807,\"ua\":\"curl/8\"}\n");
}

static void what_is_not_known_is_left_out(void)
{
	struct journal_line l = bare();

	CU_ASSERT_STRING_EQUAL(print(&l), "{\"ts\":\"2026-11-21T10:11:12.345Z\",\"status\":0,"
	                       "\"attempts\":0,\"stream\":false}\n");
}

static void milliseconds_have_three_decimals_at_most(void)
{
	static const struct { double ms; const char *text; } cases[] = {
		{ 0, ":0," }, { 0.001, ":0.001," }, { 0.0001, ":0," }, { 0.1, ":0.1," },
		{ 0.0996, ":0.1," }, { 1.05, ":1.05," }, { 10.01, ":10.01," }, { 100, ":100," },
		{ 99.9999, ":100," }, { 1e300, ":1000000000000," },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct journal_line l = bare();

		l.total_ms = cases[i].ms;
		l.bytes_in = 1;
		CU_ASSERT_PTR_NOT_NULL(strstr(print(&l), cases[i].text));
	}
}

static void texts_are_escaped(void)
{
	static const struct { const char *agent, *text; } cases[] = {
		{ "a\"b", "\"ua\":\"a\\\"b\"}" },
		{ "long enough for eight\\", "\"ua\":\"long enough for eight\\\\\"}" },
		{ "12345678\n\t\x1f", "\"ua\":\"12345678\\u000a\\u0009\\u001f\"}" },
		{ "Zo\xc3\xab 1234567", "\"ua\":\"Zo\xc3\xab 1234567\"}" },
		{ "caf\xe9", "\"ua\":\"caf\xef\xbf\xbd\"}" },
		{ "del\x7f", "\"ua\":\"del\x7f\"}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct journal_line l = bare();

		l.agent = str_z(cases[i].agent);
		CU_ASSERT_PTR_NOT_NULL(strstr(print(&l), cases[i].text));
	}
}

static void a_long_agent_is_cut_between_characters(void)
{
	struct journal_line l = bare();
	char agent[300], *line;
	struct json *j;

	memset(agent, 'a', sizeof agent);
	memcpy(agent + 127, "\xc3\xab", 2);
	l.agent = str_from(agent, sizeof agent);
	line = print(&l);
	j = json_parse(str_z(line));
	CU_ASSERT_EQUAL(json_text(json_get(j, "ua")).n, 127);
	json_free(j);
}

/* Whatever peers choose, the line is JSON, whole, and has its numbers. */
static void the_worst_texts_fit(void)
{
	char nasty[4096];
	cdt_str all = { nasty, sizeof nasty };
	struct journal_line l = bare();

	for (int c = 0; c < 256; c += 5) {
		struct json *j;

		memset(nasty, c, sizeof nasty);
		l.trace = l.client = l.key = l.group = l.route = l.method = all;
		l.kind = l.model = all;
		l.provider = l.target = l.upstream_model = l.agent = all;
		l.input_tokens = l.cached_tokens = l.output_tokens = INT64_MAX;
		l.reasoning_tokens = l.overhead_us = l.bytes_in = l.bytes_out = INT64_MAX;
		l.ttft_ms = l.total_ms = 1e12 - 0.001;
		l.status = l.attempts = UINT32_MAX;
		l.cache = "COALESCED";
		j = json_parse(str_z(print(&l)));
		CU_ASSERT_PTR_NOT_NULL_FATAL(j);
		CU_ASSERT_EQUAL(json_i64(json_get(j, "bytes_out"), 0), INT64_MAX);
		json_free(j);
	}
}

/* --- as web servers write it --- */

static char *print_combined(const struct journal_line *l)
{
	static char out[LINE_MAX_SIZE + 1];
	size_t n = line_print_combined(l, out);

	CU_ASSERT(n <= LINE_MAX_SIZE);
	CU_ASSERT_EQUAL(out[n - 1], '\n');
	CU_ASSERT_PTR_EQUAL(memchr(out, '\n', n), out + n - 1);
	out[n] = '\0';
	return out;
}

static void a_combined_line_is_what_web_servers_write(void)
{
	struct journal_line l = {
		.wall_ms = INT64_C(1795255872345), .id = "01J", .client = CDT_STR("10.0.0.1"),
		.key = CDT_STR("abc"), .route = CDT_STR("/v1/chat/completions"),
		.method = CDT_STR("POST"), .status = 200, .bytes_out = 2326,
		.agent = CDT_STR("OpenAI/Python 1.2"),
	};

	CU_ASSERT_STRING_EQUAL(print_combined(&l),
		"10.0.0.1 - abc [21/Nov/2026:10:11:12 +0000] \"POST /v1/chat/completions HTTP/1.1\""
		" 200 2326 \"-\" \"OpenAI/Python 1.2\"\n");
	l = bare();
	CU_ASSERT_STRING_EQUAL(print_combined(&l),
		"- - - [21/Nov/2026:10:11:12 +0000] \"- - HTTP/1.1\" 0 0 \"-\" \"-\"\n");
}

static void a_combined_line_can_not_be_forged(void)
{
	struct journal_line l = bare();
	char all[256], *line;
	size_t quotes = 0;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	l.client = l.key = CDT_STR("a b");
	l.agent = CDT_STR("x\" 200 1 \"\n10.0.0.9 - root");
	l.method = l.route = str_from(all, sizeof all);
	line = print_combined(&l);
	for (const char *c = line; *c; c++)
		quotes += *c == '"';
	CU_ASSERT_EQUAL(quotes, 6);
	CU_ASSERT_EQUAL(strncmp(line, "- - - [", 7), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "\"x\\x22 200 1 \\x22\\x0a10.0.0.9 - root\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "\"\\x00\\x01"));
}

static void the_longest_combined_line_is_whole(void)
{
	struct journal_line l = bare();
	char ones[4096];

	memset(ones, 1, sizeof ones);
	l.client = l.key = l.method = l.route = l.agent = str_from(ones, sizeof ones);
	l.bytes_out = INT64_MAX;
	l.status = UINT32_MAX;
	CU_ASSERT_PTR_NOT_NULL(strstr(print_combined(&l), " 4294967295 9223372036854775807 \"-\" \""));
	CU_ASSERT_EQUAL(print_combined(&l)[strlen(print_combined(&l)) - 2], '"');
}

static const struct unit_test tests[] = {
	{ "a combined line is what web servers write", a_combined_line_is_what_web_servers_write },
	{ "a combined line can not be forged", a_combined_line_can_not_be_forged },
	{ "the longest combined line is whole", the_longest_combined_line_is_whole },
	{ "a whole line has all members in order", a_whole_line_has_all_members_in_order },
	{ "what is not known is left out", what_is_not_known_is_left_out },
	{ "milliseconds have three decimals at most",
	  milliseconds_have_three_decimals_at_most },
	{ "texts are escaped", texts_are_escaped },
	{ "a long agent is cut between characters", a_long_agent_is_cut_between_characters },
	{ "the worst texts fit", the_worst_texts_fit },
	{ NULL, NULL },
};
const struct unit_suite usage_line_suite = { "usage/line", tests };
