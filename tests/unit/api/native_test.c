/* unit/api/native_test.c - what is changed in answers that pass through: the model's name, and
 * usage that nobody asked for.
 * SPDX-License-Identifier: MIT */
#include "api/native.h"
#include "api/openai/openai.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/api/rig.h"

static void open_rig(struct apirig *r, const char *model, bool wants_usage)
{
	apirig_init(r, &openai_chat, "{}");
	r->x.native = true;
	r->x.ask.stream = true;
	r->x.ask.model = str_z(model);
	r->x.ask.wants_usage = wants_usage;
}

/* One frame, from memory without a byte to spare. */
static bool frame(struct apirig *r, const char *text)
{
	size_t n = strlen(text);
	char *copy = mem_try(NULL, n ? n : 1);
	struct cdt_frame f = { .size = sizeof f, .data = { copy, n } };
	bool meaningful = false;

	memcpy(copy, text, n);
	CU_ASSERT_EQUAL(openai_native_frame(&r->x, &f, &r->out, &meaningful), CDT_OK);
	mem_free(copy);
	return meaningful;
}

static void check(struct apirig *r, const char *want)
{
	if (!str_is(buf_str(&r->out), want))
		fprintf(stderr, "\ngot  %.*s\nwant %s\n", STR_ARG(buf_str(&r->out)), want);
	CU_ASSERT(str_is(buf_str(&r->out), want));
	buf_clear(&r->out);
}

static void whole_answers_get_the_clients_name_of_the_model(void)
{
	static const struct { const char *body, *out; } rows[] = {
		{ "{\"id\":1,\"model\":\"up\",\"x\":[]}", "{\"id\":1,\"model\":\"my \\\"m\\\"\",\"x\":[]}" },
		{ "{\"a\":{\"model\":\"up\"}}\n", "{\"a\":{\"model\":\"up\"}}\n" },
		{ "{ \"model\" : null }", "{ \"model\" : \"my \\\"m\\\"\" }" },
	};
	struct apirig r;

	open_rig(&r, "my \"m\"", false);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CU_ASSERT_EQUAL(native_whole(&r.x, str_z(rows[i].body), &r.out), CDT_OK);
		check(&r, rows[i].out);
	}
	CU_ASSERT_EQUAL(native_whole(&r.x, CDT_STR(" \n"), &r.out), CDT_E_UPSTREAM);
	apirig_fini(&r);
}

static void chunks_are_renamed_whatever_they_begin_with(void)
{
	static const char *const chunks[][2] = {
		{ "{\"id\":\"c\",\"model\":\"up\",\"n\":1}", "data: {\"id\":\"c\",\"model\":\"m\",\"n\":1}\n\n" },
		{ "{\"id\":\"c\",\"model\":\"up\",\"n\":2}", "data: {\"id\":\"c\",\"model\":\"m\",\"n\":2}\n\n" },
		{ "{\"id\":\"d\",\"model\":\"up\",\"n\":3}", "data: {\"id\":\"d\",\"model\":\"m\",\"n\":3}\n\n" },
		{ "{\"id\":\"d\",\"model\":\"up2\",\"n\":4}", "data: {\"id\":\"d\",\"model\":\"m\",\"n\":4}\n\n" },
		{ "{\"n\":5,\"model\":\"up\"}", "data: {\"n\":5,\"model\":\"m\"}\n\n" },
		{ "{\"model\":12,\"n\":5}", "data: {\"model\":\"m\",\"n\":5}\n\n" },
		{ "{\"model\":123,\"n\":5}", "data: {\"model\":\"m\",\"n\":5}\n\n" },
		{ "{\"n\":6}", "data: {\"n\":6}\n\n" },
		{ "{\"id\":", "data: {\"id\":\n\n" },
	};
	struct apirig r;
	char long_one[1200], want[1200], pad[900];

	open_rig(&r, "m", true);
	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		(void)frame(&r, chunks[i][0]);
		check(&r, chunks[i][1]);
	}
	memset(pad, 'x', sizeof pad - 1);
	pad[sizeof pad - 1] = 0;
	for (int i = 0; i < 3; i++) {                  /* a beginning too long to be kept */
		(void)snprintf(long_one, sizeof long_one, "{\"p\":\"%s\",\"model\":\"up\",\"n\":%d}", pad, i);
		(void)snprintf(want, sizeof want, "data: {\"p\":\"%s\",\"model\":\"m\",\"n\":%d}\n\n", pad, i);
		(void)frame(&r, long_one);
		check(&r, want);
	}
	apirig_fini(&r);
}

