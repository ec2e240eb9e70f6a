/* unit/plugin/call_error_test.c - what an upstream's no becomes.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/provider.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

/* An error of the provider `type`; err's strings live in *a. */
static void ask(const char *type, uint32_t status, const struct cdt_header *h, cdt_str body,
                struct arena *a, struct cdt_error *err)
{
	struct cdt_http_head head = { sizeof head, status, h, h ? 1 : 0 };
	struct cdt_request req = {
		.size = sizeof req, .model = CDT_STR("fine"), .base_url = CDT_STR("http://u"),
		.secret = CDT_STR("sk-0123456789"), .doc = json_absent(),
	};
	struct outreq o;
	struct call c;
	struct plugrig g;

	plugrig_init(&g, type);
	arena_init(a, 1024, 4 << 20);
	outreq_init(&o, a, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "provider", type, NULL, NULL));
	call_begin(&c, g.self, a, "x");
	CU_ASSERT_EQUAL(call_build(&c, &req, NULL, &o), CDT_OK);
	call_error(&c, &head, body, err);
	call_end(&c);
	outreq_fini(&o);
	plugrig_fini(&g);
}

static void reads_reason_and_message(void)
{
	static const struct { uint32_t status; const char *body; uint32_t reason;
	                      const char *message; } rows[] = {
		{ 429, "{\"message\":\"slow down\"}", CDT_ERR_RATE_LIMITED, "slow down" },
		{ 400, "{\"message\":\"m\",\"reason\":6}", CDT_ERR_CONTEXT_LENGTH, "m" },
		{ 401, "{}", CDT_ERR_AUTH, "The upstream answered with status 401." },
		{ 529, "", CDT_ERR_OVERLOADED, "The upstream answered with status 529." },
		{ 200, "{\"message\":\"inside\"}", CDT_ERR_UPSTREAM, "inside" },
		{ 302, "", CDT_ERR_UPSTREAM, "The upstream answered with status 302." },
		{ 502, "<html><body>Bad gateway", CDT_ERR_UPSTREAM,
		  "The upstream answered with status 502." },
		{ 502, " \n<!DOCTYPE html><p>x", CDT_ERR_UPSTREAM,
		  "The upstream answered with status 502." },
		{ 503, "plain words", CDT_ERR_OVERLOADED, "plain words" },
		{ 400, "{\"message\":\"x\",\"reason\":99}", CDT_ERR_OTHER, "x" },
		{ 400, "{\"message\":\"lost\",\"code\":\"refuse\"}", CDT_ERR_BAD_REQUEST,
		  "The upstream answered with status 400." },
		{ 401, "{\"message\":\"bad key sk-0123456789 and sk-0123456789!\"}",
		  CDT_ERR_AUTH, "bad key ************* and *************!" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cdt_error err;
		struct arena a;

		ask("good", rows[i].status, NULL, str_z(rows[i].body), &a, &err);
		CU_ASSERT_EQUAL(err.reason, rows[i].reason);
		CU_ASSERT(str_is(err.message, rows[i].message));
		CU_ASSERT_EQUAL(err.retry_after_ms, -1);
		arena_fini(&a);
	}
}

static void strips_control_bytes_and_unknown_reasons(void)
{
	struct cdt_error err;
	struct arena a;

	ask("misuse", 400, NULL, CDT_STR(""), &a, &err);
	CU_ASSERT_EQUAL(err.reason, CDT_ERR_OTHER);
	CU_ASSERT(str_is(err.message, "a b   c"));
	arena_fini(&a);
}

static void cuts_long_messages_between_characters(void)
{
	struct cdt_error err;
	struct arena a;
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_add_c(&body, 'x');
	for (int i = 0; i < 5000; i++)
		buf_add_z(&body, "\xc3\xa9");
	ask("good", 400, NULL, buf_str(&body), &a, &err);
	CU_ASSERT_EQUAL(err.message.n, 1999);          /* 2,000 would end inside a character */
	CU_ASSERT(str_utf8_ok(err.message));
	arena_fini(&a);
	buf_fini(&body);
}

static void shows_the_plugin_at_most_64_kib(void)
{
	struct cdt_error err;
	struct arena a;
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_add_z(&body, "{\"message\":\"seen\",\"pad\":\"");
	while (body.n < 70000)
		buf_add_c(&body, 'p');
	buf_add_z(&body, "\"}");
	ask("good", 400, NULL, buf_str(&body), &a, &err);
	CU_ASSERT(!str_is(err.message, "seen"));       /* the JSON was cut */
	CU_ASSERT_EQUAL(err.message.n, 2000);
	arena_fini(&a);
	buf_fini(&body);
}

static void reads_how_long_to_wait(void)
{
	static const struct { const char *name, *value; int64_t ms; } rows[] = {
		{ "Retry-After", "3", 3000 }, { "retry-after", " 0 ", 0 },
		{ "retry-after", "1.5", 1500 }, { "retry-after-ms", "250", 250 },
		{ "retry-after-ms", "250.7", 250 }, { "retry-after", "-1", -1 },
		{ "retry-after", "soon", -1 }, { "retry-after", "", -1 },
		{ "retry-after", "99999999999999999999", -1 },
		{ "retry-after", "99999999999", 86400000 },
		{ "retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "retry-after", "Fri, 31 Dec 2199 23:59:59 GMT", 86400000 },
		{ "retry-after", "Fri, 31 Foo 2199 23:59:59 GMT", -1 },
		{ "retry-after", "Sunday, 06-Nov-94 08:49:37 GMT", -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cdt_header h = { str_z(rows[i].name), str_z(rows[i].value) };
		struct cdt_error err;
		struct arena a;

		ask("good", 429, &h, CDT_STR("{}"), &a, &err);
		CU_ASSERT_EQUAL(err.retry_after_ms, rows[i].ms);
		arena_fini(&a);
	}
}

static const struct unit_test tests[] = {
	{ "reads reason and message", reads_reason_and_message },
	{ "strips control bytes and unknown reasons",
	  strips_control_bytes_and_unknown_reasons },
	{ "cuts long messages between characters", cuts_long_messages_between_characters },
	{ "shows the plugin at most 64 KiB", shows_the_plugin_at_most_64_kib },
	{ "reads how long to wait", reads_how_long_to_wait },
	{ NULL, NULL },
};
const struct unit_suite plugin_call_error_suite = { "plugin/call_error", tests };
