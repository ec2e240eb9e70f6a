/* usage/query.h - what was used, by whom and when: sums, and the records themselves.  Reads
 * one snapshot, within stated bounds.  Amounts are nano-USD, times UTC milliseconds.
 * [any thread that may wait for a disk]
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_QUERY_H
#define USAGE_QUERY_H
#include "usage/record.h"

struct store;
struct store_read;

#define USAGE_SUMS(X) \
	X(REQUESTS, "requests") X(ERRORS, "errors") X(ESTIMATED, "estimated") \
	X(INPUT, "input_tokens") X(CACHED, "cached_tokens") \
	X(CACHE_WRITE, "cache_write_tokens") X(OUTPUT, "output_tokens") \
	X(REASONING, "reasoning_tokens") X(TOTAL_US, "total_us") X(TOTALS, "total_count") \
	X(FIRST_US, "first_us") X(FIRSTS, "first_count") X(COST, "cost_usd") \
	X(HITS, "hits") X(SAVED, "saved_usd")
#define USAGE_SUM_ID(id, name) USAGE_##id,
enum usage_sum { USAGE_SUMS(USAGE_SUM_ID) USAGE_SUM_COUNT };

enum usage_dim { USAGE_KEY, USAGE_GROUP, USAGE_MODEL, USAGE_PROVIDER, USAGE_DIMS };
enum usage_grain { USAGE_MINUTE, USAGE_HOUR, USAGE_DAY, USAGE_GRAINS };

/* How long sums are kept; records as long as the configuration says. */
enum { USAGE_MINUTE_DAYS = 2, USAGE_HOUR_DAYS = 90, USAGE_DAY_DAYS = 3660 };
enum { USAGE_RECORD_DAYS_MAX = 366 };
enum { USAGE_ROWS_MAX = 100000, USAGE_SCAN_MAX = 4000000, USAGE_TOP_MAX = 100 };

/* --- sums --- */

/* When there are more names than n, the n - 1 biggest are told, and all others as "(other)".
 * Big is what has much of a sum in the whole time. */
struct usage_top {
	size_t n;                              /* at most USAGE_TOP_MAX; 0: all are told */
	enum usage_sum of, per;                /* per: of a mean; USAGE_SUM_COUNT: a sum */
};
struct usage_question {
	int64_t from_ms, to_ms, now_ms;        /* to_ms itself is outside */
	uint32_t by;                           /* 1 << enum usage_dim, ...; with top just one */
	enum usage_grain by_time;              /* USAGE_GRAINS: not by time */
	cdt_str only[USAGE_DIMS];              /* p NULL: any; "": those without */
	struct usage_top top;
	struct store_read *read;               /* of questions that must agree; NULL: its own */
};
/* name and time_ms only of what was asked by. */
struct usage_row {
	int64_t time_ms;
	cdt_str name[USAGE_DIMS];
	int64_t sum[USAGE_SUM_COUNT];
};
struct usage_answer {
	int64_t from_ms, to_ms;                /* what is covered: whole minutes, hours, days */
	struct usage_row total;
	size_t rows;
};
/* One call of row for each combination, by time and then by name.  Costs of an attempt count
 * for its provider, all else for the provider that was asked last; hits and what they saved,
 * for the one that had answered when nobody was asked.  Tokens are those that upstreams did,
 * and times those of requests that got no known answer.
 * CDT_E_INVALID: sums so fine are not kept for that long.  CDT_E_LIMIT: more than
 * USAGE_ROWS_MAX rows, or USAGE_SCAN_MAX sums to look at. */
cdt_status usage_query(struct store *s, const struct usage_question *q,
                       void (*row)(void *arg, const struct usage_row *r), void *arg,
                       struct usage_answer *out);

/* The shortest spans that sums of that time are still kept by. */
int64_t usage_span_ms(int64_t from_ms, int64_t now_ms);

/* --- records --- */

enum usage_cache {
	USAGE_CACHE_BYPASS, USAGE_CACHE_MISS,
	USAGE_CACHE_HIT, USAGE_CACHE_STALE, USAGE_CACHE_JOINED, USAGE_CACHE_REPLAYED
};

/* What a record's cache can be; ends with NULL. */
extern const char *const usage_cache_words[];

enum { USAGE_CURSOR_SIZE = 24, USAGE_PAGE_SCAN_MAX = 50000,
       USAGE_PAGE_CARDS_MAX = 16 << 20 };
struct usage_filter {
	int64_t from_ms, to_ms, now_ms;        /* by when they began */
	/* p NULL: any; a provider: of any attempt; without one, who gave the known answer. */
	cdt_str only[USAGE_DIMS];
	cdt_str outcome;                       /* p NULL: any */
	cdt_str cache;                         /* p NULL: any; "": those not cached */
	uint32_t status_min, status_max;       /* both 0: any */
	cdt_str cursor;                        /* "": from the newest */
	size_t limit;                          /* of a page */
};
/* The newest first, older than cursor: at most limit.  It looks through a few bytes of each of
 * the next USAGE_PAGE_CARDS_MAX, and at USAGE_PAGE_SCAN_MAX that may pass.  next: "" at the
 * end; else where to go on, even when this page has few or none.
 * CDT_E_INVALID: that is no cursor. */
cdt_status usage_list(struct store *s, const struct usage_filter *f,
                      void (*row)(void *arg, const struct usage_record *r), void *arg,
                      char next[USAGE_CURSOR_SIZE + 1]);
/* The same in pieces of a few milliseconds, for who has other things to do: call it until it is
 * done. */
struct usage_page {                            /* zeroed before the first call */
	size_t found, seen, cards;             /* seen: records; cards: looked at */
	bool done;
	char next[USAGE_CURSOR_SIZE + 1];
};
cdt_status usage_list_some(struct store *s, const struct usage_filter *f,
                           struct usage_page *page,
                           void (*row)(void *arg, const struct usage_record *r), void *arg);
/* How many a filter takes, by minute, hour or day of when they began, also where sums do not
 * tell. */
enum { USAGE_SPANS_MAX = 4096 };
struct usage_counts {
	int64_t from_ms, to_ms, span_ms;       /* of the first span; the filter's; of each */
	size_t spans;                          /* 0: none, or too many */
	uint64_t count[USAGE_SPANS_MAX], total;
	bool done, known;                      /* not known in the end: nobody can tell */
	uint64_t next;                         /* where to go on, and */
	size_t cards;                          /* how many were looked at: the room's own */
};
void usage_counts_init(struct usage_counts *c, const struct usage_filter *f,
                       enum usage_grain by_time);
/* One that passes, of who has looked at all of them. */
void usage_count_one(struct usage_counts *c, int64_t wall_ms);
/* Counts them all, in pieces, like usage_list_some. */
cdt_status usage_count_some(struct store *s, const struct usage_filter *f,
                            struct usage_counts *c);
/* The newest of that id.  CDT_E_ABSENT: there is none. */
cdt_status usage_find(struct store *s, cdt_str id, int64_t now_ms,
                      void (*row)(void *arg, const struct usage_record *r), void *arg);

/* --- what is old --- */

/* Drops what is past its time, one table a call.  True: there may be more, once the store's
 * writer has come to it. */
bool usage_drop(struct store *s, int64_t retain_ms, int64_t now_ms);

#endif
