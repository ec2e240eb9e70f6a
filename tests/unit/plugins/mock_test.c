/* unit/plugins/mock_test.c - provider_mock: what it answers, when, and how it fails on demand.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugins/mock_scene.h"

#define USER(t) "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"," \
	"\"text\":\"" t "\"}]}]"

static void both(const char *model, const char *doc, const char *want)
{
	scene_says(&(struct fake_ask){ .model = model, .doc = doc }, want);
	scene_says(&(struct fake_ask){ .model = model, .doc = doc, .flags = CDT_REQ_STREAM },
	           want);
}

static void answers_with_what_was_said(void)
{
	both("mock", USER("hello there") "}",
	     "0.0 text: You said: hello there\n0 stop end stop\nusage 3 4\n");
	both("echo", USER("hello there") "}",
	     "0.0 text: hello there\n0 stop end stop\nusage 3 2\n");
	both("gpt-4o", USER("\\u00e9\\\"\\n") "}",
	     "0.0 text: You said: \xc3\xa9\"\n\n0 stop end stop\nusage 1 3\n");
	both("mock", "{\"messages\":[]}", "0.0 text: You said: \n0 stop end stop\nusage 0 2\n");
	both("mock", USER("a b c d") ",\"max_completion_tokens\":3}",
	     "0.0 text: You said: a \n0 stop length length\nusage 2 3\n");
	both("echo", USER("x") ",\"n\":2}",
	     "0.0 text: x\n0 stop end stop\n1.0 text: x\n1 stop end stop\nusage 1 2\n");
}

static void follows_the_directives_of_its_name(void)
{
	both("mock-n3", USER("x") "}",
	     "0.0 text: alpha bravo delta \n0 stop end stop\nusage 1 3\n");
	both("mock-s9", USER("x") "}", "0.0 text: alpha bra\n0 stop end stop\nusage 1 2\n");
	both("mock-f", USER("x") "}",
	     "0.0 text: You said: x\n0 stop length length\nusage 1 3\n");
	both("mock-w", USER("x") "}", "0.0 text: You said: x\n0 stop end stop\n");
	both("mock-r", USER("x") "}", "0.0 reasoning: Let me think about that for a moment.\n"
	     "0.1 text: You said: x\n0 stop end stop\nusage 1 11 reasoning=8\n");
	both("mock-embed-small", USER("x") "}",
	     "0.0 text: You said: x\n0 stop end stop\nusage 1 3\n");
}

static void follows_the_directives_of_the_message(void)
{
	both("mock", USER("{\\\"mock\\\":{\\\"chunks\\\":2,\\\"length\\\":true}}") "}",
	     "0.0 text: alpha bravo \n0 stop length length\nusage 9 2\n");
	both("mock", USER("{\\\"mock\\\":{\\\"text\\\":\\\"so {be} it\\\"}} rest") "}",
	     "0.0 text: so {be} it\n0 stop end stop\nusage 9 3\n");
	both("echo", USER("{\\\"mock\\\":{\\\"no_usage\\\":true}}\\nrest") "}",
	     "0.0 text: rest\n0 stop end stop\n");
	both("echo", USER("{\\\"other\\\":1}") "}", "0.0 text: {\"other\":1}\n0 stop end "
		"stop\nusage 3 1\n");
	both("echo", USER("{ half") "}", "0.0 text: { half\n0 stop end stop\nusage 2 2\n");
}

#define TOOLS ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"," \
	"\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}," \
	"\"days\":{\"type\":\"integer\"}},\"required\":[\"city\"]}}}," \
	"{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]"

static void id_is(struct scene *s, uint32_t part, const char *name, const char *arguments)
{
	const struct fake_part *p = fake_sink_part(&s->try.sink, 0, part);

	CU_ASSERT_EQUAL(p->kind, CDT_PART_TOOL_CALL);
	CU_ASSERT(str_starts(buf_str(&p->id), "call_"));
	CU_ASSERT(str_is(buf_str(&p->name), name));
	CU_ASSERT(str_is(buf_str(&p->text), arguments));
}

static void calls(const char *model, const char *doc, uint32_t flags, unsigned count)
{
	struct scene s;

	scene_play(&s, &(struct fake_ask){ .model = model, .doc = doc, .flags = flags });
	CU_ASSERT_EQUAL(s.read, CDT_OK);
	fake_sink_end(&s.try.sink);
	if (count > 0)
		id_is(&s, 0, "f", "{\"city\":\"city\"}");
	if (count > 1)
		id_is(&s, 1, "g", "{}");
	CU_ASSERT_EQUAL(s.try.sink.choice[0]->stop, count ? CDT_STOP_TOOL : CDT_STOP_END);
	CU_ASSERT_EQUAL(fake_sink_part(&s.try.sink, 0, count) == NULL, count > 0);
	scene_end(&s);
}

static void calls_the_tools_that_are_offered(void)
{
	for (uint32_t flags = 0; flags <= CDT_REQ_STREAM; flags++) {
		calls("mock-t", USER("x") TOOLS "}", flags, 1);
		calls("mock-p", USER("x") TOOLS "}", flags, 2);
		calls("mock", USER("x") TOOLS "}", flags, 0);
		calls("mock-t", USER("x") "}", flags, 0);
		calls("mock", USER("x") TOOLS ",\"tool_choice\":\"required\"}", flags, 1);
		calls("mock-p", USER("x") TOOLS ",\"tool_choice\":\"none\"}", flags, 0);
		calls("mock", USER("x") TOOLS ",\"tool_choice\":{\"type\":\"function\","
			"\"function\":"
		      "{\"name\":\"f\"}}}", flags, 1);
	}
	both("mock-t", "{\"messages\":[{\"role\":\"tool\",\"content\":[{\"type\":\"text\","
	     "\"text\":\"42\"}]}]" TOOLS "}",
	     "0.0 text: The tool said: 42\n0 stop end stop\nusage 1 4\n");
}

/* A schema, and what fits it. */
static const struct { const char *schema, *value; } fitting[] = {
	{ "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":"
	  "\"number\"},"
	  "\"c\":{\"type\":\"boolean\"},\"d\":{\"type\":\"null\"}}}",
	  "{\"a\":\"a\",\"b\":1,\"c\":true,\"d\":null}" },
	{ "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{}},"
	  "\"required\":[]}",
	  "{}" },
	{ "{\"properties\":{\"o\":{\"type\":\"object\",\"properties\":{\"p\":{\"type\":"
	  "\"array\","
	  "\"items\":{\"type\":\"integer\"}}}}}}", "{\"o\":{\"p\":[1]}}" },
	{ "{\"enum\":[\"x y\",2]}", "\"x y\"" }, { "{\"const\":{\"k\":[1]}}", "{\"k\":[1]}" },
	{ "{\"type\":[\"null\",\"integer\"],\"minimum\":5}", "5" },
	{ "{\"type\":\"integer\",\"maximum\":-3}", "-3" },
	{ "{\"type\":\"integer\",\"exclusiveMinimum\":1}", "2" },
	{ "{\"type\":\"number\",\"multipleOf\":7}", "7" },
	{ "{\"type\":\"string\",\"minLength\":8}", "\"answerxx\"" },
	{ "{\"type\":\"string\",\"maxLength\":3}", "\"ans\"" },
	{ "{\"type\":\"string\",\"format\":\"date\"}", "\"2024-01-01\"" },
	{ "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"minItems\":2}",
	  "[true,true]" },
	{ "{\"anyOf\":[{\"type\":\"boolean\"},{\"type\":\"string\"}]}", "true" },
	{ "{\"type\":\"object\",\"properties\":{\"t\":{\"$ref\":\"#/$defs/t\"}},"
	  "\"$defs\":{\"t\":{\"type\":\"integer\"}}}", "{\"t\":1}" },
};

