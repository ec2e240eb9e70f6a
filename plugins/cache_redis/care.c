/* cache_redis/care.c - for operators: figures, and clear.  Clear begins a new generation of
 * names, so that what is there is missed at once; Redis holds its number for other gateways,
 * and keys of earlier generations are swept away, a few at a time.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 18, PATTERN_SIZE = 2 * PREFIX_SIZE + 8, ROUND_KEYS_MAX = 2000 };

/* --- the generation --- */

static cdt_str generation_key(const struct redis *r, char out[NAME_SIZE])
{
	int n = snprintf(out, NAME_SIZE, "%sgeneration", r->setup.prefix);

	return (cdt_str){ out, (size_t)n };
}

/* The number at the head of s, and how long it is; -1: none. */
static int64_t number(const char *s, size_t n, size_t *digits)
{
	int64_t value = 0;
	size_t i = 0;

	for (; i < n && i < DIGITS_MAX && s[i] >= '0' && s[i] <= '9'; i++)
		value = value * 10 + (s[i] - '0');
	*digits = i;
	return i ? value : -1;
}

static void write_generation(struct lane *l, struct conn *c, int64_t generation)
{
	char key[NAME_SIZE], text[24];
	cdt_str name = generation_key(l->redis, key);
	const char *argv[] = { "SET", name.p, text };
	size_t n[] = { 3, name.n, 0 };
	struct order *o;

	n[2] = (size_t)snprintf(text, sizeof text, "%lld", (long long)generation);
	o = order_new(l, 3, argv, n, order_done);
	if (o)
		conn_send(c, o);
}

/* The larger one is right: clocks give them, and nobody goes back. */
static void settle(struct lane *l, struct conn *c, int64_t theirs)
{
	int64_t ours = atomic_load(&l->redis->generation);

	while (theirs > ours)
		if (atomic_compare_exchange_weak(&l->redis->generation, &ours, theirs))
			ours = theirs;
	if (theirs < ours && conn_usable(c))
		write_generation(l, c, ours);
	l->known = true;
}

/* Another program's key under that name: each gateway goes by its own number then. */
static void on_generation(struct order *o, struct conn *c, const redisReply *reply)
{
	struct lane *l = o->lane;
	size_t digits;

	if (reply && reply->type == REDIS_REPLY_ERROR && cluster_follow(o, c, reply))
		return;
	order_free(o);
	l->reading = false;
	if (!reply)
		return;
	if (reply->type == REDIS_REPLY_STRING) {
		int64_t theirs = number(reply->str, reply->len, &digits);

		if (digits == reply->len)
			settle(l, c, theirs < 0 ? 0 : theirs);  /* nobody cleared so far */
		l->known = true;
	} else if (reply->type == REDIS_REPLY_ERROR) {
		l->known = l->known || strncmp(reply->str, "WRONGTYPE", 9) == 0;
		entry_trouble(l, c, reply);
		if (!l->known)
			conn_doom(c, reply->str, reply->len);
	}
}

void care_read(struct lane *l)
{
	char key[NAME_SIZE];
	cdt_str name = generation_key(l->redis, key);
	const char *argv[] = { "GETRANGE", name.p, "0", "31" };
	const size_t n[] = { 8, name.n, 1, 2 };
	struct conn *c = cluster_pick(l, slots_of(name));
	struct order *o;

	if (!c || l->reading)
		return;
	o = order_new(l, 4, argv, n, on_generation);
	if (!o)
		return;
	l->reading = true;
	conn_send(c, o);
}

/* --- the sweep --- */

static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') && !(s[i] >= 'a' && s[i] <= 'f'))
			return false;
	return n > 0 && n % 2 == 0 && n <= 2 * KEY_MAX;
}

