/* unit/plugins/fake_loop.c - a host with timers whose clock the test turns, and the answering
 * end of a provider that plays its own upstream.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static struct fake_loop *of_host(const struct cdt_host *h)
{
	return (struct fake_loop *)(uintptr_t)h;
}

static void host_log(const struct cdt_host *h, uint32_t level, const char *msg)
{
	(void)level;
	(void)snprintf(of_host(h)->said, sizeof of_host(h)->said, "%s", msg);
}

static uint64_t host_now(const struct cdt_host *h) { return of_host(h)->now_ms; }

static void *io_after(struct cdt_worker *w, uint32_t ms, void (*fire)(void *arg), void *arg)
{
	struct fake_loop *l = (struct fake_loop *)(void *)w;

	for (size_t i = 0; i < FAKE_TIMERS_MAX; i++)
		if (!l->timer[i].armed) {
			l->timer[i] = (struct fake_timer){ l->now_ms + ms, fire, arg, 1 };
			return &l->timer[i];
		}
	abort();
}

static void io_forget(void *timer)
{
	struct fake_timer *t = timer;

	if (!t->armed)
		abort();                           /* forgotten twice, or after it fired */
	t->armed = 0;
}

static const void *host_service(const struct cdt_host *h, const char *id)
{
	static const struct cdt_io io = {
		.size = sizeof io, .after = io_after, .forget = io_forget };

	return strcmp(id, CDT_SVC_IO) == 0 && !of_host(h)->without_io ? &io : NULL;
}

void fake_loop_init(struct fake_loop *l)
{
	*l = (struct fake_loop){ .host = { .size = sizeof l->host,
		.abi_major = CDT_ABI_MAJOR, .abi_minor = CDT_ABI_MINOR, .version = "test",
		.log = host_log, .now_ms = host_now, .service = host_service } };
}

struct cdt_worker *fake_loop_worker(struct fake_loop *l)
{
	return (struct cdt_worker *)(void *)l;
}

unsigned fake_loop_armed(const struct fake_loop *l)
{
	unsigned n = 0;

	for (size_t i = 0; i < FAKE_TIMERS_MAX; i++)
		n += l->timer[i].armed != 0;
	return n;
}

static struct fake_timer *next_due(struct fake_loop *l, uint64_t until_ms)
{
	struct fake_timer *due = NULL;

	for (size_t i = 0; i < FAKE_TIMERS_MAX; i++) {
		struct fake_timer *t = &l->timer[i];

		if (t->armed && t->at_ms <= until_ms && (!due || t->at_ms < due->at_ms))
			due = t;
	}
	return due;
}

unsigned fake_loop_run(struct fake_loop *l, uint64_t ms)
{
	uint64_t until_ms = l->now_ms + ms;
	struct fake_timer *t;
	unsigned fired = 0;

	while ((t = next_due(l, until_ms)) != NULL) {
		l->now_ms = t->at_ms;
		t->armed = 0;
		t->fire(t->arg);
		fired++;
	}
	l->now_ms = until_ms;
	return fired;
}

static struct fake_wire *of_wire(struct cdt_wire *w) { return (struct fake_wire *)(void *)w; }

static void wire_head(struct cdt_wire *abi, uint32_t status, const struct cdt_header *headers,
                      size_t count)
{
	struct fake_wire *w = of_wire(abi);

	w->status = status;
	w->heads++;
	for (size_t i = 0; i < count; i++)
		buf_print(&w->headers, "%.*s: %.*s\n", STR_ARG(headers[i].name),
		          STR_ARG(headers[i].value));
}

static void wire_body(struct cdt_wire *abi, cdt_str bytes)
{
	struct fake_wire *w = of_wire(abi);

	buf_add(&w->body, bytes);
	w->writes++;
	if (w->on_body)
		w->on_body(w, w->arg);
}

static void wire_end(struct cdt_wire *abi, cdt_status st)
{
	of_wire(abi)->ends++;
	of_wire(abi)->end = st;
}

void fake_wire_init(struct fake_wire *w)
{
	static const struct cdt_wire_api api = {
		.size = sizeof api, .head = wire_head, .body = wire_body, .end = wire_end };

	*w = (struct fake_wire){ .abi = { &api } };
	buf_init(&w->body, 16 << 20);
	buf_init(&w->headers, 4096);
}

void fake_wire_fini(struct fake_wire *w)
{
	buf_fini(&w->body);
	buf_fini(&w->headers);
}

void fake_plugin_open(struct fake_plugin *p, const struct cdt_feature *f, const char *config)
{
	fake_loop_init(&p->loop);
	fake_doc_init(&p->config, config);
	p->ops = f->ops;
	p->self = p->ops->open ? p->ops->open(&p->loop.host, p->config.val) : NULL;
}

void fake_plugin_close(struct fake_plugin *p)
{
	if (p->self && p->ops->close)
		p->ops->close(p->self);
	fake_doc_fini(&p->config);
}

void fake_try_init(struct fake_try *t, struct fake_plugin *p, const struct fake_ask *ask)
{
	struct cdt_request req = { .size = sizeof req, .op = ask->op, .flags = ask->flags,
		.model = str_z(ask->model), .base_url = str_z(ask->base_url),
		.secret = str_z(ask->secret), .dialect = str_z(ask->dialect) };

	t->plugin = p;
	fake_call_init(&t->call);
	fake_http_init(&t->http);
	fake_sink_init(&t->sink);
	fake_doc_init(&t->doc, ask->doc);
	req.doc = t->doc.val;
	t->built = p->ops->build(p->self, &t->call.abi, &req, &t->http.abi);
	fake_call_step(&t->call);
}

void fake_try_fini(struct fake_try *t)
{
	if (t->plugin->ops->done)
		t->plugin->ops->done(t->plugin->self, &t->call.abi);
	fake_call_fini(&t->call);
	fake_http_fini(&t->http);
	fake_sink_fini(&t->sink);
	fake_doc_fini(&t->doc);
}
