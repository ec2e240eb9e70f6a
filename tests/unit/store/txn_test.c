/* Reading snapshots, and what an operation sees of its own changes.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

struct place { char *dir; struct store *s; };

static struct place open_place(void)
{
	char why[256] = "";
	struct place p = { unit_dir_new(), NULL };

	p.s = store_open(p.dir, 16 << 20, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p.s);
	return p;
}

static void close_place(struct place p)
{
	store_close(p.s);
	unit_dir_drop(p.dir);
}

static cdt_status put_three(void *arg, struct store_txn *t)
{
	(void)arg;
	(void)txn_put(t, STORE_KEYS, CDT_STR("b"), CDT_STR("2"));
	(void)txn_put(t, STORE_KEYS, CDT_STR("a"), CDT_STR("1"));
	return txn_put(t, STORE_KEYS, CDT_STR("c"), CDT_STR(""));
}

static void reads_back_what_was_written(void)
{
	struct place p = open_place();
	struct store_read *r;
	cdt_str v;

	CU_ASSERT_EQUAL(store_run(p.s, put_three, NULL), CDT_OK);
	r = store_read_begin(p.s);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("a"), &v), CDT_OK);
	CU_ASSERT(str_is(v, "1"));
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("c"), &v), CDT_OK);
	CU_ASSERT_EQUAL(v.n, 0);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("d"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(store_get(r, STORE_GROUPS, CDT_STR("a"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR(""), &v), CDT_E_MISUSE);
	store_read_end(r);
	close_place(p);
}

static void walks_in_order(void)
{
	struct place p = open_place();
	struct store_read *r;
	char seen[8] = "";
	cdt_str k = CDT_STR(""), v;
	char b[] = "b";

	(void)store_run(p.s, put_three, NULL);
	r = store_read_begin(p.s);
	while (store_next(r, STORE_KEYS, k.n > 0, &k, &v) == CDT_OK && strlen(seen) < 6)
		strncat(seen, k.p, k.n);
	CU_ASSERT_STRING_EQUAL(seen, "abc");
	k = str_z(b);                                  /* not the cursor's own memory */
	CU_ASSERT_EQUAL(store_next(r, STORE_KEYS, false, &k, &v), CDT_OK);
	CU_ASSERT(str_is(k, "b"));
	k = str_z(b);
	CU_ASSERT_EQUAL(store_next(r, STORE_KEYS, true, &k, &v), CDT_OK);
	CU_ASSERT(str_is(k, "c"));
	k = CDT_STR("bb");
	CU_ASSERT_EQUAL(store_next(r, STORE_KEYS, true, &k, &v), CDT_OK);
	CU_ASSERT(str_is(k, "c"));
	CU_ASSERT_EQUAL(store_next(r, STORE_KEYS, true, &k, &v), CDT_E_ABSENT);
	k = CDT_STR("");
	CU_ASSERT_EQUAL(store_next(r, STORE_GROUPS, false, &k, &v), CDT_E_ABSENT);
	store_read_end(r);
	close_place(p);
}

static void keeps_its_snapshot(void)
{
	struct place p = open_place();
	struct store_read *r = store_read_begin(p.s);
	cdt_str v;

	(void)store_run(p.s, put_three, NULL);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("a"), &v), CDT_E_ABSENT);
	store_read_end(r);
	r = store_read_begin(p.s);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("a"), &v), CDT_OK);
	store_read_end(r);
	close_place(p);
}

