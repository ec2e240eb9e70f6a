/* flow/denial.h - why money was not granted, into x->problem; all but the last leave alone what
 * somebody else has said before.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_DENIAL_H
#define FLOW_DENIAL_H
#include "flow/charge.h"

enum charge_answer denial_unpriced(struct exchange *x, const struct target *t);
/* member: of the request, whose cost nothing bounds. */
enum charge_answer denial_unbounded(struct exchange *x, const char *member);
/* The account of that number lacks room. */
void denial_by(struct exchange *x, uint32_t account);
void denial_closed(struct exchange *x);

#endif
