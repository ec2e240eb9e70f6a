/* plugin/cache.h - calls into cache instances (kind conduit.cache/1).  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_CACHE_H
#define PLUGIN_CACHE_H
#include "conduit/cache.h"
#include "plugin/instance.h"

/* fn comes once, on the worker that asked: from inside the call (then *wait is NULL), or later
 * from its loop.  CDT_OK and the value, CDT_E_ABSENT for a miss, anything else for a backend in
 * trouble; value lives until fn returns.  A backend may never answer: who waits keeps a
 * deadline and forgets.  lasts_ms means nothing here.
 * CDT_E_LIMIT: too many operations are open; fn does not come. */
struct ticket;
typedef void cache_fn(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms);
struct cache_order { cdt_str key; cache_fn *fn; void *arg; };

cdt_status cache_get(struct instance_self *s, const struct cache_order *o,
                     struct ticket **wait);
cdt_status cache_put(struct instance_self *s, const struct cache_order *o, cdt_str value,
                     uint32_t ttl_s, struct ticket **wait);
cdt_status cache_drop(struct instance_self *s, const struct cache_order *o,
                      struct ticket **wait);
/* fn will not come.  Only before it came. */
void cache_forget(struct ticket *wait);

/* NULL: it has none.  [any thread] */
const struct cdt_cache_care *cache_care(const struct instance *i);
/* What it says of itself; all -1 where it says nothing.  [any thread] */
void cache_stats(const struct instance *i, struct cdt_cache_stats *out);
/* CDT_E_UNSUPPORTED: it can not.  [any thread] */
cdt_status cache_clear(const struct instance *i);

#endif
