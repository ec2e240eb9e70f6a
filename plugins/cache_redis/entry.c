/* cache_redis/entry.c - entries: get, put and drop, and what their answers mean.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <stdio.h>
#include <string.h>

enum { COMPLAIN_EVERY_MS = 60000 };

struct entry_name { char p[NAME_SIZE]; size_t n; uint16_t slot; int64_t generation; };

static void finish(struct cdt_ticket *t, cdt_status st)
{
	t->api->done(t, st, (cdt_str){ NULL, 0 });
}

/* prefix, generation, ':', the key in hexadecimal; false: no key of ours. */
static bool name_of(const struct redis *r, cdt_str key, struct entry_name *out)
{
	static const char digits[] = "0123456789abcdef";
	int n;

	if (key.n == 0 || key.n > KEY_MAX)
		return false;
	out->generation = atomic_load(&r->generation);
	n = snprintf(out->p, sizeof out->p, "%s%lld:", r->setup.prefix,
	             (long long)out->generation);
	out->n = (size_t)n;
	for (size_t i = 0; i < key.n; i++) {
		out->p[out->n++] = digits[(uint8_t)key.p[i] >> 4];
		out->p[out->n++] = digits[(uint8_t)key.p[i] & 15];
	}
	out->slot = slots_of((cdt_str){ out->p, out->n });
	return true;
}

/* One line a minute: that Redis is full, or does not permit it, is for operators to know. */
static void complain(struct redis *r, const struct conn *c, const redisReply *reply)
{
	uint64_t now_ms = now(r), said_ms = atomic_load(&r->complained_ms);
	char name[PLACE_NAME_SIZE], line[PLACE_NAME_SIZE + WRONG_SIZE + 16];

	if ((said_ms && now_ms - said_ms < COMPLAIN_EVERY_MS)
	    || !atomic_compare_exchange_strong(&r->complained_ms, &said_ms, now_ms))
		return;
	place_name(&c->at, name);
	(void)snprintf(line, sizeof line, "%s answers: %.*s", name, (int)WRONG_SIZE,
	               reply->str);
	r->host->log(r->host, CDT_LOG_WARN, line);
}

void entry_trouble(struct lane *l, struct conn *c, const redisReply *reply)
{
	static const struct { const char *word, *why; } words[] = {
		{ "READONLY", "it has become a replica" },
		{ "NOAUTH", "it wants a password" },
		{ "MOVED", "it is one of a cluster: cluster must be true" },
	};

	/* Another program's key: it can not be ours, and nothing is wrong. */
	if (strncmp(reply->str, "WRONGTYPE", 9) == 0)
		return;
	count(&l->redis->failures);
	complain(l->redis, c, reply);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncmp(reply->str, words[i].word, strlen(words[i].word)) == 0
		    && !(l->redis->setup.cluster && words[i].word[0] == 'M'))
			conn_doom(c, words[i].why, strlen(words[i].why));
	if (strncmp(reply->str, "CLUSTERDOWN", 11) == 0)
		l->map_old = true;
}

/* True: the order is on its way to another node, or over. */
static bool is_settled(struct order *o, struct conn *c, const redisReply *reply)
{
	bool error = reply && reply->type == REDIS_REPLY_ERROR;

	if (!o->ticket) {
		order_free(o);
		return true;
	}
	if (error && cluster_follow(o, c, reply))
		return true;
	if (error)
		entry_trouble(o->lane, c, reply);
	lane_unwait(o->lane, o);
	return false;
}

/* An empty value is what GETRANGE gives for a key that is not there; none of ours is empty. */
static void on_get(struct order *o, struct conn *c, const redisReply *reply)
{
	const struct redis *r = o->lane->redis;

	if (is_settled(o, c, reply))
		return;
	if (reply && reply->type == REDIS_REPLY_STRING && reply->len
	    && reply->len <= r->setup.value_max
	    && o->generation == atomic_load(&r->generation))
		o->ticket->api->done(o->ticket, CDT_OK, (cdt_str){ reply->str, reply->len });
	else
		finish(o->ticket, CDT_E_ABSENT);
	order_free(o);
}

static void on_put(struct order *o, struct conn *c, const redisReply *reply)
{
	bool kept = reply && reply->type == REDIS_REPLY_STATUS;
	bool full = reply && reply->type == REDIS_REPLY_ERROR
	            && strncmp(reply->str, "OOM", 3) == 0;

	if (is_settled(o, c, reply))
		return;
	if (!kept)
		count(&o->lane->redis->refused);
	finish(o->ticket, kept ? CDT_OK : full ? CDT_E_LIMIT : CDT_E_ABORTED);
	order_free(o);
}

static void on_drop(struct order *o, struct conn *c, const redisReply *reply)
{
	bool gone = reply && reply->type == REDIS_REPLY_INTEGER;

	if (is_settled(o, c, reply))
		return;
	finish(o->ticket, gone ? CDT_OK : CDT_E_ABORTED);
	order_free(o);
}

struct command {
	int argc;
	const char *argv[5];
	size_t argv_n[5];
	void (*answered)(struct order *, struct conn *, const redisReply *);
};

/* NULL: the server is away, or too much is waiting (*full). */
static struct order *send_entry(struct lane *l, struct entry_name *name, struct command *k,
                                struct cdt_ticket *t, bool *full)
{
	struct conn *c = l->known ? cluster_pick(l, name->slot) : NULL;
	struct order *o;

	k->argv[1] = name->p;
	k->argv_n[1] = name->n;
	*full = c && !conn_has_room(c, NAME_SIZE + (k->argc > 2 ? k->argv_n[2] : 0));
	o = c && !*full ? order_new(l, k->argc, k->argv, k->argv_n, k->answered) : NULL;
	if (!o)
		return NULL;
	o->ticket = t;
	o->generation = name->generation;
	conn_send(c, o);
	return o;
}

void entry_get(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct lane *l = self;
	struct command k = { 4, { "GETRANGE", NULL, "0" }, { 8, 0, 1 }, on_get };
	struct entry_name name;
	struct order *o = NULL;
	char last[24];
	bool full;

	/* One byte more than a value of ours can have: so one that is too long shows, and
	 * another program's huge one is never read whole. */
	k.argv[3] = last;
	k.argv_n[3] = (size_t)snprintf(last, sizeof last, "%zu", l->redis->setup.value_max);
	if (name_of(l->redis, key, &name))
		o = send_entry(l, &name, &k, t, &full);
	if (o)
		lane_wait(l, o);
	else
		finish(t, CDT_E_ABSENT);
}

void entry_put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s, struct cdt_ticket *t)
{
	struct lane *l = self;
	struct command k = { 5, { "SET", NULL, value.p, "EX" }, { 3, 0, value.n, 2 }, on_put };
	struct entry_name name;
	char ttl[16];
	bool full = value.n > l->redis->setup.value_max;

	k.argv[4] = ttl;
	k.argv_n[4] = (size_t)snprintf(ttl, sizeof ttl, "%lu", (unsigned long)ttl_s);
	if (!full && ttl_s && value.n && name_of(l->redis, key, &name)
	    && send_entry(l, &name, &k, t, &full))
		return;
	count(&l->redis->refused);
	finish(t, full ? CDT_E_LIMIT : CDT_E_ABORTED);
}

void entry_drop(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct lane *l = self;
	struct command k = { 2, { "UNLINK" }, { 6 }, on_drop };
	struct entry_name name;
	bool full;

	if (!name_of(l->redis, key, &name) || !send_entry(l, &name, &k, t, &full))
		finish(t, CDT_E_ABORTED);
}
