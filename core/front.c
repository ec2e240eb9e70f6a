/* front.c - puts one client worker together and takes it apart, each step on the right thread.
 * SPDX-License-Identifier: MIT */
#include "front.h"

#include <stdio.h>
#include <string.h>

#include "api/surfaces.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/worker.h"

struct front {
	const struct config *config;           /* of the start */
	struct worker *worker;
	struct fetch *fetch, *media_fetch;
	struct flow *flow;
	struct http_server **servers;
	size_t server_count;
	bool started;
};

struct front *front_new(const struct rooms *rooms, const struct config *config, uint32_t number,
                        char why[256])
{
	struct front *f = mem_new(sizeof *f);
	struct fetch_limits limits;
	struct flow_parts flow;

	f->config = config;
	fetch_limits_default(&limits);
	f->worker = worker_new(number);
	f->fetch = f->worker ? fetch_new(f->worker, &limits) : NULL;
	if (!f->fetch) {
		(void)snprintf(why, 256, "its event loop could not be made");
		front_free(f);
		return NULL;
	}
	limits.public_only = true;
	if (config->fetch_media)
		f->media_fetch = fetch_new(f->worker, &limits);
	flow = (struct flow_parts){
		.worker = f->worker, .fetch = f->fetch, .media_fetch = f->media_fetch,
		.keyring = rooms->keyring,
		.ledger = rooms->ledger, .store = rooms->store, .journal = rooms->journal,
		.metrics = rooms->metrics, .tape = rooms->tape, .throttle = rooms->throttle,
		.limiter = rooms->limiter, .answers = rooms->answers,
		.promised = rooms->promised, .remembered = rooms->remembered,
		.telemetry = rooms->telemetry,
	};
	f->flow = flow_new(&flow);
	return f;
}

static void limits_of(const struct config *c, struct http_limits *l)
{
	http_limits_default(l);
	l->body_bytes = (size_t)c->max_body;
	l->upload_bytes = (size_t)c->max_upload;
	l->upload_paths = surfaces_uploads;
	l->head_ms = c->header_timeout_ms;
	l->body_ms = c->body_timeout_ms;
	l->idle_ms = c->idle_timeout_ms;
	if (c->max_connections)
		l->connections = c->max_connections / c->workers + 1;
}

struct http_server *front_listen(const struct config_listen *l, struct worker *w,
                                 const struct http_limits *limits,
                                 const struct http_server_ops *ops, void *arg, char why[256])
{
	struct http_tls *tls = NULL;
	struct http_server *s = NULL;
	char short_why[128] = "";
	int fd;

	if (l->tls_cert) {
		tls = http_tls_new(l->tls_cert, l->tls_key, why);
		if (!tls)
			return NULL;
	}
	fd = http_listen(l->address, l->port, short_why);
	if (fd >= 0)
		s = http_server_new(w, fd, tls, limits, ops, arg);
	else
		(void)snprintf(why, 256, "%s port %u: %s", l->address, l->port, short_why);
	if (tls)
		http_tls_give(tls);                    /* the server has its own use of it */
	return s;
}

/* For requests that the admin API passes on.  Serving goes on without. */
static void listen_inside(struct front *f, const struct http_limits *limits,
                          const struct http_server_ops *ops)
{
	char address[512], why[256];
	struct config_listen l = { .address = address };
	struct http_server *s;

	(void)snprintf(address, sizeof address, "unix:%s/client.sock",
	               f->config->runtime_dir);
	s = front_listen(&l, f->worker, limits, ops, f->flow, why);
	if (s)
		f->servers[f->server_count++] = s;
	else
		log_warn(LOG_APP, NULL, "the web app's playground can not be used: %s", why);
}

bool front_start(struct front *f, char why[256])
{
	static const struct http_server_ops ops = { surfaces_request, surfaces_refusal };
	const struct config *c = f->config;
	struct http_limits limits;

	limits_of(c, &limits);
	f->servers = mem_new_array(c->listen_count + 2, sizeof *f->servers);
	for (size_t i = 0; i < c->listen_count; i++) {
		struct http_server *s;

		/* A unix socket can not be shared by SO_REUSEPORT: the first worker has it. */
		if (worker_number(f->worker) && !strncmp(c->listens[i].address, "unix:", 5))
			continue;
		s = front_listen(&c->listens[i], f->worker, &limits, &ops, f->flow, why);
		if (!s)
			return false;
		f->servers[f->server_count++] = s;
	}
	if (!worker_number(f->worker))
		listen_inside(f, &limits, &ops);
	f->started = worker_start(f->worker) == CDT_OK;
	if (!f->started)
		(void)snprintf(why, 256, "its thread could not be started");
	return f->started;
}

struct adoption {
	struct front *front;
	struct router *router;
	void (*gone)(void *arg);
	void *arg;
};

static void adopt_here(void *arg)
{
	struct adoption *a = arg;

	flow_adopt(a->front->flow, a->router, a->gone, a->arg);
	mem_free(a);
}

void front_adopt(struct front *f, struct router *r, void (*gone)(void *arg), void *arg)
{
	struct adoption *a = mem_new(sizeof *a);

	*a = (struct adoption){ f, r, gone, arg };
	if (f->started)
		worker_post(f->worker, adopt_here, a);
	else
		adopt_here(a);
}

static void drain_here(void *arg)
{
	struct front *f = arg;

	flow_set_draining(f->flow);
	for (size_t i = 0; i < f->server_count; i++)
		http_server_drain(f->servers[i]);
}

void front_drain(struct front *f)
{
	worker_post(f->worker, drain_here, f);
}

/* Upstream calls first, then the clients that waited for them. */
static void take_apart(void *arg)
{
	struct front *f = arg;

	flow_free(f->flow);
	f->flow = NULL;
	for (size_t i = 0; i < f->server_count; i++)
		http_server_free(f->servers[i]);
	f->server_count = 0;
	fetch_free(f->media_fetch);
	fetch_free(f->fetch);
	f->fetch = f->media_fetch = NULL;
}

void front_stop(struct front *f)
{
	if (!f->started)
		return;
	worker_post(f->worker, take_apart, f);
	worker_stop(f->worker);
	worker_join(f->worker);
	f->started = false;
}

void front_free(struct front *f)
{
	if (!f)
		return;
	take_apart(f);
	mem_free(f->servers);
	worker_free(f->worker);
	mem_free(f);
}

struct worker *front_worker(const struct front *f)
{
	return f->worker;
}

struct fetch *front_fetch(const struct front *f)
{
	return f->fetch;
}

size_t front_active(const struct front *f)
{
	return f->flow ? flow_active(f->flow) : 0;
}

size_t front_streams(const struct front *f)
{
	return f->flow ? flow_streams(f->flow) : 0;
}

size_t front_waiting(const struct front *f)
{
	return f->flow ? flow_waiting(f->flow) : 0;
}

size_t front_connections(const struct front *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->server_count; i++)
		n += http_server_connections(f->servers[i]);
	return n;
}
