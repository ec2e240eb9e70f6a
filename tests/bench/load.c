/* bench/load.c - a load generator for HTTP/1.1 on loopback: whole answers and event streams.
 *
 * Closed loop: each connection asks again when it has its answer.  Open loop (-r): requests
 * fall due at fixed times, and latency counts from the time when a request was due, so that
 * a stall is not hidden.  In streams it reads the mock's time of sending out of each event.
 * Prints one line of JSON; "failed" counts what was not a whole 200, "broken" those of them
 * that were streams with a token.  Exit status 3: something failed.  SIGTERM ends it in time.
 *
 * usage: load -p PORT [-c connections] [-t seconds] [-n requests] [-r requests/s] [-w seconds]
 *             [-m model] [-b bytes] [-f file] [-P path] [-H 'Name: value']... [-s] [-e end]
 *             [-i]
 *   -w  warm-up before the measured seconds    -b  bytes of prompt
 *   -f  the body is that of a file, as it is   -s  ask for streams
 *   -e  what a whole stream has near its end   -i  one stream a connection; says "open" when
 *       ("[DONE]")                                 each had its first event, ends with stdin
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

enum {
	HEAD_MAX = 16 << 10, PROMPT_MAX = 16 << 20, READ_SIZE = 128 << 10, EVENTS = 512,
	SEND_ROOM = 1 << 20, CONNS_MAX = 16384, SAMPLES_MAX = 1 << 24, MARK_DIGITS = 16,
	DRAIN_US = 10000000, TURN_US = 5000,
};

static volatile sig_atomic_t told_to_end;      /* by SIGTERM: nothing more is asked */

struct samples { uint32_t *us; size_t n, room; };

enum part { PART_HEAD, PART_LENGTH, PART_SIZE, PART_CHUNK, PART_CHUNK_END, PART_TRAILER };

struct conn {
	int fd;
	bool busy, first;              /* waits for an answer; ...for its first byte */
	bool close_after;
	unsigned status;
	enum part part;
	uint64_t left;                 /* bytes of the body, or of this chunk */
	unsigned digits;               /* of a mark, read so far; 0: outside */
	uint64_t mark_us;
	uint64_t marks;                /* events of this answer */
	size_t done;                   /* bytes of its end's mark in a row */
	uint64_t due_us;
	struct buf head;
};

struct load {
	unsigned port;
	size_t conn_count;
	double seconds, warm, rate;
	uint64_t max_requests;
	bool stream, hold;
	const char *model, *path, *file;
	cdt_str done;                  /* its first byte comes once */
	size_t prompt_bytes;
	struct buf headers, request;

	int epoll;
	struct conn *conns;
	struct conn **idle;            /* a stack */
	size_t idle_count;
	uint64_t issued, answered, good, failed, broken, reconnects, late, marks, opened;
	struct samples latency, first_byte, event;
	uint64_t begin_us, measure_us, end_us, measured;
};

/* --- figures --- */

static void add_sample(struct samples *s, uint64_t us)
{
	if (s->n == SAMPLES_MAX)
		return;
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 1 << 16;
		s->us = mem_resize(s->us, s->room * sizeof *s->us);
	}
	s->us[s->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double quantile(const struct samples *s, double q)
{
	return s->n ? (double)s->us[(size_t)(q * (double)(s->n - 1) + 0.5)] : 0;
}

static void print_quantiles(const char *name, struct samples *s)
{
	if (s->n)
		qsort(s->us, s->n, sizeof *s->us, by_value);
	printf(", \"%s_p50_us\": %.0f, \"%s_p99_us\": %.0f, \"%s_max_us\": %.0f", name,
	       quantile(s, 0.5), name, quantile(s, 0.99), name, quantile(s, 1));
}

static void report(struct load *l, uint64_t now_us)
{
	uint64_t end_us = now_us < l->end_us ? now_us : l->end_us;
	double seconds = (double)(end_us - l->measure_us) / 1e6;

	printf("{\"answered\": %llu, \"failed\": %llu, \"broken\": %llu, \"marks\": %llu, "
	       "\"reconnects\": %llu, \"late\": %llu, \"per_second\": %.1f",
	       (unsigned long long)l->answered,
	       (unsigned long long)(l->failed + l->answered - l->good),
	       (unsigned long long)l->broken,
	       (unsigned long long)l->marks, (unsigned long long)l->reconnects,
	       (unsigned long long)l->late,
	       seconds > 0 ? (double)l->measured / seconds : 0.0);
	print_quantiles("latency", &l->latency);
	print_quantiles("first_byte", &l->first_byte);
	print_quantiles("event", &l->event);
	printf("}\n");
}

/* --- requests --- */

static bool dial(struct load *l, struct conn *c)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)l->port),
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLIN };
	int on = 1, room = SEND_ROOM;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	if (connect(c->fd, (const struct sockaddr *)&at, sizeof at) != 0) {
		perror("load: connect");
		return false;
	}
	e.data.ptr = c;
	return epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &e) == 0;
}

