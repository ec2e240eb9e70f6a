/* flow/hedge.h - a second attempt beside a slow first one, for whole answers: an exchange of
 * its own, the twin, that has no client until the first one fails or is overtaken.  Whoever
 * answers takes the client; what the other has cost is added to its bill.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_HEDGE_H
#define FLOW_HEDGE_H
#include "flow/exchange.h"

/* How long a flow's models take, and how many of their requests were hedged. */
struct hedges;
struct hedges *hedges_new(void);
void hedges_free(struct hedges *h);            /* NULL is fine */
struct hedges *flow_hedges(struct flow *f);

/* An attempt of x is under way: it is hedged when nothing comes in time. */
void hedge_arm(struct exchange *x);
/* Its time is over: nobody needs a twin. */
void hedge_disarm(struct exchange *x);

/* x has its answer: the other is left, and x has its client.  Without a twin: nothing. */
void hedge_won(struct exchange *x);
/* x has failed, and its twin goes on alone: x is gone, or kept by it.  False: it has none. */
bool hedge_lost(struct exchange *x);
/* The client has left: x goes on alone, or ends. */
void hedge_drop(struct exchange *x);

/* flow.c: like x, without its client, its place in the table and what it holds; lives no longer
 * than x, unless exchange_keep has given x to it. */
struct exchange *exchange_twin(struct exchange *x);
/* x is nothing any more but the memory that twin needs. */
void exchange_keep(struct exchange *twin, struct exchange *x);

#endif
