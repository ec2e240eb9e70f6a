/* usage/list.c - finds records: page by page backwards in time, or by their id; and drops
 * what is old, table by table.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "usage/inside.h"
#include "usage/pack.h"

/* --- which --- */

static bool has_provider(const struct usage_record *r, cdt_str provider)
{
	for (uint32_t i = 0; i < r->attempt_count; i++)
		if (str_eq(r->attempt[i].provider, provider))
			return true;
	return !r->attempt_count && str_eq(r->answered_by.provider, provider);
}

static bool passes(const struct usage_filter *f, const struct usage_record *r)
{
	if (r->wall_ms < f->from_ms || r->wall_ms >= f->to_ms)
		return false;
	if ((f->only[USAGE_KEY].p && !str_eq(r->key, f->only[USAGE_KEY])) ||
	    (f->only[USAGE_GROUP].p && !str_eq(r->group, f->only[USAGE_GROUP])) ||
	    (f->only[USAGE_MODEL].p && !str_eq(r->model, f->only[USAGE_MODEL])) ||
	    (f->only[USAGE_PROVIDER].p && !has_provider(r, f->only[USAGE_PROVIDER])))
		return false;
	if ((f->outcome.p && !str_eq(r->outcome, f->outcome)) ||
	    (f->cache.p && !str_eq(r->cache, f->cache)))
		return false;
	return !f->status_max || (r->status >= f->status_min && r->status <= f->status_max);
}

/* --- page by page --- */

struct walk {
	const struct usage_filter *f;
	struct store_read *read;
	void (*row)(void *arg, const struct usage_record *r);
	void *arg;
	size_t found, seen;
	char at[PLACE_KEY_SIZE];               /* the last one looked at, or where to begin */
	bool more;                             /* it ended before the table did */
};

static bool is_full(struct walk *w)
{
	w->more = w->found == w->f->limit || w->seen == USAGE_PAGE_SCAN_MAX;
	return w->more;
}

