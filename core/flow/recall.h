/* flow/recall.h - an exchange and the answers that are known: may it have one of them, does it
 * keep its own, whom does it follow, who follows it.  Private to the room.
 *
 *   step_recall.c  looks, and decides what comes of it
 *   replay.c       gives a known answer to the client, or one that another exchange is getting
 *   capture.c      writes down what an attempt brings, for others and for later
 *   promise.c      what an Idempotency-Key promises
 *   recall_tell.c  what is told of it
 *   recall_pay.c   what a known answer costs who gets it
 *   recall_items.c requests for many things, some of which are known
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_RECALL_H
#define FLOW_RECALL_H
#include "cache/cache.h"
#include "config/config.h"
#include "flow/exchange.h"
#include "usage/query.h"

enum recall_verdict {
	RECALL_BYPASS = USAGE_CACHE_BYPASS,    /* it neither gets nor keeps one */
	RECALL_MISS = USAGE_CACHE_MISS,
	RECALL_HIT = USAGE_CACHE_HIT,
	RECALL_STALE = USAGE_CACHE_STALE,      /* a hit that was too old, as rules allow */
	RECALL_JOINED = USAGE_CACHE_JOINED,    /* it got what another exchange was getting */
	RECALL_REPLAYED = USAGE_CACHE_REPLAYED,        /* that of its Idempotency-Key */
};

/* Of an exchange whose operation is cached; in its arena. */
struct recall {
	enum recall_verdict verdict;
	bool reads, keeps, shares;     /* a known answer; its own; with others */
	bool idempotent;               /* the answer is that of an Idempotency-Key */
	uint8_t body[KEPT_KEY_SIZE];   /* the same: digest of the request */
	struct shelf_order *keeping;   /* the same: it is being made durable */
	bool answered;                 /* the client has got a known one, or a part of it */
	bool outlives;                 /* the request is needed when its client is answered */
	uint8_t key[KEPT_KEY_SIZE];    /* of what was asked for */
	uint8_t keep_key[KEPT_KEY_SIZE];       /* of who answers: maybe another model */
	struct config_cache_rules rules;
	struct kept from;              /* verdict HIT and above: what it got */
	const struct target *target;   /* the same: who had answered; NULL: nobody's here */
	int64_t saved;                 /* nano-USD that it would have cost, less what it did */

	struct items *items;           /* NULL: it is answered as a whole */
	struct look look;
	cdt_str value;                 /* what was found, in the arena; {NULL,0} = nothing */
	bool is_stale;                 /* value is too old, but good if no provider answers */

	struct flight *flight;         /* that it leads, or sits in; NULL */
	bool leads;
	struct flight_seat seat;
	struct buf gathered;           /* frames of a stream that is wanted whole */
	struct timer pace;
	uint64_t since_us;             /* it follows, or is paced; 0: neither */
	cdt_str left;                  /* frames that are still to be replayed */
	bool paused;                   /* before the first of them */
	bool stalled;                  /* its client takes no more for now */

	/* What an attempt brings. */
	uint64_t frame_us;             /* when the last frame came; 0: none has */
	bool unfit;                    /* it is no answer to be kept */
};

/* --- recall_tell.c --- */
/* "BYPASS", "MISS", "HIT", "STALE", "COALESCED", "REPLAYED"; of an exchange without recall
 * "". */
const char *recall_word(const struct exchange *x);
/* Who had given the known answer that x got; NULL: it got none, or nobody's here. */
const struct target *recall_target(const struct exchange *x);
/* Head lines about it. */
void recall_head(const struct exchange *x, struct buf *head);
/* x is over: it is one more in the numbers of the cache. */
void recall_count(const struct exchange *x);

/* --- step_recall.c --- */
/* The key of x's answer by that model: the one that was asked for, or that stood in for it. */
void recall_name(struct exchange *x, const struct route *route, uint8_t out[KEPT_KEY_SIZE]);
/* The same of all but that member. */
void recall_name_rest(struct exchange *x, const struct route *route, const char *member,
                      uint8_t out[KEPT_KEY_SIZE]);
