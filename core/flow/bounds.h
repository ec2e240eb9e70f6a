/* flow/bounds.h - what a request can use at most: what money is set aside for.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_BOUNDS_H
#define FLOW_BOUNDS_H
#include "canon/ask.h"
#include "flow/measure.h"
#include "router/route.h"

/* What the request's own bytes bound, whoever answers.  Read once, while the body is there. */
struct extent {
	int64_t input;                 /* tokens: never more than bytes, and what is added */
	int64_t images;                /* in it; each may be as long as its size makes it */
	int64_t inlined;               /* bytes that are images themselves */
	int64_t output_extra;          /* tokens that are billed beside the answer's limit */
	int64_t n;                     /* answers */
	uint32_t kinds;                /* PRICE_BITs */
	int64_t open_ended;            /* files and the like: as long as the window allows */
	bool writes_for_an_hour;       /* to the upstream's cache */
	bool hosted;                   /* so are tools, for who gets them all */
	const char *unbounded;         /* the member whose cost nothing bounds; NULL: none */
	struct measure measure;        /* of what is not text */
};
void extent_of(const struct ask *a, struct extent *e);
/* The tokens of a conversation, never too few: files that nobody has read count as much as the
 * dearest picture each, beside their bytes. */
int64_t bounds_count(const struct ask *a);

/* The same at one target: false if nothing bounds it there.  b points into e.  *max_output:
 * what the upstream must be limited to; 0: the operation has no such limit. */
bool bounds_of(const struct extent *e, const struct ask *a, const struct target *t,
               struct price_bounds *b, int64_t *max_output);

#endif
