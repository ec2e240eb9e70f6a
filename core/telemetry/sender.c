/* telemetry/sender.c - what the collector said, and what follows from it: OTLP/HTTP's rules.
 * SPDX-License-Identifier: MIT */
#include "telemetry/sender.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "config/config.h"
#include "metrics/metrics.h"

enum { ANSWER_MAX = 64 << 10, ARENA_MAX = 128 << 10, BODY_MAX = 4 << 20 };
enum { BACKOFF_MS = 1000, BACKOFF_MAX_MS = 32000, RETRY_AFTER_MAX_MS = 300000,
       GIVE_UP_MS = 120000, SAY_AGAIN_MS = 60000 };
enum { CONNECT_MS = 5000, ANSWER_MS = 10000, SAID_MAX = 200 };

static struct batch *first_of(const struct sender *s)
{
	return list_empty(&s->batches) ? NULL
	                               : LIST_OF(s->batches.next, struct batch, link);
}

static uint32_t series(struct metrics *m, const char *name, const char *labels,
                       const char *help, const cdt_str *values)
{
	uint32_t id = metrics_declare(m, METRICS_COUNTER, name, labels, help);

	return metrics_series(m, id, values);
}

static void declare(struct sender *s)
{
	static const char *const reasons[DROP_COUNT] = { "queue", "refused", "expired",
	                                                 "partial" };
	cdt_str values[2] = { str_z(s->name) };

	s->sent = series(s->metrics, "export_sent_total", "exporter",
	                 "Spans, and exports of metrics, that a collector has taken.", values);
	s->retries = series(s->metrics, "export_retries_total", "exporter",
	                    "Exports that were sent again.", values);
	for (int i = 0; i < DROP_COUNT; i++) {
		values[1] = str_z(reasons[i]);
		s->dropped[i] = series(s->metrics, "export_dropped_total", "exporter,reason",
		                       "Spans, and exports of metrics, that were dropped.",
		                       values);
	}
}

void sender_count_dropped(struct sender *s, enum drop why, uint64_t items)
{
	metrics_add(s->metrics, -1, s->dropped[why], (double)items);
}

/* --- one batch --- */

static void send_first(void *arg);

static void remove_first(struct sender *s)
{
	struct batch *b = first_of(s);

	list_remove(&b->link);
	s->bytes -= b->body.n;
	buf_fini(&b->body);
	mem_free(b);
}

static void forget_request(struct sender *s)
{
	outreq_fini(&s->request);
	arena_reset(&s->arena);
}

/* Once a minute. */
static void complain(struct sender *s, const char *what, cdt_str said)
{
	uint64_t now_ms = clock_ms();

	if (s->said_ms && now_ms - s->said_ms < SAY_AGAIN_MS)
		return;
	s->said_ms = now_ms;
	if (said.n > SAID_MAX)
		said.n = SAID_MAX;
	log_warn(LOG_TELEMETRY, NULL, "%s exporter=%s status=%u said=%.*s", what, s->name,
	         s->status, STR_ARG(said));
}

static void drop_first(struct sender *s, enum drop why, const char *what)
{
	sender_count_dropped(s, why, first_of(s)->items);
	complain(s, what, buf_str(&s->answer));
	remove_first(s);
}

/* {"partialSuccess":{"rejectedSpans":"3","errorMessage":"..."}} */
static void accepted(struct sender *s)
{
	struct batch *b = first_of(s);
	struct json *answer = s->answer.n ? json_parse(buf_str(&s->answer)) : NULL;
	const struct json *partial = json_get(answer, "partialSuccess");
	const struct json *spans = json_get(partial, "rejectedSpans");
	const struct json *points = json_get(partial, "rejectedDataPoints");
	const struct json *n = spans ? spans : points;
	uint64_t rejected = 0;

	if (json_type(n) == CDT_TEXT)
		(void)str_u64(json_text(n), &rejected);        /* else 0 */
	else if (n)
		rejected = json_i64(n, 0) > 0 ? (uint64_t)json_i64(n, 0) : 0;
	if (rejected > b->items)
		rejected = b->items;
	if (rejected) {
		sender_count_dropped(s, DROP_PARTIAL, rejected);
		complain(s, "the collector has taken a part only",
		         json_text(json_get(partial, "errorMessage")));
	}
	metrics_add(s->metrics, -1, s->sent, (double)(b->items - rejected));
	json_free(answer);
	remove_first(s);
}

static bool may_try_again(uint32_t status)
{
	return !status || status == 429 || (status >= 502 && status <= 504);
}

static uint64_t pause_ms(const struct sender *s, const struct batch *b)
{
	uint64_t ms = BACKOFF_MAX_MS;

	if (s->retry_after_ms)
		return s->retry_after_ms;
	if (b->tries < 6 && (uint64_t)BACKOFF_MS << (b->tries - 1) < ms)
		ms = (uint64_t)BACKOFF_MS << (b->tries - 1);
	return ms / 2 + rand_below(ms / 2 + 1);
}

/* A collector that asked for more patience than we have does not get all the rest at once. */
static void be_quiet(struct sender *s, uint64_t now_ms)
{
	uint64_t ms = s->retry_after_ms < GIVE_UP_MS ? s->retry_after_ms : GIVE_UP_MS;

	if (s->closing || !ms)
		return;
	s->quiet_ms = now_ms + ms;
	timer_set(&s->again, now_ms, ms);
}

