/* cache/cache.h - answers that are known, and questions that are being asked: the backend that
 * keeps them, as the process and each worker have it open.  Which requests may have one is the
 * flow's affair.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_CACHE_H
#define CACHE_CACHE_H
#include "cache/fingerprint.h"
#include "cache/flight.h"
#include "cache/kept.h"
#include "cache/marks.h"
#include "loop/worker.h"

struct answers;                        /* of the process */
struct config_cache;
struct config_report;
struct desk;                           /* of a worker */
struct instance;
struct registry;
struct store;
struct ticket;

/* Opens the backend that c names; none is fine.  Marks of purges are kept in store.  NULL: the
 * report says why.  [main] */
struct answers *answers_new(struct registry *plugins, const struct config_cache *c,
                            struct store *store, struct config_report *report);
/* After all desks and store_close; NULL is fine.  [main] */
void answers_free(struct answers *a);
const struct instance *answers_backend(const struct answers *a);      /* NULL: none */
struct marks *answers_marks(const struct answers *a);

/* What became of requests, since the process began. */
struct answers_counts {
	int64_t hits, stale, coalesced, misses, bypasses;
	int64_t stored;                        /* answers that were given to the backend */
	int64_t saved;                         /* nano-USD */
};
void answers_count(struct answers *a, const struct answers_counts *more);     /* [any thread] */
void answers_counts(struct answers *a, struct answers_counts *out);          /* [any thread] */

/* [its worker, or main before its thread runs] */
struct desk *desk_open(struct answers *a, struct worker *w);
void desk_close(struct desk *d);               /* NULL is fine */
bool desk_keeps(const struct desk *d);         /* there is a backend, and it is ready */
struct answers *desk_answers(const struct desk *d);
struct flights *desk_flights(const struct desk *d);
struct fingerprints *desk_fingerprints(const struct desk *d);
struct buf *desk_scratch(struct desk *d);      /* empty; its worker's for this callback */

/* One look for a kept answer; part of its owner, who does not move meanwhile. */
struct look {
	/* Once, from inside desk_look or later from the loop.  {NULL,0}: it is not known, or
	 * not in time.  value lives until found returns. */
	void (*found)(void *arg, cdt_str value);
	void *arg;
	struct ticket *wait;
	struct timer deadline;
};
/* True: found has come.  deadline_ms 0: none, the owner forgets it in time. */
bool desk_look(struct desk *d, const uint8_t key[KEPT_KEY_SIZE], uint32_t deadline_ms,
               struct look *l);
void desk_forget(struct look *l);              /* found does not come.  Once more is fine */

/* Nobody waits for it. */
void desk_keep(struct desk *d, const uint8_t key[KEPT_KEY_SIZE], cdt_str value,
               int64_t ttl_ms);
void desk_drop(struct desk *d, const uint8_t key[KEPT_KEY_SIZE]);

#endif
