/* sim/sim.h - one gateway with its disk, clocks, clients and upstreams, in one thread and out
 * of one seed.  What the gateway is made of is core's own code: the book, the ledger, recovery,
 * the limiter, the ranking, bounds, bills and guesses.  What core asks of the world (threads,
 * files, clocks, dice, memory) is answered by the doubles in this folder, under core's names,
 * so that the linker takes them instead of core's.
 * SPDX-License-Identifier: MIT */
#ifndef SIM_SIM_H
#define SIM_SIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conduit/base.h"

/* --- dice.c: all that is left to chance, by the seed --- */
void dice_seed(uint64_t seed);
uint64_t dice(uint64_t below);                 /* 0 <= r < below, below > 0 */
int64_t dice_between(int64_t least, int64_t most);
bool dice_permille(unsigned p);

/* --- queue.c: what will happen, in order of virtual time --- */
enum whose { OF_WORLD, OF_GATEWAY };           /* what is the gateway's dies with it */
void queue_reset(void);
void queue_add(uint64_t in_us, enum whose owner, const char *name, void (*run)(void *arg),
               void *arg);
void queue_cancel(void (*run)(void *arg), const void *arg);
void queue_crash(void);                        /* the gateway's own are gone */
bool queue_step(void);                         /* the next one; false: nothing is left */
uint64_t queue_now_us(void);

/* --- trace.c: what has happened --- */
struct trace_end { uint64_t events, hash; };
void trace_reset(uint64_t seed, uint64_t events, bool verbose);
void trace_event(const char *name, uint64_t at_us);
/* A part of the event under way: what, whose, how much. */
void trace_note(const char *what, uint64_t whose, int64_t much);
struct trace_end trace_sum(void);
/* Prints how to do it again and what happened last, and ends the program. */
_Noreturn void sim_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- heap.c: the memory of the gateway --- */
void heap_keep(void);                          /* what is there is the world's, for ever */
void heap_crash(void);                         /* all of it is gone */
size_t heap_count(void);

/* --- clocks.c: what clock_gettime says --- */
void clocks_reset(void);
void clocks_disturb(void);                     /* the wall clock jumps, drifts, is set right */
int64_t clocks_wall_ms(void);

/* --- disk.c: the store; see there.  keeper.c: the side journal --- */
enum disk_fault { DISK_FINE, DISK_FULL, DISK_BROKEN };
void disk_reset(void);
void disk_crash(void);                         /* what was not committed is gone */
void disk_set(enum disk_fault fault);          /* DISK_BROKEN lasts until the next start */
enum disk_fault disk_fault(void);
struct store *disk_store(void);
void keeper_reset(void);
void keeper_crash(void);
bool keeper_has(uint32_t epoch, uint64_t number);        /* its settlement, durably */

/* --- gateway.c: the process: it starts, dies, ends --- */
struct ledger;
struct limiter;
struct roster;
struct guesses;
struct worker;
struct gateway {
	struct ledger *ledger;                 /* NULL: it does not run */
	struct limiter *limiter;
	struct roster *roster;
	struct guesses *guesses;
	struct worker *worker;
	uint64_t starts, started_us;
};
extern struct gateway gateway;
void gateway_start(void);
void gateway_crash(void);
void gateway_end(void);                        /* in good order; nothing may be under way */

/* --- owners.c: keys and groups, and what the operator does to them --- */
struct key;
enum { KEYS = 6, GROUPS = 2, MODELS = 3, UPSTREAMS = 4 };
void owners_open(void);                        /* once: reads the zones */
void owners_reset(void);
void owners_change(void);                      /* one thing, by chance */
const struct key *owners_key(size_t i);        /* NULL: deleted.  Kept until owners_reset. */
const struct key *owners_group_of(const struct key *k);        /* or NULL */

/* --- targets.c: who can answer --- */
struct target;
struct route;
struct config_limits;
void targets_reset(void);
const struct route *targets_route(size_t model);
size_t targets_number(const struct target *t); /* which upstream */
const struct config_limits *targets_model_limits(size_t model);

/* --- visits.c: what clients ask, and what becomes of it --- */
void visits_reset(void);
void visits_burst(void);
void visits_one_leaves(void);
void visits_crash(void);
size_t visits_open(void);
/* From upstreams, about one attempt; they do nothing if it is over. */
struct cdt_usage;
enum ending { END_WHOLE, END_UNREACHED, END_REFUSED, END_BROKEN };
void visits_more(uint64_t visit, uint32_t attempt, int64_t tokens, int64_t units,
                 const struct cdt_usage *usage);
void visits_end(uint64_t visit, uint32_t attempt, enum ending ending);

/* --- upstreams.c: they answer, fail, and keep their own bills --- */
struct upstream_order {
	uint64_t visit;
	uint32_t attempt;
	const struct target *target;
	bool stream, translated;
	int64_t body_bytes, max_output, n;
};
void upstreams_reset(void);
void upstreams_ask(const struct upstream_order *o);
/* Nobody reads on.  One that stops when it is left bills what it has made until now. */
void upstreams_leave(uint64_t visit, uint32_t attempt);
void upstreams_crash(void);                    /* nobody reads any of them on */
void upstreams_behave(bool all);               /* no new faults from now on */

/* --- truth.c: what must hold, after each event --- */
enum { ATTEMPTS = 3, ACCOUNTS = 16 };
/* An attempt of a visit, known to the world for ever. */
struct record {
	uint64_t visit;
	uint32_t attempt;
	bool stream, is_paid;                  /* money was asked for */
	int64_t limits[ACCOUNTS];              /* that were in force when it was */
	int64_t least;                         /* a recovery charges that, or all */
	uint32_t epoch;                        /* of its hold, once that is durable */
	uint64_t number;
	bool is_open;                          /* the hold is there */
	uint64_t entries;                      /* in the durable ledger: 0 or 1 */
	int64_t amount;
	uint8_t kind, reason;
	bool is_promised;                      /* the client was told that it is charged */
	int64_t promised;
	bool is_asked, is_over, is_honest;     /* the upstream: was asked, has its bill */
	int64_t bill;
};
void truth_reset(void);
struct record *truth_record(uint64_t visit, uint32_t attempt);         /* made if new */
/* What one operation of the store has changed; all of it is durable now.  n == 0 is none. */
struct change { int table; cdt_str key, before, after; bool was, is; };
void truth_changes(const struct change *c, size_t n);
/* The upstream is about to be asked; the client is about to see the end. */
void truth_before_call(const struct record *r);
void truth_promise(struct record *r, int64_t amount);
void truth_time(int64_t now_ms);               /* the ledger's, which does not go back */
void truth_start(void);                        /* the gateway has started again */
void truth_event(void);                        /* after each one */
void truth_verify(void);                       /* the whole book */
void truth_end(void);                          /* nothing is under way */

struct truth_sums {
	uint64_t entries, holds, promised, breaches, recovered, verified;
	int64_t charged, billed, breached, over, under;        /* over, under: not as billed */
};
struct truth_sums truth_sums(void);

/* --- leases.c: what must hold of the limiter --- */
struct limit_scope;
void leases_reset(void);
void leases_crash(void);
/* took: which limits each scope was taken from, as in a lease. */
void leases_took(const struct limit_scope *scopes, const uint8_t *took, size_t count);
void leases_gave(const struct limit_scope *scopes, const uint8_t *took, size_t count);
/* As if it had not been taken, at that time. */
void leases_undid(const struct limit_scope *scopes, const uint8_t *took, size_t count,
                  uint64_t taken_us);
void leases_end(void);

#endif
