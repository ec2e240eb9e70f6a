/* unit/plugin/kind_provider_test.c - the calls of one attempt, and what becomes of misuse.
 * SPDX-License-Identifier: MIT */
#include "plugin/provider.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

/* One attempt with all that belongs to it. */
struct try {
	struct plugrig rig;
	struct arena arena;
	struct outreq request;
	struct call call;
};

static void try_begin(struct try *t, const char *type)
{
	plugrig_init(&t->rig, type);
	arena_init(&t->arena, 1024, 4 << 20);
	outreq_init(&t->request, &t->arena, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&t->rig, "provider", type, NULL, NULL));
	call_begin(&t->call, t->rig.self, &t->arena, "x-1");
}

static void try_end(struct try *t)
{
	call_end(&t->call);
	outreq_fini(&t->request);
	arena_fini(&t->arena);
	plugrig_fini(&t->rig);
}

static struct cdt_request request_for(const char *model, uint32_t flags)
{
	return (struct cdt_request){
		.size = sizeof(struct cdt_request), .op = CDT_OP_CHAT, .flags = flags,
		.model = str_z(model), .base_url = CDT_STR("https://up.example/"),
		.secret = CDT_STR("sk-0123456789"), .doc = json_absent(),
	};
}

static cdt_str header_of(const struct outreq *o, const char *name)
{
	for (size_t i = 0; i < o->header_count; i++)
		if (str_is_nocase(o->header[i].name, name))
			return o->header[i].value;
	return CDT_STR("");
}

/* A sink that writes down what it hears. */
struct ear {
	struct cdt_sink abi;
	char heard[256], running[16];
	cdt_status answer;
	int count;
};

static cdt_status ear_emit(struct cdt_sink *s, const struct cdt_event *ev)
{
	struct ear *e = (struct ear *)(void *)s;
	size_t n = strlen(e->heard);

	snprintf(e->heard + n, sizeof e->heard - n, "%u:%.*s%s ", (unsigned)ev->type,
	         STR_ARG(ev->data), ev->usage ? "+" : "");
	snprintf(e->running, sizeof e->running, "%s", plugin_running());
	e->count++;
	return e->answer;
}

static const struct cdt_sink_api ear_api = { .size = sizeof ear_api, .emit = ear_emit };

static struct ear ear_new(void) { return (struct ear){ .abi = { &ear_api } }; }

static cdt_status feed(struct try *t, struct ear *e, const char *text)
{
	struct cdt_frame f = { .size = sizeof f, .event = CDT_STR(""), .data = str_z(text) };

	return call_frame(&t->call, &f, &e->abi);
}

static void builds_a_request_with_json(void)
{
	static const char text[] = "{\"messages\":[{\"role\":\"user\"}]}";
	struct cdt_request req = request_for("m\"1", CDT_REQ_STREAM);
	struct json *doc = json_parse(str_z(text));
	struct try t;
	char *body;

	try_begin(&t, "good");
	req.doc = json_val(doc);
	CU_ASSERT_EQUAL(call_build(&t.call, &req, NULL, &t.request), CDT_OK);
	CU_ASSERT(str_is(t.request.url, "https://up.example/v1/chat"));
	CU_ASSERT(str_is(header_of(&t.request, "authorization"), "Bearer sk-0123456789"));
	CU_ASSERT(t.request.header[0].secret);
	CU_ASSERT(str_is(header_of(&t.request, "content-type"), "application/json"));
	CU_ASSERT(str_is(header_of(&t.request, "x-request-id"), "x-1"));
	body = plugrig_body(&t.request);
	CU_ASSERT_STRING_EQUAL(body, "{\"model\":\"m\\\"1\",\"messages\":[{\"role\":\"user\"}],"
	                             "\"stream\":true}");
	mem_free(body);
	json_free(doc);
	try_end(&t);
}

static void keeps_why_a_request_is_refused(void)
{
	struct cdt_request req = request_for("refused", 0);
	struct json *doc = json_new_map();
	char text[3000];
	struct try t;

	memset(text, 'x', sizeof text);
	memcpy(text, "not\n\001two: sk-0123456789", 23);
	json_set_give(doc, "say", json_new_text(str_from(text, sizeof text)));
	req.doc = json_val(doc);
	try_begin(&t, "good");
	CU_ASSERT_EQUAL(t.call.refusal.n, 0);
	CU_ASSERT_EQUAL(call_build(&t.call, &req, NULL, &t.request), CDT_E_UNSUPPORTED);
	json_free(doc);                                 /* it was copied */
	CU_ASSERT(str_is(t.call.refused_param, "n"));
	CU_ASSERT_EQUAL(t.call.refusal.n, 2000);
	CU_ASSERT(str_starts(t.call.refusal, "not  two: *************xx"));
	CU_ASSERT_EQUAL(plugrig_misuses(&t.rig), 0);
	try_end(&t);
}

