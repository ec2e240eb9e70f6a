/* plugin/host_ticket.c - cdt_ticket: finished once, from any thread, answered on the worker
 * that asked.  Ticket memory is reused but not given back while the instance lives, and each
 * use has another address, so that a second or late done is told from a first one.
 * SPDX-License-Identifier: MIT */
#include "plugin/host_ticket.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "plugin/enter.h"

enum { HANDLES = 16, QUARANTINE = 64 };

/* What the plugin holds: which ticket, and which of its uses. */
struct handle {
	struct cdt_ticket abi;                 /* first */
	struct ticket *ticket;
};

enum state { FREE, OPEN, FORGOTTEN, FINISHED };

struct ticket {
	struct handle handle[HANDLES];
	struct tickets *pool;
	struct ticket *older;
	struct list link;                      /* in pool->spare while FREE */
	unsigned use;                          /* handle[use % HANDLES] is the valid one */
	enum state state;
	ticket_fn *fn;
	void *arg;
	struct buf value;
	cdt_status status;
	uint64_t lasts_ms;
};

struct tickets {
	struct list parked;                    /* in tickets_park's list, when closed */
	const struct instance *instance;
	struct worker *worker;
	pthread_t asker;                       /* of asked */
	pthread_mutex_t lock;                  /* guards all below and the tickets */
	struct ticket *asked;                  /* its plugin is being called */
	struct ticket *newest;
	struct list spare;                     /* oldest first: reused as late as can be */
	size_t count, spare_count, flying;
	bool closed;
};

static void spare(struct ticket *t)
{
	buf_fini(&t->value);
	t->state = FREE;
	t->fn = NULL;
	list_push(&t->pool->spare, &t->link);
	t->pool->spare_count++;
}

/* The ticket when h is its valid handle and the promise is still open. */
static bool is_owed(const struct handle *h)
{
	const struct ticket *t = h->ticket;

	return h == &t->handle[t->use % HANDLES] && (t->state == OPEN || t->state == FORGOTTEN);
}

static struct handle *handle_of(const struct cdt_ticket *abi)
{
	return (struct handle *)(uintptr_t)abi;        /* abi is its first member */
}

static void on_answer(void *arg)
{
	struct ticket *t = arg;
	struct tickets *p = t->pool;
	ticket_fn *fn;

	pthread_mutex_lock(&p->lock);
	p->flying--;
	fn = p->closed ? NULL : t->fn;
	pthread_mutex_unlock(&p->lock);
	/* FINISHED: nobody but this thread touches it now. */
	if (fn)
		fn(t->arg, t->status, buf_str(&t->value), t->lasts_ms);
	pthread_mutex_lock(&p->lock);
	spare(t);
	pthread_mutex_unlock(&p->lock);
}

static void finish(struct ticket *t, cdt_status st, cdt_str value)
{
	struct tickets *p = t->pool;

	if (t->state == FORGOTTEN || p->closed) {
		spare(t);
		return;
	}
	if (st == CDT_OK)
		buf_add(&t->value, value);
	t->status = t->value.status == CDT_OK ? st : t->value.status;
	t->state = FINISHED;
	p->flying++;
	worker_post(p->worker, on_answer, t);
}

/* With the lock held: from inside the call that it was made for. */
static bool is_asked(const struct ticket *t)
{
	return t->pool->asked == t && pthread_equal(t->pool->asker, pthread_self());
}

/* The value is handed over where it lies. */
static void answer_at_once(struct ticket *t, cdt_status st, cdt_str value)
{
	struct tickets *p = t->pool;

	t->state = FINISHED;
	p->asked = NULL;
	pthread_mutex_unlock(&p->lock);
	t->fn(t->arg, st, st == CDT_OK ? value : CDT_STR(""), t->lasts_ms);
	pthread_mutex_lock(&p->lock);
	spare(t);
}

static void ticket_done(struct cdt_ticket *abi, cdt_status st, cdt_str value)
{
	struct handle *h = handle_of(abi);
	struct tickets *p = h->ticket->pool;
	bool owed;

	pthread_mutex_lock(&p->lock);
	owed = is_owed(h);
	if (owed && is_asked(h->ticket))
		answer_at_once(h->ticket, st > CDT_OK ? CDT_E_MISUSE : st, value);
	else if (owed)
		finish(h->ticket, st > CDT_OK ? CDT_E_MISUSE : st, value);
	pthread_mutex_unlock(&p->lock);
	if (!owed)
		enter_misuse(p->instance, NULL, "a ticket was finished twice");
}

