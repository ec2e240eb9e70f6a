/* unit/upstream/attempt_test.c - one try against a real upstream on loopback: what it sends,
 * what it hands over, how it ends.
 * SPDX-License-Identifier: MIT */
#include "upstream/attempt.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonscan.h"
#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

/* The upstream's answers, chosen by the id that the fixture "good" sends along;
 * its frames are {"text":...,"stop":...}. */
static const struct {
	const char *model, *answer;
	enum after after;
	unsigned wait_ms;
} answers[] = {
	{ "whole",
	  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"
	  "{\"text\":\"hi\",\"stop\":\"done\"}",
	  KEEP, 0 },
	{ "stream",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	  "data: {\"text\":\"a\"}\n\n:c\n\ndata: {\"text\":\"b\",\"stop\":\"x\"}\n\ndata: "
	  "[DONE]\n\n",
	  CLOSE, 0 },
	{ "unmarked",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	  "data: {\"text\":\"a\",\"stop\":\"x\"}\n\n",
	  CLOSE, 0 },
	{ "cut",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n"
	  "data: {\"text\":\"a\"}\n\n",
	  CLOSE, 0 },
	{ "late-cut",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n"
	  "data: {\"text\":\"a\",\"stop\":\"x\"}\n\ndata: [DONE]\n\n",
	  RESET, 20 },
	{ "unended",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	  "data: {\"text\":\"a\"}\n\n",
	  CLOSE, 0 },
	{ "bad",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	  "data: {\"text\":\"a\"}\n\ndata: {\"te\n\n",
	  CLOSE, 0 },
	{ "error",
	  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	  "data: {\"error\":{},\"message\":\"inside\",\"code\":\"c\"}\n\n",
	  CLOSE, 0 },
	{ "busy",
	  "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 34\r\n\r\n"
	  "{\"message\":\"too many\",\"code\":\"rl\"}",
	  KEEP, 0 },
	{ "html",
	  "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 23\r\n\r\n"
	  "<html>nginx here</html>",
	  KEEP, 0 },
	{ "moved", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
	  KEEP, 0 },
	{ "nothing", "", CLOSE, 0 },
	{ "silent", "", CLOSE, 400 },
};

static enum after serve(struct peer *p)
{
	const char *want = peer_header(p, "x-request-id");

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		if (strcmp(answers[i].model, want))
			continue;
		if (answers[i].wait_ms && !answers[i].answer[0])
			peer_sleep(p, answers[i].wait_ms);
		peer_say(p, answers[i].answer);
		if (answers[i].wait_ms && answers[i].answer[0])
			peer_sleep(p, answers[i].wait_ms);
		return answers[i].after;
	}
	return CLOSE;
}

struct trier {
	struct rig net;
	struct plugrig rig;
	struct arena arena;
	struct ask ask;
	struct attempt *attempt;
	uint32_t op, kind;                     /* asked for; and that of the answer's frames */
	char type[32];
	bool whole_too;
	bool native, starting, called_in_start, slow_once, cancel_at_flush;
	unsigned flushes, ends, frames, unmarked;
	cdt_status answer;             /* of the third event */
	unsigned events;
	char text[256];
	struct attempt_end end;
};

static void on_head(void *arg, cdt_str type, uint32_t frames)
{
	struct trier *t = arg;

	t->kind = frames;
	(void)snprintf(t->type, sizeof t->type, "%.*s", STR_ARG(type));
}

static cdt_status on_event(void *arg, const struct cdt_event *ev)
{
	struct trier *t = arg;
	size_t n = strlen(t->text);

	t->called_in_start |= t->starting;
	if (ev->type == CDT_EV_DELTA)
		(void)snprintf(t->text + n, sizeof t->text - n, "%.*s", STR_ARG(ev->data));
	if (ev->type == CDT_EV_STOP)
		(void)snprintf(t->text + n, sizeof t->text - n, "(%.*s)", STR_ARG(ev->data));
	return ++t->events == 2 ? t->answer : CDT_OK;
}

