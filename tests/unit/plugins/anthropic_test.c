/* unit/plugins/anthropic_test.c - what the Anthropic provider does beyond the cases that stand
 * beside it for conduit-plugin-check.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugins/anthropic_host.h"

static const char *header_of(const struct trial *h, const char *name)
{
	for (size_t i = 0; i < h->http.header_count; i++)
		if (strcmp(h->http.header[i][0], name) == 0)
			return h->http.header[i][1];
	return "";
}

/* One attempt with a plain request, or with the tools of a test. */
static struct trial *begin(void *self, const char *tools, uint32_t flags)
{
	char text[1024];
	struct json *j;
	struct trial *h = trial_new(trial_ops(), self);

	(void)snprintf(text, sizeof text, "{\"messages\":[{\"role\":\"user\",\"content\":[{"
	               "\"type\":\"text\",\"text\":\"hi\"}]}],\"tools\":%s}", tools);
	j = json_parse(str_z(text));
	CU_ASSERT_EQUAL(trial_build(h, CDT_STR("claude-opus-5"), flags, json_val(j)), CDT_OK);
	json_free(j);
	return h;
}

static cdt_status feed(struct trial *h, const char *json)
{
	return trial_frame(h, CDT_STR(""), str_z(json));
}

static void the_secret_goes_to_its_header_only(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);

	CU_ASSERT_STRING_EQUAL(h->http.url, "https://api.anthropic.com/v1/messages");
	CU_ASSERT_STRING_EQUAL(h->http.method, "POST");
	CU_ASSERT_STRING_EQUAL(h->http.secret, "x-api-key: canary-1234");
	CU_ASSERT_STRING_EQUAL(header_of(h, "anthropic-version"), "2023-06-01");
	CU_ASSERT_STRING_EQUAL(header_of(h, "content-type"), "application/json");
	CU_ASSERT_STRING_EQUAL(header_of(h, "anthropic-beta"), "");
	CU_ASSERT(str_search(buf_str(&h->http.body_text), CDT_STR("canary"))
	          == h->http.body_text.n);
	trial_free(h);
	trial_ops()->close(self);
}

static void a_base_url_may_end_in_v1_or_a_slash(void)
{
	static const struct { cdt_str base; const char *url; } all[] = {
		{ { "http://a", 8 }, "http://a/v1/messages" },
		{ { "http://a/", 9 }, "http://a/v1/messages" },
		{ { "http://a/v1", 11 }, "http://a/v1/messages" },
		{ { "http://a/v1//", 13 }, "http://a/v1/messages" },
		{ { "http://a/anthropic", 18 }, "http://a/anthropic/v1/messages" },
	};
	void *self = trial_self();
	struct json *doc = json_new_map();

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct trial *h = trial_new(trial_ops(), self);
		const struct cdt_request req = { .size = sizeof req, .op = CDT_OP_CHAT,
			.flags = CDT_REQ_NATIVE, .model = CDT_STR("m"), .base_url = all[i].base,
			.secret = CDT_STR("sk-ant-oat-x"), .doc = json_val(doc) };

		CU_ASSERT_EQUAL(trial_ops()->build(self, &h->call, &req, &h->http.http),
		                CDT_OK);
		CU_ASSERT_STRING_EQUAL(h->http.url, all[i].url);
		CU_ASSERT_STRING_EQUAL(h->http.secret, "authorization: Bearer sk-ant-oat-x");
		CU_ASSERT_STRING_EQUAL(header_of(h, "anthropic-beta"), "oauth-2025-04-20");
		trial_free(h);
	}
	json_free(doc);
	trial_ops()->close(self);
}

static void *open_with(const char *config, bool crypto)
{
	struct json *j = json_parse(str_z(config));
	void *self = trial_ops()->open(trial_gateway(crypto), json_val(j));

	json_free(j);
	return self;
}

