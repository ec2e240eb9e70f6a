/* flow/recall.h - an exchange and the answers that are known: may it have one of them, does it
 * keep its own, whom does it follow, who follows it.  Private to the room.
 *
 *   step_recall.c  looks, and decides what comes of it
 *   replay.c       gives a known answer to the client, or one that another exchange is getting
 *   capture.c      writes down what an attempt brings, for others and for later
 *   promise.c      what an Idempotency-Key promises
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_RECALL_H
#define FLOW_RECALL_H
#include "cache/cache.h"
#include "config/config.h"
#include "flow/exchange.h"

enum recall_verdict {
	RECALL_BYPASS,                 /* it neither gets nor keeps one */
	RECALL_MISS,
	RECALL_HIT,
	RECALL_STALE,                  /* a hit that was too old, given as the rules allow */
	RECALL_JOINED,                 /* it got what another exchange was getting */
	RECALL_REPLAYED,               /* that of its Idempotency-Key, kept or on its way */
};

/* Of an exchange whose operation is cached; in its arena. */
struct recall {
	enum recall_verdict verdict;
	bool reads, keeps, shares;     /* a known answer; its own; with others */
	bool idempotent;               /* the answer is that of an Idempotency-Key */
	uint8_t body[KEPT_KEY_SIZE];   /* the same: digest of the request */
	struct shelf_order *keeping;   /* the same: it is being made durable */
	bool answered;                 /* the client has got a known one, or a part of it */
	uint8_t key[KEPT_KEY_SIZE];    /* of what was asked for */
	uint8_t keep_key[KEPT_KEY_SIZE];       /* of who answers: maybe another model */
	struct config_cache_rules rules;
	struct kept from;              /* verdict HIT and above: what it got */
	const struct target *target;   /* the same: who had answered; NULL: nobody's here */
	int64_t saved;                 /* nano-USD that it would have cost, less what it did */

	struct look look;
	cdt_str value;                 /* what was found, in the arena; {NULL,0} = nothing */
	bool is_stale;                 /* value is too old, but good if no provider answers */

	struct flight *flight;         /* that it leads, or sits in; NULL */
	bool leads;
	struct flight_seat seat;
	struct buf gathered;           /* frames of a stream that is wanted whole */
	struct timer pace;
	cdt_str left;                  /* frames that are still to be replayed */
	bool paused;                   /* before the first of them */
	bool stalled;                  /* its client takes no more for now */

	/* What an attempt brings. */
	uint64_t frame_us;             /* when the last frame came; 0: none has */
	bool unfit;                    /* it is no answer to be kept */
};

/* --- step_recall.c --- */
/* "BYPASS", "MISS", "HIT", "STALE", "COALESCED", "REPLAYED"; of an exchange without recall
 * "". */
const char *recall_word(const struct exchange *x);
/* The key of x's answer by that model: the one that was asked for, or that stood in for it. */
void recall_name(struct exchange *x, const struct route *route, uint8_t out[KEPT_KEY_SIZE]);
/* Head lines about the cache. */
void recall_head(const struct exchange *x, struct buf *head);
/* No provider has answered: true when the client got one that is too old instead. */
bool recall_rescue(struct exchange *x);
/* The client of one who leads has left: does the attempt go on for others? */
bool recall_flies_on(struct exchange *x);
/* Is the client slow, whose attempt feeds others too?  Then it does not pause. */
bool recall_is_shared(const struct exchange *x);
/* The slow client of one who follows takes more. */
void recall_drained(struct exchange *x);
bool recall_follows(const struct exchange *x);
/* The twin answers in first's stead. */
void recall_inherit(struct exchange *twin, struct exchange *first);
/* x is over. */
void recall_fini(struct exchange *x);

/* For promise.c: begins, with all false. */
struct recall *recall_new(struct exchange *x);
/* The same question is asked once: x leads (STEP_NEXT), or follows. */
enum step_result recall_fly(struct exchange *x);
/* Gives r->from to the client.  STEP_FAILED: it makes no sense, and nothing was sent. */
enum step_result recall_give(struct exchange *x, enum recall_verdict v);

/* --- promise.c --- */
/* The request has an Idempotency-Key, and that means something. */
bool promise_is_wanted(const struct exchange *x);
enum step_result promise_begin(struct exchange *x);
/* x leads: is the answer there already?  STEP_NEXT: no. */
enum step_result promise_look(struct exchange *x);
/* May x follow the one that leads, as its request is the same? */
bool promise_matches(const struct exchange *x);
enum step_result promise_conflict(struct exchange *x);
enum step_result promise_crowded(struct exchange *x);
/* Is x the one whose answer others are promised? */
bool promise_binds(const struct exchange *x);
/* Its answer is whole, and not yet settled.  True: attempt_kept comes once it is durable, or
 * can not be. */
bool promise_keep(struct exchange *x);
bool promise_is_being_kept(const struct exchange *x);
void promise_forget(struct recall *r);

/* --- replay.c --- */
/* Who had answered, if it is still there; NULL. */
const struct target *replay_target(const struct exchange *x, const struct kept *k);
/* Sends x->recall->from to the client.  STEP_WAIT: it is paced.  STEP_FAILED, with x->problem:
 * it makes no sense, and nothing was sent. */
enum step_result replay_known(struct exchange *x);
/* Is there an answer in value that may be given?  Fills r->from. */
bool replay_fits(struct exchange *x, cdt_str value);
/* Reads on in the flight that x sits in.  STEP_NEXT: nothing of it was seen, and it will not
 * do. */
enum step_result replay_follow(struct exchange *x);

/* --- capture.c --- */
/* What an attempt brings is written down. */
bool capture_is_on(const struct exchange *x);
/* Of a stream, what the client gets is written down as it is: bytes, or what was promised to
 * the very same request. */
bool capture_takes_text(const struct exchange *x);
void capture_again(struct exchange *x);        /* another attempt begins */
void capture_frame(struct exchange *x, cdt_str event, cdt_str body);
/* A stream's piece as it goes to the client: events, or bytes. */
void capture_text(struct exchange *x, cdt_str text);
void capture_spoil(struct exchange *x);        /* it is no answer for others */
void capture_whole(struct exchange *x, cdt_str body);
void capture_show(struct exchange *x);         /* what came will not be taken back */
/* All of the answer, as it is kept. */
cdt_status capture_pack(struct exchange *x, const uint8_t key[KEPT_KEY_SIZE],
                        struct buf *value);
/* The answer is whole: keeps it, where that is allowed, and tells those that follow. */
void capture_end(struct exchange *x);

#endif
