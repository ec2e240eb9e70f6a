/* unit/api/responses_test.c - Responses of an upstream that speaks the dialect: bytes go
 * through; the text of a custom tool, however it is cut.
 * SPDX-License-Identifier: MIT */
#include "api/responses/responses.h"

#include <stdio.h>

#include "api/responses/custom.h"
#include "base/str.h"
#include "unit/api/rig.h"

static void frame(struct apirig *r, const char *event, const char *text, bool *meaningful)
{
	const struct cdt_frame f = { .size = sizeof f, .event = str_z(event),
	                             .data = str_z(text) };

	buf_clear(&r->out);
	CU_ASSERT_EQUAL(responses_native_frame(&r->x, &f, &r->out, meaningful), CDT_OK);
}

static void native_frames_are_patched_where_the_model_is(void)
{
	static const struct { const char *type, *in, *out; bool meaningful; } rows[] = {
		{ "response.created",
		  "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_9\",\"model\":\"up\",\"x\":[1.50]}}",
		  "{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_9\",\"model\":\"m\",\"x\":[1.50]}}",
		  false },
		{ "response.output_text.delta",
		  "{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"\\\"model\\\":\\\"up\\\"\",\"obfuscation\":\"q\"}",
		  "{\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"\\\"model\\\":\\\"up\\\"\",\"obfuscation\":\"q\"}",
		  true },
		{ "response.completed",
		  "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_9\",\"output\":[{\"model\":\"up\"}],\"model\":\"up\"}}",
		  "{\"type\":\"response.completed\",\"response\":{\"id\":\"resp_9\",\"output\":[{\"model\":\"up\"}],\"model\":\"m\"}}",
		  true },
	};
	struct apirig r;

	apirig_init(&r, &responses_create, "{\"model\":\"m\",\"input\":\"x\",\"store\":false}");
	CU_ASSERT_EQUAL(responses_decode(&r.x), CDT_OK);
	r.x.native = true;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool meaningful = false;
		char want[512];

		(void)snprintf(want, sizeof want, "event: %s\ndata: %s\n\n", rows[i].type, rows[i].out);
		frame(&r, rows[i].type, rows[i].in, &meaningful);
		CU_ASSERT(str_is(buf_str(&r.out), want));
		CU_ASSERT_EQUAL(meaningful, rows[i].meaningful);
	}
	CU_ASSERT_EQUAL(r.x.relay.stops, 1);
	buf_clear(&r.out);
	CU_ASSERT_EQUAL(responses_end(&r.x, &r.out), CDT_OK);
	CU_ASSERT_EQUAL(r.out.n, 0);
	apirig_fini(&r);
}

/* The upstream dies behind its third event. */
static void a_native_stream_that_breaks_goes_on_counting(void)
{
	struct apirig r;
	bool meaningful = false;

	apirig_init(&r, &responses_create, "{\"model\":\"m\",\"input\":\"x\",\"store\":false}");
	CU_ASSERT_EQUAL(responses_decode(&r.x), CDT_OK);
	r.x.native = true;
	frame(&r, "", "{\"type\":\"response.created\",\"response\":{\"id\":\"resp_9\",\"model\":\"u\"}}",
	      &meaningful);
	frame(&r, "", "{\"type\":\"response.in_progress\",\"response\":{\"model\":\"u\"}}", &meaningful);
	frame(&r, "", "{\"type\":\"response.output_text.delta\",\"delta\":\"x\"}", &meaningful);
	(void)problem_set(&r.x.problem, &r.x.arena, PROBLEM_UPSTREAM, NULL, "it broke");
	buf_clear(&r.out);
	responses_broken(&r.x, &r.out);
	CU_ASSERT(str_starts(buf_str(&r.out), "event: error\ndata: {\"type\":\"error\",\"sequence_number\":3,"
	                     "\"error\":{\"message\":\"it broke\""));
	CU_ASSERT(str_search(buf_str(&r.out), CDT_STR("\"sequence_number\":4,\"response\":{\"id\":\"resp_9\"")) < r.out.n);
	apirig_fini(&r);
}

static void a_custom_tools_text_is_read_as_it_comes(void)
{
	static const char all[] = "{ \"input\" : \"a\\n\\\"\\ud83d\\ude00\\u00e9z\" }";
	const size_t end = sizeof all - 1;
	static const char want[] = "a\n\"\xf0\x9f\x98\x80\xc3\xa9z";

	for (size_t step = 1; step < sizeof all; step++) {
		struct custom c = { .at = 0 };
		struct arena a;
		struct buf got;

		arena_init(&a, 1024, 1 << 20);
		buf_init(&got, 1024);
		for (size_t n = step; n < end + step; n += step)
			buf_add(&got, custom_more(&c, &a, str_from(all, n < end ? n : end)));
		CU_ASSERT(str_is(buf_str(&got), want));
		CU_ASSERT(c.ended);
		CU_ASSERT(str_is(custom_arguments(&a, CDT_STR("a\"")), "{\"input\":\"a\\\"\"}"));
		buf_fini(&got);
		arena_fini(&a);
	}
}

static const struct unit_test tests[] = {
	{ "native frames are patched where the model is",
	  native_frames_are_patched_where_the_model_is },
	{ "a native stream that breaks goes on counting",
	  a_native_stream_that_breaks_goes_on_counting },
	{ "a custom tool's text is read as it comes", a_custom_tools_text_is_read_as_it_comes },
	{ NULL, NULL }
};
const struct unit_suite api_responses_suite = { "api/responses", tests };
