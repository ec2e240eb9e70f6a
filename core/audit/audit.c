/* audit/audit.c - entries by time and a number, both big-endian, so that the newest is the
 * last.  What is worth an entry, others decide.
 * SPDX-License-Identifier: MIT */
#include "audit/audit.h"

#include <string.h>

#include "base/bigend.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

enum { TIME_SIZE = 8, KEY_SIZE = AUDIT_PLACE_SIZE, ENTRY_MAX = 8192, TIES_MAX = 1 << 20 };

struct batch { size_t count; char keys[AUDIT_BATCH][KEY_SIZE]; };

/* The first number of that millisecond that is free.  Those of one commit are found by halves:
 * numbers are given without gaps. */
static cdt_status free_key(struct store_txn *txn, int64_t wall_ms, char key[KEY_SIZE])
{
	uint64_t low = 0, high = 1;
	cdt_status st = CDT_OK;
	cdt_str record;

	big_put(key, (uint64_t)wall_ms, TIME_SIZE);
	while (st == CDT_OK && high < TIES_MAX) {      /* low..high: the gap is in there */
		big_put(key + TIME_SIZE, high - 1, KEY_SIZE - TIME_SIZE);
		st = txn_get(txn, STORE_AUDIT, str_from(key, KEY_SIZE), &record);
		if (st != CDT_OK)
			break;
		low = high;
		high *= 2;
	}
	while (st == CDT_E_ABSENT && high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		big_put(key + TIME_SIZE, middle - 1, KEY_SIZE - TIME_SIZE);
		st = txn_get(txn, STORE_AUDIT, str_from(key, KEY_SIZE), &record);
		if (st == CDT_OK)
			low = middle;
		else
			high = middle;
		st = st == CDT_OK ? CDT_E_ABSENT : st;
	}
	big_put(key + TIME_SIZE, low, KEY_SIZE - TIME_SIZE);
	return st == CDT_E_ABSENT ? CDT_OK : CDT_E_LIMIT;
}

cdt_status audit_put(struct store_txn *txn, const struct audit_entry *e)
{
	char key[KEY_SIZE], time[CLOCK_TEXT_SIZE];
	struct buf record;
	struct jsonw w;
	cdt_status st = free_key(txn, e->wall_ms, key);

	if (st != CDT_OK)
		return st;
	buf_init(&record, ENTRY_MAX);
	jsonw_init(&w, &record);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "time", clock_text(e->wall_ms, time));
	jsonw_put_z(&w, "actor", e->actor);
	jsonw_put_z(&w, "action", e->action);
	jsonw_put_z(&w, "kind", e->kind);
	jsonw_put_text(&w, "object", e->object);
	jsonw_put_raw(&w, "changed", e->changed);
	if (e->usd)
		jsonw_put_z(&w, "usd", e->usd);
	if (e->note)
		jsonw_put_z(&w, "note", e->note);
	jsonw_close(&w);
	st = jsonw_status(&w);
	if (st == CDT_OK)
		st = txn_put(txn, STORE_AUDIT, str_from(key, KEY_SIZE), buf_str(&record));
	buf_fini(&record);
	return st;
}

static bool is_wanted(const struct audit_question *q, cdt_str key)
{
	return key.n == KEY_SIZE && big_get(key.p, TIME_SIZE) >= (uint64_t)q->from_ms;
}

/* From before key. */
static cdt_status look(struct store_read *read, const struct audit_question *q, cdt_str key,
                       char next[AUDIT_CURSOR_SIZE + 1])
{
	size_t taken = 0, seen = 0;
	cdt_str record;
	cdt_status st;

	while ((st = store_before(read, STORE_AUDIT, &key, &record)) == CDT_OK &&
	       is_wanted(q, key)) {
		if (taken == q->limit || seen++ == AUDIT_LOOK_MAX)
			return CDT_OK;                 /* next is the last that was seen */
		taken += q->take(q->arg, record);
		(void)hex_of(key.p, KEY_SIZE, next);
	}
	next[0] = '\0';
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

cdt_status audit_look(struct store *s, const struct audit_question *q,
                      char next[AUDIT_CURSOR_SIZE + 1])
{
	char from[KEY_SIZE] = { 0 };
	struct store_read *read;
	cdt_status st;

	next[0] = '\0';
	if (q->cursor.n && !hex_read(q->cursor, from, KEY_SIZE))
		return CDT_E_INVALID;
	if (!q->cursor.n)
		big_put(from, q->to_ms > 0 ? (uint64_t)q->to_ms : 0, TIME_SIZE);
	read = store_read_begin(s);
	st = read ? look(read, q, str_from(from, KEY_SIZE), next) : CDT_E_LIMIT;
	store_read_end(read);
	return st;
}

void audit_follow(struct store *s, char place[AUDIT_PLACE_SIZE], size_t max,
                  void (*entry)(void *arg, cdt_str json), void *arg)
{
	struct store_read *read = store_read_begin(s);
	cdt_str key = { place, AUDIT_PLACE_SIZE }, record;

	while (read && max-- && store_next(read, STORE_AUDIT, true, &key, &record) == CDT_OK &&
	       key.n == AUDIT_PLACE_SIZE) {
		entry(arg, record);
		memcpy(place, key.p, AUDIT_PLACE_SIZE);
		key.p = place;
	}
	store_read_end(read);
}

void audit_end(struct store *s, char place[AUDIT_PLACE_SIZE])
{
	struct store_read *read = store_read_begin(s);
	cdt_str key = { NULL, 0 }, record;

	memset(place, 0, AUDIT_PLACE_SIZE);
	if (read && store_before(read, STORE_AUDIT, &key, &record) == CDT_OK &&
	    key.n == AUDIT_PLACE_SIZE)
		memcpy(place, key.p, AUDIT_PLACE_SIZE);
	store_read_end(read);
}

/* [writer] */
static cdt_status apply_drop(void *arg, struct store_txn *txn)
{
	struct batch *b = arg;
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < b->count && (st == CDT_OK || st == CDT_E_ABSENT); i++)
		st = txn_delete(txn, STORE_AUDIT, str_from(b->keys[i], KEY_SIZE));
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

static void on_dropped(void *arg, cdt_status st)
{
	(void)st;                                      /* another round finds what is left */
	mem_free(arg);
}

size_t audit_drop(struct store *s, int64_t before_ms)
{
	struct store_read *read = store_read_begin(s);
	struct batch *b = mem_new(sizeof *b);
	struct store_op op = { apply_drop, on_dropped, b, NULL };
	cdt_str key = { NULL, 0 }, record;
	char end[TIME_SIZE];
	size_t n = 0;

	big_put(end, before_ms > 0 ? (uint64_t)before_ms : 0, TIME_SIZE);
	while (read && n < AUDIT_BATCH &&
	       store_next(read, STORE_AUDIT, key.n > 0, &key, &record) == CDT_OK &&
	       key.n == KEY_SIZE && memcmp(key.p, end, TIME_SIZE) < 0)
		memcpy(b->keys[n++], key.p, KEY_SIZE);
	store_read_end(read);
	b->count = n;
	if (!n || store_submit(s, &op) != CDT_OK) {
		mem_free(b);
		return 0;
	}
	return n;
}
