/* unit/plugin/instance_test.c - opening instances: options, refusals, selves of workers.
 * SPDX-License-Identifier: MIT */
#include "plugin/instance.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

/* Opens fixtures/options.c with these options and returns what its open was given. */
static void check_options(const char *given, const char *want)
{
	struct cdt_request req = { .size = sizeof req, .base_url = CDT_STR("http://u") };
	struct arena a;
	struct outreq o;
	struct call c;
	struct plugrig g;
	char *body;

	plugrig_init(&g, "options");
	arena_init(&a, 1024, 1 << 20);
	outreq_init(&o, &a, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "provider", "options", given, NULL));
	call_begin(&c, g.self, &a, "x");
	CU_ASSERT_EQUAL(call_build(&c, &req, NULL, &o), CDT_OK);
	body = plugrig_body(&o);
	CU_ASSERT_STRING_EQUAL(body, want);
	mem_free(body);
	call_end(&c);
	outreq_fini(&o);
	arena_fini(&a);
	plugrig_fini(&g);
}

static void fills_in_defaults_of_every_type(void)
{
	check_options("{\"text\":\"t\"}",
	              "{\"text\":\"t\",\"int\":7,\"real\":0.5,\"flag\":true,"
	              "\"url\":\"https://example.org/x\",\"duration\":30000,"
	              "\"list\":[\"a\",\"b\"]}");
}

static void converts_every_type(void)
{
	check_options("{\"text\":\"t\",\"int\":-3,\"real\":2.25,\"flag\":false,"
	              "\"secret\":\"s\","
	              "\"url\":\"http://a/b\",\"duration\":\"250ms\",\"list\":[1,\"x\",true]}",
	              "{\"text\":\"t\",\"int\":-3,\"real\":2.25,\"flag\":false,"
	              "\"secret\":\"s\","
	              "\"url\":\"http://a/b\",\"duration\":250,\"list\":[1,\"x\",true]}");
}

static void reads_numbers_and_flags_from_text(void)
{
	check_options("{\"text\":\"t\",\"int\":\"12\",\"real\":\"1.5\",\"flag\":\"false\","
	              "\"duration\":2,\"url\":\"http://a\",\"list\":\"p,q\"}",
	              "{\"text\":\"t\",\"int\":12,\"real\":1.5,\"flag\":false,"
	              "\"duration\":2000,"
	              "\"url\":\"http://a\",\"list\":[\"p\",\"q\"]}");
}

