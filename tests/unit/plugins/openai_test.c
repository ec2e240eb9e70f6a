/* unit/plugins/openai_test.c - what provider_openai makes of answers: recorded ones, and those
 * that some host or other gives.
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

static void shows(struct fake_sink *s, const char *name, const char *want)
{
	cdt_str got = fake_sink_show(s);

	CU_ASSERT(str_is(got, want));
	if (!str_is(got, want))
		fprintf(stderr, "%s:\n%.*swanted:\n%s\n", name, STR_ARG(got), want);
}

/* Recorded answers with an exact result. */
static const struct { const char *name, *native, *translated; } recorded[] = {
	{ "azure-model-router.1.chunks.txt",
	  "0 stop end stop\nusage 15 78 cached=0 reasoning=64\n",
	  "start chatcmpl-CYPS1lijGoK8gd9lYzY3r9Sx50nbt gpt-5-nano-2025-08-07\n"
	  "0.0 text: Capital of Denmark.\n"
	  "0 stop end stop\nusage 15 78 cached=0 reasoning=64\n" },
	{ "chat-stream-moderation.sse",
	  "0 stop end stop\nusage 13 11 cached=0 reasoning=0\n",
	  "start chatcmpl-E4Rjs6IxaJVge9Ntk5keJsaeDy6vS gpt-5-2025-08-07\n"
	  "0.0 text: Paris.\n0 stop end stop\nusage 13 11 cached=0 reasoning=0\n"
	  "extra service_tier moderation \n" },
	{ "chat-stream-n2.sse",
	  "0 stop end stop\n1 stop end stop\nusage 26 104 cached=0 reasoning=0\n",
	  "start chatcmpl-ASYMaNc7XmbGRUNREnmvhyyISBHsv gpt-4o-mini-2024-07-18\n"
	  "0.0 text: I'm unable to provide real-time weather updates. To get the latest "
	  "weather "
	  "information for Seattle and San Francisco, I recommend checking a reliable weather "
	  "website or using a weather app. You can also ask a voice assistant or search online "
	  "for the current weather conditions.\n0 stop end stop\n"
	  "1.0 text: I'm unable to provide real-time weather updates as my capabilities do not "
	  "include accessing live data. However, you can easily check the current weather in "
	  "Seattle and San Francisco using a weather website, app, or service. Would you like "
	  "some tips on where to find this information?\n1 stop end stop\n"
	  "usage 26 104 cached=0 reasoning=0\nextra system_fingerprint \n" },
	{ "chat-stream-parallel-tools.sse",
	  "0 stop tool tool_calls\n",
	  "start chatcmpl-9g58noIjRkOeNNxfFsFfcNjhXlul7 gpt-3.5-turbo-0125\n"
	  "0.0 call call_cCPjAyfwTzboEKjVlqFrArNF get_current_weather: "
	  "{\"location\": \"San Francisco\"}\n"
	  "0.1 call call_Zi4He1Ns0mozwT6f85nW1BOW get_current_weather: "
	  "{\"location\": \"Boston\"}\n0 stop tool tool_calls\n" },
	{ "chat-stream-two-tools.sse",
	  "0 stop tool tool_calls\nusage 75 51 cached=0 reasoning=0\n",
	  "start chatcmpl-ASYMbACebDoWcuraMEWQhU48q4dAp gpt-4o-mini-2024-07-18\n"
	  "0.0 call call_fHCjJqt9Pysde6vcJcvbXGBx get_current_weather: "
	  "{\"location\": \"Seattle, WA\"}\n"
	  "0.1 call call_3J9foSw3CUb48lrqIXoTky6U get_current_weather: "
	  "{\"location\": \"San Francisco, CA\"}\n0 stop tool tool_calls\n"
	  "usage 75 51 cached=0 reasoning=0\nextra system_fingerprint \n" },
	{ "completions-stream.sse",
	  "0 stop length length\n",
	  "start cmpl-8wq44uFYuGm6kNe44ntRwluggKZFY davinci-002\n"
	  "0.0 text:  that isn\xe2\x80\x99t about collecting logs\n\n"
	  "J) Some of these folks helped bring the\n0 stop length length\n" },
	{ "anthropic-fallback-tool-call.sse",
	  "0 stop tool tool_calls\n",
	  "start msg_sanitized claude-haiku-4-5-20251001\n0.0 text: Reading it.\n"
	  "0.1 call toolu_sanitized read_file: {\"path\": \"a.txt\"}\n0 stop tool "
	  "tool_calls\n" },
};

/* Longer ones: bytes of text and of reasoning, and how it ends (the same both ways). */
static const struct { const char *name; size_t text, reasoning; const char *ends; } longer[] = {
	{ "embeddings-base64.json", 0, 0, "0 stop end \nusage 9 0\n" },
	{ "embeddings-float.json", 0, 0, "0 stop end \nusage 6 0\n" },
	{ "openai-text.chunks.txt", 1730, 0,
	  "0 stop end stop\nusage 16 300 cached=0 reasoning=0\n" },
	{ "openai-text.json", 1844, 0, "0 stop end stop\nusage 16 363 cached=0 reasoning=0\n" },
	{ "xai-text.chunks.txt", 4, 1463,
	  "0 stop end stop\nusage 12 342 cached=11 reasoning=340\n" },
	{ "xai-text.json", 4, 1377, "0 stop end stop\nusage 12 322 cached=2 reasoning=320\n" },
	{ "xai-tool-call.chunks.txt", 0, 1069,
	  "0 stop tool tool_calls\nusage 307 253 cached=306 reasoning=227\n" },
	{ "xai-tool-call.json", 0, 1194,
	  "0 stop tool tool_calls\nusage 307 281 cached=244 reasoning=255\n" },
};

