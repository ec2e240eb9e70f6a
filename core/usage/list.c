/* usage/list.c - finds records: page by page backwards in time, or by their id; and drops
 * what is old, table by table.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "usage/cards.h"
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

struct place { int64_t wall_ms; uint64_t number; };

enum { PIECE_SEEN = 2000 };

struct walk {
	const struct usage_filter *f;
	struct store_read *read;
	void (*row)(void *arg, const struct usage_record *r);
	void *arg;
	struct usage_page *page;
	size_t seen_max, cards_max;            /* of the page, where this piece ends */
	char at[PLACE_KEY_SIZE];               /* the last one looked at, or where to begin */
	bool more;                             /* it ended before the table did */
	/* By cards: */
	struct pick pick;
	int64_t first_ms;                      /* of what is asked for of that day */
	struct place *place;                   /* that may pass, of one span; in no order */
	size_t count, room;
};

static bool is_full(struct walk *w)
{
	w->more = w->page->found == w->f->limit || w->page->seen == w->seen_max;
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
		w->page->seen++;
		memcpy(w->at, key.p, PLACE_KEY_SIZE);
		if (!record_decode(value, &r)) {
			log_error(LOG_USAGE, NULL, "a record of usage is damaged");
			continue;
		}
		if (!passes(w->f, &r))
			continue;
		w->page->found++;
		w->row(w->arg, &r);
	}
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

/* --- day by day, by cards --- */

static void on_card(void *arg, int64_t wall_ms, uint64_t number)
{
	struct walk *w = arg;
	char key[PLACE_KEY_SIZE];

	place_key(wall_ms, number, key);
	if (wall_ms < w->first_ms || memcmp(key, w->at, PLACE_KEY_SIZE) >= 0)
		return;
	if (w->count == w->room) {
		w->room = w->room ? 2 * w->room : 256;
		w->place = mem_resize(w->place, w->room * sizeof *w->place);
	}
	w->place[w->count++] = (struct place){ wall_ms, number };
}

static int newest_first(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->wall_ms != y->wall_ms)
		return x->wall_ms > y->wall_ms ? -1 : 1;
	return (x->number < y->number) - (x->number > y->number);
}

static cdt_status look_at(struct walk *w, enum store_table table, const struct place *p)
{
	char key[PLACE_KEY_SIZE];
	struct usage_record r;
	cdt_str value;
	cdt_status st;
	bool good;

	place_key(p->wall_ms, p->number, key);
	st = store_get(w->read, table, str_from(key, PLACE_KEY_SIZE), &value);
	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	good = st == CDT_OK && record_decode(value, &r);
	if (!good)
		log_error(LOG_USAGE, NULL, "a record of usage is damaged");
	else if (passes(w->f, &r)) {
		if (is_full(w))
			return CDT_OK;
		w->page->found++;
		w->row(w->arg, &r);
	}
	w->page->seen++;
	memcpy(w->at, key, PLACE_KEY_SIZE);
	return CDT_OK;
}

/* What was found in one span. */
static cdt_status look_at_all(struct walk *w, enum store_table table)
{
	cdt_status st = CDT_OK;

	if (w->count)
		qsort(w->place, w->count, sizeof *w->place, newest_first);
	for (size_t i = 0; i < w->count && st == CDT_OK && !w->more; i++)
		if (w->page->seen < w->seen_max)
			st = look_at(w, table, &w->place[i]);
		else
			w->more = true;
	w->count = 0;
	return st;
}

/* All that began later has been looked at. */
static void pass_by(struct walk *w, int64_t wall_ms)
{
	char key[PLACE_KEY_SIZE];

	place_key(wall_ms, 0, key);
	if (memcmp(key, w->at, PLACE_KEY_SIZE) < 0)
		memcpy(w->at, key, PLACE_KEY_SIZE);
}

