/* cache_redis/pipe.c - orders out, answers in, by the protocol of Redis, which hiredis reads
 * and writes.  Sockets are driven here and in wire.c, since its own asynchronous half asks for
 * addresses where it blocks, lets its buffers grow, and has TLS only in later versions.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK = 16 << 10, TURN_MAX = 256 << 10, BATCH = 16, ANSWER_SPARE = 1 << 20 };

bool conn_has_room(const struct conn *c, size_t bytes)
{
	return c->waiting < c->redis->setup.waiting_max
	       && c->waiting_bytes + bytes <= c->redis->setup.bytes_max;
}

void conn_doom(struct conn *c, const char *why, size_t n)
{
	if (c->wrong[0])
		return;
	(void)snprintf(c->wrong, sizeof c->wrong, "%.*s",
	               (int)(n < WRONG_SIZE ? n : WRONG_SIZE), why);
	if (!c->wrong[0])
		pipe_break(c, "it refuses");           /* without a word */
}

void pipe_break(struct conn *c, const char *why)
{
	conn_doom(c, why, strlen(why));
}

/* --- out --- */

static void advance(struct conn *c, size_t n)
{
	while (c->unsent && n >= c->unsent->n - c->sent_n) {
		n -= c->unsent->n - c->sent_n;
		c->sent_n = 0;
		c->unsent = c->unsent->next;
	}
	c->sent_n += n;
}

void pipe_flush(struct conn *c)
{
	while (c->unsent) {
		struct iovec v[BATCH];
		size_t n = 0;
		ssize_t sent;

		for (struct order *o = c->unsent; o && n < BATCH; o = o->next, n++) {
			size_t gone = n ? 0 : c->sent_n;

			v[n] = (struct iovec){ o->bytes + gone, o->n - gone };
		}
		sent = wire_write(&c->wire, v, n);
		if (sent == WIRE_GONE)
			pipe_break(c, "the connection broke");
		if (sent <= 0)
			break;
		advance(c, (size_t)sent);
	}
}

void pipe_push(struct conn *c, struct order *o)
{
	o->next = NULL;
	o->sent_ms = now(c->redis);
	o->conn = c;
	if (c->tail)
		c->tail->next = o;
	else
		c->head = o;
	c->tail = o;
	if (!c->unsent)
		c->unsent = o;
	c->waiting++;
	c->waiting_bytes += o->n;
	c->used_ms = o->sent_ms;
}

void pipe_words(struct conn *c, int argc, const char **argv,
                       void (*answered)(struct order *, struct conn *, const redisReply *))
{
	size_t n[4];
	struct order *o;

	for (int i = 0; i < argc; i++)
		n[i] = strlen(argv[i]);
	o = order_new(c->lane, argc, argv, n, answered);
	if (o)
		pipe_push(c, o);
	else
		pipe_break(c, "no memory");
}

/* --- in --- */

static void answer(struct conn *c, const redisReply *reply, uint64_t now_ms)
{
	struct order *o = c->head;

	if (!o || o == c->unsent) {
		pipe_break(c, "it answers what nobody asked");
		return;
	}
	c->head = o->next;
	if (!c->head)
		c->tail = NULL;
	c->waiting--;
	c->waiting_bytes -= o->n;
	if (now_ms - o->sent_ms <= c->redis->setup.deadline_ms)
		c->late = 0;
	o->answered(o, c, reply);
}

static void read_answers(struct conn *c, uint64_t now_ms)
{
	while (!c->wrong[0]) {
		void *reply = NULL;

		if (redisReaderGetReply(c->reader, &reply) != REDIS_OK) {
			pipe_break(c, "it does not speak the protocol of Redis");
			return;
		}
		if (!reply)
			break;
		answer(c, reply, now_ms);
		freeReplyObject(reply);
	}
	if (c->reader->len - c->reader->pos > c->redis->setup.value_max + ANSWER_SPARE)
		pipe_break(c, "an answer is too large");
}

/* As much as there is, but not for ever: the loop has others, and calls again. */
void pipe_drain(struct conn *c)
{
	uint64_t now_ms = now(c->redis);
	char chunk[CHUNK];
	size_t total = 0;

	do {
		ssize_t n = wire_read(&c->wire, chunk, sizeof chunk);

		if (n == WIRE_GONE)
			pipe_break(c, "the connection was closed");
		if (n <= 0)
			return;
		c->heard_ms = now_ms;
		total += (size_t)n;
		if (redisReaderFeed(c->reader, chunk, (size_t)n) != REDIS_OK)
			pipe_break(c, "no memory");
		else
			read_answers(c, now_ms);
	} while (!c->wrong[0] && (total < TURN_MAX || wire_pending(&c->wire)));
}
