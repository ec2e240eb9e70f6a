/* unit/plugins/openai_test.c - what provider_openai makes of answers, and how cheaply.  What it
 * makes of each recorded one stands beside it, for conduit-plugin-check.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugins/fake.h"

#define FOLDER "plugins/provider_openai/t"
extern const struct cdt_feature openai_feature;

static const char chat[] = "{\"schema\":\"chat/1\",\"model\":\"m\",\"messages\":[]}";

static uint32_t op_of(const char *name)
{
	if (strstr(name, "embeddings"))
		return CDT_OP_EMBED;
	return strstr(name, "completions-") ? CDT_OP_COMPLETE : CDT_OP_CHAT;
}

static bool is_stream(const char *name) { return !str_ends(str_z(name), ".json"); }

/* The first max bytes of a recorded answer through the plugin. */
static cdt_status replay(struct fake_plugin *p, struct fake_try *t, const char *name,
                         cdt_str bytes, uint32_t flags)
{
	fake_try_init(t, p, &(struct fake_ask){ .op = op_of(name), .model = "m", .doc = chat,
		.flags = flags | (is_stream(name) ? CDT_REQ_STREAM : 0) });
	CU_ASSERT_EQUAL(t->built, CDT_OK);
	return fake_feed(p->ops, p->self, &t->call, &t->sink, name, bytes);
}

static void no_breach(struct fake_try *t, const char *name)
{
	CU_ASSERT_EQUAL(t->sink.wrong.n, 0);
	if (t->sink.wrong.n)
		fprintf(stderr, "%s: %.*s\n", name, STR_ARG(buf_str(&t->sink.wrong)));
}

static void drop(cdt_str bytes)
{
	char *p = (char *)(uintptr_t)bytes.p;

	mem_free(p);
}

/* Does that file hold an answer of one of our operations? */
static bool is_answer(const char *name, cdt_str bytes)
{
	cdt_str head = { bytes.p, bytes.n < 3000 ? bytes.n : 3000 };

	static const char *const others[] = { "meta.json", "request.json", "error", ".events",
		".case.json" };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strstr(name, others[i]))
			return false;
	if (str_search(head, CDT_STR("response.created")) < head.n)
		return false;
	return str_search(bytes, CDT_STR("\"choices\"")) < bytes.n ||
	       str_search(head, CDT_STR("\"embedding\":")) < head.n ||
	       str_search(head, CDT_STR("\"embedding\": ")) < head.n;
}

static void both_ways(struct fake_plugin *p, const char *name, cdt_str bytes)
{
	struct fake_try a, b;
	uint32_t native = CDT_REQ_NATIVE;

	CU_ASSERT_EQUAL(replay(p, &a, name, bytes, 0), CDT_OK);
	fake_sink_end(&a.sink);
	no_breach(&a, name);
	CU_ASSERT_EQUAL(a.sink.starts, 1);
	CU_ASSERT_EQUAL(replay(p, &b, name, bytes, native), CDT_OK);
	no_breach(&b, name);
	CU_ASSERT_EQUAL(memcmp(&a.sink.usage, &b.sink.usage, sizeof a.sink.usage), 0);
	CU_ASSERT(b.sink.choice[0] && b.sink.choice[0]->stop);
	/* Looking is cheap because it hardly ever parses. */
	CU_ASSERT(b.call.parses <= 2 + b.sink.usages + b.sink.events);
	fake_try_fini(&a);
	fake_try_fini(&b);
}

static unsigned replay_folder(struct fake_plugin *p, const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)) != NULL) {
		char path[768];
		cdt_str bytes;

		(void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (*e->d_name == '.')
			continue;
		bytes = fake_read(path);
		if (bytes.p && is_answer(path, bytes)) {
			both_ways(p, path, bytes);
			n++;
		}
		drop(bytes);
	}
	if (d)
		(void)closedir(d);                 /* was only read */
	return n;
}

static void keeps_the_grammar_on_every_recorded_answer(void)
{
	const char *dir = getenv("CONDUIT_SRCDIR"), *all = getenv("CONDUIT_FIXTURES");
	static const char *const hosts[] = {
		"openai", "openai-compatible", "groq", "mistral", "deepseek", "xai",
		"togetherai", "openrouter", "perplexity", "cerebras", "moonshotai", "zai",
		"vllm-crusoe", "azure", "dashscope",
		"heroku", "huggingface", "lmstudio", "snowflake",
	};
	struct fake_plugin p;
	char path[512];

	fake_plugin_open(&p, &openai_feature, "{}");
	(void)snprintf(path, sizeof path, "%s%s", dir ? dir : ".", "/" FOLDER);
	CU_ASSERT(replay_folder(&p, path) >= 15);
	for (size_t i = 0; all && i < sizeof hosts / sizeof *hosts; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", all, hosts[i]);
		(void)replay_folder(&p, path);      /* the number is not ours */
	}
	fake_plugin_close(&p);
}

static void refuses_an_answer_that_says_nothing(void)
{
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (uint32_t flags = 0; flags <= CDT_REQ_NATIVE; flags += CDT_REQ_NATIVE) {
		CU_ASSERT_EQUAL(replay(&p, &t, "x.sse", CDT_STR(""), flags), CDT_E_UPSTREAM);
		fake_try_fini(&t);
		CU_ASSERT_EQUAL(replay(&p, &t, "x.json", CDT_STR("<html>busy</html>"), flags),
		                CDT_E_UPSTREAM);
		fake_try_fini(&t);
		CU_ASSERT_EQUAL(replay(&p, &t, "x.json", CDT_STR("[]"), flags), CDT_E_UPSTREAM);
		fake_try_fini(&t);
		CU_ASSERT_EQUAL(replay(&p, &t, "x.json", CDT_STR("{\"detail\":\"no\"}"), flags),
		                CDT_E_UPSTREAM);
		fake_try_fini(&t);
	}
	fake_plugin_close(&p);
}

static const struct unit_test tests[] = {
	{ "keeps the grammar on every recorded answer",
	  keeps_the_grammar_on_every_recorded_answer },
	{ "refuses an answer that says nothing", refuses_an_answer_that_says_nothing },
	{ NULL, NULL },
};
const struct unit_suite plugins_openai_suite = { "plugins/openai", tests };
