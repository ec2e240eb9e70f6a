/* The side journal as a file: torn, damaged, full, and replayed into a real ledger.
 * SPDX-License-Identifier: MIT */
#include "ledger/side.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/tables.h"
#include "store/store.h"
#include "unit/unit.h"

enum { SLOTS = 8, MAP = 16 << 20, SEEN_MAX = 16, HOLDS = 50 };

struct rig { char *dir, path[512]; struct side *side; };
struct seen { size_t count; uint64_t number[SEEN_MAX]; int64_t amount[SEEN_MAX]; };

static void rig_start(struct rig *r)
{
	char why[256] = "";

	r->side = side_open(r->path, SLOTS, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->side);
}

static void rig_open(struct rig *r)
{
	*r = (struct rig){ .dir = unit_dir_new() };
	(void)snprintf(r->path, sizeof r->path, "%s/side", r->dir);
	rig_start(r);
}

static void rig_close(struct rig *r)
{
	side_close(r->side);
	unit_dir_drop(r->dir);
}

static cdt_status append(struct rig *r, uint64_t first, size_t count)
{
	struct entry e[SLOTS + 1] = { { .kind = ENTRY_POST } };
	const struct entry *all[SLOTS + 1];

	for (size_t i = 0; i < count; i++) {
		e[i] = (struct entry){ .kind = ENTRY_POST, .reason = REASON_REPORTED,
		                       .hold = { 3, first + i }, .amount = 100 * (int64_t)i };
		all[i] = &e[i];
	}
	return side_append(r->side, all, count);
}

static cdt_status see(void *arg, const struct entry *e)
{
	struct seen *s = arg;

	CU_ASSERT_FATAL(s->count < SEEN_MAX);
	s->number[s->count] = e->hold.number;
	s->amount[s->count++] = e->amount;
	return CDT_OK;
}

/* What the next start would read. */
static struct seen reread(struct rig *r, uint64_t damaged)
{
	struct seen s = { .count = 0 };
	uint64_t n = 99;

	side_close(r->side);
	rig_start(r);
	CU_ASSERT_EQUAL(side_read(r->side, see, &s, &n), CDT_OK);
	CU_ASSERT_EQUAL(n, damaged);
	return s;
}

static void overwrite(struct rig *r, off_t at, const void *p, size_t n)
{
	int fd = open(r->path, O_WRONLY);

	CU_ASSERT_EQUAL(pwrite(fd, p, n, at), (ssize_t)n);
	(void)close(fd);
}

static void what_was_appended_is_read_again(void)
{
	struct rig r;
	struct seen s;

	rig_open(&r);
	CU_ASSERT_EQUAL(reread(&r, 0).count, 0);
	CU_ASSERT_EQUAL(append(&r, 1, 2), CDT_OK);
	CU_ASSERT_EQUAL(append(&r, 7, 1), CDT_OK);
	CU_ASSERT_EQUAL(side_bytes(r.side), 3 * SIDE_SLOT);
	s = reread(&r, 0);
	CU_ASSERT(s.count == 3 && s.number[0] == 1 && s.number[1] == 2 && s.number[2] == 7);
	CU_ASSERT(s.amount[1] == 100);
	CU_ASSERT_EQUAL(side_clear(r.side), CDT_OK);
	CU_ASSERT_EQUAL(reread(&r, 0).count, 0);
	rig_close(&r);
}

static void space_is_taken_in_advance(void)
{
	struct stat about;
	struct rig r;

	rig_open(&r);
	CU_ASSERT_EQUAL(stat(r.path, &about), 0);
	CU_ASSERT_EQUAL(about.st_size, SLOTS * SIDE_SLOT);
	CU_ASSERT(about.st_blocks * 512 >= SLOTS * SIDE_SLOT);
	CU_ASSERT_EQUAL(about.st_mode & 0777, 0600);
	rig_close(&r);
}

