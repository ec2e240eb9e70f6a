/* Who changed what, and for how long that is known.
 * SPDX-License-Identifier: MIT */
#include "audit/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "store/store.h"
#include "unit/unit.h"

enum { MAP = 64 << 20, MANY = 300 };

static cdt_status put(void *arg, struct store_txn *txn)
{
	return audit_put(txn, arg);
}

static void fill(struct store *s, int64_t wall_ms, size_t count)
{
	struct audit_entry e = {
		.wall_ms = wall_ms, .actor = "admin", .action = "create", .kind = "key",
		.changed = CDT_STR("[\"name\"]"),
	};
	char object[24];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(object, sizeof object, "k%zu", i);
		e.object = str_z(object);
		CU_ASSERT_EQUAL(store_run(s, put, &e), CDT_OK);
	}
}

struct shown { size_t count; const char *only; char first[16]; };

static bool show(void *arg, cdt_str text)
{
	struct shown *a = arg;
	struct json *e = json_parse(text);
	cdt_str object = json_text(json_get(e, "object"));
	bool ok = !a->only || str_is(object, a->only);

	if (ok && !a->count++)
		(void)snprintf(a->first, sizeof a->first, "%.*s", STR_ARG(object));
	json_free(e);
	return ok;
}

/* How many are shown, page by page; a->first: the newest one's object. */
static size_t pages(struct store *s, struct audit_question q, struct shown *a)
{
	char next[AUDIT_CURSOR_SIZE + 1] = "", cursor[AUDIT_CURSOR_SIZE + 1];

	q.take = show;
	q.arg = a;
	for (size_t page = 0; page < MANY && (!page || next[0]); page++) {
		(void)snprintf(cursor, sizeof cursor, "%s", next);
		q.cursor = str_z(cursor);
		CU_ASSERT_EQUAL(audit_look(s, &q, next), CDT_OK);
	}
	return a->count;
}

static size_t count(struct store *s, size_t limit, char first[16])
{
	struct shown a = { 0 };
	size_t n = pages(s, (struct audit_question){ .to_ms = INT64_MAX, .limit = limit }, &a);

	(void)snprintf(first, 16, "%s", a.first);
	return n;
}

static void entries_are_found_by_time_and_by_what_they_say(void)
{
	char *dir = unit_dir_new(), why[256], next[AUDIT_CURSOR_SIZE + 1];
	struct store *s = store_open(dir, MAP, why);
	struct audit_question q = { .from_ms = 2000, .to_ms = 3000, .limit = 2 };
	struct shown a = { 0 }, b = { .only = "k1" };

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	fill(s, 1999, 3);
	fill(s, 2000, 3);
	fill(s, 2999, 2);
	fill(s, 3000, 3);
	CU_ASSERT_EQUAL(pages(s, q, &a), 5);
	CU_ASSERT_STRING_EQUAL(a.first, "k1");
	CU_ASSERT_EQUAL(pages(s, q, &b), 2);
	q.cursor = CDT_STR("no cursor");
	CU_ASSERT_EQUAL(audit_look(s, &q, next), CDT_E_INVALID);
	store_close(s);
	unit_dir_drop(dir);
}

static void entries_of_one_millisecond_are_all_kept(void)
{
	char *dir = unit_dir_new(), why[256], first[16];
	struct store *s = store_open(dir, MAP, why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	fill(s, 1000, 37);
	CU_ASSERT_EQUAL(count(s, 1000, first), 37);
	CU_ASSERT_STRING_EQUAL(first, "k36");
	CU_ASSERT_EQUAL(count(s, 5, first), 37);
	fill(s, 500, 1);                               /* the clock went back */
	CU_ASSERT_EQUAL(count(s, 37, first), 38);
	CU_ASSERT_STRING_EQUAL(first, "k36");
	store_close(s);
	unit_dir_drop(dir);
}

static cdt_status nothing(void *arg, struct store_txn *t)
{
	(void)arg, (void)t;
	return CDT_OK;
}

static void old_entries_go_in_batches(void)
{
	char *dir = unit_dir_new(), why[256], first[16];
	struct store *s = store_open(dir, MAP, why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	fill(s, 1000, AUDIT_BATCH + 10);
	fill(s, 2000, 3);
	CU_ASSERT_EQUAL(audit_drop(s, 1000), 0);
	CU_ASSERT_EQUAL(audit_drop(s, 2000), AUDIT_BATCH);
	CU_ASSERT_EQUAL(store_run(s, nothing, NULL), CDT_OK);
	CU_ASSERT_EQUAL(audit_drop(s, 2000), 10);
	CU_ASSERT_EQUAL(store_run(s, nothing, NULL), CDT_OK);
	CU_ASSERT_EQUAL(audit_drop(s, 2000), 0);
	CU_ASSERT_EQUAL(count(s, 100, first), 3);
	store_close(s);
	unit_dir_drop(dir);
}

struct followed { size_t count; bool ordered; };

static void follow(void *arg, cdt_str json)
{
	struct followed *f = arg;
	struct json *j = json_parse(json);
	char wanted[16];

	(void)snprintf(wanted, sizeof wanted, "k%zu", f->count++);
	f->ordered &= str_is(json_text(json_get(j, "object")), wanted);
	json_free(j);
}

static void who_follows_hears_each_once_in_order(void)
{
	char *dir = unit_dir_new(), why[256], place[AUDIT_PLACE_SIZE];
	struct followed f = { .ordered = true };
	struct store *s = store_open(dir, MAP, why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	audit_end(s, place);
	fill(s, 1000, 5);
	audit_follow(s, place, 3, follow, &f);
	CU_ASSERT(f.count == 3 && f.ordered);
	audit_follow(s, place, 3, follow, &f);
	CU_ASSERT(f.count == 5 && f.ordered);
	audit_follow(s, place, 3, follow, &f);
	CU_ASSERT(f.count == 5);
	audit_end(s, place);
	f.count = 0;
	fill(s, 2000, 2);
	audit_follow(s, place, 9, follow, &f);
	CU_ASSERT(f.count == 2 && f.ordered);
	store_close(s);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "entries are found by time and by what they say",
	  entries_are_found_by_time_and_by_what_they_say },
	{ "entries of one millisecond are all kept", entries_of_one_millisecond_are_all_kept },
	{ "old entries go in batches", old_entries_go_in_batches },
	{ "who follows hears each once, in order", who_follows_hears_each_once_in_order },
	{ NULL, NULL },
};
const struct unit_suite audit_audit_suite = { "audit/audit", tests };