static void makes_values_that_fit_a_schema(void)
{
	for (size_t i = 0; i < sizeof fitting / sizeof *fitting; i++) {
		struct scene s;
		char doc[1024];

		(void)snprintf(doc, sizeof doc, USER("x") ",\"response_format\":{\"type\":"
		               "\"json_schema\",\"json_schema\":{\"schema\":%s}}}",
		               fitting[i].schema);
		scene_play(&s, &(struct fake_ask){ .model = "mock", .doc = doc });
		CU_ASSERT(str_is(fake_sink_text(&s.try.sink, 0, CDT_PART_TEXT),
			fitting[i].value));
		if (!str_is(fake_sink_text(&s.try.sink, 0, CDT_PART_TEXT), fitting[i].value))
			fprintf(stderr, "%s: %.*s\n", fitting[i].schema,
			        STR_ARG(fake_sink_text(&s.try.sink, 0, CDT_PART_TEXT)));
		scene_end(&s);
	}
	both("mock", USER("x") ",\"response_format\":{\"type\":\"json_object\"}}",
	     "0.0 text: {\"answer\":\"x\"}\n0 stop end stop\nusage 1 1\n");
}

static void ends_a_schema_that_holds_itself(void)
{
	struct scene s;

	scene_play(&s, &(struct fake_ask){ .model = "mock", .doc = USER("x")
		",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":"
		"{\"properties\":{\"me\":{\"$ref\":\"#\"}}}}}}" });
	CU_ASSERT_EQUAL(s.read, CDT_OK);
	CU_ASSERT(str_starts(fake_sink_text(&s.try.sink, 0, CDT_PART_TEXT),
		"{\"me\":{\"me\":"));
	scene_end(&s);
}