static void redial(struct load *l, struct conn *c)
{
	close(c->fd);
	l->reconnects++;
	if (!dial(l, c))
		exit(1);
}

/* Blocks when the socket's room is used up, which one request never does. */
static void ask(struct load *l, struct conn *c, uint64_t due_us)
{
	size_t at = 0;

	c->busy = c->first = true;
	c->part = PART_HEAD;
	c->digits = 0;
	c->marks = 0;
	c->done = 0;
	c->due_us = due_us;
	buf_clear(&c->head);
	l->issued++;
	while (at < l->request.n) {
		ssize_t n = send(c->fd, l->request.p + at, l->request.n - at, MSG_NOSIGNAL);

		if (n <= 0) {                          /* closed while it was idle */
			redial(l, c);
			n = -(ssize_t)at;
		}
		at += (size_t)n;
	}
}

static void make_body(const struct load *l, struct buf *body)
{
	static const char words[] = "The quick brown fox jumps over the lazy dog. ";

	buf_print(body, "{\"model\":\"%s\",", l->model);
	if (l->stream)
		buf_add_z(body, "\"stream\":true,"
		          "\"stream_options\":{\"include_usage\":true},");
	buf_add_z(body, "\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful "
	          "assistant.\"},{\"role\":\"user\",\"content\":\"");
	for (size_t i = 0; i < l->prompt_bytes; i++)
		buf_add_c(body, words[i % (sizeof words - 1)]);
	buf_add_z(body, "\"}],\"temperature\":0.7,\"max_tokens\":256}");
}

static void read_body(const struct load *l, struct buf *body)
{
	FILE *f = fopen(l->file, "r");
	size_t n;

	if (!f || buf_reserve(body, PROMPT_MAX) != CDT_OK) {
		perror(l->file);
		exit(1);
	}
	n = fread(body->p, 1, PROMPT_MAX, f);
	body->n = n;
	fclose(f);
}

