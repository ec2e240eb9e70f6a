/* cache_redis/news.h - tells operators that a server went away, and that it is back: once, and
 * not from each worker.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_NEWS_H
#define CACHE_REDIS_NEWS_H
#include <conduit/host.h>

#include "place.h"

struct news;

struct news *news_new(const struct cdt_host *host);
void news_free(struct news *n);
/* Each connection says away, and then back (or, when it is closed, forget). */
void news_away(struct news *n, const struct place *p, const char *why);
void news_back(struct news *n, const struct place *p);
void news_forget(struct news *n, const struct place *p);
/* Every second or so: tells what was not told at once. */
void news_tick(struct news *n);

/* How long to wait before the next try: 100 ms, twice as long each time, up to 10 s; at random
 * a quarter less or more, so that not all workers come at once. */
uint32_t backoff_ms(unsigned tries, uint32_t random);

#endif
