/* cache_lmdb/lmdb.c - a cache in a folder of its own: look-ups read LMDB's maps on the worker,
 * all writing is one thread's.
 * SPDX-License-Identifier: MIT */
#include <conduit/cache.h>
#include <conduit/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"

/* No value takes more of a segment than one VALUE_PART, and what waits takes no more than one
 * QUEUE_PART of the size. */
enum { SIZE_MIN_BYTES = 8 << 20, VALUE_PART = 4, QUEUE_PART = 4, PAGE = 4096 };

struct cache_worker { struct cache *cache; struct reader reader; };

/* --- open and close --- */

static void say(const struct cdt_host *h, uint32_t level, const char *what, const char *more)
{
	char text[2 * FOLDER_WHY_SIZE];

	(void)snprintf(text, sizeof text, "%s%s", what, more);     /* cut when it is too long */
	h->log(h, level, text);
}

static void tell_losses(const struct cache *c, size_t spoilt, bool stranger)
{
	if (stranger)
		say(c->host, CDT_LOG_WARN, "another version wrote the folder, which is begun "
		    "anew: ", c->shelf.folder.path);
	else if (spoilt)
		say(c->host, CDT_LOG_WARN, "files of the cache were damaged, and are thrown "
		    "away: ", c->shelf.folder.path);
}

static struct cache *cache_new(const struct cdt_host *h, cdt_val config)
{
	struct cache *c = calloc(1, sizeof *c);
	int64_t size = cdt_i64(cdt_get(config, "size"), 0);
	int64_t most = cdt_i64(cdt_get(config, "max_value"), 0), share = size / SEGMENTS;

	if (!c)
		return NULL;
	c->host = h;
	c->shelf.size_bytes = (size_t)size;
	c->shelf.share_bytes = (size_t)(share / PAGE * PAGE);
	c->value_max_bytes = (size_t)(most < share / VALUE_PART ? most : share / VALUE_PART);
	return c;
}

static void *start(struct cache *c)
{
	size_t spoilt;
	bool stranger;

	shelf_open(&c->shelf, &spoilt, &stranger);
	tell_losses(c, spoilt, stranger);
	c->queue.newest = shelf_newest(&c->shelf);
	if (writer_start(c))
		return c;
	say(c->host, CDT_LOG_ERROR, "there is no thread to be had", "");
	shelf_close(&c->shelf);
	queue_fini(&c->queue);
	folder_give(&c->shelf.folder);
	free(c);
	return NULL;
}

static void *cache_open(const struct cdt_host *h, cdt_val config)
{
	cdt_str path = cdt_text(cdt_get(config, "path"));
	char why[FOLDER_WHY_SIZE] = "there is no memory to be had";
	struct cache *c;

	if (cdt_i64(cdt_get(config, "size"), 0) < SIZE_MIN_BYTES) {
		say(h, CDT_LOG_ERROR, "size must be 8MiB or more", "");
		return NULL;
	}
	c = cache_new(h, config);
	if (c && folder_take(&c->shelf.folder, path.p, path.n, why)) {
		if (queue_init(&c->queue, c->shelf.size_bytes / QUEUE_PART))
			return start(c);
		(void)snprintf(why, sizeof why, "there is no descriptor to be had");
		folder_give(&c->shelf.folder);
	}
	say(h, CDT_LOG_ERROR, why, "");
	free(c);
	return NULL;
}

static void cache_close(void *self)
{
	struct cache *c = self;

	writer_stop(c);
	shelf_close(&c->shelf);
	queue_fini(&c->queue);
	folder_give(&c->shelf.folder);
	free(c);
}

static void *worker_open(void *self, struct cdt_worker *w)
{
	struct cache_worker *cw = calloc(1, sizeof *cw);
	struct cache *c = self;

	(void)w;
	if (!cw)
		return NULL;
	cw->cache = c;
	reader_init(&cw->reader, &c->shelf);
	return cw;
}

static void worker_close(void *self)
{
	struct cache_worker *cw = self;

	reader_fini(&cw->reader);
	free(cw);
}

/* --- the calls of workers --- */

static void finish(struct cdt_ticket *t, cdt_status st, cdt_str value)
{
	t->api->done(t, st, value);
}

static void answer(const struct cache *c, struct cdt_ticket *t, int64_t until_ms, cdt_str value)
{
	bool lives = until_ms > c->host->wall_ms(c->host);

	finish(t, lives ? CDT_OK : CDT_E_ABSENT, lives ? value : CDT_STR(""));
}

