/* usage/counts.c - counts the records that a filter takes, by their cards alone.  A piece ends
 * where a span of cards does: later cards of that span would move those that were counted.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "usage/cards.h"

struct count {
	const struct usage_filter *f;
	struct usage_counts *c;
	struct store_read *read;
	struct pick pick;
	size_t cards_max;                      /* where this piece ends, */
	bool more;                             /* and that it did */
};

void usage_counts_init(struct usage_counts *c, const struct usage_filter *f,
                       enum usage_grain by_time)
{
	memset(c, 0, sizeof *c);
	c->span_ms = grain_minutes[by_time] * MINUTE_MS;
	c->from_ms = f->from_ms / c->span_ms * c->span_ms;
	c->to_ms = f->to_ms;
	c->next = place_span(f->from_ms);
	if (f->from_ms >= 0 && f->to_ms > f->from_ms &&
	    f->to_ms - c->from_ms <= USAGE_SPANS_MAX * c->span_ms)
		c->spans = (size_t)((f->to_ms - c->from_ms + c->span_ms - 1) / c->span_ms);
}

void usage_count_one(struct usage_counts *c, int64_t wall_ms)
{
	if (!c->spans || wall_ms < c->from_ms || wall_ms >= c->to_ms)
		return;
	c->count[(wall_ms - c->from_ms) / c->span_ms]++;
	c->total++;
}

static void on_card(void *arg, int64_t wall_ms, uint64_t number)
{
	struct count *k = arg;

	(void)number;
	if (wall_ms >= k->f->from_ms)
		usage_count_one(k->c, wall_ms);
}

/* Those of a day's table that lie in the spans from first to last. */
static cdt_status count_day(struct count *k, uint32_t day, uint64_t first, uint64_t last)
{
	char from[PLACE_CARD_SIZE];
	cdt_str key = { from, PLACE_CARD_SIZE }, value;
	uint64_t span, was = first;
	cdt_status st;
	size_t n;

	place_card_key(first, 0, from);
	for (bool after = false;; after = true) {
		st = store_next(k->read, place_table(day), after, &key, &value);
		if (st != CDT_OK || !place_is_card(key, &span) || span > last)
			return st == CDT_E_ABSENT ? CDT_OK : st;
		k->more = span != was && k->c->cards >= k->cards_max;
		if (k->more) {
			k->c->next = span;
			return CDT_OK;
		}
		n = cards_pick(&k->pick, value, span, on_card, k);
		k->c->known = k->c->known && n;        /* a chunk without any is damaged */
		k->c->cards += n;
		was = span;
	}
}

/* A day's table is used again a year later: only what is of the day is looked at.  A span may
 * have begun the day before. */
static cdt_status count_days(struct count *k)
{
	uint32_t oldest = place_minute(k->f->now_ms - USAGE_RECORD_DAYS_MAX * DAY_MS);
	uint32_t day = place_minute(place_span_ms(k->c->next)) / DAY_MINUTES;
	uint32_t last = place_minute(k->f->to_ms - 1) / DAY_MINUTES;
	cdt_status st = CDT_OK;

	if (day < oldest / DAY_MINUTES)
		day = oldest / DAY_MINUTES;
	for (; day <= last && st == CDT_OK && !k->more; day++) {
		uint64_t first = place_span(day * DAY_MS), to = place_span(k->f->to_ms - 1);
		uint64_t end = place_span((day + 1) * DAY_MS - 1);

		st = count_day(k, day, first > k->c->next ? first : k->c->next,
		               end < to ? end : to);
	}
	return st;
}

/* Can cards tell?  That does not change while counting goes on. */
static cdt_status prepare(struct count *k)
{
	cdt_status st = pick_init(&k->pick, k->read, k->f);

	k->c->known = k->c->spans && st == CDT_OK &&
	              pick_is_exact(&k->pick, k->read, k->f) &&
	              place_minute(k->f->from_ms) / DAY_MINUTES >= cards_since(k->read);
	return st;
}

cdt_status usage_count_some(struct store *s, const struct usage_filter *f,
                            struct usage_counts *c)
{
	struct count k = { .f = f, .c = c, .cards_max = c->cards + PIECE_CARDS };
	cdt_status st;

	k.read = store_read_begin(s);
	if (!k.read)
		return CDT_E_NOMEM;
	st = prepare(&k);
	if (st == CDT_OK && c->known)
		st = count_days(&k);
	store_read_end(k.read);
	c->known = c->known && c->cards < USAGE_PAGE_CARDS_MAX;
	c->done = st != CDT_OK || !c->known || !k.more;
	return st;
}
