/* admin/pages.h - parts of /metrics that are read where they are.  Private to the room.
 * [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_PAGES_H
#define ADMIN_PAGES_H
#include "base/buf.h"

struct keyring;
struct ledger;
struct router;

void metrics_page_targets(const struct router *r, struct buf *out);
/* l NULL: nothing is known. */
void metrics_page_budgets(struct keyring *ring, struct ledger *l, struct buf *out);

#endif