/* Exactly as entry.c makes them, of an earlier generation. */
static bool is_stale(const struct redis *r, const redisReply *key)
{
	size_t prefix = strlen(r->setup.prefix), digits;
	int64_t generation;

	if (key->type != REDIS_REPLY_STRING || key->len <= prefix
	    || memcmp(key->str, r->setup.prefix, prefix) != 0)
		return false;
	generation = number(key->str + prefix, key->len - prefix, &digits);
	prefix += digits;
	return generation >= 0 && generation < atomic_load(&r->generation)
	       && key->len > prefix + 1 && key->str[prefix] == ':'
	       && is_hex(key->str + prefix + 1, key->len - prefix - 1);
}

static void unlink_key(struct lane *l, struct conn *c, const redisReply *key)
{
	const char *argv[] = { "UNLINK", key->str };
	const size_t n[] = { 6, key->len };
	struct order *o = order_new(l, 2, argv, n, order_done);

	if (o)
		conn_send(c, o);
}

static void scan(struct lane *l, struct conn *c, const char *cursor);

static void on_scan(struct order *o, struct conn *c, const redisReply *reply)
{
	struct lane *l = o->lane;
	const redisReply *keys;

	order_free(o);
	if (!reply || !conn_usable(c)) {
		atomic_store(&l->redis->sweep, true);          /* from the start, later */
		return;
	}
	if (reply->type == REDIS_REPLY_ERROR)
		entry_trouble(l, c, reply);
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2
	    || reply->element[0]->type != REDIS_REPLY_STRING
	    || reply->element[1]->type != REDIS_REPLY_ARRAY)
		return;
	keys = reply->element[1];
	for (size_t i = 0; i < keys->elements && i < ROUND_KEYS_MAX; i++)
		if (is_stale(l->redis, keys->element[i]) && conn_has_room(c, NAME_SIZE))
			unlink_key(l, c, keys->element[i]);
	if (strcmp(reply->element[0]->str, "0") != 0)
		scan(l, c, reply->element[0]->str);
}

static void scan(struct lane *l, struct conn *c, const char *cursor)
{
	char pattern[PATTERN_SIZE];
	const char *argv[] = { "SCAN", cursor, "MATCH", pattern, "COUNT", "100" };
	size_t n[] = { 4, strlen(cursor), 5, 0, 5, 3 };
	struct order *o;

	for (const char *p = l->redis->setup.prefix; *p; p++) {
		if (strchr("*?[]^-\\", *p))
			pattern[n[3]++] = '\\';
		pattern[n[3]++] = *p;
	}
	pattern[n[3]++] = '*';
	o = order_new(l, 6, argv, n, on_scan);
	if (o)
		conn_send(c, o);
}

static bool has_entries(const struct lane *l, const struct conn *c)
{
	return c && (c->slots || !l->redis->setup.cluster);
}

/* One worker does it, once its servers are there. */
void care_sweep(struct lane *l)
{
	if (!l->known || !atomic_load_explicit(&l->redis->sweep, memory_order_relaxed))
		return;
	for (size_t i = 0; i < NODES_MAX; i++)
		if (has_entries(l, l->node[i]) && !conn_usable(l->node[i]))
			return;
	if (!atomic_exchange(&l->redis->sweep, false))
		return;
	for (size_t i = 0; i < NODES_MAX; i++)
		if (has_entries(l, l->node[i]))
			scan(l, l->node[i], "0");
}

/* --- the table --- */

static void stats(void *self, struct cdt_cache_stats *out)
{
	struct redis *r = self;
	struct cdt_cache_stats all = {
		.size = out->size, .entries = -1, .bytes = -1, .bytes_max = -1, .evictions = -1,
		.refused = atomic_load(&r->refused), .failures = atomic_load(&r->failures),
	};

	memcpy(out, &all, out->size < sizeof all ? out->size : sizeof all);
}

static cdt_status clear(void *self)
{
	struct redis *r = self;
	int64_t before = atomic_load(&r->generation), next;

	do {
		next = r->host->wall_ms(r->host);
		if (next <= before)
			next = before + 1;
	} while (!atomic_compare_exchange_weak(&r->generation, &before, next));
	atomic_store(&r->sweep, true);
	return CDT_OK;
}

const struct cdt_cache_care care = {
	.size = sizeof care, .stats = stats, .clear = clear,
};
