/* plugin/kind_cache.c - kind conduit.cache/1: checks its table and wraps its calls.  What is
 * kept under which key is not known here.
 * SPDX-License-Identifier: MIT */
#include "plugin/cache.h"

#include "base/mem.h"
#include "plugin/host_ticket.h"
#include "plugin/inside.h"

struct cache_wait {
	struct ticket *ticket;
	cache_fn *fn;
	void *arg;
};

static const char *flaw(const void *table)
{
	const struct cdt_cache_ops *ops = table;

	if (!CDT_CAN(struct cdt_cache_ops, ops, get))
		return "a cache without get";
	if (!CDT_CAN(struct cdt_cache_ops, ops, put))
		return "a cache without put";
	if (!CDT_CAN(struct cdt_cache_ops, ops, drop))
		return "a cache without drop";
	if (ops->worker_close && !ops->worker_open)
		return "a cache with worker_close, but without worker_open";
	return NULL;
}

static void adopt(union plugin_ops *out, struct plugin_life *life, const void *table)
{
	struct cdt_cache_ops *ops = &out->cache;

	plugin_copy_sized(ops, sizeof *ops, table);
	*life = (struct plugin_life){ ops->open, ops->close, ops->worker_open,
	                              ops->worker_close, ops->extension };
}

const struct plugin_kind kind_cache = { CDT_KIND_CACHE, "cache", flaw, adopt, NULL };

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct cache_wait *w = arg;
	cache_fn *fn = w->fn;
	void *owner = w->arg;

	(void)lasts_ms;
	mem_free(w);
	fn(owner, st, value);
}

static struct cache_wait *begin(struct instance_self *s, cache_fn *fn, void *arg)
{
	struct cache_wait *w = mem_new(sizeof *w);

	w->fn = fn;
	w->arg = arg;
	w->ticket = ticket_take(s->tickets, on_answer, w);
	if (w->ticket)
		return w;
	mem_free(w);
	return NULL;
}

struct cache_wait *cache_get(struct instance_self *s, cdt_str key, cache_fn *fn, void *arg)
{
	struct cache_wait *w = begin(s, fn, arg);
	struct enter e;

	if (!w)
		return NULL;
	enter_begin(&e, s->instance, ENTER_CACHE);
	s->instance->ops.cache.get(s->self, key, ticket_abi(w->ticket));
	enter_end(&e);
	return w;
}

struct cache_wait *cache_put(struct instance_self *s, cdt_str key, cdt_str value,
                             uint32_t ttl_s, cache_fn *fn, void *arg)
{
	struct cache_wait *w = begin(s, fn, arg);
	struct enter e;

	if (!w)
		return NULL;
	enter_begin(&e, s->instance, ENTER_CACHE);
	s->instance->ops.cache.put(s->self, key, value, ttl_s, ticket_abi(w->ticket));
	enter_end(&e);
	return w;
}

struct cache_wait *cache_drop(struct instance_self *s, cdt_str key, cache_fn *fn, void *arg)
{
	struct cache_wait *w = begin(s, fn, arg);
	struct enter e;

	if (!w)
		return NULL;
	enter_begin(&e, s->instance, ENTER_CACHE);
	s->instance->ops.cache.drop(s->self, key, ticket_abi(w->ticket));
	enter_end(&e);
	return w;
}

void cache_forget(struct cache_wait *w)
{
	ticket_forget(w->ticket);
	mem_free(w);
}
