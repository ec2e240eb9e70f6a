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

/* How many are shown, page by page; *first: the newest one's object. */
static size_t count(struct store *s, size_t limit, char first[16])
{
	char cursor[AUDIT_CURSOR_SIZE + 1] = "";
	size_t n = 0;

	for (size_t page = 0; page < MANY && (!page || cursor[0]); page++) {
		struct json *j;
		struct jsonw w;
		struct buf out;
		cdt_str next;

		buf_init(&out, 1 << 20);
		jsonw_init(&w, &out);
		jsonw_open(&w, '{');
		CU_ASSERT_EQUAL(audit_print(s, str_z(cursor), limit, &w), CDT_OK);
		jsonw_close(&w);
		j = json_parse(buf_str(&out));
		n += json_count(json_get(j, "data"));
		next = json_text(json_at(json_get(j, "data"), 0) && !page
			? json_get(json_at(json_get(j, "data"), 0), "object") : NULL);
		if (!page)
			(void)snprintf(first, 16, "%.*s", STR_ARG(next));
		next = json_text(json_get(j, "next"));
		(void)snprintf(cursor, sizeof cursor, "%.*s", STR_ARG(next));
		json_free(j);
		buf_fini(&out);
	}
	return n;
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

static const struct unit_test tests[] = {
	{ "entries of one millisecond are all kept", entries_of_one_millisecond_are_all_kept },
	{ "old entries go in batches", old_entries_go_in_batches },
	{ NULL, NULL },
};
const struct unit_suite audit_audit_suite = { "audit/audit", tests };
