/* usage/cards.c - the layout of cards.  They lie in chunks, beside the records of their day:
 * those that began within one span of time, in the order in which they came.  The chunk that
 * is being filled has number 0, and goes to a number of its own when it is full.
 * SPDX-License-Identifier: MIT */
#include "usage/cards.h"

#include <string.h>

#include "base/bigend.h"
#include "base/log.h"
#include "base/problem.h"
#include "base/str.h"

struct chunk_head { uint64_t first; uint32_t full, count; };   /* full: chunks before it */
enum { CARDS_MAX = (RECORD_MAX - sizeof(struct chunk_head)) / sizeof(struct card) };
struct chunk { struct chunk_head head; struct card card[CARDS_MAX]; };
_Static_assert(sizeof(struct card) == 24, "no padding");

enum { OUTCOME_BITS = 12, STATUS_BITS = 10, PROVIDER_BITS = 32, SINCE_SIZE = 4 };
enum { OUTCOME_MASK = (1 << OUTCOME_BITS) - 1, STATUS_MASK = (1 << STATUS_BITS) - 1 };
#define SINCE_KEY CDT_STR("cards")

/* --- what a record is --- */

static uint32_t outcome_of(cdt_str text)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (uint8_t)text.p[i]) * 16777619u;
	return (h ^ h >> 16) & OUTCOME_MASK;
}

/* 0: none. */
static uint32_t cache_of(cdt_str word)
{
	uint32_t i = 0;

	if (!word.n)
		return 0;
	while (usage_cache_words[i] && !str_is(word, usage_cache_words[i]))
		i++;
	return i + 1;
}

static uint16_t state_of(cdt_str cache, uint32_t status)
{
	return (uint16_t)(cache_of(cache) << STATUS_BITS |
	                  (status < STATUS_MASK ? status : STATUS_MASK));
}

static uint32_t provider_bit(uint32_t name)
{
	return 1u << name % PROVIDER_BITS;
}

static cdt_status add_providers(struct store_txn *txn, struct fresh *f,
                                const struct usage_record *r, uint32_t *bits)
{
	cdt_status st = CDT_OK;

	for (uint32_t i = 0; i + 1 < r->attempt_count && st == CDT_OK; i++) {
		uint32_t name;

		if (str_eq(r->attempt[i].provider, usage_provider(r)))
			continue;
		st = name_put(txn, f, USAGE_PROVIDER, r->attempt[i].provider, &name);
		*bits |= provider_bit(name);
	}
	return st;
}

/* --- writing --- */

/* Records that were there before have none. */
static cdt_status note_since(struct store_txn *txn, const struct usage_record *r,
                             uint64_t number)
{
	char bytes[SINCE_SIZE];
	cdt_str there;
	cdt_status st = txn_get(txn, STORE_USAGE, SINCE_KEY, &there);

	if (st != CDT_E_ABSENT)
		return st;
	big_put(bytes, number ? place_minute(r->wall_ms) / DAY_MINUTES + 2 : 0, SINCE_SIZE);
	return txn_put(txn, STORE_USAGE, SINCE_KEY, str_from(bytes, SINCE_SIZE));
}

static cdt_status store_chunk(struct store_txn *txn, const struct usage_record *r,
                              const struct chunk *c, uint32_t number)
{
	char key[PLACE_CARD_SIZE];

	place_card_key(place_span(r->wall_ms), number, key);
	return txn_put(txn, place_table(place_minute(r->wall_ms) / DAY_MINUTES),
	               str_from(key, PLACE_CARD_SIZE),
	               str_from((const char *)c, sizeof c->head +
	                                         c->head.count * sizeof c->card[0]));
}

/* False: it is damaged. */
static bool read_head(cdt_str bytes, struct chunk_head *out)
{
	if (bytes.n < sizeof *out)
		return false;
	memcpy(out, bytes.p, sizeof *out);
	return out->count <= CARDS_MAX &&
	       bytes.n == sizeof *out + out->count * sizeof(struct card);
}

/* The chunk that the record's card goes to, with room for it. */
static cdt_status open_chunk(struct store_txn *txn, const struct usage_record *r,
                             uint64_t number, struct chunk *c)
{
	char key[PLACE_CARD_SIZE];
	cdt_str there;
	cdt_status st;

	place_card_key(place_span(r->wall_ms), 0, key);
	st = txn_get(txn, place_table(place_minute(r->wall_ms) / DAY_MINUTES),
	             str_from(key, PLACE_CARD_SIZE), &there);
	c->head = (struct chunk_head){ .first = number };
	if (st == CDT_E_ABSENT)
		return note_since(txn, r, number);
	if (st != CDT_OK)
		return st;
	if (!read_head(there, &c->head)) {
		log_error(LOG_USAGE, NULL, "what filters look at is damaged and begins anew");
		c->head = (struct chunk_head){ .first = number };
		return CDT_OK;
	}
	memcpy(c, there.p, there.n);
	if (c->head.count < CARDS_MAX && number - c->head.first <= UINT32_MAX)
		return CDT_OK;
	st = store_chunk(txn, r, c, ++c->head.full);
	c->head.first = number;
	c->head.count = 0;
	return st;
}

