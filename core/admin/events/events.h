/* admin/events/events.h - what happens, as it happens: figures of each second, requests, health
 * of targets, changes.  Nothing but the figures is gathered while nobody looks.  Private to the
 * room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_EVENTS_EVENTS_H
#define ADMIN_EVENTS_EVENTS_H
#include "admin/events/ring.h"
#include "admin/inquiry.h"
#include "audit/audit.h"
#include "base/map.h"

enum { VIEWERS_MAX = 64, VIEWER_BEAT_MS = 15000 };
/* So long a topic is gathered after its last viewer has left: most come again. */
enum { EVENTS_LINGER_MS = 60000 };

/* One who looks on; its inquiry is answered for as long as it does. */
struct viewer {
	struct list link;
	struct inquiry *call;
	uint32_t topics;                       /* bits */
	struct ring_place place;
	uint64_t beat_ms;                      /* when a sign of life is due */
	uint64_t session;                      /* its number; 0: a token */
	bool paused;                           /* it does not take what was sent */
};

struct events {
	struct admin *admin;
	struct timer timer;
	struct ring *ring;
	struct list viewers;
	size_t viewer_count;
	uint64_t second_ms;                    /* when the next second is over */
	uint64_t wanted_ms[TOPIC_COUNT];       /* until then it is gathered; 0: it is not */
	struct map sights;                     /* of credentials, when they were last seen */
	bool knows_sights;
	char audit[AUDIT_PLACE_SIZE];          /* the newest entry that was told */
	struct buf text;                       /* empty between calls */
	bool ended;
};

struct events *events_new(struct admin *a);
void events_free(struct events *e);            /* NULL is fine */
/* All viewers leave, and nobody may come. */
void events_end(struct events *e);
/* Those who came in by a token of that role leave. */
void events_end_role(struct events *e, enum admin_role role);
/* The configuration was read again; good: and taken. */
void events_reloaded(struct events *e, bool good);

/* --- viewers.c --- */
/* Writes what is there for each, and ends those whose session is over. */
void viewers_feed(struct events *e, uint64_t now_ms);
uint32_t viewers_topics(const struct events *e);       /* that somebody looks at */
void viewer_end(struct viewer *v);

/* --- gather.c: each puts what is new into the ring --- */
void gather_stats(struct events *e, uint64_t now_ms);
void gather_requests(struct events *e, uint64_t now_ms);
void gather_health(struct events *e, uint64_t now_ms);
void gather_changes(struct events *e, uint64_t now_ms);
/* What was before is not told. */
void gather_begin(struct events *e, enum topic t, uint64_t now_ms);

#endif
