/* unit/plugins/compatible_test.c - the rows of provider_compatible, the options that change
 * them, and what each instance can do.  What goes over the wire: the plugins' cases.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <string.h>

#include "lib_openai/openai.h"
#include "unit/plugins/fake.h"

extern const struct openai_host compatible_hosts[];
extern const struct cdt_feature compatible_feature, groq_feature;

static void refused(const struct cdt_feature *f, const char *config, const char *why)
{
	struct fake_plugin p;

	fake_plugin_open(&p, f, config);
	CU_ASSERT_PTR_NULL(p.self);
	CU_ASSERT(strstr(p.loop.said, why) != NULL);
	fake_plugin_close(&p);
}

static void names_the_host_that_was_meant(void)
{
	refused(&compatible_feature, "{\"host\":\"deepseak\"}", "\"deepseek\"");
	refused(&compatible_feature, "{\"host\":\"Together\"}", "\"together\"");
	refused(&compatible_feature, "{\"host\":\"open-router\"}", "\"openrouter\"");
	refused(&compatible_feature, "{\"host\":\"x\"}", "\"xai\"");
}

static void refuses_options_that_mean_nothing(void)
{
	refused(&compatible_feature, "{\"host\":\"vllm\",\"max_tokens_member\":\"both\"}",
	        "max_tokens_member");
	refused(&compatible_feature, "{\"reasoning_switch\":\"on\"}", "reasoning_switch");
	refused(&compatible_feature, "{\"operations\":[\"chat\",\"sing\"]}", "operations");
	refused(&groq_feature, "{\"reasoning_format\":\"loud\"}", "reasoning_format");
}

static void keeps_its_rows_in_order(void)
{
	const struct openai_host *h = compatible_hosts;

	for (; h[0].name && h[1].name; h++)
		CU_ASSERT(strcmp(h[0].name, h[1].name) < 0);
	for (h = compatible_hosts; h->name; h++) {
		CU_ASSERT_PTR_NOT_NULL(h->base_url);
		CU_ASSERT(h->ops & CDT_OP_BIT(CDT_OP_CHAT));
		CU_ASSERT_EQUAL(h->native_ops & ~h->ops, 0);
	}
}

static void each_instance_says_what_it_can(void)
{
	static const struct { const char *config, *first; uint32_t flags; } all[] = {
		{ "{\"host\":\"vllm\"}", "openai.chat", 0 },
		{ "{\"host\":\"vllm\",\"native\":false}", "openai.responses", 0 },
		{ "{\"host\":\"vllm\",\"native\":false,\"responses\":false}", NULL, 0 },
		{ "{\"host\":\"xai\"}", "openai.responses", 0 },
		{ "{\"host\":\"xai\",\"native\":true}", "openai.chat", 0 },
		{ "{\"host\":\"lmstudio\"}", "openai.responses", CDT_CAPS_INLINE_MEDIA },
		/* What is put together out of a stream can not be passed on as it came. */
		{ "{\"host\":\"dashscope\",\"native\":true}", "openai.completions", 0 },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct cdt_caps *caps;
		struct fake_plugin p;

		fake_plugin_open(&p, &compatible_feature, all[i].config);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p.self);
		caps = p.ops->caps(p.self);
		CU_ASSERT_EQUAL(caps->dialects[0] == NULL, all[i].first == NULL);
		if (all[i].first)
			CU_ASSERT_STRING_EQUAL(caps->dialects[0], all[i].first);
		CU_ASSERT_EQUAL(caps->flags & CDT_CAPS_INLINE_MEDIA, all[i].flags);
		fake_plugin_close(&p);
	}
}

static void takes_operations_from_the_config(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &compatible_feature, "{\"operations\":[\"rerank\",\"speech\"]}");
	CU_ASSERT_EQUAL(p.ops->caps(p.self)->ops,
	                CDT_OP_BIT(CDT_OP_RERANK) | CDT_OP_BIT(CDT_OP_SPEECH));
	CU_ASSERT_EQUAL(p.ops->caps(p.self)->stream_ops, CDT_OP_BIT(CDT_OP_SPEECH));
	fake_plugin_close(&p);
}

static cdt_str z(const char *s) { return (cdt_str){ s, strlen(s) }; }

static void reads_lists_of_words(void)
{
	CU_ASSERT(openai_words_have("a bc d*", z("bc")));
	CU_ASSERT(openai_words_have("a bc d*", z("dd")));
	CU_ASSERT(openai_words_have("a bc d*", z("d")));
	CU_ASSERT(openai_words_have("*", z("x")));
	CU_ASSERT(!openai_words_have("a bc d*", z("b")));
	CU_ASSERT(!openai_words_have("", z("")));
	CU_ASSERT(!openai_words_have(NULL, z("a")));
	CU_ASSERT_EQUAL(openai_words_value("ab=1 a=2 b=", z("a")).p[0], '2');
	CU_ASSERT_EQUAL(openai_words_value("ab=1 a=2 b=", z("b")).n, 0);
	CU_ASSERT_EQUAL(openai_words_fitting("a/b*=1 a/*=2", z("a/c")).p[0], '2');
	CU_ASSERT_EQUAL(openai_words_fitting("a/b*=1 a/*=2", z("a/bc")).p[0], '1');
	CU_ASSERT_EQUAL(openai_words_fitting("a/b*=1", z("c")).n, 0);
}

static const struct unit_test tests[] = {
	{ "names the host that was meant", names_the_host_that_was_meant },
	{ "refuses options that mean nothing", refuses_options_that_mean_nothing },
	{ "keeps its rows in order", keeps_its_rows_in_order },
	{ "each instance says what it can", each_instance_says_what_it_can },
	{ "takes operations from the config", takes_operations_from_the_config },
	{ "reads lists of words", reads_lists_of_words },
	{ NULL, NULL },
};
const struct unit_suite plugins_compatible_suite = { "plugins/compatible", tests };