static void get_kept(struct cache_worker *cw, const struct entry *e, struct cdt_ticket *t)
{
	struct cache *c = cw->cache;
	uint64_t cleared = atomic_load_explicit(&c->queue.cleared, memory_order_acquire);
	struct loan l;

	if (!reader_begin(&cw->reader, e->key, e->hash, cleared, 0, &l)) {
		finish(t, CDT_E_ABSENT, CDT_STR(""));
		return;
	}
	answer(c, t, l.kept.until_ms, (cdt_str){ l.kept.value, l.kept.n });
	reader_end(&cw->reader, &l);
}

static struct entry entry_of(cdt_str key)
{
	const uint8_t *bytes = (const uint8_t *)key.p;

	return (struct entry){ .key = bytes, .hash = segment_hash(bytes) };
}

static void get(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct cache_worker *cw = self;
	struct entry e;
	struct op *o;

	if (key.n != KEY_SIZE) {
		finish(t, CDT_E_INVALID, CDT_STR(""));
		return;
	}
	e = entry_of(key);
	if (!queue_find(&cw->cache->queue, &e, &o)) {
		get_kept(cw, &e, t);
		return;
	}
	if (o)
		answer(cw->cache, t, o->until_ms, (cdt_str){ o->value, o->n });
	else
		finish(t, CDT_E_ABSENT, CDT_STR(""));
	op_give(o);
}

static cdt_status try_put(struct cache *c, cdt_str key, cdt_str value, uint32_t ttl_s)
{
	struct entry e;

	if (key.n != KEY_SIZE)
		return CDT_E_INVALID;
	if (value.n > c->value_max_bytes ||
	    atomic_load_explicit(&c->resting, memory_order_relaxed))
		return CDT_E_LIMIT;
	e = entry_of(key);
	e.value = value;
	e.until_ms = c->host->wall_ms(c->host) + (int64_t)ttl_s * 1000;
	return queue_put(&c->queue, &e);
}

static void put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s, struct cdt_ticket *t)
{
	struct cache *c = ((struct cache_worker *)self)->cache;
	cdt_status st = try_put(c, key, value, ttl_s);

	if (st != CDT_OK)
		atomic_fetch_add_explicit(&c->refused, 1, memory_order_relaxed);
	finish(t, st, CDT_STR(""));
}

static void drop(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct cache *c = ((struct cache_worker *)self)->cache;
	cdt_status st = CDT_E_INVALID;
	struct entry e;

	if (key.n == KEY_SIZE) {
		e = entry_of(key);
		st = queue_drop(&c->queue, &e, t);     /* then the writer finishes t */
	}
	if (st != CDT_OK)
		finish(t, st, CDT_STR(""));
}

/* --- for operators --- */

static int64_t load(const _Atomic int64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void stats(void *self, struct cdt_cache_stats *out)
{
	struct cache *c = self;
	struct cdt_cache_stats s = {
		.size = out->size,
		.entries = load(&c->shelf.entries) + queue_entries(&c->queue),
		.bytes = load(&c->shelf.bytes),
		.bytes_max = (int64_t)c->shelf.size_bytes, .evictions = load(&c->shelf.evicted),
		.refused = load(&c->refused), .failures = load(&c->failures),
	};

	memcpy(out, &s, out->size < sizeof s ? out->size : sizeof s);
}

static cdt_status clear(void *self)
{
	struct cache *c = self;

	queue_clear(&c->queue);
	/* The writer counts again when it has removed them. */
	atomic_store_explicit(&c->shelf.entries, 0, memory_order_relaxed);
	return CDT_OK;
}

static const void *extension(void *self, const char *id)
{
	static const struct cdt_cache_care care = {
		.size = sizeof care, .stats = stats, .clear = clear,
	};

	(void)self;
	return strcmp(id, CDT_EXT_CACHE_CARE) ? NULL : &care;
}

static const struct cdt_cache_ops ops = {
	.size = sizeof ops,
	.open = cache_open, .close = cache_close,
	.worker_open = worker_open, .worker_close = worker_close,
	.get = get, .put = put, .drop = drop, .extension = extension,
};

static const struct cdt_option options[] = {
	{ "path", CDT_OPT_TEXT, 0, NULL, "folder of the cache, for it alone", NULL },
	{ "size", CDT_OPT_SIZE, 0, "1GiB", "the folder is never larger", NULL },
	{ "max_value", CDT_OPT_SIZE, 0, "16MiB",
	  "larger answers are not kept; at most 1/32 of size", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_CACHE, .name = "lmdb",
	.summary = "answers on the disk of this machine, kept over a restart",
	.options = options, .ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.cache.lmdb", .version = "1.0", .license = "MIT",
           .features = features);
