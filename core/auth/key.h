/* auth/key.h - a virtual key as a value: what it may do.  Immutable once it is in the ring.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_KEY_H
#define AUTH_KEY_H
#include "auth/budget.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/problem.h"
#include "config/limits.h"

#include <stdbool.h>

enum { KEY_ID_SIZE = 12, KEY_SECRET_SIZE = 49, KEY_TEXT_SIZE = 6 + 12 + 1 + 49 };   /* no NUL */
enum { KEY_NAME_MAX = 128, KEY_PATTERNS_MAX = 64, KEY_METADATA_MAX = 4096,
       KEY_GROUP_MAX = 64, KEY_POLICY_MAX = 64 };

struct config_cache_rules;
struct key_origins;                    /* where it may come from: origins.h */

/* The secret before the last rotation; good until its overlap ends. */
struct key_former { uint8_t hash[SHA256_SIZE]; int64_t until_ms; };

/* A group of keys has the members of a key, but for its secret, expiry and group, and may have
 * a balance: it is kept as one, without id, by its name, which is unique and never changes.  A
 * key may do what both it and its group allow.  There are a million: what few have, it points
 * to. */
struct key {
	char id[KEY_ID_SIZE + 1];
	bool disabled, is_group;
	bool prepaid;                          /* it may not spend more; groups only */
	uint8_t hash[SHA256_SIZE];             /* HMAC-SHA256(pepper, text) */
	char *name;                            /* NULL: none */
	char *group;                           /* its name; NULL: none */
	char *policy;                          /* by name or type; NULL: its group's, else the
	                                        * model's */
	int64_t created_ms, updated_ms, expires_ms;    /* wall; expires 0 = never */
	uint64_t operations;                   /* CDT_OP_BIT; 0 = all */
	char **models;                         /* patterns, at most KEY_PATTERNS_MAX; 0 = all */
	struct budget *budgets;                /* at most BUDGETS_MAX; no two with one number */
	int64_t credit;                        /* nano-USD paid in; groups only */
	struct config_limits *limits;          /* NULL: it says none; see key_limits */
	struct config_cache_rules *caching;    /* NULL: it says none; see key_cache_rules */
	struct key_origins *origins;           /* NULL: any address */
	struct key_former *former;             /* NULL: there is no older secret */
	char *metadata;                        /* JSON map text; NULL: none */
	uint32_t model_count;
	uint32_t version;                      /* of the record; 0 = new; the ring raises it */
	uint8_t budget_count;
	bool clamps;                           /* less answer rather than none */
	bool drains;                           /* reads on when the client has left */
	_Atomic uint32_t uses;                 /* keyring's */
	_Atomic uint64_t proven[2];        /* keyring's: tag of its proven text; 0 = none yet */
};

void key_free(struct key *k);
struct key *key_copy(const struct key *k);

/* The text that a client sends: "condt_" id "_" secret.  Makes id (when it is empty), secret
 * and CRC from the kernel's randomness; text gets KEY_TEXT_SIZE characters and a NUL. */
void key_text_make(char id[KEY_ID_SIZE + 1], char text[KEY_TEXT_SIZE + 1]);
/* Shape and CRC only.  False: not ours, or mistyped.  id points into text. */
bool key_text_check(cdt_str text, cdt_str *id);

/* Another secret from now on; the one until now is good until until_ms (wall; 0 = no longer),
 * and what was before it ends at once. */
void key_rotate(struct key *k, const uint8_t hash[SHA256_SIZE], int64_t until_ms);

/* Adds what was paid in, or takes it back; the first makes a group prepaid.  False, and nothing
 * has changed: the credit would be below zero, or above BUDGET_NANOUSD_MAX. */
bool key_pay_in(struct key *k, int64_t nanousd);

/* What is stored; see record.c. */
void key_encode(const struct key *k, struct buf *out);
struct key *key_decode(cdt_str id, cdt_str record);    /* NULL: not readable */
struct key *key_decode_group(cdt_str name, cdt_str record);
/* Under what it is stored: the id of a key, the name of a group. */
cdt_str key_handle(const struct key *k);
bool key_is_id(cdt_str s);
bool key_is_group_name(cdt_str s);     /* 1 to KEY_GROUP_MAX of [A-Za-z0-9._-] */

/* The admin API's body -> key: members that are not there stay as they are, null resets one.
 * Unknown members are refused by name, wrong types and values with the field in p->param;
 * then nothing has changed. */
cdt_status key_apply_json(struct key *k, const struct json *body, struct arena *a,
                          struct problem *p);
/* The members in which they differ, as a JSON list of names; a secret is one.  before NULL: a
 * blank one. */
void key_print_changes(const struct key *before, const struct key *after, struct buf *out);
/* What the admin API and conduitctl show; never the hash. */
void key_print_json(const struct key *k, struct jsonw *w);
/* The same into an open map. */
void key_print_members(const struct key *k, struct jsonw *w);

/* Its own limits; 0 = the configured default.  Never NULL. */
const struct config_limits *key_limits(const struct key *k);
/* What it says of kept answers; all -1 and NULL when it says nothing.  Never NULL. */
const struct config_cache_rules *key_cache_rules(const struct key *k);     /* caching.c */
bool key_may_model(const struct key *k, cdt_str model);
bool key_may_operate(const struct key *k, uint32_t op);
/* The name by which keys list it ("audio"); "" = none. */
const char *key_operation_name(uint32_t op);       /* fields.c */
bool key_may_address(const struct key *k, cdt_str peer);
/* CDT_OK, or CDT_E_INVALID with p filled (disabled, expired, address).  Also of its group. */
cdt_status key_usable(const struct key *k, int64_t wall_ms, cdt_str peer, struct arena *a,
                      struct problem *p);

#endif
