/* fetch/fetch.c - starts calls, ends them, and takes no callback of curl for a place to
 * change curl's world: what is asked for there is done right after.
 * SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/call.h"

/* Takes the call out of everything; the request is not looked at any more. */
static void leave(struct fetch_call *c)
{
	list_remove(&c->link);
	list_remove(&c->later);
	timer_stop(&c->timer);
	if (c->added)                          /* so this can not fail */
		(void)curl_multi_remove_handle(c->fetch->multi.curl, c->easy);
	c->added = false;
	c->phase = CALL_OVER;
}

static void drop(struct fetch_call *c)
{
	leave(c);
	pool_give(&c->fetch->pool, c);
}

static void finish(struct fetch_call *c, enum fetch_end how)
{
	leave(c);
	c->ops->end(c->arg, how);
	pool_give(&c->fetch->pool, c);
}

static void defer(struct fetch_call *c)
{
	list_remove(&c->later);
	list_push(&c->fetch->later, &c->later);
}

static void on_deadline(void *arg)
{
	struct fetch_call *c = arg;
	uint64_t now_ms = clock_ms();
	enum fetch_end late = call_late(c, now_ms);

	if (late == FETCH_OK)
		call_arm(c, now_ms);
	else
		finish(c, late);
}

/* multi.before */
static void add_waiting(void *arg)
{
	struct fetch *f = arg;

	while (!list_empty(&f->waiting)) {
		struct fetch_call *c = LIST_OF(f->waiting.next, struct fetch_call, link);

		list_remove(&c->link);
		list_push(&f->running, &c->link);
		c->added = c->verdict == FETCH_OK &&
		           curl_multi_add_handle(f->multi.curl, c->easy) == CURLM_OK;
		if (!c->added)
			defer(c);
	}
}

/* Sends it again, on a connection that is new. */
static void start_again(struct fetch_call *c)
{
	struct fetch *f = c->fetch;

	(void)curl_multi_remove_handle(f->multi.curl, c->easy);        /* it is in it */
	c->added = false;
	c->again = true;
	c->fresh = !curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 1L);
	c->phase = CALL_CONNECTING;
	c->connect_ms = clock_ms();
	call_arm(c, c->connect_ms);
	list_remove(&c->link);
	list_push(&f->waiting, &c->link);
	multi_kick(&f->multi);
}

static void settle_one(struct fetch_call *c, CURLcode code)
{
	if (c->cancelled) {
		drop(c);
	} else if (call_was_stale(c, code)) {
		start_again(c);
	} else {
		enum fetch_end how = fetch_call_end(c, code);

		if (how != FETCH_OK)
			log_debug(LOG_FETCH, NULL, "a call failed end=%s curl=\"%s\"",
			          fetch_end_name(how), curl_easy_strerror(code));
		finish(c, how);
	}
}

static void resume(struct fetch_call *c)
{
	struct multi *m = &c->fetch->multi;
	CURLcode code;

	c->paused = false;
	c->moved_ms = clock_ms();
	call_arm(c, c->moved_ms);
	m->inside++;
	code = curl_easy_pause(c->easy, CURLPAUSE_CONT);
	m->inside--;
	if (code && !c->cancelled) {           /* curl will not come back to this one */
		c->verdict = fetch_call_end(c, code);
		defer(c);
	}
}

static void settle_later(struct fetch *f)
{
	struct list now;

	list_init(&now);
	LIST_EACH(it, &f->later) {
		list_remove(it);
		list_push(&now, it);
	}
	while (!list_empty(&now)) {
		struct fetch_call *c = LIST_OF(now.next, struct fetch_call, later);

		list_remove(&c->later);
		if (c->cancelled)
			drop(c);
		else if (c->verdict != FETCH_OK || !c->added)
			finish(c, c->verdict != FETCH_OK ? c->verdict : FETCH_NO_CONNECTION);
		else if (c->paused)
			resume(c);
	}
	if (!list_empty(&f->later))
		multi_kick(&f->multi);
}