static cdt_status on_frame(void *arg, const struct cdt_frame *frame)
{
	struct trier *t = arg;

	t->frames += frame != NULL;
	t->unmarked += frame == NULL;
	return CDT_OK;
}

static bool on_flush(void *arg)
{
	struct trier *t = arg;

	t->flushes++;
	return !(t->slow_once && t->flushes == 1);
}

static void on_end(void *arg, const struct attempt_end *end)
{
	struct trier *t = arg;

	t->called_in_start |= t->starting;
	t->ends++;
	t->end = *end;
	t->attempt = NULL;
}

static void trier_init(struct trier *t)
{
	*t = (struct trier){ .answer = CDT_OK };
	rig_open(&t->net, serve, NULL);
	plugrig_init(&t->rig, "good");
	arena_init(&t->arena, 1024, 4 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&t->rig, "provider", "good", NULL, t->net.worker));
}

static void trier_fini(struct trier *t)
{
	CU_ASSERT_FALSE(t->called_in_start);
	attempt_cancel(t->attempt);
	CU_ASSERT_EQUAL(plugrig_misuses(&t->rig), 0);
	plugrig_fini(&t->rig);
	arena_fini(&t->arena);
	rig_close(&t->net);
}

static void begin(struct trier *t, const char *model, bool stream)
{
	static const struct attempt_ops ops = { on_head, on_event, on_frame, on_flush, on_end };
	static const char body[] = "{\"model\":\"alias\"}";
	struct jsonscan scan;
	struct attempt_order o = {
		.worker = t->net.worker,
		.fetch = t->net.fetch,
		.self = t->rig.self,
		.xid = model,
		.arena = &t->arena,
		.ask = &t->ask,
		.op = t->op ? t->op : CDT_OP_CHAT,
		.doc = json_absent(),
		.native = t->native,
		.stream = stream,
		.whole_too = t->whole_too,
		.number = 1,
		.model = str_z(model),
		.base_url = str_z(t->net.base),
		.secret = CDT_STR("sk-0123456789"),
		.timeouts = { 5000, strcmp(model, "silent") ? 5000 : 200, 5000, 20000 },
	};

	t->ask = (struct ask){ .op = CDT_OP_CHAT, .stream = stream };
	if (t->native) {
		CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(body)), CDT_OK);
		t->ask.body = str_z(body);
		t->ask.members = memcpy(arena_take(&t->arena, scan.count * sizeof *scan.member),
		                        scan.member, scan.count * sizeof *scan.member);
		t->ask.member_count = scan.count;
	}
	t->ends = t->flushes = t->frames = t->unmarked = t->events = 0;
	t->text[0] = 0;
	t->starting = true;
	t->attempt = attempt_start(&o, &ops, t);
	t->starting = false;
}

static void try(struct trier *t, const char *model, bool stream)
{
	begin(t, model, stream);
	CU_ASSERT(rig_until(&t->net, &t->ends, 5000));
}

static void reads_good_answers(void)
{
	static const struct { const char *model; bool stream; const char *text; } rows[] = {
		{ "whole", false, "hi(done)" }, { "whole", true, "hi(done)" },
		{ "stream", true, "ab(x)" }, { "unmarked", true, "a(x)" }, { "late-cut", true, "a(x)" },
	};
	struct trier t;

	trier_init(&t);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		try(&t, rows[i].model, rows[i].stream);
		CU_ASSERT_STRING_EQUAL(t.text, rows[i].text);
		CU_ASSERT(t.end.ok);
		CU_ASSERT_EQUAL(t.end.stage, ATTEMPT_ANSWER);
		CU_ASSERT_EQUAL(t.end.http_status, 200);
		CU_ASSERT(t.end.times.start_us <= t.end.times.head_us);
		CU_ASSERT(t.end.times.head_us <= t.end.times.first_us);
		CU_ASSERT(t.end.times.first_us <= t.end.times.last_us);
		CU_ASSERT(!rows[i].stream || !strcmp(rows[i].model, "whole") || t.flushes > 0);
	}
	trier_fini(&t);
}

