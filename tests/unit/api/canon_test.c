/* unit/api/canon_test.c - client bodies in the one shape of sdk/canon.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"

#include <stdio.h>

#include "base/str.h"
#include "unit/api/rig.h"

static void check(const struct surface *s, const char *body, const char *want)
{
	struct json *doc = NULL;
	struct apirig r;
	cdt_str got;

	apirig_init(&r, s, body);
	CU_ASSERT_EQUAL(s->canonical(&r.x, &doc), CDT_OK);
	got = doc ? json_print(doc) : CDT_STR("");
	if (!str_is(got, want))
		fprintf(stderr, "\nbody %s\ngot  %.*s\nwant %s\n", body, STR_ARG(got), want);
	CU_ASSERT(str_is(got, want));
	json_free(doc);
	apirig_fini(&r);
}

#define ONE "\"messages\":[{\"role\":\"user\",\"content\":[]}]"

static void messages_have_one_shape(void)
{
	static const char *const rows[][2] = {
		{ "{\"role\":\"user\",\"content\":\"hi\"}",
		  "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}" },
		{ "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}],\"name\":null}",
		  "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}" },
		{ "{\"role\":\"developer\",\"content\":\"\"}", "{\"role\":\"system\",\"content\":[]}" },
		{ "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[]}",
		  "{\"role\":\"assistant\",\"tool_calls\":[],\"content\":[]}" },
		{ "{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"r\"}",
		  "{\"role\":\"assistant\",\"content\":[{\"type\":\"reasoning\",\"text\":\"r\"},"
		  "{\"type\":\"text\",\"text\":\"a\"}]}" },
		{ "{\"role\":\"assistant\",\"content\":\"a\",\"reasoning_content\":\"r\",\"thinking_blocks\":["
		  "{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"},"
		  "{\"type\":\"redacted_thinking\",\"data\":\"d\"}]}",
		  "{\"role\":\"assistant\",\"content\":[{\"type\":\"reasoning\",\"text\":\"t\",\"signature\":\"s\"},"
		  "{\"type\":\"reasoning\",\"redacted\":\"d\"},{\"type\":\"text\",\"text\":\"a\"}]}" },
		{ "{\"role\":\"assistant\",\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}}",
		  "{\"role\":\"assistant\",\"content\":[],\"tool_calls\":[{\"id\":\"call_f\",\"type\":\"function\","
		  "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}" },
		{ "{\"role\":\"function\",\"name\":\"f\",\"content\":\"r\"}",
		  "{\"role\":\"tool\",\"name\":\"f\",\"content\":[{\"type\":\"text\",\"text\":\"r\"}],"
		  "\"tool_call_id\":\"call_f\"}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char body[1024], want[1024];

		(void)snprintf(body, sizeof body, "{\"model\":\"m\",\"messages\":[%s]}", rows[i][0]);
		(void)snprintf(want, sizeof want, "{\"messages\":[%s],\"schema\":\"chat/1\"}", rows[i][1]);
		check(&openai_chat, body, want);
	}
}

static void other_members_have_one_name(void)
{
	static const char *const rows[][2] = {
		{ "\"model\":\"m\",\"stream\":true,\"stream_options\":{},\"routing\":{},\"cache_control\":{}," ONE
		  ",\"user\":null,\"x_own\":1", ONE ",\"x_own\":1,\"schema\":\"chat/1\"" },
		{ ONE ",\"max_tokens\":5", ONE ",\"schema\":\"chat/1\",\"max_completion_tokens\":5" },
		{ ONE ",\"max_tokens\":5,\"max_completion_tokens\":6",
		  ONE ",\"max_completion_tokens\":6,\"schema\":\"chat/1\"" },
		{ ONE ",\"stop\":\"x\"", ONE ",\"stop\":[\"x\"],\"schema\":\"chat/1\"" },
		{ ONE ",\"functions\":[{\"name\":\"f\"}],\"function_call\":\"auto\"",
		  ONE ",\"schema\":\"chat/1\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],"
		  "\"tool_choice\":\"auto\"" },
		{ ONE ",\"function_call\":{\"name\":\"f\"}",
		  ONE ",\"schema\":\"chat/1\",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}" },
		{ ONE ",\"tools\":[],\"functions\":[{\"name\":\"f\"}]", ONE ",\"tools\":[],\"schema\":\"chat/1\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char body[512], want[512];

		(void)snprintf(body, sizeof body, "{%s}", rows[i][0]);
		(void)snprintf(want, sizeof want, "{%s}", rows[i][1]);
		check(&openai_chat, body, want);
	}
}

static void prompts_and_inputs_are_lists(void)
{
	static const struct { const struct surface *s; const char *body, *want; } rows[] = {
		{ &openai_completions, "{\"model\":\"m\",\"prompt\":\"p\"}", "{\"schema\":\"complete/1\",\"prompt\":[\"p\"]}" },
		{ &openai_completions, "{\"prompt\":[1,2]}", "{\"schema\":\"complete/1\",\"prompt\":[[1,2]]}" },
		{ &openai_completions, "{\"prompt\":[\"a\",\"b\"],\"stop\":\"s\"}",
		  "{\"schema\":\"complete/1\",\"prompt\":[\"a\",\"b\"],\"stop\":[\"s\"]}" },
		{ &openai_embeddings, "{\"input\":\"i\",\"encoding_format\":\"base64\"}",
		  "{\"schema\":\"embed/1\",\"input\":[\"i\"]}" },
		{ &openai_embeddings, "{\"input\":[[1],[2]]}", "{\"schema\":\"embed/1\",\"input\":[[1],[2]]}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(rows[i].s, rows[i].body, rows[i].want);
}

/* Of the surfaces beside chat. */
static void each_operation_has_one_shape(void)
{
	static const struct { const struct surface *s; const char *body, *want; } rows[] = {
		{ &openai_images, "{\"model\":\"m\",\"prompt\":\"p\",\"size\":null,\"stream\":false,\"n\":2}",
		  "{\"prompt\":\"p\",\"n\":2,\"schema\":\"image/1\"}" },
		{ &openai_edits, "{\"model\":\"m\",\"prompt\":\"p\",\"images\":[{\"image_url\":\"data:x\"},"
		  "{\"image_url\":{\"url\":\"https://x\",\"detail\":\"low\"}},{\"file_id\":\"f\"}],"
		  "\"mask\":{\"file_id\":\"g\"}}",
		  "{\"prompt\":\"p\",\"schema\":\"image/1\",\"n\":1,\"images\":[{\"image_url\":{\"url\":\"data:x\"}},"
		  "{\"image_url\":{\"url\":\"https://x\"}},{\"file_id\":\"f\"}],\"mask\":{\"file_id\":\"g\"}}" },
		{ &openai_speech, "{\"model\":\"m\",\"input\":\"i\",\"voice\":\"v\",\"stream_format\":\"sse\"}",
		  "{\"input\":\"i\",\"voice\":\"v\",\"schema\":\"speech/1\"}" },
		{ &openai_moderations, "{\"input\":\"i\"}",
		  "{\"schema\":\"moderate/1\",\"input\":[{\"type\":\"text\",\"text\":\"i\"}],\"each\":true}" },
		{ &openai_moderations, "{\"input\":[\"i\"]}",
		  "{\"schema\":\"moderate/1\",\"input\":[{\"type\":\"text\",\"text\":\"i\"}],\"each\":true}" },
		{ &openai_moderations, "{\"input\":[{\"type\":\"text\",\"text\":\"i\"},"
		  "{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}]}",
		  "{\"schema\":\"moderate/1\",\"input\":[{\"type\":\"text\",\"text\":\"i\"},"
		  "{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}],\"each\":false}" },
		{ &openai_rerank, "{\"model\":\"m\",\"query\":\"q\",\"return_documents\":true,\"top_n\":1,"
		  "\"documents\":[\"a\",{\"text\":\"b\",\"x\":1},{\"c\":1}]}",
		  "{\"query\":\"q\",\"top_n\":1,\"schema\":\"rerank/1\","
		  "\"documents\":[\"a\",\"b\",\"{\\\"c\\\":1}\"]}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json *doc = NULL;
		struct apirig r;

		apirig_init(&r, rows[i].s, rows[i].body);
		CU_ASSERT_EQUAL(rows[i].s->decode(&r.x), CDT_OK);
		CU_ASSERT_EQUAL(rows[i].s->canonical(&r.x, &doc), CDT_OK);
		if (!str_is(json_print(doc), rows[i].want))
			fprintf(stderr, "\n%.*s\nwanted:\n%s\n", STR_ARG(json_print(doc)), rows[i].want);
		CU_ASSERT(str_is(json_print(doc), rows[i].want));
		json_free(doc);
		apirig_fini(&r);
	}
}

static void what_has_no_shape_is_refused(void)
{
	static const struct { const struct surface *s; const char *body, *param; } rows[] = {
		{ &openai_edits, "{\"prompt\":\"p\",\"images\":[{\"blob\":0}]}", "images" },
		{ &openai_edits, "{\"prompt\":\"p\",\"images\":[\"https://x\"]}", "images" },
		{ &openai_edits, "{\"images\":[{\"file_id\":\"f\"}],\"mask\":{\"blob\":0}}", "mask" },
		{ &openai_speech, "{\"input\":\"i\",\"response_format\":\"ulaw\"}", "response_format" },
		{ &openai_moderations, "{\"input\":[\"i\",{\"type\":\"text\",\"text\":\"i\"}]}", "input[1]" },
		{ &openai_moderations, "{\"input\":[7]}", "input[0]" },
		{ &openai_moderations, "{\"input\":[{\"type\":\"sound\"}]}", "input[0]" },
		{ &openai_rerank, "{\"query\":\"q\",\"documents\":[\"a\",7]}", "documents" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json *doc = NULL;
		struct apirig r;

		apirig_init(&r, rows[i].s, rows[i].body);
		(void)rows[i].s->decode(&r.x);         /* for its members; some are missing */
		r.x.problem = (struct problem){ .cause = PROBLEM_NONE };
		CU_ASSERT_EQUAL(rows[i].s->canonical(&r.x, &doc), CDT_E_INVALID);
		CU_ASSERT_PTR_NULL(doc);
		CU_ASSERT(str_is(r.x.problem.error.param, rows[i].param));
		apirig_fini(&r);
	}
}

static void messages_that_are_none_are_refused(void)
{
	static const char *const rows[][2] = {
		{ "7", "must be an object" }, { "{}", "needs a role" }, { "{\"role\":\"robot\"}", "needs a role" },
		{ "{\"role\":\"user\",\"content\":[\"x\"]}", "not an object" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json *doc = NULL;
		struct apirig r;
		char body[256];

		(void)snprintf(body, sizeof body, "{\"messages\":[{\"role\":\"user\",\"content\":\"\"},%s]}", rows[i][0]);
		apirig_init(&r, &openai_chat, body);
		CU_ASSERT_EQUAL(openai_chat.canonical(&r.x, &doc), CDT_E_INVALID);
		CU_ASSERT_PTR_NULL(doc);
		CU_ASSERT(str_is(r.x.problem.error.param, "messages[1]"));
		CU_ASSERT(str_search(r.x.problem.error.message, str_z(rows[i][1])) <
		          r.x.problem.error.message.n);
		apirig_fini(&r);
	}
}

static const struct unit_test tests[] = {
	{ "messages have one shape", messages_have_one_shape },
	{ "other members have one name", other_members_have_one_name },
	{ "prompts and inputs are lists", prompts_and_inputs_are_lists },
	{ "each operation has one shape", each_operation_has_one_shape },
	{ "what has no shape is refused", what_has_no_shape_is_refused },
	{ "messages that are none are refused", messages_that_are_none_are_refused },
	{ NULL, NULL }
};
const struct unit_suite api_canon_suite = { "api/canon", tests };