static void make_request(struct load *l)
{
	struct buf body;

	buf_init(&body, PROMPT_MAX + HEAD_MAX);
	if (l->file)
		read_body(l, &body);
	else
		make_body(l, &body);
	buf_init(&l->request, PROMPT_MAX + 2 * HEAD_MAX);
	buf_print(&l->request, "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	          "Content-Type: application/json\r\nAccept: */*\r\nUser-Agent: load/1\r\n"
	          "%.*sContent-Length: %zu\r\n\r\n", l->path, l->port,
	          STR_ARG(buf_str(&l->headers)), body.n);
	buf_add(&l->request, buf_str(&body));
	buf_fini(&body);
}

/* --- answers --- */

static bool measuring(const struct load *l, uint64_t now_us)
{
	return now_us >= l->measure_us && now_us < l->end_us;
}

/* The marks "~" and 16 digits in a piece of a body, however it is cut. */
static void find_marks(struct load *l, struct conn *c, cdt_str s)
{
	uint64_t now_us = clock_us();

	while (s.n) {
		if (!c->digits) {
			s = str_skip(s, str_find(s, '~'));
			if (!s.n)
				return;
			c->digits = 1;
			c->mark_us = 0;
		} else if (*s.p < '0' || *s.p > '9') {
			c->digits = 0;
		} else {
			c->mark_us = c->mark_us * 10 + (uint64_t)(*s.p - '0');
			c->digits++;
		}
		if (c->digits > MARK_DIGITS) {
			c->digits = 0;
			c->marks++;
			l->marks++;
			l->opened += c->marks == 1;
			if (measuring(l, now_us))
				add_sample(&l->event, now_us - c->mark_us);
		}
		s = str_skip(s, 1);
	}
}

/* Looks for the mark of the end, however it is cut. */
static void find_done(const struct load *l, struct conn *c, cdt_str s)
{
	for (; s.n && c->done < l->done.n; s = str_skip(s, 1))
		c->done = *s.p == l->done.p[c->done] ? c->done + 1 : *s.p == l->done.p[0];
}

static bool read_head(struct conn *c)
{
	cdt_str rest = buf_str(&c->head), line = str_cut(&rest, '\n');

	c->status = line.n > 12 ? (unsigned)strtoul(line.p + 9, NULL, 10) : 0;
	c->close_after = false;
	c->left = UINT64_MAX;
	c->part = PART_LENGTH;
	while (rest.n) {
		cdt_str value = str_trim(str_cut(&rest, '\n')), name = str_cut(&value, ':');

		value = str_trim(value);
		if (str_is_nocase(name, "content-length"))
			(void)str_u64(value, &c->left);
		else if (str_is_nocase(name, "transfer-encoding"))
			c->part = PART_SIZE;
		else if (str_is_nocase(name, "connection"))
			c->close_after = str_is_nocase(value, "close");
	}
	if (c->part == PART_SIZE)
		c->left = 0;
	return c->left != UINT64_MAX;
}

static bool take_head(struct conn *c, cdt_str *s)
{
	size_t had = c->head.n, room = HEAD_MAX - had, n = s->n < room ? s->n : room, end;

	buf_add(&c->head, (cdt_str){ s->p, n });
	end = str_search(buf_str(&c->head), CDT_STR("\r\n\r\n"));
	if (end == c->head.n) {
		*s = str_skip(*s, n);
		return c->head.n < HEAD_MAX;
	}
	*s = str_skip(*s, end + 4 - had);
	c->head.n = end + 2;
	return read_head(c);
}

static void take_size(struct conn *c, char ch)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit = ch ? strchr(hex, ch | 0x20) : NULL;

	if (ch == '\n')
		c->part = c->left ? PART_CHUNK : PART_TRAILER;
	else if (digit)
		c->left = c->left * 16 + (uint64_t)(digit - hex);
}

enum progress { MORE, WHOLE, BROKEN };

/* One step through the rest of an answer. */
static enum progress take_body(struct load *l, struct conn *c, cdt_str *s)
{
	size_t n = 1;
	bool body = c->part == PART_LENGTH || c->part == PART_CHUNK;

	if (body) {
		n = s->n < c->left ? s->n : (size_t)c->left;
		if (l->stream) {
			find_marks(l, c, (cdt_str){ s->p, n });
			find_done(l, c, (cdt_str){ s->p, n });
		}
		c->left -= n;
		if (!c->left && c->part == PART_CHUNK)
			c->part = PART_CHUNK_END;
	} else if (c->part == PART_SIZE) {
		take_size(c, *s->p);
	} else if (*s->p == '\n') {
		if (c->part == PART_TRAILER)
			return s->n == 1 ? WHOLE : BROKEN;
		c->part = PART_SIZE;
	}
	*s = str_skip(*s, n);
	if (c->part == PART_LENGTH && !c->left)
		return s->n ? BROKEN : WHOLE;
	return MORE;
}

static enum progress take(struct load *l, struct conn *c, cdt_str s)
{
	enum progress p = MORE;

	if (c->part == PART_HEAD && !take_head(c, &s))
		return BROKEN;
	if (c->part == PART_LENGTH && !c->left)
		return s.n ? BROKEN : WHOLE;
	while (p == MORE && s.n)
		p = take_body(l, c, &s);
	return p;
}

static bool may_ask(const struct load *l, uint64_t now_us)
{
	return !told_to_end && now_us < l->end_us &&
	       (!l->max_requests || l->issued < l->max_requests);
}

/* The connection is free again. */
static void rest(struct load *l, struct conn *c, uint64_t now_us)
{
	c->busy = false;
	if (l->rate <= 0 && !l->hold && may_ask(l, now_us))
		ask(l, c, now_us);
	else
		l->idle[l->idle_count++] = c;
}

static void finish(struct load *l, struct conn *c, uint64_t now_us)
{
	bool good = c->status == 200 && (!l->stream || c->done == l->done.n);

	l->answered++;
	l->good += good;
	l->broken += !good && c->marks;
	if (measuring(l, now_us)) {
		l->measured++;
		add_sample(&l->latency, now_us > c->due_us ? now_us - c->due_us : 0);
	}
	if (c->close_after)
		redial(l, c);
	rest(l, c, now_us);
}

static void on_socket(struct load *l, struct conn *c)
{
	static char bytes[READ_SIZE];
	ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	uint64_t now_us = clock_us();
	enum progress p = BROKEN;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0 && c->busy) {
		if (c->first && measuring(l, now_us))
			add_sample(&l->first_byte, now_us > c->due_us ? now_us - c->due_us : 0);
		c->first = false;
		p = take(l, c, (cdt_str){ bytes, (size_t)n });
	}
	if (p == WHOLE)
		finish(l, c, now_us);
	if (p != BROKEN)
		return;
	redial(l, c);
	if (c->busy) {
		l->failed++;
		l->broken += c->marks > 0;
		rest(l, c, now_us);
	}
}

/* --- the loop --- */

