/* admin/events/ring.h - the latest events, ten minutes of them at most and bounded in bytes, so
 * that a viewer who comes (again) hears what it has missed.  Viewers keep their own places;
 * nothing is kept for any of them.  Time is passed in (clock_ms).  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_EVENTS_RING_H
#define ADMIN_EVENTS_RING_H
#include "conduit/base.h"

#include <stdbool.h>

/* topic, most events, most bytes. */
#define EVENT_TOPICS(X) \
	X(STATS, "stats", 640, 1 << 20) X(REQUESTS, "requests", 4096, 4 << 20) \
	X(HEALTH, "health", 1024, 1 << 20) X(CHANGES, "changes", 1024, 1 << 20)
#define EVENT_TOPIC_ID(id, name, count, bytes) TOPIC_##id,
enum topic { EVENT_TOPICS(EVENT_TOPIC_ID) TOPIC_COUNT };
extern const char *const topic_names[TOPIC_COUNT + 1];        /* ends with NULL */

enum { RING_SPAN_MS = 600000 };

struct event {
	uint64_t id;                           /* grows, over all topics */
	uint64_t at_ms;
	char *text;                            /* as it goes out */
	size_t n;
};

/* Where a viewer is: all up to at[topic] is behind it. */
struct ring_place { uint64_t at[TOPIC_COUNT]; };

struct ring;
/* epoch: this life's, 21 bits; ids of another one are told apart by it. */
struct ring *ring_new(uint32_t epoch);
void ring_free(struct ring *r);                        /* NULL is fine */

/* json: whole; line breaks in it become blanks. */
void ring_put(struct ring *r, enum topic t, cdt_str json, uint64_t now_ms);
/* Nobody has looked: what may have been of that topic until now is missing. */
void ring_skip(struct ring *r, enum topic t);
size_t ring_bytes(const struct ring *r);

/* After the newest of all topics, but before the history of stats. */
void ring_end(const struct ring *r, struct ring_place *out);
/* After that id.  False: it is none of ours, and *out is as ring_end says. */
bool ring_find(const struct ring *r, uint64_t id, struct ring_place *out);
/* The next one of topics (bits 1 << topic), which is behind the place then; NULL: there is none
 * yet.  *missed: bits of those of which some are gone. */
const struct event *ring_next(const struct ring *r, uint32_t topics, struct ring_place *place,
                              uint32_t *missed);

#endif
