/* ledger/page.c - walks back through the entries.  How they look to people, the admin API says.
 * SPDX-License-Identifier: MIT */
#include "ledger/page.h"

#include <string.h>

#include "base/str.h"
#include "store/store.h"

/* Numbers are given when a charge is written, times when it was made: nearly the same order. */
enum { DISORDER_MS = 24 * 3600 * 1000 };

static cdt_status get(struct store_read *r, uint64_t number, cdt_str *bytes, struct entry *e)
{
	char key[ENTRY_KEY_SIZE];
	cdt_status st = store_get(r, STORE_ENTRIES, entry_key(number, key), bytes);

	if (st != CDT_OK)
		return st == CDT_E_ABSENT ? CDT_E_UPSTREAM : st;       /* there are no gaps */
	return entry_decode(*bytes, e) ? CDT_OK : CDT_E_UPSTREAM;
}

static cdt_status newest(struct store_read *r, uint64_t *number)
{
	cdt_str key = CDT_STR(""), value;
	struct entry e;
	cdt_status st = store_before(r, STORE_ENTRIES, &key, &value);

	*number = 0;
	if (st != CDT_OK)
		return st == CDT_E_ABSENT ? CDT_OK : st;
	if (!entry_decode(value, &e))
		return CDT_E_UPSTREAM;
	*number = e.number;
	return CDT_OK;
}

/* The last entry, of those up to *number, that can be from before to_ms: by halves. */
static cdt_status skip_later(struct store_read *r, int64_t to_ms, uint64_t *number)
{
	uint64_t low = 0, high = *number;      /* low can be, what is above high can not */
	struct entry e;
	cdt_str bytes;

	if (to_ms > INT64_MAX - DISORDER_MS)
		return CDT_OK;
	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;
		cdt_status st = get(r, middle, &bytes, &e);

		if (st != CDT_OK)
			return st;
		if (e.wall_ms < to_ms + DISORDER_MS)
			low = middle;
		else
			high = middle - 1;
	}
	*number = low;
	return CDT_OK;
}

static bool charges(const struct entry *e, const char group[OWNER_SIZE])
{
	for (uint32_t i = 0; i < e->account_count; i++)
		if (e->account[i].kind == OWNER_GROUP &&
		    !memcmp(e->account[i].owner, group, OWNER_SIZE))
			return true;
	return false;
}

static bool is_wanted(const struct ledger_filter *f, const struct entry *e)
{
	return e->wall_ms >= f->from_ms && e->wall_ms < f->to_ms &&
	       (!f->by_key || !memcmp(e->key, f->key, OWNER_SIZE)) &&
	       (!f->by_group || charges(e, f->group));
}

/* *number: the first to look at; then the first that the next page looks at. */
static cdt_status walk(struct store_read *r, const struct ledger_filter *f, uint64_t *number,
                       ledger_each *each, void *arg)
{
	size_t found = 0;

	for (size_t looked = 0; *number && looked < LEDGER_SCAN_MAX; looked++) {
		uint8_t chain[CHAIN_SIZE];
		struct entry e;
		cdt_str bytes;
		cdt_status st = get(r, *number, &bytes, &e);

		if (st != CDT_OK)
			return st;
		if (e.wall_ms < f->from_ms && f->from_ms - e.wall_ms > DISORDER_MS)
			*number = 1;                   /* all that follow are older */
		if (is_wanted(f, &e)) {
			if (found++ == f->limit)
				return CDT_OK;
			entry_chain(bytes, chain);
			each(arg, &e, chain);
		}
		--*number;
	}
	return CDT_OK;
}

cdt_status ledger_page(struct store *s, const struct ledger_filter *f, ledger_each *each,
                       void *arg, uint64_t *next)
{
	struct store_read *r = store_read_begin(s);
	uint64_t number;
	cdt_status st;

	if (!r)
		return CDT_E_LIMIT;
	st = newest(r, &number);
	if (f->before && f->before <= number)
		number = f->before - 1;
	if (st == CDT_OK)
		st = skip_later(r, f->to_ms, &number);
	if (st == CDT_OK)
		st = walk(r, f, &number, each, arg);
	if (st == CDT_OK)
		*next = number ? number + 1 : 0;
	store_read_end(r);
	return st;
}
