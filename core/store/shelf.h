/* store/shelf.h - whole values that must last for a while: durable, each until its time, in an
 * LMDB environment of its own, so that the ledger stays small and its commits short.  Reads
 * happen on any thread, writes on a thread of the shelf.  It takes a bounded part of the disk:
 * the oldest go first.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H
#include "base/arena.h"
#include "base/buf.h"

struct shelf;
struct shelf_order;
struct worker;

enum { SHELF_KEY_SIZE = 32, SHELF_SIZE_MIN = 16 << 20, SHELF_VALUE_MAX = 64 << 20 };

/* Opens (and creates, mode 0700) that folder below dir, which store_dir_take has taken; its
 * file has at most so many bytes.  What is damaged is set aside, as "name.damaged", and the
 * shelf is empty.  why gets a sentence on failure.  Starts the writer.  [main] */
struct shelf *shelf_open(const char *dir, const char *name, uint64_t size, char why[256]);
/* Writes what is queued, and closes.  After the workers' threads have ended, before workers
 * are freed; NULL is fine.  [main] */
void shelf_close(struct shelf *s);

/* The value is copied into a.  CDT_E_ABSENT: it is not there, or its time is over;
 * CDT_E_LIMIT: a is full; CDT_E_UPSTREAM: it can not be read.  [any thread] */
cdt_status shelf_get(struct shelf *s, const uint8_t key[SHELF_KEY_SIZE], int64_t now_ms,
                     struct arena *a, cdt_str *value);

struct shelf_value {
	uint8_t key[SHELF_KEY_SIZE];
	int64_t expires_ms;            /* wall */
	struct buf bytes;              /* the shelf takes them, whatever comes of it */
};
/* finished(arg, st) comes on w's thread, from its loop: CDT_OK once the value is durable, in
 * the place of an older one.  NULL: it is too large, or too much is waiting; finished does not
 * come.  [w's thread] */
struct shelf_order *shelf_put(struct shelf *s, struct shelf_value *v, struct worker *w,
                              void (*finished)(void *arg, cdt_status st), void *arg);
/* finished will not come; what was ordered is done.  Before it came.  [w's thread] */
void shelf_forget(struct shelf_order *o);

#endif