static void says_what_went_wrong(void)
{
	static const struct {
		const char *model;
		uint32_t reason, status;
		enum attempt_stage stage;
		int64_t retry_ms;
		const char *message, *param;
	} rows[] = {
		{ "cut", CDT_ERR_UPSTREAM, 200, ATTEMPT_ANSWER, -1,
		  "The upstream broke off in the middle of its answer.", "" },
		{ "unended", CDT_ERR_UPSTREAM, 200, ATTEMPT_ANSWER, -1,
		  "The upstream's answer could not be read.", "" },
		{ "bad", CDT_ERR_UPSTREAM, 200, ATTEMPT_ANSWER, -1, "{\"te", "" },
		{ "error", CDT_ERR_UPSTREAM, 200, ATTEMPT_ANSWER, -1, "inside", "" },
		{ "busy", CDT_ERR_RATE_LIMITED, 429, ATTEMPT_ANSWER, 7000, "too many", "" },
		{ "html", CDT_ERR_UPSTREAM, 502, ATTEMPT_ANSWER, -1,
		  "The upstream answered with status 502.", "" },
		{ "moved", CDT_ERR_UPSTREAM, 302, ATTEMPT_ANSWER, -1,
		  "The upstream answered with status 302.", "" },
		{ "nothing", CDT_ERR_UPSTREAM, 0, ATTEMPT_SEND, -1,
		  "The upstream closed the connection without an answer.", "" },
		{ "silent", CDT_ERR_TIMEOUT, 0, ATTEMPT_SEND, -1,
		  "The upstream did not begin to answer in time.", "" },
		{ "refused", CDT_ERR_BAD_REQUEST, 0, ATTEMPT_BUILD, -1, "too late", "m" },
	};
	struct trier t;

	trier_init(&t);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		try(&t, rows[i].model, true);
		CU_ASSERT_FALSE(t.end.ok);
		CU_ASSERT_EQUAL(t.end.error.reason, rows[i].reason);
		CU_ASSERT_EQUAL(t.end.http_status, rows[i].status);
		CU_ASSERT_EQUAL(t.end.stage, rows[i].stage);
		CU_ASSERT_EQUAL(t.end.error.retry_after_ms, rows[i].retry_ms);
		CU_ASSERT(str_is(t.end.error.param, rows[i].param));
		if (!str_is(t.end.error.message, rows[i].message))
			fprintf(stderr, "\n%s: %.*s\n", rows[i].model, STR_ARG(t.end.error.message));
		CU_ASSERT(str_is(t.end.error.message, rows[i].message));
	}
	CU_ASSERT(str_is(t.end.error.code, "unsupported_parameter"));
	trier_fini(&t);
}

static void native_frames_are_shown_as_they_came(void)
{
	struct trier t;

	trier_init(&t);
	t.native = true;
	try(&t, "stream", true);
	CU_ASSERT(t.end.ok && t.frames == 2 && t.unmarked == 0);
	try(&t, "unmarked", true);
	CU_ASSERT(t.end.ok && t.frames == 1 && t.unmarked == 1);
	try(&t, "whole", false);
	CU_ASSERT(t.end.ok && t.frames == 1 && t.unmarked == 0);
	try(&t, "whole", true);                        /* no stream, but one was asked for */
	CU_ASSERT_FALSE(t.end.ok);
	try(&t, "stream", false);                      /* and the other way round */
	CU_ASSERT(!t.end.ok && t.frames == 0);
	trier_fini(&t);
}

