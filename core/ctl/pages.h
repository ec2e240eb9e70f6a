/* ctl/pages.h - lists that the admin API gives by pages.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_PAGES_H
#define CTL_PAGES_H
#include "base/json.h"
#include "ctl/show.h"

struct pages_order {
	const char *path;              /* perhaps with a query */
	const char *cursor;            /* the parameter that takes an answer's "next" */
	uint64_t limit;                /* how many rows at most, when no --limit is given */
};
/* Adds the rows ("data") that the command's flags ask for (ctl/filter.h), of as many pages as
 * that takes, to all, a list.  Returns an exit_code; what is wrong has been told. */
int pages_gather(const struct ctl *c, const struct pages_order *o, struct json *all);
/* The same, and shows them. */
int pages_show(const struct ctl *c, const struct pages_order *o, const struct column *columns);

#endif
