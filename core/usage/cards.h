/* usage/cards.h - what can be asked of records, a few bytes of each: a filter reads these and
 * looks only at records that may pass.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_CARDS_H
#define USAGE_CARDS_H
#include "usage/inside.h"

/* Of one record.  Names are numbers (names.c); what is short of bits is a hash: a card may
 * seem to pass when its record does not, never the other way. */
struct card {
	uint32_t key, model;
	uint32_t rest;                         /* group, then the outcome's hash */
	uint32_t providers;                    /* a bit for each that was asked */
	uint16_t state;                        /* cache, then status */
	uint16_t part_ms;                      /* when it began, within its span */
	uint32_t number;                       /* since its chunk's first */
};

/* The first day from which on each record has a card; UINT32_MAX: none has. */
uint32_t cards_since(struct store_read *r);
/* Adds the card of the record that has that number.  [writer] */
cdt_status cards_put(struct store_txn *txn, struct fresh *f, const struct usage_record *r,
                     const uint32_t name[USAGE_DIMS], uint64_t number);

/* What is looked at before others have their turn: some 5 ms, without a slow disk. */
enum { PIECE_CARDS = 512 << 10 };

/* A filter, as cards know it. */
struct pick { struct card want, mask; uint32_t status_min, status_max; };
bool pick_is_needed(const struct usage_filter *f);     /* it asks for more than a time */
cdt_status pick_init(struct pick *p, struct store_read *r, const struct usage_filter *f);
/* A card passes only if its record does: all that is asked for has a number, bit or hash of its
 * own. */
bool pick_is_exact(const struct pick *p, struct store_read *r, const struct usage_filter *f);

/* One call of found for each card of a chunk that may pass.  Returns how many cards there
 * are. */
size_t cards_pick(const struct pick *p, cdt_str chunk, uint64_t span,
                  void (*found)(void *arg, int64_t wall_ms, uint64_t number), void *arg);

#endif
