/* cache_shelf/shelf.c - a cache with a fixed number of places; who comes later takes one over.
 * SPDX-License-Identifier: MIT */
#include <conduit/cache.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
enum { PLACES = 4096, KEY_BYTES = 32, VALUE_MAX_BYTES = 16 << 10 };
struct place { char key[KEY_BYTES], value[VALUE_MAX_BYTES]; size_t n; uint64_t ends_ms; };
struct shelf { const struct cdt_host *host; pthread_mutex_t lock; struct place place[PLACES]; };
static void *shelf_open(const struct cdt_host *host, cdt_val config)
{
	struct shelf *s = calloc(1, sizeof *s);
	(void)config;
	if (s && pthread_mutex_init(&s->lock, NULL) == 0)
		s->host = host;
	return s;
}
static struct place *lock_place(struct shelf *s, cdt_str key)   /* any bytes are a hash */
{
	pthread_mutex_lock(&s->lock);
	return &s->place[((uint8_t)key.p[0] << 8 | (uint8_t)key.p[1]) % PLACES];
}
static void get(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct shelf *s = self;
	struct place *p = lock_place(s, key);
	char copy[VALUE_MAX_BYTES];            /* done is not called with the lock held */
	size_t n = 0;
	if (memcmp(p->key, key.p, KEY_BYTES) == 0 && s->host->now_ms(s->host) < p->ends_ms)
		memcpy(copy, p->value, n = p->n);
	pthread_mutex_unlock(&s->lock);
	t->api->done(t, n ? CDT_OK : CDT_E_ABSENT, (cdt_str){ copy, n });
}
static void keep(struct shelf *s, cdt_str key, cdt_str value, uint64_t ends_ms)
{
	struct place *p = lock_place(s, key);
	p->ends_ms = ends_ms;
	memcpy(p->key, key.p, KEY_BYTES);
	memcpy(p->value, value.p, p->n = value.n);
	pthread_mutex_unlock(&s->lock);
}
static void put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s, struct cdt_ticket *t)
{
	struct shelf *s = self;
	if (value.n <= VALUE_MAX_BYTES)
		keep(s, key, value, s->host->now_ms(s->host) + ttl_s * UINT64_C(1000));
	t->api->done(t, value.n <= VALUE_MAX_BYTES ? CDT_OK : CDT_E_LIMIT, CDT_STR(""));
}
static void drop(void *self, cdt_str key, struct cdt_ticket *t)
{
	keep(self, key, CDT_STR(""), 0);
	t->api->done(t, CDT_OK, CDT_STR(""));
}
static const struct cdt_cache_ops ops = {
	.size = sizeof ops, .open = shelf_open, .close = free,
	.get = get, .put = put, .drop = drop };
static const struct cdt_feature feature = { .size = sizeof feature, .kind = CDT_KIND_CACHE,
	.name = "shelf", .summary = "4096 places in memory", .ops = &ops };
static const struct cdt_feature *const features[] = { &feature, NULL };
CDT_MODULE(.id = "org.example.shelf", .version = "1.0", .license = "MIT", .features = features);
