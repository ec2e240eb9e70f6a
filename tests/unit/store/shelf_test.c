/* Values that last until their time, on a bounded part of the disk.
 * SPDX-License-Identifier: MIT */
#include "store/shelf.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "loop/worker.h"
#include "unit/unit.h"

enum { SIZE = 16 << 20, LONG_MS = 3600000 };

/* A shelf, and a worker that asks it. */
struct rig {
	char *dir;
	struct shelf *s;
	struct worker *w;
	struct arena arena;
	char why[256];
	_Atomic unsigned good, bad;
};

static void rig_begin(struct rig *r)
{
	memset(r, 0, sizeof *r);
	r->dir = unit_dir_new();
	r->w = worker_new(0);
	CU_ASSERT_EQUAL_FATAL(worker_start(r->w), CDT_OK);
	r->s = shelf_open(r->dir, "shelf", SIZE, r->why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->s);
	arena_init(&r->arena, 1024, 1 << 30);
}

static void rig_reopen(struct rig *r)
{
	shelf_close(r->s);
	r->s = shelf_open(r->dir, "shelf", SIZE, r->why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->s);
}

static void rig_end(struct rig *r)
{
	worker_stop(r->w);
	worker_join(r->w);
	shelf_close(r->s);
	worker_free(r->w);
	arena_fini(&r->arena);
	unit_dir_drop(r->dir);
}

struct order {
	struct rig *rig;
	unsigned key;
	size_t bytes;
	int64_t lasts_ms;
	bool forget;
	_Atomic bool given;
};

static void on_finished(void *arg, cdt_status st)
{
	struct rig *r = arg;

	atomic_fetch_add(st == CDT_OK ? &r->good : &r->bad, 1);
}

static void key_bytes(unsigned n, uint8_t out[SHELF_KEY_SIZE])
{
	memset(out, 0, SHELF_KEY_SIZE);
	memcpy(out, &n, sizeof n);
}

/* What its bytes are is known by its key and length. */
static char byte_at(unsigned key, size_t bytes, size_t i)
{
	return (char)(key * 31 + bytes + i * 7 + i / 2000);
}

static void give(void *arg)
{
	struct order *o = arg;
	struct shelf_value v = { .expires_ms = clock_wall_ms() + o->lasts_ms };
	struct shelf_order *order;

	key_bytes(o->key, v.key);
	buf_init(&v.bytes, 1 << 30);
	(void)buf_reserve(&v.bytes, o->bytes);
	for (size_t i = 0; i < o->bytes; i++)
		buf_add_c(&v.bytes, byte_at(o->key, o->bytes, i));
	order = shelf_put(o->rig->s, &v, o->rig->w, on_finished, o->rig);
	if (!order)
		atomic_fetch_add(&o->rig->bad, 1);
	else if (o->forget)
		shelf_forget(order);
	o->given = true;
}

static bool put(struct rig *r, unsigned key, size_t bytes, int64_t lasts_ms)
{
	struct order o = { .rig = r, .key = key, .bytes = bytes, .lasts_ms = lasts_ms };
	unsigned good = r->good, bad = r->bad;

	worker_post(r->w, give, &o);
	while (r->good == good && r->bad == bad)
		(void)usleep(200);
	while (!o.given)
		(void)usleep(200);
	return r->bad == bad;
}

static cdt_status get(struct rig *r, unsigned key, cdt_str *v)
{
	uint8_t bytes[SHELF_KEY_SIZE];

	key_bytes(key, bytes);
	return shelf_get(r->s, bytes, clock_wall_ms(), &r->arena, v);
}

static bool has(struct rig *r, unsigned key, size_t bytes)
{
	cdt_str v = { NULL, 0 };
	bool same = get(r, key, &v) == CDT_OK && v.n == bytes;

	for (size_t i = 0; same && i < bytes; i++)
		same = v.p[i] == byte_at(key, bytes, i);
	arena_reset(&r->arena);
	return same;
}

static off_t file_size(struct rig *r)
{
	struct stat about = { .st_size = 0 };
	char path[512];

	(void)snprintf(path, sizeof path, "%s/shelf/data.mdb", r->dir);
	(void)stat(path, &about);
	return about.st_size;
}

static void values_of_all_sizes_are_there_after_reopening(void)
{
	static const size_t sizes[] = { 0, 1, 1999, 2000, 2001, 4000, 100000, SIZE / 16 };
	struct rig r;

	rig_begin(&r);
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		CU_ASSERT(put(&r, i, sizes[i], LONG_MS));
		CU_ASSERT(has(&r, i, sizes[i]));
	}
	rig_reopen(&r);
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
		CU_ASSERT(has(&r, i, sizes[i]));
	CU_ASSERT(!has(&r, 99, 0));
	CU_ASSERT(!put(&r, 99, SIZE / 16 + 1, LONG_MS));
	rig_end(&r);
}

static void a_newer_value_takes_the_place_of_an_older(void)
{
	struct rig r;

	rig_begin(&r);
	CU_ASSERT(put(&r, 1, 9000, LONG_MS));
	CU_ASSERT(put(&r, 2, 10, LONG_MS));
	CU_ASSERT(put(&r, 1, 5000, LONG_MS));
	CU_ASSERT(has(&r, 1, 5000));
	CU_ASSERT(has(&r, 2, 10));
	rig_end(&r);
}

