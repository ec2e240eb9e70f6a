/* unit/plugins/openai_hosts_test.c - provider_openai against the habits of those who copied the
 * API: where usage, ends, tool calls and errors hide.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/plugins/fake.h"

extern const struct cdt_feature openai_feature;

#define HEAD "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"index\":0,"
#define TEXT(t) HEAD "\"delta\":{\"content\":\"" t "\"},\"finish_reason\":null}]}\n"
#define CALL(c) HEAD "\"delta\":{\"tool_calls\":[" c "]},\"finish_reason\":null}]}\n"
#define STOP(w) HEAD "\"delta\":{},\"finish_reason\":\"" w "\"}]}\n"
#define USED "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}"
#define TWO(k) "\"" k "0\":1,\"" k "1\":1,"
#define EIGHT(k) TWO(k "0") TWO(k "1") TWO(k "2") TWO(k "3")
#define START "start i m\n"

/* Streams, one JSON a line.  native NULL: not worth a look there. */
struct habit { const char *what, *stream, *translated, *native; };
static const struct habit streams[] = {
	{ "usage in a chunk of its own", TEXT("a") STOP("stop") "{\"choices\":[]," USED "}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "usage with the finish",
	  TEXT("a") HEAD "\"delta\":{},\"finish_reason\":\"stop\"}]," USED "}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "usage after the finish, which is repeated",
	  TEXT("a") STOP("stop") HEAD "\"delta\":{},\"finish_reason\":\"stop\"}]," USED "}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "usage in x_groq",
	  TEXT("a") HEAD "\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{" USED "}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "usage that grows on every chunk",
	  HEAD "\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":3,"
	  "\"completion_tokens\":1,\"total_tokens\":4}}\n" STOP("stop")
	  "{\"choices\":[]," USED "}\n{\"choices\":[],\"usage\":null}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "usage inside a choice", TEXT("a")
	  "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"," USED "}]}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "blanks after colons", TEXT("a") "{\"choices\" : [], \"usage\" : "
	  "{\"prompt_tokens\": 3, "
	  "\"completion_tokens\":\t2}}\n{\"choices\":[{\"index\":0,\"finish_reason\" : "
	  "\"stop\"}]}",
	  START "0.0 text: a\n0 stop end stop\nusage 3 2\n", "0 stop end stop\nusage 3 2\n" },
	{ "completion_tokens without reasoning", TEXT("a") STOP("stop")
	  "{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,"
	  "\"total_tokens\":19,\"completion_tokens_details\":{\"reasoning_tokens\":7}}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 10 9 reasoning=7\n",
	  "0 stop end stop\nusage 10 9 reasoning=7\n" },
	{ "less output than reasoning", TEXT("a") STOP("stop")
	  "{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":7}}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 10 9 reasoning=7\n", NULL },
	{ "counts that no answer has", TEXT("a") STOP("stop")
	  "{\"choices\":[],\"usage\":{\"prompt_tokens\":9223372036854775807,"
	  "\"completion_tokens\":2,\"total_tokens\":9223372036854775807,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":2147483648},"
	  "\"completion_tokens_details\":{\"reasoning_tokens\":9223372036854775806}}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage -1 2\n", NULL },
	{ "caches beside the prompt", TEXT("a") STOP("stop")
	  "{\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":9,\"cache_write_tokens\":1}}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 13 2 cached=9 written=1\n",
	  "0 stop end stop\nusage 13 2 cached=9 written=1\n" },
	{ "cached tokens by another name", TEXT("a") STOP("stop")
	  "{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	  "\"prompt_cache_hit_tokens\":4}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 9 2 cached=4\n",
	  "0 stop end stop\nusage 9 2 cached=4\n" },
	{ "usage in another order, among members of others", TEXT("a") STOP("stop")
	  "{\"usage\":{\"cost\":0.1,\"by\":[{\"prompt_tokens\":1}],\"prompt_tokens_details\":"
	  "{\"audio_tokens\":2,\"text\":{},\"cached_tokens\":4},\"total_tokens\":11,"
	  "\"tokens\":7,\"completion\\u005ftokens\":2,\"who\":\"us\",\"prompt_tokens\":9,"
	  "\"completion_tokens_details\":null,\"cached_tokens\":5},\"choices\":[]}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 9 2 cached=4 audio_in=2\n",
	  "0 stop end stop\nusage 9 2 cached=4 audio_in=2\n" },
	{ "usage of very many members", TEXT("a") STOP("stop")
	  "{\"choices\":[],\"usage\":{\"completion_tokens\":2," EIGHT("a") EIGHT("b") EIGHT("c")
	  EIGHT("d") "\"prompt_tokens\":9}}\n",
	  START "0.0 text: a\n0 stop end stop\nusage 9 2\n", "0 stop end stop\nusage 9 2\n" },
	{ "no finish_reason at all", TEXT("a") HEAD "\"delta\":{\"content\":\"b\"}}]}\n",
	  START "0.0 text: ab\n0 stop end \n", "0 stop end \n" },
	{ "an empty finish_reason", TEXT("a") STOP(""), START "0.0 text: a\n0 stop end \n",
	  "0 stop end \n" },
	{ "a stop although tools are called",
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}")
	  STOP("stop"), START "0.0 call x f: {}\n0 stop tool stop\n", NULL },
	{ "tool_calls although none are there", TEXT("a") STOP("tool_calls"),
	  START "0.0 text: a\n0 stop end tool_calls\n", NULL },
	{ "a length wins over tools",
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
	  STOP("length"), START "0.0 call x f: {\n0 stop length length\n", NULL },
	{ "calls without an index",
	  CALL("{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"1\"}}")
	  CALL("{\"id\":\"y\",\"function\":{\"name\":\"f\",\"arguments\":\"2\"}}")
	  CALL("{\"function\":{\"arguments\":\"3\"}}") STOP("tool_calls"),
	  START "0.0 call x f: 1\n0.1 call y f: 23\n0 stop tool tool_calls\n", NULL },
	{ "calls that all have index 0",
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}")
	  CALL("{\"index\":0,\"id\":\"y\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}")
	  STOP("tool_calls"),
	  START "0.0 call x f: {}\n0.1 call y g: {}\n0 stop tool tool_calls\n", NULL },
	{ "an index that moves between fragments",
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
	  CALL("{\"index\":1,\"function\":{\"arguments\":\"}\"}}") STOP("tool_calls"),
	  START "0.0 call x f: {}\n0 stop tool tool_calls\n", NULL },
	{ "empty ids and names on fragments",
	  CALL("{\"index\":1,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
	  CALL("{\"index\":1,\"id\":\"\",\"function\":{\"name\":\"\",\"arguments\":\"}\"}}")
	  CALL("{\"index\":1,\"id\":null,\"function\":{\"name\":null,\"arguments\":null}}")
	  STOP("tool_calls"), START "0.0 call x f: {}\n0 stop tool tool_calls\n", NULL },
	{ "an id on every fragment",
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}")
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"}\"}}")
	  STOP("tool_calls"), START "0.0 call x f: {}\n0 stop tool tool_calls\n", NULL },
	{ "a call that never gets an id",
	  CALL("{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}") STOP("stop"),
	  START "0.0 call call_x1_0_0 f: {}\n0 stop tool stop\n", NULL },
	{ "fragments of two calls by turns",
	  CALL("{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"1\"}},"
	       "{\"index\":1,\"id\":\"y\",\"function\":{\"name\":\"g\",\"arguments\":\"2\"}}")
	  CALL("{\"index\":0,\"function\":{\"arguments\":\"3\"}},"
	       "{\"index\":1,\"function\":{\"arguments\":\"4\"}}") STOP("tool_calls"),
	  START "0.0 call x f: 13\n0.1 call y g: 24\n0 stop tool tool_calls\n", NULL },
	{ "arguments as an object",
	  CALL("{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}"
	  "") STOP("stop"),
	  START "0.0 call x f: {\"a\":1}\n0 stop tool stop\n", NULL },
	{ "a custom tool",
	  CALL("{\"index\":0,\"id\":\"x\",\"type\":\"custom\",\"custom\":{\"name\":\"f\","
	       "\"input\":\"a b\"}}") STOP("tool_calls"),
	  START "0.0 call x f: a b\n0 stop tool tool_calls\n", NULL },
	{ "a legacy function call",
	  HEAD "\"delta\":{\"function_call\":{\"name\":\"f\"}}}]}\n"
	  HEAD "\"delta\":{\"function_call\":{\"arguments\":\"{}\"}}}]}"
	  "\n" STOP("function_call"),
	  START "0.0 call call_x1_0_0 f: {}\n0 stop tool function_call\n", NULL },
	{ "stubs of a Go server",
	  HEAD "\"delta\":{\"content\":\"a\",\"refusal\":\"\",\"tool_calls\":[],\"audio\":"
	  "{\"id\":\"\","
	  "\"data\":\"\",\"expires_at\":0},\"function_call\":{\"name\":\"\",\"arguments\":"
	  "\"\"}},"
	  "\"logprobs\":{\"content\":null,\"refusal\":null},\"finish_reason\":\"\"}]}\n",
	  START "0.0 text: a\n0 stop end \n", "0 stop end \n" },
	{ "reasoning before text",
	  HEAD "\"delta\":{\"reasoning_content\":\"hm\"}}]}\n"
	  HEAD "\"delta\":{\"reasoning\":\"m\"}}]}\n" TEXT("a") STOP("stop"),
	  START "0.0 reasoning: hmm\n0.1 text: a\n0 stop end stop\n", NULL },
	{ "reasoning under two names at once",
	  HEAD "\"delta\":{\"reasoning_content\":\"hm\",\"reasoning\":\"hm\"}}]}"
	  "\n" STOP("stop"),
	  START "0.0 reasoning: hm\n0 stop end stop\n", NULL },
	{ "a refusal", HEAD "\"delta\":{\"refusal\":\"no\"}}]}\n" STOP("stop"),
	  START "0.0 refusal: no\n0 stop end stop\n", NULL },
	{ "audio",
	  HEAD "\"delta\":{\"audio\":{\"id\":\"au\"}}}]}\n"
	  HEAD "\"delta\":{\"audio\":{\"transcript\":\"hi\"}}}]}\n"
	  HEAD "\"delta\":{\"audio\":{\"data\":\"AAA=\"}}}]}\n"
	  HEAD "\"delta\":{\"audio\":{\"expires_at\":9}}}]}\n",
	  START "0.0 audio au : AAA= [transcript hi][expires_at ]\n0 stop end \n", NULL },
	{ "annotations",
	  HEAD "\"delta\":{\"content\":\"a\"}}]}\n"
	  HEAD "\"delta\":{\"annotations\":[{\"type\":\"url_citation\"}]}}]}\n"
	  HEAD "\"delta\":{\"content\":\"b\"}}]}\n" STOP("stop"),
	  START "0.0 text: ab\n0.1 citation: {\"type\":\"url_citation\"}\n0 stop end stop\n",
	  NULL },
	{ "logprobs", HEAD "\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{}]}}]}\n"
	  STOP("stop"), START "0.0 text: a\n0 stop end stop\nextra logprobs "
	  "{\"content\":[{}]}\n", NULL },
	{ "content as a list with thinking",
	  HEAD "\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":"
	  "\"text\","
	  "\"text\":\"hm\"}]}]}}]}\n"
	  HEAD "\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}}]}\n" STOP("stop"),
	  START "0.0 reasoning: hm\n0.1 text: a\n0 stop end stop\n", NULL },
	{ "text after the end", TEXT("a") STOP("stop") TEXT("late"),
	  START "0.0 text: a\n0 stop end stop\n", NULL },
	{ "words of others", TEXT("a") STOP("eos"), START "0.0 text: a\n0 stop end eos\n",
	  "0 stop end eos\n" },
	{ "a filter's word", TEXT("a") STOP("sensitive"),
	  START "0.0 text: a\n0 stop filter sensitive\n", "0 stop filter sensitive\n" },
	{ "an unknown word", TEXT("a") STOP("tired"), START "0.0 text: a\n0 stop other tired\n",
	  "0 stop other tired\n" },
	{ "a first chunk that says nothing",
	  "{\"id\":\"\",\"model\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\n" TEXT("a")
	  STOP("stop"), START "0.0 text: a\n0 stop end stop\n", "0 stop end stop\n" },
	{ "text that looks like members",
	  HEAD "\"delta\":{\"content\":\"\\\"usage\\\":{ \\\"error\\\":{ \\\"finish_reason\\\":"
	  "\\\"stop\\\"\"},\"finish_reason\":null}],\"usage\":null,\"error\":null}"
	  "\n" STOP("length"),
	  START "0.0 text: \"usage\":{ \"error\":{ \"finish_reason\":\"stop\"\n"
	  "0 stop length length\n", "0 stop length length\n" },
};