static void patches_a_native_request(void)
{
	static const char text[] = "{\"user\":\"u\",\"model\":\"alias\",\"x_unknown\":[1, 2],"
	                           "\"routing\":{}}";
	static const char *const drop[] = { "routing", NULL };
	struct cdt_request req = request_for("real", CDT_REQ_NATIVE | CDT_REQ_STREAM);
	struct native_body native;
	struct jsonscan scan;
	struct try t;
	char *body;

	try_begin(&t, "good");
	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(text)), CDT_OK);
	native = (struct native_body){ str_z(text), scan.member, scan.count, drop };
	CU_ASSERT_EQUAL(call_build(&t.call, &req, &native, &t.request), CDT_OK);
	body = plugrig_body(&t.request);
	CU_ASSERT_STRING_EQUAL(body,
	                       "{\"model\":\"real\",\"x_unknown\":[1, 2],\"stream\":true}");
	CU_ASSERT(str_is(header_of(&t.request, "x-sent"), body));
	CU_ASSERT_EQUAL(header_of(&t.request, "x-beta").n, 0);
	mem_free(body);
	try_end(&t);
}

static void lends_headers_of_the_client(void)
{
	static const char text[] = "{\"model\":\"alias\"}";
	static const struct cdt_header passed[] = {
		{ CDT_STR("other-beta"), CDT_STR("a") }, { CDT_STR("test-beta"), CDT_STR("b,c") },
	};
	struct cdt_request req = request_for("real", CDT_REQ_NATIVE);
	struct native_body native;
	struct jsonscan scan;
	struct try t;

	try_begin(&t, "good");
	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(text)), CDT_OK);
	native = (struct native_body){ str_z(text), scan.member, scan.count, NULL };
	t.call.passed = passed;
	t.call.passed_count = 2;
	CU_ASSERT_EQUAL(call_build(&t.call, &req, &native, &t.request), CDT_OK);
	CU_ASSERT(str_is(header_of(&t.request, "x-beta"), "b,c"));
	try_end(&t);
}

static void relays_what_the_plugin_says_in_place_of_a_frame(void)
{
	struct cdt_frame frame = { .size = sizeof frame, .data = CDT_STR("{\"text\":\"h\"}") };
	struct ear e = ear_new();
	const struct cdt_frame *out;
	struct cdt_frame room;
	struct try t;

	try_begin(&t, "good");
	CU_ASSERT_EQUAL(call_frame(&t.call, &frame, &e.abi), CDT_OK);
	CU_ASSERT_PTR_EQUAL(call_relayed(&t.call, &frame, &room), &frame);
	frame.data = CDT_STR("{\"inner\":\"unwrapped\"}");
	CU_ASSERT_EQUAL(call_frame(&t.call, &frame, &e.abi), CDT_OK);
	out = call_relayed(&t.call, &frame, &room);
	CU_ASSERT_PTR_EQUAL_FATAL(out, &room);
	CU_ASSERT(str_is(out->event, "an-event"));
	CU_ASSERT(str_is(out->data, "unwrapped"));
	frame.data = CDT_STR("{\"inner\":\"\"}");
	CU_ASSERT_EQUAL(call_frame(&t.call, &frame, &e.abi), CDT_OK);
	CU_ASSERT_PTR_NULL(call_relayed(&t.call, &frame, &room));
	try_end(&t);
}

static void writes_uploads_as_multipart(void)
{
	struct cdt_blob blob = { CDT_STR("file"), CDT_STR("a\"b.wav"), CDT_STR("audio/wav"),
	                         CDT_STR("RIFFdata") };
	struct cdt_request req = request_for("whisper", 0);
	struct try t;
	cdt_str type;
	char *body;

	try_begin(&t, "good");
	req.blobs = &blob;
	req.blob_count = 1;
	CU_ASSERT_EQUAL(call_build(&t.call, &req, NULL, &t.request), CDT_OK);
	type = header_of(&t.request, "content-type");
	CU_ASSERT(str_starts(type, "multipart/form-data; boundary=conduit-"));
	body = plugrig_body(&t.request);
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "name=\"model\"\r\n\r\nwhisper\r\n--conduit-"));
	CU_ASSERT_PTR_NOT_NULL(strstr(body, "name=\"file%22%0D%0A\"; filename=\"a%22b.wav\"\r\n"
	                                    "content-type: audio/wav\r\n\r\nRIFFdata\r\n--"));
	CU_ASSERT(str_ends(str_z(body), "--\r\n"));
	CU_ASSERT_PTR_EQUAL(t.request.piece[3].p, blob.data.p);        /* not copied */
	mem_free(body);
	try_end(&t);
}

