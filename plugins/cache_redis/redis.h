/* cache_redis/redis.h - one instance, and what each worker has of it.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_REDIS_H
#define CACHE_REDIS_REDIS_H
#include <stdatomic.h>

#include <conduit/cache.h>

#include "conn.h"
#include "news.h"
#include "resolve.h"
#include "slots.h"

enum { SEEDS_MAX = 16, NODES_MAX = 64, PREFIX_SIZE = 129, KEY_MAX = 64,
       NAME_SIZE = PREFIX_SIZE + 24 + 2 * KEY_MAX, TICK_MS = 100, SECOND_MS = 1000 };

/* What the configuration says.  Never changes. */
struct setup {
	struct place seed[SEEDS_MAX];
	size_t seeds;
	struct login login;
	char prefix[PREFIX_SIZE];
	bool cluster;
	SSL_CTX *tls;                          /* NULL: without */
	char tls_name[PLACE_HOST_SIZE];        /* "": the host's */
	uint32_t deadline_ms, connect_ms;
	size_t value_max, bytes_max;
	unsigned waiting_max;
};

struct redis {                             /* the self of open */
	const struct cdt_host *host;
	const struct cdt_io *io;
	struct setup setup;
	struct resolve *resolve;
	struct news *news;
	/* Entries of an earlier generation are not there any more: clear begins a new one. */
	_Atomic int64_t generation;
	atomic_bool sweep;                     /* earlier generations lie about */
	_Atomic int64_t refused, failures;
	_Atomic uint64_t complained_ms;        /* about an error in an answer; 0: never */
};

struct lane {                              /* the self of a worker */
	struct redis *redis;
	struct cdt_worker *worker;
	void *tick, *bell;
	struct conn *node[NODES_MAX];          /* without cluster: the first one only */
	struct order *first, *last;            /* whose deadlines come, in their order */
	uint64_t second_ms;
	bool known;                            /* the generation was read */
	bool reading;
	/* cluster.c */
	uint8_t owner[SLOTS];                  /* its node + 1; 0: not known */
	bool mapped, mapping, map_old;
	uint64_t mapped_ms;
};

static inline uint64_t now(const struct redis *r) { return r->host->now_ms(r->host); }
static inline void count(_Atomic int64_t *n)
{
	(void)atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

/* config.c: NULL, or what is wrong. */
const char *setup_read(struct setup *s, cdt_val config);
void setup_fini(struct setup *s);

/* lane.c */
void *lane_open(void *self, struct cdt_worker *worker);
void lane_close(void *worker_self);
/* A connection is there: before anything else is sent. */
void lane_joined(struct lane *l, struct conn *c);
/* o's ticket ends as a miss when its time is over, which conn then hears. */
void lane_wait(struct lane *l, struct order *o);
void lane_unwait(struct lane *l, struct order *o);

/* cluster.c: also without a cluster, where all slots are on one node. */
/* NULL: not now. */
struct conn *cluster_pick(struct lane *l, uint16_t slot);
/* Follows a redirect, and takes o; false: there is none, or it leads nowhere now. */
bool cluster_follow(struct order *o, struct conn *from, const redisReply *reply);
void cluster_tick(struct lane *l, uint64_t now_ms);
void cluster_ask(struct lane *l, struct conn *c);

/* entry.c */
void entry_get(void *self, cdt_str key, struct cdt_ticket *t);
void entry_put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s, struct cdt_ticket *t);
void entry_drop(void *self, cdt_str key, struct cdt_ticket *t);
/* What an error in an answer means for its connection. */
void entry_trouble(struct lane *l, struct conn *c, const redisReply *reply);

/* care.c */
void care_read(struct lane *l);            /* asks for the generation */
void care_sweep(struct lane *l);           /* when there is something to */
extern const struct cdt_cache_care care;

#endif