static void names_the_line_of_a_wrong_option(void)
{
	static const struct { const char *given, *line; } rows[] = {
		{ "{\"text\":\"t\",\"int\":\"x\"}",
		  "t.cfg:11: error: option 'int' must be a whole number" },
		{ "{\"text\":\"t\",\"real\":true}",
		  "t.cfg:11: error: option 'real' must be a number" },
		{ "{\"text\":\"t\",\"flag\":1}",
		  "t.cfg:11: error: option 'flag' must be true or false" },
		{ "{\"text\":5}", "t.cfg:10: error: option 'text' must be a text" },
		{ "{\"text\":\"t\",\"secret\":5}",
		  "t.cfg:11: error: option 'secret' must be a secret" },
		{ "{\"text\":\"t\",\"url\":\"ftp://x\"}",
		  "t.cfg:11: error: option 'url' must be a URL" },
		{ "{\"text\":\"t\",\"url\":\"http://x y\"}",
		  "t.cfg:11: error: option 'url' must be a URL" },
		{ "{\"text\":\"t\",\"duration\":\"soon\"}",
		  "option 'duration' must be a duration" },
		{ "{\"text\":\"t\",\"duration\":-1}", "option 'duration' must be a duration" },
		{ "{\"text\":\"t\",\"list\":3}", "option 'list' must be a list" },
		{ "{\"text\":\"t\",\"list\":[{}]}", "option 'list' must be a list" },
		{ "{}", "t.cfg:1: error: 'it' needs the option 'text'" },
		{ "{\"text\":\"t\",\"durration\":\"1s\"}",
		  "t.cfg:11: error: unknown option 'durration'; did you mean 'duration'?" },
		{ "{\"text\":\"t\",\"zzzzzzzzzz\":1}",
		  "t.cfg:11: error: unknown option 'zzzzzzzzzz'" },
		{ "{\"text\":\"refuse\"}", "refused its options: the option text says so" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct plugrig g;

		plugrig_init(&g, "options");
		CU_ASSERT_PTR_NULL(plugrig_open(&g, "provider", "options", rows[i].given,
		                                NULL));
		CU_ASSERT_EQUAL(g.report.errors, 1);
		buf_add_c(&g.report.text, '\0');
		CU_ASSERT_PTR_NOT_NULL(strstr(g.report.text.p, rows[i].line));
		if (!strstr(g.report.text.p, rows[i].line))
			fprintf(stderr, "%s\n  wanted: %s\n", g.report.text.p, rows[i].line);
		plugrig_fini(&g);
	}
}

static void reports_all_wrong_options_at_once(void)
{
	struct plugrig g;

	plugrig_init(&g, "options");
	CU_ASSERT_PTR_NULL(plugrig_open(&g, "provider", "options",
	                            "{\"int\":\"x\",\"a\":1,\"b\":2}", NULL));
	CU_ASSERT_EQUAL(g.report.errors, 4);
	plugrig_fini(&g);
}

static void suggests_the_nearest_type(void)
{
	struct plugrig g;

	plugrig_init(&g, "options");
	CU_ASSERT_PTR_NULL(plugrig_open(&g, "provider", "option", NULL, NULL));
	buf_add_c(&g.report.text, '\0');
	CU_ASSERT_PTR_NOT_NULL(strstr(g.report.text.p, "unknown provider type 'option'; "
	                              "did you mean 'options'?"));
	plugrig_fini(&g);
}

static void gives_every_worker_a_self_of_its_own(void)
{
	struct cdt_request req = { .size = sizeof req, .base_url = CDT_STR("http://u") };
	static const char *const want[] = { "010", "110", "020" };
	struct instance_self *second;
	struct plugrig g;

	plugrig_init(&g, "workers");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "provider", "workers", NULL, NULL));
	second = instance_worker_open(g.instance, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(second);
	for (size_t i = 0; i < 3; i++) {
		struct arena a;
		struct outreq o;
		struct call c;

		arena_init(&a, 1024, 1 << 20);
		outreq_init(&o, &a, 1 << 20);
		call_begin(&c, i == 1 ? second : g.self, &a, "x");
		CU_ASSERT_EQUAL(call_build(&c, &req, NULL, &o), CDT_OK);
		CU_ASSERT(str_is(o.header[0].value, want[i]));
		call_end(&c);
		outreq_fini(&o);
		arena_fini(&a);
	}
	instance_worker_close(second);
	plugrig_fini(&g);
}

static void says_when_a_worker_gets_no_self(void)
{
	struct instance_self *more[3];
	struct plugrig g;

	plugrig_init(&g, "workers");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "provider", "workers", NULL, NULL));
	for (size_t i = 0; i < 3; i++)
		more[i] = instance_worker_open(g.instance, NULL);
	CU_ASSERT_PTR_NULL(instance_worker_open(g.instance, NULL));
	for (size_t i = 0; i < 3; i++)
		instance_worker_close(more[i]);
	plugrig_fini(&g);
}

static void masks_streams_of_operations_that_are_not_there(void)
{
	struct plugrig g;

	plugrig_init(&g, "good");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "provider", "good", NULL, NULL));
	CU_ASSERT_EQUAL(provider_caps(g.instance)->ops,
	                CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED));
	CU_ASSERT_EQUAL(provider_caps(g.instance)->stream_ops, CDT_OP_BIT(CDT_OP_CHAT));
	CU_ASSERT(provider_speaks(g.instance, CDT_STR("test.chat"), CDT_STR("m"),
	                          CDT_STR("")));
	CU_ASSERT(!provider_speaks(g.instance, CDT_STR("test.cha"), CDT_STR("m"),
	                          CDT_STR("")));
	CU_ASSERT_STRING_EQUAL(instance_type(g.instance), "good");
	CU_ASSERT_STRING_EQUAL(instance_name(g.instance), "it");
	CU_ASSERT_STRING_EQUAL(plugin_running(), "");
	plugrig_fini(&g);
}

static const struct unit_test tests[] = {
	{ "fills in defaults of every type", fills_in_defaults_of_every_type },
	{ "converts every type", converts_every_type },
	{ "reads numbers and flags from text", reads_numbers_and_flags_from_text },
	{ "names the line of a wrong option", names_the_line_of_a_wrong_option },
	{ "reports all wrong options at once", reports_all_wrong_options_at_once },
	{ "suggests the nearest type", suggests_the_nearest_type },
	{ "gives every worker a self of its own", gives_every_worker_a_self_of_its_own },
	{ "says when a worker gets no self", says_when_a_worker_gets_no_self },
	{ "masks streams of operations that are not there",
	  masks_streams_of_operations_that_are_not_there },
	{ NULL, NULL },
};
const struct unit_suite plugin_instance_suite = { "plugin/instance", tests };
