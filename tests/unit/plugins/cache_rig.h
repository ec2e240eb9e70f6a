/* unit/plugins/cache_rig.h - a cache backend, opened and opened again on one folder, with the
 * clock in the test's hands.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_CACHE_RIG_H
#define UNIT_PLUGINS_CACHE_RIG_H
#include "loop/worker.h"
#include "plugin/cache.h"

enum { CACHERIG_KEY_SIZE = 32, CACHERIG_PATH_SIZE = 512 };

struct cacherig {
	char *dir;
	char folder[CACHERIG_PATH_SIZE];       /* dir/a/cache: what "path" says */
	struct metrics *metrics;
	struct registry *registry;
	struct config_report report;
	int64_t wall_ms;
	struct worker *worker;
	struct instance *instance;
	struct instance_self *self;
};

/* Loads build/plugins/cache_TYPE.so; folder: NULL for a fresh one. */
void cacherig_init(struct cacherig *r, const char *type);
void cacherig_fini(struct cacherig *r);
/* more: other options as JSON members, or "".  False: it refused; report says why. */
bool cacherig_open(struct cacherig *r, const char *type, const char *more);
void cacherig_close(struct cacherig *r);

/* Everything about entry n follows from n and its turn; length may be 0. */
cdt_str cacherig_key(uint64_t n, char out[CACHERIG_KEY_SIZE]);
void cacherig_value(uint64_t n, uint64_t turn, char *out, size_t length);
bool cacherig_is_value(uint64_t n, cdt_str v);

cdt_status cacherig_put(struct instance_self *s, uint64_t n, uint64_t turn, size_t length,
                        uint32_t ttl_s);
/* Tries again while too much waits. */
void cacherig_put_surely(struct instance_self *s, uint64_t n, uint64_t turn, size_t length);
/* *length: of what was found; -1 when its bytes are not those of an entry n. */
cdt_status cacherig_get(struct instance_self *s, uint64_t n, int64_t *length);
bool cacherig_has(struct cacherig *r, uint64_t n);
/* Returns when it is done, and with it all that waited before. */
cdt_status cacherig_drop(struct cacherig *r, uint64_t n);

/* Bytes of disk that the folder takes. */
int64_t cacherig_disk(const struct cacherig *r);

#endif