static void try_again(struct sender *s)
{
	struct batch *b = first_of(s);
	uint64_t now_ms = clock_ms(), wait_ms = pause_ms(s, b);

	if (s->closing || now_ms + wait_ms - b->first_ms > GIVE_UP_MS) {
		drop_first(s, DROP_EXPIRED, "the collector was not reached in time");
		be_quiet(s, now_ms);
		send_first(s);
		return;
	}
	metrics_add(s->metrics, -1, s->retries, 1);
	timer_set(&s->again, now_ms, wait_ms);
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct sender *s = arg;
	uint64_t seconds;

	s->status = head->status;
	/* A page to log in, of something that stands before the collector. */
	s->is_page = str_starts(fetch_header(head, "content-type"), "text/html");
	if (str_u64(fetch_header(head, "retry-after"), &seconds))
		s->retry_after_ms = seconds < RETRY_AFTER_MAX_MS / 1000
		                    ? seconds * 1000 : RETRY_AFTER_MAX_MS;
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct sender *s = arg;
	size_t room = ANSWER_MAX - s->answer.n;

	buf_add(&s->answer, str_from(bytes.p, bytes.n < room ? bytes.n : room));
	return true;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct sender *s = arg;

	s->call = NULL;
	forget_request(s);
	if (how != FETCH_OK) {
		s->status = 0;
		buf_clear(&s->answer);
		buf_add_z(&s->answer, fetch_end_name(how));
	}
	if (may_try_again(s->status)) {
		try_again(s);
		return;
	}
	if (s->status < 200 || s->status > 299)
		drop_first(s, DROP_REFUSED, "the collector refuses what it is sent");
	else if (s->is_page)
		drop_first(s, DROP_REFUSED, "what answers is no collector");
	else
		accepted(s);
	send_first(s);
}

static void make_request(struct sender *s, const struct batch *b)
{
	struct outreq *o = &s->request;

	outreq_init(o, &s->arena, BODY_MAX);
	outreq_set_url(o, str_z(s->config->endpoint), str_z(s->path));
	outreq_add_header(o, CDT_STR("content-type"), CDT_STR("application/json"), false);
	outreq_add_header(o, CDT_STR("user-agent"), CDT_STR("conduit-otlp"), false);
	for (size_t i = 0; i < s->config->header_count; i++)
		outreq_add_header(o, str_z(s->config->headers[i].name),
		                  secret_bytes(s->config->headers[i].value), true);
	o->piece[o->piece_count++] = buf_str(&b->body);
	outreq_seal(o);
}

static void send_first(void *arg)
{
	static const struct fetch_ops ops = { on_head, on_body, on_end };
	static const struct fetch_timeouts timeouts = { CONNECT_MS, ANSWER_MS, ANSWER_MS,
	                                                CONNECT_MS + ANSWER_MS };
	struct sender *s = arg;
	struct batch *b = first_of(s);

	if (!b || s->call || (!s->closing && clock_ms() < s->quiet_ms))
		return;
	if (!b->tries++)
		b->first_ms = clock_ms();
	s->status = 0;
	s->retry_after_ms = 0;
	buf_clear(&s->answer);
	make_request(s, b);
	if (s->request.status == CDT_OK) {
		s->call = fetch_start(s->fetch, &s->request, &timeouts, &ops, s);
		return;
	}
	forget_request(s);
	drop_first(s, DROP_REFUSED, "an export can not be sent: look at endpoint and headers");
	send_first(s);
}

/* --- the door --- */

void sender_init(struct sender *s, struct worker *w, struct fetch *f, struct metrics *m)
{
	s->worker = w;
	s->fetch = f;
	s->metrics = m;
	list_init(&s->batches);
	arena_init(&s->arena, 4096, ARENA_MAX);
	buf_init(&s->answer, ANSWER_MAX);
	timer_init(&s->again, w, send_first, s);
	declare(s);
}

void sender_fini(struct sender *s)
{
	if (s->call)
		fetch_cancel(s->call);
	if (s->call)
		forget_request(s);
	s->call = NULL;
	while (first_of(s)) {
		sender_count_dropped(s, DROP_EXPIRED, first_of(s)->items);
		remove_first(s);
	}
	timer_fini(&s->again);
	buf_fini(&s->answer);
	arena_fini(&s->arena);
}

void sender_give(struct sender *s, struct buf *body, uint32_t items)
{
	struct batch *b;
	bool idle = list_empty(&s->batches);

	if (body->status != CDT_OK || s->bytes + body->n > s->bytes_max) {
		sender_count_dropped(s, DROP_QUEUE, items);
		buf_clear(body);
		return;
	}
	b = mem_new(sizeof *b);
	b->body = *body;
	b->items = items;
	buf_init(body, body->cap_bytes);
	s->bytes += b->body.n;
	list_push(&s->batches, &b->link);
	if (idle)
		send_first(s);
}

bool sender_is_idle(const struct sender *s)
{
	return list_empty(&s->batches);
}

void sender_hurry(struct sender *s)
{
	s->closing = true;
	if (!s->call)
		send_first(s);
}
