/* check/late.c - a cache that answers later, from a thread of its own, as a slow store would.
 * run.py builds it, and spoils it.
 * SPDX-License-Identifier: MIT */
#include <conduit/cache.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 65536, KEY_BYTES = 32, VALUE_MAX_BYTES = 2 << 20 };
enum { GET, PUT, DROP };

struct kept { char key[KEY_BYTES], *value; size_t n; uint64_t ends_ms; };
struct job {
	struct job *next;
	int what;
	struct kept kept;
	struct cdt_ticket *t;
};
struct late {
	const struct cdt_host *host;
	pthread_t thread;
	pthread_mutex_t lock;                  /* guards first, last and ending */
	pthread_cond_t wake;
	struct job *first, **last;
	bool ending;
	struct kept place[PLACES];             /* the thread's */
};

static void get(struct late *l, struct kept *p, struct job *j)
{
	bool there = p->value && memcmp(p->key, j->kept.key, KEY_BYTES) == 0 &&
	             l->host->now_ms(l->host) < p->ends_ms;

	j->t->api->done(j->t, there ? CDT_OK : CDT_E_ABSENT,
	                there ? (cdt_str){ p->value, p->n } : CDT_STR(""));
}

static void work_on(struct late *l, struct job *j)
{
	struct kept *p = &l->place[((uint8_t)j->kept.key[0] << 8 | (uint8_t)j->kept.key[1]) %
	                           PLACES];

	if (j->what == GET) {
		get(l, p, j);
	} else {
		free(p->value);
		*p = j->kept;
		j->t->api->done(j->t, CDT_OK, CDT_STR(""));
	}
	free(j);
}

static struct job *next_job(struct late *l)
{
	struct job *j;

	pthread_mutex_lock(&l->lock);
	while (!l->first && !l->ending)
		pthread_cond_wait(&l->wake, &l->lock);
	j = l->first;
	if (j && !(l->first = j->next))
		l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	return j;
}

static void *run(void *arg)
{
	for (struct job *j; (j = next_job(arg)); )
		work_on(arg, j);
	return NULL;
}

static void *late_open(const struct cdt_host *host, cdt_val config)
{
	struct late *l = calloc(1, sizeof *l);

	(void)config;
	l->host = host;
	l->last = &l->first;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	return pthread_create(&l->thread, NULL, run, l) == 0 ? l : NULL;
}

static void late_close(void *self)
{
	struct late *l = self;

	pthread_mutex_lock(&l->lock);
	l->ending = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	for (size_t i = 0; i < PLACES; i++)
		free(l->place[i].value);
	free(l);
}

static void ask(struct late *l, struct job job, cdt_str key)
{
	struct job *j = malloc(sizeof *j);

	*j = job;
	memcpy(j->kept.key, key.p, KEY_BYTES);
	pthread_mutex_lock(&l->lock);
	*l->last = j;
	l->last = &j->next;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

static void late_get(void *self, cdt_str key, struct cdt_ticket *t)
{
	ask(self, (struct job){ .what = GET, .t = t }, key);
}

static void late_put(void *self, cdt_str key, cdt_str value, uint32_t ttl_s,
                     struct cdt_ticket *t)
{
	struct late *l = self;
	struct job j = { .what = PUT, .t = t };

	if (value.n > VALUE_MAX_BYTES) {
		t->api->done(t, CDT_E_LIMIT, CDT_STR(""));
		return;
	}
	j.kept.n = value.n;
	j.kept.value = malloc(value.n + 1);
	j.kept.ends_ms = l->host->now_ms(l->host) + ttl_s * UINT64_C(1000);
	memcpy(j.kept.value, value.p, value.n);
	ask(l, j, key);
}

static void late_drop(void *self, cdt_str key, struct cdt_ticket *t)
{
	ask(self, (struct job){ .what = DROP, .t = t }, key);
}

static const struct cdt_cache_ops ops = {
	.size = sizeof ops, .open = late_open, .close = late_close,
	.get = late_get, .put = late_put, .drop = late_drop,
};
static const struct cdt_feature feature = { .size = sizeof feature, .kind = CDT_KIND_CACHE,
	.name = "late", .summary = "answers from a thread", .ops = &ops };
static const struct cdt_feature *const features[] = { &feature, NULL };
CDT_MODULE(.id = "org.example.late", .version = "1.0", .license = "MIT", .features = features);
