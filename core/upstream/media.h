/* upstream/media.h - the pictures and files that a request names by their addresses, fetched
 * for a provider that can not do that itself, as data: URLs.  Whoever sends requests chooses
 * the addresses: only public ones over https are called, or what the operator lists.  All of
 * one request; bounded in count, bytes, redirects and time.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_MEDIA_H
#define UPSTREAM_MEDIA_H
#include "base/arena.h"
#include "fetch/fetch.h"

enum {
	MEDIA_MAX = 16, MEDIA_BYTES_MAX = 10 << 20, MEDIA_ALL_BYTES_MAX = 32 << 20,
	MEDIA_HOPS_MAX = 3, MEDIA_MS = 10000,
};

struct media;

struct media_order {
	struct arena *arena;                   /* of the URLs; lives longer */
	struct fetch *far;                     /* calls public addresses only */
	struct fetch *near;                    /* calls all, for the listed origins */
	const char *const *origins;            /* "https://host:port"; ends with NULL */
	/* Everything is here, or something can not be had; from the loop, once. */
	void (*done)(void *arg);
	void *arg;
};

struct media *media_new(const struct media_order *o);
void media_free(struct media *m);              /* done comes no more.  NULL is fine */

/* That URL is wanted, too; one that is known already is not fetched twice. */
void media_want(struct media *m, cdt_str url);
bool media_is_empty(const struct media *m);    /* nothing is wanted */
/* False: nothing is to be waited for; done will not come. */
bool media_start(struct media *m);

/* Afterwards: NULL, or a sentence why *url can not be had. */
const char *media_fault(const struct media *m, cdt_str *url);
/* What a wanted URL stands for: "data:image/png;base64,...".  Lives as long as m. */
cdt_str media_find(const struct media *m, cdt_str url);

#endif