static cdt_status see_own(void *arg, struct store_txn *t)
{
	cdt_str v;

	(void)arg;
	CU_ASSERT_EQUAL(txn_get(t, STORE_KEYS, CDT_STR("a"), &v), CDT_OK);
	CU_ASSERT(str_is(v, "1"));
	CU_ASSERT_EQUAL(txn_put(t, STORE_KEYS, CDT_STR("a"), CDT_STR("new")), CDT_OK);
	CU_ASSERT_EQUAL(txn_put(t, STORE_GROUPS, CDT_STR("a"), CDT_STR("group")), CDT_OK);
	CU_ASSERT_EQUAL(txn_get(t, STORE_KEYS, CDT_STR("a"), &v), CDT_OK);
	CU_ASSERT(str_is(v, "new"));
	CU_ASSERT_EQUAL(txn_delete(t, STORE_KEYS, CDT_STR("a")), CDT_OK);
	CU_ASSERT_EQUAL(txn_get(t, STORE_KEYS, CDT_STR("a"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(txn_delete(t, STORE_KEYS, CDT_STR("a")), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(txn_put(t, STORE_KEYS, CDT_STR("x"), CDT_STR("1")), CDT_OK);
	return txn_delete(t, STORE_KEYS, CDT_STR("x"));
}

static void an_operation_sees_its_own_changes(void)
{
	struct place p = open_place();
	struct store_read *r;
	cdt_str v;

	(void)store_run(p.s, put_three, NULL);
	CU_ASSERT_EQUAL(store_run(p.s, see_own, NULL), CDT_OK);
	r = store_read_begin(p.s);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("a"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("x"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(store_get(r, STORE_GROUPS, CDT_STR("a"), &v), CDT_OK);
	store_read_end(r);
	close_place(p);
}

static cdt_status put_huge(void *arg, struct store_txn *t)
{
	cdt_str huge = { arg, STORE_VALUE_MAX + 1 };

	(void)txn_put(t, STORE_KEYS, CDT_STR("small"), CDT_STR("1"));
	(void)txn_put(t, STORE_KEYS, CDT_STR("huge"), huge);
	return CDT_OK;                                 /* forgets to look */
}

static cdt_status put_long_key(void *arg, struct store_txn *t)
{
	return txn_put(t, STORE_KEYS, (cdt_str){ arg, STORE_KEY_MAX + 1 }, CDT_STR("1"));
}

static cdt_status put_many(void *arg, struct store_txn *t)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < 100; i++)
		st = txn_put(t, STORE_KEYS, CDT_STR("k"), (cdt_str){ arg, STORE_VALUE_MAX });
	return st;
}

static void a_change_past_the_caps_fails_the_whole_operation(void)
{
	struct place p = open_place();
	char *big = mem_new(STORE_VALUE_MAX + 1);
	struct store_read *r;
	cdt_str v;

	CU_ASSERT_EQUAL(store_run(p.s, put_huge, big), CDT_E_MISUSE);
	CU_ASSERT_EQUAL(store_run(p.s, put_long_key, big), CDT_E_MISUSE);
	CU_ASSERT_EQUAL(store_run(p.s, put_many, big), CDT_E_LIMIT);
	r = store_read_begin(p.s);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("small"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(store_get(r, STORE_KEYS, CDT_STR("k"), &v), CDT_E_ABSENT);
	store_read_end(r);
	CU_ASSERT_EQUAL(store_counts(p.s).failed, 3);
	CU_ASSERT_EQUAL(store_counts(p.s).commits, 0);
	mem_free(big);
	close_place(p);
}

static void walks_backwards(void)
{
	struct place p = open_place();
	struct store_read *r;
	char seen[8] = "";
	cdt_str k = CDT_STR(""), v;

	(void)store_run(p.s, put_three, NULL);
	r = store_read_begin(p.s);
	while (store_before(r, STORE_KEYS, &k, &v) == CDT_OK && strlen(seen) < 6)
		strncat(seen, k.p, k.n);
	CU_ASSERT_STRING_EQUAL(seen, "cba");
	k = CDT_STR("");
	CU_ASSERT_EQUAL(store_before(r, STORE_KEYS, &k, &v), CDT_OK);      /* c, then */
	CU_ASSERT_EQUAL(store_before(r, STORE_KEYS, &k, &v), CDT_OK);      /* b, and back */
	CU_ASSERT_EQUAL(store_next(r, STORE_KEYS, true, &k, &v), CDT_OK);
	CU_ASSERT(str_is(k, "c"));
	CU_ASSERT_EQUAL(store_before(r, STORE_KEYS, &k, &v), CDT_OK);
	CU_ASSERT(str_is(k, "b"));
	store_read_end(r);
	close_place(p);
}

static cdt_status clear_and_put(void *arg, struct store_txn *t)
{
	cdt_str v;

	(void)arg;
	(void)txn_put(t, STORE_RECORDS_LAST, CDT_STR("own"), CDT_STR("1"));
	CU_ASSERT_EQUAL(txn_clear(t, STORE_RECORDS_LAST), CDT_OK);
	CU_ASSERT_EQUAL(txn_get(t, STORE_RECORDS_LAST, CDT_STR("own"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(txn_get(t, STORE_RECORDS_LAST, CDT_STR("old"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(txn_delete(t, STORE_RECORDS_LAST, CDT_STR("old")), CDT_E_ABSENT);
	return txn_put(t, STORE_RECORDS_LAST, CDT_STR("new"), CDT_STR("2"));
}

static cdt_status put_old(void *arg, struct store_txn *t)
{
	(void)arg;
	(void)txn_put(t, STORE_RECORDS, CDT_STR("other"), CDT_STR("0"));
	return txn_put(t, STORE_RECORDS_LAST, CDT_STR("old"), CDT_STR("0"));
}

static void a_table_is_dropped_whole(void)
{
	struct place p = open_place();
	struct store_read *before, *after;
	cdt_str v;

	CU_ASSERT_EQUAL(store_run(p.s, put_old, NULL), CDT_OK);
	before = store_read_begin(p.s);
	CU_ASSERT_EQUAL(store_run(p.s, clear_and_put, NULL), CDT_OK);
	after = store_read_begin(p.s);
	CU_ASSERT_EQUAL(store_get(before, STORE_RECORDS_LAST, CDT_STR("old"), &v), CDT_OK);
	CU_ASSERT_EQUAL(store_get(after, STORE_RECORDS_LAST, CDT_STR("old"), &v), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(store_get(after, STORE_RECORDS_LAST, CDT_STR("new"), &v), CDT_OK);
	CU_ASSERT_EQUAL(store_get(after, STORE_RECORDS, CDT_STR("other"), &v), CDT_OK);
	CU_ASSERT_EQUAL(store_get(after, STORE_MINUTES, CDT_STR("new"), &v), CDT_E_ABSENT);
	store_read_end(before);
	store_read_end(after);
	close_place(p);
}

static const struct unit_test tests[] = {
	{ "reads back what was written", reads_back_what_was_written },
	{ "walks in order", walks_in_order },
	{ "walks backwards", walks_backwards },
	{ "a table is dropped whole", a_table_is_dropped_whole },
	{ "keeps its snapshot", keeps_its_snapshot },
	{ "an operation sees its own changes", an_operation_sees_its_own_changes },
	{ "a change past the caps fails the whole operation",
	  a_change_past_the_caps_fails_the_whole_operation },
	{ NULL, NULL },
};
const struct unit_suite store_txn_suite = { "store/txn", tests };
