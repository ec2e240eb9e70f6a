/* cache_redis/resolve.c - asks for addresses where no worker has to wait for them.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1
#include "resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { NAMES_MAX = 128, ADDRESSES_MAX = 8, FRESH_MS = 1000 };

struct name {
	char host[PLACE_HOST_SIZE];
	bool wanted, failed;
	uint64_t asked_ms;
	struct sockaddr_storage at[ADDRESSES_MAX];
	socklen_t at_n[ADDRESSES_MAX];
	unsigned count;
};

struct resolve {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool running, ending;
	struct name name[NAMES_MAX];
	size_t count;
};

struct resolve *resolve_new(void)
{
	struct resolve *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	(void)pthread_mutex_init(&r->lock, NULL);            /* neither fails here */
	(void)pthread_cond_init(&r->changed, NULL);
	return r;
}

void resolve_free(struct resolve *r)
{
	bool running;

	if (!r)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->ending = true;
	running = r->running;
	(void)pthread_cond_signal(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
	if (running)
		(void)pthread_join(r->thread, NULL);
	(void)pthread_cond_destroy(&r->changed);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* --- the thread --- */

static struct name *next_wanted(struct resolve *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->name[i].wanted)
			return &r->name[i];
	return NULL;
}

static void keep(struct name *n, const struct addrinfo *found)
{
	n->wanted = false;
	n->failed = !found;
	/* Old addresses are better than none. */
	if (found)
		n->count = 0;
	for (; found && n->count < ADDRESSES_MAX; found = found->ai_next) {
		if (found->ai_addrlen > sizeof n->at[0])
			continue;
		memcpy(&n->at[n->count], found->ai_addr, found->ai_addrlen);
		n->at_n[n->count++] = found->ai_addrlen;
	}
}

/* With the lock, which it gives back while it waits for the answer. */
static void ask(struct resolve *r, struct name *n)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char host[PLACE_HOST_SIZE];

	memcpy(host, n->host, sizeof host);
	(void)pthread_mutex_unlock(&r->lock);
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		found = NULL;
	(void)pthread_mutex_lock(&r->lock);
	if (strcmp(host, n->host) == 0)
		keep(n, found);
	if (found)
		freeaddrinfo(found);
}

static void *run(void *arg)
{
	struct resolve *r = arg;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->ending) {
		struct name *n = next_wanted(r);

		if (n)
			ask(r, n);
		else
			(void)pthread_cond_wait(&r->changed, &r->lock);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Signals belong to the program's own threads. */
static void start(struct resolve *r)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r->running = pthread_create(&r->thread, NULL, run, r) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* --- for workers --- */

static bool from_number(const struct place *p, struct sockaddr_storage *out, socklen_t *n)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(p->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(p->port) };

	if (inet_pton(AF_INET, p->host, &v4.sin_addr) == 1) {
		memcpy(out, &v4, sizeof v4);
		*n = sizeof v4;
		return true;
	}
	if (inet_pton(AF_INET6, p->host, &v6.sin6_addr) == 1) {
		memcpy(out, &v6, sizeof v6);
		*n = sizeof v6;
		return true;
	}
	return false;
}

static int from_path(const struct place *p, struct sockaddr_storage *out, socklen_t *n)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (strlen(p->host) >= sizeof un.sun_path)
		return RESOLVE_FAILED;
	memcpy(un.sun_path, p->host, strlen(p->host) + 1);
	memcpy(out, &un, sizeof un);
	*n = sizeof un;
	return RESOLVE_READY;
}

/* A full table gives up the name that was asked for longest ago. */
static struct name *find_name(struct resolve *r, const char *host)
{
	struct name *oldest = &r->name[0];

	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->name[i].host, host) == 0)
			return &r->name[i];
		if (r->name[i].asked_ms < oldest->asked_ms)
			oldest = &r->name[i];
	}
	if (r->count < NAMES_MAX)
		oldest = &r->name[r->count++];
	*oldest = (struct name){ .wanted = false };
	memcpy(oldest->host, host, strlen(host) + 1);
	return oldest;
}

static int from_name(const struct name *n, const struct place *p, unsigned turn,
                     struct sockaddr_storage *out, socklen_t *out_n)
{
	unsigned i = n->count ? turn % n->count : 0;
	uint16_t port = htons(p->port);
	bool v4;

	if (n->count == 0)
		return n->failed ? RESOLVE_FAILED : RESOLVE_WAIT;
	*out = n->at[i];
	*out_n = n->at_n[i];
	v4 = out->ss_family == AF_INET;
	memcpy((char *)out + (v4 ? offsetof(struct sockaddr_in, sin_port)
	                         : offsetof(struct sockaddr_in6, sin6_port)),
	       &port, sizeof port);
	return RESOLVE_READY;
}

int resolve_find(struct resolve *r, const struct place *p, unsigned turn, uint64_t now_ms,
                 struct sockaddr_storage *out, socklen_t *n)
{
	struct name *name;
	int found;

	memset(out, 0, sizeof *out);
	if (p->port == 0)
		return from_path(p, out, n);
	if (from_number(p, out, n))
		return RESOLVE_READY;
	(void)pthread_mutex_lock(&r->lock);
	name = find_name(r, p->host);
	if (!name->wanted && (!name->asked_ms || now_ms - name->asked_ms >= FRESH_MS)) {
		name->wanted = true;
		name->asked_ms = now_ms;
		if (!r->running)
			start(r);
		(void)pthread_cond_signal(&r->changed);
	}
	found = from_name(name, p, turn, out, n);
	(void)pthread_mutex_unlock(&r->lock);
	return found;
}
