/* fetch/dial.c - couples a curl multi to a worker's loop, and has curl connect and no more
 * (CURLOPT_CONNECT_ONLY): what is spoken on a connection is not curl's business, which costs
 * several times what it saves (performance.md 3).
 *
 * curl closes what it opened; we keep a second descriptor of the same connection.
 * SPDX-License-Identifier: MIT */
#include "fetch/dial.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/guard.h"

struct dialer {
	CURLM *curl;
	struct worker *worker;
	struct event *kick;            /* lets curl go on with what needs no socket */
	struct timer timer;            /* curl's next timeout */
	char *proxy;
	char *socket_path;
	bool private_ok;
	struct list dials;
};

struct dial {
	struct list link;
	struct dialer *dialer;
	CURL *easy;
	struct dial_order order;
	struct list watched;           /* sockets: of addresses being tried, of the resolver */
	bool blocked;                  /* an address was refused by the guard */
	bool failed;                   /* curl did not even begin */
};

struct watched {
	struct list link;
	struct dialer *dialer;
	int fd;
	short what;
	struct event *event;
};

/* What is not here has a default that fits. */
static const struct { CURLoption option; long value; } fixed[] = {
	{ CURLOPT_CONNECT_ONLY, 1 },
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_QUICK_EXIT, 1 },             /* or a cancelled look-up blocks the loop */
	{ CURLOPT_FRESH_CONNECT, 1 },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_BUFFERSIZE, 1024 },          /* only a proxy's answer goes there */
	{ CURLOPT_TCP_NODELAY, 1 },
	{ CURLOPT_TCP_KEEPALIVE, 1 },          /* a stream may think for minutes behind a NAT */
	{ CURLOPT_TCP_KEEPIDLE, 60 },
	{ CURLOPT_TCP_KEEPINTVL, 15 },
	{ CURLOPT_DNS_CACHE_TIMEOUT, 60 },
	{ CURLOPT_HTTPPROXYTUNNEL, 1 },        /* used when there is a proxy */
};

/* What is not listed: no connection. */
static const struct { CURLcode code; enum fetch_end end; } ends[] = {
	{ CURLE_OK, FETCH_OK },
	{ CURLE_OPERATION_TIMEDOUT, FETCH_LATE_CONNECT },
	{ CURLE_UNSUPPORTED_PROTOCOL, FETCH_BLOCKED },
	{ CURLE_URL_MALFORMAT, FETCH_BLOCKED },
};

static enum fetch_end end_of(const struct dial *c, CURLcode code)
{
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends[i].code == code)
			return ends[i].end;
	return c->blocked ? FETCH_BLOCKED : FETCH_NO_CONNECTION;
}

/* --- sockets --- */

static void unwatch(struct watched *s)
{
	list_remove(&s->link);
	if (s->event)
		event_free(s->event);
	mem_free(s);
}

/* Out of the loop before curl closes them: another thread may get their numbers. */
static void unwatch_all(struct dial *c)
{
	LIST_EACH(it, &c->watched)
		unwatch(LIST_OF(it, struct watched, link));
}

static void let_go_on(struct dialer *d, curl_socket_t fd, int bits);

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct watched *s = arg;

	let_go_on(s->dialer, fd, ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
	                         ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0));
}

static struct watched *watched_of(struct dial *c, int fd)
{
	struct watched *s;

	LIST_EACH(it, &c->watched)
		if (LIST_OF(it, struct watched, link)->fd == fd)
			return LIST_OF(it, struct watched, link);
	s = mem_new(sizeof *s);
	s->dialer = c->dialer;
	s->fd = fd;
	list_push(&c->watched, &s->link);
	return s;
}

static int on_interest(CURL *easy, curl_socket_t fd, int bits, void *arg, void *unused)
{
	short what = (short)(EV_PERSIST | ((bits & CURL_POLL_IN) ? EV_READ : 0) |
	                     ((bits & CURL_POLL_OUT) ? EV_WRITE : 0));
	struct dialer *d = arg;
	struct dial *c = NULL;
	struct watched *s;

	(void)unused;
	if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c) || !c)
		return 0;
	s = watched_of(c, fd);
	if (bits == CURL_POLL_REMOVE) {
		unwatch(s);
		return 0;
	}
	if (s->event && s->what == what)
		return 0;
	if (s->event)
		event_free(s->event);
	s->what = what;
	s->event = event_new(worker_base(d->worker), fd, what, on_socket, s);
	if (!s->event || event_add(s->event, NULL))
		abort();                       /* no memory, or epoll lost a socket */
	return 0;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct dial *c = arg;

	(void)purpose;
	if (to->family != AF_UNIX && !guard_allows(&to->addr, c->dialer->private_ok)) {
		c->blocked = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->protocol);
}

/* As ours: what follows descriptors, as sanitizers do, sees the end of those it saw begin. */
static int on_close(void *unused, curl_socket_t fd)
{
	(void)unused;
	return close(fd);
}

/* --- dials --- */

