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
/* by, from, to, and the names. */
cdt_status usage_read_question(struct inquiry *c, struct usage_question *q);
/* "minute", "hour" or "day"; USAGE_GRAINS: none of them. */
enum usage_grain usage_grain_of(cdt_str word);
/* {"data":[...],"from","to","total"}, or what "format" asks for. */
cdt_status usage_show(struct inquiry *c, const struct usage_question *q);
/* The eight of by that cost most in the time of q, a list.  CDT_E_LIMIT: they are too many. */
cdt_status usage_show_top(struct inquiry *c, struct usage_question q, enum usage_dim by);

/* One record, as a row. */
void usage_put_record(struct sheet *s, const struct usage_record *r);

#endif
