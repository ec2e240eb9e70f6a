/* cache/marks.h - what operators have purged.  Backends know digests only, so that nothing can
 * be found in them by model or key: a mark {model, key, time} says that what was stored at or
 * before that time for that model and that key (either may be any) is not given any more.
 *
 * What is promised, from the moment that a mark is durable, through restarts and crashes: no
 * entry that bore a stamp (marks_stamp) when the mark was asked for is shown again, wherever
 * the wall clock goes: stamps never go back while the process lives, and a mark bears at least
 * the latest of them, and of the marks before.  An entry with a later time than clock and
 * stamps show, of another process or of a clock that was ahead before the start, counts as
 * older than any mark until they have come so far.  Marks are this gateway's: others that share
 * its backend do not know them.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_MARKS_H
#define CACHE_MARKS_H
#include "conduit/base.h"

#include <stdbool.h>

struct marks;
struct store;
struct worker;

/* More pairs than MARKS_MAX: everything is purged instead.  MARK_TEXT_MAX: of both together. */
enum { MARKS_MAX = 10000, MARK_TEXT_MAX = 1024 };
#define MARKS_NEVER INT64_MIN

struct mark { cdt_str model, key; };           /* "" = any: a route's name, a key's id */

/* Reads the marks of the store.  NULL: why says so.  [main] */
struct marks *marks_open(struct store *s, int64_t now_ms, char why[256]);
/* After store_close, or when none is on its way.  NULL is fine.  [main] */
void marks_close(struct marks *m);

/* The time that an entry bears which is stored now: the wall clock's, but never before one that
 * was given, nor at or before a mark's. */
int64_t marks_stamp(struct marks *m, int64_t now_ms);
/* Is it purged?  Without marks that are as new as the entry no lock is taken. */
bool marks_hide(struct marks *m, const struct mark *of, int64_t stored_ms, int64_t now_ms);
/* The time of the newest mark for everything, or MARKS_NEVER. */
int64_t marks_since(const struct marks *m);

/* finished(arg, status) comes on worker's thread (the store's writer when it is NULL) when the
 * mark is durable and every later marks_hide sees it. */
struct marks_asker {
	struct worker *worker;
	void (*finished)(void *arg, cdt_status st);
	void *arg;
	const char *actor;             /* for the audit log */
};
/* CDT_E_LIMIT: too busy, or the names are too long; finished never comes. */
cdt_status marks_add(struct marks *m, const struct mark *what, int64_t now_ms,
                     const struct marks_asker *by);

#endif
