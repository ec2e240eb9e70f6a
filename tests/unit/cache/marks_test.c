/* What is purged, through restarts, wrong clocks and damaged marks.
 * SPDX-License-Identifier: MIT */
#include "cache/marks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/json.h"
#include "base/str.h"
#include "base/thread.h"
#include "store/store.h"
#include "unit/unit.h"

enum { MAP = 64 << 20, NOW = 1000000 };
#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* One gateway's folder; opened again and again. */
struct scene { char *dir; struct store *store; struct marks *marks; };

static void open_at(struct scene *s, int64_t now_ms)
{
	char why[256] = "";

	s->store = store_open(s->dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->store);
	s->marks = marks_open(s->store, now_ms, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->marks);
}

static struct scene begin(void)
{
	struct scene s = { .dir = unit_dir_new() };

	open_at(&s, NOW);
	return s;
}

static void shut(struct scene *s)
{
	store_close(s->store);
	marks_close(s->marks);
}

static void restart(struct scene *s, int64_t now_ms)
{
	shut(s);
	open_at(s, now_ms);
}

static void end(struct scene *s)
{
	shut(s);
	unit_dir_drop(s->dir);
}

static cdt_status nothing(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	return CDT_OK;
}

static void on_done(void *arg, cdt_status st)
{
	CU_ASSERT_EQUAL(st, CDT_OK);
	++*(int *)arg;
}

/* The writer does things in their order: after `nothing` the mark is there. */
static void purge(struct scene *s, const char *model, const char *key, int64_t now_ms)
{
	const struct mark m = { str_z(model), str_z(key) };
	int done = 0;
	const struct marks_asker by = { NULL, on_done, &done, "admin" };

	CU_ASSERT_EQUAL(marks_add(s->marks, &m, now_ms, &by), CDT_OK);
	CU_ASSERT_EQUAL(store_run(s->store, nothing, NULL), CDT_OK);
	CU_ASSERT_EQUAL(done, 1);
}

static bool hides(struct scene *s, const char *model, const char *key, int64_t stored_ms,
                  int64_t now_ms)
{
	const struct mark m = { str_z(model), str_z(key) };

	return marks_hide(s->marks, &m, stored_ms, now_ms);
}

static void nothing_is_hidden_without_marks(void)
{
	struct scene s = begin();

	CU_ASSERT_FALSE(hides(&s, "fast", "k1", 1, NOW));
	CU_ASSERT_FALSE(hides(&s, "fast", "k1", NOW + DAY_MS, NOW));
	CU_ASSERT_EQUAL(marks_since(s.marks), MARKS_NEVER);
	end(&s);
}

static const struct { const char *model, *key; bool hidden[4]; } entries[] = {
	{ "fast", "k1", { true, true, true, true } },
	{ "fast", "k2", { false, true, false, true } },
	{ "slow", "k1", { false, false, true, true } },
	{ "slow", "k2", { false, false, false, true } },
	{ "fast", "", { false, true, false, true } },
	{ "", "k1", { false, false, true, true } },
	{ "", "", { false, false, false, true } },
	{ "fastk", "1", { false, false, false, true } },       /* no border, no match */
};

/* By the mark of that number; what is newer never. */
static void check_entries(struct scene *s, size_t mark)
{
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		CU_ASSERT_EQUAL(hides(s, entries[i].model, entries[i].key, NOW, NOW + 1),
		                entries[i].hidden[mark]);
		CU_ASSERT_FALSE(hides(s, entries[i].model, entries[i].key, NOW + 1, NOW + 1));
	}
	CU_ASSERT_EQUAL(marks_since(s->marks), mark == 3 ? NOW : MARKS_NEVER);
}

static void a_mark_hides_its_model_and_key_only(void)
{
	static const struct { const char *model, *key; } purged[] = {
		{ "fast", "k1" }, { "fast", "" }, { "", "k1" }, { "", "" },
	};

	for (size_t i = 0; i < 4; i++) {
		struct scene s = begin();

		purge(&s, purged[i].model, purged[i].key, NOW);
		check_entries(&s, i);
		restart(&s, NOW + 1);
		check_entries(&s, i);
		end(&s);
	}
}

static void a_newer_mark_takes_the_place_of_an_older_one(void)
{
	struct scene s = begin();

	purge(&s, "fast", "", NOW);
	purge(&s, "fast", "", NOW + 10);
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", NOW + 10, NOW + 20));
	restart(&s, NOW + 20);
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", NOW + 10, NOW + 20));
	CU_ASSERT_FALSE(hides(&s, "fast", "k1", NOW + 11, NOW + 20));
	end(&s);
}

static void everything_stays_purged_when_a_part_is_purged_later(void)
{
	struct scene s = begin();

	purge(&s, "slow", "", NOW);
	purge(&s, "", "", NOW + 5);
	purge(&s, "fast", "", NOW + 10);
	restart(&s, NOW + 20);
	CU_ASSERT_TRUE(hides(&s, "slow", "k1", NOW + 5, NOW + 20));
	CU_ASSERT_FALSE(hides(&s, "slow", "k1", NOW + 6, NOW + 20));
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", NOW + 10, NOW + 20));
	CU_ASSERT_EQUAL(marks_since(s.marks), NOW + 5);
	end(&s);
}

