/* cache_memory/memory.c - keeps answers in the memory of the process, at most so many bytes of
 * them; who was not used for longest gives way.  They are gone with the process.
 *
 * Shards share one count of bytes: room is reserved before an entry goes in, and given back
 * when its last holder has freed it.  So the bound holds at every moment.
 * SPDX-License-Identifier: MIT */
#include <conduit/cache.h>

#include <stdlib.h>
#include <string.h>

#include "shard.h"

/* A shard for each SHARD_BYTES; a slot for each SLOT_EACH_BYTES, which is 1.6 % of the memory
 * and keeps chains short: the smallest entries make them five long. */
enum { SHARDS_MAX = 64, SHARD_BYTES = 4 << 20, SLOT_EACH_BYTES = 512, LEAST_BYTES = 64 << 10 };
enum { MS_PER_S = 1000 };

struct memory {
	const struct cdt_host *host;
	int64_t bytes_max, value_max;
	_Atomic int64_t bytes, refused;
	_Atomic uint32_t hand;                 /* whose turn it is to give way */
	size_t shards;                         /* a power of two */
	struct entry **slot;
	struct shard shard[SHARDS_MAX];
};

/* The greatest power of two that is not above n; 1 for 0. */
static size_t power_below(uint64_t n)
{
	size_t p = 1;

	while (p <= n / 2)
		p *= 2;
	return p;
}

static uint64_t now_ms(const struct memory *m)
{
	return m->host->now_ms(m->host);
}

static void close_memory(void *self)
{
	struct memory *m = self;

	for (size_t i = 0; i < m->shards; i++)
		shard_fini(&m->shard[i]);
	free(m->slot);
	free(m);
}

/* The struct is aligned for its locks. */
static struct memory *memory_new(uint64_t size, size_t slots)
{
	struct memory *m = aligned_alloc(_Alignof(struct memory), sizeof *m);

	if (!m)
		return NULL;
	*m = (struct memory){ .bytes_max = (int64_t)size };
	m->slot = calloc(slots, sizeof(struct entry *));
	if (m->slot)
		return m;
	free(m);
	return NULL;
}

static void *open_memory(const struct cdt_host *host, cdt_val config)
{
	uint64_t size = (uint64_t)cdt_i64(cdt_get(config, "size"), 0);
	size_t slots = power_below(size / SLOT_EACH_BYTES), each;
	struct memory *m;

	if (size < LEAST_BYTES) {
		host->log(host, CDT_LOG_ERROR, "size must be at least 64KiB");
		return NULL;
	}
	m = memory_new(size, slots);
	if (!m) {
		host->log(host, CDT_LOG_ERROR, "no memory for so large a size");
		return NULL;
	}
	m->host = host;
	m->value_max = cdt_i64(cdt_get(config, "max_value"), 0);
	m->shards = power_below(size / SHARD_BYTES);
	if (m->shards > SHARDS_MAX)
		m->shards = SHARDS_MAX;
	each = slots / m->shards;
	for (size_t i = 0; i < m->shards; i++)
		shard_init(&m->shard[i], m->slot + i * each, each, &m->bytes);
	m->bytes = (int64_t)(sizeof *m + slots * sizeof *m->slot);
	return m;
}

static struct shard *shard_of(struct memory *m, cdt_str key)
{
	return &m->shard[(uint8_t)key.p[0] & (m->shards - 1)];
}

/* Adds so many bytes to what is there, at the cost of others.  Shards give way in turn: keys
 * are spread evenly, so the oldest of each are about equally old. */
static bool reserve(struct memory *m, int64_t bytes)
{
	uint64_t now = now_ms(m);
	size_t empty = 0;

	if (bytes > m->bytes_max)
		return false;
	while (empty <= m->shards) {
		int64_t have = atomic_load(&m->bytes);

		while (have <= m->bytes_max - bytes)
			if (atomic_compare_exchange_weak(&m->bytes, &have, have + bytes))
				return true;
		empty = shard_evict(&m->shard[m->hand++ & (m->shards - 1)], now) ? 0
		                                                                 : empty + 1;
	}
	return false;
}

static cdt_status keep(struct memory *m, cdt_str key, cdt_str value, uint32_t ttl_s)
{
	uint64_t now = now_ms(m);
	int64_t cost;
	struct entry *e;

	if (key.n != KEY_BYTES || ttl_s == 0)
		return CDT_E_INVALID;
	if (value.n > (uint64_t)m->value_max)
		return CDT_E_LIMIT;
	cost = (int64_t)entry_cost_bytes(value.n);
	if (!reserve(m, cost))
		return CDT_E_LIMIT;
	e = entry_new(key.p, value, now + (uint64_t)ttl_s * MS_PER_S);
	if (!e) {
		m->bytes -= cost;
		return CDT_E_NOMEM;
	}
	shard_put(shard_of(m, key), e, now);
	return CDT_OK;
}

static void get(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct memory *m = self;
	struct entry *e = key.n == KEY_BYTES ? shard_get(shard_of(m, key), key.p, now_ms(m))
	                                     : NULL;

	if (!e) {
		t->api->done(t, CDT_E_ABSENT, CDT_STR(""));
		return;
	}
	t->api->done(t, CDT_OK, (cdt_str){ e->value, e->n });
	shard_release(shard_of(m, key), e);
}

static void put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s, struct cdt_ticket *t)
{
	struct memory *m = self;
	cdt_status st = keep(m, key, value, ttl_s);

	m->refused += st != CDT_OK;
	t->api->done(t, st, CDT_STR(""));
}

static void drop(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct memory *m = self;

	if (key.n == KEY_BYTES)
		shard_drop(shard_of(m, key), key.p);
	t->api->done(t, CDT_OK, CDT_STR(""));
}

/* --- for operators --- */

static void stats(void *self, struct cdt_cache_stats *out)
{
	struct memory *m = self;
	struct cdt_cache_stats s = {
		.size = out->size, .bytes = m->bytes, .bytes_max = m->bytes_max,
		.refused = m->refused,
	};

	for (size_t i = 0; i < m->shards; i++)
		shard_count(&m->shard[i], &s.entries, &s.evictions);
	memcpy(out, &s, s.size < sizeof s ? s.size : sizeof s);
}

static cdt_status clear(void *self)
{
	struct memory *m = self;

	for (size_t i = 0; i < m->shards; i++)
		shard_clear(&m->shard[i]);
	return CDT_OK;
}

static const void *extension(void *self, const char *id)
{
	static const struct cdt_cache_care care = {
		.size = sizeof care, .stats = stats, .clear = clear,
	};

	(void)self;
	return strcmp(id, CDT_EXT_CACHE_CARE) == 0 ? &care : NULL;
}

static const struct cdt_option options[] = {
	{ "size", CDT_OPT_SIZE, 0, "256MiB",
	  "at most so much memory, with keys and all that is kept about an entry", NULL },
	{ "max_value", CDT_OPT_SIZE, 0, "16MiB", "larger answers are not kept", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const struct cdt_cache_ops ops = {
	.size = sizeof ops, .open = open_memory, .close = close_memory,
	.get = get, .put = put, .drop = drop, .extension = extension,
};

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_CACHE, .name = "memory",
	.summary = "keeps answers in memory, until the process ends",
	.options = options, .ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.cache.memory", .version = "1.0", .license = "MIT",
           .features = features);
