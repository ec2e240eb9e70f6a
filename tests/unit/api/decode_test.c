/* unit/api/decode_test.c - bodies of requests: what is read from them, what is refused.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/api/rig.h"

#define ASK(members) "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]" members "}"

static const struct {
	const struct surface *s;
	const char *body;
	enum problem_cause cause;
	const char *param, *said;
} refusals[] = {
	{ &openai_chat, "", PROBLEM_INVALID_JSON, "", "no body" },
	{ &openai_chat, "{", PROBLEM_INVALID_JSON, "", "not valid JSON" },
	{ &openai_chat, "{\"a\":1,\"a\":2}", PROBLEM_INVALID_JSON, "a", "key a" },
	{ &openai_chat, "[]", PROBLEM_INVALID_JSON, "", "not an array" },
	{ &openai_chat, "{\"messages\":[{}]}", PROBLEM_INVALID_VALUE, "model",
	  "Missing" },
	{ &openai_chat, "{\"model\":null,\"messages\":[{}]}", PROBLEM_INVALID_VALUE,
	  "model", "Missing" },
	{ &openai_chat, "{\"model\":\"\",\"messages\":[{}]}", PROBLEM_INVALID_VALUE,
	  "model", "Missing" },
	{ &openai_chat, "{\"model\":7,\"messages\":[{}]}", PROBLEM_INVALID_VALUE,
	  "model", "a string" },
	{ &openai_chat, "{\"model\":\"m\"}", PROBLEM_INVALID_VALUE, "messages",
	  "Missing" },
	{ &openai_chat, "{\"model\":\"m\",\"messages\":[ ]}", PROBLEM_INVALID_VALUE,
	  "messages", "at least one" },
	{ &openai_chat, "{\"model\":\"m\",\"messages\":null}", PROBLEM_INVALID_VALUE,
	  "messages", "at least one" },
	{ &openai_chat, ASK(",\"n\":1.5"), PROBLEM_INVALID_VALUE, "n",
	  "expected an integer, but got a number" },
	{ &openai_chat, ASK(",\"\\u006e\":1.5"), PROBLEM_INVALID_VALUE, "n",
	  "expected an integer, but got a number" },
	{ &openai_chat, ASK(",\"stream\":1"), PROBLEM_INVALID_VALUE, "stream",
	  "a boolean" },
	{ &openai_chat, ASK(",\"temperature\":[]"), PROBLEM_INVALID_VALUE,
	  "temperature", "a number, but got an array" },
	{ &openai_chat, ASK(",\"stream_options\":{}"), PROBLEM_INVALID_VALUE,
	  "stream_options", "only allowed" },
	{ &openai_chat, ASK(",\"routing\":{\"only\":\"up\"}"), PROBLEM_INVALID_VALUE,
	  "routing.only", "array" },
	{ &openai_chat, ASK(",\"routing\":{\"order\":[1]}"), PROBLEM_INVALID_VALUE,
	  "routing.order", "array" },
	{ &openai_chat, ASK(",\"routing\":{\"onyl\":[]}"),
	  PROBLEM_UNSUPPORTED_PARAMETER, "routing", "routing.onyl" },
	{ &openai_chat, ASK(",\"routing\":{\"fallback_enabled\":1}"),
	  PROBLEM_INVALID_VALUE, "routing", "fallback_enabled" },
	{ &openai_chat, ASK(",\"routing\":{\"strategy\":[]}"),
	  PROBLEM_INVALID_VALUE, "routing", "strategy" },
	{ &openai_chat, ASK(",\"routing\":{\"sticky\":1}"),
	  PROBLEM_INVALID_VALUE, "routing", "sticky" },
	{ &openai_chat, ASK(",\"routing\":{\"max_price\":-1}"),
	  PROBLEM_INVALID_VALUE, "routing.max_price", "USD" },
	{ &openai_chat, ASK(",\"routing\":{\"max_price\":1e-3}"),
	  PROBLEM_INVALID_VALUE, "routing.max_price", "USD" },
	{ &openai_chat, ASK(",\"routing\":{\"only\":[\"a\"],\"provider_override\":\"b\"}"),
	  PROBLEM_INVALID_VALUE, "routing", "provider_override" },
	{ &openai_chat,
	  ASK(",\"routing\":{\"ignore\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
	      "\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]}"),
	  PROBLEM_INVALID_VALUE, "routing.ignore", "at most 16" },
	{ &openai_images, "{\"model\":\"m\"}", PROBLEM_INVALID_VALUE, "prompt", "Missing" },
	{ &openai_images, "{\"model\":\"m\",\"prompt\":\"\"}", PROBLEM_INVALID_VALUE, "prompt",
	  "Missing" },
	{ &openai_images, "{\"model\":\"m\",\"prompt\":\"p\",\"n\":11}", PROBLEM_INVALID_VALUE,
	  "n", "between 1 and 10" },
	{ &openai_images, "{\"model\":\"m\",\"prompt\":\"p\",\"partial_images\":4}",
	  PROBLEM_INVALID_VALUE, "partial_images", "between 0 and 3" },
	{ &openai_images, "{\"model\":\"m\",\"prompt\":\"p\",\"output_compression\":101}",
	  PROBLEM_INVALID_VALUE, "output_compression", "between 0 and 100" },
	{ &openai_images, "{\"model\":\"m\",\"prompt\":\"p\",\"response_format\":\"png\"}",
	  PROBLEM_INVALID_VALUE, "response_format", "url or b64_json" },
	{ &openai_edits, "{\"model\":\"m\",\"prompt\":\"p\"}", PROBLEM_INVALID_VALUE, "images",
	  "Missing" },
	{ &openai_edits, "{\"model\":\"m\",\"prompt\":\"p\",\"images\":[]}",
	  PROBLEM_INVALID_VALUE, "images", "Missing" },
	{ &openai_speech, "{\"model\":\"m\",\"voice\":\"v\"}", PROBLEM_INVALID_VALUE, "input",
	  "Missing" },
	{ &openai_speech, "{\"model\":\"m\",\"input\":\"i\"}", PROBLEM_INVALID_VALUE, "voice",
	  "Missing" },
	{ &openai_speech, "{\"model\":\"m\",\"input\":\"i\",\"voice\":\"v\",\"speed\":4.01}",
	  PROBLEM_INVALID_VALUE, "speed", "between 0.25 and 4" },
	{ &openai_speech,
	  "{\"model\":\"m\",\"input\":\"i\",\"voice\":\"v\",\"stream_format\":\"x\"}",
	  PROBLEM_INVALID_VALUE, "stream_format", "audio or sse" },
	{ &openai_transcriptions, "{\"model\":\"m\"}", PROBLEM_INVALID_VALUE, "",
	  "multipart/form-data" },
	{ &openai_moderations, "{\"model\":\"m\"}", PROBLEM_INVALID_VALUE, "input", "Missing" },
	{ &openai_moderations, "{\"input\":[]}", PROBLEM_INVALID_VALUE, "input", "empty" },
	{ &openai_rerank, "{\"model\":\"m\",\"documents\":[\"a\"]}", PROBLEM_INVALID_VALUE,
	  "query", "Missing" },
	{ &openai_rerank, "{\"model\":\"m\",\"query\":\"q\"}", PROBLEM_INVALID_VALUE,
	  "documents", "Missing" },
	{ &openai_rerank,
	  "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"a\"],\"top_n\":0}",
	  PROBLEM_INVALID_VALUE, "top_n", "between 1" },
	{ &openai_completions, "{\"model\":\"m\"}", PROBLEM_INVALID_VALUE, "prompt",
	  "Missing" },
	{ &openai_embeddings, "{\"model\":\"m\"}", PROBLEM_INVALID_VALUE, "input",
	  "Missing" },
	{ &openai_embeddings, "{\"model\":\"m\",\"input\":\"\"}", PROBLEM_INVALID_VALUE,
	  "input", "empty" },
	{ &openai_embeddings,
	  "{\"model\":\"m\",\"input\":\"a\",\"encoding_format\":\"hex\"}",
	  PROBLEM_INVALID_VALUE, "encoding_format", "base64" },
};

static void refuses_with_the_fields_name(void)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct apirig r;
		const struct problem *p = &r.x.problem;

		apirig_init(&r, refusals[i].s, refusals[i].body);
		CU_ASSERT_EQUAL(refusals[i].s->decode(&r.x), CDT_E_INVALID);
		if (p->cause != refusals[i].cause ||
		    str_search(p->error.message, str_z(refusals[i].said)) == p->error.message.n)
			fprintf(stderr, "\n%s: %.*s\n", refusals[i].body, STR_ARG(p->error.message));
		CU_ASSERT_EQUAL(p->cause, refusals[i].cause);
		CU_ASSERT(str_is(p->error.param, refusals[i].param));
		CU_ASSERT(str_search(p->error.message, str_z(refusals[i].said)) <
		          p->error.message.n);
		apirig_fini(&r);
	}
}

static void reads_what_the_gateway_needs(void)
{
	struct apirig r;

	apirig_init(&r, &openai_chat, "{\"stream\":true,\"stream_options\":{\"include_usage\":true,\"x\":1},"
	            "\"model\":\"a\\u0062\\/c\",\"messages\":[{}],\"n\":null,\"own_word\":{\"b\":[]}}");
	CU_ASSERT_EQUAL(openai_chat.decode(&r.x), CDT_OK);
	CU_ASSERT(str_is(r.x.ask.model, "ab/c"));
	CU_ASSERT(r.x.ask.stream && r.x.ask.wants_usage && !r.x.ask.wants_base64);
	CU_ASSERT_EQUAL(r.x.ask.member_count, 6);
	CU_ASSERT(str_is(ask_member(&r.x.ask, "own_word")->value, "{\"b\":[]}"));
	CU_ASSERT_PTR_NULL(ask_member(&r.x.ask, "b"));
	CU_ASSERT_PTR_EQUAL(r.x.ask.routing, &ask_no_routing);
	apirig_fini(&r);
	apirig_init(&r, &openai_embeddings, "{\"model\":\"m\",\"input\":[1,2],\"encoding_format\":\"base64\"}");
	CU_ASSERT_EQUAL(openai_embeddings.decode(&r.x), CDT_OK);
	CU_ASSERT(r.x.ask.wants_base64 && !r.x.ask.stream);
	apirig_fini(&r);
}

static void knows_what_no_chat_can_stand_in_for(void)
{
	static const char *const rows[][2] = {
		{ "\"prompt\":\"p\",\"echo\":false,\"best_of\":1,\"suffix\":null", NULL },
		{ "\"prompt\":[\"p\"],\"suffix\":\"\",\"logprobs\":null", NULL },
		{ "\"prompt\":[\"p\",\"q\"]", "prompt" }, { "\"prompt\":[1,2]", "prompt" },
		{ "\"prompt\":[[1]]", "prompt" }, { "\"prompt\":[]", "prompt" },
		{ "\"prompt\":null", "prompt" },
		{ "\"prompt\":\"p\",\"suffix\":\"s\"", "suffix" },
		{ "\"prompt\":\"p\",\"echo\":true", "echo" },
		{ "\"prompt\":\"p\",\"best_of\":2", "best_of" },
		{ "\"prompt\":\"p\",\"best_of\":10", "best_of" },
		{ "\"prompt\":\"p\",\"logprobs\":0", "logprobs" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct apirig r;
		char body[128];

		(void)snprintf(body, sizeof body, "{\"model\":\"m\",%s}", rows[i][0]);
		apirig_init(&r, &openai_completions, body);
		CU_ASSERT_EQUAL(openai_completions.decode(&r.x), CDT_OK);
		CU_ASSERT(!rows[i][1] == !r.x.ask.no_chat);
		if (rows[i][1] && r.x.ask.no_chat)
			CU_ASSERT_STRING_EQUAL(r.x.ask.no_chat, rows[i][1]);
		apirig_fini(&r);
	}
}

static void speech_is_bytes_unless_events_are_wanted(void)
{
	static const struct { const char *more; bool raw; } rows[] = {
		{ "", true }, { ",\"stream_format\":\"audio\"", true },
		{ ",\"stream_format\":\"sse\"", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct apirig r;
		char body[128];

		(void)snprintf(body, sizeof body, "{\"model\":\"m\",\"input\":\"\u00e4\\u00e4b\","
		               "\"voice\":{\"id\":\"v\"}%s}", rows[i].more);
		apirig_init(&r, &openai_speech, body);
		CU_ASSERT_EQUAL(openai_speech.decode(&r.x), CDT_OK);
		CU_ASSERT(r.x.ask.stream);
		CU_ASSERT_EQUAL(r.x.ask.raw, rows[i].raw);
		CU_ASSERT_EQUAL(r.x.ask.characters, 3);
		apirig_fini(&r);
	}
}

static void who_names_no_model_of_moderation_means_one(void)
{
	struct apirig r;

	apirig_init(&r, &openai_moderations, "{\"input\":\"i\"}");
	CU_ASSERT_EQUAL(openai_moderations.decode(&r.x), CDT_OK);
	CU_ASSERT(str_is(r.x.ask.model, "omni-moderation-latest"));
	apirig_fini(&r);
}

/* Those who read the body after us unescape the names, too. */
static void knows_a_name_that_is_escaped(void)
{
	struct apirig r;

	apirig_init(&r, &openai_chat, ASK(",\"\\u006e\":7,\"max_t\\u006fkens\":9,\"\\u0073tream\":true"));
	CU_ASSERT_EQUAL(openai_chat.decode(&r.x), CDT_OK);
	CU_ASSERT(r.x.ask.n == 7 && r.x.ask.max_output == 9 && r.x.ask.stream);
	apirig_fini(&r);
}

