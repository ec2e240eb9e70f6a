/* auth/budgets.h - the budgets of one key or group, as its members say them.  Private to the
 * room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_BUDGETS_H
#define AUTH_BUDGETS_H
#include "auth/fields.h"

/* k's are replaced, or nothing has changed.  Reads files of zones: not on a worker. */
cdt_status budgets_set(struct key *k, const struct setting *s);
/* One list. */
void budgets_print(const struct key *k, struct jsonw *w);

struct budget *budgets_copy(const struct budget *list, size_t count);
void budgets_free(struct budget *list, size_t count);

/* From period, timezone and models; not BALANCE_NUMBER. */
uint64_t budget_number(const struct budget *b);

#endif
