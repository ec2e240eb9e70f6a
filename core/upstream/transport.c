/* upstream/transport.c - the choice between network and in-process answers, and the wire that
 * a local provider writes to.  A wire keeps fetch's promises: nothing is called from inside
 * start, end comes once and last, paused bytes wait.
 * SPDX-License-Identifier: MIT */
#include "upstream/transport.h"

#include "base/clock.h"
#include "base/mem.h"
#include "loop/worker.h"

enum { LOCAL_HELD_MAX = 64 << 20 };

struct transport {
	struct fetch_call *fetch;              /* or, when NULL, all of the following */
	struct cdt_wire wire;
	const struct cdt_provider_local *local;
	struct worker *worker;
	const struct fetch_ops *ops;
	void *arg;
	void *handle;                          /* the plugin's, for stop and pause */
	struct timer turn;                     /* hands over what is held, outside of start */
	struct timer deadline;
	struct fetch_timeouts timeouts;
	struct arena arena;                    /* copied headers */
	struct cdt_http_head head;
	struct buf held;
	bool has_head, told_head, has_end, paused, inside, dead;
	cdt_status end_status;
};

static struct transport *of_wire(struct cdt_wire *w)
{
	return (struct transport *)(void *)((char *)w - offsetof(struct transport, wire));
}

static void local_free(struct transport *t)
{
	timer_fini(&t->turn);
	timer_fini(&t->deadline);
	buf_fini(&t->held);
	arena_fini(&t->arena);
	mem_free(t);
}

static void local_end(struct transport *t, enum fetch_end how)
{
	const struct fetch_ops *ops = t->ops;
	void *arg = t->arg;

	if (t->handle && !t->has_end)
		t->local->stop(t->handle);
	t->dead = true;
	ops->end(arg, how);
}

/* Hands over head, bytes and end, as far as the receiver takes them. */
static void deliver(struct transport *t)
{
	if (t->has_head && !t->told_head) {
		t->told_head = true;
		t->ops->head(t->arg, &t->head);
	}
	if (!t->dead && t->held.n) {
		t->paused = !t->ops->body(t->arg, buf_str(&t->held));
		if (!t->dead && !t->paused)
			buf_clear(&t->held);
	}
	if (!t->dead && t->local->pause && t->handle && !t->has_end)
		t->local->pause(t->handle, t->paused);
	if (!t->dead && t->has_end && !t->held.n)
		local_end(t, t->end_status == CDT_OK && t->has_head ? FETCH_OK
		             : t->has_head ? FETCH_CUT : FETCH_NO_ANSWER);
}

static void on_turn(void *arg)
{
	struct transport *t = arg;

	if (t->inside || t->paused)
		return;
	t->inside = true;
	deliver(t);
	t->inside = false;
	if (t->dead)
		local_free(t);
}

static void on_deadline(void *arg)
{
	struct transport *t = arg;

	if (t->paused) {                              /* the client is slow, not the provider */
		timer_set(&t->deadline, clock_ms(), t->timeouts.idle_ms);
		return;
	}
	t->inside = true;
	local_end(t, t->has_head ? FETCH_LATE_IDLE : FETCH_LATE_FIRST_BYTE);
	local_free(t);
}

static void soon(struct transport *t)
{
	if (!t->dead)
		timer_set(&t->turn, clock_ms(), 1);
}

static void wire_head(struct cdt_wire *w, uint32_t status, const struct cdt_header *headers,
                      size_t count)
{
	struct transport *t = of_wire(w);
	struct cdt_header *copy = arena_take(&t->arena, (count + 1) * sizeof *copy);

	if (t->has_head || t->dead || !copy)
		return;
	for (size_t i = 0; i < count; i++) {
		copy[i].name = arena_str(&t->arena, headers[i].name);
		copy[i].value = arena_str(&t->arena, headers[i].value);
	}
	t->head = (struct cdt_http_head){ sizeof t->head, status, copy, count };
	t->has_head = true;
	timer_set(&t->deadline, clock_ms(), t->timeouts.idle_ms);
	soon(t);
}

static void wire_body(struct cdt_wire *w, cdt_str bytes)
{
	struct transport *t = of_wire(w);

	if (t->dead)
		return;
	buf_add(&t->held, bytes);
	timer_set(&t->deadline, clock_ms(), t->timeouts.idle_ms);
	soon(t);
}

static void wire_end(struct cdt_wire *w, cdt_status st)
{
	struct transport *t = of_wire(w);

	t->has_end = true;
	t->end_status = t->held.status == CDT_OK ? st : t->held.status;
	soon(t);
}

static const struct cdt_wire_api wire_api = {
	.size = sizeof wire_api, .head = wire_head, .body = wire_body, .end = wire_end,
};

static struct transport *local_start(const struct transport_order *o,
                                     const struct cdt_provider_local *local,
                                     const struct fetch_ops *ops, void *arg)
{
	struct transport *t = mem_new(sizeof *t);

	t->wire.api = &wire_api;
	t->local = local;
	t->worker = o->worker;
	t->ops = ops;
	t->arg = arg;
	t->timeouts = *o->timeouts;
	arena_init(&t->arena, 512, 64 << 10);
	buf_init(&t->held, LOCAL_HELD_MAX);
	timer_init(&t->turn, o->worker, on_turn, t);
	timer_init(&t->deadline, o->worker, on_deadline, t);
	timer_set(&t->deadline, clock_ms(), t->timeouts.first_byte_ms);
	t->inside = true;
	t->handle = local->start(provider_self(o->self), (struct cdt_worker *)(void *)o->worker,
	                         buf_str(&o->request->body), &t->wire);
	t->inside = false;
	return t;
}

/* --- over the network: the same callbacks, with t gone before the last one --- */

static void net_head(void *arg, const struct cdt_http_head *head)
{
	struct transport *t = arg;

	t->ops->head(t->arg, head);
}

static bool net_body(void *arg, cdt_str bytes)
{
	struct transport *t = arg;

	return t->ops->body(t->arg, bytes);
}

static void net_end(void *arg, enum fetch_end how)
{
	struct transport *t = arg;
	const struct fetch_ops *ops = t->ops;
	void *owner = t->arg;

	mem_free(t);
	ops->end(owner, how);
}

struct transport *transport_start(const struct transport_order *o, const struct fetch_ops *ops,
                                  void *arg)
{
	static const struct fetch_ops net = { net_head, net_body, net_end };
	const struct cdt_provider_local *local = provider_local(instance_of(o->self));
	struct transport *t;

	if (local)
		return local_start(o, local, ops, arg);
	t = mem_new(sizeof *t);
	t->ops = ops;
	t->arg = arg;
	t->fetch = fetch_start(o->fetch, o->request, o->timeouts, &net, t);
	return t;
}

void transport_resume(struct transport *t)
{
	if (t->fetch) {
		fetch_resume(t->fetch);
		return;
	}
	t->paused = false;
	soon(t);
}

void transport_cancel(struct transport *t)
{
	if (!t)
		return;
	if (t->fetch) {
		fetch_cancel(t->fetch);
		mem_free(t);
		return;
	}
	t->dead = true;
	if (t->handle && !t->has_end)
		t->local->stop(t->handle);
	if (!t->inside)
		local_free(t);
}