static void refuses_as_it_is_told_to(void)
{
	static const struct { const char *model; uint32_t status,
		reason; const char *code; } no[] = {
		{ "mock-x429", 429, CDT_ERR_RATE_LIMITED, "mock_429" },
		{ "mock-x500", 500, CDT_ERR_UPSTREAM, "mock_500" },
		{ "mock-x401", 401, CDT_ERR_AUTH, "mock_401" },
		{ "mock-q7", 404, CDT_ERR_NO_MODEL, "mock_404" },
		{ "mock-x200", 404, CDT_ERR_NO_MODEL, "mock_404" },
		{ "mock-d", 404, CDT_ERR_NO_MODEL, "mock_404" },
	};
	static const uint32_t ops[] = { CDT_OP_CHAT, CDT_OP_COMPLETE, CDT_OP_EMBED };

	for (size_t i = 0; i < 3 * (sizeof no / sizeof *no); i++) {
		struct cdt_http_head head = { .size = sizeof head, .status = no[i / 3].status };
		struct cdt_error err = { .size = sizeof err };
		struct scene s;

		scene_begin(&s, &(struct fake_ask){ .model = no[i / 3].model, .op = ops[i % 3],
			.doc = "{\"messages\":[],\"prompt\":[\"a\"],\"input\":[\"a\"]}" });
		scene_start(&s);
		CU_ASSERT_PTR_NULL(s.handle);
		CU_ASSERT_EQUAL(s.wire.status, no[i / 3].status);
		CU_ASSERT_EQUAL(s.wire.end, CDT_OK);
		CU_ASSERT_EQUAL(str_search(buf_str(&s.wire.headers),
			CDT_STR("retry-after: 1")) <
		                s.wire.headers.n, no[i / 3].status == 429);
		CU_ASSERT_EQUAL(s.plugin.ops->error(s.plugin.self, &s.try.call.abi, &head,
		                                    buf_str(&s.wire.body), &err), CDT_OK);
		CU_ASSERT_EQUAL(err.reason, no[i / 3].reason);
		CU_ASSERT(str_is(err.code, no[i / 3].code));
		CU_ASSERT(str_starts(err.message, no[i / 3].status == 404
		                                  ? "mock: directive" : "the mock refused"));
		scene_end(&s);
	}
}