static void reads(struct fake_plugin *p, const struct habit *h, uint32_t flags,
                  const char *want)
{
	struct fake_try t;
	cdt_status st;

	fake_try_init(&t, p, &(struct fake_ask){ .op = CDT_OP_CHAT, .model = "m",
		.flags = CDT_REQ_STREAM | flags, .doc = "{\"messages\":[]}" });
	st = fake_feed(p->ops, p->self, &t.call, &t.sink, "x.sse", str_z(h->stream));
	CU_ASSERT_EQUAL(st, CDT_OK);
	CU_ASSERT_EQUAL(t.sink.wrong.n, 0);
	CU_ASSERT(str_is(fake_sink_show(&t.sink), want));
	if (t.sink.wrong.n || !str_is(fake_sink_show(&t.sink), want))
		fprintf(stderr, "%s: %.*s%.*swanted:\n%s\n", h->what, STR_ARG(t.sink.wrong),
		        STR_ARG(fake_sink_show(&t.sink)), want);
	fake_try_fini(&t);
}

static void understands_the_habits_of_other_hosts(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
		reads(&p, &streams[i], 0, streams[i].translated);
		if (streams[i].native)
			reads(&p, &streams[i], CDT_REQ_NATIVE, streams[i].native);
	}
	fake_plugin_close(&p);
}