static void a_stream_may_come_whole_where_that_is_fine(void)
{
	struct trier t;

	trier_init(&t);
	t.native = t.whole_too = true;
	try(&t, "whole", true);
	CU_ASSERT(t.end.ok && t.frames == 1);
	CU_ASSERT_EQUAL(t.kind, CDT_FRAMES_WHOLE);
	CU_ASSERT_STRING_EQUAL(t.type, "application/json");
	try(&t, "cut", true);
	CU_ASSERT_FALSE(t.end.ok);
	trier_fini(&t);
}

static void sound_that_passes_through_is_bytes(void)
{
	struct trier t;

	trier_init(&t);
	t.native = true;
	t.op = CDT_OP_SPEECH;
	try(&t, "whole", true);
	CU_ASSERT(t.end.ok && t.frames >= 1);
	CU_ASSERT_EQUAL(t.kind, CDT_FRAMES_BYTES);
	CU_ASSERT(t.flushes > 0);                      /* it is not kept until the end */
	try(&t, "stream", true);                       /* events are events */
	CU_ASSERT_EQUAL(t.kind, CDT_FRAMES_SSE);
	trier_fini(&t);
}

static void the_receiver_may_end_it(void)
{
	struct trier t;

	trier_init(&t);
	t.answer = CDT_E_LIMIT;
	try(&t, "stream", true);
	CU_ASSERT_FALSE(t.end.ok);
	CU_ASSERT(str_is(t.end.error.message, "The upstream's answer is too large."));
	CU_ASSERT(t.flushes > 0);                      /* what came before it was handed over */
	trier_fini(&t);
}

static void waits_for_a_slow_client(void)
{
	struct trier t;

	trier_init(&t);
	t.slow_once = true;
	try(&t, "stream", true);                       /* the end needs no more room */
	CU_ASSERT(t.end.ok);
	CU_ASSERT_STRING_EQUAL(t.text, "ab(x)");
	begin(&t, "late-cut", true);
	CU_ASSERT(rig_until(&t.net, &t.flushes, 5000));
	attempt_resume(t.attempt);
	attempt_resume(t.attempt);                     /* twice is once */
	CU_ASSERT(rig_until(&t.net, &t.ends, 5000));
	CU_ASSERT(t.end.ok);
	trier_fini(&t);
}

static void can_be_cancelled_in_every_state(void)
{
	static const char *const models[] = { "silent", "stream", "late-cut", "refused", "busy" };
	struct trier t;

	trier_init(&t);
	for (size_t i = 0; i < sizeof models / sizeof *models; i++)
		for (unsigned ms = 0; ms < 25; ms += 3) {
			begin(&t, models[i], true);
			rig_turn_for(&t.net, ms);
			attempt_cancel(t.attempt);             /* NULL when it has ended */
			t.attempt = NULL;
			t.ends = 0;
			rig_turn_for(&t.net, 2);
			CU_ASSERT_EQUAL(t.ends, 0);
		}
	trier_fini(&t);
}

static void a_full_arena_starts_nothing(void)
{
	struct trier t;

	trier_init(&t);
	arena_fini(&t.arena);
	arena_init(&t.arena, 256, 300);
	begin(&t, "stream", true);
	CU_ASSERT_PTR_NULL(t.attempt);
	trier_fini(&t);
}

static const struct unit_test tests[] = {
	{ "reads good answers", reads_good_answers },
	{ "says what went wrong", says_what_went_wrong },
	{ "native frames are shown as they came", native_frames_are_shown_as_they_came },
	{ "a stream may come whole where that is fine",
	  a_stream_may_come_whole_where_that_is_fine },
	{ "sound that passes through is bytes", sound_that_passes_through_is_bytes },
	{ "the receiver may end it", the_receiver_may_end_it },
	{ "waits for a slow client", waits_for_a_slow_client },
	{ "can be cancelled in every state", can_be_cancelled_in_every_state },
	{ "a full arena starts nothing", a_full_arena_starts_nothing },
	{ NULL, NULL }
};
const struct unit_suite upstream_attempt_suite = { "upstream/attempt", tests };
