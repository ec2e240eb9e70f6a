/* cache_redis/conn.c - the life of a connection: away, joining, greeting, ready, away again.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATE_MAX = 5, SILENT_MS = 1000, STEADY_MS = 10000, IDLE_MS = 15000, CLOCK_SLACK_MS = 1 };

bool conn_usable(const struct conn *c)
{
	return c && c->state == CONN_READY && !c->slow && !c->wrong[0];
}

static void tell_away(struct conn *c, const char *why)
{
	if (!c->told)
		news_away(c->redis->news, &c->at, why);
	c->told = true;
}

static void tell_back(struct conn *c)
{
	if (c->told)
		news_back(c->redis->news, &c->at);
	c->told = false;
}

/* --- its end --- */

static uint32_t roll(struct conn *c)
{
	c->dice ^= c->dice << 13;
	c->dice ^= c->dice >> 17;
	c->dice ^= c->dice << 5;
	return c->dice;
}

static void hang_up(struct conn *c)
{
	struct order *o = c->head;

	c->redis->io->unwatch(c->watch);
	c->watch = NULL;
	wire_close(&c->wire);
	if (c->reader)
		redisReaderFree(c->reader);
	c->reader = NULL;
	c->state = CONN_AWAY;
	c->head = c->unsent = c->tail = NULL;
	c->sent_n = c->waiting_bytes = 0;
	c->waiting = c->late = 0;
	c->naming_ms = 0;
	c->slow = c->probing = false;
	c->wrong[0] = '\0';
	while (o) {
		struct order *next = o->next;

		o->answered(o, c, NULL);
		o = next;
	}
}

/* One that did not last waits longer each time. */
static void lose(struct conn *c, uint64_t now_ms)
{
	char why[WRONG_SIZE];

	memcpy(why, c->wrong, sizeof why);
	if (c->state == CONN_READY && now_ms - c->since_ms >= STEADY_MS)
		c->tries = 0;
	count(&c->redis->failures);
	tell_away(c, why);
	hang_up(c);
	c->retry_ms = now_ms + backoff_ms(c->tries++, roll(c));
}

/* Who is doomed wants to write: it is called at once then, and can be closed there. */
static void want(struct conn *c)
{
	bool write = c->unsent || c->wire.wants_write || c->wrong[0];
	uint32_t mask = CDT_READ | (write ? CDT_WRITE : 0u);

	if (mask != c->mask)
		c->redis->io->rewatch(c->watch, mask);
	c->mask = mask;
}

void conn_send(struct conn *c, struct order *o)
{
	bool first = !c->unsent;

	pipe_push(c, o);
	/* Behind others that the socket did not take it waits for its turn. */
	if (first && !c->wire.wants_write)
		pipe_flush(c);
	want(c);
}

/* --- greeting --- */

static void on_login(struct order *o, struct conn *c, const redisReply *reply)
{
	if (reply && reply->type == REDIS_REPLY_ERROR)
		conn_doom(c, reply->str, reply->len);
	order_free(o);
}

/* Who may not PING may do the rest all the same. */
static void on_welcome(struct order *o, struct conn *c, const redisReply *reply)
{
	bool refused = reply && reply->type == REDIS_REPLY_ERROR
	               && strncmp(reply->str, "NOPERM", 6) != 0;

	order_free(o);
	if (refused)
		conn_doom(c, reply->str, reply->len);
	if (!reply || c->wrong[0])
		return;
	c->state = CONN_READY;
	c->since_ms = now(c->redis);
	tell_back(c);
	lane_joined(c->lane, c);
}

static void greet(struct conn *c)
{
	const struct login *login = &c->redis->setup.login;
	const char *auth[] = { "AUTH", login->user, login->password };
	const char *password[] = { "AUTH", login->password };
	const char *name[] = { "CLIENT", "SETNAME", "conduit" };
	const char *ping[] = { "PING" };
	char number[24];
	const char *database[] = { "SELECT", number };

	c->state = CONN_GREETING;
	c->reader = redisReaderCreate();
	if (!c->reader)
		pipe_break(c, "no memory");
	if (login->user[0])
		pipe_words(c, 3, auth, on_login);
	else if (login->password[0])
		pipe_words(c, 2, password, on_login);
	(void)snprintf(number, sizeof number, "%lld", (long long)login->database);
	if (login->database)
		pipe_words(c, 2, database, on_login);
	pipe_words(c, 3, name, order_done);
	pipe_words(c, 1, ping, on_welcome);
	pipe_flush(c);
}

static void join(struct conn *c)
{
	const char *why = NULL;
	int joined = wire_join(&c->wire, &why);

	if (joined == WIRE_GONE)
		pipe_break(c, why);
	else if (joined == WIRE_DONE)
		greet(c);
}

