/* fetch/multi.c - couples a curl multi to a libevent loop: sockets and one timer.  Knows no
 * requests.
 *
 * A connection keeps its read event while it idles in curl's cache: that saves two system
 * calls a request, and tells of a peer that went away.
 * SPDX-License-Identifier: MIT */
#include "fetch/multi.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/mem.h"
#include "fetch/call.h"

enum { FIRST_ROOM = 64, DRAIN_READS = 16 };

struct watch { struct event *event; bool on; };
struct sock {
	struct multi *multi;
	int fd;
	bool ours;                     /* came from multi_open, so that multi_close will tell */
	bool idle;                     /* in curl's cache, between two transfers */
	struct watch reader, writer;
};

static struct sock *find(const struct multi *m, int fd)
{
	return (size_t)fd < m->room ? m->by_fd[fd] : NULL;
}

static void drop(struct multi *m, int fd)
{
	struct sock *s = find(m, fd);

	if (!s)
		return;
	if (s->reader.event)
		event_free(s->reader.event);
	if (s->writer.event)
		event_free(s->writer.event);
	m->by_fd[fd] = NULL;
	mem_free(s);
}

static struct sock *make(struct multi *m, int fd, bool ours)
{
	size_t room = m->room ? m->room : FIRST_ROOM;
	struct sock *s = mem_new(sizeof *s);

	drop(m, fd);
	while (room <= (size_t)fd)
		room *= 2;
	if (room > m->room) {
		m->by_fd = mem_resize(m->by_fd, room * sizeof *m->by_fd);
		for (size_t i = m->room; i < room; i++)
			m->by_fd[i] = NULL;
		m->room = room;
	}
	*s = (struct sock){ .multi = m, .fd = fd, .ours = ours };
	return m->by_fd[fd] = s;
}

static void act(struct multi *m, curl_socket_t fd, int bits)
{
	int running;

	m->inside++;
	/* What goes wrong with a transfer comes as its result, not as this one's. */
	(void)curl_multi_socket_action(m->curl, fd, bits, &running);
	m->inside--;
}

static void on_socket(evutil_socket_t fd, short what, void *arg);

static void set_watch(struct sock *s, struct watch *w, short what, bool on)
{
	if (w->on == on)
		return;
	if (!w->event)
		w->event = event_new(worker_base(s->multi->worker), s->fd,
		                     (short)(what | EV_PERSIST), on_socket, s);
	if (!w->event || (on ? event_add(w->event, NULL) : event_del(w->event)))
		abort();                       /* no memory, or epoll lost a socket */
	w->on = on;
}

/* The peer of an idle connection has closed it or speaks unasked.  What it says must not
 * become the answer to the next request, and curl 7.88 takes a reset for a sign of life:
 * empty and shut, the socket looks dead to curl, which closes it when it next looks. */
static void on_idle(struct sock *s)
{
	char sink[4096];

	for (int i = 0; s->multi->mute_idle && i < DRAIN_READS; i++)
		if (recv(s->fd, sink, sizeof sink, MSG_DONTWAIT) <= 0)
			break;
	if (s->multi->mute_idle)
		(void)shutdown(s->fd, SHUT_RDWR);      /* fails when it is shut: fine */
	set_watch(s, &s->reader, EV_READ, false);
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct sock *s = arg;
	struct multi *m = s->multi;

	if (s->idle) {
		on_idle(s);
		return;
	}
	act(m, fd, ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
	           ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0));
	m->after(m->arg);
}

static bool is_paused(CURL *easy)
{
	struct fetch_call *c = NULL;

	return !curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c) && c && c->paused;
}

static int on_interest(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct multi *m = arg;
	struct sock *s = find(m, fd);

	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (!s)
			return 0;
		if (!s->ours) {
			drop(m, fd);           /* the resolver's: it closes them unseen */
			return 0;
		}
		s->idle = !is_paused(easy);
		set_watch(s, &s->writer, EV_WRITE, false);
		if (!s->idle)
			set_watch(s, &s->reader, EV_READ, false);
		return 0;
	}
	if (!s)
		s = make(m, fd, false);
	s->idle = false;
	set_watch(s, &s->reader, EV_READ, what & CURL_POLL_IN);
	set_watch(s, &s->writer, EV_WRITE, what & CURL_POLL_OUT);
	return 0;
}

static int on_timeout_wanted(CURLM *curl, long in_ms, void *arg)
{
	struct multi *m = arg;

	(void)curl;
	m->again = in_ms == 0;
	if (in_ms < 0)
		timer_stop(&m->timer);
	else if (in_ms > 0)
		timer_set(&m->timer, clock_ms(), (uint64_t)in_ms);
	else if (!m->kicking)
		multi_kick(m);
	return 0;
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval now = { 0, 0 };
	struct multi *m = arg;

	(void)fd, (void)what;
	m->kicking = true;
	m->before(m->arg);
	m->again = false;
	act(m, CURL_SOCKET_TIMEOUT, 0);
	m->kicking = false;
	if (m->again && event_add(m->kick, &now))      /* after the sockets had their turn */
		abort();
	m->after(m->arg);
}

static void on_timer(void *arg)
{
	on_kick(-1, 0, arg);
}

cdt_status multi_init(struct multi *m, struct worker *w)
{
	*m = (struct multi){ .worker = w, .curl = curl_multi_init() };
	m->kick = event_new(worker_base(w), -1, 0, on_kick, m);
	timer_init(&m->timer, w, on_timer, m);
	if (m->curl && m->kick &&
	    !curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_interest) &&
	    !curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m) &&
	    !curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timeout_wanted) &&
	    !curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m))
		return CDT_OK;
	multi_fini(m);
	return CDT_E_NOMEM;
}

void multi_fini(struct multi *m)
{
	if (m->curl)
		(void)curl_multi_cleanup(m->curl);     /* fails only on a wrong pointer */
	for (size_t fd = 0; fd < m->room; fd++)
		drop(m, (int)fd);
	if (m->kick)
		event_free(m->kick);
	timer_fini(&m->timer);
	mem_free(m->by_fd);
	*m = (struct multi){ .curl = NULL };
}

void multi_kick(struct multi *m)
{
	event_active(m->kick, EV_TIMEOUT, 0);
}

curl_socket_t multi_open(struct multi *m, const struct curl_sockaddr *to)
{
	int fd = socket(to->family, to->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->protocol);

	if (fd < 0)
		return CURL_SOCKET_BAD;
	(void)make(m, fd, true);
	m->open++;
	return fd;
}

int multi_close(void *multi, curl_socket_t fd)
{
	struct multi *m = multi;

	drop(m, fd);
	m->open--;
	return close(fd);
}