static void counts_and_ends_every_misuse_of_build(void)
{
	static const struct { const char *sin; uint32_t flags; } rows[] = {
		{ "left open", 0 }, { "keyless", 0 }, { "patched", 0 }, { "no url", 0 },
		{ "status", 0 }, { "body and patch", CDT_REQ_NATIVE },
		{ "half patched", CDT_REQ_NATIVE }, { "body and part", 0 },
		{ "interleaved", CDT_REQ_NATIVE },
	};
	static const char text[] = "{\"model\":1}";
	struct jsonscan scan;

	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(text)), CDT_OK);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct native_body native = { str_z(text), scan.member, scan.count, NULL };
		struct cdt_request req = request_for(rows[i].sin, rows[i].flags);
		struct try t;

		try_begin(&t, "misuse");
		CU_ASSERT_EQUAL(call_build(&t.call, &req, rows[i].flags ? &native : NULL,
		                           &t.request), CDT_E_MISUSE);
		CU_ASSERT_EQUAL(plugrig_misuses(&t.rig), 1);
		call_end(&t.call);
		outreq_fini(&t.request);
		outreq_init(&t.request, &t.arena, 1 << 20);
		call_begin(&t.call, t.rig.self, &t.arena, "x-2");
		req = request_for("fine", 0);              /* only that exchange is over */
		CU_ASSERT_EQUAL(call_build(&t.call, &req, NULL, &t.request), CDT_OK);
		try_end(&t);
	}
}

static void takes_the_framing_that_head_asks_for(void)
{
	static const struct { uint32_t status, want; } rows[] = {
		{ 200, CDT_FRAMES_AUTO }, { 206, CDT_FRAMES_LINES }, { 299, CDT_FRAMES_AUTO },
	};
	struct try t;

	try_begin(&t, "good");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cdt_http_head head = { .size = sizeof head, .status = rows[i].status };
		uint32_t frames = 99;

		CU_ASSERT_EQUAL(call_head(&t.call, &head, &frames), CDT_OK);
		CU_ASSERT_EQUAL(frames, rows[i].want);
	}
	CU_ASSERT_EQUAL(t.call.headroom_requests, 9);
	CU_ASSERT_EQUAL(t.call.headroom_reset_ms, 250);
	try_end(&t);
}

static void turns_frames_into_events(void)
{
	struct ear e = ear_new();
	struct try t;

	try_begin(&t, "good");
	CU_ASSERT_EQUAL(feed(&t, &e, ""), CDT_OK);
	CU_ASSERT_EQUAL(feed(&t, &e, "{\"text\":\"h\\u00e9\"}"), CDT_OK);
	CU_ASSERT_EQUAL(feed(&t, &e, "{\"text\":\"y\",\"stop\":\"end\"}"), CDT_OK);
	CU_ASSERT_EQUAL(call_finish(&t.call, &e.abi), CDT_OK);
	CU_ASSERT_STRING_EQUAL(e.heard, "3:h\xc3\xa9 3:y 6:end 5:+ ");
	CU_ASSERT_EQUAL(t.call.parsed_count, 0);
	CU_ASSERT(t.call.scratch.used_bytes == 0);
	try_end(&t);
}

static void knows_who_runs(void)
{
	struct ear e = ear_new();
	struct try t;

	try_begin(&t, "good");
	CU_ASSERT_EQUAL(feed(&t, &e, "{\"text\":\"h\"}"), CDT_OK);
	CU_ASSERT_STRING_EQUAL(e.running, "it");
	CU_ASSERT_STRING_EQUAL(plugin_running(), "");
	try_end(&t);
}

static void refuses_json_that_two_readers_could_read_differently(void)
{
	static const char *const texts[] = {
		"{", "{\"text\":\"a\",\"text\":\"b\"}", "{\"text\":\"\xff\"}", "nul", "{} {}",
	};
	struct ear e = ear_new();
	struct try t;

	try_begin(&t, "good");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		CU_ASSERT_EQUAL(feed(&t, &e, texts[i]), CDT_E_UPSTREAM);
	CU_ASSERT_EQUAL(e.count, 0);
	try_end(&t);
}

static void lets_the_receiver_stop_a_plugin_that_does_not_listen(void)
{
	struct ear e = ear_new();
	struct try t;

	e.answer = CDT_E_ABORTED;
	try_begin(&t, "misuse");
	CU_ASSERT_EQUAL(feed(&t, &e, "deaf"), CDT_E_ABORTED);
	CU_ASSERT_EQUAL(e.count, 1);
	try_end(&t);
}

