/* fetch/call.c - what happens to one call: its deadlines, and curl's callbacks until the last
 * byte of the answer.  Does not start or end calls.
 * SPDX-License-Identifier: MIT */
#include "fetch/call.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "fetch/ends.h"
#include "fetch/guard.h"

/* A dead connection is replaced once. */
enum { SENDS_MAX = 2 };

struct deadline { uint64_t at_ms; enum fetch_end end; };

static struct deadline nearer(struct deadline d, uint64_t from_ms, uint32_t in_ms,
                              enum fetch_end end)
{
	if (in_ms && from_ms + in_ms < d.at_ms)
		d = (struct deadline){ from_ms + in_ms, end };
	return d;
}

static struct deadline next_deadline(const struct fetch_call *c)
{
	const struct fetch_timeouts *t = &c->timeouts;
	struct deadline d = { UINT64_MAX, FETCH_OK };

	if (c->phase == CALL_CONNECTING)
		d = nearer(d, c->connect_ms, t->connect_ms, FETCH_LATE_CONNECT);
	if (c->phase == CALL_CONNECTING || c->phase == CALL_SENT)
		d = nearer(d, c->start_ms, t->first_byte_ms, FETCH_LATE_FIRST_BYTE);
	if (c->phase == CALL_BODY && !c->paused)
		d = nearer(d, c->moved_ms, t->idle_ms, FETCH_LATE_IDLE);
	return nearer(d, c->start_ms, t->total_ms, FETCH_LATE_TOTAL);
}

static void move(struct fetch_call *c)
{
	c->moved_ms = clock_ms();
	call_arm(c, c->moved_ms);
}

static bool refuse(struct fetch_call *c)
{
	c->verdict = FETCH_BAD_ANSWER;
	return false;
}

/* HTTP/1.1 200 OK */
static bool keep_status(struct fetch_call *c, cdt_str line)
{
	uint64_t status;

	(void)str_cut(&line, ' ');             /* the version: curl has read it */
	if (!str_u64(str_cut(&line, ' '), &status) || status < 100 || status > 999)
		return refuse(c);
	c->status = (uint32_t)status;
	return true;
}

static bool keep_line(struct fetch_call *c, cdt_str line)
{
	if (++c->line_count > ANSWER_HEADERS_MAX)
		return refuse(c);
	if (c->head.n && (line.p[0] == ' ' || line.p[0] == '\t'))
		c->head.p[c->head.n - 1] = ' ';        /* folded: goes on with the last one */
	buf_add(&c->head, line);
	buf_add_c(&c->head, '\n');
	return c->head.status == CDT_OK || refuse(c);
}

static size_t cut_headers(cdt_str lines, struct cdt_header out[ANSWER_HEADERS_MAX])
{
	size_t count = 0;

	while (lines.n && count < ANSWER_HEADERS_MAX) {
		cdt_str value = str_cut(&lines, '\n');

		out[count].name = str_cut(&value, ':');
		out[count++].value = str_trim(value);
	}
	return count;
}

static bool finish_head(struct fetch_call *c)
{
	struct cdt_header headers[ANSWER_HEADERS_MAX];
	struct cdt_http_head head = { .size = sizeof head, .status = c->status,
	                              .headers = headers };

	if (!c->status || c->status == 101)            /* nobody asked to switch protocols */
		return refuse(c);
	if (c->status < 200) {
		c->status = 0;
		buf_clear(&c->head);
		return true;
	}
	head.count = cut_headers(buf_str(&c->head), headers);
	c->phase = CALL_BODY;
	move(c);
	c->ops->head(c->arg, &head);
	if (c->read_bytes == READ_STREAMED) {          /* it may be open for minutes */
		buf_fini(&c->head);
		buf_init(&c->head, ANSWER_HEAD_MAX);
	}
	return !c->cancelled;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct fetch_call *c = arg;
	cdt_str line = str_from(p, size * n);
	bool go_on;

	if (c->cancelled)
		return 0;
	if (c->phase == CALL_BODY)
		return size * n;                       /* a trailer: nobody needs it */
	c->answered = true;
	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (!line.n)
		go_on = finish_head(c);
	else
		go_on = c->status ? keep_line(c, line) : keep_status(c, line);
	return go_on ? size * n : 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct fetch_call *c = arg;
	bool taken;

	if (c->cancelled)
		return 0;
	c->in_body = true;
	c->resume_asked = false;
	taken = c->ops->body(c->arg, str_from(p, size * n));
	c->in_body = false;
	if (c->cancelled)
		return 0;
	c->paused = !taken;
	move(c);
	if (taken)
		return size * n;
	if (c->resume_asked)
		list_push(&c->fetch->later, &c->later);
	return CURL_WRITEFUNC_PAUSE;
}