/* Open loop: asks what is due.  Returns when the next one is. */
static uint64_t ask_due(struct load *l, uint64_t now_us)
{
	for (;;) {
		uint64_t due_us = l->begin_us + (uint64_t)((double)l->issued * 1e6 / l->rate);

		if (due_us > now_us || !may_ask(l, now_us))
			return due_us;
		if (!l->idle_count) {                  /* stays due */
			l->late++;
			return now_us + TURN_US;
		}
		ask(l, l->idle[--l->idle_count], due_us);
	}
}

static void turn(struct load *l, uint64_t until_us)
{
	static struct epoll_event events[EVENTS];
	uint64_t now_us = clock_us(), wait_us = until_us > now_us ? until_us - now_us : 0;
	struct timespec wait = { 0, (long)(wait_us < TURN_US ? wait_us : TURN_US) * 1000 };
	int n = epoll_pwait2(l->epoll, events, EVENTS, &wait, NULL);

	for (int i = 0; i < n; i++)
		on_socket(l, events[i].data.ptr);
}

static void run(struct load *l)
{
	uint64_t now_us = clock_us();

	l->begin_us = now_us;
	l->measure_us = now_us + (uint64_t)(l->warm * 1e6);
	l->end_us = l->measure_us + (uint64_t)(l->seconds * 1e6);
	if (l->rate <= 0)
		while (l->idle_count && may_ask(l, now_us))
			ask(l, l->idle[--l->idle_count], now_us);
	for (; now_us < l->end_us + DRAIN_US; now_us = clock_us()) {
		uint64_t until_us = l->rate > 0 ? ask_due(l, now_us) : now_us + TURN_US;

		if (told_to_end && now_us < l->end_us)
			l->end_us = now_us;
		if (!may_ask(l, now_us) && l->idle_count == l->conn_count)
			return;
		if (l->hold && l->opened == l->conn_count)
			return;
		turn(l, until_us);
	}
	l->failed += l->conn_count - l->idle_count;        /* never answered */
}

static void open_conns(struct load *l)
{
	l->epoll = epoll_create1(0);
	l->conns = mem_new_array(l->conn_count, sizeof *l->conns);
	l->idle = mem_new_array(l->conn_count, sizeof(struct conn *));
	for (size_t i = 0; i < l->conn_count; i++) {
		buf_init(&l->conns[i].head, HEAD_MAX);
		if (!dial(l, &l->conns[i]))
			exit(1);
		l->idle[l->idle_count++] = &l->conns[i];
	}
}

static void close_conns(struct load *l)
{
	for (size_t i = 0; i < l->conn_count; i++) {
		close(l->conns[i].fd);
		buf_fini(&l->conns[i].head);
	}
	close(l->epoll);
	mem_free(l->conns);
	mem_free(l->idle);
}

static void wait_for_end(void)
{
	char c;

	printf("open\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static bool read_options(struct load *l, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "p:c:t:n:r:w:m:b:f:P:H:e:si")) != -1) {
		switch (o) {
		case 'p': l->port = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'c': l->conn_count = strtoul(optarg, NULL, 10); break;
		case 't': l->seconds = strtod(optarg, NULL); break;
		case 'n': l->max_requests = strtoul(optarg, NULL, 10); break;
		case 'r': l->rate = strtod(optarg, NULL); break;
		case 'w': l->warm = strtod(optarg, NULL); break;
		case 'm': l->model = optarg; break;
		case 'b': l->prompt_bytes = strtoul(optarg, NULL, 10); break;
		case 'f': l->file = optarg; break;
		case 'P': l->path = optarg; break;
		case 'e': l->done = str_z(optarg); break;
		case 'H': buf_print(&l->headers, "%s\r\n", optarg); break;
		case 's': l->stream = true; break;
		case 'i': l->hold = l->stream = true; break;
		default: return false;
		}
	}
	return l->port && l->conn_count && l->conn_count <= CONNS_MAX &&
	       l->prompt_bytes <= PROMPT_MAX && optind == argc;
}

static void on_term(int number)
{
	(void)number;
	told_to_end = 1;
}

int main(int argc, char **argv)
{
	struct load l = { .conn_count = 16, .seconds = 3, .model = "mock", .prompt_bytes = 2000,
	                  .path = "/v1/chat/completions", .done = CDT_STR("[DONE]") };

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_term);
	mem_tune();
	buf_init(&l.headers, HEAD_MAX);
	if (!read_options(&l, argc, argv)) {
		fprintf(stderr, "load: see the head of tests/bench/load.c\n");
		return 2;
	}
	make_request(&l);
	open_conns(&l);
	run(&l);
	if (l.hold)
		wait_for_end();
	report(&l, clock_us());
	close_conns(&l);
	buf_fini(&l.headers);
	buf_fini(&l.request);
	mem_free(l.latency.us);
	mem_free(l.first_byte.us);
	mem_free(l.event.us);
	return l.failed || l.good != l.answered ? 3 : 0;
}