static void options_are_checked(void)
{
	void *self = open_with("{\"max_tokens_default\":77,\"beta\":\"a,b\"}", false);
	struct trial *h = begin(self, "[]", 0);

	CU_ASSERT_STRING_EQUAL(header_of(h, "anthropic-beta"), "a,b");
	CU_ASSERT(str_search(buf_str(&h->http.body_text), CDT_STR("\"max_tokens\":77"))
	          < h->http.body_text.n);
	trial_free(h);
	trial_ops()->close(self);
	CU_ASSERT_PTR_NULL(open_with("{\"max_tokens_default\":0}", true));
	CU_ASSERT_PTR_NULL(open_with("{\"beta\":\"a\\r\\nx-evil: 1\"}", true));
	CU_ASSERT_PTR_NULL(open_with("{\"version\":\"a version that is too long to be one\"}",
	                             true));
}

#define START "{\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"model\":\"x\"," \
	"\"usage\":{\"input_tokens\":43,\"cache_read_input_tokens\":5,\"output_tokens\":1}}}"
#define STOP "{\"type\":\"message_stop\"}"

static void usage_is_replaced_and_never_added(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);

	CU_ASSERT_EQUAL(feed(h, START), CDT_OK);
	CU_ASSERT_EQUAL(h->seen.usage.input, 48);
	CU_ASSERT_EQUAL(feed(h, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null},"
	                        "\"usage\":{\"output_tokens\":3}}"), CDT_OK);
	CU_ASSERT_EQUAL(feed(h, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	                        "\"end_turn\"},\"usage\":{\"input_tokens\":61,"
	                        "\"output_tokens\":9,"
	                        "\"cache_creation_input_tokens\":2,\"iterations\":[{\"type\":"
	                        "\"compaction\",\"input_tokens\":1000,\"output_tokens\":100},"
	                        "{\"type\":\"message\",\"input_tokens\":61}]}}"), CDT_OK);
	CU_ASSERT_EQUAL(h->seen.usage.input, 61 + 5 + 2 + 1000);
	CU_ASSERT_EQUAL(h->seen.usage.output, 109);
	CU_ASSERT_EQUAL(h->seen.usage.cache_read, 5);
	CU_ASSERT_EQUAL(h->seen.usage.cache_write, 2);
	CU_ASSERT_EQUAL(feed(h, STOP), CDT_OK);
	CU_ASSERT_EQUAL(trial_finish(h), CDT_OK);
	CU_ASSERT_PTR_NULL(trial_breach(h, true));
	trial_free(h);
	trial_ops()->close(self);
}

static void stop_words_have_their_kinds(void)
{
	static const struct { const char *word; bool call; uint32_t kind; } all[] = {
		{ "end_turn", false, CDT_STOP_END }, { "end_turn", true, CDT_STOP_TOOL },
		{ "tool_use", true, CDT_STOP_TOOL }, { "tool_use", false, CDT_STOP_END },
		{ "max_tokens", true, CDT_STOP_LENGTH },
		{ "max_tokens", false, CDT_STOP_LENGTH },
		{ "model_context_window_exceeded", false, CDT_STOP_LENGTH },
		{ "stop_sequence", false, CDT_STOP_SEQUENCE },
		{ "refusal", true, CDT_STOP_REFUSAL }, { "pause_turn", false, CDT_STOP_PAUSE },
		{ "compaction", false, CDT_STOP_OTHER },
	};
	void *self = trial_self();

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct trial *h = begin(self, "[]", 0);
		char text[512];

		(void)snprintf(text, sizeof text, "{\"type\":\"message\",\"id\":\"m\","
		               "\"content\":[%s],\"stop_reason\":\"%s\",\"usage\":{"
		               "\"input_tokens\":1,\"output_tokens\":1}}",
		               all[i].call ? "{\"type\":\"tool_use\",\"id\":\"t\","
		                             "\"name\":\"f\",\"input\":{}}" : "", all[i].word);
		CU_ASSERT_EQUAL(feed(h, text), CDT_OK);
		CU_ASSERT_EQUAL(h->seen.stop, all[i].kind);
		CU_ASSERT_STRING_EQUAL(h->seen.word, all[i].word);
		trial_free(h);
	}
	trial_ops()->close(self);
}

