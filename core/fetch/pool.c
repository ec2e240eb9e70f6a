/* fetch/pool.c - keeps connections for the next request to the same place.  A connection
 * keeps its read event while it idles: that saves two system calls a request, and tells of a
 * peer that went away.
 * SPDX-License-Identifier: MIT */
#include "fetch/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

/* Plugins may call any host: unused origins beyond these are forgotten. */
enum { ORIGINS_MAX = 256 };

/* --- origins --- */

static void origin_free(struct pool *p, struct origin *o)
{
	list_remove(&o->link);
	p->origin_count--;
	trust_forget(&o->session);
	mem_free(o->text_copy);
	mem_free(o->dial_url);
	mem_free(o->host);
	mem_free(o);
}

/* http://host:port, up to the path. */
static cdt_str origin_text(cdt_str url)
{
	size_t n = str_search(url, CDT_STR("://")) + 3;

	while (n < url.n && url.p[n] != '/' && url.p[n] != '?')
		n++;
	return str_from(url.p, n);
}

static struct origin *origin_new(struct pool *p, cdt_str text)
{
	struct origin *o = mem_new(sizeof *o);
	cdt_str authority, host, port, usual;
	bool bracketed;
	size_t n;

	o->tls = text.p[4] == 's' || text.p[4] == 'S';
	o->text_copy = mem_text(text.p, text.n);
	o->text = str_from(o->text_copy, text.n);
	authority = str_skip(o->text, str_search(text, CDT_STR("://")) + 3);
	bracketed = authority.p[0] == '[';
	n = str_find(authority, bracketed ? ']' : ':') + bracketed;
	host = str_from(authority.p, n);
	port = str_skip(authority, n + 1);
	usual = str_z(o->tls ? "443" : "80");
	o->name = !port.n || str_eq(port, usual) ? host : authority;
	o->host = mem_text(host.p + bracketed, host.n - 2 * (size_t)bracketed);
	port = port.n ? port : usual;
	n = sizeof "http://:" + host.n + port.n;
	o->dial_url = mem_new(n);
	(void)snprintf(o->dial_url, n, "http://%.*s:%.*s", STR_ARG(host), STR_ARG(port));
	list_init(&o->idle);
	list_push(&p->origins, &o->link);
	p->origin_count++;
	return o;
}

struct origin *origin_take(struct pool *p, cdt_str url)
{
	cdt_str text = origin_text(url);
	struct origin *o = NULL, *unused = NULL;

	LIST_EACH(it, &p->origins) {
		struct origin *here = LIST_OF(it, struct origin, link);

		if (str_eq(here->text, text)) {
			o = here;
			break;
		}
		if (!here->users && !unused)
			unused = here;
	}
	if (!o) {
		if (unused && p->origin_count >= ORIGINS_MAX)
			origin_free(p, unused);
		o = origin_new(p, text);
	}
	o->users++;
	return o;
}

void origin_give(struct origin *o)
{
	o->users--;
}

/* --- connections --- */

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct upconn *n = arg;

	(void)fd, (void)what;
	if (n->call)
		n->pool->readable(n->call);
	else                           /* its peer went away, or speaks unasked */
		upconn_close(n);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct upconn *n = arg;

	(void)fd, (void)what;
	n->pool->writable(n->call);
}

static void set_watch(struct upconn *n, struct event **event, bool *is_on, short what, bool on)
{
	if (*is_on == on)
		return;
	if (!*event)
		*event = event_new(worker_base(n->pool->worker), n->sock.fd,
		                   (short)(what | EV_PERSIST),
		                   what == EV_READ ? on_readable : on_writable, n);
	if (!*event || (on ? event_add(*event, NULL) : event_del(*event)))
		abort();               /* no memory, or epoll lost a socket */
	*is_on = on;
}

void upconn_read(struct upconn *n, bool on)
{
	set_watch(n, &n->reader, &n->reads, EV_READ, on);
	if (on && sock_has_more(&n->sock))
		event_active(n->reader, EV_READ, 0);
}

void upconn_write(struct upconn *n, bool on)
{
	set_watch(n, &n->writer, &n->writes, EV_WRITE, on);
}

struct upconn *upconn_new(struct pool *p, struct origin *o, int fd, struct fetch_call *c)
{
	struct upconn *n = mem_new(sizeof *n);

	n->pool = p;
	n->origin = o;
	n->sock.fd = fd;
	n->call = c;
	o->users++;
	p->open++;
	upconn_read(n, true);
	return n;
}

void upconn_close(struct upconn *n)
{
	if (n->by_age.next)
		n->pool->idle_count--;
	list_remove(&n->link);
	list_remove(&n->by_age);
	if (n->reader)
		event_free(n->reader);
	if (n->writer)
		event_free(n->writer);
	sock_fini(&n->sock);
	(void)close(n->sock.fd);
	n->pool->open--;
	origin_give(n->origin);
	mem_free(n);
}

static struct upconn *oldest(struct pool *p)
{
	return LIST_OF(p->idle.next, struct upconn, by_age);
}

static void on_timer(void *arg)
{
	struct pool *p = arg;
	uint64_t now_ms = clock_ms();

	while (!list_empty(&p->idle) && now_ms - oldest(p)->idle_ms >= p->age_ms)
		upconn_close(oldest(p));
	if (!list_empty(&p->idle))
		timer_set(&p->timer, now_ms, oldest(p)->idle_ms + p->age_ms - now_ms);
}

struct upconn *upconn_take(struct origin *o, struct fetch_call *c, uint64_t now_ms)
{
	struct upconn *n;

	if (list_empty(&o->idle))
		return NULL;
	n = LIST_OF(o->idle.prev, struct upconn, link);
	if (now_ms - n->idle_ms >= n->pool->age_ms)
		return NULL;           /* so are all others: the timer will come */
	list_remove(&n->link);
	list_remove(&n->by_age);
	n->pool->idle_count--;
	n->call = c;
	return n;
}

void upconn_give(struct upconn *n, uint64_t now_ms)
{
	struct pool *p = n->pool;

	n->call = NULL;
	n->idle_ms = now_ms;
	upconn_read(n, true);
	list_push(&n->origin->idle, &n->link);
	list_push(&p->idle, &n->by_age);
	if (p->idle_count++ == 0)
		timer_set(&p->timer, now_ms, p->age_ms);
	if (p->idle_count > p->idle_max)
		upconn_close(oldest(p));
}

void pool_init(struct pool *p, struct worker *w, const struct fetch_limits *limits)
{
	*p = (struct pool){ .worker = w, .idle_max = limits->connections,
	                    .age_ms = limits->connection_age_s * 1000 };
	list_init(&p->origins);
	list_init(&p->idle);
	timer_init(&p->timer, w, on_timer, p);
	trust_init(&p->trust, limits->ca_file);
}

void pool_fini(struct pool *p)
{
	while (!list_empty(&p->idle))
		upconn_close(oldest(p));
	LIST_EACH(it, &p->origins)
		origin_free(p, LIST_OF(it, struct origin, link));
	timer_fini(&p->timer);
	trust_fini(&p->trust);
}