static void what_is_over_is_absent(void)
{
	struct rig r;
	cdt_str v;

	rig_begin(&r);
	CU_ASSERT(put(&r, 1, 10, 30));
	CU_ASSERT(put(&r, 2, 10, LONG_MS));
	(void)usleep(50000);
	CU_ASSERT_EQUAL(get(&r, 1, &v), CDT_E_ABSENT);
	CU_ASSERT(has(&r, 2, 10));
	rig_end(&r);
}

/* Otherwise what is good would have to go. */
static void what_is_over_gives_its_room_back(void)
{
	enum { BYTES = 1000000, OLD = 10, NEW = 8 };
	struct rig r;

	rig_begin(&r);
	for (unsigned i = 0; i < OLD; i++)
		CU_ASSERT(put(&r, i, BYTES, 1));
	rig_reopen(&r);                        /* it looks at once */
	CU_ASSERT(put(&r, 1000, 1, LONG_MS));
	for (unsigned i = 0; i < NEW; i++)
		CU_ASSERT(put(&r, 100 + i, BYTES, LONG_MS));
	CU_ASSERT(has(&r, 1000, 1));
	for (unsigned i = 0; i < NEW; i++)
		CU_ASSERT(has(&r, 100 + i, BYTES));
	CU_ASSERT(file_size(&r) <= SIZE);
	rig_end(&r);
}

/* Of mixed sizes, many times what it holds. */
static void a_full_shelf_drops_its_oldest_and_keeps_its_size(void)
{
	enum { COUNT = 200, LATEST = 10 };
	struct rig r;

	rig_begin(&r);
	for (unsigned i = 0; i < COUNT; i++)
		CU_ASSERT(put(&r, i, i % 7 ? 1000 + i * 97 : SIZE / 16, LONG_MS));
	CU_ASSERT(file_size(&r) <= SIZE);
	CU_ASSERT(!has(&r, 0, SIZE / 16));
	for (unsigned i = COUNT - LATEST; i < COUNT; i++)
		CU_ASSERT(has(&r, i, i % 7 ? 1000 + i * 97 : SIZE / 16));
	rig_end(&r);
}

static void who_forgets_is_not_told(void)
{
	struct rig r;
	struct order o = { .rig = &r, .key = 5, .bytes = 10, .lasts_ms = LONG_MS,
	                   .forget = true };

	rig_begin(&r);
	worker_post(r.w, give, &o);
	while (!o.given)
		(void)usleep(200);
	CU_ASSERT(put(&r, 6, 10, LONG_MS));
	CU_ASSERT_EQUAL(r.good, 1);
	CU_ASSERT(has(&r, 5, 10));
	rig_end(&r);
}

/* What waits when everything ends is written, though nobody is told. */
static void closing_writes_what_waits(void)
{
	enum { COUNT = 50 };
	struct order o[COUNT];
	struct rig r;

	rig_begin(&r);
	for (unsigned i = 0; i < COUNT; i++) {
		o[i] = (struct order){ .rig = &r, .key = i, .bytes = 5000,
		                       .lasts_ms = LONG_MS, .forget = true };
		worker_post(r.w, give, &o[i]);
	}
	worker_stop(r.w);
	worker_join(r.w);
	rig_reopen(&r);
	for (unsigned i = 0; i < COUNT; i++)
		CU_ASSERT(has(&r, i, 5000));
	rig_end(&r);
}

static void a_damaged_one_is_set_aside(void)
{
	char path[512];
	struct stat about;
	struct rig r;

	rig_begin(&r);
	for (unsigned i = 0; i < 2; i++) {     /* the second time, something lies there */
		CU_ASSERT(put(&r, 1, 100000, LONG_MS));
		shelf_close(r.s);
		(void)snprintf(path, sizeof path, "%s/shelf/data.mdb", r.dir);
		CU_ASSERT_EQUAL(truncate(path, 20000), 0);
		r.s = shelf_open(r.dir, "shelf", SIZE, r.why);
		CU_ASSERT_PTR_NOT_NULL_FATAL(r.s);
		CU_ASSERT(!has(&r, 1, 100000));
		(void)snprintf(path, sizeof path, "%s/shelf.damaged/data.mdb", r.dir);
		CU_ASSERT_EQUAL(stat(path, &about), 0);
	}
	CU_ASSERT(put(&r, 1, 10, LONG_MS));
	CU_ASSERT(has(&r, 1, 10));
	rig_end(&r);
}

static void a_folder_that_can_not_be_is_explained(void)
{
	char why[256] = "";

	CU_ASSERT_PTR_NULL(shelf_open("/proc/nowhere", "shelf", SIZE, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "/proc/nowhere/shelf"));
}

static const struct unit_test tests[] = {
	{ "values of all sizes are there after reopening",
	  values_of_all_sizes_are_there_after_reopening },
	{ "a newer value takes the place of an older", a_newer_value_takes_the_place_of_an_older },
	{ "what is over is absent", what_is_over_is_absent },
	{ "what is over gives its room back", what_is_over_gives_its_room_back },
	{ "a full shelf drops its oldest and keeps its size",
	  a_full_shelf_drops_its_oldest_and_keeps_its_size },
	{ "who forgets is not told", who_forgets_is_not_told },
	{ "closing writes what waits", closing_writes_what_waits },
	{ "a damaged one is set aside", a_damaged_one_is_set_aside },
	{ "a folder that can not be is explained", a_folder_that_can_not_be_is_explained },
	{ NULL, NULL }
};
const struct unit_suite store_shelf_suite = { "store/shelf", tests };
