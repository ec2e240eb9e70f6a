/* admin/usage.h - what questions about sums and about records have in common.  Private to the
 * room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_USAGE_H
#define ADMIN_USAGE_H
#include "admin/sheet.h"
#include "usage/query.h"

extern const char *const usage_dim_names[USAGE_DIMS + 1];      /* ends with NULL */

/* key, group, model, provider of the query. */
void usage_read_names(struct inquiry *c, cdt_str only[USAGE_DIMS]);
/* A parameter that is a time; *wall_ms stays when it is not there. */
cdt_status usage_read_time(struct inquiry *c, const char *name, int64_t *wall_ms);
cdt_status usage_check_times(struct inquiry *c, int64_t from_ms, int64_t to_ms);

#endif
