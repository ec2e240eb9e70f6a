/* plugin/kind_cache.c - kind conduit.cache/1: checks its table and wraps its calls.  What is
 * kept under which key is not known here.
 * SPDX-License-Identifier: MIT */
#include "plugin/cache.h"

#include "base/mem.h"
#include "plugin/host_ticket.h"
#include "plugin/inside.h"

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

/* NULL: too many are open.  Then, after the plugin's call, asked(). */
static struct ticket *ask(struct instance_self *s, const struct cache_order *o, struct enter *e)
{
	struct ticket *t = ticket_take(s->tickets, o->fn, o->arg);

	if (!t)
		return NULL;
	ticket_ask(t);
	enter_begin(e, s->instance, ENTER_CACHE);
	return t;
}

static cdt_status asked(struct instance_self *s, struct enter *e, struct ticket *t,
                        struct ticket **wait)
{
	enter_end(e);
	*wait = ticket_asked(s->tickets) ? t : NULL;
	return CDT_OK;
}

cdt_status cache_get(struct instance_self *s, const struct cache_order *o, struct ticket **wait)
{
	struct enter e;
	struct ticket *t = ask(s, o, &e);

	if (!t)
		return CDT_E_LIMIT;
	s->instance->ops.cache.get(s->self, o->key, ticket_abi(t));
	return asked(s, &e, t, wait);
}

cdt_status cache_put(struct instance_self *s, const struct cache_order *o, cdt_str value,
                     uint32_t ttl_s, struct ticket **wait)
{
	struct enter e;
	struct ticket *t = ask(s, o, &e);

	if (!t)
		return CDT_E_LIMIT;
	s->instance->ops.cache.put(s->self, o->key, value, ttl_s, ticket_abi(t));
	return asked(s, &e, t, wait);
}

cdt_status cache_drop(struct instance_self *s, const struct cache_order *o,
                      struct ticket **wait)
{
	struct enter e;
	struct ticket *t = ask(s, o, &e);

	if (!t)
		return CDT_E_LIMIT;
	s->instance->ops.cache.drop(s->self, o->key, ticket_abi(t));
	return asked(s, &e, t, wait);
}

void cache_forget(struct ticket *wait)
{
	ticket_forget(wait);
}

/* --- for operators --- */

const struct cdt_cache_care *cache_care(const struct instance *i)
{
	const struct cdt_cache_care *care = NULL;
	struct enter e;

	if (!i->life.extension)
		return NULL;
	enter_begin(&e, i, ENTER_CACHE);
	care = i->life.extension(i->self, CDT_EXT_CACHE_CARE);
	enter_end(&e);
	return care;
}

void cache_stats(const struct instance *i, struct cdt_cache_stats *out)
{
	const struct cdt_cache_care *care = cache_care(i);
	struct enter e;

	*out = (struct cdt_cache_stats){ sizeof *out, 0, -1, -1, -1, -1, -1, -1 };
	if (!care || !CDT_CAN(struct cdt_cache_care, care, stats))
		return;
	enter_begin(&e, i, ENTER_CACHE);
	care->stats(i->self, out);
	enter_end(&e);
}

cdt_status cache_clear(const struct instance *i)
{
	const struct cdt_cache_care *care = cache_care(i);
	struct enter e;
	cdt_status st;

	if (!care || !CDT_CAN(struct cdt_cache_care, care, clear))
		return CDT_E_UNSUPPORTED;
	enter_begin(&e, i, ENTER_CACHE);
	st = care->clear(i->self);
	enter_end(&e);
	return st;
}
