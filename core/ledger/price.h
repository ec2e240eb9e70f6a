/* ledger/price.h - what a model's tokens cost, what an attempt has cost, and what it can cost
 * at most.  Prices are int64 pico-USD, a token or a unit; amounts are int64 nano-USD, rounded
 * up.  Pure functions, nothing is kept.  The router may include this header.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_PRICE_H
#define LEDGER_PRICE_H
#include "conduit/event.h"

#include <stdbool.h>

enum { PRICE_TIERS_MAX = 4, PRICE_PICTURES_MAX = 16, PRICE_QUALITY_SIZE = 16 };
enum { PRICE_UNKNOWN = -1 };               /* 0 is free, and must be said */

/* A token is of one kind. */
enum price_kind {
	PRICE_INPUT,                       /* text that no cache had or got */
	PRICE_CACHED_INPUT,                /* read from the upstream's cache */
	PRICE_CACHE_WRITE,                 /* put there for 5 minutes */
	PRICE_CACHE_WRITE_HOUR,            /* put there for 1 hour */
	PRICE_AUDIO_IN,
	PRICE_OUTPUT,
	PRICE_REASONING,
	PRICE_AUDIO_OUT,
	PRICE_IMAGE_IN,
	PRICE_IMAGE_OUT,
	PRICE_KINDS,
};
#define PRICE_BIT(kind) (UINT32_C(1) << (kind))

/* Which rates hold when the input, caches included, has more tokens than `above`. */
struct price_tier {
	int64_t above;                     /* tokens; of the first tier not looked at */
	int64_t rate[PRICE_KINDS];         /* pico-USD a token, or PRICE_UNKNOWN */
};

/* The tier of the greatest `above` that the input passes prices the whole attempt.
 *
 * A kind of token that has no rate in its tier is never free.  It costs the dearest known one
 * that applies: its own rate in lower tiers, and in its own tier
 *     cached input: input                cache writes: input, the other cache write
 *     reasoning: output (so it is a part of the output unless it is priced apart)
 *     pictures: input, output
 *     audio: all of its side (input, output);
 * if none of these is known, the dearest of these kinds in lower tiers, then of its side there
 * and in its own, then of all.  If no rate is known at all, the price can not be told.
 *
 * Fees are optional: 0 or PRICE_UNKNOWN is none, for most models bill images, seconds and
 * characters as tokens.  A model that has only fees says that its tokens are free. */
struct price {
	size_t tier_count;                 /* at least 1 */
	struct price_tier tier[PRICE_TIERS_MAX];
	/* pico-USD; a search is what a ranking bills. */
	int64_t per_call, per_image, per_second, per_character, per_search;
	/* What a picture is that has one of these shapes. */
	size_t picture_count;
	struct price_picture {
		char quality[PRICE_QUALITY_SIZE];      /* "" = any */
		uint32_t width, height;
		int64_t pico;
	} picture[PRICE_PICTURES_MAX];
	/* Pictures are billed in tokens; their fees are for who is told of no tokens. */
	bool pictures_in_tokens;
};

/* Words of a request: "1024x1024", "hd"; "" or "auto" = not said. */
struct price_shape { cdt_str size, quality; };

/* What an attempt used; each token is counted once, under its kind. */
struct price_counts {
	int64_t tokens[PRICE_KINDS];
	int64_t images, milliseconds, characters, searches;
	struct price_shape shape;          /* of the images */
	/* Pictures among the tokens of input, output are not told apart from text: all of
	 * these cost what the dearer of the two does. */
	bool mixed_in, mixed_out;
};

/* What an attempt can use at most. */
struct price_bounds {
	int64_t input_max;                 /* tokens, all kinds */
	int64_t output_max;                /* tokens of one answer, all kinds */
	int64_t n;                         /* answers */
	int64_t images_max, milliseconds_max, characters_max, searches_max;
	struct price_shape shape;
	uint32_t kinds;                    /* PRICE_BITs of what can occur; 0: any */
};

/* One tier, nothing known, no fees. */
void price_init(struct price *p);
/* Are the tiers in order, and all numbers in range?  The functions below take only those. */
bool price_ok(const struct price *p);

/* USD for a million tokens ("2.50", up to six decimals), and USD for one unit ("0.006"), as
 * pico-USD for one token or unit.  False, and *pico untouched, on anything else. */
bool price_parse_million(cdt_str usd, int64_t *pico);
bool price_parse_each(cdt_str usd, int64_t *pico);

/* Pico-USD a picture: the row of that shape; where the quality is not said, the row that has
 * none or "standard" (but not of pictures in tokens); where nothing is said, the fee of any;
 * else the dearest that it can be.
 * PRICE_UNKNOWN: there is no fee. */
int64_t price_of_picture(const struct price *p, const struct price_shape *shape);
/* Do tokens cost anything at all? */
bool price_counts_tokens(const struct price *p);

/* What the upstream said, each token under one kind; what it did not say counts as 0, so
 * estimates are to be filled in before.  A cache write lasts an hour if the request asked for
 * that: usage does not tell.  Tokens that are audio and cached, or audio and reasoning, count
 * as audio; those of pictures may be cached.  The shape of pictures is not set.
 * CDT_E_ABSENT: it said nothing.  CDT_E_INVALID: a count below -1 or above CDT_COUNT_MAX, or
 * parts above their whole: treat it as not said. */
cdt_status price_counts_of(const struct cdt_usage *u, bool writes_for_an_hour,
                           struct price_counts *out);

/* ceil(sum of counts x rates).  CDT_E_ABSENT: tokens without any known rate.  CDT_E_LIMIT: more
 * than an amount can be.  CDT_E_INVALID: a count out of range, or not price_ok. */
cdt_status price_cost(const struct price *p, const struct price_counts *counts,
                      int64_t *nanousd);

/* An upper bound: no counts within the bounds cost more.  It takes the dearest rate of the
 * kinds that can occur, over all tiers that input_max can reach.  Grows with every bound.
 * CDT_E_ABSENT, too: tokens on a side (input, output) of which no kind can occur.
 * Fails as price_cost does, and whenever price_cost of counts within the bounds could, but for
 * counts out of range. */
cdt_status price_hold(const struct price *p, const struct price_bounds *bounds,
                      int64_t *nanousd);

#endif