/* What a client gets that did not ask for usage (NULL: nothing), and one that did. */
static const struct { const char *in, *without, *with; } usages[] = {
	{ "{\"choices\":[{\"index\":0}],\"usage\":null}", "{\"choices\":[{\"index\":0}]}",
	  "{\"choices\":[{\"index\":0}],\"usage\":null}" },
	{ "{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}", NULL,
	  "{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}" },
	{ "{\"usage\":{\"prompt_tokens\":1},\"choices\":[ ]}", NULL,
	  "{\"usage\":{\"prompt_tokens\":1},\"choices\":[ ]}" },
	{ "{\"choices\":[{\"x\":1}],\"usage\":{\"n\":1},\"z\":2}", "{\"choices\":[{\"x\":1}],\"z\":2}",
	  "{\"choices\":[{\"x\":1}],\"usage\":{\"n\":1},\"z\":2}" },
	{ "{\"usage\":null,\"choices\":[]}", "{\"choices\":[]}", "{\"usage\":null,\"choices\":[]}" },
	{ "{\"usage\":{\"n\":1}}", "{}", "{\"usage\":{\"n\":1}}" },
	{ "{\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\"\"}}]}",
	  "{\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\"\"}}]}",
	  "{\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\"\"}}]}" },
	{ "{\"choices\":[{\"usage\":1}]}", "{\"choices\":[{\"usage\":1}]}", "{\"choices\":[{\"usage\":1}]}" },
	{ "{\"choices\":[],\"usage\":", "{\"choices\":[],\"usage\":", "{\"choices\":[],\"usage\":" },
	{ "{\"usage\":[,\"choices\":[", "{\"usage\":[,\"choices\":[", "{\"usage\":[,\"choices\":[" },
};

static void usage_is_shown_only_to_who_asked(void)
{
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++)
		for (int wants = 0; wants < 2; wants++) {
			const char *want = wants ? usages[i].with : usages[i].without;
			struct apirig r;
			char event[256];

			open_rig(&r, "m", wants);
			(void)frame(&r, usages[i].in);
			(void)snprintf(event, sizeof event, want ? "data: %s\n\n" : "%.0s", want ? want : "");
			if (i + 1 < sizeof usages / sizeof *usages)
				check(&r, event);      /* the last is no JSON at all */
			apirig_fini(&r);
		}
}

static void a_stream_begins_with_something_to_see(void)
{
	static const struct { const char *in; bool meaningful; } rows[] = {
		{ "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}", false },
		{ "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}", false },
		{ "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}}]}", true },
		{ "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{}]}}]}", true },
		{ "{\"choices\":[{\"delta\":{\"content\":\"\"}}]}", false },
		{ "{\"choices\":[]}", false },
		{ "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", true },
	};
	struct apirig r;

	open_rig(&r, "m", false);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT_EQUAL(frame(&r, rows[i].in), rows[i].meaningful);
	apirig_fini(&r);
}

static void several_lines_become_one(void)
{
	struct apirig r;

	open_rig(&r, "m", false);
	(void)frame(&r, "{\"a\":1,\n\"model\":\n\"up\"\n}");
	check(&r, "data: {\"a\":1, \"model\": \"m\" }\n\n");
	CU_ASSERT_EQUAL(openai_native_end(&r.x, &r.out), CDT_OK);
	check(&r, "data: [DONE]\n\n");
	apirig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "whole answers get the client's name of the model",
	  whole_answers_get_the_clients_name_of_the_model },
	{ "chunks are renamed whatever they begin with", chunks_are_renamed_whatever_they_begin_with },
	{ "usage is shown only to who asked", usage_is_shown_only_to_who_asked },
	{ "a stream begins with something to see", a_stream_begins_with_something_to_see },
	{ "several lines become one", several_lines_become_one },
	{ NULL, NULL }
};
const struct unit_suite api_native_suite = { "api/native", tests };