/* The clock is an hour ahead, is set right, and what was kept until then is purged. */
static void a_clock_that_goes_back_shows_nothing_again(void)
{
	const int64_t ahead = NOW + 3600000;
	struct scene s = begin();
	int64_t first = marks_stamp(s.marks, ahead), second;

	CU_ASSERT_EQUAL(first, ahead);
	purge(&s, "fast", "", NOW);
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", first, NOW));
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", first, ahead));
	second = marks_stamp(s.marks, NOW + 1);
	CU_ASSERT_TRUE(second > first);
	CU_ASSERT_FALSE(hides(&s, "fast", "k1", second, NOW + 1));
	CU_ASSERT_EQUAL(marks_stamp(s.marks, NOW + 2), second);
	restart(&s, NOW + 3);
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", first, NOW + 3));
	CU_ASSERT_EQUAL(marks_stamp(s.marks, NOW + 3), second);
	purge(&s, "fast", "", NOW + 4);
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", second, NOW + 4));
	end(&s);
}

static void what_comes_from_the_future_is_older_than_any_mark(void)
{
	struct scene s = begin();

	purge(&s, "fast", "", NOW);
	CU_ASSERT_TRUE(hides(&s, "fast", "k1", NOW + 10, NOW + 9));
	CU_ASSERT_FALSE(hides(&s, "fast", "k1", NOW + 10, NOW + 10));
	CU_ASSERT_FALSE(hides(&s, "slow", "k1", NOW + 10, NOW + 9));
	end(&s);
}

static void old_marks_become_one(void)
{
	const int64_t late = NOW + 3 * 366 * DAY_MS;
	struct scene s = begin();
	char key[16];

	for (int i = 0; i < 250; i++) {
		(void)snprintf(key, sizeof key, "k%d", i);
		purge(&s, "fast", key, NOW + i);
	}
	purge(&s, "slow", "", late - DAY_MS);
	for (int again = 0; again < 2; again++) {
		restart(&s, late);
		CU_ASSERT_EQUAL(marks_since(s.marks), NOW + 249);
		CU_ASSERT_TRUE(hides(&s, "slow", "k", late - DAY_MS, late));
		CU_ASSERT_TRUE(hides(&s, "fast", "k7", NOW + 7, late));
	}
	/* The clock was wrong: all the same. */
	restart(&s, NOW + 1000);
	CU_ASSERT_TRUE(hides(&s, "fast", "k7", NOW + 7, NOW + 1000));
	end(&s);
}

static void too_many_marks_become_one_for_everything(void)
{
	struct scene s = begin();
	char key[16];
	int done = 0;
	const struct marks_asker by = { NULL, on_done, &done, "admin" };

	for (int i = 0; i < MARKS_MAX; i++) {
		int n = snprintf(key, sizeof key, "k%d", i);
		const struct mark m = { CDT_STR("fast"), str_from(key, (size_t)n) };

		CU_ASSERT_EQUAL(marks_add(s.marks, &m, NOW, &by), CDT_OK);
	}
	CU_ASSERT_EQUAL(store_run(s.store, nothing, NULL), CDT_OK);
	CU_ASSERT_EQUAL(done, MARKS_MAX);
	purge(&s, "fast", "k1", NOW + 1);
	CU_ASSERT_EQUAL(marks_since(s.marks), MARKS_NEVER);
	purge(&s, "slow", "", NOW + 2);
	CU_ASSERT_EQUAL(marks_since(s.marks), NOW + 2);
	CU_ASSERT_TRUE(hides(&s, "other", "", NOW + 2, NOW + 3));
	restart(&s, NOW + 3);
	CU_ASSERT_EQUAL(marks_since(s.marks), NOW + 2);
	CU_ASSERT_FALSE(hides(&s, "fast", "k1", NOW + 3, NOW + 3));
	end(&s);
}

static void long_names_are_refused_and_never_found(void)
{
	static char long_name[MARK_TEXT_MAX + 2];
	const struct mark m = { { long_name, MARK_TEXT_MAX + 1 }, CDT_STR("") };
	const struct marks_asker by = { NULL, NULL, NULL, "admin" };
	struct scene s = begin();

	memset(long_name, 'm', MARK_TEXT_MAX + 1);
	CU_ASSERT_EQUAL(marks_add(s.marks, &m, NOW, &by), CDT_E_LIMIT);
	purge(&s, "fast", "", NOW);
	CU_ASSERT_FALSE(hides(&s, long_name, "k1", NOW, NOW));
	purge(&s, "", "k1", NOW);
	CU_ASSERT_TRUE(hides(&s, long_name, "k1", NOW, NOW));
	end(&s);
}

/* --- in the store --- */

static cdt_status spoil(void *arg, struct store_txn *txn)
{
	(void)arg;
	return txn_put(txn, STORE_MARKS, CDT_STR("01234567890123456789012345678901"),
	               CDT_STR("\x7fof a later version"));
}

