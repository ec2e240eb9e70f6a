/* auth/keyring.h - all virtual keys and groups in memory, exact after every change.
 * Look-ups take one
 * uncontended lock of a stripe; changes are durable in the store before they are answered.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_KEYRING_H
#define AUTH_KEYRING_H
#include "auth/key.h"

struct keyring;
struct store;
struct worker;

/* Reads every key of the store.  The pepper is the file $statedir/pepper (0600, 32 random
 * bytes in hex), made at first start.  why gets a sentence on failure.  [main] */
struct keyring *keyring_open(struct store *s, const char *state_dir, char why[256]);
/* After store_close (or when no change is under way).  NULL is fine.  [main] */
void keyring_close(struct keyring *r);

/* The key that text proves, or NULL with p filled (NO_KEY for "", else BAD_KEY).  The caller
 * gives it back.  Same time for an unknown id and a wrong secret.  [any thread] */
struct key *keyring_prove(struct keyring *r, cdt_str text, int64_t wall_ms, struct arena *a,
                          struct problem *p);
/* By id, without proof: admin only.  NULL: not there.  [any thread] */
struct key *keyring_take(struct keyring *r, cdt_str id);
/* A group, by name; given back like a key.  [any thread] */
struct key *keyring_take_group(struct keyring *r, cdt_str name);
void keyring_give(struct keyring *r, struct key *k);

/* Keys in order of id, after `after` ("" = from the start); at most cap; returns how many.
 * Each must be given back. */
size_t keyring_list(struct keyring *r, cdt_str after, struct key **out, size_t cap);
size_t keyring_list_groups(struct keyring *r, cdt_str after, struct key **out, size_t cap);
size_t keyring_count(const struct keyring *r);

/* Who wants a change: finished(arg, status) comes on worker's thread (the store's writer when
 * it is NULL) after the change is durable and visible to every later look-up. */
struct keyring_asker {
	struct worker *worker;
	void (*finished)(void *arg, cdt_status st);    /* NULL: nobody waits */
	void *arg;
	/* For the audit log, which is written with the change; actor NULL: no entry. */
	const char *actor, *action;
	/* Of a credit: how much, and what for (NULL: nothing is said); copied. */
	const char *usd, *note;
};
/* Changes.  k->version tells a new key (0) from a changed copy, which keeps the version of its
 * original; a version to delete may be 0, which is any.  CDT_E_ABSENT: no such key (any more).
 * CDT_E_INVALID: changed by somebody else meanwhile, or a new key's id exists.
 * CDT_E_UNSUPPORTED: a key names a group that is not there, or a group to delete has keys.
 * CDT_E_LIMIT now: too busy, finished never comes.  The ring owns k in every case.
 * [any thread] */
cdt_status keyring_put_give(struct keyring *r, struct key *k, const struct keyring_asker *by);
cdt_status keyring_delete(struct keyring *r, cdt_str id, uint32_t version,
                          const struct keyring_asker *by);
cdt_status keyring_delete_group(struct keyring *r, cdt_str name, uint32_t version,
                                const struct keyring_asker *by);
/* A text that proves the key of that id (KEY_ID_SIZE) to one request of our own that begins
 * within PASS_MS; its secret stays as it is.  [any thread] */
enum { PASS_MS = 10000 };
void keyring_pass(struct keyring *r, cdt_str id, int64_t wall_ms,
                  char text[KEY_TEXT_SIZE + 1]);
/* hash = HMAC(pepper, text): for a new or rotated key. */
void keyring_hash(const struct keyring *r, cdt_str text, uint8_t hash[SHA256_SIZE]);

#endif