static void fails_in_the_middle_as_it_is_told_to(void)
{
	static const struct { const char *model; cdt_status end,
		read; size_t text; } broken[] = {
		{ "mock-n9-b3", CDT_E_UPSTREAM, CDT_E_UPSTREAM, 18 },
		{ "mock-b0", CDT_E_UPSTREAM, CDT_E_UPSTREAM, 0 },
		{ "mock-n9-e2", CDT_OK, CDT_E_UPSTREAM, 12 },
		{ "mock-n9-e0", CDT_OK, CDT_E_UPSTREAM, 0 },
		{ "mock-n9-b99", CDT_OK, CDT_OK, 54 },
	};

	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		struct scene s;

		scene_play(&s, &(struct fake_ask){ .model = broken[i].model, .doc = USER("x") "}",
			.flags = CDT_REQ_STREAM });
		CU_ASSERT_EQUAL(s.wire.status, 200);
		CU_ASSERT_EQUAL(s.wire.end, broken[i].end);
		CU_ASSERT_EQUAL(s.read, broken[i].read);
		CU_ASSERT_EQUAL(fake_sink_text(&s.try.sink, 0, CDT_PART_TEXT).n,
			broken[i].text);
		scene_end(&s);
	}
}

static void keeps_its_times(void)
{
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock-h500-d20-n3-g10", .doc = USER("x") "}",
		.flags = CDT_REQ_STREAM });
	scene_start(&s);
	CU_ASSERT_PTR_NOT_NULL(s.handle);
	(void)fake_loop_run(&s.plugin.loop, 499);
	CU_ASSERT_EQUAL(s.wire.heads, 0);
	(void)fake_loop_run(&s.plugin.loop, 1);
	CU_ASSERT_EQUAL(s.wire.heads, 1);
	CU_ASSERT_EQUAL(s.wire.writes, 0);
	(void)fake_loop_run(&s.plugin.loop, 20);
	CU_ASSERT_EQUAL(s.wire.writes, 2);                   /* start, and the first piece */
	(void)fake_loop_run(&s.plugin.loop, 10);
	CU_ASSERT_EQUAL(s.wire.writes, 3);
	(void)fake_loop_run(&s.plugin.loop, 9);
	CU_ASSERT_EQUAL(s.wire.ends, 0);
	(void)fake_loop_run(&s.plugin.loop, 1);
	CU_ASSERT_EQUAL(s.wire.ends, 1);
	scene_end(&s);
}

static void takes_as_long_for_a_whole_answer(void)
{
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock-h500-d20-n3-g10", .doc = USER("x") "}" });
	scene_start(&s);
	(void)fake_loop_run(&s.plugin.loop, 539);
	CU_ASSERT_EQUAL(s.wire.heads, 0);
	(void)fake_loop_run(&s.plugin.loop, 1);
	CU_ASSERT_EQUAL(s.wire.ends, 1);
	scene_end(&s);
}

static void pause_it(struct fake_wire *w, void *arg)
{
	struct scene *s = arg;

	if (w->writes == 2 && s->handle)
		s->local->pause(s->handle, 1);
}

static void waits_while_the_client_is_slow(void)
{
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock-d1-n5", .doc = USER("x") "}",
		.flags = CDT_REQ_STREAM });
	s.wire.on_body = pause_it;
	s.wire.arg = &s;
	scene_start(&s);
	(void)fake_loop_run(&s.plugin.loop, 1000);
	CU_ASSERT_EQUAL(s.wire.writes, 2);
	CU_ASSERT_EQUAL(s.wire.ends, 0);
	s.local->pause(s.handle, 0);
	CU_ASSERT_EQUAL(s.wire.ends, 1);
	scene_read(&s);
	CU_ASSERT_EQUAL(s.read, CDT_OK);
	scene_end(&s);
}

