/* ledger/record.h - accounts, holds and entries as bytes: fixed width, big-endian, versioned.
 * Amounts are nano-USD, times UTC milliseconds.  Pure functions.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_RECORD_H
#define LEDGER_RECORD_H
#include "conduit/base.h"

#include <stdbool.h>

enum { ACCOUNTS_MAX = 16, OWNER_SIZE = 16, ACCOUNT_KEY_SIZE = 1 + OWNER_SIZE + 8 + 8,
       HOLD_KEY_SIZE = 4 + 8, ENTRY_KEY_SIZE = 8, CHAIN_SIZE = 16, REQUEST_SIZE = 32,
       PURPOSE_SIZE = 240, RECORD_MAX = 1024 };

enum owner_kind { OWNER_KEY = 1, OWNER_GROUP = 2 };

/* One budget of one owner in one period: a new period is a new account. */
struct account_id {
	uint8_t kind;                  /* enum owner_kind */
	char owner[OWNER_SIZE];        /* of a key or group; filled up with NUL */
	uint64_t budget;               /* which of its budgets */
	int64_t period_start_ms;
};
struct account { int64_t posted, held; uint64_t entries; };

/* Start of the process, and a number in it: never used twice. */
struct hold_id { uint32_t epoch; uint64_t number; };

/* What money is for, in the words of who asks for it: kept for the record of a process that
 * died, and not read here. */
struct purpose { uint32_t n; char text[PURPOSE_SIZE]; };

/* Money that an attempt may cost, set aside before the upstream is called. */
struct hold {
	struct hold_id id;
	int64_t amount;
	int64_t seen;                  /* cost of what had been seen at the last checkpoint */
	int64_t margin;                /* ... and of what may flow between two of them */
	int64_t wall_ms;               /* when it was made */
	uint32_t attempt;
	char key[OWNER_SIZE];          /* who asked */
	char request[REQUEST_SIZE];    /* x-request-id, or its beginning */
	uint32_t account_count;
	struct account_id account[ACCOUNTS_MAX];
	struct purpose purpose;
	/* Not stored: the amounts that alerts about the accounts go by; 0 = none. */
	int64_t mark[ACCOUNTS_MAX];
};

enum entry_kind {
	ENTRY_POST = 1,                /* a hold became a charge */
	ENTRY_VOID,                    /* a hold became nothing */
	ENTRY_RECOVER,                 /* a hold of a process that died became a charge */
	ENTRY_ADJUST,                  /* an operator's correction; no hold */
};

/* Why the amount is what it is. */
enum entry_reason {
	REASON_REPORTED = 1,           /* the upstream said what it used */
	REASON_ESTIMATED,              /* it did not; counted from what was sent and seen */
	REASON_REFUSED,                /* it refused before doing anything */
	REASON_UNREACHED,              /* it never got the request */
	REASON_HOLD,                   /* nobody knows: all that was held */
	REASON_OPERATOR,
	REASON_CACHED,                 /* nobody was asked: the share of a known answer */
};

struct entry {
	uint64_t number;               /* 1, 2, 3... without a gap */
	uint8_t kind, reason;
	struct hold_id hold;
	int64_t held, amount;          /* what was set aside, and what became of it */
	int64_t wall_ms;
	int64_t input, cached, cache_write, output, reasoning;     /* tokens; -1 = not said */
	char key[OWNER_SIZE];
	char request[REQUEST_SIZE];
	uint32_t attempt;
	uint32_t account_count;
	struct account_id account[ACCOUNTS_MAX];
	uint8_t before[CHAIN_SIZE];    /* chain of the entry before this one */
	int64_t posted[ACCOUNTS_MAX];  /* not stored: of each account, after it */
	bool untold;                   /* not stored: no record of usage tells of it yet */
	struct purpose purpose;        /* not stored: its hold's */
};

cdt_str account_key(const struct account_id *id, char out[ACCOUNT_KEY_SIZE]);
cdt_str hold_key(struct hold_id id, char out[HOLD_KEY_SIZE]);
cdt_str entry_key(uint64_t number, char out[ENTRY_KEY_SIZE]);
/* False: no key of an account. */
bool account_id_of(cdt_str key, struct account_id *id);

/* Encoders write to out and return what they wrote; decoders say false to what they did not
 * write. */
cdt_str account_encode(const struct account *a, char out[RECORD_MAX]);
bool account_decode(cdt_str bytes, struct account *a);
cdt_str hold_encode(const struct hold *h, char out[RECORD_MAX]);
bool hold_decode(cdt_str bytes, struct hold *h);
cdt_str entry_encode(const struct entry *e, char out[RECORD_MAX]);
bool entry_decode(cdt_str bytes, struct entry *e);
/* The chain after an entry: a hash of its bytes, which contain the chain before it. */
void entry_chain(cdt_str bytes, uint8_t out[CHAIN_SIZE]);

/* Fills fixed text up with NULs; longer text is cut. */
void fixed_text(char *out, size_t size, cdt_str text);
/* The same for names of owners; longer ones become 0xff and the beginning of their hash, so
 * that no two share an account. */
void owner_text(char out[OWNER_SIZE], cdt_str name);

#endif
