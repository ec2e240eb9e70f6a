/* plugin/host_http.c - conduit.http/1: small side calls of plugins, over the worker's fetch.
 * Its time-outs and address rules apply; answers are small and whole.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include "base/mem.h"
#include "fetch/fetch.h"
#include "plugin/enter.h"
#include "plugin/registry.h"

enum {
	SIDE_ARENA_BYTES = 256 << 10, SIDE_BODY_BYTES = 1 << 20, SIDE_CALLS_MAX = 256,
	SIDE_TIMEOUT_MS = 30000, SIDE_CONNECT_MS = 5000,
};

struct side_call {
	struct arena arena;
	struct outreq request;
	struct buf body;
	struct cdt_http_head head;
	bool has_head;
	const struct instance *instance;
	void (*answer)(void *arg, cdt_status, const struct cdt_http_head *, cdt_str body);
	void *arg;
};

static _Thread_local unsigned side_calls;      /* open on this worker: each has its own limit */

static void side_free(struct side_call *s)
{
	outreq_fini(&s->request);
	buf_fini(&s->body);
	arena_fini(&s->arena);
	mem_free(s);
	side_calls--;
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct side_call *s = arg;
	struct cdt_header *copy = arena_take(&s->arena, (head->count + 1) * sizeof *copy);

	s->head = (struct cdt_http_head){ sizeof s->head, head->status, copy, 0 };
	for (size_t i = 0; copy && i < head->count; i++) {
		copy[i].name = arena_str(&s->arena, head->headers[i].name);
		copy[i].value = arena_str(&s->arena, head->headers[i].value);
		if (!copy[i].value.p)
			break;                          /* the rest does not fit */
		s->head.count++;
	}
	s->has_head = true;
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct side_call *s = arg;

	buf_add(&s->body, bytes);                      /* past the cap: told by its status */
	return true;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct side_call *s = arg;
	cdt_status st = how == FETCH_OK ? s->body.status : CDT_E_UPSTREAM;
	struct enter e;

	enter_begin(&e, s->instance, ENTER_EVENT);
	s->answer(s->arg, st, s->has_head ? &s->head : NULL, buf_str(&s->body));
	enter_end(&e);
	side_free(s);
}

static cdt_status fill_in(struct side_call *s, void (*fill)(void *arg, struct cdt_http_out *))
{
	struct http_out http;
	cdt_status st;

	http_out_begin(&http, &s->request, NULL);
	fill(s->arg, &http.abi);
	st = http_out_end(&http, CDT_OK);
	if (http.misuse && s->instance)
		enter_misuse(s->instance, NULL, http.misuse);
	return st;
}

static cdt_status side_fetch(struct cdt_worker *worker, uint32_t timeout_ms,
                             void (*fill)(void *arg, struct cdt_http_out *),
                             void (*answer)(void *arg, cdt_status,
                                            const struct cdt_http_head *, cdt_str body),
                             void *arg)
{
	static const struct fetch_ops ops = { on_head, on_body, on_end };
	const struct plugin_surroundings *around = enter_surroundings();
	uint32_t ms = timeout_ms ? timeout_ms : SIDE_TIMEOUT_MS;
	struct fetch_timeouts t = { SIDE_CONNECT_MS, ms, ms, ms };
	struct fetch *fetch = around && around->fetch_of
	                    ? around->fetch_of((struct worker *)(void *)worker) : NULL;
	struct side_call *s;
	cdt_status st;

	if (!fetch)
		return CDT_E_MISUSE;                    /* not on a worker */
	if (side_calls == SIDE_CALLS_MAX)
		return CDT_E_LIMIT;
	side_calls++;
	s = mem_new(sizeof *s);
	s->instance = enter_running();
	s->answer = answer;
	s->arg = arg;
	arena_init(&s->arena, 2048, SIDE_ARENA_BYTES);
	buf_init(&s->body, SIDE_BODY_BYTES);
	outreq_init(&s->request, &s->arena, SIDE_BODY_BYTES);
	st = fill_in(s, fill);
	if (st == CDT_OK)
		/* Ends by on_end, or with the worker. */
		(void)fetch_start(fetch, &s->request, &t, &ops, s);
	else
		side_free(s);
	return st;
}

const struct cdt_http host_http = { .size = sizeof host_http, .fetch = side_fetch };