/* An answer that x may have; beyond_ms: so long after its time. */
bool recall_is_fresh(const struct recall *r, const struct kept *k, int64_t beyond_ms);
/* No provider has answered: true when the client got one that is too old instead. */
bool recall_rescue(struct exchange *x);
/* The client of one who leads has left: does the attempt go on for others? */
bool recall_flies_on(struct exchange *x);
/* Is the client slow, whose attempt feeds others too?  Then it does not pause. */
bool recall_is_shared(const struct exchange *x);
/* The slow client of one who follows takes more.  x may be gone when this returns. */
void recall_drained(struct exchange *x);
bool recall_follows(const struct exchange *x);
/* The twin answers in first's stead. */
void recall_inherit(struct exchange *twin, struct exchange *first);
/* x comes to nothing: those that follow hear of it, and nobody follows it any more.  Before its
 * client does, so that one who comes back at once asks anew.  Once more is fine. */
void recall_land(struct exchange *x);
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

/* --- recall_items.c --- */
/* Takes the request apart into x->recall->items, where its surface can. */
void items_begin(struct exchange *x);
void items_fini(struct exchange *x);
/* Looks for each of them.  True: done; else recall_items_here comes (step_recall.c). */
bool items_look(struct exchange *x);
void recall_items_here(struct exchange *x);
/* All are known: x->recall->from says what they are together.  Else the request is to ask for
 * the others only. */
bool items_known(struct exchange *x);
/* An attempt with c is thought of: the request asks for what c must be asked.  Without items:
 * nothing. */
void items_aim(struct exchange *x, const struct candidate *c);
/* May c be asked for what the request asks for now? */
bool items_suit(const struct exchange *x, const struct candidate *c);
void items_again(struct exchange *x);          /* an attempt begins */
/* The answer to what was asked for is in out: keeps each part, and makes it that to the whole
 * request. */
cdt_status items_capture(struct exchange *x, struct buf *out);
/* The answer of parts that are all there. */
cdt_status items_join(struct exchange *x, struct buf *out);
/* What the whole answer is worth, not only what of it was asked for. */
void items_head(const struct exchange *x, struct kept *k);

/* --- recall_pay.c --- */
/* Verdict HIT: its share.  ASKED: recall_granted or recall_denied comes (step_recall.c). */
enum charge_answer pay_for_hit(struct exchange *x);
void recall_granted(struct exchange *x);
void recall_denied(struct exchange *x);
/* All but the end was given, which is in x->relay.closing.  True: recall_settled comes. */
bool pay_at_end(struct exchange *x);
void recall_settled(struct exchange *x);
/* Verdict JOINED: the share is held, or will not be. */
void pay_follower(struct exchange *x, bool granted);
bool pay_may_follow(struct exchange *x);       /* it could pay something */

/* --- replay.c --- */
/* Who had answered.  NULL: it is not there any more, or its answer was purged. */
const struct target *replay_target(struct exchange *x, const struct kept *k);
/* Sends x->recall->from to the client.  STEP_WAIT: it is paced.  STEP_FAILED, with x->problem:
 * it makes no sense, and nothing was sent. */
enum step_result replay_known(struct exchange *x);
/* Is there an answer in value that may be given?  Fills r->from. */
bool replay_fits(struct exchange *x, cdt_str value);
/* Reads on in the flight that x sits in.  STEP_NEXT: x has got nothing of it, and is to ask by
 * itself: its leader is gone, or what it brings is not for x. */
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
void capture_doubt(struct exchange *x);        /* it is no answer for later */
/* A whole answer is about to be sent; what was asked item by item is put together here. */
cdt_status capture_whole(struct exchange *x, struct buf *out);
/* What x's answer is kept with. */
void capture_head(const struct exchange *x, struct kept *k);
void capture_show(struct exchange *x);         /* what came will not be taken back */
/* All of the answer, as it is kept. */
cdt_status capture_pack(struct exchange *x, const uint8_t key[KEPT_KEY_SIZE],
                        struct buf *value);
/* The answer is whole: keeps it, where that is allowed, and tells those that follow. */
void capture_end(struct exchange *x);

#endif