static const char *const broken[] = {
	"{\"error\":{\"message\":\"x\"}}", "{\"error\":\"x\"}",
		"{ \"error\" : {\"code\":429} }",
	"{\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}],"
	"\"error\":{\"code\":502,\"message\":\"x\"}}",
	HEAD "\"delta\":{},\"finish_reason\":\"error\"}]}",
	HEAD "\"delta\":{},\"finish_reason\":\"network_error\"}]}",
	"{\"choices\":[{\"index\":-1,\"delta\":{},\"finish_reason\":\"stop\"}]}",
	"{\"choices\":[{\"index\":5000,\"delta\":{},\"finish_reason\":\"stop\"}]}",
	"not json", "{\"choices\":[{\"finish_reason\":\"stop\"",
};

static void says_that_upstream_failed(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < 4 * (sizeof broken / sizeof *broken); i++) {
		struct fake_try t;
		struct cdt_frame f = { .size = sizeof f, .data = str_z(broken[i / 4]) };

		fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_CHAT, .model = "m",
			.doc = "{\"messages\":[]}",
			.flags = (i & 1 ? CDT_REQ_STREAM : 0) | (i & 2 ? CDT_REQ_NATIVE : 0) });
		/* A whole answer that is watched counts its choices itself. */
		if ((i & 3) == 2 && strstr(broken[i / 4], "\"index\":") &&
		    !strstr(broken[i / 4], "error")) {
			fake_try_fini(&t);
			continue;
		}
		CU_ASSERT_EQUAL(p.ops->frame(p.self, &t.call.abi, &f, &t.sink.abi),
		                CDT_E_UPSTREAM);
		if (!strstr(broken[i / 4], "index"))
			CU_ASSERT_EQUAL(t.sink.events, 0);
		fake_try_fini(&t);
	}
	fake_plugin_close(&p);
}

