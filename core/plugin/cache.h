/* plugin/cache.h - calls into cache instances (kind conduit.cache/1).  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_CACHE_H
#define PLUGIN_CACHE_H
#include "conduit/cache.h"
#include "plugin/instance.h"

/* One operation under way.  fn comes once, later, on the worker that asked; value lives until
 * it returns.  A back end may never answer: who waits keeps a deadline and forgets. */
struct cache_wait;
typedef void cache_fn(void *arg, cdt_status st, cdt_str value);

/* CDT_OK and the value, CDT_E_ABSENT for a miss, anything else for a back end in trouble.
 * NULL: too many operations are open; fn does not come. */
struct cache_wait *cache_get(struct instance_self *s, cdt_str key, cache_fn *fn, void *arg);
struct cache_wait *cache_put(struct instance_self *s, cdt_str key, cdt_str value,
                             uint32_t ttl_s, cache_fn *fn, void *arg);
struct cache_wait *cache_drop(struct instance_self *s, cdt_str key, cache_fn *fn, void *arg);
/* fn will not come.  Only before it came. */
void cache_forget(struct cache_wait *w);

#endif