static void on_ready(void *arg, uint32_t mask)
{
	struct conn *c = arg;

	if (c->state == CONN_JOINING) {
		join(c);
	} else {
		if (mask & CDT_READ || c->wire.wants_write)
			pipe_drain(c);
		if (!c->wrong[0])
			pipe_flush(c);
	}
	if (c->wrong[0])
		lose(c, now(c->redis));
	else
		want(c);
}

/* --- its beginning --- */

static void start(struct conn *c, const struct sockaddr_storage *to, socklen_t to_n,
                  uint64_t now_ms)
{
	const struct setup *s = &c->redis->setup;
	const char *host = s->tls_name[0] ? s->tls_name : c->at.host;

	c->since_ms = c->heard_ms = now_ms;
	c->naming_ms = 0;
	c->state = CONN_JOINING;
	if (!wire_open(&c->wire, to, to_n)) {
		pipe_break(c, strerror(errno));
		return;
	}
	if (s->tls && c->at.port && !wire_secure(&c->wire, s->tls, host)) {
		pipe_break(c, "TLS cannot begin");
		return;
	}
	/* TLS speaks first, too: both wait until the socket can be written to. */
	c->mask = CDT_WRITE;
	c->watch = c->redis->io->watch(c->worker, c->wire.fd, c->mask, on_ready, c);
	if (!c->watch)
		pipe_break(c, "the event loop does not take it");
}

static void try_again(struct conn *c, uint64_t now_ms)
{
	struct sockaddr_storage to;
	socklen_t to_n = 0;
	int found;

	if (now_ms < c->retry_ms)
		return;
	found = resolve_find(c->redis->resolve, &c->at, c->tries, now_ms, &to, &to_n);
	if (found == RESOLVE_READY)
		start(c, &to, to_n, now_ms);
	else if (found == RESOLVE_FAILED)
		pipe_break(c, "nobody knows its address");
	else if (!c->naming_ms)
		c->naming_ms = now_ms;
	else if (now_ms - c->naming_ms > c->redis->setup.connect_ms)
		pipe_break(c, "its address is not found in time");
	if (c->wrong[0])
		lose(c, now_ms);
}

struct conn *conn_new(struct lane *l, const struct place *at)
{
	struct conn *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->redis = l->redis;
	c->lane = l;
	c->worker = l->worker;
	c->at = *at;
	c->wire.fd = -1;
	c->used_ms = now(c->redis);
	c->dice = (uint32_t)c->used_ms * 2654435761u + (uint32_t)(uintptr_t)c;
	c->dice += !c->dice;
	try_again(c, c->used_ms);
	return c;
}

void conn_free(struct conn *c)
{
	if (!c)
		return;
	hang_up(c);
	if (c->told)
		news_forget(c->redis->news, &c->at);
	free(c);
}

/* --- time --- */

/* Back when it answers as quickly as it should. */
static void on_probe(struct order *o, struct conn *c, const redisReply *reply)
{
	uint64_t took_ms = now(c->redis) - o->sent_ms;

	order_free(o);
	c->probing = false;
	if (!reply || took_ms > c->redis->setup.deadline_ms + CLOCK_SLACK_MS)
		return;
	c->slow = false;
	c->late = 0;
	tell_back(c);
}

static void probe(struct conn *c)
{
	const char *ping[] = { "PING" };

	c->probing = true;
	pipe_words(c, 1, ping, on_probe);
	pipe_flush(c);
	want(c);
}

void conn_late(struct conn *c)
{
	if (++c->late < LATE_MAX || c->slow || c->state != CONN_READY)
		return;
	c->slow = true;
	count(&c->redis->failures);
	tell_away(c, "it answers too late");
	if (!c->probing)
		probe(c);                      /* a burst is over soon, and then it is back */
}

static bool is_silent(const struct conn *c, uint64_t now_ms)
{
	uint64_t from_ms = c->head ? c->head->sent_ms : now_ms;

	if (from_ms < c->heard_ms)
		from_ms = c->heard_ms;
	return c->head && now_ms > from_ms
	       && now_ms - from_ms > SILENT_MS + c->redis->setup.deadline_ms;
}

/* Servers and firewalls close what is not used. */
static bool is_idle(const struct conn *c, uint64_t now_ms)
{
	return c->state == CONN_READY && !c->head && now_ms - c->used_ms >= IDLE_MS;
}

void conn_tick(struct conn *c, uint64_t now_ms)
{
	if (c->state == CONN_AWAY) {
		try_again(c, now_ms);
		return;
	}
	if (c->state != CONN_READY && now_ms - c->since_ms > c->redis->setup.connect_ms)
		pipe_break(c, "no connection within connect_timeout");
	else if (c->state == CONN_READY && is_silent(c, now_ms))
		pipe_break(c, "it does not answer");
	else if (!c->probing && (c->slow || is_idle(c, now_ms)))
		probe(c);
	if (c->wrong[0])
		lose(c, now_ms);
}