static cdt_str load(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof path, FOLDER "/%s", name);
	return fake_read(path);
}

static void drop(cdt_str bytes)
{
	char *p = (char *)(uintptr_t)bytes.p;

	mem_free(p);
}

static void reads_recorded_answers_exactly(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
		cdt_str bytes = load(recorded[i].name);
		struct fake_try t;

		CU_ASSERT_PTR_NOT_NULL_FATAL(bytes.p);
		CU_ASSERT_EQUAL(replay(&p, &t, recorded[i].name, bytes, 0), CDT_OK);
		shows(&t.sink, recorded[i].name, recorded[i].translated);
		fake_try_fini(&t);
		CU_ASSERT_EQUAL(replay(&p, &t, recorded[i].name, bytes, CDT_REQ_NATIVE),
			CDT_OK);
		shows(&t.sink, recorded[i].name, recorded[i].native);
		fake_try_fini(&t);
		drop(bytes);
	}
	fake_plugin_close(&p);
}

static void reads_long_recorded_answers_to_the_last_byte(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
		cdt_str bytes = load(longer[i].name);
		struct fake_try t;

		CU_ASSERT_PTR_NOT_NULL_FATAL(bytes.p);
		CU_ASSERT_EQUAL(replay(&p, &t, longer[i].name, bytes, 0), CDT_OK);
		CU_ASSERT_EQUAL(fake_sink_text(&t.sink, 0, CDT_PART_TEXT).n, longer[i].text);
		CU_ASSERT_EQUAL(fake_sink_text(&t.sink, 0, CDT_PART_REASONING).n,
		                longer[i].reasoning);
		CU_ASSERT(str_search(fake_sink_show(&t.sink), str_z(longer[i].ends)) <
		          fake_sink_show(&t.sink).n);
		fake_try_fini(&t);
		CU_ASSERT_EQUAL(replay(&p, &t, longer[i].name, bytes, CDT_REQ_NATIVE), CDT_OK);
		shows(&t.sink, longer[i].name, longer[i].ends);
		fake_try_fini(&t);
		drop(bytes);
	}
	fake_plugin_close(&p);
}

/* Does that file hold an answer of one of our operations? */
static bool is_answer(const char *name, cdt_str bytes)
{
	cdt_str head = { bytes.p, bytes.n < 3000 ? bytes.n : 3000 };

	if (strstr(name, "meta.json") || strstr(name, "request.json") || strstr(name, "error"))
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

static void check_cut(struct fake_plugin *p, const char *name, cdt_str some)
{
	struct fake_try t;
	bool whole = !is_stream(name);
	cdt_status st = replay(p, &t, name, some, 0);

	CU_ASSERT(st == CDT_OK || st == CDT_E_UPSTREAM);
	CU_ASSERT(!whole || st == CDT_E_UPSTREAM);
	no_breach(&t, name);
	fake_try_fini(&t);
	st = replay(p, &t, name, some, CDT_REQ_NATIVE);
	CU_ASSERT(st == CDT_OK || st == CDT_E_UPSTREAM);
	no_breach(&t, name);
	fake_try_fini(&t);
}

static void survives_answers_cut_anywhere(void)
{
	static const char *const names[] = {
		"chat-stream-two-tools.sse", "chat-stream-moderation.sse", "openai-text.json",
		"embeddings-base64.json", "azure-model-router.1.chunks.txt",
		"xai-tool-call.json",
	};
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		cdt_str bytes = load(names[i]);

		for (size_t n = 0; n < bytes.n; n += 29)
			check_cut(&p, names[i], (cdt_str){ bytes.p, n });
		drop(bytes);
	}
	fake_plugin_close(&p);
}

static void stops_when_the_client_is_gone(void)
{
	struct fake_plugin p;
	cdt_str bytes = load("chat-stream-two-tools.sse");

	fake_plugin_open(&p, &openai_feature, "{}");
	for (unsigned at = 1; at < 21; at++) {
		struct fake_try t;

		fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_CHAT, .model = "m",
			.doc = chat, .flags = CDT_REQ_STREAM });
		t.sink.abort_at = at;
		CU_ASSERT_EQUAL(fake_feed(p.ops, p.self, &t.call, &t.sink, "x.sse", bytes),
		                CDT_E_ABORTED);
		no_breach(&t, "abort");
		fake_try_fini(&t);
	}
	drop(bytes);
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
	{ "reads recorded answers exactly", reads_recorded_answers_exactly },
	{ "reads long recorded answers to the last byte",
	  reads_long_recorded_answers_to_the_last_byte },
	{ "keeps the grammar on every recorded answer",
	  keeps_the_grammar_on_every_recorded_answer },
	{ "survives answers cut anywhere", survives_answers_cut_anywhere },
	{ "stops when the client is gone", stops_when_the_client_is_gone },
	{ "refuses an answer that says nothing", refuses_an_answer_that_says_nothing },
	{ NULL, NULL },
};
const struct unit_suite plugins_openai_suite = { "plugins/openai", tests };