static void a_damaged_mark_hides_all_until_now(void)
{
	struct scene s = begin();

	purge(&s, "", "", NOW);
	CU_ASSERT_EQUAL(store_run(s.store, spoil, NULL), CDT_OK);
	restart(&s, NOW + 100);
	CU_ASSERT_EQUAL(marks_since(s.marks), NOW + 100);
	restart(&s, NOW + 200);
	CU_ASSERT_EQUAL(marks_since(s.marks), NOW + 100);
	end(&s);
}

static bool compare_purge(void *arg, cdt_str text)
{
	static const char *const objects[] = { "everything", "key=k1", "model=fast key=k1",
	                                       "model=fast" };
	struct json *e = json_parse(text);
	size_t *i = arg;

	CU_ASSERT_TRUE(*i < 4 && str_is(json_text(json_get(e, "object")), objects[*i]));
	CU_ASSERT_TRUE(str_is(json_text(json_get(e, "action")), "purge"));
	CU_ASSERT_TRUE(str_is(json_text(json_get(e, "kind")), "cache"));
	CU_ASSERT_TRUE(str_is(json_text(json_get(e, "actor")), "admin"));
	json_free(e);
	++*i;
	return true;
}

static void purges_are_in_the_audit_log(void)
{
	char next[AUDIT_CURSOR_SIZE + 1];
	struct scene s = begin();
	size_t n = 0;
	struct audit_question q = { .to_ms = INT64_MAX, .limit = 10, .take = compare_purge,
	                            .arg = &n };

	purge(&s, "fast", "", NOW);
	purge(&s, "fast", "k1", NOW + 1);
	purge(&s, "", "k1", NOW + 2);
	purge(&s, "", "", NOW + 3);
	CU_ASSERT_EQUAL(audit_look(s.store, &q, next), CDT_OK);
	CU_ASSERT_EQUAL(n, 4);
	end(&s);
}

/* --- from many threads --- */

enum { WAIT_TURNS = 3000, TURN_US = 10000 };
struct reader { struct scene *scene; _Atomic bool stop; _Atomic size_t shown; };

static void *look(void *arg)
{
	struct reader *r = arg;

	while (!r->stop) {
		int64_t stamp = marks_stamp(r->scene->marks, NOW);

		/* Stamped before it: then no look-up after the purge may show it. */
		r->shown += !hides(r->scene, "fast", "k1", stamp, NOW);
		(void)hides(r->scene, "slow", "k2", NOW, NOW);
	}
	return NULL;
}

static void readers_and_purges_do_not_disturb_each_other(void)
{
	struct scene s = begin();
	struct reader r[2] = { { .scene = &s }, { .scene = &s } };
	pthread_t t[2];

	for (int i = 0; i < 2; i++)
		CU_ASSERT_TRUE_FATAL(thread_start(&t[i], "reader", look, &r[i]));
	for (int i = 0; i < 40; i++) {
		int64_t stamp = marks_stamp(s.marks, NOW);

		purge(&s, "fast", i % 2 ? "k1" : "", NOW);
		CU_ASSERT_TRUE(hides(&s, "fast", "k1", stamp, NOW));
		CU_ASSERT_FALSE(hides(&s, "fast", "k1", marks_stamp(s.marks, NOW), NOW));
	}
	/* A busy machine may not have let them look yet. */
	for (int i = 0; i < WAIT_TURNS && !(r[0].shown && r[1].shown); i++)
		(void)usleep(TURN_US);
	for (int i = 0; i < 2; i++) {
		r[i].stop = true;
		CU_ASSERT_EQUAL(pthread_join(t[i], NULL), 0);
	}
	CU_ASSERT_TRUE(r[0].shown > 0 && r[1].shown > 0);
	end(&s);
}

static const struct unit_test tests[] = {
	{ "nothing is hidden without marks", nothing_is_hidden_without_marks },
	{ "a mark hides its model and key only", a_mark_hides_its_model_and_key_only },
	{ "a newer mark takes the place of an older one",
	  a_newer_mark_takes_the_place_of_an_older_one },
	{ "everything stays purged when a part is purged later",
	  everything_stays_purged_when_a_part_is_purged_later },
	{ "a clock that goes back shows nothing again",
	  a_clock_that_goes_back_shows_nothing_again },
	{ "what comes from the future is older than any mark",
	  what_comes_from_the_future_is_older_than_any_mark },
	{ "old marks become one", old_marks_become_one },
	{ "too many marks become one for everything",
	  too_many_marks_become_one_for_everything },
	{ "long names are refused and never found", long_names_are_refused_and_never_found },
	{ "a damaged mark hides all until now", a_damaged_mark_hides_all_until_now },
	{ "purges are in the audit log", purges_are_in_the_audit_log },
	{ "readers and purges do not disturb each other",
	  readers_and_purges_do_not_disturb_each_other },
	{ NULL, NULL },
};
const struct unit_suite cache_marks_suite = { "cache/marks", tests };