static void a_second_start_is_ignored_or_an_error(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);
	struct cdt_error err;

	CU_ASSERT_EQUAL(feed(h, START), CDT_OK);
	CU_ASSERT_EQUAL(feed(h, START), CDT_OK);
	CU_ASSERT_EQUAL(feed(h, "{\"type\":\"message_start\",\"message\":{\"id\":\"m2\"}}"),
	                CDT_OK);
	CU_ASSERT_EQUAL(feed(h, "{\"type\":\"content_block_start\",\"index\":0,"
	                        "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"),
	                CDT_OK);
	CU_ASSERT_EQUAL(feed(h, "{\"type\":\"message_start\",\"message\":{\"id\":\"m3\"}}"),
	                CDT_E_UPSTREAM);
	trial_error(h, 200, CDT_STR("{\"type\":\"message_start\"}"), &err);
	CU_ASSERT_EQUAL(err.reason, CDT_ERR_UPSTREAM);
	CU_ASSERT(str_starts(err.message, "The upstream began a second answer"));
	CU_ASSERT_EQUAL(h->seen.starts, 1);
	trial_free(h);
	trial_ops()->close(self);
}

#define CUSTOM "[{\"type\":\"custom\",\"custom\":{\"name\":\"my.patch\"}}]"
#define CALL "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":" \
	"\"tool_use\",\"id\":\"t\",\"name\":\"my_patch\",\"input\":{}}}"

/* The arguments, cut in two at byte `cut`, as two frames. */
static void feed_cut(struct trial *h, cdt_str json, size_t cut)
{
	for (int half = 0; half < 2; half++) {
		struct buf b;

		buf_init(&b, 4096);
		buf_add_z(&b, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
		              "\"type\":\"input_json_delta\",\"partial_json\":\"");
		json_escape(&b, half ? str_skip(json, cut) : (cdt_str){ json.p, cut });
		buf_add_z(&b, "\"}}");
		CU_ASSERT_EQUAL(trial_frame(h, CDT_STR(""), buf_str(&b)), CDT_OK);
		buf_fini(&b);
	}
}

static void custom_tools_get_their_text_back(void)
{
	cdt_str json = CDT_STR("{ \"input\" : \"a\\n\\\"b\\\" \\u00e9 \\ud83d\\ude00 \\ud83d x "
	                       "\\/\\\\\" }");
	cdt_str want = CDT_STR("a\n\"b\" \xc3\xa9 \xf0\x9f\x98\x80 \xef\xbf\xbd x /\\");
	void *self = trial_self();

	for (size_t cut = 0; cut <= json.n; cut++) {
		struct trial *h = begin(self, CUSTOM, 0);
		const struct seen_part *p;

		CU_ASSERT_EQUAL(feed(h, START), CDT_OK);
		CU_ASSERT_EQUAL(feed(h, CALL), CDT_OK);
		feed_cut(h, json, cut);
		CU_ASSERT_EQUAL(feed(h, "{\"type\":\"content_block_stop\",\"index\":0}"),
		                CDT_OK);
		CU_ASSERT_EQUAL(feed(h, STOP), CDT_OK);
		p = trial_part(h, CDT_PART_TOOL_CALL, 0);
		CU_ASSERT(p && str_eq(buf_str(&p->text), want) && !strcmp(p->name, "my.patch"));
		CU_ASSERT_EQUAL(h->seen.stop, CDT_STOP_TOOL);
		trial_free(h);
	}
	trial_ops()->close(self);
}

static void a_call_that_came_whole_is_not_doubled(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);
	const struct seen_part *p;

	CU_ASSERT_EQUAL(feed(h, START), CDT_OK);
	CU_ASSERT_EQUAL(feed(h, "{\"type\":\"content_block_start\",\"index\":0,"
	                        "\"content_block\":{\"type\":\"tool_use\",\"name\":\"f\","
	                        "\"input\":{\"a\":1}}}"), CDT_OK);
	feed_cut(h, CDT_STR("{\"a\":1}"), 3);
	CU_ASSERT_EQUAL(feed(h, STOP), CDT_OK);
	p = trial_part(h, CDT_PART_TOOL_CALL, 0);
	CU_ASSERT(p && str_is(buf_str(&p->text), "{\"a\":1}"));
	CU_ASSERT(p && strcmp(p->id, "call_0") == 0);   /* the relay forgot it */
	trial_free(h);
	trial_ops()->close(self);
}