static void counts_misuse_of_frames_and_sinks(void)
{
	struct cdt_request req = request_for("fine", 0);
	struct ear e = ear_new();
	struct try t;

	try_begin(&t, "misuse");
	CU_ASSERT_EQUAL(call_build(&t.call, &req, NULL, &t.request), CDT_OK);
	CU_ASSERT_EQUAL(feed(&t, &e, "status"), CDT_E_MISUSE);
	CU_ASSERT_EQUAL(plugrig_misuses(&t.rig), 1);
	CU_ASSERT_EQUAL(feed(&t, &e, "future"), CDT_E_UPSTREAM);
	CU_ASSERT_EQUAL(feed(&t, &e, "greedy"), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(plugrig_misuses(&t.rig), 1);
	call_end(&t.call);                             /* done emits through the old sink */
	CU_ASSERT_EQUAL(plugrig_misuses(&t.rig), 2);
	CU_ASSERT_EQUAL(e.count, 0);
	try_end(&t);
}

static void refuses_an_event_without_size(void)
{
	struct ear e = ear_new();
	struct try t;

	try_begin(&t, "misuse");
	CU_ASSERT_EQUAL(feed(&t, &e, "sizeless"), CDT_E_MISUSE);
	CU_ASSERT_EQUAL(plugrig_misuses(&t.rig), 1);
	CU_ASSERT_EQUAL(e.count, 0);
	try_end(&t);
}

static void completes_an_event_of_an_older_header(void)
{
	struct ear e = ear_new();
	struct try t;

	try_begin(&t, "oldsize");
	CU_ASSERT_EQUAL(feed(&t, &e, "text"), CDT_OK);
	CU_ASSERT_STRING_EQUAL(e.heard, "3:text ");    /* without usage */
	try_end(&t);
}

static void calls_done_once_and_only_after_build(void)
{
	struct cdt_request req = request_for("m", 0);
	struct try t;
	int *count;

	try_begin(&t, "good");
	call_end(&t.call);                             /* slot is NULL: done would crash */
	call_begin(&t.call, t.rig.self, &t.arena, "x-1");
	CU_ASSERT_EQUAL(call_build(&t.call, &req, NULL, &t.request), CDT_OK);
	count = t.call.slot;
	call_end(&t.call);
	call_end(&t.call);
	CU_ASSERT_EQUAL(*count, 1);
	try_end(&t);
}

static void keeps_a_small_block_between_frames_and_no_large_one(void)
{
	struct cdt_call *abi;
	struct try t;
	void *first;

	try_begin(&t, "good");
	abi = &t.call.abi;
	first = abi->api->scratch(abi, 100);
	CU_ASSERT_EQUAL(feed(&t, &(struct ear){ .abi = { &ear_api } }, ""), CDT_OK);
	CU_ASSERT_PTR_EQUAL(abi->api->scratch(abi, 100), first);
	CU_ASSERT_PTR_NOT_NULL(abi->api->scratch(abi, (1 << 20) - 100));
	CU_ASSERT_PTR_NULL(abi->api->scratch(abi, 1 << 20));
	CU_ASSERT_PTR_NOT_NULL(abi->api->keep(abi, 1 << 20));
	CU_ASSERT_PTR_NULL(abi->api->keep(abi, 1));
	try_end(&t);
}

static const struct unit_test tests[] = {
	{ "builds a request with JSON", builds_a_request_with_json },
	{ "keeps why a request is refused", keeps_why_a_request_is_refused },
	{ "patches a native request", patches_a_native_request },
	{ "lends headers of the client", lends_headers_of_the_client },
	{ "relays what the plugin says in place of a frame",
	  relays_what_the_plugin_says_in_place_of_a_frame },
	{ "writes uploads as multipart", writes_uploads_as_multipart },
	{ "counts and ends every misuse of build", counts_and_ends_every_misuse_of_build },
	{ "takes the framing that head asks for", takes_the_framing_that_head_asks_for },
	{ "turns frames into events", turns_frames_into_events },
	{ "knows who runs", knows_who_runs },
	{ "refuses JSON that two readers could read differently",
	  refuses_json_that_two_readers_could_read_differently },
	{ "lets the receiver stop a plugin that does not listen",
	  lets_the_receiver_stop_a_plugin_that_does_not_listen },
	{ "counts misuse of frames and sinks", counts_misuse_of_frames_and_sinks },
	{ "refuses an event without size", refuses_an_event_without_size },
	{ "completes an event of an older header", completes_an_event_of_an_older_header },
	{ "calls done once and only after build", calls_done_once_and_only_after_build },
	{ "keeps a small block between frames and no large one",
	  keeps_a_small_block_between_frames_and_no_large_one },
	{ NULL, NULL },
};
const struct unit_suite plugin_kind_provider_suite = { "plugin/kind_provider", tests };
