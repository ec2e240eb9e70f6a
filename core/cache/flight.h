/* cache/flight.h - what is being asked right now, so that the same question is asked once: one
 * exchange leads and writes down what it gets, frame by frame; others sit in and read from the
 * beginning, each at its own pace, on any worker.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_FLIGHT_H
#define CACHE_FLIGHT_H
#include "base/list.h"
#include "base/problem.h"
#include "cache/kept.h"

struct flight;
struct flights;                        /* of the process */
struct worker;

/* FLIGHT_BYTES_MAX: of all frames of one; a longer answer can not be shared or kept. */
enum { FLIGHT_BYTES_MAX = 32 << 20, FLIGHT_SEATS_MAX = 65536 };

enum flight_end {
	FLIGHT_GOES_ON,
	FLIGHT_LANDED,                 /* the answer is whole */
	FLIGHT_BROKEN,                 /* it will not be: the problem holds for everybody */
	FLIGHT_DROPPED,                /* its leader could not go on, another one might */
};

struct flights *flights_new(void);
void flights_free(struct flights *f);  /* after all workers have ended; NULL is fine */

/* Who leads.  deserted(arg) comes on its worker when nobody sits in any more, once
 * flight_leave was called. */
struct flight_lead {
	bool stream;                   /* what it writes down are a stream's frames */
	uint8_t body[KEPT_KEY_SIZE];   /* digest of the request, for who must know; or zeroed */
	struct worker *worker;
	void (*deserted)(void *arg);
	void *arg;
};

/* The flight of that key: *leads, a new one which the caller must end; else one to sit in.
 * NULL: too many sit in already.  Each comes with a share that flight_give gives back; who
 * leads ends it first. */
struct flight *flight_take(struct flights *f, const uint8_t key[KEPT_KEY_SIZE],
                           const struct flight_lead *lead, bool *leads);
void flight_give(struct flight *f);            /* NULL is fine */
const struct flight_lead *flight_lead_of(const struct flight *f);
/* One that nobody can join. */
struct flight *flight_alone(const struct flight_lead *lead);

/* --- the leader --- */
/* Written down, but not yet seen.  CDT_E_LIMIT: too much, now and for all that follows. */
cdt_status flight_add(struct flight *f, const struct kept_frame *frame);
/* Nothing was seen: what was written is forgotten.  stand_in: the model that is asked now in
 * stead of the flight's own, or "". */
void flight_again(struct flight *f, cdt_str stand_in);
/* Another exchange of the same worker leads it from now on: its arg. */
void flight_led_by(struct flight *f, void *arg);
/* What has been written may be seen. */
void flight_show(struct flight *f);
/* Nobody can join it from now on; those that sit in go on. */
void flight_close(struct flight *f);
/* What has not been seen yet may be, and there is no more.  Those that sit in are told who has
 * answered (landed), or what the leader tells its own client (broken); both are copied, and
 * may be NULL else.  Once more is fine, and means nothing. */
void flight_end(struct flight *f, enum flight_end end, const struct kept *head,
                const struct problem *problem);
/* The leader's client has left.  True: others sit in, it is worth going on. */
bool flight_leave(struct flight *f);
/* Others sit in, and may go on doing so. */
bool flight_is_shared(struct flight *f);
/* All that was written, for keeping.  CDT_E_LIMIT: it was too much. */
cdt_status flight_frames(struct flight *f, struct buf *out);

/* --- those that sit in --- */
struct flight_seat {
	struct list link;
	struct flight *flight;         /* NULL: not seated */
	/* There is something to be read, or an end.  [its worker, from the loop] */
	void (*news)(void *arg);
	void *arg;
	const struct flight_block *block;      /* where it reads */
	size_t at;
};

/* From now on news come; the first one is sure to come.  [its worker] */
void flight_sit(struct flight *f, struct worker *w, struct flight_seat *seat);
/* No news come any more.  Once more is fine.  [its worker] */
void flight_rise(struct flight_seat *seat);
/* The next frame that may be seen; it lives as long as the flight. */
bool flight_read(struct flight_seat *seat, struct kept_frame *frame);
/* Who has said what flight_read gave: see flight_again. */
cdt_str flight_stand_in(const struct flight_seat *seat);
/* After flight_read found nothing.  GOES_ON: more is to come. */
enum flight_end flight_state(const struct flight_seat *seat);
/* Of one that has landed; of one that is broken.  They live as long as the flight. */
const struct kept *flight_head(const struct flight *f);
const struct problem *flight_problem(const struct flight *f);

#endif