static void a_call_without_arguments_is_empty(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);
	const struct seen_part *p;

	CU_ASSERT_EQUAL(feed(h, START), CDT_OK);
	CU_ASSERT_EQUAL(feed(h, CALL), CDT_OK);
	feed_cut(h, CDT_STR(""), 0);
	CU_ASSERT_EQUAL(feed(h, STOP), CDT_OK);
	p = trial_part(h, CDT_PART_TOOL_CALL, 0);
	CU_ASSERT(p && p->closed && p->text.n == 0);
	CU_ASSERT_PTR_NULL(h->seen.wrong);
	trial_free(h);
	trial_ops()->close(self);
}

#define BLOCK(index, text) "{\"type\":\"content_block_start\",\"index\":" index \
	",\"content_block\":{\"type\":\"text\",\"text\":\"" text "\"}}"
#define PIECE(index, rest) "{\"type\":\"content_block_delta\",\"index\":" index \
	",\"delta\":{" rest "}}"

static void citations_say_where_their_text_is(void)
{
	static const char *const frames[] = {
		START, BLOCK("0", "caf\xc3\xa9 "),
		"{\"type\":\"content_block_stop\",\"index\":0}",
		BLOCK("1", ""),
		PIECE("1", "\"type\":\"citations_delta\",\"citation\":{\"url\":\"http://a/\","
		           "\"title\":\"\\\"A\\\"\"}"),
		PIECE("1", "\"type\":\"citations_delta\",\"citation\":{\"file_id\":\"f\"}"),
		PIECE("1", "\"type\":\"text_delta\",\"text\":\"\xe2\x82\xac 5\""),
		"{\"type\":\"content_block_stop\",\"index\":1}", STOP,
	};
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);
	const struct seen_part *p;

	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
		CU_ASSERT_EQUAL(feed(h, frames[i]), CDT_OK);
	p = trial_part(h, CDT_PART_CITATION, 0);
	CU_ASSERT(p && p->citations == 1 && p->begins == 5 && p->ends == 8);
	CU_ASSERT_PTR_NULL(trial_breach(h, true));
	trial_free(h);
	trial_ops()->close(self);
}

static void pieces_of_a_relayed_stream_are_not_parsed(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", CDT_REQ_NATIVE);

	CU_ASSERT_EQUAL(trial_frame(h, CDT_STR(""),
	                           CDT_STR("{\"type\":\"content_block_delta\" no json }\n")),
	                CDT_OK);
	CU_ASSERT_EQUAL(trial_frame(h, CDT_STR("ping"), CDT_STR("{}")), CDT_OK);
	CU_ASSERT_EQUAL(trial_frame(h, CDT_STR("ping"), CDT_STR("")), CDT_OK);
	CU_ASSERT_EQUAL(h->seen.events, 0);
	CU_ASSERT_EQUAL(trial_frame(h, CDT_STR("error"), CDT_STR("{\"type\":\"error\"}")),
	                CDT_E_UPSTREAM);
	trial_free(h);
	trial_ops()->close(self);
}

static void half_a_relayed_piece_is_none(void)
{
	static const char *const halves[] = { "not json", "{",
		"{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"a",
		"{\"type\":\"content_block_delta\",\"delta\":" };
	void *self = trial_self();
	struct trial *h = begin(self, "[]", CDT_REQ_NATIVE);

	for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++)
		CU_ASSERT_EQUAL(trial_frame(h, CDT_STR("content_block_delta"),
		                            str_z(halves[i])), CDT_E_UPSTREAM);
	trial_free(h);
	trial_ops()->close(self);
}