static void waits_also_when_a_gap_ends_meanwhile(void)
{
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock-n3-g10", .doc = USER("x") "}",
		.flags = CDT_REQ_STREAM });
	scene_start(&s);
	s.local->pause(s.handle, 1);
	(void)fake_loop_run(&s.plugin.loop, 1000);
	CU_ASSERT_EQUAL(s.wire.writes, 2);
	s.local->pause(s.handle, 0);
	CU_ASSERT_EQUAL(s.wire.writes, 3);
	(void)fake_loop_run(&s.plugin.loop, 1000);
	CU_ASSERT_EQUAL(s.wire.ends, 1);
	scene_end(&s);
}

static void stop_it(struct fake_wire *w, void *arg)
{
	struct scene *s = arg;

	if (w->writes == 2 && s->handle)
		s->local->stop(s->handle);
}

static void forgets_everything_when_stopped(void)
{
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock-n5-g10", .doc = USER("x") "}",
		.flags = CDT_REQ_STREAM });
	scene_start(&s);
	(void)fake_loop_run(&s.plugin.loop, 15);
	CU_ASSERT_EQUAL(fake_loop_armed(&s.plugin.loop), 1);
	s.local->stop(s.handle);
	CU_ASSERT_EQUAL(fake_loop_armed(&s.plugin.loop), 0);
	CU_ASSERT_EQUAL(s.wire.ends, 0);
	scene_end(&s);
	scene_begin(&s, &(struct fake_ask){ .model = "mock-d1-n5", .doc = USER("x") "}",
		.flags = CDT_REQ_STREAM });
	s.wire.on_body = stop_it;
	s.wire.arg = &s;
	scene_start(&s);
	(void)fake_loop_run(&s.plugin.loop, 1000);
	CU_ASSERT_EQUAL(s.wire.writes, 2);
	CU_ASSERT_EQUAL(s.wire.ends, 0);
	scene_end(&s);
}

static void never_waits_without_timers(void)
{
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock-d1000", .doc = USER("x") "}" });
	scene_end(&s);
	fake_loop_init(&s.plugin.loop);
	s.plugin.loop.without_io = 1;
	s.plugin.self = s.plugin.ops->open(&s.plugin.loop.host, (cdt_val){ NULL, NULL });
	CU_ASSERT(strstr(s.plugin.loop.said, "never waits") != NULL);
	s.plugin.ops->close(s.plugin.self);
}

static void completes_every_prompt(void)
{
	scene_says(&(struct fake_ask){ .op = CDT_OP_COMPLETE, .model = "mock",
	     .doc = "{\"prompt\":[\"a\",[1,2,3]],\"n\":2}" },
	     "0.0 text: You said: a\n0 stop end stop\n1.0 text: You said: a\n1 stop end stop\n"
	     "2.0 text: You said: 3 tokens\n2 stop end stop\n"
	     "3.0 text: You said: 3 tokens\n3 stop end stop\nusage 4 14\n");
	scene_says(&(struct fake_ask){ .op = CDT_OP_COMPLETE, .model = "mock", .flags =
		CDT_REQ_STREAM,
	     .doc = "{\"prompt\":[\"a b c\"],\"max_tokens\":3}" },
	     "0.0 text: You said: a \n0 stop length length\nusage 2 3\n");
}

static cdt_str part_text(const struct scene *s, uint32_t index)
{
	const struct fake_part *p = fake_sink_part(&s->try.sink, 0, index);

	return p ? buf_str(&p->text) : CDT_STR("");
}

/* The first two vectors of an answer, as base64. */
static void vectors(const char *doc, cdt_str *a, cdt_str *b, struct scene *s)
{
	scene_play(s, &(struct fake_ask){ .op = CDT_OP_EMBED, .model = "mock", .doc = doc });
	CU_ASSERT_EQUAL(s->read, CDT_OK);
	*a = part_text(s, 0);
	*b = part_text(s, 1);
}