cdt_status cards_put(struct store_txn *txn, struct fresh *f, const struct usage_record *r,
                     const uint32_t name[USAGE_DIMS], uint64_t number)
{
	struct chunk c;
	struct card card = {
		.key = name[USAGE_KEY], .model = name[USAGE_MODEL],
		.rest = name[USAGE_GROUP] << OUTCOME_BITS | outcome_of(r->outcome),
		.providers = provider_bit(name[USAGE_PROVIDER]),
		.state = state_of(r->cache, r->status), .part_ms = place_part_ms(r->wall_ms),
	};
	cdt_status st = open_chunk(txn, r, number, &c);

	if (st == CDT_OK)
		st = add_providers(txn, f, r, &card.providers);
	if (st != CDT_OK)
		return st;
	card.number = (uint32_t)(number - c.head.first);
	c.card[c.head.count++] = card;
	return store_chunk(txn, r, &c, 0);
}

/* --- reading --- */

uint32_t cards_since(struct store_read *r)
{
	cdt_str bytes;

	if (store_get(r, STORE_USAGE, SINCE_KEY, &bytes) != CDT_OK || bytes.n != SINCE_SIZE)
		return UINT32_MAX;
	return (uint32_t)big_get(bytes.p, SINCE_SIZE);
}

bool pick_is_needed(const struct usage_filter *f)
{
	for (unsigned d = 0; d < USAGE_DIMS; d++)
		if (f->only[d].p)
			return true;
	return f->outcome.p || f->cache.p || f->status_max;
}

/* A name that nothing is known by may be among those that have no number of their own. */
static cdt_status number_of(struct store_read *r, enum usage_dim d, cdt_str text,
                            uint32_t *number)
{
	cdt_status st = name_find(r, d, text, number);

	if (st == CDT_E_ABSENT)
		*number = NAME_OTHER;
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

cdt_status pick_init(struct pick *p, struct store_read *r, const struct usage_filter *f)
{
	uint32_t name[USAGE_DIMS] = { 0 }, mask[USAGE_DIMS] = { 0 };
	cdt_status st = CDT_OK;

	for (unsigned d = 0; d < USAGE_DIMS && st == CDT_OK; d++) {
		mask[d] = f->only[d].p ? UINT32_MAX : 0;
		if (f->only[d].p)
			st = number_of(r, d, f->only[d], &name[d]);
	}
	*p = (struct pick){ .status_max = UINT32_MAX };
	p->want.key = name[USAGE_KEY];
	p->mask.key = mask[USAGE_KEY];
	p->want.model = name[USAGE_MODEL];
	p->mask.model = mask[USAGE_MODEL];
	p->want.rest = name[USAGE_GROUP] << OUTCOME_BITS | outcome_of(f->outcome);
	p->mask.rest = mask[USAGE_GROUP] << OUTCOME_BITS | (f->outcome.p ? OUTCOME_MASK : 0);
	p->want.providers = mask[USAGE_PROVIDER] ? provider_bit(name[USAGE_PROVIDER])
	                                         : UINT32_MAX;
	p->want.state = state_of(f->cache, 0);
	p->mask.state = f->cache.p ? UINT16_MAX & ~STATUS_MASK : 0;
	if (f->status_max) {
		p->status_min = f->status_min;
		p->status_max = f->status_max;
	}
	return st;
}

/* Those that there are (flow/report.c, flow/untold.c) have hashes of their own. */
static bool is_outcome(cdt_str word)
{
	int cause = PROBLEM_NONE + 1;

	while (cause < PROBLEM_COUNT && !str_is(word, problem_name((enum problem_cause)cause)))
		cause++;
	return cause < PROBLEM_COUNT || str_is(word, "OK") || str_is(word, "CLIENT_GONE") ||
	       str_is(word, "INTERRUPTED") || str_is(word, "OVERTAKEN");
}

bool pick_is_exact(const struct pick *p, struct store_read *r, const struct usage_filter *f)
{
	cdt_str bytes;
	struct fresh fresh;
	cdt_status st = store_get(r, STORE_USAGE, FRESH_KEY, &bytes);

	if (st != CDT_OK || (f->outcome.p && !is_outcome(f->outcome)) ||
	    (f->only[USAGE_KEY].p && p->want.key == NAME_OTHER) ||
	    (f->only[USAGE_MODEL].p && p->want.model == NAME_OTHER) ||
	    (f->only[USAGE_GROUP].p && p->want.rest >> OUTCOME_BITS == NAME_OTHER))
		return false;
	fresh_read(st, bytes, &fresh);
	return !f->only[USAGE_PROVIDER].p ||
	       (p->want.providers != provider_bit(NAME_OTHER) &&
	        fresh.names[USAGE_PROVIDER] <= PROVIDER_BITS - NAME_FIRST);
}

static bool takes(const struct pick *p, const struct card *c)
{
	uint32_t status = c->state & STATUS_MASK;
	uint32_t other = ((c->key ^ p->want.key) & p->mask.key) |
	                 ((c->model ^ p->want.model) & p->mask.model) |
	                 ((c->rest ^ p->want.rest) & p->mask.rest) |
	                 ((uint32_t)(c->state ^ p->want.state) & p->mask.state);

	return !other && (c->providers & p->want.providers) &&
	       status - p->status_min <= p->status_max - p->status_min;
}

size_t cards_pick(const struct pick *p, cdt_str chunk, uint64_t span,
                  void (*found)(void *arg, int64_t wall_ms, uint64_t number), void *arg)
{
	struct chunk_head head;

	if (!read_head(chunk, &head)) {
		log_error(LOG_USAGE, NULL, "what filters look at is damaged");
		return 0;
	}
	for (uint32_t i = 0; i < head.count; i++) {
		struct card c;                         /* the store does not align */

		memcpy(&c, chunk.p + sizeof head + i * sizeof c, sizeof c);
		if (takes(p, &c))
			found(arg, place_span_ms(span) + c.part_ms, head.first + c.number);
	}
	return head.count;
}
