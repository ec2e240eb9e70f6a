/* unit/plugins/openai_request_test.c - what provider_openai sends: bodies out of canonical
 * documents, and what it changes in a client's own.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/plugins/fake.h"

extern const struct cdt_feature openai_feature;

#define USER "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}"
#define SENT "{\"role\":\"user\",\"content\":\"hi\"}"
#define DOC(rest) "{\"schema\":\"chat/1\",\"messages\":[" USER "]" rest "}"
#define MESSAGES(m) "{\"schema\":\"chat/1\",\"messages\":[" m "]}"
#define BODY(rest) "{\"model\":\"m\",\"messages\":[" SENT "]" rest "}"
#define TOOL "{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":" \
	"\"object\"}}"
#define CALLS "\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":" \
	"{\"name\":\"f\",\"arguments\":\"{ }\"}}]"

struct request { const char *config, *doc, *body; uint32_t op, flags; const char *dialect; };

static const struct request requests[] = {
	{ "{}", DOC(""), BODY(""), 0, 0, "" },
	{ "{}", DOC(""), BODY(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"),
	  0, CDT_REQ_STREAM, "" },
	{ "{\"stream_usage\":false}", DOC(""), BODY(",\"stream\":true"), 0, CDT_REQ_STREAM,
	  "" },
	{ "{}", DOC(",\"max_completion_tokens\":5"), BODY(",\"max_completion_tokens\":5"), 0, 0,
	  "" },
	{ "{\"max_tokens_member\":\"max_tokens\"}", DOC(",\"max_completion_tokens\":5"),
	  BODY(",\"max_tokens\":5"), 0, 0, "" },
	{ "{\"max_tokens_member\":\"max_completion_tokens\"}",
	  DOC(",\"max_completion_tokens\":5"),
	  BODY(",\"max_completion_tokens\":5"), 0, 0, "" },
	{ "{}", DOC(",\"top_k\":5,\"temperature\":0.3,\"seed\":9223372036854775807"),
	  BODY(",\"temperature\":0.3,\"seed\":9223372036854775807"), 0, 0, "" },
	{ "{}", DOC(",\"stop\":[\"a\"],\"n\":2,\"user\":\"u\",\"metadata\":{\"k\":\"v\"}"),
	  BODY(",\"stop\":[\"a\"],\"n\":2,\"user\":\"u\",\"metadata\":{\"k\":\"v\"}"), 0, 0,
	  "" },
	{ "{}", DOC(",\"tools\":[" TOOL ",\"cache_control\":{\"type\":\"ephemeral\"}}],"
	            "\"tool_choice\":\"required\",\"parallel_tool_calls\":false"),
	  BODY(",\"tools\":[" TOOL "}],\"tool_choice\":\"required\",\"parallel_tool_calls\":"
	  "false"),
	  0, 0, "" },
	{ "{}", DOC(",\"tools\":[],\"tool_choice\":\"none\",\"parallel_tool_calls\":true"),
	  BODY(""),
	  0, 0, "" },
	{ "{}", DOC(",\"response_format\":{\"type\":\"json_object\"},\"reasoning_effort\":"
	  "\"low\""),
	  BODY(",\"response_format\":{\"type\":\"json_object\"},\"reasoning_effort\":\"low\""),
	  0, 0, "" },
	{ "{}", DOC(",\"thinking\":{\"type\":\"enabled\"}"), BODY(""), 0, 0,
	  "anthropic.messages" },
	{ "{}", DOC(",\"brand_new\":1"), BODY(",\"brand_new\":1"), 0, 0, "openai.chat" },
	{ "{}", MESSAGES("{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"s\","
	                 "\"cache_control\":{\"type\":\"ephemeral\"}}]}," USER),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"}," SENT "]}",
	  0, 0, "" },
	{ "{}", MESSAGES("{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"a\","
	                 "\"cache_control\":{}},{\"type\":\"text\",\"text\":\"b\"}]}," USER),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\","
	  "\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}," SENT "]}", 0, 0, "" },
	{ "{}", MESSAGES("{\"role\":\"assistant\",\"content\":[{\"type\":\"reasoning\","
	  "\"text\":\"r\","
	                 "\"signature\":\"s\"},{\"type\":\"text\",\"text\":\"t\"}]}"),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":\"t\"}]}", 0, 0,
	  "" },
	{ "{}", MESSAGES("{\"role\":\"assistant\",\"content\":[{\"type\":\"reasoning\","
	                 "\"redacted\":\"r\"}]," CALLS "}"),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":null," CALLS "}"
	  "]}",
	  0, 0, "" },
	{ "{}", MESSAGES("{\"role\":\"assistant\",\"content\":[],\"tool_calls\":[]}"),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":\"\"}]}", 0, 0,
	  "" },
	{ "{}", MESSAGES("{\"role\":\"assistant\",\"content\":[{\"type\":\"refusal\","
	                 "\"refusal\":\"no\"}]}"),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":"
	  "\"refusal\","
	  "\"refusal\":\"no\"}]}]}", 0, 0, "" },
	{ "{}", MESSAGES("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
	                 "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y\"},"
	                 "\"cache_control\":{}}],\"name\":\"bob\"}"),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\","
	  "\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y\"}}],"
	  "\"name\":\"bob\"}]}", 0, 0, "" },
	{ "{}", MESSAGES("{\"role\":\"assistant\",\"content\":[]," CALLS "},{\"role\":\"tool\","
	                 "\"tool_call_id\":\"c\",\"content\":[{\"type\":\"text\",\"text\":"
	                 "\"ok\"}]}"),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":null," CALLS "},"
	  "{\"role\":\"tool\",\"content\":\"ok\",\"tool_call_id\":\"c\"}]}", 0, 0, "" },
	{ "{}", MESSAGES("{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":[{\"type\":"
	  "\"image_url\","
	                 "\"image_url\":{\"url\":\"data:x\"}}]},{\"role\":\"tool\","
	                 "\"tool_call_id\":\"d\",\"content\":[]}," USER),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"content\":\"\","
	  "\"tool_call_id\":\"c\"},"
	  "{\"role\":\"tool\",\"content\":\"\",\"tool_call_id\":\"d\"},{\"role\":\"user\","
	  "\"content\":["
	  "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:x\"}}]}," SENT "]}", 0, 0,
	  "" },
	{ "{}", "{\"schema\":\"complete/1\",\"prompt\":[\"a\"],\"max_tokens\":3,\"echo\":true}",
	  "{\"model\":\"m\",\"prompt\":\"a\",\"max_tokens\":3,\"echo\":true}", CDT_OP_COMPLETE,
	  0,
	  "openai.completions" },
	{ "{}", "{\"schema\":\"complete/1\",\"prompt\":[[1,2],[3]],\"stop\":[\"x\"]}",
	  "{\"model\":\"m\",\"prompt\":[[1,2],[3]],\"stop\":[\"x\"],\"stream\":true,"
	  "\"stream_options\":{\"include_usage\":true}}", CDT_OP_COMPLETE, CDT_REQ_STREAM, "" },
	{ "{}", "{\"schema\":\"embed/1\",\"input\":[\"a\"],\"dimensions\":8}",
	  "{\"model\":\"m\",\"input\":\"a\",\"dimensions\":8,\"encoding_format\":\"base64\"}",
	  CDT_OP_EMBED, 0, "" },
	{ "{}", "{\"schema\":\"embed/1\",\"input\":[[1,2]],\"user\":\"u\"}",
	  "{\"model\":\"m\",\"input\":[[1,2]],\"user\":\"u\",\"encoding_format\":\"base64\"}",
	  CDT_OP_EMBED, 0, "" },
};

/* A client's own body, and what is sent of it. */
static const struct request native[] = {
	{ "{}", "{\"model\":\"x\", \"messages\":[1], \"odd\":{\"a\":1}}",
	  "{\"model\":\"m\",\"messages\":[1],\"odd\":{\"a\":1}}", 0, 0, "openai.chat" },
	{ "{}", "{\"stream\":true,\"model\":\"x\"}",
	  "{\"stream\":true,\"model\":\"m\",\"stream_options\":{\"include_usage\":true}}", 0,
	  CDT_REQ_STREAM, "openai.chat" },
	{ "{}", "{\"model\":\"x\",\"stream\":true,\"stream_options\":{\"include_usage\":false,"
	        "\"include_obfuscation\":false}}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_obfuscation\":false,"
	  "\"include_usage\":true}}", 0, CDT_REQ_STREAM, "openai.chat" },
	{ "{}", "{\"model\":\"x\",\"stream\":true,\"stream_options\":{ \"include_usage\":"
	  "true }}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\":{ \"include_usage\":true }}", 0,
	  CDT_REQ_STREAM, "openai.chat" },
	{ "{}", "{\"model\":\"x\",\"stream\":true,\"stream_options\":null}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}", 0,
	  CDT_REQ_STREAM, "openai.chat" },
	{ "{\"stream_usage\":false}", "{\"model\":\"x\",\"stream\":true}",
	  "{\"model\":\"m\",\"stream\":true}", 0, CDT_REQ_STREAM, "openai.chat" },
	{ "{\"max_tokens_member\":\"max_tokens\"}",
	  "{\"model\":\"x\",\"max_completion_tokens\":7}",
	  "{\"model\":\"m\",\"max_tokens\":7}", 0, 0, "openai.chat" },
	{ "{\"max_tokens_member\":\"max_completion_tokens\"}",
	  "{\"model\":\"x\",\"max_tokens\":7,\"max_completion_tokens\":8}",
	  "{\"model\":\"m\",\"max_completion_tokens\":8}", 0, 0, "openai.chat" },
	{ "{}", "{\"model\":\"x\",\"max_tokens\":7}", "{\"model\":\"m\",\"max_tokens\":7}", 0,
	  0,
	  "openai.chat" },
	{ "{\"max_tokens_member\":\"max_completion_tokens\"}",
	  "{\"model\":\"x\",\"max_tokens\":7}",
	  "{\"model\":\"m\",\"max_tokens\":7}", CDT_OP_COMPLETE, 0, "openai.completions" },
	{ "{}", "{\"model\":\"x\",\"input\":\"a\"}", "{\"model\":\"m\",\"input\":\"a\"}",
	  CDT_OP_EMBED,
	  CDT_REQ_STREAM, "openai.embeddings" },
};

