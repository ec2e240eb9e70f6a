/* flow/exchange.h - one client request from its arrival to its end.  Lives and dies on one
 * worker; its memory is its arena.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_EXCHANGE_H
#define FLOW_EXCHANGE_H
#include "base/list.h"
#include "flow/charge.h"
#include "flow/flow.h"
#include "limit/limiter.h"
#include "loop/worker.h"
#include "telemetry/trace.h"
#include "upstream/attempt.h"
#include "usage/record.h"

enum step_result { STEP_NEXT, STEP_WAIT, STEP_DONE, STEP_FAILED };

enum { EXCHANGE_ID_MAX = 128, EXCHANGE_ARENA_MAX = 256 << 20,
       ATTEMPTS_MAX = USAGE_ATTEMPTS_MAX, CHAIN_MAX = 8, LEFT_OUT_MAX = 16 };

/* What goes back to the client (relay.c). */
struct relay {
	struct buf held;               /* what must not be seen yet */
	struct buf *closing;           /* what is to be sent last: held, or the scratch */
	struct answer answer;          /* a translated whole answer */
	bool begun;                    /* the head was sent */
	bool meaningful;               /* something came that a user would see */
	bool shown;                    /* and was sent: no other attempt can be made */
	bool slow;
	uint32_t quiet_ms;             /* since something was sent; see pulse.c */
	uint32_t stops, stop_kinds;    /* how many; 1 << CDT_STOP_... */
	int64_t seen;                  /* of the answer, in guess.h's units */
	/* What it is made of, counted by us; 0 = nothing. */
	int64_t images, seconds_ms;
	cdt_str type;                  /* the answer's media type, NUL-ended; "" = the usual */
	uint32_t frames;               /* CDT_FRAMES_... of an answer that is passed on */
};

struct exchange {
	struct list link;              /* of its flow */
	struct flow *flow;
	const struct surface *surface;
	struct http_request *request;  /* NULL once it is answered, cut or gone */
	struct generation_use *generation;
	struct arena arena;
	cdt_str id;                    /* NUL-ended */
	cdt_str rest;                  /* the path below a surface that ends with '/' */
	struct key *key, *group;       /* group NULL: the key has none */
	struct ask ask;
	struct problem problem;        /* cause NONE: fine */
	size_t step;

	struct recall *recall;         /* NULL: its operation is not cached; see recall.h */
	bool explains;                 /* what would be done; it asks nobody */
	const struct route *route;     /* of the model that was asked for */
	const struct route *serving;   /* of the candidates: it, or a fallback */
	struct wish wish;
	struct json *tags;             /* of the wish */
	uint32_t policy_number;        /* that ordered the candidates */
	const struct candidate *candidates;
	size_t candidate_count, candidate_next;
	struct skipped *skipped;
	size_t skipped_count;
	struct chain {                 /* of fallbacks */
		const struct route *seen[CHAIN_MAX];
		size_t count, next;
	} chain;
	struct live {
		const struct candidate *candidate;     /* of the attempt under way */
		bool probe, account_probe;
	} live;
	struct exchange *twin;         /* a hedge, or whom it hedges; see hedge.h */
	struct exchange *kept;         /* whose memory this one stands on */
	struct timer hedge_timer;
	bool is_hedge;                 /* it has no client yet */
	bool overtaken;                /* its twin was faster */
	bool crowded;                  /* a credential was full */
	bool retried;
	uint8_t may;                   /* who may follow the latest; see step_attempt.c */
	int64_t again_ms;              /* it may be made again after so long; -1: it may not */
	const struct candidate *tried; /* the latest */
	struct attempt *attempt;
	uint32_t attempts;
	uint32_t begun, number;        /* attempts, its twin's too; which one the latest was */
	bool native;                   /* the latest attempt's */
	bool timed;                    /* its steps are; see count_work.c */
	bool is_stream;                /* of those that its flow counts */
	bool left;                     /* the client did, before its answer was whole */
	struct relay relay;
	struct lease lease, attempt_lease;     /* of key and model; of the credential */
	struct lease serving_lease;            /* of a fallback's model */
	const struct measure *measure;         /* NULL: the operation is of text alone */
	struct charge *charge;                 /* NULL: no budget pays */
	struct bill bill;                      /* the latest attempt's */
	int64_t cost, held;                    /* nano-USD: of all attempts; the most held */
	int64_t max_output;                    /* what attempts are limited to; 0 = not */
	struct untold *untold;                 /* charges without a record; NULL: none */
	struct usage_attempt *tries;           /* ATTEMPTS_MAX, in the arena; NULL: none yet */
	struct attempt_times end_times;        /* the latest attempt's */
	uint32_t end_status;                   /* HTTP; the same */
	struct media *media;                   /* fetched for it; NULL: none */
	const struct candidate *media_for;     /* who waits for them */
	const cdt_str *dropped;                /* the same, of its request's members */
	size_t dropped_count;
	/* What the surface could not say in its canonical document (exchange_leave_out). */
	cdt_str left_out[LEFT_OUT_MAX];
	size_t left_out_count;
	bool strict;                   /* the latest attempt's: nothing may be left out */
	uint32_t reason;                       /* CDT_ERR_... of the latest; 0 = it did not */
	bool estimated, reported, writes_for_an_hour;
	cdt_str metadata;                      /* the request's; "" = none */
	struct limit_view limits;              /* the key's, see limit_seen */
	bool limits_seen;
	struct waiting {
		struct list link;              /* of its flow's line */
		uint64_t until_ms, retry_ms;   /* clock_ms */
		uint64_t since_us;             /* it waits; what was before is in waited_us */
		/* At retry_ms.  False: it has left the line, and may be gone. */
		bool (*again)(struct exchange *x, uint64_t now_ms);
		bool patient;                  /* not sooner, whatever comes free */
	} waiting;
	void *surface_state;           /* of a stream; in the arena */
	struct shelf_order *keepsake;  /* is being written; see keepsake_put */
	struct json_lazy *lazy;      /* the client's document while a provider builds from it */

