/* usage/record.h - what one exchange was, kept for people: a record and, in the same
 * transaction, its part of the sums by minute, hour and day.  Amounts are nano-USD, times UTC
 * milliseconds, counts -1 where nobody knows.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_RECORD_H
#define USAGE_RECORD_H
#include "conduit/base.h"

#include <stdbool.h>

struct store_txn;

enum { USAGE_ATTEMPTS_MAX = 6 };

/* One try at one upstream. */
struct usage_attempt {
	cdt_str target, provider, model;       /* model: the upstream's name for it */
	cdt_str outcome;                       /* "OK", or why it failed */
	cdt_str charge;                        /* why cost is what it is: "reported", ... */
	uint32_t http_status;                  /* 0: it did not answer */
	int64_t cost;
	/* Since the exchange began, in microseconds; -1: did not happen. */
	int64_t start_us, head_us, first_us, end_us;
	uint32_t number;                       /* not stored: 1, 2, 3... as they were begun */
};

/* Who gave a known answer, when it was new. */
struct usage_answerer { cdt_str target, provider, model; };

struct usage_record {
	int64_t wall_ms;                       /* when it began */
	cdt_str id;                            /* x-request-id */
	cdt_str key, group, model;             /* key's id; model's name here; "" = none */
	cdt_str operation;                     /* "chat" */
	cdt_str outcome;                       /* "OK", "CLIENT_GONE", a problem's name */
	cdt_str client, agent;                 /* address; user-agent */
	cdt_str price;                         /* the row that priced it; "" = none */
	cdt_str metadata;                      /* the request's, as JSON; "" = none */
	/* How its target was chosen, as JSON; "" = there was no choice. */
	cdt_str decision;
	uint32_t status;                       /* 499: the client had left */
	bool stream, estimated;                /* estimated: of some attempt nobody said */
	int64_t input, cached, cache_write, output, reasoning;
	int64_t cost, held;                    /* of all attempts; the most set aside */
	int64_t first_us, total_us, overhead_us, bytes_in, bytes_out;
	struct usage_attempt attempt[USAGE_ATTEMPTS_MAX];
	uint32_t attempt_count;
	/* "" = not cached, or what became of it: "BYPASS", "MISS", or it got a known answer:
	 * "HIT", "STALE", "COALESCED", "REPLAYED".  Without attempts, tokens are of that
	 * answer. */
	cdt_str cache;
	int64_t saved;                         /* that a known answer would have cost */
	struct usage_answerer answered_by;     /* of a known answer; else all "" */
	cdt_str trace;                         /* its id in hex; "" = none */
	bool shortened;                        /* of one read back: a text was cut to fit */
};

/* Who was asked last, or else gave the known answer, or "". */
cdt_str usage_provider(const struct usage_record *r);

/* A record on its way to the store: a copy, as bytes.  NULL: too large to be kept. */
struct usage_post;
struct usage_post *usage_post_new(const struct usage_record *r);       /* [any thread] */
void usage_post_free(struct usage_post *p);    /* NULL is fine */
/* What it is a copy of; texts are lent from it.  False: it is damaged. */
bool usage_post_read(const struct usage_post *p, struct usage_record *out);
/* Many of one worker in one piece of memory, which is freed with the last of them.  *sheaf
 * begins as NULL, and is another one when one is full; give it back at the end. */
struct usage_sheaf;
struct usage_post *usage_post_into(struct usage_sheaf **sheaf, const struct usage_record *r);
void usage_sheaf_give(struct usage_sheaf *s);  /* NULL is fine */
/* The same one for somebody else, who frees it, too.  It lies in a sheaf. */
struct usage_post *usage_post_share(struct usage_post *p);
/* Writes the record and adds to its sums.  [writer] */
cdt_status usage_post_apply(struct usage_post *p, struct store_txn *txn);

#endif
