/* unit/plugins/cache_rig.c - see cache_rig.h.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/cache_rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

enum { VALUE_HEAD = 16, TRIES_MAX = 20000, OPTIONS_MAX = 8 };

static void load(struct cacherig *r, const char *type)
{
	const char *dir = getenv("CONDUIT_BUILDDIR");
	char path[CACHERIG_PATH_SIZE], why[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);             /* the folder that make ran in */
	(void)snprintf(path, sizeof path, "%s/plugins/cache_%s.so", dir, type);
	CU_ASSERT_EQUAL_FATAL(registry_load_file(r->registry, path, why), CDT_OK);
}

void cacherig_init(struct cacherig *r, const char *type)
{
	struct plugin_surroundings s = { .version = "0.0.0", .trust_any_owner = 1 };
	char private_dir[CACHERIG_PATH_SIZE];

	*r = (struct cacherig){ .dir = unit_dir_new(), .metrics = metrics_new(1) };
	(void)snprintf(r->folder, sizeof r->folder, "%s/a/cache", r->dir);
	(void)snprintf(private_dir, sizeof private_dir, "%s/private", r->dir);
	s.private_dir = private_dir;
	s.metrics = r->metrics;
	s.wall_ms = &r->wall_ms;
	r->wall_ms = 1000000;
	r->registry = registry_new(&s);
	r->worker = worker_new(0);
	config_report_init(&r->report);
	load(r, type);
}

void cacherig_close(struct cacherig *r)
{
	instance_worker_close(r->self);
	instance_close(r->instance);
	r->self = NULL;
	r->instance = NULL;
}

void cacherig_fini(struct cacherig *r)
{
	cacherig_close(r);
	registry_free(r->registry);
	metrics_free(r->metrics);
	config_report_fini(&r->report);
	worker_free(r->worker);
	unit_dir_drop(r->dir);
}

bool cacherig_open(struct cacherig *r, const char *type, const char *more)
{
	struct config_origin origins[OPTIONS_MAX] = { { "t.cfg", 1 } };
	char text[2 * CACHERIG_PATH_SIZE];
	struct config_options given = { NULL, origins };
	struct instance_order order = {
		.kind = "cache", .type = type, .name = "it", .options = &given,
		.at = { "t.cfg", 1 },
	};

	(void)snprintf(text, sizeof text, "{\"path\":\"%s\"%s%s}", r->folder, *more ? "," : "",
	               more);
	for (uint32_t i = 0; i < OPTIONS_MAX; i++)
		origins[i] = (struct config_origin){ "t.cfg", 1 + i };
	given.values = json_parse(str_z(text));
	r->instance = instance_open(r->registry, &order, &r->report);
	json_free(given.values);
	r->self = r->instance ? instance_worker_open(r->instance, r->worker) : NULL;
	return r->self != NULL;
}

/* --- entries --- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ (x >> 32);
}

cdt_str cacherig_key(uint64_t n, char out[CACHERIG_KEY_SIZE])
{
	for (size_t i = 0; i < CACHERIG_KEY_SIZE / sizeof n; i++) {
		uint64_t word = mix(n * 4 + i + 1);

		memcpy(out + i * sizeof word, &word, sizeof word);
	}
	return (cdt_str){ out, CACHERIG_KEY_SIZE };
}

void cacherig_value(uint64_t n, uint64_t turn, char *out, size_t length)
{
	const uint64_t head[2] = { n, turn };
	uint64_t word = mix(n ^ mix(turn));

	for (size_t i = 0; i < length; i++)
		out[i] = i < VALUE_HEAD ? ((const char *)head)[i]
		                        : (char)(word >> 8 * (i % 8)) + (char)(i >> 3);
}

bool cacherig_is_value(uint64_t n, cdt_str v)
{
	uint64_t head[2] = { n, 0 };
	bool good;
	char *should;

	if (v.n < VALUE_HEAD)
		return !memcmp(v.p, head, v.n < sizeof n ? v.n : sizeof n);
	memcpy(head, v.p, sizeof head);
	should = mem_new(v.n);
	cacherig_value(n, head[1], should, v.n);
	good = head[0] == n && !memcmp(should, v.p, v.n);
	mem_free(should);
	return good;
}

/* --- calls --- */

struct heard { bool came; cdt_status st; uint64_t n; int64_t length; };

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct heard *h = arg;

	(void)lasts_ms;
	h->came = true;
	h->st = st;
	h->length = cacherig_is_value(h->n, value) ? (int64_t)value.n : -1;
}

cdt_status cacherig_put(struct instance_self *s, uint64_t n, uint64_t turn, size_t length,
                        uint32_t ttl_s)
{
	char key[CACHERIG_KEY_SIZE], *value = mem_new(length + 1);
	struct heard h = { .n = n };
	struct cache_order o = { cacherig_key(n, key), on_answer, &h };
	struct ticket *wait = NULL;

	cacherig_value(n, turn, value, length);
	CU_ASSERT_EQUAL(cache_put(s, &o, (cdt_str){ value, length }, ttl_s, &wait), CDT_OK);
	CU_ASSERT_PTR_NULL(wait);
	mem_free(value);
	return h.st;
}

void cacherig_put_surely(struct instance_self *s, uint64_t n, uint64_t turn, size_t length)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	cdt_status st = CDT_E_LIMIT;

	for (int i = 0; i < TRIES_MAX && st == CDT_E_LIMIT; i++) {
		st = cacherig_put(s, n, turn, length, 1000);
		if (st == CDT_E_LIMIT)
			(void)nanosleep(&nap, NULL);
	}
	CU_ASSERT_EQUAL(st, CDT_OK);
}

cdt_status cacherig_get(struct instance_self *s, uint64_t n, int64_t *length)
{
	char key[CACHERIG_KEY_SIZE];
	struct heard h = { .n = n };
	struct cache_order o = { cacherig_key(n, key), on_answer, &h };
	struct ticket *wait = NULL;

	CU_ASSERT_EQUAL(cache_get(s, &o, &wait), CDT_OK);
	CU_ASSERT_PTR_NULL(wait);
	*length = h.length;
	return h.st;
}

bool cacherig_has(struct cacherig *r, uint64_t n)
{
	int64_t length;
	cdt_status st = cacherig_get(r->self, n, &length);

	CU_ASSERT_TRUE(st == CDT_E_ABSENT || (st == CDT_OK && length >= 0));
	return st == CDT_OK;
}

cdt_status cacherig_drop(struct cacherig *r, uint64_t n)
{
	char key[CACHERIG_KEY_SIZE];
	struct heard h = { .n = n };
	struct cache_order o = { cacherig_key(n, key), on_answer, &h };
	struct ticket *wait = NULL;

	CU_ASSERT_EQUAL(cache_drop(r->self, &o, &wait), CDT_OK);
	plugrig_turn(r->worker, &h.came);
	CU_ASSERT_TRUE(h.came);
	return h.st;
}

static _Thread_local int64_t disk_sum;         /* nftw has no argument for us */

static int add_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path, (void)ftw;
	if (flag != FTW_NS)                            /* it went a moment ago */
		disk_sum += (int64_t)st->st_blocks * 512;
	return 0;
}

int64_t cacherig_disk(const struct cacherig *r)
{
	disk_sum = 0;
	(void)nftw(r->folder, add_one, 4, FTW_PHYS);   /* what it did not see is not there */
	return disk_sum;
}
