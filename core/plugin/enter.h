/* plugin/enter.h - every call into a plugin goes in and out here: who runs on this thread, for
 * how long, what it did wrong.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_ENTER_H
#define PLUGIN_ENTER_H
#include "conduit/base.h"

#include <stdbool.h>

struct instance;
struct plugin_surroundings;

/* What is called, for the metric's label. */
#define ENTER_CALLS(X) \
	X(OPEN, "open") X(BUILD, "build") X(HEAD, "head") X(FRAME, "frame") \
	X(FINISH, "finish") X(ERROR, "error") X(DONE, "done") X(RANK, "rank") \
	X(OUTCOME, "outcome") X(CACHE, "cache") X(TOKEN, "token") X(EVENT, "event") \
	X(CATALOG, "catalog")
#define ENTER_ID(id, name) ENTER_##id,
enum enter_call { ENTER_CALLS(ENTER_ID) ENTER_CALL_COUNT };

enum { ENTER_SLOW_US = 5000, ENTER_SAMPLE = 16 };

/* One call; lives on the stack between begin and end.  Calls may nest. */
struct enter {
	const struct instance *instance, *outer;
	enum enter_call which;
	uint64_t began_us;                     /* 0: this one is not measured */
};
void enter_begin(struct enter *e, const struct instance *i, enum enter_call which);
/* Measures one call in ENTER_SAMPLE of this thread: for frame. */
void enter_begin_often(struct enter *e, const struct instance *i, enum enter_call which);
void enter_end(const struct enter *e);

/* The instance whose code runs on this thread, or NULL. */
const struct instance *enter_running(void);

/* Of the instance that ran here last (it may run still), or NULL. */
const struct plugin_surroundings *enter_surroundings(void);
int enter_shard(void);                         /* for metrics_add: -1 = no worker */

/* The plugin broke its contract: counted, and logged (not each time when it goes on). */
void enter_misuse(const struct instance *i, const char *xid, const char *what);

#endif
