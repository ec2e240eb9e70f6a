/* unit/http/front.c - the front on a worker of its own, with a handler that does by path
 * what the tests need, and a blocking client.
 * SPDX-License-Identifier: MIT */
#include "unit/http/front.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"

enum { PATIENCE_MS = 3000, FLOOD_PIECE = 8192 };

static void on_gone(void *arg)
{
	struct front *f = arg;

	f->held = NULL;
	atomic_fetch_add(&f->gone, 1);
}

static void flood(struct front *f)
{
	static char piece[FLOOD_PIECE];
	const cdt_str v[] = { { piece, sizeof piece / 2 }, { piece, sizeof piece / 2 } };

	memset(piece, 'x', sizeof piece);
	while (f->flooded < f->flood) {
		f->flooded += sizeof piece;
		if (http_write(f->held, v, 2)) {
			atomic_fetch_add(&f->paused, 1);
			return;
		}
	}
	http_end(f->held);
	f->held = NULL;
}

static void on_drained(void *arg)
{
	struct front *f = arg;

	atomic_fetch_add(&f->drained, 1);
	flood(f);
}

static const struct http_watch watch = { on_gone, on_drained };

void front_watch(struct front *f)
{
	http_set_watch(f->held, &watch, f);
}

static void echo(struct front *f, struct http_request *r)
{
	struct buf head, body;
	cdt_str x = http_header(r, "x-test"), sent = http_body(r);

	(void)f;
	buf_init(&head, 1024);
	buf_init(&body, 16 << 20);
	(void)http_head_add(&head, "Content-Type", CDT_STR("text/plain"));
	buf_print(&body, "%.*s %.*s ?%.*s x=%.*s peer=%.*s body=%zu:", STR_ARG(http_method(r)),
	          STR_ARG(http_path(r)), STR_ARG(http_query(r)), STR_ARG(x),
	          STR_ARG(http_peer(r)), sent.n);
	buf_add(&body, sent);
	http_reply(r, 200, buf_str(&head), buf_str(&body));
	buf_fini(&head);
	buf_fini(&body);
}

static void hold(struct front *f, struct http_request *r)
{
	f->held = r;
	front_watch(f);
}

static void forget(struct front *f, struct http_request *r)
{
	f->held = r;
}

static void later(void *arg)
{
	http_reply(arg, 200, CDT_STR(""), CDT_STR("later"));
}

static void put_off(struct front *f, struct http_request *r)
{
	worker_post(f->worker, later, r);
}

static void stream(struct front *f, struct http_request *r)
{
	const cdt_str one[] = { CDT_STR("data: "), CDT_STR("one"), CDT_STR("\n\n") };
	const cdt_str two = CDT_STR("data: a longer second one\n\n"), none = CDT_STR("");

	(void)f;
	http_begin(r, 200, CDT_STR("Content-Type: text/event-stream\r\n"));
	(void)http_write(r, one, 3);
	(void)http_write(r, &none, 1);
	(void)http_write(r, &two, 1);
	http_end(r);
}

static void stream_at_once(struct front *f, struct http_request *r)
{
	(void)f;
	http_stream(r, 200, CDT_STR("Content-Type: text/event-stream\r\n"),
	            CDT_STR("data: one\n\n"));
}

static void start_flood(struct front *f, struct http_request *r)
{
	hold(f, r);
	http_begin(r, 200, CDT_STR(""));
	f->flooded = 0;
	flood(f);
}

static void big(struct front *f, struct http_request *r)
{
	char *body = mem_new(f->flood);

	memset(body, 'b', f->flood);
	http_reply(r, 200, CDT_STR(""), (cdt_str){ body, f->flood });
	mem_free(body);
}

static void cut(struct front *f, struct http_request *r)
{
	const cdt_str part = CDT_STR("part");

	(void)f;
	http_begin(r, 200, CDT_STR(""));
	(void)http_write(r, &part, 1);
	http_cut(r);
}

/* The kernel has our bytes when http_write returns: they arrive although this thread does
 * nothing more for them. */
static void peek(struct front *f, struct http_request *r)
{
	const cdt_str now = CDT_STR("now");
	struct pollfd p = { .fd = atomic_load(&f->client_fd), .events = POLLIN };

	http_begin(r, 200, CDT_STR(""));
	(void)http_write(r, &now, 1);
	atomic_store(&f->seen_at_once, poll(&p, 1, 1000) == 1);
	atomic_fetch_add(&f->peeked, 1);
	http_end(r);
}

static void begin(struct front *f, struct http_request *r)
{
	hold(f, r);
	http_begin(r, 200, CDT_STR("X-Early: yes\r\n"));
}

static void empty(struct front *f, struct http_request *r)
{
	(void)f;
	http_reply(r, 204, CDT_STR(""), CDT_STR(""));
}

static const struct { const char *path; void (*serve)(struct front *, struct http_request *); }
paths[] = {
	{ "/begin", begin }, { "/big", big }, { "/cut", cut }, { "/empty", empty },
	{ "/flood", start_flood }, { "/forget", forget }, { "/hold", hold },
	{ "/later", put_off }, { "/peek", peek }, { "/ready", stream_at_once },
	{ "/stream", stream }, { NULL, echo },
};

