/* telemetry/ring.h - records on their way from one worker to the exporter's thread: one puts,
 * one takes, nobody waits.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef TELEMETRY_RING_H
#define TELEMETRY_RING_H
#include "telemetry/telemetry.h"

#include <stdatomic.h>

struct record_ring {
	char *_Atomic bytes;                   /* taken with the first record */
	size_t size;
	_Atomic uint64_t head;                 /* of who puts; both only grow */
	_Atomic uint64_t dropped;              /* spans */
	uint64_t tail_seen;                    /* its last look at tail */
	char apart[64];                        /* from the other side's cache line */
	_Atomic uint64_t tail;                 /* of who takes */
	char apart_next[64];
};

void record_ring_init(struct record_ring *r, size_t size);
void record_ring_fini(struct record_ring *r);
/* False: no room, and it is counted. */
bool record_ring_put(struct record_ring *r, const struct telemetry_record *record);
/* The oldest; its texts live until record_ring_pass.  False: there is none. */
bool record_ring_look(struct record_ring *r, struct telemetry_record *out);
void record_ring_pass(struct record_ring *r);

#endif
