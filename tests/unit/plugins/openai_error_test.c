/* unit/plugins/openai_error_test.c - why upstream said no, what may be shown of it,
	and what its
 * headers say is left.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugins/fake.h"

extern const struct cdt_feature openai_feature;

#define E(m, t, c) "{\"error\":{\"message\":\"" m "\",\"type\":\"" t "\",\"param\":null," \
	"\"code\":" c "}}"

struct no { uint32_t status; const char *body; uint32_t reason; const char *message, *code; };
static const struct no table[] = {
	{ 400, E("bad", "invalid_request_error", "null"), CDT_ERR_BAD_REQUEST, "bad",
	  "invalid_request_error" },
	{ 400, E("no max_tokens", "invalid_request_error", "\"unsupported_parameter\""),
	  CDT_ERR_BAD_REQUEST, "no max_tokens", "unsupported_parameter" },
	{ 400, E("long", "invalid_request_error", "\"context_length_exceeded\""),
	  CDT_ERR_CONTEXT_LENGTH, "long", "context_length_exceeded" },
	{ 400, E("This model's maximum context length is 8192 tokens.", "BadRequestError",
	  "400"),
	  CDT_ERR_CONTEXT_LENGTH, "This model's maximum context length is 8192 tokens.",
	  "400" },
	{ 400, "{\"error\":{\"code\":400,\"message\":\"request exceeds the available context "
	  "size\","
	       "\"type\":\"exceed_context_size_error\"}}", CDT_ERR_CONTEXT_LENGTH,
	  "request exceeds the available context size", "400" },
	{ 400, E("filtered", "", "\"content_filter\""), CDT_ERR_FILTERED, "filtered",
	  "content_filter" },
	{ 400, E("policy", "invalid_request_error", "\"content_policy_violation\""),
	  CDT_ERR_FILTERED, "policy", "content_policy_violation" },
	{ 400, "{\"error\":{\"message\":\"m\",\"code\":\"x\",\"innererror\":{\"code\":"
	       "\"ResponsibleAIPolicyViolation\"}}}", CDT_ERR_FILTERED, "m", "x" },
	{ 400, E("gone", "invalid_request_error", "\"model_not_found\""), CDT_ERR_NO_MODEL,
	  "gone",
	  "model_not_found" },
	{ 404, E("gone", "invalid_request_error", "\"model_not_found\""), CDT_ERR_NO_MODEL,
	  "gone",
	  "model_not_found" },
	{ 403, E("no access", "invalid_request_error", "\"model_not_found\""), CDT_ERR_NO_MODEL,
	  "no access", "model_not_found" },
	{ 404, E("none", "", "\"DeploymentNotFound\""), CDT_ERR_NO_MODEL, "none",
	  "DeploymentNotFound" },
	{ 401, E("Incorrect API key provided: sk-abc***xyz. Find it at x",
	  "invalid_request_error",
	         "\"invalid_api_key\""), CDT_ERR_AUTH,
	  "the upstream refused the gateway's credential", "invalid_api_key" },
	{ 401, "", CDT_ERR_AUTH, "the upstream refused the gateway's credential", "" },
	{ 403, E("Country not supported", "request_forbidden",
	         "\"unsupported_country_region_territory\""), CDT_ERR_FORBIDDEN,
	  "Country not supported", "unsupported_country_region_territory" },
	{ 402, E("Insufficient Balance", "unknown_error", "\"invalid_request_error\""),
	  CDT_ERR_NO_CREDIT, "Insufficient Balance", "invalid_request_error" },
	{ 429, E("quota", "insufficient_quota", "\"insufficient_quota\""), CDT_ERR_NO_CREDIT,
	  "quota", "insufficient_quota" },
	{ 429, E("empty", "insufficient_quota", "\"credit_balance_exhausted\""),
	  CDT_ERR_NO_CREDIT,
	  "empty", "credit_balance_exhausted" },
	{ 429, E("余额不足", "", "\"1113\""), CDT_ERR_NO_CREDIT, "余额不足", "1113" },
	{ 429, E("Rate limit reached in organization org-abc123 on tokens.", "tokens",
	         "\"rate_limit_exceeded\""), CDT_ERR_RATE_LIMITED,
	  "Rate limit reached in organization *** on tokens.", "rate_limit_exceeded" },
	{ 429, E("slower", "rate_limit_error", "\"slow_down\""), CDT_ERR_RATE_LIMITED, "slower",
	  "slow_down" },
	{ 429, "{\"error\":{\"code\":429,\"message\":\"Provider returned error\"},"
	  "\"user_id\":\"u\"}",
	  CDT_ERR_RATE_LIMITED, "Provider returned error", "429" },
	{ 413, E("big", "invalid_request_error", "null"), CDT_ERR_TOO_LARGE, "big",
	  "invalid_request_error" },
	{ 422, "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\",\"type\":"
	  "\"missing\"}]}",
	  CDT_ERR_BAD_REQUEST, "field required", "missing" },
	{ 404, "{\"detail\":\"Not Found\"}", CDT_ERR_NO_MODEL, "Not Found", "" },
	{ 400, "{\"detail\":{\"message\":\"odd\"}}", CDT_ERR_BAD_REQUEST, "odd", "" },
	{ 500, E("oops", "server_error", "null"), CDT_ERR_UPSTREAM, "oops", "server_error" },
	{ 503, E("busy", "service_unavailable_error", "\"server_is_overloaded\""),
	  CDT_ERR_OVERLOADED, "busy", "server_is_overloaded" },
	{ 500, E("busy", "engine_overloaded_error", "null"), CDT_ERR_OVERLOADED, "busy",
	  "engine_overloaded_error" },
	{ 502, "<html><body>Bad gateway</body></html>", CDT_ERR_UPSTREAM, "the upstream failed",
	  "" },
	{ 504, "", CDT_ERR_TIMEOUT, "the upstream took too long", "" },
	{ 524, "error code: 524", CDT_ERR_TIMEOUT, "the upstream took too long", "" },
	{ 498, E("full", "", "null"), CDT_ERR_OVERLOADED, "full", "" },
	{ 424, "{\"error\":\"Request failed\",\"error_type\":\"generation\"}", CDT_ERR_UPSTREAM,
	  "Request failed", "generation" },
	{ 429, "{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}",
	  CDT_ERR_OVERLOADED, "Model is overloaded", "overloaded" },
	{ 400, "{\"code\":\"Client specified an invalid argument\",\"error\":\"bad thing\"}",
	  CDT_ERR_BAD_REQUEST, "bad thing", "Client specified an invalid argument" },
	{ 400, "{\"object\":\"error\",\"message\":\"flat\",\"type\":\"BadRequestError\","
	  "\"param\":null,"
	       "\"code\":400}", CDT_ERR_BAD_REQUEST, "flat", "400" },
	{ 400, "\"just a string\"", CDT_ERR_BAD_REQUEST, "just a string", "" },
	{ 400, "[{\"error\":{\"code\":400,\"message\":\"in a list\"}}]", CDT_ERR_BAD_REQUEST,
	  "in a list", "400" },
	{ 403, "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"cloudy\"}]}",
	  CDT_ERR_FORBIDDEN, "cloudy", "10000" },
	{ 429, "{\"error_code\":\"REQUEST_LIMIT_EXCEEDED\",\"message\":\"bricks\"}",
	  CDT_ERR_RATE_LIMITED, "bricks", "REQUEST_LIMIT_EXCEEDED" },
	{ 404, "{\"type\":\"urn:x\",\"title\":\"Not Found\",\"status\":404,\"detail\":\"no "
	  "function\"}",
	  CDT_ERR_NO_MODEL, "no function", "urn:x" },
	{ 200, "{\"error\":{\"code\":429,\"message\":\"late\"},\"choices\":[]}",
	  CDT_ERR_RATE_LIMITED, "late", "429" },
	{ 200, "{\"error\":{\"message\":\"tools\",\"type\":\"invalid_request_error\","
	       "\"code\":\"tool_use_failed\",\"status_code\":400}}", CDT_ERR_BAD_REQUEST,
	       "tools",
	  "tool_use_failed" },
	{ 200, E("broke", "server_error", "null"), CDT_ERR_UPSTREAM, "broke", "server_error" },
	{ 200, "half a chu", CDT_ERR_UPSTREAM, "the upstream failed", "" },
	{ 400, E("see <b>this</b>", "", "null"), CDT_ERR_BAD_REQUEST,
	  "the upstream refused the request", "" },
	{ 400, E("token abcd****wxyz is **not** good", "", "null"), CDT_ERR_BAD_REQUEST,
	  "token *** is **not** good", "" },
	{ 400, E("key AIzaSyD-1 and Bearer abc.def are bad\\n", "", "null"),
	  CDT_ERR_BAD_REQUEST,
	  "key *** and *** are bad ", "" },
};

static void refused(struct fake_plugin *p, const struct no *n)
{
	struct cdt_http_head head = { .size = sizeof head, .status = n->status };
	struct cdt_error err = { .size = sizeof err, .reason = CDT_ERR_OTHER,
		.retry_after_ms = -1, .code = CDT_STR(""), .message = CDT_STR(""),
		.param = CDT_STR("") };
	struct fake_call c;
	bool fine;

	fake_call_init(&c);
	CU_ASSERT_EQUAL(p->ops->error(p->self, &c.abi, &head, str_z(n->body), &err), CDT_OK);
	fine = err.reason == n->reason && str_is(err.message, n->message) &&
	       str_is(err.code, n->code);
	CU_ASSERT(fine);
	if (!fine)
		fprintf(stderr, "%u %s: reason %u, \"%.*s\", code \"%.*s\"\n", n->status,
			n->body,
		        err.reason, STR_ARG(err.message), STR_ARG(err.code));
	fake_call_fini(&c);
}

static void knows_why_upstream_said_no(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		refused(&p, &table[i]);
	fake_plugin_close(&p);
}

static int64_t waits_ms(struct fake_plugin *p, const char *name, const char *value,
                        const char *body, int64_t known_ms)
{
	struct cdt_header h = { str_z(name), str_z(value) };
	struct cdt_http_head head = { .size = sizeof head, .status = 429, .headers = &h,
		.count = 1 };
	struct cdt_error err = { .size = sizeof err, .retry_after_ms = known_ms };
	struct fake_call c;

	fake_call_init(&c);
	CU_ASSERT_EQUAL(p->ops->error(p->self, &c.abi, &head, str_z(body), &err), CDT_OK);
	fake_call_fini(&c);
	return err.retry_after_ms;
}

static void knows_how_long_to_wait(void)
{
	static const char soon[] = E("Please try again in 6ms. Visit x", "requests", "null");
	static const char later[] = E("try again in 1m2.5s.", "tokens", "null");
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	CU_ASSERT_EQUAL(waits_ms(&p, "x", "", soon, -1), 6);
	CU_ASSERT_EQUAL(waits_ms(&p, "x", "", later, -1), 62500);
	CU_ASSERT_EQUAL(waits_ms(&p, "x", "", soon, 2000), 2000);
	CU_ASSERT_EQUAL(waits_ms(&p, "Retry-After-Ms", "750", "", -1), 750);
	CU_ASSERT_EQUAL(waits_ms(&p, "x", "", E("try again in a while", "requests", "null"),
		-1), -1);
	fake_plugin_close(&p);
}

static void reads_the_recorded_errors(void)
{
	static const struct { const char *name; uint32_t status,
		reason; const char *param; } files[] = {
		{ "error-400-decimal-below-min.json", 400, CDT_ERR_BAD_REQUEST, "temperature" },
		{ "error-400-image-url.json", 400, CDT_ERR_BAD_REQUEST, "" },
		{ "error-400-invalid-value.json", 400, CDT_ERR_BAD_REQUEST, "messages[3]" },
		{ "error-400-responses-model.json", 400, CDT_ERR_NO_MODEL, "model" },
		{ "error-400-web-search.json", 400, CDT_ERR_BAD_REQUEST, "web_search_options" },
		{ "error-404-model.json", 404, CDT_ERR_NO_MODEL, "" },
		{ "reasoning-model-legacy-parameter-error.json", 400, CDT_ERR_BAD_REQUEST,
		  "max_tokens" },
		{ "reasoning-model-temperature-error.json", 400, CDT_ERR_BAD_REQUEST,
		  "temperature" },
	};
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct cdt_http_head head = { .size = sizeof head, .status = files[i].status };
		struct cdt_error err = { .size = sizeof err, .retry_after_ms = -1 };
		struct fake_call c;
		char path[256];
		cdt_str body;

		(void)snprintf(path, sizeof path, "plugins/provider_openai/t/%s",
			files[i].name);
		body = fake_read(path);
		fake_call_init(&c);
		CU_ASSERT_EQUAL(p.ops->error(p.self, &c.abi, &head, body, &err), CDT_OK);
		CU_ASSERT_EQUAL(err.reason, files[i].reason);
		CU_ASSERT(str_is(err.param, files[i].param));
		CU_ASSERT(err.message.n > 20);
		fake_call_fini(&c);
		mem_free((char *)(uintptr_t)body.p);
	}
	fake_plugin_close(&p);
}

static void is_left(struct fake_plugin *p, const char *const *pairs, int64_t requests,
                    int64_t tokens, int64_t reset_ms)
{
	struct cdt_header h[8];
	struct cdt_http_head head = { .size = sizeof head, .status = 200, .headers = h };
	uint32_t frames = CDT_FRAMES_AUTO;
	struct fake_call c;

	for (; pairs[2 * head.count]; head.count++)
		h[head.count] = (struct cdt_header){ str_z(pairs[2 * head.count]),
		                                     str_z(pairs[2 * head.count + 1]) };
	fake_call_init(&c);
	CU_ASSERT_EQUAL(p->ops->head(p->self, &c.abi, &head, &frames), CDT_OK);
	CU_ASSERT_EQUAL(frames, CDT_FRAMES_AUTO);
	CU_ASSERT_EQUAL(c.requests, requests);
	CU_ASSERT_EQUAL(c.tokens, tokens);
	CU_ASSERT_EQUAL(c.reset_ms, reset_ms);
	fake_call_fini(&c);
}

static void tells_what_is_left(void)
{
	struct fake_plugin p;

	fake_plugin_open(&p, &openai_feature, "{}");
	is_left(&p, (const char *const[]){ "x-ratelimit-remaining-requests", "9999",
		"x-ratelimit-remaining-tokens", "1999", "x-ratelimit-reset-requests", "8.64s",
		"x-ratelimit-reset-tokens", "6m0s", NULL }, 9999, 1999, 360000);
	is_left(&p, (const char *const[]){ "X-RateLimit-Remaining-Requests", "7",
		"X-RateLimit-Reset-Requests", "118ms", NULL }, 7, -1, 118);
	is_left(&p, (const char *const[]){ "x-ratelimit-remaining-tokens", "5",
		"x-ratelimit-reset-tokens", "60", NULL }, -1, 5, 60000);
	is_left(&p, (const char *const[]){ "x-ratelimit-remaining-tokens", "5",
		"x-ratelimit-reset-tokens", "17.399999999s", NULL }, -1, 5, 17399);
	is_left(&p, (const char *const[]){ "x-ratelimit-remaining-tokens", "5",
		"x-ratelimit-reset-tokens", "soon", NULL }, -1, 5, -1);
	is_left(&p, (const char *const[]){ "x-ratelimit-remaining-requests", "many", NULL },
	        -2, -2, -2);
	is_left(&p, (const char *const[]){ "content-type", "text/html", NULL }, -2, -2, -2);
	fake_plugin_close(&p);
}

static const struct unit_test tests[] = {
	{ "knows why upstream said no", knows_why_upstream_said_no },
	{ "knows how long to wait", knows_how_long_to_wait },
	{ "reads the recorded errors", reads_the_recorded_errors },
	{ "tells what is left", tells_what_is_left },
	{ NULL, NULL },
};
const struct unit_suite plugins_openai_error_suite = { "plugins/openai/error", tests };