static void a_full_journal_refuses(void)
{
	struct rig r;

	rig_open(&r);
	CU_ASSERT_EQUAL(append(&r, 1, SLOTS + 1), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(append(&r, 1, SLOTS), CDT_OK);
	CU_ASSERT_EQUAL(append(&r, 9, 1), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(side_clear(r.side), CDT_OK);
	CU_ASSERT_EQUAL(append(&r, 9, 1), CDT_OK);
	rig_close(&r);
}

static void a_torn_record_at_the_end_is_left_out(void)
{
	static const char zeros[SIDE_SLOT - 50];
	struct rig r;
	struct seen s;

	rig_open(&r);
	CU_ASSERT_EQUAL(append(&r, 1, 3), CDT_OK);
	overwrite(&r, 2 * SIDE_SLOT + 50, zeros, sizeof zeros);
	s = reread(&r, 1);
	CU_ASSERT(s.count == 2 && s.number[1] == 2);
	rig_close(&r);
}

static void a_damaged_record_hides_no_others(void)
{
	struct rig r;

	for (int at = 0; at < 100; at++) {             /* magic, length, CRC, each byte */
		struct seen s;
		char byte;
		int fd;

		rig_open(&r);
		CU_ASSERT_EQUAL(append(&r, 1, 3), CDT_OK);
		fd = open(r.path, O_RDONLY);
		CU_ASSERT_EQUAL(pread(fd, &byte, 1, SIDE_SLOT + at), 1);
		(void)close(fd);
		byte = (char)(byte ^ 0x41);
		overwrite(&r, SIDE_SLOT + at, &byte, 1);
		s = reread(&r, 1);
		CU_ASSERT(s.count == 2 && s.number[0] == 1 && s.number[1] == 3);
		rig_close(&r);
	}
}

/* --- into a ledger --- */

static cdt_status put_holds(void *arg, struct store_txn *txn)
{
	uint64_t *number = arg;
	struct book b = book_of_txn(txn);
	int64_t limit = LIMIT_NONE;
	int refused;
	cdt_status st = CDT_OK;

	for (int i = 0; st == CDT_OK && i < 10; i++) {
		struct hold h = { .id = { 3, ++*number }, .amount = 1000, .margin = 1,
		                  .account_count = 1, .account[0] = { .kind = OWNER_KEY } };

		st = book_hold(&b, &h, &limit, &refused);
	}
	return st;
}

static struct store *open_store(const char *dir)
{
	char why[256];
	struct store *s = store_open(dir, MAP, why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static void write_journal(const char *dir, const struct entry *e, size_t count)
{
	const struct entry *all[HOLDS];
	char path[512], why[256];
	struct side *side;

	(void)snprintf(path, sizeof path, "%s/ledger/side", dir);
	side = side_open(path, SIDE_SLOTS, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(side);
	for (size_t i = 0; i < count; i++)
		all[i] = &e[i];
	CU_ASSERT_EQUAL(side_append(side, all, count), CDT_OK);
	side_close(side);
}

static struct ledger_counts start(const char *dir, int64_t posted)
{
	const struct account_id id = { .kind = OWNER_KEY };
	const struct ledger_policy policy = { .charge_all = false };
	struct store *s = open_store(dir);
	char why[256] = "";
	struct ledger *l = ledger_open(s, &policy, 1, why);
	struct ledger_counts n;
	struct book_sums sums;
	struct account a;

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_EQUAL(ledger_account(l, &id, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.posted, posted);
	CU_ASSERT_EQUAL(a.held, 0);
	CU_ASSERT_EQUAL(ledger_verify(l, &sums, why), CDT_OK);
	n = ledger_counts(l);
	store_close(s);
	ledger_close(l);
	return n;
}

/* The same record before and after the crash of a replay, twice in one journal, of a hold that
 * nobody knows, and one that can not be: each hold ends once. */
static void a_replay_charges_each_hold_once(void)
{
	struct entry e[HOLDS] = { { .kind = 0 } };
	char *dir = unit_dir_new();
	struct store *s = open_store(dir);
	struct ledger_counts n;
	uint64_t number = 0;

	while (number < HOLDS)
		CU_ASSERT_EQUAL(store_run(s, put_holds, &number), CDT_OK);
	store_close(s);
	for (size_t i = 0; i < HOLDS; i++)
		e[i] = (struct entry){ .kind = ENTRY_POST, .reason = REASON_REPORTED,
		                       .hold = { 3, i + 1 }, .amount = 10 };
	e[20].hold.number = 1;                 /* a second time */
	e[21].hold.number = 777;
	e[22].amount = -1;
	write_journal(dir, e, HOLDS);
	n = start(dir, 47 * 10 + 3 * 1);
	CU_ASSERT_EQUAL(n.replayed, 47);
	CU_ASSERT_EQUAL(n.recovered, 3);
	write_journal(dir, e, HOLDS);
	n = start(dir, 47 * 10 + 3 * 1);
	CU_ASSERT(n.replayed == 0 && n.recovered == 0);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "what was appended is read again", what_was_appended_is_read_again },
	{ "space is taken in advance", space_is_taken_in_advance },
	{ "a full journal refuses", a_full_journal_refuses },
	{ "a torn record at the end is left out", a_torn_record_at_the_end_is_left_out },
	{ "a damaged record hides no others", a_damaged_record_hides_no_others },
	{ "a replay charges each hold once", a_replay_charges_each_hold_once },
	{ NULL, NULL }
};
const struct unit_suite ledger_side_suite = { "ledger/side", tests };
