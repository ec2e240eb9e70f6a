/* cache_redis/cluster.c - which node has which slot: asked at the start, put right by
 * redirects.  Without a cluster there is one node that has all.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <string.h>

enum { HOPS_MAX = 5, MAP_EVERY_MS = 1000, SPARE_MS = 10000 };

/* Its place + 1; 0: too many. */
static uint8_t node_of(struct lane *l, const struct place *at)
{
	size_t room = NODES_MAX;

	for (size_t i = 0; i < NODES_MAX; i++) {
		if (l->node[i] && place_is(&l->node[i]->at, at))
			return (uint8_t)(i + 1);
		if (!l->node[i] && room == NODES_MAX)
			room = i;
	}
	if (room == NODES_MAX)
		return 0;
	l->node[room] = conn_new(l, at);
	return l->node[room] ? (uint8_t)(room + 1) : 0;
}

struct conn *cluster_pick(struct lane *l, uint16_t slot)
{
	struct conn *c = l->node[0];

	if (l->redis->setup.cluster)
		c = l->owner[slot] ? l->node[l->owner[slot] - 1] : NULL;
	return conn_usable(c) ? c : NULL;
}

/* --- the map --- */

static void give(struct lane *l, uint8_t node, long long from, long long to)
{
	for (long long slot = from; slot <= to; slot++) {
		if (l->owner[slot])
			l->node[l->owner[slot] - 1]->slots--;
		l->owner[slot] = node;
		if (node)
			l->node[node - 1]->slots++;
	}
}

static bool read_place(const redisReply *node, const struct conn *from, struct place *out)
{
	const redisReply *host, *port;

	if (node->type != REDIS_REPLY_ARRAY || node->elements < 2)
		return false;
	host = node->element[0];
	port = node->element[1];
	if (port->type != REDIS_REPLY_INTEGER || port->integer < 1 || port->integer > 65535)
		return false;
	/* A node that does not know its name: the one that told us. */
	*out = from->at;
	out->port = (uint16_t)port->integer;
	if (host->type != REDIS_REPLY_STRING || !host->len || strcmp(host->str, "?") == 0)
		return true;
	if (host->len >= sizeof out->host)
		return false;
	memcpy(out->host, host->str, host->len + 1);
	return true;
}

/* first, last, its master, its replicas */
static void read_range(struct lane *l, const struct conn *from, const redisReply *range)
{
	struct place at;
	long long first, last;

	if (range->type != REDIS_REPLY_ARRAY || range->elements < 3
	    || range->element[0]->type != REDIS_REPLY_INTEGER
	    || range->element[1]->type != REDIS_REPLY_INTEGER)
		return;
	first = range->element[0]->integer;
	last = range->element[1]->integer;
	if (first >= 0 && first <= last && last < SLOTS
	    && read_place(range->element[2], from, &at))
		give(l, node_of(l, &at), first, last);
}

static void on_map(struct order *o, struct conn *c, const redisReply *reply)
{
	struct lane *l = o->lane;

	order_free(o);
	l->mapping = false;
	if (!reply)
		return;
	if (reply->type == REDIS_REPLY_ERROR)
		conn_doom(c, reply->str, reply->len);          /* cluster support disabled... */
	if (reply->type != REDIS_REPLY_ARRAY)
		return;
	l->map_old = false;
	give(l, 0, 0, SLOTS - 1);
	for (size_t i = 0; i < reply->elements; i++)
		read_range(l, c, reply->element[i]);
	l->mapped = true;
	care_read(l);
}

void cluster_ask(struct lane *l, struct conn *c)
{
	const char *argv[] = { "CLUSTER", "SLOTS" };
	const size_t n[] = { 7, 5 };
	struct order *o;

	if (l->mapping)
		return;
	o = order_new(l, 2, argv, n, on_map);
	if (!o)
		return;
	l->mapping = true;
	l->mapped_ms = now(l->redis);
	conn_send(c, o);
}

/* --- redirects --- */

static bool ask_first(struct lane *l, struct conn *c)
{
	const char *argv[] = { "ASKING" };
	const size_t n[] = { 6 };
	struct order *o = order_new(l, 1, argv, n, order_done);

	if (o)
		conn_send(c, o);
	return o;
}

bool cluster_follow(struct order *o, struct conn *from, const redisReply *reply)
{
	struct lane *l = o->lane;
	struct redirect r;
	struct conn *c;
	uint8_t node;

	if (!l->redis->setup.cluster || reply->type != REDIS_REPLY_ERROR
	    || !slots_redirect((cdt_str){ reply->str, reply->len }, &r))
		return false;
	if (!r.to.host[0])
		memcpy(r.to.host, from->at.host, sizeof r.to.host);
	node = node_of(l, &r.to);
	if (!r.ask) {
		l->map_old = true;
		give(l, node, r.slot, r.slot);
	}
	c = node ? l->node[node - 1] : NULL;
	if (o->hops++ >= HOPS_MAX || !conn_usable(c) || !conn_has_room(c, o->n)
	    || (r.ask && !ask_first(l, c)))
		return false;
	conn_send(c, o);
	return true;
}

/* --- time --- */

/* Nodes of earlier maps; and whom to ask while nobody is there. */
static void drop_spare(struct lane *l, uint64_t now_ms)
{
	for (size_t i = 0; i < NODES_MAX; i++) {
		struct conn *c = l->node[i];

		if (!c || c->slots || c->head || now_ms - c->used_ms < SPARE_MS)
			continue;
		conn_free(c);
		l->node[i] = NULL;
	}
}

static void add_seeds(struct lane *l)
{
	for (size_t i = 0; i < l->redis->setup.seeds; i++)
		(void)node_of(l, &l->redis->setup.seed[i]);
}

void cluster_tick(struct lane *l, uint64_t now_ms)
{
	struct conn *ready = NULL;

	if (!l->redis->setup.cluster) {
		if (!l->node[0])
			add_seeds(l);
		return;
	}
	for (size_t i = 0; i < NODES_MAX; i++) {
		struct conn *c = l->node[i];

		if (conn_usable(c) && (!ready || c->used_ms < ready->used_ms))
			ready = c;
		if (c && c->slots && !conn_usable(c))
			l->map_old = true;
	}
	if (!ready)
		add_seeds(l);
	else if ((l->map_old || !l->mapped) && now_ms - l->mapped_ms >= MAP_EVERY_MS)
		cluster_ask(l, ready);
	if (ready && l->mapped)
		drop_spare(l, now_ms);
}
