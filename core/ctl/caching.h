/* ctl/caching.h - what keys and groups say of kept answers, as people write it: on or off, for
 * how long, for whom.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_CACHING_H
#define CTL_CACHING_H
#include "base/json.h"
#include "base/jsonw.h"
#include "ctl/ctl.h"

/* The member "cache", from the flags; how many members that is, or -1: one was wrong, and that
 * is told. */
int caching_put(const struct ctl *c, struct jsonw *w);
/* A record's member becomes a text for tables: "on 10m group". */
void caching_spell(struct json *record);

#define CACHING_FLAGS \
	{ "cache", 0, "on|off", "keep answers and give them again; '' = as configured" }, \
	{ "cache-ttl", 0, "10m", "how long they are good; '' = as configured" }, \
	{ "cache-scope", 0, "key|group|global", "who shares them; '' = as configured" }

#endif