static void ticket_lasts(struct cdt_ticket *abi, uint64_t ms)
{
	struct handle *h = handle_of(abi);
	struct tickets *p = h->ticket->pool;

	pthread_mutex_lock(&p->lock);
	if (is_owed(h))
		h->ticket->lasts_ms = ms;
	pthread_mutex_unlock(&p->lock);
}

static int ticket_cancelled(const struct cdt_ticket *abi)
{
	const struct handle *h = handle_of(abi);
	struct tickets *p = h->ticket->pool;
	bool waits;

	pthread_mutex_lock(&p->lock);
	waits = !p->closed && is_owed(h) && h->ticket->state == OPEN;
	pthread_mutex_unlock(&p->lock);
	return !waits;
}

static const struct cdt_ticket_api api = {
	.size = sizeof api,
	.done = ticket_done, .lasts = ticket_lasts, .cancelled = ticket_cancelled,
};

struct tickets *tickets_new(const struct instance *i, struct worker *w)
{
	struct tickets *p = mem_new(sizeof *p);

	p->instance = i;
	p->worker = w;
	pthread_mutex_init(&p->lock, NULL);
	list_init(&p->spare);
	return p;
}

void tickets_close(struct tickets *p)
{
	pthread_mutex_lock(&p->lock);
	p->closed = true;
	pthread_mutex_unlock(&p->lock);
}

static bool is_idle(struct tickets *p)
{
	bool idle;

	pthread_mutex_lock(&p->lock);
	idle = p->flying == 0;
	pthread_mutex_unlock(&p->lock);
	return idle;
}

static void pool_free(struct tickets *p)
{
	for (struct ticket *t = p->newest, *older; t; t = older) {
		older = t->older;
		buf_fini(&t->value);
		mem_free(t);
	}
	pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

void tickets_park(struct tickets *p, struct list *where)
{
	list_push(where, &p->parked);
}

void tickets_sweep(struct list *from, struct list *graves)
{
	LIST_EACH(link, from) {
		list_remove(link);
		list_push(graves, link);
	}
	LIST_EACH(link, graves) {
		struct tickets *p = LIST_OF(link, struct tickets, parked);

		if (!is_idle(p))
			continue;
		list_remove(link);
		pool_free(p);
	}
}

void tickets_free_all(struct list *graves)
{
	LIST_EACH(link, graves) {
		list_remove(link);
		pool_free(LIST_OF(link, struct tickets, parked));
	}
}

/* With the lock held.  NULL: as many as there may be are out. */
static struct ticket *pick(struct tickets *p)
{
	struct ticket *t;

	if (p->spare_count > QUARANTINE || (p->count == TICKETS_MAX && p->spare_count)) {
		t = LIST_OF(p->spare.next, struct ticket, link);
		list_remove(&t->link);
		p->spare_count--;
		t->use++;
		return t;
	}
	if (p->count == TICKETS_MAX)
		return NULL;
	t = mem_new(sizeof *t);
	t->pool = p;
	t->older = p->newest;
	for (size_t i = 0; i < HANDLES; i++)
		t->handle[i] = (struct handle){ { &api }, t };
	p->newest = t;
	p->count++;
	return t;
}

struct ticket *ticket_take(struct tickets *p, ticket_fn *fn, void *arg)
{
	struct ticket *t;

	pthread_mutex_lock(&p->lock);
	t = pick(p);
	if (t) {
		t->state = OPEN;
		t->fn = fn;
		t->arg = arg;
		t->lasts_ms = UINT64_MAX;
		buf_init(&t->value, TICKET_VALUE_MAX_BYTES);
	}
	pthread_mutex_unlock(&p->lock);
	return t;
}

struct cdt_ticket *ticket_abi(struct ticket *t)
{
	return &t->handle[t->use % HANDLES].abi;
}

void ticket_forget(struct ticket *t)
{
	struct tickets *p = t->pool;

	pthread_mutex_lock(&p->lock);
	t->fn = NULL;
	if (t->state == OPEN)
		t->state = FORGOTTEN;
	pthread_mutex_unlock(&p->lock);
}

void ticket_ask(struct ticket *t)
{
	struct tickets *p = t->pool;

	pthread_mutex_lock(&p->lock);
	p->asked = t;
	p->asker = pthread_self();
	pthread_mutex_unlock(&p->lock);
}

bool ticket_asked(struct tickets *p)
{
	bool open;

	pthread_mutex_lock(&p->lock);
	open = p->asked != NULL;
	p->asked = NULL;
	pthread_mutex_unlock(&p->lock);
	return open;
}