/* Usage behind pad_n bytes, in the last of four frames. */
static void check_place(struct fake_plugin *p, size_t pad_n)
{
	struct fake_try t;
	struct cdt_frame f = { .size = sizeof f };
	char pad[400], line[1024];

	memset(pad, 'u', sizeof pad);
	pad[pad_n] = 0;
	fake_try_init(&t, p, &(struct fake_ask){ .op = CDT_OP_CHAT, .model = "m",
		.flags = CDT_REQ_STREAM | CDT_REQ_NATIVE, .doc = "{\"messages\":[]}" });
	for (int i = 0; i < 4; i++) {
		int n = snprintf(line, sizeof line, "{\"p\":\"%s\",\"choices\":[],\"u%s", pad,
		                 i < 3 ? "suge\":{}}" : "sage\":{\"prompt_tokens\":7}}");

		f.data = (cdt_str){ line, (size_t)n };
		CU_ASSERT_EQUAL(p->ops->frame(p->self, &t.call.abi, &f, &t.sink.abi), CDT_OK);
		fake_call_step(&t.call);
	}
	CU_ASSERT_EQUAL(t.sink.usages, 1);
	CU_ASSERT_EQUAL(t.sink.usage.input, 7);
	CU_ASSERT_EQUAL(t.call.parses, 1);
	fake_try_fini(&t);
}