static cdt_status walk_day(struct walk *w, uint32_t day)
{
	const int64_t begin_ms = day * DAY_MS;
	char first[PLACE_KEY_SIZE], from[PLACE_KEY_SIZE];
	struct usage_record r;
	cdt_str key, value;
	cdt_status st;

	memcpy(from, w->at, PLACE_KEY_SIZE);
	key = str_from(from, PLACE_KEY_SIZE);
	place_key(begin_ms > w->f->from_ms ? begin_ms : w->f->from_ms, 0, first);
	while ((st = store_before(w->read, place_table(day), &key, &value)) == CDT_OK) {
		if (key.n != PLACE_KEY_SIZE || memcmp(key.p, first, PLACE_KEY_SIZE) < 0)
			return CDT_OK;
		if (is_full(w))
			return CDT_OK;
		w->seen++;
		memcpy(w->at, key.p, PLACE_KEY_SIZE);
		if (!record_decode(value, &r)) {
			log_error(LOG_USAGE, NULL, "a record of usage is damaged");
			continue;
		}
		if (!passes(w->f, &r))
			continue;
		w->found++;
		w->row(w->arg, &r);
	}
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

/* Days from the newest that there can be down to the first asked for. */
static cdt_status walk_days(struct walk *w)
{
	uint32_t last = place_minute(place_wall_ms(w->at)) / DAY_MINUTES;
	uint32_t oldest = place_minute(w->f->now_ms - USAGE_RECORD_DAYS_MAX * DAY_MS);
	uint32_t first = place_minute(w->f->from_ms);
	cdt_status st = CDT_OK;

	first = (first > oldest ? first : oldest) / DAY_MINUTES;
	for (uint32_t day = last + 1; day-- > first && st == CDT_OK && !w->more;)
		st = walk_day(w, day);
	return st;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_cursor(cdt_str text, char at[PLACE_KEY_SIZE])
{
	if (text.n != USAGE_CURSOR_SIZE)
		return false;
	for (size_t i = 0; i < PLACE_SIZE; i++) {
		int high = digit(text.p[2 * i]), low = digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		at[1 + i] = (char)(high << 4 | low);
	}
	return true;
}

/* Where to begin: below the cursor and below the end of what is asked for. */
static cdt_status begin(struct walk *w)
{
	int64_t end_ms = w->f->now_ms + 2 * DAY_MS;    /* clocks have been wrong */
	char wanted[PLACE_KEY_SIZE] = { 0 };

	place_key(w->f->to_ms < end_ms ? w->f->to_ms : end_ms, 0, w->at);
	if (!w->f->cursor.n)
		return CDT_OK;
	if (!read_cursor(w->f->cursor, wanted))
		return CDT_E_INVALID;
	if (memcmp(wanted, w->at, PLACE_KEY_SIZE) < 0)
		memcpy(w->at, wanted, PLACE_KEY_SIZE);
	return CDT_OK;
}

cdt_status usage_list(struct store *s, const struct usage_filter *f,
                      void (*row)(void *arg, const struct usage_record *r), void *arg,
                      char next[USAGE_CURSOR_SIZE + 1])
{
	struct walk w = { .f = f, .row = row, .arg = arg };
	cdt_status st = begin(&w);

	if (st != CDT_OK)
		return st;
	w.read = store_read_begin(s);
	if (!w.read)
		return CDT_E_NOMEM;
	st = walk_days(&w);
	store_read_end(w.read);
	next[0] = '\0';
	if (st == CDT_OK && w.more)
		(void)hex_of(w.at + 1, PLACE_SIZE, next);
	return st;
}

/* --- by id --- */

static cdt_status find_in_day(struct store_read *read, uint32_t day, cdt_str id,
                              struct usage_record *r)
{
	char id_key[PLACE_ID_SIZE], key[PLACE_KEY_SIZE] = { 0 };
	cdt_str place, value;

	for (unsigned part = PLACE_PARTS; part-- > 0;) {
		cdt_status st;

		place_id_key(part, id, id_key);
		st = store_get(read, place_table(day), str_from(id_key, PLACE_ID_SIZE), &place);
		if (st == CDT_E_ABSENT)
			continue;
		if (st != CDT_OK || place.n != PLACE_SIZE)
			return st == CDT_OK ? CDT_E_UPSTREAM : st;
		memcpy(key + 1, place.p, PLACE_SIZE);
		st = store_get(read, place_table(day), str_from(key, PLACE_KEY_SIZE), &value);
		if (st == CDT_OK && !record_decode(value, r))
			return CDT_E_UPSTREAM;
		if (st == CDT_OK && str_eq(r->id, id))
			return CDT_OK;
	}
	return CDT_E_ABSENT;
}

cdt_status usage_find(struct store *s, cdt_str id, int64_t now_ms,
                      void (*row)(void *arg, const struct usage_record *r), void *arg)
{
	struct store_read *read = id.n ? store_read_begin(s) : NULL;
	uint32_t day = place_minute(now_ms) / DAY_MINUTES + 2;
	cdt_status st = CDT_E_ABSENT;
	struct usage_record r;

	if (id.n && !read)
		return CDT_E_NOMEM;
	for (int i = 0; read && i <= USAGE_RECORD_DAYS_MAX + 2 && st == CDT_E_ABSENT; i++)
		st = find_in_day(read, day - (uint32_t)i, id, &r);
	if (st == CDT_OK)
		row(arg, &r);
	store_read_end(read);
	return st;
}

/* --- what is old --- */

/* The end of what is in the table, in minutes since 1970; false: it is empty. */
static bool end_of(struct store_read *read, enum store_table t, int64_t *minute)
{
	char end[1] = { 1 };                   /* behind the records, before the ids */
	bool of_records = t >= STORE_RECORDS && t <= STORE_RECORDS_LAST;
	cdt_str key = { end, of_records ? 1 : 0 }, value;
	enum usage_grain g = t >= STORE_DAYS ? USAGE_DAY : t >= STORE_HOURS ? USAGE_HOUR
	                     : USAGE_MINUTE;

	if (store_before(read, t, &key, &value) != CDT_OK || key.n < 5)
		return false;
	*minute = of_records && key.n == PLACE_KEY_SIZE
	          ? 1 + (int64_t)place_minute(place_wall_ms(key.p))
	          : (1 + (int64_t)big_get(key.p, 4)) * grain_minutes[g];
	return true;
}

static cdt_status apply_clear(void *arg, struct store_txn *txn)
{
	const enum store_table *t = arg;

	return txn_clear(txn, *t);
}

static void on_cleared(void *arg, cdt_status st)
{
	(void)st;                                      /* another round finds it again */
	mem_free(arg);
}

static bool clear(struct store *s, enum store_table t)
{
	enum store_table *arg = mem_new(sizeof *arg);
	struct store_op op = { apply_clear, on_cleared, arg, NULL };

	*arg = t;
	if (store_submit(s, &op) == CDT_OK)
		return true;
	mem_free(arg);
	return false;
}

static int64_t retained(enum store_table t, int64_t retain_ms)
{
	return t <= STORE_RECORDS_LAST ? retain_ms
	       : t <= STORE_MINUTES_LAST ? USAGE_MINUTE_DAYS * DAY_MS
	       : t <= STORE_HOURS_LAST ? USAGE_HOUR_DAYS * DAY_MS : USAGE_DAY_DAYS * DAY_MS;
}

bool usage_drop(struct store *s, int64_t retain_ms, int64_t now_ms)
{
	struct store_read *read = store_read_begin(s);
	enum store_table t = STORE_RECORDS;
	int64_t minute;

	for (; read && t < STORE_TABLE_COUNT; t++)
		if (end_of(read, t, &minute) &&
		    minute * MINUTE_MS <= now_ms - retained(t, retain_ms))
			break;
	store_read_end(read);
	return read && t < STORE_TABLE_COUNT && clear(s, t);
}
