/* unit/api/messages_stream_test.c - a provider's events as Messages events: their order, one
 * block at a time, and what waits.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cache/kept.h"
#include "unit/api/rig.h"

enum { SHORT_MAX = 4096 };

static void open_rig(struct apirig *r)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;

	apirig_init(r, &messages_surface, "{}");
	r->x.ask.stream = true;
	r->x.ask.model = CDT_STR("m");
	r->x.usage = unknown;
}

/* What matters of the events, in short: "start text0 t:Hi stop0". */
static void shorten(cdt_str events, char out[SHORT_MAX])
{
	struct buf b;

	buf_init(&b, SHORT_MAX - 1);
	while (events.n) {
		cdt_str line = str_cut(&events, '\n'), body, type, inner;

		if (!str_starts(line, "data: "))
			continue;
		body = str_skip(line, 6);
		type = messages_word(body, "type");
		if (b.n)
			buf_add_c(&b, ' ');
		inner = messages_get(body, "content_block");
		if (inner.p) {
			buf_add(&b, messages_word(inner, "type"));
			buf_add(&b, messages_get(body, "index"));
			continue;
		}
		inner = messages_get(body, "delta");
		if (!inner.p || str_is(type, "message_delta")) {
			buf_add(&b, type);
			buf_add(&b, messages_get(body, "index"));
			buf_add(&b, messages_word(inner, "stop_reason"));
			continue;
		}
		buf_add(&b, str_from(messages_word(inner, "type").p, 2));
		buf_add_c(&b, ':');
		buf_add(&b, messages_word(inner, "text"));
		buf_add(&b, messages_word(inner, "thinking"));
		buf_add(&b, messages_word(inner, "signature"));
		buf_add(&b, messages_word(inner, "partial_json"));
	}
	(void)snprintf(out, SHORT_MAX, "%.*s", STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

static void check(struct apirig *r, const char *want)
{
	char got[SHORT_MAX];

	CU_ASSERT_EQUAL(r->out.status, CDT_OK);
	shorten(buf_str(&r->out), got);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "\ngot  %s\nwant %s\n", got, want);
	CU_ASSERT_STRING_EQUAL(got, want);
	buf_clear(&r->out);
}

static cdt_status say(struct apirig *r, struct cdt_event ev)
{
	return messages_stream_event(&r->x, &ev, &r->out);
}

static void opens(struct apirig *r, uint32_t index, uint32_t kind, const char *name)
{
	CU_ASSERT_EQUAL(say(r, (struct cdt_event){ .type = CDT_EV_OPEN, .index = index,
		.kind = kind, .id = str_z(name), .name = str_z(name) }), CDT_OK);
}

static void adds(struct apirig *r, uint32_t index, uint32_t kind, const char *text)
{
	CU_ASSERT_EQUAL(say(r, (struct cdt_event){ .type = CDT_EV_DELTA, .index = index,
		.kind = kind, .data = str_z(text) }), CDT_OK);
}

static void signs(struct apirig *r, uint32_t index, const char *name, const char *text)
{
	struct cdt_event ev = { .type = CDT_EV_DELTA, .index = index,
		.kind = CDT_PART_REASONING, .name = str_z(name), .data = str_z(text) };

	CU_ASSERT_EQUAL(say(r, ev), CDT_OK);
}

static void closes(struct apirig *r, uint32_t index)
{
	CU_ASSERT_EQUAL(say(r, (struct cdt_event){ .type = CDT_EV_CLOSE, .index = index }),
	                CDT_OK);
}

static void stops(struct apirig *r, uint32_t kind)
{
	struct cdt_event ev = { .type = CDT_EV_STOP, .kind = kind };

	CU_ASSERT_EQUAL(say(r, ev), CDT_OK);
}

static void ends(struct apirig *r)
{
	CU_ASSERT_EQUAL(messages_stream_end(&r->x, &r->out), CDT_OK);
	CU_ASSERT_EQUAL(messages_stream_end(&r->x, &r->out), CDT_OK);
}

enum { TEXT = CDT_PART_TEXT, CALL = CDT_PART_TOOL_CALL, THOUGHT = CDT_PART_REASONING };

static void a_text_has_one_block(void)
{
	struct apirig r;

	open_rig(&r);
	CU_ASSERT_EQUAL(say(&r, (struct cdt_event){ .type = CDT_EV_START, .id = CDT_STR("msg_7") }),
	                CDT_OK);
	opens(&r, 0, TEXT, "");
	adds(&r, 0, TEXT, "");
	check(&r, "message_start ping");
	adds(&r, 0, TEXT, "Hi");
	adds(&r, 0, TEXT, "!");
	closes(&r, 0);
	check(&r, "text0 te:Hi te:!");
	stops(&r, CDT_STOP_END);
	check(&r, "content_block_stop0");
	ends(&r);
	check(&r, "message_deltaend_turn message_stop");
	apirig_fini(&r);
}

static void an_empty_answer_has_an_empty_text(void)
{
	struct apirig r;

	open_rig(&r);
	ends(&r);
	check(&r, "message_start ping text0 content_block_stop0 message_deltaend_turn message_stop");
	apirig_fini(&r);
}

static void calls_that_interleave_wait_for_each_other(void)
{
	struct apirig r;

	open_rig(&r);
	adds(&r, 0, TEXT, "a");
	opens(&r, 1, CALL, "f");
	opens(&r, 2, CALL, "g");
	adds(&r, 2, CALL, "{\\\"");
	adds(&r, 1, CALL, "{1");
	adds(&r, 2, CALL, "2}");
	adds(&r, 3, TEXT, "late");
	adds(&r, 1, CALL, "1}");
	check(&r, "message_start ping text0 te:a content_block_stop0 tool_use1 in:{1 in:1}");
	closes(&r, 1);
	check(&r, "content_block_stop1 tool_use2 in:{\\\\\\\" in:2}");
	stops(&r, CDT_STOP_END);
	ends(&r);
	check(&r, "content_block_stop2 text3 te:late content_block_stop3 message_deltatool_use "
	      "message_stop");
	apirig_fini(&r);
}

static void a_call_without_arguments_is_an_empty_map(void)
{
	struct apirig r;

	open_rig(&r);
	opens(&r, 0, CALL, "f");
	closes(&r, 0);
	opens(&r, 1, CALL, "g");
	stops(&r, CDT_STOP_TOOL);
	ends(&r);
	check(&r, "message_start ping tool_use0 in:{} content_block_stop0 tool_use1 in:{} "
	      "content_block_stop1 message_deltatool_use message_stop");
	apirig_fini(&r);
}

static void thoughts_are_signed_at_their_end(void)
{
	struct apirig r;

	open_rig(&r);
	opens(&r, 0, THOUGHT, "");
	adds(&r, 0, THOUGHT, "hm");
	signs(&r, 0, "signature", "S1");
	signs(&r, 0, "signature", "S2");
	adds(&r, 1, TEXT, "a");
	check(&r, "message_start ping thinking0 th:hm si:S1S2 content_block_stop0 text1 te:a");
	opens(&r, 2, THOUGHT, "");
	signs(&r, 2, "redacted", "R1");
	signs(&r, 2, "redacted", "R2");
	closes(&r, 2);
	opens(&r, 3, THOUGHT, "");
	signs(&r, 3, "signature", "S3");
	closes(&r, 3);
	CU_ASSERT(str_search(buf_str(&r.out), CDT_STR("\"data\":\"R1R2\"")) < r.out.n);
	stops(&r, CDT_STOP_END);
	ends(&r);
	check(&r, "content_block_stop1 redacted_thinking2 content_block_stop2 thinking3 si:S3 "
	      "content_block_stop3 message_deltaend_turn message_stop");
	apirig_fini(&r);
}

static void reasons_to_stop_have_their_words(void)
{
	static const struct {
		uint32_t stop;
		const char *word, *plain, *tools, *refused;
	} rows[] = {
		{ CDT_STOP_END, "", "end_turn", "tool_use", "refusal" },
		{ CDT_STOP_LENGTH, "", "max_tokens", "max_tokens", "max_tokens" },
		{ CDT_STOP_LENGTH, "model_context_window_exceeded", "model_context_window_exceeded",
		  "model_context_window_exceeded", "model_context_window_exceeded" },
		{ CDT_STOP_TOOL, "", "end_turn", "tool_use", "refusal" },
		{ CDT_STOP_FILTER, "", "refusal", "refusal", "refusal" },
		{ CDT_STOP_REFUSAL, "", "refusal", "refusal", "refusal" },
		{ CDT_STOP_SEQUENCE, "", "stop_sequence", "tool_use", "refusal" },
		{ CDT_STOP_PAUSE, "", "pause_turn", "tool_use", "refusal" },
		{ CDT_STOP_OTHER, "", "end_turn", "tool_use", "refusal" },
		{ 0, "", "end_turn", "tool_use", "refusal" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint32_t stop = rows[i].stop;
		cdt_str w = str_z(rows[i].word);

		CU_ASSERT_STRING_EQUAL(messages_stop(stop, w, false, false), rows[i].plain);
		CU_ASSERT_STRING_EQUAL(messages_stop(stop, w, true, false), rows[i].tools);
		CU_ASSERT_STRING_EQUAL(messages_stop(stop, w, false, true), rows[i].refused);
	}
}

static void a_cut_stream_ends_at_its_limit(void)
{
	struct apirig r;

	open_rig(&r);
	opens(&r, 0, CALL, "f");
	adds(&r, 0, CALL, "{");
	CU_ASSERT_EQUAL(messages_stream_cut(&r.x, &r.out), CDT_OK);
	ends(&r);
	check(&r, "message_start ping tool_use0 in:{ content_block_stop0 message_deltamax_tokens "
	      "message_stop");
	apirig_fini(&r);
}

static void arguments_of_no_call_are_an_error(void)
{
	struct apirig r;

	open_rig(&r);
	CU_ASSERT_EQUAL(say(&r, (struct cdt_event){ .type = CDT_EV_DELTA, .kind = CALL,
		.data = CDT_STR("{}") }), CDT_E_UPSTREAM);
	apirig_fini(&r);
}

/* --- relayed --- */

static cdt_status relays(struct apirig *r, const char *body, bool *meaningful)
{
	struct cdt_frame f = { .size = sizeof f, .data = str_z(body) };

	return messages_native_frame(&r->x, &f, &r->out, meaningful);
}

#define START(id, model) "{\"type\":\"message_start\",\"message\":{\"id\":\"" id \
	"\",\"model\":\"" model "\",\"content\":[]}}"

static void a_relayed_stream_is_renamed_once(void)
{
	static const char block[] = "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
		"{\"type\":\"text\",\"text\":\"\"}}";
	bool meaningful = false;
	struct apirig r;

	open_rig(&r);
	r.x.native = true;
	CU_ASSERT_EQUAL(relays(&r, START("a", "up"), &meaningful), CDT_OK);
	CU_ASSERT(str_is(buf_str(&r.out), "event: message_start\ndata: " START("a", "m") "\n\n"));
	CU_ASSERT_EQUAL(relays(&r, START("a", "up"), &meaningful), CDT_OK);
	CU_ASSERT_EQUAL(relays(&r, block, &meaningful), CDT_OK);
	CU_ASSERT_FALSE(meaningful);
	CU_ASSERT_EQUAL(relays(&r, "{\"type\":\"content_block_delta\",\"index\":0}", &meaningful),
	                CDT_OK);
	CU_ASSERT_TRUE(meaningful);
	CU_ASSERT_EQUAL(relays(&r, START("b", "up"), &meaningful), CDT_E_UPSTREAM);
	CU_ASSERT_EQUAL(messages_stream_cut(&r.x, &r.out), CDT_OK);
	ends(&r);
	CU_ASSERT(str_ends(buf_str(&r.out), "data: {\"type\":\"message_stop\"}\n\n"));
	CU_ASSERT(str_search(buf_str(&r.out), CDT_STR("\"content_block_stop\",\"index\":0")) <
	          r.out.n);
	apirig_fini(&r);
}

static void what_comes_too_early_is_an_error(void)
{
	bool meaningful = false;
	struct apirig r;

	open_rig(&r);
	CU_ASSERT_EQUAL(relays(&r, "{\"type\":\"ping\"}", &meaningful), CDT_OK);
	CU_ASSERT_EQUAL(relays(&r, "{\"type\":\"content_block_delta\"}", &meaningful),
	                CDT_E_UPSTREAM);
	CU_ASSERT_FALSE(meaningful);
	apirig_fini(&r);
}

/* --- kept --- */

static void check_kept(const char *message)
{
	struct buf frames, back;

	buf_init(&frames, 1 << 20);
	buf_init(&back, 1 << 20);
	CU_ASSERT_EQUAL(messages_scatter(str_z(message), &frames), CDT_OK);
	CU_ASSERT_EQUAL(messages_gather(buf_str(&frames), &back), CDT_OK);
	if (!str_is(buf_str(&back), message))
		fprintf(stderr, "\ngot  %.*s\nwant %s\n", STR_ARG(buf_str(&back)), message);
	CU_ASSERT(str_is(buf_str(&back), message));
	buf_fini(&frames);
	buf_fini(&back);
}

static void messages_come_back_from_their_events(void)
{
	static const char tail[] = "],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
		"\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
	static const char *const contents[] = {
		"", "{\"type\":\"text\",\"text\":\"a \\u00fc \\\"\"}",
		"{\"type\":\"text\",\"text\":\"\",\"citations\":[{\"url\":\"u\"},{\"x\":1}]}",
		"{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"S+/=\"},"
		"{\"type\":\"redacted_thinking\",\"data\":\"R\"},{\"type\":\"text\",\"text\":\"b\"}",
		"{\"type\":\"tool_use\",\"id\":\"i\",\"name\":\"f\",\"input\":{\"a\":[1,2.50,\"\\n\"]}},"
		"{\"type\":\"server_tool_use\",\"id\":\"i\",\"name\":\"f\",\"input\":{}},"
		"{\"type\":\"web_search_tool_result\",\"content\":[{\"text\":\"x\"}]}",
	};

	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		char message[SHORT_MAX];

		(void)snprintf(message, sizeof message, "{\"id\":\"msg_1\",\"type\":\"message\","
		               "\"model\":\"up\",\"content\":[%s%s", contents[i], tail);
		check_kept(message);
	}
}

static void what_is_no_whole_stream_is_not_gathered(void)
{
	static const char *const bodies[] = {
		START("a", "m"), "{\"type\":\"novelty\"}", "[]",
		"{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{}}",
		"{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\"}}",
	};

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct kept_frame f = { CDT_STR(""), str_z(bodies[i]), 0 };
		struct buf frames, back;

		buf_init(&frames, 1 << 16);
		buf_init(&back, 1 << 16);
		CU_ASSERT_EQUAL(kept_add(&frames, &f), CDT_OK);
		CU_ASSERT_EQUAL(messages_gather(buf_str(&frames), &back), CDT_E_UNSUPPORTED);
		buf_fini(&frames);
		buf_fini(&back);
	}
	CU_ASSERT_EQUAL(messages_scatter(CDT_STR("{\"content\":7}"), NULL), CDT_E_UNSUPPORTED);
}

static const struct unit_test tests[] = {
	{ "a text has one block", a_text_has_one_block },
	{ "an empty answer has an empty text", an_empty_answer_has_an_empty_text },
	{ "calls that interleave wait for each other", calls_that_interleave_wait_for_each_other },
	{ "a call without arguments is an empty map", a_call_without_arguments_is_an_empty_map },
	{ "thoughts are signed at their end", thoughts_are_signed_at_their_end },
	{ "reasons to stop have their words", reasons_to_stop_have_their_words },
	{ "a cut stream ends at its limit", a_cut_stream_ends_at_its_limit },
	{ "arguments of no call are an error", arguments_of_no_call_are_an_error },
	{ "a relayed stream is renamed once", a_relayed_stream_is_renamed_once },
	{ "what comes too early is an error", what_comes_too_early_is_an_error },
	{ "messages come back from their events", messages_come_back_from_their_events },
	{ "what is no whole stream is not gathered", what_is_no_whole_stream_is_not_gathered },
	{ NULL, NULL }
};
const struct unit_suite api_messages_stream_suite = { "api/messages_stream", tests };
