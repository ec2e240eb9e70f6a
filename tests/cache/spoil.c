/* cache/spoil.c - a cache that spoils what it keeps, as a file says: "flip N", "cut N",
 * "grow N", "other", "trouble", "late", "lose", "fine".  faults.py builds it.
 * SPDX-License-Identifier: MIT */
#include <conduit/cache.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PLACES = 256, KEY_BYTES = 32, VALUE_MAX_BYTES = 1 << 20, LATE_US = 30000 };

struct place { char key[KEY_BYTES], *value; size_t n; };
struct spoil {
	pthread_mutex_t lock;
	struct place place[PLACES];
	size_t count;
};
struct word { char what[16]; long n; };
struct answer { struct cdt_ticket *t; cdt_status st; char *value; size_t n; };

static struct word read_word(void)
{
	const char *path = getenv("CACHE_SPOIL");
	FILE *f = path ? fopen(path, "r") : NULL;
	struct word w = { "fine", 0 };

	if (f) {
		if (fscanf(f, "%15s %ld", w.what, &w.n) < 1)
			abort();
		fclose(f);
	}
	return w;
}

static void *spoil_open(const struct cdt_host *host, cdt_val config)
{
	struct spoil *s = calloc(1, sizeof *s);

	(void)host, (void)config;
	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void spoil_close(void *self)
{
	struct spoil *s = self;

	usleep(2 * LATE_US);                   /* for what is late */
	for (size_t i = 0; i < s->count; i++)
		free(s->place[i].value);
	free(s);
}

static struct place *find(struct spoil *s, cdt_str key, bool other)
{
	for (size_t i = s->count; i-- > 0;)
		if ((memcmp(s->place[i].key, key.p, KEY_BYTES) == 0) != other)
			return &s->place[i];
	return NULL;
}

static void bend(struct answer *a, const struct word *w)
{
	size_t n = a->n ? (size_t)w->n % a->n : 0;

	if (!strcmp(w->what, "flip"))
		a->value[n] ^= 0x10;
	else if (!strcmp(w->what, "cut"))
		a->n = n;
	else if (!strcmp(w->what, "grow"))
		a->n += (size_t)w->n;          /* zeroes */
}

static void *answer_late(void *arg)
{
	struct answer *a = arg;

	usleep(LATE_US);
	a->t->api->done(a->t, a->st, (cdt_str){ a->value, a->n });
	free(a->value);
	free(a);
	return NULL;
}

static void give(struct answer *a, bool late)
{
	pthread_t thread;
	struct answer *copy;

	if (!late) {
		a->t->api->done(a->t, a->st, (cdt_str){ a->value, a->n });
		free(a->value);
		return;
	}
	copy = malloc(sizeof *copy);
	*copy = *a;
	pthread_create(&thread, NULL, answer_late, copy);
	pthread_detach(thread);
}

static void get(void *self, cdt_str key, struct cdt_ticket *t)
{
	struct spoil *s = self;
	struct word w = read_word();
	struct answer a = { t, CDT_E_ABSENT, NULL, 0 };
	struct place *p;

	pthread_mutex_lock(&s->lock);
	p = find(s, key, !strcmp(w.what, "other"));
	if (p && strcmp(w.what, "lose")) {
		a = (struct answer){ t, CDT_OK, calloc(1, p->n + 64), p->n };
		memcpy(a.value, p->value, p->n);
		bend(&a, &w);
	}
	pthread_mutex_unlock(&s->lock);
	if (!strcmp(w.what, "trouble"))
		a.st = CDT_E_UPSTREAM;
	give(&a, !strcmp(w.what, "late"));
}

static void put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s, struct cdt_ticket *t)
{
	struct spoil *s = self;
	struct place *p;
	bool fits;

	(void)ttl_s;                           /* never too old: the gateway knows better */
	pthread_mutex_lock(&s->lock);
	p = find(s, key, false);
	if (!p && s->count < PLACES)
		p = &s->place[s->count++];
	fits = p && value.n <= VALUE_MAX_BYTES;
	if (fits) {
		free(p->value);
		memcpy(p->key, key.p, KEY_BYTES);
		p->value = malloc(value.n);
		memcpy(p->value, value.p, p->n = value.n);
	}
	pthread_mutex_unlock(&s->lock);
	t->api->done(t, fits ? CDT_OK : CDT_E_LIMIT, CDT_STR(""));
}

static void drop(void *self, cdt_str key, struct cdt_ticket *t)
{
	(void)self, (void)key;
	t->api->done(t, CDT_OK, CDT_STR(""));
}

static const struct cdt_cache_ops ops = {
	.size = sizeof ops, .open = spoil_open, .close = spoil_close,
	.get = get, .put = put, .drop = drop };
static const struct cdt_feature feature = { .size = sizeof feature, .kind = CDT_KIND_CACHE,
	.name = "spoil", .summary = "spoils what it keeps", .ops = &ops };
static const struct cdt_feature *const features[] = { &feature, NULL };
CDT_MODULE(.id = "org.example.spoil", .version = "1.0", .license = "MIT", .features = features);
