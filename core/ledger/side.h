/* ledger/side.h - the side journal: a file, allocated in advance, for settlements that the
 * store has refused, so that they are durable all the same.  One thread at a time; blocks.
 *
 * Records stand in slots of one size, so that a damaged one does not hide those behind it.
 * What was cleared may be read again behind newer records: replaying is harmless.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_SIDE_H
#define LEDGER_SIDE_H
#include "ledger/record.h"

#include <stddef.h>

struct side;

enum { SIDE_SLOT = 2048, SIDE_SLOTS = 32768 };         /* 64 MiB */

/* Opens it, or makes it.  A disk that has no room for so many slots is no failure: then nothing
 * can be appended.  NULL: why has a sentence. */
struct side *side_open(const char *path, size_t slots, char why[256]);
void side_close(struct side *s);       /* NULL is fine */

/* Entries with hold, kind, reason, amount, wall_ms and tokens; durable when it returns.
 * CDT_E_LIMIT: they do not fit.  CDT_E_ABORTED: writing failed, and is not tried again. */
cdt_status side_append(struct side *s, const struct entry *const *entries, size_t count);
/* All of them are in the store. */
cdt_status side_clear(struct side *s);
/* In the order of writing, as long as each says CDT_OK; *damaged: how many could not be read.
 * CDT_E_ABORTED: the file can not be read. */
cdt_status side_read(struct side *s, cdt_status (*each)(void *arg, const struct entry *e),
                     void *arg, uint64_t *damaged);
/* Used; what an earlier run has left is not counted, nor what can not be cleared any more. */
uint64_t side_bytes(const struct side *s);

#endif