	struct cdt_usage usage;
	uint32_t timeout_ms;           /* the client's own, 0 = none */
	int64_t wall_ms;
	uint64_t started_us, attempt_us, first_us;     /* clock_us */
	uint64_t waited_us;            /* for others: in finished attempts, in lines */
	uint32_t status;               /* that the client got; 0 = none, it left */
	int64_t bytes_in, bytes_out;
	cdt_str method, path, agent, peer;     /* for the log */
	cdt_str session;                       /* x-session-id; "" = none */
	struct trace *trace;                   /* NULL: nobody wants to know */
	cdt_str content;                       /* of the request, for its span */
};

/* --- the steps; steps.c has the table --- */
struct step { const char *name; enum step_result (*run)(struct exchange *x); };
extern const struct step steps[];

/* Bytes of the request without those of its files: what tokens are estimated from. */
int64_t exchange_text_bytes(const struct exchange *x);
/* Of its generation. */
const struct config *exchange_config(const struct exchange *x);
void exchange_free(struct exchange *x);
/* It is one of the streams that flow_streams counts, until it is freed. */
void flow_note_stream(struct exchange *x);
/* Runs steps until one waits; frees the exchange after the last. */
void exchange_run(struct exchange *x);
/* A waiting step has its result. */
void exchange_resume(struct exchange *x, enum step_result result);

struct generation_use *generation_take(struct flow *f);
void generation_give(struct generation_use *g);
struct roster *exchange_roster(const struct exchange *x);

/* Both the key and its group allow one of the two names; also may be {NULL,0}. */
bool exchange_may_model(const struct exchange *x, cdt_str model, cdt_str also);
enum step_result step_identify(struct exchange *x);
enum step_result step_decode(struct exchange *x);
enum step_result step_permit(struct exchange *x);
enum step_result step_limit(struct exchange *x);
enum step_result step_recall(struct exchange *x);
enum step_result step_route(struct exchange *x);
enum step_result step_attempt(struct exchange *x);
enum step_result step_settle(struct exchange *x);

/* --- step_route.c --- */
/* The candidates of route become x's.  Those of an empty plan are none. */
cdt_status route_plan(struct exchange *x, const struct route *route, struct plan *p);

/* --- explain.c --- */
/* Answers with what would have been done. */
enum step_result explain_answer(struct exchange *x);
/* How the target was chosen, in short, as JSON; "" when there was no choice. */
cdt_str explain_decision(struct exchange *x);
/* --- order.c --- */
/* Milliseconds, for all attempts together; 0: it is over. */
uint32_t attempt_time_left(const struct exchange *x, const struct target *t);
/* All that an attempt with c is told.  Its document lives as long as x->lazy
 * or x->ask.doc. */
cdt_status attempt_order_of(struct exchange *x, const struct candidate *c,
                            struct attempt_order *o);

/* --- live.c --- */
/* False: not now; x->crowded says when it is for want of a place. */
bool live_begin(struct exchange *x, const struct candidate *c);
void live_end(struct exchange *x, const struct attempt_end *end);
/* It was left before it showed anything.  Once more is fine, as of live_end. */
void live_leave(struct exchange *x);

