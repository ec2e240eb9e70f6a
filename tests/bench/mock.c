/* bench/mock.c - an upstream that costs little, in some dialects.  How it answers stands in the
 * name of the model, so that one mock serves every test of every row:
 *
 *   mock-d20-n100-g10000-s2000-h8000
 *     d  milliseconds before the first byte                      0
 *     n  events of a stream                                      100
 *     g  microseconds between two events                         0: back to back
 *     s  bytes of text in a whole answer                         200
 *     h  milliseconds that a stream rests after its first event  0
 *
 * Each event carries the time when it was sent, as "~" and 16 digits of microseconds.
 * What goes wrong on top of that: see fault.h.
 * One thread, loopback only.   usage: mock PORT
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "dialect.h"
#include "fault.h"

enum {
	IN_MAX = 64 << 20, OUT_MAX = 4 << 20, READ_MIN = 64 << 10, EVENTS = 256,
	CONNS_MAX = 1 << 16, BACKLOG = 4096, TEXT_MAX = 1 << 20, EVENT_MAX = 1024,
	MARK_DIGITS = 16, OUT_HIGH = 64 << 10,
};

struct wish {
	const struct dialect *dialect;
	bool stream;
	uint64_t delay_us, gap_us, hold_us;
	unsigned long events;
	size_t bytes;
};

struct conn {
	int fd;
	bool busy, begun, wants_out, broken;
	struct buf in, out;
	struct wish wish;
	struct fault fault;                    /* of this request */
	unsigned long sent;                    /* events */
	uint64_t due_us;
	size_t place;                          /* in the heap of timers, 0: not there */
};

struct mock {
	int epoll, listener;
	size_t timers;
	struct conn *heap[CONNS_MAX + 1];      /* by due_us; the first is at 1 */
	struct fault fault;
	uint64_t asked, whole, left, busy;     /* left: by who asked, before the end */
	char text[TEXT_MAX];
};

/* --- timers --- */

static void set_place(struct mock *m, size_t i, struct conn *c)
{
	m->heap[i] = c;
	c->place = i;
}

static void rise(struct mock *m, size_t i)
{
	struct conn *c = m->heap[i];

	for (; i > 1 && m->heap[i / 2]->due_us > c->due_us; i /= 2)
		set_place(m, i, m->heap[i / 2]);
	set_place(m, i, c);
}

static void sink(struct mock *m, size_t i)
{
	struct conn *c = m->heap[i];

	for (size_t child = 2 * i; child <= m->timers; child = 2 * i) {
		if (child < m->timers && m->heap[child + 1]->due_us < m->heap[child]->due_us)
			child++;
		if (m->heap[child]->due_us >= c->due_us)
			break;
		set_place(m, i, m->heap[child]);
		i = child;
	}
	set_place(m, i, c);
}

static void timer_stop(struct mock *m, struct conn *c)
{
	size_t i = c->place;
	struct conn *last;

	if (!i)
		return;
	c->place = 0;
	last = m->heap[m->timers--];
	if (last == c)
		return;
	set_place(m, i, last);
	rise(m, i);
	sink(m, last->place);
}

static void timer_start(struct mock *m, struct conn *c, uint64_t due_us)
{
	timer_stop(m, c);
	if (m->timers == CONNS_MAX)
		abort();
	c->due_us = due_us;
	set_place(m, ++m->timers, c);
	rise(m, m->timers);
}

/* --- output --- */

