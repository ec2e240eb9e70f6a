/* cache/fingerprint.h - which requests are the same: SHA-256 over all that may change an
 * answer.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_FINGERPRINT_H
#define CACHE_FINGERPRINT_H
#include "cache/kept.h"
#include "canon/ask.h"

/* Members of a request that do not change its answer, as docs/caching.md says; all others do,
 * known or not.  Ends with NULL. */
extern const char *const fingerprint_ignored[];

struct fingerprint {
	const char *scope;             /* whose answers: "key", "group", "global", ... */
	cdt_str owner;                 /* the key's id, the group's name; "" */
	cdt_str ns, wish;              /* namespaces: the operator's, the client's; "" = none */
	cdt_str dialect, route;        /* route: the model's name in the configuration */
	const struct ask *ask;
	bool with_stream;              /* answers differ when they are streamed */
	bool with_who_asks;            /* answers repeat it */
	bool whole_body;               /* nothing is ignored */
	const char *without;           /* a member that fingerprint_of_item adds; NULL */
	const char *const *ignored;    /* by the configuration; ignored_count */
	size_t ignored_count;
};

struct fingerprints;
struct fingerprints *fingerprints_new(void);
void fingerprints_free(struct fingerprints *s);        /* NULL is fine */

/* The order of the outermost members and white space between tokens do not matter; anything
 * else that differs makes another one. */
void fingerprint_of(struct fingerprints *s, const struct fingerprint *f,
                    uint8_t out[KEPT_KEY_SIZE]);
/* Of one of the things that a request asks for, a JSON value; rest: of all else in it. */
void fingerprint_of_item(struct fingerprints *s, const uint8_t rest[KEPT_KEY_SIZE],
                         cdt_str item, uint8_t out[KEPT_KEY_SIZE]);

#endif