/* A request is about to be handed to a connection.  If that turns out to be dead, curl
 * tries another by itself: see to it that this one is new, or it might try many. */
static int on_send(void *arg, char *to, char *from, int to_port, int from_port)
{
	struct fetch_call *c = arg;
	struct fetch_counts *counts = &c->fetch->counts;

	(void)to, (void)from, (void)to_port, (void)from_port;
	if (c->cancelled || ++c->sends > SENDS_MAX)
		return CURL_PREREQFUNC_ABORT;
	c->reused = c->opened == c->opened_before;
	c->opened_before = c->opened;
	c->piece = c->piece_at = 0;            /* curl may have read what it could not send */
	counts->reused += c->reused;
	counts->retried_stale += c->sends > 1;
	if (c->reused && !c->fresh)
		c->fresh = !curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 1L);
	if (c->phase == CALL_CONNECTING) {
		c->phase = CALL_SENT;
		call_arm(c, clock_ms());
	}
	return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct fetch_call *c = arg;

	(void)purpose;
	if (!guard_allows(&to->addr, c->fetch->private_ok)) {
		c->blocked = true;
		return CURL_SOCKET_BAD;
	}
	c->opened++;
	return multi_open(&c->fetch->multi, to);
}

void fetch_call_begin(struct fetch_call *c, const struct outreq *req,
                const struct fetch_timeouts *t, uint64_t now_ms)
{
	c->req = req;
	c->timeouts = *t;
	c->start_ms = c->connect_ms = c->moved_ms = now_ms;
	c->phase = CALL_CONNECTING;
	c->paused = c->in_body = c->resume_asked = c->cancelled = false;
	c->blocked = c->answered = c->again = c->reused = false;
	c->sends = c->opened = c->opened_before = 0;
	c->verdict = FETCH_OK;
	c->status = 0;
	c->line_count = 0;
}

bool call_bind(struct fetch_call *c)
{
	CURL *easy = c->easy;

	return !curl_easy_setopt(easy, CURLOPT_PRIVATE, c) &&
	       !curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) &&
	       !curl_easy_setopt(easy, CURLOPT_HEADERDATA, c) &&
	       !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) &&
	       !curl_easy_setopt(easy, CURLOPT_WRITEDATA, c) &&
	       !curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send) &&
	       !curl_easy_setopt(easy, CURLOPT_PREREQDATA, c) &&
	       !curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
	       !curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c) &&
	       !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, multi_close) &&
	       !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &c->fetch->multi);
}

void call_arm(struct fetch_call *c, uint64_t now_ms)
{
	struct deadline d = next_deadline(c);

	if (d.end == FETCH_OK)
		timer_stop(&c->timer);
	else
		timer_set(&c->timer, now_ms, d.at_ms > now_ms ? d.at_ms - now_ms : 0);
}

enum fetch_end call_late(const struct fetch_call *c, uint64_t now_ms)
{
	struct deadline d = next_deadline(c);

	return now_ms >= d.at_ms ? d.end : FETCH_OK;
}

enum fetch_end fetch_call_end(const struct fetch_call *c, CURLcode code)
{
	enum reach reach = c->answered ? REACH_ANSWERED :
	                   c->phase == CALL_CONNECTING ? REACH_UNSENT : REACH_SENT;
	enum fetch_end end = end_of(code, reach);

	if (c->verdict != FETCH_OK)
		return c->verdict;
	if (c->blocked && reach == REACH_UNSENT)
		return FETCH_BLOCKED;
	return end == FETCH_OK && c->phase != CALL_BODY ? FETCH_CUT : end;
}

bool call_was_stale(const struct fetch_call *c, CURLcode code)
{
	return c->reused && c->sends == 1 && !c->again && !c->answered &&
	       (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
	        code == CURLE_GOT_NOTHING);
}
