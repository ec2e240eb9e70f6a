/* flow/untold.h - charges of an exchange whose record comes later: of attempts in vain, and of
 * those whose client has left.  The ledger remembers them until the record is written; what a
 * process that died has left gets its records at the next start (flow_tell_untold).
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_UNTOLD_H
#define FLOW_UNTOLD_H
#include "conduit/base.h"

#include <stdbool.h>

struct exchange;
struct ledger_hold;
struct purpose;
struct store_txn;
struct target;
struct usage_post;

/* --- [worker] --- */
/* What is asked for of whom; t NULL: nobody is asked. */
void untold_purpose(const struct exchange *x, const struct target *t, struct purpose *out);
/* The charge of that hold will be told by x's record.  False: it is one too many, or the arena
 * is full. */
bool untold_note(struct exchange *x, const struct ledger_hold *h);
/* What from has noted is into's. */
void untold_merge(struct exchange *into, const struct exchange *from);

/* A record, and the charges that it tells of besides the one that it may ride with. */
struct parcel;
/* x has noted some. */
struct parcel *parcel_new_give(const struct exchange *x, struct usage_post *post);
void parcel_free(struct parcel *p);
cdt_status parcel_apply(struct parcel *p, struct store_txn *txn);      /* [writer] */

#endif
