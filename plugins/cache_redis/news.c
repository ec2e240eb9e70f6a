/* cache_redis/news.c - one line when a server goes away, one when it is back.
 * SPDX-License-Identifier: MIT */
#include "news.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVERS_MAX = 128, QUIET_MS = 5000, BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 10000,
       WHY_SIZE = 160, LINE_SIZE = PLACE_NAME_SIZE + WHY_SIZE + 80 };

struct server {
	struct place at;
	unsigned away;                   /* connections */
	bool said;                       /* that it is away */
	uint64_t said_ms;
	char why[WHY_SIZE];
};

struct news {
	const struct cdt_host *host;
	pthread_mutex_t lock;
	struct server server[SERVERS_MAX];
	size_t count;
};

struct news *news_new(const struct cdt_host *host)
{
	struct news *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->host = host;
	if (pthread_mutex_init(&n->lock, NULL) == 0)
		return n;
	free(n);
	return NULL;
}

void news_free(struct news *n)
{
	if (!n)
		return;
	(void)pthread_mutex_destroy(&n->lock);
	free(n);
}

/* NULL: so many servers that one more is not told about. */
static struct server *find(struct news *n, const struct place *p)
{
	for (size_t i = 0; i < n->count; i++)
		if (place_is(&n->server[i].at, p))
			return &n->server[i];
	if (n->count == SERVERS_MAX)
		return NULL;
	n->server[n->count].at = *p;
	return &n->server[n->count++];
}

/* A server that comes and goes is told about every few seconds only. */
static bool take_line(struct news *n, uint64_t now_ms, struct server *out)
{
	struct server *found = NULL;

	(void)pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < n->count && !found; i++) {
		struct server *s = &n->server[i];

		if (s->away && !s->said && (!s->said_ms || now_ms - s->said_ms >= QUIET_MS))
			found = s;
	}
	if (found) {
		found->said = true;
		found->said_ms = now_ms;
		*out = *found;
	}
	(void)pthread_mutex_unlock(&n->lock);
	return found;
}

/* Lines are written without the lock. */
void news_tick(struct news *n)
{
	char name[PLACE_NAME_SIZE], line[LINE_SIZE];
	struct server s;

	while (take_line(n, n->host->now_ms(n->host), &s)) {
		place_name(&s.at, name);
		(void)snprintf(line, sizeof line, "%s is away, requests go on without it: %s",
		               name, s.why);
		n->host->log(n->host, CDT_LOG_WARN, line);
	}
}

void news_away(struct news *n, const struct place *p, const char *why)
{
	struct server *s;

	(void)pthread_mutex_lock(&n->lock);
	s = find(n, p);
	if (s && s->away++ == 0)
		(void)snprintf(s->why, sizeof s->why, "%s", why);
	(void)pthread_mutex_unlock(&n->lock);
	news_tick(n);
}

/* True: it was said that this server is away, and now nobody misses it. */
static bool is_over(struct news *n, const struct place *p)
{
	struct server *s;
	bool over;

	(void)pthread_mutex_lock(&n->lock);
	s = find(n, p);
	over = s && s->away && --s->away == 0 && s->said;
	if (over) {
		s->said = false;
		s->said_ms = n->host->now_ms(n->host);
	}
	(void)pthread_mutex_unlock(&n->lock);
	return over;
}

void news_back(struct news *n, const struct place *p)
{
	char name[PLACE_NAME_SIZE], line[LINE_SIZE];

	if (!is_over(n, p))
		return;
	place_name(p, name);
	(void)snprintf(line, sizeof line, "%s is back", name);
	n->host->log(n->host, CDT_LOG_INFO, line);
}

void news_forget(struct news *n, const struct place *p)
{
	(void)is_over(n, p);
}

uint32_t backoff_ms(unsigned tries, uint32_t random)
{
	uint32_t ms = BACKOFF_MAX_MS;

	if (tries < 7 && (uint32_t)BACKOFF_FIRST_MS << tries < ms)
		ms = (uint32_t)BACKOFF_FIRST_MS << tries;
	return ms - ms / 4 + random % (ms / 2 + 1);
}
