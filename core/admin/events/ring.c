/* admin/events/ring.c - one ring a topic, so that many events of one do not push out the few of
 * another; one row of ids for all.
 * SPDX-License-Identifier: MIT */
#include "admin/events/ring.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* 53 bits in all: readers may keep an id as a floating-point number. */
enum { SEQUENCE_BITS = 32, EPOCH_MASK = (1 << 21) - 1, FRAME_MAX = 1 << 20 };

#define TOPIC_NAME(id, name, count, bytes) name,
const char *const topic_names[TOPIC_COUNT + 1] = { EVENT_TOPICS(TOPIC_NAME) NULL };

#define TOPIC_BOUNDS(id, name, count, bytes) { count, bytes },
static const struct { size_t count, bytes; } bounds[TOPIC_COUNT] = {
	EVENT_TOPICS(TOPIC_BOUNDS)
};

struct lane {
	struct event *event;                   /* bounds[].count; taken with the first one */
	size_t first, count, bytes;
	uint64_t gone;                         /* this id and those before it are not here */
};

struct ring {
	uint64_t base, last;                   /* ids: of nothing yet, and the newest */
	struct lane lane[TOPIC_COUNT];
};

struct ring *ring_new(uint32_t epoch)
{
	struct ring *r = mem_new(sizeof *r);

	r->base = r->last = (uint64_t)(epoch & EPOCH_MASK) << SEQUENCE_BITS;
	for (int t = 0; t < TOPIC_COUNT; t++)
		r->lane[t].gone = r->base;
	return r;
}

static struct event *at(const struct lane *l, enum topic t, size_t i)
{
	return &l->event[(l->first + i) % bounds[t].count];
}

static void drop_first(struct lane *l, enum topic t)
{
	struct event *e = at(l, t, 0);

	l->gone = e->id;
	l->bytes -= e->n;
	mem_free(e->text);
	l->first = (l->first + 1) % bounds[t].count;
	l->count--;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	for (enum topic t = 0; t < TOPIC_COUNT; t++) {
		while (r->lane[t].count)
			drop_first(&r->lane[t], t);
		mem_free(r->lane[t].event);
	}
	mem_free(r);
}

static void drop_old(struct ring *r, uint64_t now_ms)
{
	for (enum topic t = 0; t < TOPIC_COUNT; t++)
		while (r->lane[t].count && at(&r->lane[t], t, 0)->at_ms + RING_SPAN_MS < now_ms)
			drop_first(&r->lane[t], t);
}

static void make_frame(struct buf *out, uint64_t id, enum topic t, cdt_str json)
{
	size_t from;

	buf_print(out, "id: %" PRIu64 "\nevent: %s\ndata: ", id, topic_names[t]);
	from = out->n;
	buf_add(out, json);
	for (size_t i = from; i < out->n; i++)
		if (out->p[i] == '\n' || out->p[i] == '\r')
			out->p[i] = ' ';
	buf_add_z(out, "\n\n");
}

void ring_put(struct ring *r, enum topic t, cdt_str json, uint64_t now_ms)
{
	struct lane *l = &r->lane[t];
	struct buf frame;

	buf_init(&frame, FRAME_MAX);
	make_frame(&frame, r->last + 1, t, json);
	drop_old(r, now_ms);
	if (frame.status != CDT_OK || frame.n > bounds[t].bytes) {
		ring_skip(r, t);
	} else {
		while (l->count == bounds[t].count ||
		       (l->count && l->bytes + frame.n > bounds[t].bytes))
			drop_first(l, t);
		if (!l->event)
			l->event = mem_new_array(bounds[t].count, sizeof *l->event);
		*at(l, t, l->count++) = (struct event){ ++r->last, now_ms,
		                                        mem_text(frame.p, frame.n), frame.n };
		l->bytes += frame.n;
	}
	buf_fini(&frame);
}

void ring_skip(struct ring *r, enum topic t)
{
	while (r->lane[t].count)
		drop_first(&r->lane[t], t);
	r->lane[t].gone = ++r->last;
}

size_t ring_bytes(const struct ring *r)
{
	size_t n = 0;

	for (enum topic t = 0; t < TOPIC_COUNT; t++)
		n += r->lane[t].bytes + (r->lane[t].event ? bounds[t].count *
		                         sizeof(struct event) : 0);
	return n;
}

/* --- places --- */

void ring_end(const struct ring *r, struct ring_place *out)
{
	for (enum topic t = 0; t < TOPIC_COUNT; t++)
		out->at[t] = t == TOPIC_STATS ? r->lane[t].gone : r->last;
}

bool ring_find(const struct ring *r, uint64_t id, struct ring_place *out)
{
	ring_end(r, out);
	if (id < r->base || id > r->last)
		return false;
	for (enum topic t = 0; t < TOPIC_COUNT; t++)
		out->at[t] = id;
	return true;
}

/* The first whose id is above; NULL: none. */
static const struct event *after(const struct lane *l, enum topic t, uint64_t id)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at(l, t, middle)->id > id)
			high = middle;
		else
			low = middle + 1;
	}
	return low < l->count ? at(l, t, low) : NULL;
}

const struct event *ring_next(const struct ring *r, uint32_t topics, struct ring_place *place,
                              uint32_t *missed)
{
	const struct event *best = NULL;
	enum topic of = 0;

	*missed = 0;
	for (enum topic t = 0; t < TOPIC_COUNT; t++) {
		const struct lane *l = &r->lane[t];
		const struct event *e;

		if (!(topics & 1U << t))
			continue;
		if (l->gone > place->at[t]) {
			place->at[t] = l->gone;
			*missed |= 1U << t;
		}
		e = after(l, t, place->at[t]);
		if (e && (!best || e->id < best->id)) {
			best = e;
			of = t;
		}
	}
	if (best)
		place->at[of] = best->id;
	return best;
}