/* --- pulse.c --- */
struct pulse;
struct pulse *pulse_new(struct flow *f);
void pulse_free(struct pulse *p);              /* NULL is fine */
/* A stream is asked for: from now on somebody looks. */
void pulse_watch(struct pulse *p);
struct pulse *flow_pulse(struct flow *f);
/* All exchanges of a worker, by their links. */
struct list *flow_exchanges(struct flow *f);

/* --- media.c --- */
enum media_state { MEDIA_READY, MEDIA_WAITS, MEDIA_FAILED };
/* Are the pictures and files that a target's provider can not fetch here?  MEDIA_WAITS:
 * attempt_media_here comes.  MEDIA_FAILED: x->problem says why. */
enum media_state media_prepare(struct exchange *x, const struct target *t);
/* Those that were fetched take the place of their addresses. */
void media_put(struct exchange *x, struct json *doc);
/* step_attempt.c: they have come, or x->problem says why not. */
void attempt_media_here(struct exchange *x, bool ok);

/* --- relay.c --- */
extern const struct attempt_ops relay_ops;     /* arg: the exchange */
void relay_init(struct exchange *x);
void relay_prepare(struct exchange *x);        /* without a client to watch */
void relay_fini(struct exchange *x);
/* From here on it is noticed when the client leaves. */
void relay_watch(struct exchange *x);
/* Another attempt begins: forget what was held of the last. */
void relay_again(struct exchange *x);
/* The last attempt ended well: what is still to be sent is made and kept.  STEP_FAILED with
 * x->problem when its answer makes no sense. */
enum step_result relay_close(struct exchange *x);
/* Sends a piece of a stream, with the head before the first.  False: the client is slow. */
bool relay_send(struct exchange *x, struct buf *out);
/* x->relay.closing waits for something: it is kept apart from what others write. */
void relay_keep(struct exchange *x);
/* Nothing more is waited for: sends it. */
enum step_result relay_finish(struct exchange *x);
/* Ends a stream that costs more than is there, as if the answer had been too long for its
 * limit.  From the loop. */
void relay_cut(struct exchange *x);
/* A comment, so that nobody on the way thinks that the stream is dead. */
void relay_keep_alive(struct exchange *x);
/* A stream that has begun can not be whole: its dialect's error event, then the end; one of
 * bytes is cut. */
void relay_broken(struct exchange *x);
/* The answer is of this media type.  Before its first byte is shown; what is none is not
 * listened to. */
void relay_type(struct exchange *x, cdt_str type);
/* So much sound was listened to. */
void relay_seconds(struct exchange *x, double seconds);
/* report.c: what it has taken until then without what it has waited for others: attempts,
 * lines, the leader that it follows, the pace of a kept stream. */
uint64_t exchange_overhead_us(const struct exchange *x, uint64_t now_us);
/* step_attempt.c: the attempt under way is left where it is. */
void attempt_leave(struct exchange *x);
/* step_attempt.c: a hedge begins; it may be gone when this returns. */
void attempt_hedge(struct exchange *x);
/* Called by relay's end; step_attempt.c: try on, give up, or go on. */
void attempt_ended(struct exchange *x, const struct attempt_end *end);
/* relay_close has made all of an answer: it is kept where it was promised, settled, sent.  x
 * may be gone when this returns. */
void attempt_answered(struct exchange *x);
/* promise.c: it has been kept, or can not be. */
void attempt_kept(struct exchange *x);

/* keepsake.c: what the surface keeps is durable, or can not be. */
void attempt_remembered(struct exchange *x);

/* --- keepsake.c: what surfaces keep --- */
/* Writes v, whose bytes are taken.  False: it can not be now.  Else x waits: for an answer of
 * the surface's own, until that is durable. */
bool keepsake_put(struct exchange *x, struct shelf_value *v);
/* The answer is made.  True: attempt_remembered comes. */
bool keepsake_keep(struct exchange *x);
/* body is sent once what was put is durable. */
enum step_result keepsake_wait(struct exchange *x, struct buf *body);
void keepsake_forget(struct exchange *x);

/* --- step_limit.c --- */
/* Tokens, for limits and for choosing. */
void limit_estimate(const struct exchange *x, int64_t *input, int64_t *output);
/* May the model of a fallback be asked now?  Then it holds its part of that model's limits. */
bool limit_serving(struct exchange *x);
/* May an attempt with this candidate be made now?  Then it holds its part of the credential's
 * limits until limit_attempt_end; else *wait_ms says how long not (0: nobody knows). */
