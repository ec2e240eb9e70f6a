/* limit/throttle.c - a bounded table of addresses that were wrong; each has a token bucket,
 * kept as the one time at which it will be full again, and a count of its failures.  Who was
 * wrong longest ago gives way when a set is full.  What a wrong answer is, others decide.
 * SPDX-License-Identifier: MIT */
#include "limit/throttle.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

enum { V6_PREFIX_BYTES = 8, SETS = 1024, WAYS = 4, SECOND_MS = 1000 };

struct slot {
	uint64_t who;                  /* hash of the address */
	uint64_t paid_until_ms;        /* past: the bucket is full again */
	uint64_t window_ms;            /* when counting its failures began */
	uint64_t blocked_until_ms;
	uint32_t failures;
};

struct throttle {
	pthread_mutex_t lock;          /* held for the look at one set */
	uint64_t strangers_until_ns;   /* as paid_until_ms, of all */
	struct slot slots[SETS][WAYS];
};

struct throttle *throttle_new(void)
{
	struct throttle *t = mem_new(sizeof *t);

	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void throttle_free(struct throttle *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	mem_free(t);
}

static uint64_t who_is(cdt_str peer)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[16];

	if (peer.n < sizeof text)
		memcpy(text, peer.p, peer.n);
	if (inet_pton(AF_INET6, text, address) == 1)
		return hash_bytes((cdt_str){ (const char *)address, V6_PREFIX_BYTES });
	return hash_bytes(peer);
}

static uint64_t kept_until(const struct slot *s)
{
	return s->blocked_until_ms > s->paid_until_ms ? s->blocked_until_ms : s->paid_until_ms;
}

static struct slot *slot_of(struct throttle *t, uint64_t who, uint64_t now_ms)
{
	struct slot *set = t->slots[who % SETS], *slot = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].who == who)
			return &set[i];
		if (kept_until(&set[i]) < kept_until(slot))
			slot = &set[i];
	}
	*slot = (struct slot){ .who = who, .window_ms = now_ms };
	return slot;
}

/* 0, or how long it is blocked now. */
static uint64_t count_failure(struct slot *s, uint64_t now_ms)
{
	if (s->blocked_until_ms > now_ms)
		return s->blocked_until_ms - now_ms;
	if (now_ms - s->window_ms >= THROTTLE_WINDOW_MS) {
		s->window_ms = now_ms;
		s->failures = 0;
	}
	if (++s->failures <= THROTTLE_FAILURES)
		return 0;
	s->failures = 0;
	s->window_ms = now_ms;
	s->blocked_until_ms = now_ms + THROTTLE_BLOCK_MS;
	return THROTTLE_BLOCK_MS;
}

static uint64_t take_token(struct slot *s, uint64_t now_ms)
{
	uint64_t until_ms = s->paid_until_ms > now_ms ? s->paid_until_ms : now_ms;

	if (until_ms - now_ms > (THROTTLE_BURST - 1) * THROTTLE_EVERY_MS)
		return until_ms - now_ms - (THROTTLE_BURST - 1) * THROTTLE_EVERY_MS;
	s->paid_until_ms = until_ms + THROTTLE_EVERY_MS;
	return 0;
}

uint64_t throttle_take(struct throttle *t, cdt_str peer, uint64_t now_ms)
{
	uint64_t who = who_is(peer), wait_ms;
	struct slot *s;

	pthread_mutex_lock(&t->lock);
	s = slot_of(t, who, now_ms);
	wait_ms = count_failure(s, now_ms);
	if (!wait_ms)
		wait_ms = take_token(s, now_ms);
	pthread_mutex_unlock(&t->lock);
	return wait_ms;
}

/* One second's worth may come at once. */
static bool is_one_too_many(struct throttle *t, uint64_t now_ms)
{
	const uint64_t second_ns = 1000000000, each_ns = second_ns / THROTTLE_STRANGERS;
	uint64_t now_ns = now_ms * 1000000, until_ns;
	bool many;

	pthread_mutex_lock(&t->lock);
	until_ns = t->strangers_until_ns > now_ns ? t->strangers_until_ns : now_ns;
	many = until_ns - now_ns > second_ns - each_ns;
	if (!many)
		t->strangers_until_ns = until_ns + each_ns;
	pthread_mutex_unlock(&t->lock);
	return many;
}

uint64_t throttle_take_stranger(struct throttle *t, cdt_str peer, uint64_t now_ms)
{
	uint64_t wait_ms = throttle_take(t, peer, now_ms);

	if (!wait_ms && is_one_too_many(t, now_ms))
		return SECOND_MS;
	return wait_ms;
}