static double squared_length(cdt_str base64)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char *bytes = mem_new(base64.n + 4);
	size_t n = 0, whole;
	uint32_t v = 0;
	double sum = 0;

	for (size_t i = 0; i < base64.n && base64.p[i] != '='; i++) {
		v = v << 6 | (uint32_t)(strchr(digits, base64.p[i]) - digits);
		if (i % 4 == 3)
			for (int k = 2; k >= 0; k--)
				bytes[n++] = (unsigned char)(v >> 8 * k);
	}
	whole = n / 4;
	for (size_t i = 0; i < whole; i++) {
		float f;

		memcpy(&f, bytes + 4 * i, 4);
		sum += (double)f * (double)f;
	}
	mem_free(bytes);
	return sum;
}

static void embeds_the_same_text_the_same_way(void)
{
	struct scene one, two;
	cdt_str a, b, c, d;

	vectors("{\"input\":[\"cat\",\"dog\"]}", &a, &b, &one);
	vectors("{\"input\":[\"dog\",[1,2]]}", &c, &d, &two);
	CU_ASSERT_EQUAL(a.n, (256 * 4 + 2) / 3 * 4);
	CU_ASSERT(str_eq(b, c));
	CU_ASSERT(!str_eq(a, b));
	CU_ASSERT(!str_eq(c, d));
	CU_ASSERT(squared_length(a) > 0.98 && squared_length(a) < 1.0001);
	CU_ASSERT_EQUAL(one.try.sink.usage.input, 2);
	CU_ASSERT_EQUAL(two.try.sink.usage.input, 3);
	CU_ASSERT_EQUAL(one.try.sink.usage.output, 0);
	scene_end(&one);
	scene_end(&two);
	vectors("{\"input\":[\"cat\"],\"dimensions\":3}", &a, &b, &one);
	CU_ASSERT_EQUAL(a.n, 16);
	CU_ASSERT(squared_length(a) > 0.999 && squared_length(a) < 1.001);
	scene_end(&one);
}

static void asks_for_lines(void)
{
	struct cdt_http_head head = { .size = sizeof head, .status = 200 };
	uint32_t frames = CDT_FRAMES_AUTO;
	struct scene s;

	scene_begin(&s, &(struct fake_ask){ .model = "mock", .doc = USER("x") "}" });
	CU_ASSERT_EQUAL(s.plugin.ops->head(s.plugin.self, &s.try.call.abi, &head, &frames),
		CDT_OK);
	CU_ASSERT_EQUAL(frames, CDT_FRAMES_LINES);
	CU_ASSERT_PTR_NULL(s.plugin.ops->caps(s.plugin.self)->dialects);
	CU_ASSERT_PTR_NULL(s.plugin.ops->extension(s.plugin.self, "conduit.other/1"));
	scene_end(&s);
}

static const struct unit_test tests[] = {
	{ "answers with what was said", answers_with_what_was_said },
	{ "follows the directives of its name", follows_the_directives_of_its_name },
	{ "follows the directives of the message", follows_the_directives_of_the_message },
	{ "calls the tools that are offered", calls_the_tools_that_are_offered },
	{ "makes values that fit a schema", makes_values_that_fit_a_schema },
	{ "ends a schema that holds itself", ends_a_schema_that_holds_itself },
	{ "refuses as it is told to", refuses_as_it_is_told_to },
	{ "fails in the middle as it is told to", fails_in_the_middle_as_it_is_told_to },
	{ "keeps its times", keeps_its_times },
	{ "takes as long for a whole answer", takes_as_long_for_a_whole_answer },
	{ "waits while the client is slow", waits_while_the_client_is_slow },
	{ "waits also when a gap ends meanwhile", waits_also_when_a_gap_ends_meanwhile },
	{ "forgets everything when stopped", forgets_everything_when_stopped },
	{ "never waits without timers", never_waits_without_timers },
	{ "completes every prompt", completes_every_prompt },
	{ "embeds the same text the same way", embeds_the_same_text_the_same_way },
	{ "asks for lines", asks_for_lines },
	{ NULL, NULL },
};
const struct unit_suite plugins_mock_suite = { "plugins/mock", tests };