static void what_a_relayed_event_is_its_type_tells(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", CDT_REQ_NATIVE);

	CU_ASSERT_EQUAL(trial_frame(h, CDT_STR("ping"),
	                            CDT_STR("{\"type\":\"error\"}")), CDT_E_UPSTREAM);
	trial_free(h);
	trial_ops()->close(self);
}

static void headers_tell_what_is_left(void)
{
	static const struct cdt_header headers[] = {
		{ { "Date", 4 }, { "Sat, 28 Feb 2026 23:59:30 GMT", 29 } },
		{ { "Anthropic-RateLimit-Requests-Remaining", 38 }, { "49", 2 } },
		{ { "anthropic-ratelimit-requests-reset", 34 },
		  { "2026-03-01T00:00:00Z", 20 } },
		{ { "anthropic-ratelimit-tokens-remaining", 36 }, { "90000", 5 } },
		{ { "anthropic-ratelimit-input-tokens-remaining", 42 }, { "70000", 5 } },
		{ { "anthropic-ratelimit-tokens-reset", 32 }, { "2026-03-01T00:00:31Z", 20 } },
	};
	const struct cdt_http_head full = { sizeof full, 200, headers, 6 };
	const struct cdt_http_head bare = { sizeof bare, 200, headers, 1 };
	void *self = trial_self();
	struct trial *h = begin(self, "[]", 0);

	trial_head(h, &bare);
	CU_ASSERT_EQUAL(h->headroom[0], -2);            /* nothing said, nothing told */
	trial_head(h, &full);
	CU_ASSERT_EQUAL(h->headroom[0], 49);
	CU_ASSERT_EQUAL(h->headroom[1], 70000);
	CU_ASSERT_EQUAL(h->headroom[2], 61000);
	trial_free(h);
	trial_ops()->close(self);
}

#define ERROR(type, message) \
	"{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"}}"

static const struct {
	uint32_t status;
	const char *body;
	uint32_t reason;
	const char *code, *param;
} errors[] = {
	{ 400, ERROR("invalid_request_error", "max_tokens: must be above 0"),
	  CDT_ERR_BAD_REQUEST, "invalid_request_error", "max_tokens" },
	{ 400, ERROR("invalid_request_error", "messages.0.content: too short"),
	  CDT_ERR_BAD_REQUEST, "invalid_request_error", "" },
	{ 400, ERROR("invalid_request_error", "prompt is too long: 21 tokens > 20 maximum"),
	  CDT_ERR_CONTEXT_LENGTH, "invalid_request_error", "" },
	{ 400, ERROR("invalid_request_error", "input and `max_tokens` exceed context limit"),
	  CDT_ERR_CONTEXT_LENGTH, "invalid_request_error", "" },
	{ 400, ERROR("invalid_request_error", "Your credit balance is too low"),
	  CDT_ERR_NO_CREDIT, "invalid_request_error", "" },
	{ 400, ERROR("invalid_request_error", "Output blocked by content filtering policy"),
	  CDT_ERR_FILTERED, "invalid_request_error", "" },
	{ 401, ERROR("authentication_error", "invalid x-api-key"),
	  CDT_ERR_AUTH, "authentication_error", "" },
	{ 402, ERROR("billing_error", "pay"), CDT_ERR_NO_CREDIT, "billing_error", "" },
	{ 403, ERROR("permission_error", "no"), CDT_ERR_FORBIDDEN, "permission_error", "" },
	{ 404, ERROR("not_found_error", "model: claude-x"),
	  CDT_ERR_NO_MODEL, "not_found_error", "model" },
	{ 413, ERROR("request_too_large", "big"), CDT_ERR_TOO_LARGE, "request_too_large", "" },
	{ 429, ERROR("rate_limit_error", "slow"),
	  CDT_ERR_RATE_LIMITED, "rate_limit_error", "" },
	{ 500, ERROR("api_error", "oops"), CDT_ERR_UPSTREAM, "api_error", "" },
	{ 504, ERROR("timeout_error", "late"), CDT_ERR_TIMEOUT, "timeout_error", "" },
	{ 529, ERROR("overloaded_error", "Overloaded"),
	  CDT_ERR_OVERLOADED, "overloaded_error", "" },
	{ 200, ERROR("overloaded_error", "Overloaded"),
	  CDT_ERR_OVERLOADED, "overloaded_error", "" },
	{ 200, ERROR("rate_limit_error", "slow"),
	  CDT_ERR_RATE_LIMITED, "rate_limit_error", "" },
	{ 400, "{\"error\":{\"type\":\"new_error\",\"message\":\"m\",\"details\":{"
	       "\"error_code\":\"image_dimensions_too_large\"}}}",
	  CDT_ERR_BAD_REQUEST, "image_dimensions_too_large", "" },
	{ 200, "{\"half\":", CDT_ERR_UPSTREAM, "", "" },
	{ 502, "<html><body>502 Bad Gateway nginx</body></html>", CDT_ERR_UPSTREAM, "", "" },
	{ 413, "Payload Too Large", CDT_ERR_TOO_LARGE, "", "" },
	{ 529, "", CDT_ERR_OVERLOADED, "", "" },
};