/* multi.after */
static void settle(void *arg)
{
	struct fetch *f = arg;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(f->multi.curl, &left))) {
		struct fetch_call *c = NULL;
		CURLcode code = msg->data.result;

		if (!curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c) && c)
			settle_one(c, code);
	}
	settle_later(f);
}

cdt_status fetch_global_init(void)
{
	const curl_version_info_data *v;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return CDT_E_NOMEM;
	v = curl_version_info(CURLVERSION_NOW);
	if ((v->features & CURL_VERSION_SSL) && (v->features & CURL_VERSION_ASYNCHDNS))
		return CDT_OK;
	log_error(LOG_FETCH, NULL, "libcurl lacks TLS or asynchronous DNS version=%s",
	          v->version);
	return CDT_E_UNSUPPORTED;
}

void fetch_limits_default(struct fetch_limits *l)
{
	*l = (struct fetch_limits){ .connections = 1024, .connection_age_s = 45 };
}

struct fetch *fetch_new(struct worker *w, const struct fetch_limits *limits)
{
	struct fetch *f = mem_new(sizeof *f);
	struct fetch_call *first;

	f->worker = w;
	f->private_ok = !limits->public_only;
	list_init(&f->waiting);
	list_init(&f->running);
	list_init(&f->later);
	if (multi_init(&f->multi, w) != CDT_OK)
		goto undo_fetch;
	if (pool_init(&f->pool, limits, on_deadline) != CDT_OK)
		goto undo_multi;
	f->multi.before = add_waiting;
	f->multi.after = settle;
	f->multi.arg = f;
	f->multi.mute_idle = !f->pool.http2;
	if (curl_multi_setopt(f->multi.curl, CURLMOPT_MAXCONNECTS, (long)limits->connections))
		goto undo_pool;
	first = pool_take(&f->pool, f);        /* so that later ones lack memory at most */
	if (!first)
		goto undo_pool;
	pool_give(&f->pool, first);
	return f;

undo_pool:
	pool_fini(&f->pool);
undo_multi:
	multi_fini(&f->multi);
undo_fetch:
	mem_free(f);
	return NULL;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	LIST_EACH(it, &f->waiting)
		drop(LIST_OF(it, struct fetch_call, link));
	LIST_EACH(it, &f->running)
		drop(LIST_OF(it, struct fetch_call, link));
	pool_fini(&f->pool);
	multi_fini(&f->multi);
	mem_free(f);
}

struct fetch_call *fetch_start(struct fetch *f, const struct outreq *req,
                               const struct fetch_timeouts *t, const struct fetch_ops *ops,
                               void *arg)
{
	struct fetch_call *c = pool_take(&f->pool, f);
	uint64_t now_ms = clock_ms();

	if (!c)
		abort();
	c->ops = ops;
	c->arg = arg;
	fetch_call_begin(c, req, t, now_ms);
	if (req->status != CDT_OK || !request_dress(c)) {
		log_error(LOG_FETCH, NULL, "a request can not be sent status=%d",
		          (int)req->status);
		c->verdict = FETCH_BLOCKED;
	}
	f->counts.started++;
	call_arm(c, now_ms);
	list_push(&f->waiting, &c->link);
	multi_kick(&f->multi);
	return c;
}

void fetch_resume(struct fetch_call *c)
{
	struct fetch *f = c->fetch;

	c->resume_asked = c->in_body;
	if (!c->paused || c->phase == CALL_OVER || c->cancelled)
		return;
	if (f->multi.inside) {
		defer(c);
		return;
	}
	resume(c);
	if (!list_empty(&f->later))
		multi_kick(&f->multi);
}

void fetch_cancel(struct fetch_call *c)
{
	if (c->phase == CALL_OVER || c->cancelled)
		return;
	c->cancelled = true;
	timer_stop(&c->timer);
	if (c->added && c->fetch->multi.inside)
		defer(c);
	else
		drop(c);
}

struct fetch_counts fetch_counts(const struct fetch *f)
{
	struct fetch_counts counts = f->counts;

	counts.open = f->multi.open;
	return counts;
}