static void on_request(void *arg, struct http_request *r)
{
	struct front *f = arg;
	size_t i = 0;

	atomic_fetch_add(&f->requests, 1);
	while (paths[i].path && !str_is(http_path(r), paths[i].path))
		i++;
	paths[i].serve(f, r);
}

static void on_refusal(void *arg, cdt_str path, const struct problem *p, struct buf *out)
{
	struct front *f = arg;

	atomic_fetch_add(&f->refused, 1);
	buf_print(out, "{\"path\":\"%.*s\",\"why\":\"%.*s\",\"status\":%u,\"cause\":\"%s\"}",
	          STR_ARG(path), STR_ARG(p->error.message), (unsigned)p->status,
	          problem_name(p->cause));
}

static const struct http_server_ops ops = { on_request, on_refusal };

void front_init(struct front *f)
{
	memset(f, 0, sizeof *f);
	http_limits_default(&f->limits);
	f->address = "127.0.0.1";
}

void front_start(struct front *f)
{
	char why[128];
	int fd = http_listen(f->address, 0, why);

	signal(SIGPIPE, SIG_IGN);
	f->worker = worker_new(0);
	if (fd < 0 || !f->worker) {
		fprintf(stderr, "front: %s\n", why);
		exit(1);
	}
	f->port = http_port_of(fd);
	f->server = http_server_new(f->worker, fd, f->tls, &f->limits, &ops, f);
	if (worker_start(f->worker) != CDT_OK)
		exit(1);
}

void front_stop(struct front *f)
{
	worker_stop(f->worker);
	worker_join(f->worker);
	http_server_free(f->server);
	worker_free(f->worker);
	http_tls_give(f->tls);
}

struct call { void (*run)(void *arg); void *arg; atomic_uint ran; };

static void run_call(void *arg)
{
	struct call *c = arg;

	c->run(c->arg);
	atomic_store(&c->ran, 1);
}

void front_run(struct front *f, void (*run)(void *arg), void *arg)
{
	struct call c = { .run = run, .arg = arg };

	worker_post(f->worker, run_call, &c);
	while (!atomic_load(&c.ran))
		usleep(200);
}

static void count(void *arg)
{
	struct front *f = arg;

	f->counted = http_server_connections(f->server);
}

size_t front_connections(struct front *f)
{
	front_run(f, count, f);
	return f->counted;
}

static void release(void *arg)
{
	struct front *f = arg;

	if (f->held)
		http_reply(f->held, 200, CDT_STR(""), CDT_STR("released"));
	f->held = NULL;
}

void front_release(struct front *f)
{
	front_run(f, release, f);
}

bool front_until(atomic_uint *n, unsigned want)
{
	uint64_t end = clock_ms() + PATIENCE_MS;

	while (atomic_load(n) < want && clock_ms() < end)
		usleep(500);
	return atomic_load(n) >= want;
}

void front_connect_with(const struct front *f, int fd)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port),
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	bool local = !strncmp(f->address, "unix:", 5);
	const struct sockaddr *to = local ? (void *)&un : (void *)&in;

	if (local)
		memcpy(un.sun_path, f->address + 5, strlen(f->address + 5));
	if (fd < 0 || connect(fd, to, local ? sizeof un : sizeof in)) {
		perror("connect");
		exit(1);
	}
}

int front_connect(const struct front *f)
{
	bool local = !strncmp(f->address, "unix:", 5);
	int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	front_connect_with(f, fd);
	return fd;
}

bool say_bytes(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

bool say(int fd, const char *text)
{
	return say_bytes(fd, text, strlen(text));
}

void heard_fini(struct heard *h)
{
	mem_free(h->text);
	*h = (struct heard){ .text = NULL };
}

bool hear(int fd, struct heard *h, const char *until)
{
	uint64_t end = clock_ms() + PATIENCE_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (!h->text)
		h->text = mem_new(HEARD_MAX + 1);
	while (!until || !memmem(h->text, h->n, until, strlen(until))) {
		uint64_t now = clock_ms();
		ssize_t n;

		if (now >= end || poll(&p, 1, (int)(end - now)) != 1)
			return false;
		n = recv(fd, h->text + h->n, HEARD_MAX - h->n, 0);
		h->ended = n <= 0;
		if (h->ended)
			return !until;
		h->n += (size_t)n;
	}
	return true;
}

bool hear_end(int fd, struct heard *h)
{
	return hear(fd, h, NULL);
}

unsigned times(const struct heard *h, const char *text)
{
	unsigned n = 0;

	for (const char *p = h->text; p && (p = strstr(p, text)); p += strlen(text))
		n++;
	return n;
}

bool ask(const struct front *f, const char *text, struct heard *h)
{
	int fd = front_connect(f);
	bool all = say(fd, text) && hear_end(fd, h);

	close(fd);
	return all;
}