static void errors_have_their_reasons(void)
{
	void *self = trial_self();

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		struct trial *h = begin(self, "[]", 0);
		struct cdt_error err;

		trial_error(h, errors[i].status, str_z(errors[i].body), &err);
		CU_ASSERT_EQUAL(err.reason, errors[i].reason);
		CU_ASSERT(str_is(err.code, errors[i].code));
		CU_ASSERT(str_is(err.param, errors[i].param));
		CU_ASSERT(err.message.n && str_find(err.message, '<') == err.message.n);
		trial_free(h);
	}
	trial_ops()->close(self);
}

static void messages_are_safe_to_show(void)
{
	void *self = trial_self();
	struct trial *h = begin(self, "[]", CDT_REQ_NATIVE);
	struct cdt_error err;
	struct buf b;

	trial_error(h, 400, CDT_STR(ERROR("invalid_request_error",
		"messages.0.x: key sk-ant-api03-Ab_9-Z\\n is bad")), &err);
	CU_ASSERT(str_is(err.message, "messages.0.x: key sk-ant-************  is bad"));
	CU_ASSERT(str_is(err.param, "messages.0.x"));   /* a client of the same dialect */
	buf_init(&b, 8192);
	buf_add_z(&b, "{\"error\":{\"type\":\"t\",\"message\":\"");
	for (int i = 0; i < 600; i++)
		buf_add_z(&b, "\xe2\x82\xac");
	buf_add_z(&b, "\"}}");
	trial_error(h, 400, buf_str(&b), &err);
	CU_ASSERT_EQUAL(err.message.n, 1023);           /* whole characters below 1024 */
	buf_fini(&b);
	trial_free(h);
	trial_ops()->close(self);
}

static const struct unit_test tests[] = {
	{ "the secret goes to its header only", the_secret_goes_to_its_header_only },
	{ "a base URL may end in v1 or a slash", a_base_url_may_end_in_v1_or_a_slash },
	{ "options are checked", options_are_checked },
	{ "usage is replaced and never added", usage_is_replaced_and_never_added },
	{ "stop words have their kinds", stop_words_have_their_kinds },
	{ "a second start is ignored or an error", a_second_start_is_ignored_or_an_error },
	{ "custom tools get their text back", custom_tools_get_their_text_back },
	{ "a call that came whole is not doubled", a_call_that_came_whole_is_not_doubled },
	{ "a call without arguments is empty", a_call_without_arguments_is_empty },
	{ "citations say where their text is", citations_say_where_their_text_is },
	{ "pieces of a relayed stream are not parsed",
	  pieces_of_a_relayed_stream_are_not_parsed },
	{ "half a relayed piece is none", half_a_relayed_piece_is_none },
	{ "what a relayed event is its type tells", what_a_relayed_event_is_its_type_tells },
	{ "headers tell what is left", headers_tell_what_is_left },
	{ "upstream's errors have their reasons", errors_have_their_reasons },
	{ "messages are safe to show", messages_are_safe_to_show },
	{ NULL, NULL },
};
const struct unit_suite plugins_anthropic_suite = { "plugins/anthropic", tests };