static void want_out(struct mock *m, struct conn *c, bool on)
{
	struct epoll_event e = { .events = EPOLLIN | (on ? (uint32_t)EPOLLOUT : 0) };

	if (c->wants_out == on)
		return;
	e.data.ptr = c;
	c->wants_out = on;
	(void)epoll_ctl(m->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

/* false: the connection is dead. */
static bool flush(struct mock *m, struct conn *c)
{
	size_t at = 0;

	while (at < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + at, c->out.n - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return false;
		if (n < 0)
			break;
		at += (size_t)n;
	}
	if (at == c->out.n)
		buf_clear(&c->out);
	else
		buf_drop(&c->out, at);
	want_out(m, c, c->out.n > 0);
	return c->out.status == CDT_OK;
}

static void add_chunk(struct buf *out, const cdt_str *pieces, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	buf_print(out, "%zx\r\n", n);
	for (size_t i = 0; i < count; i++)
		buf_add(out, pieces[i]);
	buf_add_z(out, "\r\n");
}

static void add_event(struct conn *c)
{
	const struct dialect *d = c->wish.dialect;
	char mark[32];
	unsigned long long now_us = clock_us();
	int n = snprintf(mark, sizeof mark, "~%0*llu ", MARK_DIGITS, now_us);

	add_chunk(&c->out, (cdt_str[]){ d->event_begin, { mark, (size_t)n }, d->event_end }, 3);
}

static void end_answer(struct mock *m, struct conn *c)
{
	c->busy = false;
	m->busy--;
	m->whole++;
}

/* A document that is not a model's answer. */
static bool answer_plain(struct mock *m, struct conn *c, const char *head, cdt_str body)
{
	buf_print(&c->out, "HTTP/1.1 %sContent-Type: application/json\r\n"
	          "Content-Length: %zu\r\n\r\n", head, body.n);
	buf_add(&c->out, body);
	return flush(m, c);
}

static bool refuse(struct mock *m, struct conn *c)
{
	static const cdt_str body = CDT_STR(
		"{\"error\":{\"message\":\"The mock was told to fail.\",\"type\":"
		"\"server_error\",\"param\":null,\"code\":null}}");
	char head[64], retry[40] = "";

	if (c->fault.retry_s)
		(void)snprintf(retry, sizeof retry, "Retry-After: %u\r\n", c->fault.retry_s);
	(void)snprintf(head, sizeof head, "%u Told\r\n%s", c->fault.status, retry);
	end_answer(m, c);
	return answer_plain(m, c, head, body);
}

/* The answer stops here, and may be asked to go on again.  false: the connection is dead. */
static bool break_off(struct mock *m, struct conn *c)
{
	static const cdt_str comment = CDT_STR(": the mock thinks\n\n"), event = CDT_STR(
		"data: {\"error\":{\"message\":\"The mock was told to fail.\",\"type\":"
		"\"server_error\",\"param\":null,\"code\":null}}\n\n");
	const struct linger hard = { 1, 0 };
	bool sent;

	if (c->fault.then == THEN_DRIP && c->begun) {
		add_chunk(&c->out, &comment, 1);
		timer_start(m, c, clock_us() + c->fault.gap_us);
	}
	if (c->fault.then == THEN_ERROR && c->begun && !c->broken) {
		add_chunk(&c->out, &event, 1);
		buf_add_z(&c->out, "0\r\n\r\n");
		end_answer(m, c);
	}
	c->broken = true;
	sent = flush(m, c);
	if (c->fault.then == THEN_RESET)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	return sent && c->fault.then != THEN_RESET && c->fault.then != THEN_CLOSE;
}

static bool answer_whole(struct mock *m, struct conn *c)
{
	const struct dialect *d = c->wish.dialect;
	size_t n = c->wish.bytes;

	buf_print(&c->out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	          "x-request-id: req_0\r\nContent-Length: %zu\r\n\r\n",
	          d->whole_begin.n + n + d->whole_end.n);
	if (c->fault.stop == STOP_HEAD)
		return break_off(m, c);
	buf_add(&c->out, d->whole_begin);
	if (c->fault.stop != STOP_NEVER)
		return break_off(m, c);
	buf_add(&c->out, (cdt_str){ m->text, n });
	buf_add(&c->out, d->whole_end);
	end_answer(m, c);
	return flush(m, c);
}

static void begin_stream(struct conn *c)
{
	c->begun = true;
	buf_add_z(&c->out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
	          "Cache-Control: no-cache\r\nx-request-id: req_0\r\n"
	          "Transfer-Encoding: chunked\r\n\r\n");
	if (c->wish.dialect->stream_begin.n)
		add_chunk(&c->out, &c->wish.dialect->stream_begin, 1);
}

/* false: the connection is dead. */
static bool send_events(struct mock *m, struct conn *c)
{
	const struct wish *w = &c->wish;

	while (c->sent < w->events) {
		uint64_t pause = c->sent == 0 && w->hold_us ? w->hold_us : w->gap_us;

		add_event(c);
		c->sent++;
		if (!flush(m, c))
			return false;
		if (c->fault.stop == STOP_TOKEN && c->sent >= c->fault.after)
			return break_off(m, c);
		if (pause) {
			timer_start(m, c, (c->due_us ? c->due_us : clock_us()) + pause);
			return true;
		}
		if (c->out.n > OUT_HIGH)
			return true;                   /* the reader is slow: wait for it */
	}
	add_chunk(&c->out, &w->dialect->stream_end, 1);
	buf_add_z(&c->out, "0\r\n\r\n");
	end_answer(m, c);
	return flush(m, c);
}

/* The next step of an answer: its time has come, or the socket takes bytes again.
 * false: the connection is dead. */
static bool go_on(struct mock *m, struct conn *c)
{
	const struct wish *w = &c->wish;

	if (c->fault.status)
		return refuse(m, c);
	if (c->broken || c->fault.stop == STOP_ASK)
		return break_off(m, c);
	if (!w->stream)
		return answer_whole(m, c);
	if (!c->begun)
		begin_stream(c);
	if (c->fault.stop == STOP_ROLE && w->dialect->role.n)
		add_chunk(&c->out, &w->dialect->role, 1);
	if (c->fault.stop == STOP_HEAD || c->fault.stop == STOP_ROLE)
		return break_off(m, c);
	return send_events(m, c);
}

/* --- input --- */

static uint64_t number_after(cdt_str name, char letter, uint64_t otherwise)
{
	for (size_t i = 0; i + 2 < name.n; i++)
		if (name.p[i] == '-' && name.p[i + 1] == letter)
			return strtoull(name.p + i + 2, NULL, 10);
	return otherwise;
}

/* The model's name: in the body, or in the path. */
static cdt_str name_in(cdt_str head, cdt_str body)
{
	cdt_str name = str_skip(body, str_search(body, CDT_STR("\"mock-")));
	size_t n = 1;

	if (!name.n)
		name = str_skip(head, str_search(head, CDT_STR("/mock-")));
	while (n < name.n && name.p[n] != '"' && name.p[n] != '/' && name.p[n] != ':')
		n++;
	return name.n ? (cdt_str){ name.p + 1, n - 1 } : name;
}

static const struct dialect *dialect_of(cdt_str head)
{
	const struct dialect *d = dialects;

	while (d < dialects + DIALECTS - 1 && !str_starts(head, d->path.p))
		d++;
	return d;
}

static void read_wish(struct wish *w, cdt_str head, cdt_str body)
{
	cdt_str name = name_in(head, body);
	cdt_str stream = str_skip(body, str_search(body, CDT_STR("\"stream\":")));

	stream = str_trim(str_skip(stream, stream.n ? 9 : 0));
	*w = (struct wish){
		.dialect = dialect_of(head),
		.stream = str_starts(stream, "true"),
		.delay_us = number_after(name, 'd', 0) * 1000,
		.gap_us = number_after(name, 'g', 0),
		.hold_us = number_after(name, 'h', 0) * 1000,
		.events = number_after(name, 'n', 100),
		.bytes = number_after(name, 's', 200),
	};
	if (w->bytes > TEXT_MAX)
		w->bytes = TEXT_MAX;
}

static size_t content_length(cdt_str head)
{
	static const char name[] = "content-length:";

	while (head.n) {
		cdt_str line = str_cut(&head, '\n');

		if (line.n >= sizeof name && strncasecmp(line.p, name, sizeof name - 1) == 0)
			return strtoul(line.p + sizeof name - 1, NULL, 10);
	}
	return 0;
}

/* POST /fault and GET /fault. */
static bool take_order(struct mock *m, struct conn *c, bool set, cdt_str words)
{
	struct buf counts;
	bool fine = !set || fault_read(words, clock_us(), &m->fault), alive;

	buf_init(&counts, EVENT_MAX);
	buf_print(&counts, "{\"asked\":%llu,\"whole\":%llu,\"left\":%llu,\"busy\":%llu}",
	          (unsigned long long)m->asked, (unsigned long long)m->whole,
	          (unsigned long long)m->left, (unsigned long long)m->busy);
	alive = answer_plain(m, c, fine ? "200 OK\r\n" : "400 Bad Request\r\n",
	                     buf_str(&counts));
	buf_fini(&counts);
	return alive;
}

static bool begin_answer(struct mock *m, struct conn *c, cdt_str head, cdt_str body)
{
	uint64_t now_us = clock_us(), delay_us;

	read_wish(&c->wish, head, body);
	m->asked++;
	m->busy++;
	c->busy = true;
	c->begun = c->broken = false;
	c->sent = 0;
	c->due_us = 0;
	c->fault = fault_hits(&m->fault, m->asked, now_us) ? m->fault : (struct fault){ 0 };
	delay_us = c->wish.delay_us + c->fault.delay_us;
	if (!delay_us)
		return go_on(m, c);
	timer_start(m, c, now_us + delay_us);
	return true;
}

/* Takes one whole request, if it is there.  false: the connection is dead. */
static bool take_request(struct mock *m, struct conn *c)
{
	cdt_str in = buf_str(&c->in), body;
	size_t head = str_search(in, CDT_STR("\r\n\r\n")), whole;
	bool order, alive;

	if (c->busy || head == in.n)
		return true;
	whole = head + 4 + content_length((cdt_str){ in.p, head + 2 });
	if (in.n < whole)
		return true;
	body = str_skip((cdt_str){ in.p, whole }, head + 4);
	in.n = head;
	order = str_search(in, CDT_STR(" /fault ")) <= 4;
	alive = order ? take_order(m, c, *in.p == 'P', body) : begin_answer(m, c, in, body);
	if (alive)
		buf_drop(&c->in, whole);
	return alive;
}

static bool read_some(struct conn *c)
{
	for (;;) {
		size_t room;
		ssize_t n;

		if (buf_reserve(&c->in, READ_MIN) != CDT_OK)
			return false;
		room = c->in.room - c->in.n;
		n = recv(c->fd, c->in.p + c->in.n, room, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return false;
		if (n < 0)
			return true;
		c->in.n += (size_t)n;
		if ((size_t)n < room)
			return true;
	}
}

static void conn_free(struct mock *m, struct conn *c)
{
	timer_stop(m, c);
	m->left += c->busy && !c->broken;
	m->busy -= c->busy;
	close(c->fd);
	buf_fini(&c->in);
	buf_fini(&c->out);
	mem_free(c);
}

static void accept_all(struct mock *m)
{
	int fd;

	while ((fd = accept4(m->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct conn *c = mem_new(sizeof *c);
		struct epoll_event e = { .events = EPOLLIN };

		c->fd = fd;
		buf_init(&c->in, IN_MAX);
		buf_init(&c->out, OUT_MAX);
		e.data.ptr = c;
		(void)epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &e);
	}
}

/* --- the loop --- */

/* A stream without pauses that stopped because its reader was slow. */
static bool waits_for_room(const struct conn *c)
{
	return c->busy && c->begun && !c->place && !c->out.n;
}

static void on_socket(struct mock *m, struct conn *c, uint32_t events)
{
	bool alive = true;

	if (events & EPOLLOUT)
		alive = flush(m, c) && (!waits_for_room(c) || go_on(m, c));
	if (alive && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		alive = read_some(c) && take_request(m, c);
	if (!alive)
		conn_free(m, c);
}

static void on_timers(struct mock *m)
{
	uint64_t now_us = clock_us();

	while (m->timers && m->heap[1]->due_us <= now_us) {
		struct conn *c = m->heap[1];

		timer_stop(m, c);
		if (!go_on(m, c) || !take_request(m, c))
			conn_free(m, c);
	}
}

static int wait_for(struct mock *m, struct epoll_event *events)
{
	uint64_t now_us = clock_us(), left_us;
	struct timespec wait;

	if (!m->timers)
		return epoll_pwait2(m->epoll, events, EVENTS, NULL, NULL);
	left_us = m->heap[1]->due_us > now_us ? m->heap[1]->due_us - now_us : 0;
	wait.tv_sec = (time_t)(left_us / 1000000);
	wait.tv_nsec = (long)(left_us % 1000000 * 1000);
	return epoll_pwait2(m->epoll, events, EVENTS, &wait, NULL);
}

static bool listen_on(struct mock *m, unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLIN };
	int on = 1;

	m->epoll = epoll_create1(0);
	m->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	(void)setsockopt(m->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* Accepted sockets inherit it. */
	(void)setsockopt(m->listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return bind(m->listener, (const struct sockaddr *)&at, sizeof at) == 0 &&
	       listen(m->listener, BACKLOG) == 0 &&
	       epoll_ctl(m->epoll, EPOLL_CTL_ADD, m->listener, &e) == 0;
}

int main(int argc, char **argv)
{
	static const char words[] = "The quick brown fox jumps over the lazy dog. ";
	struct mock *m = mem_new(sizeof *m);
	struct epoll_event events[EVENTS];

	signal(SIGPIPE, SIG_IGN);
	mem_tune();
	for (size_t i = 0; i < TEXT_MAX; i++)
		m->text[i] = words[i % (sizeof words - 1)];
	if (argc != 2 || !listen_on(m, (unsigned)strtoul(argv[1], NULL, 10))) {
		perror("mock");
		return 1;
	}
	for (;;) {
		int n = wait_for(m, events);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				on_socket(m, events[i].data.ptr, events[i].events);
			else
				accept_all(m);
		}
		on_timers(m);
	}
}
