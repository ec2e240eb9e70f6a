/* unit/fetch/rig.c - see rig.h.
 * SPDX-License-Identifier: MIT */
#include "unit/fetch/rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "unit/unit.h"

enum { ALL_MAX = 8 << 20 };

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	*(bool *)arg = true;
}

static void open_with(struct rig *r, struct upstream *u, const char *scheme, const char *host,
                      const struct fetch_limits *limits)
{
	struct fetch_limits defaults;

	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(fetch_global_init(), CDT_OK);
	fetch_limits_default(&defaults);
	*r = (struct rig){ .upstream = u, .worker = worker_new(0) };
	r->fetch = fetch_new(r->worker, limits ? limits : &defaults);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->fetch);
	(void)snprintf(r->base, sizeof r->base, "%s://%s:%u", scheme, host, upstream_port(u));
}

void rig_open(struct rig *r, serve_fn *serve, const struct fetch_limits *limits)
{
	open_with(r, upstream_new(serve, NULL), "http", "127.0.0.1", limits);
}

void rig_open_tls(struct rig *r, serve_fn *serve, const char *dir, const char *name, bool trust)
{
	struct fetch_limits limits;
	char cert[512];

	(void)snprintf(cert, sizeof cert, "%s/%s.pem", dir, name);
	upstream_make_cert(cert, name);
	fetch_limits_default(&limits);
	limits.ca_file = trust ? cert : NULL;
	open_with(r, upstream_new(serve, cert), "https", "127.0.0.1", &limits);
}

void rig_close(struct rig *r)
{
	fetch_free(r->fetch);
	upstream_free(r->upstream);
	worker_free(r->worker);
}

bool rig_until(struct rig *r, const unsigned *flag, unsigned ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };
	bool late = false;
	struct event *tick = evtimer_new(worker_base(r->worker), on_tick, &late);

	evtimer_add(tick, &tv);
	while (!*flag && !late) {
		event_base_loop(worker_base(r->worker), EVLOOP_ONCE);
		r->turns++;
	}
	event_free(tick);
	return *flag > 0;
}

void rig_turn_for(struct rig *r, unsigned ms)
{
	static const unsigned never;

	(void)rig_until(r, &never, ms);
}

bool rig_until_left(struct rig *r)
{
	for (int n = 0; n < 1000 && upstream_open(r->upstream); n++)
		rig_turn_for(r, 5);
	return upstream_open(r->upstream) == 0;
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct probe *p = arg;
	size_t n = 0;

	p->called_in_start |= p->in_start;
	p->heads++;
	p->status = head->status;
	p->header_count = head->count;
	for (size_t i = 0; i < head->count && n < sizeof p->headers; i++)
		n += (size_t)snprintf(p->headers + n, sizeof p->headers - n, "%.*s=%.*s\n",
		                      STR_ARG(head->headers[i].name),
		                      STR_ARG(head->headers[i].value));
	if (p->cancel_at == AT_HEAD)
		fetch_cancel(p->call);
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct probe *p = arg;

	p->called_in_start |= p->in_start;
	p->bodies++;
	if (p->cancel_at == AT_BODY)
		fetch_cancel(p->call);
	if (p->victim)
		fetch_cancel(p->victim);
	p->victim = NULL;
	if (p->pauses) {
		p->pauses--;
		p->paused++;
		if (p->resume_inside)
			fetch_resume(p->call);
		return false;
	}
	if (p->bytes + bytes.n <= ALL_MAX) {
		p->all = p->all ? p->all : mem_resize(NULL, ALL_MAX);
		memcpy(p->all + p->bytes, bytes.p, bytes.n);
	}
	p->bytes += bytes.n;
	return true;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct probe *p = arg;
	size_t n = p->bytes < sizeof p->body - 1 ? p->bytes : sizeof p->body - 1;

	p->called_in_start |= p->in_start;
	p->ends++;
	p->end = how;
	if (p->all)
		memcpy(p->body, p->all, n);
	p->crc = crc32_of((cdt_str){ p->all, p->bytes });
	if (p->cancel_at == AT_END)
		fetch_cancel(p->call);
}

static const struct fetch_ops ops = { on_head, on_body, on_end };

void probe_init(struct probe *p, struct rig *r)
{
	memset(p, 0, sizeof *p);
	p->rig = r;
	p->timeouts = (struct fetch_timeouts){ 3000, 4000, 3000, 8000 };
	arena_init(&p->arena, 4096, 16 << 20);
	outreq_init(&p->req, &p->arena, 16 << 20);
	outreq_set_url(&p->req, str_z(r->base), CDT_STR("/v1/x"));
}

void probe_start(struct probe *p)
{
	outreq_seal(&p->req);
	p->in_start = true;
	p->call = fetch_start(p->rig->fetch, &p->req, &p->timeouts, &ops, p);
	p->in_start = false;
}

bool probe_wait(struct probe *p, unsigned ms)
{
	return rig_until(p->rig, &p->ends, ms);
}

void probe_run(struct probe *p)
{
	probe_start(p);
	CU_ASSERT_TRUE(probe_wait(p, 5000));
	CU_ASSERT_EQUAL(p->ends, 1);
	CU_ASSERT_FALSE(p->called_in_start);
}

void probe_fini(struct probe *p)
{
	mem_free(p->all);
	outreq_fini(&p->req);
	arena_fini(&p->arena);
}

void rig_ok(struct rig *r)
{
	struct probe *p = mem_new(sizeof *p);

	probe_init(p, r);
	buf_add_z(&p->req.body, "{}");
	probe_run(p);
	CU_ASSERT_EQUAL(p->end, FETCH_OK);
	CU_ASSERT_EQUAL(p->status, 200);
	probe_fini(p);
	mem_free(p);
}
