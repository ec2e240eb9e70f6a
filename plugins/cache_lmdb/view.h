/* cache_lmdb/view.h - what the shelf does to the views of its readers.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_VIEW_H
#define CACHE_LMDB_VIEW_H
#include "shelf.h"

/* [the shelf's lock is held] */
void view_show(struct reader *r, struct segment *newest);
/* Returns when the reader's thread has nothing of it in its hands. */
void view_hide(struct reader *r, const struct segment *gone);

#endif