static cdt_status walk_cards(struct walk *w, uint32_t day)
{
	const enum store_table table = place_table(day);
	const int64_t begin_ms = day * DAY_MS;
	uint64_t span, was = UINT64_MAX;
	char from[PLACE_CARD_SIZE];
	cdt_str key = { from, PLACE_CARD_SIZE }, value;
	cdt_status st, seen = CDT_OK;

	w->first_ms = begin_ms > w->f->from_ms ? begin_ms : w->f->from_ms;
	place_card_key(place_span(place_wall_ms(w->at)) + 1, 0, from);
	while ((st = store_before(w->read, table, &key, &value)) == CDT_OK &&
	       place_is_card(key, &span) && span >= place_span(w->first_ms)) {
		if (span != was) {
			seen = look_at_all(w, table);
			if (seen != CDT_OK || w->more)
				return seen;
			pass_by(w, was == UINT64_MAX || place_span_ms(was) < begin_ms
			           ? (int64_t)(day + 1) * DAY_MS : place_span_ms(was));
			w->more = w->page->cards >= w->cards_max;
			if (w->more)
				return CDT_OK;
			was = span;
		}
		w->page->cards += cards_pick(&w->pick, value, span, on_card, w);
	}
	if (st == CDT_OK || st == CDT_E_ABSENT)
		st = look_at_all(w, table);
	if (st == CDT_OK && !w->more)
		pass_by(w, begin_ms);
	return st;
}

/* Days from the newest that there can be down to the first asked for. */
static cdt_status walk_days(struct walk *w)
{
	uint32_t last = place_minute(place_wall_ms(w->at)) / DAY_MINUTES;
	uint32_t oldest = place_minute(w->f->now_ms - USAGE_RECORD_DAYS_MAX * DAY_MS);
	uint32_t first = place_minute(w->f->from_ms), since = UINT32_MAX;
	cdt_status st = CDT_OK;

	if (pick_is_needed(w->f)) {
		since = cards_since(w->read);
		st = pick_init(&w->pick, w->read, w->f);
	}

	first = (first > oldest ? first : oldest) / DAY_MINUTES;
	for (uint32_t day = last + 1; day-- > first && st == CDT_OK && !w->more;)
		st = day >= since ? walk_cards(w, day) : walk_day(w, day);
	return st;
}

/* Where to begin: below the cursor and below the end of what is asked for. */
static cdt_status begin(struct walk *w, cdt_str cursor)
{
	int64_t end_ms = w->f->now_ms + 2 * DAY_MS;    /* clocks have been wrong */
	char wanted[PLACE_KEY_SIZE] = { 0 };

	place_key(w->f->to_ms < end_ms ? w->f->to_ms : end_ms, 0, w->at);
	if (!cursor.n)
		return CDT_OK;
	if (!hex_read(cursor, wanted + 1, PLACE_SIZE))
		return CDT_E_INVALID;
	if (memcmp(wanted, w->at, PLACE_KEY_SIZE) < 0)
		memcpy(w->at, wanted, PLACE_KEY_SIZE);
	return CDT_OK;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

cdt_status usage_list_some(struct store *s, const struct usage_filter *f,
                           struct usage_page *page,
                           void (*row)(void *arg, const struct usage_record *r), void *arg)
{
	struct walk w = {
		.f = f, .row = row, .arg = arg, .page = page,
		.seen_max = least(page->seen + PIECE_SEEN, USAGE_PAGE_SCAN_MAX),
		.cards_max = least(page->cards + PIECE_CARDS, USAGE_PAGE_CARDS_MAX),
	};
	cdt_status st = begin(&w, page->next[0] ? str_z(page->next) : f->cursor);

	if (st != CDT_OK)
		return st;
	w.read = store_read_begin(s);
	if (!w.read)
		return CDT_E_NOMEM;
	st = walk_days(&w);
	store_read_end(w.read);
	mem_free(w.place);
	page->next[0] = '\0';
	if (st == CDT_OK && w.more)
		(void)hex_of(w.at + 1, PLACE_SIZE, page->next);
	page->done = st != CDT_OK || !w.more || page->found == f->limit ||
	             page->seen == USAGE_PAGE_SCAN_MAX || page->cards >= USAGE_PAGE_CARDS_MAX;
	return st;
}

cdt_status usage_list(struct store *s, const struct usage_filter *f,
                      void (*row)(void *arg, const struct usage_record *r), void *arg,
                      char next[USAGE_CURSOR_SIZE + 1])
{
	struct usage_page page = { .found = 0 };
	cdt_status st;

	do
		st = usage_list_some(s, f, &page, row, arg);
	while (st == CDT_OK && !page.done);
	memcpy(next, page.next, sizeof page.next);
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