static void reads_the_clients_wishes(void)
{
	const struct ask_routing *w;
	struct apirig r;

	apirig_init(&r, &openai_chat, ASK(",\"routing\":{\"order\":[\"a\",\"b/\\u0063\"],\"ignore\":[\"d\"],"
	            "\"provider_override\":\"e\",\"fallback_enabled\":false}"));
	CU_ASSERT_EQUAL(openai_chat.decode(&r.x), CDT_OK);
	w = r.x.ask.routing;
	CU_ASSERT(w->order_count == 2 && str_is(w->order[0], "a") && str_is(w->order[1], "b/c"));
	CU_ASSERT(w->ignore_count == 1 && str_is(w->ignore[0], "d"));
	CU_ASSERT(w->only_count == 1 && str_is(w->only[0], "e"));
	CU_ASSERT(w->no_fallback);
	apirig_fini(&r);
	apirig_init(&r, &openai_chat, ASK(",\"routing\":null,\"cache_control\":null"));
	CU_ASSERT_EQUAL(openai_chat.decode(&r.x), CDT_OK);
	CU_ASSERT_FALSE(r.x.ask.routing->no_fallback);
	apirig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "knows what no chat can stand in for", knows_what_no_chat_can_stand_in_for },
	{ "speech is bytes unless events are wanted", speech_is_bytes_unless_events_are_wanted },
	{ "who names no model of moderation means one",
	  who_names_no_model_of_moderation_means_one },
	{ "refuses with the field's name", refuses_with_the_fields_name },
	{ "reads what the gateway needs", reads_what_the_gateway_needs },
	{ "knows a name that is escaped", knows_a_name_that_is_escaped },
	{ "reads the client's wishes", reads_the_clients_wishes },
	{ NULL, NULL }
};
const struct unit_suite api_decode_suite = { "api/decode", tests };