/* Wherever in a frame a member begins, it is found, also behind bytes known from before. */
static void finds_members_at_every_place(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t n = 0; n < 300; n++)
		check_place(&p, n);
	fake_plugin_close(&p);
}

static void numbers_the_choices_of_completions(void)
{
	static const char body[] = "{\"id\":\"i\",\"model\":\"m\",\"choices\":["
		"{\"text\":\"a\",\"index\":0,\"finish_reason\":\"stop\"},"
		"{\"text\":\"b\",\"index\":1,\"finish_reason\":\"length\"}]," USED "}";
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, "{}");
	fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_COMPLETE, .model = "m",
		.doc = "{\"prompt\":[\"x\",\"y\"]}" });
	CU_ASSERT_EQUAL(fake_feed(p.ops, p.self, &t.call, &t.sink, "x.json", str_z(body)),
		CDT_OK);
	CU_ASSERT(str_is(fake_sink_show(&t.sink), START "0.0 text: a\n0 stop end stop\n"
	                 "1.0 text: b\n1 stop length length\nusage 3 2\n"));
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static void watches_every_choice_of_a_whole_answer(void)
{
	static const char body[] = "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"},"
		"\"finish_reason\":\"stop\"},{\"index\":1,\"finish_reason\":\"length\"}],"
		USED "}\n";
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, "{}");
	fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_CHAT, .model = "m",
		.flags = CDT_REQ_NATIVE, .doc = "{\"messages\":[],\"n\":2}" });
	CU_ASSERT_EQUAL(fake_feed(p.ops, p.self, &t.call, &t.sink, "x.json", str_z(body)),
	                CDT_OK);
	CU_ASSERT(str_is(fake_sink_show(&t.sink),
	                 "0 stop end stop\n1 stop length length\nusage 3 2\n"));
	CU_ASSERT_EQUAL(t.call.parses, 1);
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static void ends_every_choice_that_was_asked_for(void)
{
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, "{}");
	fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_CHAT, .model = "m",
		.flags = CDT_REQ_STREAM | CDT_REQ_NATIVE, .doc = "{\"messages\":[],\"n\":3}" });
	CU_ASSERT_EQUAL(fake_feed(p.ops, p.self, &t.call, &t.sink, "x.sse",
	                          CDT_STR(TEXT("a") STOP("stop"))), CDT_OK);
	CU_ASSERT(str_is(fake_sink_show(&t.sink),
	                 "0 stop end stop\n1 stop end \n2 stop end \n"));
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static void keeps_vectors_in_their_places(void)
{
	static const char body[] = "{\"object\":\"list\",\"model\":\"m\",\"data\":["
		"{\"index\":1,\"embedding\":[1,2]},{\"index\":0,\"embedding\":\"AAA=\"}],"
		"\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}";
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, "{}");
	fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_EMBED, .model = "m",
		.doc = "{\"input\":[\"x\",\"y\"]}" });
	CU_ASSERT_EQUAL(fake_feed(p.ops, p.self, &t.call, &t.sink, "x.json", str_z(body)),
		CDT_OK);
	CU_ASSERT(str_is(fake_sink_show(&t.sink),
	                 "start  m\n0.0 vector: AAA=\n0.1 vector: [1,2]\n"
	                 "0 stop end \nusage 4 0\n"));
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static const struct unit_test tests[] = {
	{ "understands the habits of other hosts", understands_the_habits_of_other_hosts },
	{ "says that upstream failed", says_that_upstream_failed },
	{ "finds members at every place", finds_members_at_every_place },
	{ "numbers the choices of completions", numbers_the_choices_of_completions },
	{ "watches every choice of a whole answer", watches_every_choice_of_a_whole_answer },
	{ "ends every choice that was asked for", ends_every_choice_that_was_asked_for },
	{ "keeps vectors in their places", keeps_vectors_in_their_places },
	{ NULL, NULL },
};
const struct unit_suite plugins_openai_hosts_suite = { "plugins/openai/hosts", tests };