bool limit_attempt(struct exchange *x, const struct candidate *c, uint64_t *wait_ms);
/* The attempt is over, or was none.  answered: it was not in vain.  Once more is fine. */
void limit_attempt_end(struct exchange *x, bool answered);
/* Money was refused for it: as if it had not been asked. */
void limit_attempt_undo(struct exchange *x);
/* Nothing more will be asked upstream: everything is given back that the exchange holds.
 * Before the last byte of the answer, so that a client that comes back at once finds it free;
 * and by settle, for those that left.  Once more is fine. */
void limit_end(struct exchange *x);
/* What x's key is limited to, where it says nothing by the default. */
struct config_limits limit_effective(const struct exchange *x);
/* By which its counters are known. */
enum { LIMIT_ID_SIZE = 256 };
cdt_str limit_key_id(const struct exchange *x, char out[LIMIT_ID_SIZE]);

/* --- limits.c: how limits are shown --- */
enum { LIMIT_TEXT_SIZE = 32 };
/* "120ms", "1s", "6m0s", "23h0m5s"; upwards to whole seconds.  Returns out. */
char *limit_text(uint64_t ms, char out[LIMIT_TEXT_SIZE]);
/* Those of x's key as they were when they were first looked at; all 0 without a key. */
const struct limit_view *limit_seen(struct exchange *x);
/* The x-ratelimit-* lines. */
void limit_head(struct exchange *x, struct buf *head);

/* --- instead.c: see surface.instead --- */
/* Nobody is to be asked. */
bool instead_is_due(const struct exchange *x);
/* True: the client has it. */
bool instead_answer(struct exchange *x);
/* Nobody has answered: true when the client got the surface's own answer. */
bool instead_rescue(struct exchange *x);

/* --- giveup.c --- */
/* Tells the client what x->problem says, as its dialect does. */
void giveup(struct exchange *x);
/* The client's view of why an attempt failed. */
void giveup_explain(struct exchange *x, const struct attempt_end *end);

/* A surface's canonical document is without that part of the request: it is told in a head
 * line.  CDT_E_INVALID, with x->problem, where nothing may be left out. */
cdt_status exchange_leave_out(struct exchange *x, const char *name);
/* A whole answer that we have written ourselves, with x->status. */
void exchange_reply(struct exchange *x, cdt_str json);
/* Head lines of every answer: ids, target, attempts. */
void exchange_head(struct exchange *x, const char *content_type, struct buf *head);
/* A buffer of the worker that is empty between callbacks. */
struct buf *flow_scratch(struct flow *f);
struct buf *flow_head_scratch(struct flow *f);
/* Memory for the rest of this callback. */
struct arena *flow_brief(struct flow *f);
struct line *flow_line(struct flow *f);                /* of who waits for limits */
struct purse *flow_purse(struct flow *f);
struct guesses *flow_guesses(struct flow *f);
struct desk *flow_desk(struct flow *f);                /* of answers that are known */
struct outbox *flow_outbox(struct flow *f);
const struct flow_parts *flow_parts(const struct flow *f);

/* --- trace.c --- */
/* A trace begins, or goes on here.  proved: its key has.  While x->request is there. */
void exchange_trace(struct exchange *x, bool proved);
/* In hex; "" = none. */
cdt_str exchange_trace_id(const struct exchange *x);
/* The upstream is told, if it is to be. */
void trace_order(struct exchange *x, struct attempt_order *o);
/* x is over: its spans are on their way. */
void trace_send(struct exchange *x);

/* --- count.c: one struct counts a flow --- */
struct counts;
struct counts *counts_new(struct metrics *m);
void counts_free(struct counts *c);
void counts_forget(struct counts *c);         /* a new generation: pointers mean other things */
/* Is the next exchange one of those whose steps are timed? */
bool counts_time_next(struct counts *c);
struct counts *flow_counts(const struct flow *f);
void flow_count(struct exchange *x);           /* a finished exchange */
void flow_count_attempt(struct exchange *x);   /* one that begins */
void flow_count_attempt_end(struct exchange *x);       /* and has its bill */
/* Runs the step of x that is next, and counts how long that took. */
enum step_result flow_time_step(struct exchange *x);
/* An upstream has billed more than it was limited to. */
void flow_count_breach(struct exchange *x, int64_t nanousd);
/* A credential is left alone for a while. */
void flow_count_benched(struct exchange *x, const struct candidate *c, uint32_t reason);
void flow_count_retry(struct exchange *x, const struct target *t, const char *kind);
/* The policy that a key or group names is unknown now; also logged, once in a while. */
void flow_count_lost_policy(struct exchange *x, const struct key *of);
/* A limit refused (shadowed: would have). */
void flow_count_limit(struct exchange *x, bool shadowed, const char *scope, enum limit limit);

#endif
