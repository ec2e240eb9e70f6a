/* cache_redis/conn.h - one connection to one server: it comes back by itself, sends orders
 * one behind the other, and gives each its answer.  What they are for is not known here.
 * [worker]
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_CONN_H
#define CACHE_REDIS_CONN_H
#include <hiredis/hiredis.h>

#include "place.h"
#include "wire.h"

struct conn;
struct lane;
struct redis;
struct cdt_worker;

enum { WRONG_SIZE = 160 };

/* One command on its way. */
struct order {
	struct order *next;              /* behind it in its connection */
	/* Takes the order: sends it on, or frees it.  No reply: the connection is gone. */
	void (*answered)(struct order *o, struct conn *c, const redisReply *reply);
	struct lane *lane;
	uint64_t sent_ms;
	char *bytes;                     /* by hiredis */
	size_t n;
	/* Of entries and their like, see entry.c */
	struct order *sooner, *later;    /* by until_ms */
	struct conn *conn;
	struct cdt_ticket *ticket;       /* NULL: nobody waits any more */
	uint64_t until_ms;               /* 0: in no list */
	int64_t generation;
	unsigned hops;
};

/* NULL: no memory. */
struct order *order_new(struct lane *l, int argc, const char **argv, const size_t *argv_n,
                        void (*answered)(struct order *, struct conn *, const redisReply *));
void order_free(struct order *o);
/* For orders whose answer changes nothing. */
void order_done(struct order *o, struct conn *c, const redisReply *reply);

enum conn_state { CONN_AWAY, CONN_JOINING, CONN_GREETING, CONN_READY };

struct conn {
	struct redis *redis;
	struct lane *lane;
	struct cdt_worker *worker;
	struct place at;
	enum conn_state state;
	struct wire wire;
	void *watch;
	uint32_t mask;
	redisReader *reader;
	struct order *head, *unsent, *tail;    /* of all that wait for an answer */
	size_t sent_n;                         /* bytes of unsent that went out */
	unsigned waiting;
	size_t waiting_bytes;
	uint64_t since_ms;                     /* of its state */
	uint64_t heard_ms, retry_ms;
	uint64_t naming_ms;                    /* since when its address is asked for */
	unsigned tries, late;
	uint32_t dice;
	bool slow, probing, told;
	char wrong[WRONG_SIZE];                /* why it must be closed, soon */
	/* For cluster.c and care.c */
	unsigned slots;
	uint64_t used_ms;
};

struct conn *conn_new(struct lane *l, const struct place *at);
/* Answers what waits: with nothing. */
void conn_free(struct conn *c);
/* Every 100 ms or so. */
void conn_tick(struct conn *c, uint64_t now_ms);
/* There, and quick enough. */
bool conn_usable(const struct conn *c);
bool conn_has_room(const struct conn *c, size_t bytes);
/* Takes o.  Only when it is usable and has room. */
void conn_send(struct conn *c, struct order *o);
/* An answer did not come in time: after some of them nobody waits any more for this server. */
void conn_late(struct conn *c);
/* Something that only a new connection can mend. */
void conn_doom(struct conn *c, const char *why, size_t n);

/* pipe.c, for conn.c */
void pipe_break(struct conn *c, const char *why);      /* conn_doom */
void pipe_push(struct conn *c, struct order *o);
/* At most four. */
void pipe_words(struct conn *c, int argc, const char **argv,
                void (*answered)(struct order *, struct conn *, const redisReply *));
/* As much as the socket takes, as much as it has. */
void pipe_flush(struct conn *c);
void pipe_drain(struct conn *c);

#endif