static void dial_free(struct dial *c)
{
	unwatch_all(c);
	list_remove(&c->link);
	if (c->easy) {
		(void)curl_multi_remove_handle(c->dialer->curl, c->easy);
		curl_easy_cleanup(c->easy);
	}
	mem_free(c);
}

static void finish(struct dial *c, CURLcode code)
{
	struct dial_order order = c->order;
	enum fetch_end how = end_of(c, code);
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (how == FETCH_OK && (curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd) ||
	                        (fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0))
		how = FETCH_NO_CONNECTION;
	if (how != FETCH_OK)
		log_debug(LOG_FETCH, NULL, "no connection url=%s curl=\"%s\"", order.url,
		          curl_easy_strerror(code));
	dial_free(c);
	order.connected(order.arg, how == FETCH_OK ? fd : -1, how);
}

static void settle(struct dialer *d)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(d->curl, &left))) {
		struct dial *c = NULL;
		CURLcode code = msg->data.result;

		if (!curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c) && c)
			finish(c, code);
	}
	LIST_EACH(it, &d->dials)
		if (LIST_OF(it, struct dial, link)->failed) {
			finish(LIST_OF(it, struct dial, link), CURLE_FAILED_INIT);
			event_active(d->kick, EV_TIMEOUT, 0);  /* the list may have changed */
			break;
		}
}

static void let_go_on(struct dialer *d, curl_socket_t fd, int bits)
{
	int running;

	/* What goes wrong with a dial comes as its result, not as this one's. */
	(void)curl_multi_socket_action(d->curl, fd, bits, &running);
	settle(d);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	let_go_on(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_timer(void *arg)
{
	let_go_on(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout_wanted(CURLM *curl, long in_ms, void *arg)
{
	struct dialer *d = arg;

	(void)curl;
	if (in_ms < 0)
		timer_stop(&d->timer);
	else if (in_ms > 0)
		timer_set(&d->timer, clock_ms(), (uint64_t)in_ms);
	else
		event_active(d->kick, EV_TIMEOUT, 0);
	return 0;
}

static bool set_options(struct dial *c)
{
	CURL *easy = c->easy;
	const char *proxy = c->dialer->proxy;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (curl_easy_setopt(easy, fixed[i].option, fixed[i].value))
			return false;
	/* An empty proxy and "*" keep the environment out. */
	return !curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") &&
	       !curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "") &&
	       !curl_easy_setopt(easy, CURLOPT_NOPROXY, proxy ? "" : "*") &&
	       !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->order.connect_ms) &&
	       !curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, c->dialer->socket_path) &&
	       !curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
	       !curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c) &&
	       !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
	       !curl_easy_setopt(easy, CURLOPT_PRIVATE, c) &&
	       !curl_easy_setopt(easy, CURLOPT_URL, c->order.url);
}

struct dial *dial_start(struct dialer *d, const struct dial_order *order)
{
	struct dial *c = mem_new(sizeof *c);

	c->dialer = d;
	c->order = *order;
	list_init(&c->watched);
	list_push(&d->dials, &c->link);
	c->easy = curl_easy_init();
	c->failed = !c->easy || !set_options(c) || curl_multi_add_handle(d->curl, c->easy);
	event_active(d->kick, EV_TIMEOUT, 0);
	return c;
}

void dial_cancel(struct dial *c)
{
	if (c)
		dial_free(c);
}

struct dialer *dialer_new(struct worker *w, const struct fetch_limits *limits)
{
	struct dialer *d = mem_new(sizeof *d);

	d->worker = w;
	d->private_ok = !limits->public_only;
	if (limits->proxy && !limits->public_only)
		d->proxy = mem_text(limits->proxy, strlen(limits->proxy));
	if (limits->socket_path)
		d->socket_path = mem_text(limits->socket_path, strlen(limits->socket_path));
	list_init(&d->dials);
	timer_init(&d->timer, w, on_timer, d);
	d->curl = curl_multi_init();
	d->kick = event_new(worker_base(w), -1, 0, on_kick, d);
	if (d->curl && d->kick &&
	    !curl_multi_setopt(d->curl, CURLMOPT_SOCKETFUNCTION, on_interest) &&
	    !curl_multi_setopt(d->curl, CURLMOPT_SOCKETDATA, d) &&
	    !curl_multi_setopt(d->curl, CURLMOPT_TIMERFUNCTION, on_timeout_wanted) &&
	    !curl_multi_setopt(d->curl, CURLMOPT_TIMERDATA, d))
		return d;
	dialer_free(d);
	return NULL;
}

void dialer_free(struct dialer *d)
{
	if (!d)
		return;
	LIST_EACH(it, &d->dials)
		dial_free(LIST_OF(it, struct dial, link));
	if (d->curl)
		(void)curl_multi_cleanup(d->curl);     /* fails only on a wrong pointer */
	if (d->kick)
		event_free(d->kick);
	timer_fini(&d->timer);
	mem_free(d->proxy);
	mem_free(d->socket_path);
	mem_free(d);
}