static void sends(const struct request *r, uint32_t flags)
{
	struct fake_plugin p;
	struct fake_try t;
	cdt_str body;

	fake_plugin_open(&p, &openai_feature, r->config);
	fake_try_init(&t, &p, &(struct fake_ask){ .op = r->op ? r->op : CDT_OP_CHAT,
		.flags = r->flags | flags, .model = "m", .dialect = r->dialect, .doc =
			r->doc });
	CU_ASSERT_EQUAL(t.built, CDT_OK);
	body = fake_http_body(&t.http, flags & CDT_REQ_NATIVE ? r->doc : NULL);
	CU_ASSERT(str_is(body, r->body));
	if (!str_is(body, r->body))
		fprintf(stderr, "sent   %.*s\nwanted %s\n", STR_ARG(body), r->body);
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static void writes_bodies_out_of_canonical_documents(void)
{
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		sends(&requests[i], 0);
}

static void changes_little_in_a_clients_own_body(void)
{
	for (size_t i = 0; i < sizeof native / sizeof *native; i++)
		sends(&native[i], CDT_REQ_NATIVE);
}

static void addressed(const struct fake_ask *ask, const char *config, const char *url,
                      const char *headers)
{
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, config);
	fake_try_init(&t, &p, ask);
	CU_ASSERT(str_is(buf_str(&t.http.url), url));
	CU_ASSERT(str_is(buf_str(&t.http.headers), headers));
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static void knows_where_to_go_and_who_it_is(void)
{
	addressed(&(struct fake_ask){ .op = CDT_OP_CHAT, .secret = "sk-1", .doc = DOC("") },
	          "{\"organization\":\"org-1\",\"project\":\"p\"}",
	          "https://api.openai.com/v1/chat/completions",
	          "content-type: application/json\nauthorization: Bearer sk-1\n"
	          "openai-organization: org-1\nopenai-project: p\n");
	addressed(&(struct fake_ask){ .op = CDT_OP_COMPLETE, .base_url =
		"http://[::1]:8000/v1/",
	          .doc = "{\"prompt\":[\"a\"]}" }, "{}", "http://[::1]:8000/v1/completions",
	          "content-type: application/json\n");
	addressed(&(struct fake_ask){ .op = CDT_OP_EMBED, .base_url = "https://h/v1",
	          .doc = "{\"input\":[\"a\"]}" }, "{}", "https://h/v1/embeddings",
	          "content-type: application/json\n");
}

static void refuses_what_it_can_not_do(void)
{
	struct fake_plugin p;
	struct fake_try t;

	fake_plugin_open(&p, &openai_feature, "{\"max_tokens_member\":\"both\"}");
	CU_ASSERT_PTR_NULL(p.self);
	CU_ASSERT(strstr(p.loop.said, "max_tokens_member") != NULL);
	fake_plugin_close(&p);
	fake_plugin_open(&p, &openai_feature, "{}");
	fake_try_init(&t, &p, &(struct fake_ask){ .op = CDT_OP_RERANK, .doc = "{}" });
	CU_ASSERT_EQUAL(t.built, CDT_E_UNSUPPORTED);
	CU_ASSERT(strstr(t.call.refusal, "can not") != NULL);
	fake_try_fini(&t);
	fake_plugin_close(&p);
}

static void says_what_it_can_do(void)
{
	struct fake_plugin p;
	const struct cdt_caps *caps;

	fake_plugin_open(&p, &openai_feature, "{}");
	caps = p.ops->caps(p.self);
	CU_ASSERT_EQUAL(caps->stream_ops & ~caps->ops, 0);
	CU_ASSERT_EQUAL(caps->ops & CDT_OP_BIT(CDT_OP_RERANK), 0);
	CU_ASSERT_EQUAL(caps->stream_ops & CDT_OP_BIT(CDT_OP_EMBED), 0);
	CU_ASSERT_STRING_EQUAL(caps->dialects[0], "openai.chat");
	CU_ASSERT_STRING_EQUAL(caps->dialects[8], "openai.moderations");
	CU_ASSERT_STRING_EQUAL(caps->dialects[9], "openai.responses");
	CU_ASSERT_PTR_NULL(caps->dialects[10]);
	fake_plugin_close(&p);
}

static const struct unit_test tests[] = {
	{ "writes bodies out of canonical documents",
	  writes_bodies_out_of_canonical_documents },
	{ "changes little in a client's own body", changes_little_in_a_clients_own_body },
	{ "knows where to go and who it is", knows_where_to_go_and_who_it_is },
	{ "refuses what it can not do", refuses_what_it_can_not_do },
	{ "says what it can do", says_what_it_can_do },
	{ NULL, NULL },
};
const struct unit_suite plugins_openai_request_suite = { "plugins/openai/request", tests };
