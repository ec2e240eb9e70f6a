/* ctl/show.h - prints answers as people and scripts want them.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H
#include "base/json.h"
#include "ctl/ctl.h"

/* path: "store.commits"; "targets[].target" takes that member of each map of a list. */
struct column { const char *title, *path; };

/* A list of maps.  columns end with a NULL title; -q prints the first one only. */
void show_list(const struct ctl *c, const struct json *list, const struct column *columns);
/* One map; JSON styles print its text as it is. */
void show_one(const struct ctl *c, const struct json *map, const struct column *columns);
/* Text without what could move a terminal's cursor. */
void show_text(FILE *to, cdt_str s, bool lines);
/* GET path and show its "data". */
int show_resource(const struct ctl *c, const char *path, const struct column *columns);

#endif
