/* ctl/filter.h - flags that say which rows are meant, as a query of the admin API.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_FILTER_H
#define CTL_FILTER_H
#include "base/buf.h"
#include "ctl/ctl.h"

#define FILTER_TIME_FLAGS \
	{ "since", 0, "7d", "the time until now" }, \
	{ "from", 0, "TIME", "a time or a date, UTC" }, \
	{ "to", 0, "TIME", "a time or a date, UTC; default: now" }
#define FILTER_FLAGS \
	FILTER_TIME_FLAGS, \
	{ "key", 0, "ID", "of this key" }, \
	{ "group", 0, "NAME", "of this group" }, \
	{ "model", 0, "NAME", "that asked for this model" }, \
	{ "provider", 0, "NAME", "that this provider answered" }

/* Adds those that were given.  Returns an exit_code; what is wrong has been told. */
int filter_add(const struct ctl *c, struct buf *path);
void filter_add_pair(struct buf *path, const char *name, const char *value);

#endif
