/* unit/ledger/price_test.c - what tokens cost, and that no hold is below a cost.
 * SPDX-License-Identifier: MIT */
#include "ledger/price.h"

#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

enum { HOLD_ROUNDS = 1000000, SUM_ROUNDS = 100000 };

/* USD for a million tokens; NULL is unknown.  In the order of enum price_kind. */
static struct price price_with(const char *const usd[PRICE_KINDS])
{
	struct price p;

	price_init(&p);
	for (int k = 0; k < PRICE_KINDS; k++)
		if (usd[k])
			CU_ASSERT_FATAL(price_parse_million(str_z(usd[k]), &p.tier[0].rate[k]));
	return p;
}

static int64_t cost_of(const struct price *p, const struct cdt_usage *u, bool an_hour)
{
	struct price_counts counts;
	int64_t nano = -77;

	CU_ASSERT_EQUAL_FATAL(price_counts_of(u, an_hour, &counts), CDT_OK);
	CU_ASSERT_EQUAL(price_cost(p, &counts, &nano), CDT_OK);
	return nano;
}

static struct cdt_usage usage_of(int64_t input, int64_t output)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = input;
	u.output = output;
	return u;
}

/* By hand: N tokens at P USD a million are N x P micro-USD, which is N x P x 1000 nano-USD. */
static void tokens_cost_what_the_price_list_says(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){
		"2.50", "1.25", "3.125", "5", "40", "10", NULL, "80" });
	struct cdt_usage u = usage_of(1000, 100);

	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 2500000 + 1000000);
	u.cache_read = 400;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 600 * 2500 + 400 * 1250 + 1000000);
	u.cache_write = 200;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 400 * 2500 + 400 * 1250 + 200 * 3125 + 1000000);
	CU_ASSERT_EQUAL(cost_of(&p, &u, true), 400 * 2500 + 400 * 1250 + 200 * 5000 + 1000000);
	u.reasoning = 60;                          /* not priced apart: a part of the output */
	CU_ASSERT_EQUAL(cost_of(&p, &u, true), 400 * 2500 + 400 * 1250 + 200 * 5000 + 1000000);
	p.tier[0].rate[PRICE_REASONING] = 4000000;
	CU_ASSERT_EQUAL(cost_of(&p, &u, true),
	                400 * 2500 + 400 * 1250 + 200 * 5000 + 40 * 10000 + 60 * 4000);
	u = usage_of(1000, 100);
	u.audio_in = 700;
	u.audio_out = 50;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false),
	                300 * 2500 + 700 * 40000 + 50 * 10000 + 50 * 80000);
}

static void tokens_that_are_two_things_are_audio(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){
		"2", "1", "3", NULL, "40", "10", "20", "80" });
	struct cdt_usage u = usage_of(100, 10);

	u.audio_in = 90;
	u.cache_read = 50;                         /* 40 of them are audio */
	u.audio_out = 8;
	u.reasoning = 10;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 90 * 40000 + 10 * 1000 + 8 * 80000 + 2 * 20000);
}

/* $0.0001 a million tokens are 0.1 nano-USD a token: 100 pico-USD. */
static void a_fraction_of_a_nano_counts_as_a_whole_one(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){ [PRICE_INPUT] = "0.0001",
		[PRICE_OUTPUT] = "0.0001" });
	static const struct { int64_t input, output, nano; } cases[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { 10, 0, 1 }, { 5, 5, 1 }, { 6, 5, 2 }, { 11, 9, 2 },
		{ 1000001, 0, 100001 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cdt_usage u = usage_of(cases[i].input, cases[i].output);

		CU_ASSERT_EQUAL(cost_of(&p, &u, false), cases[i].nano);
	}
}

static void fees_are_for_calls_images_seconds_and_characters(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){ [PRICE_INPUT] = "0" });
	struct cdt_usage u = usage_of(5, 5);

	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 0);
	u.images = 3;
	u.seconds_ms = 1500;
	u.characters = 10;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 0);                    /* no such fees */
	CU_ASSERT_TRUE(price_parse_each(CDT_STR("0.01"), &p.per_call));
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 10000000);
	CU_ASSERT_TRUE(price_parse_each(CDT_STR("0.04"), &p.per_image));
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 10000000 + 120000000);
	CU_ASSERT_TRUE(price_parse_each(CDT_STR("0.0001"), &p.per_second));
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 130000000 + 150000);
	CU_ASSERT_TRUE(price_parse_million(CDT_STR("15"), &p.per_character));
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 130150000 + 150000);
}

/* An image model: text 5 USD a million, pictures read 10, pictures made 40. */
static void pictures_in_tokens_are_told_apart_or_cost_what_they_may_be(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){ [PRICE_INPUT] = "5",
		[PRICE_OUTPUT] = "6", [PRICE_IMAGE_IN] = "10", [PRICE_IMAGE_OUT] = "40" });
	struct cdt_usage u = usage_of(100, 1000);

	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 100 * 10000 + 1000 * 40000);
	u.image_in = 0;
	u.image_out = 0;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 100 * 5000 + 1000 * 6000);
	u.image_in = 60;
	u.image_out = 900;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false),
	                40 * 5000 + 60 * 10000 + 100 * 6000 + 900 * 40000);
	u.image_out = 1001;
	CU_ASSERT_EQUAL(price_counts_of(&u, false, &(struct price_counts){ .images = 0 }),
	                CDT_E_INVALID);
	p.tier[0].rate[PRICE_IMAGE_OUT] = PRICE_UNKNOWN;               /* as the rest */
	u.image_out = 900;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 40 * 5000 + 60 * 10000 + 1000 * 6000);
}

/* Who is told of no tokens pays by the picture; nobody pays twice. */
static void pictures_are_billed_in_tokens_or_by_number(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){ [PRICE_INPUT] = "0",
		[PRICE_IMAGE_OUT] = "40" });
	struct cdt_usage u = usage_of(0, 1000);

	p.pictures_in_tokens = true;
	CU_ASSERT_TRUE(price_parse_each(CDT_STR("0.25"), &p.per_image));
	u.images = 2;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 40000000);
	u.output = -1;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 500000000);
	p.pictures_in_tokens = false;
	u.output = 1000;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 540000000);
}

static void long_inputs_are_priced_whole_by_their_tier(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){ [PRICE_INPUT] = "3",
		[PRICE_CACHED_INPUT] = "0.3", [PRICE_OUTPUT] = "15" });
	struct cdt_usage u = usage_of(200000, 10);

	p.tier_count = 2;
	p.tier[1].above = 200000;
	p.tier[1].rate[PRICE_INPUT] = 6000000;
	p.tier[1].rate[PRICE_OUTPUT] = 22500000;
	u.cache_read = 100;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false),
	                199900 * INT64_C(3000) + 100 * 300 + 10 * 15000);
	u.input = 200001;                          /* cached: as dear as input, not as before */
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 200001 * INT64_C(6000) + 10 * 22500);
	p.tier[0].rate[PRICE_CACHED_INPUT] = 7000000;          /* or as before, if dearer */
	CU_ASSERT_EQUAL(cost_of(&p, &u, false),
	                199901 * INT64_C(6000) + 100 * 7000 + 10 * 22500);
	p.tier[0].rate[PRICE_CACHED_INPUT] = 300000;
	p.tier[1].rate[PRICE_OUTPUT] = PRICE_UNKNOWN;
	CU_ASSERT_EQUAL(cost_of(&p, &u, false), 200001 * INT64_C(6000) + 10 * 15000);
}

/* In a price with these rates, a token of that kind costs as much. */
static const struct {
	const char *usd[PRICE_KINDS];
	enum price_kind kind;
	int64_t pico;                              /* a token, or nano-USD for a thousand */
} gaps[] = {
	{ { "3", NULL, "4", "6", "50", "15" }, PRICE_CACHED_INPUT, 3000000 },
	{ { NULL, NULL, "4", "6", NULL, "15" }, PRICE_CACHED_INPUT, 6000000 },
	{ { NULL, NULL, NULL, NULL, NULL, "15" }, PRICE_CACHED_INPUT, 15000000 },
	{ { NULL, "0.3", NULL, NULL, NULL, "15" }, PRICE_INPUT, 300000 },
	{ { "3", NULL, NULL, "6", NULL, "15" }, PRICE_CACHE_WRITE, 6000000 },
	{ { "3", NULL, "4", NULL, NULL, "15" }, PRICE_CACHE_WRITE_HOUR, 4000000 },
	{ { "3", NULL, NULL, NULL, "50", "15" }, PRICE_CACHE_WRITE_HOUR, 3000000 },
	{ { "3", NULL, "4", NULL, NULL, "15" }, PRICE_AUDIO_IN, 4000000 },
	{ { "3", NULL, NULL, NULL, NULL, NULL, NULL, "80" }, PRICE_OUTPUT, 80000000 },
	{ { "3", NULL, NULL, NULL, NULL, NULL, NULL, NULL }, PRICE_OUTPUT, 3000000 },
	{ { "3", NULL, NULL, NULL, NULL, "15", NULL, "80" }, PRICE_REASONING, 15000000 },
	{ { "3", NULL, NULL, NULL, NULL, "15", "20", NULL }, PRICE_AUDIO_OUT, 20000000 },
	{ { "3", NULL, NULL, NULL, NULL, "0", NULL, NULL }, PRICE_AUDIO_OUT, 0 },
};

static void what_has_no_price_costs_the_dearest_that_applies(void)
{
	for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
		struct price p = price_with(gaps[i].usd);
		struct price_counts counts = { .tokens[PRICE_INPUT] = 0 };
		int64_t nano = -77;

		counts.tokens[gaps[i].kind] = 1000;
		CU_ASSERT_EQUAL(price_cost(&p, &counts, &nano), CDT_OK);
		CU_ASSERT_EQUAL(nano, gaps[i].pico);
	}
}

static void tokens_without_any_price_are_not_free(void)
{
	struct price p;
	struct price_counts counts = { .images = 2 };
	struct price_bounds bounds = { .input_max = 1 };
	int64_t nano = -77;

	price_init(&p);
	p.per_image = 5000;
	CU_ASSERT_EQUAL(price_cost(&p, &counts, &nano), CDT_OK);
	CU_ASSERT_EQUAL(nano, 10);
	counts.tokens[PRICE_OUTPUT] = 1;
	CU_ASSERT_EQUAL(price_cost(&p, &counts, &nano), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(price_hold(&p, &bounds, &nano), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(nano, 10);
}

static void counts_that_can_not_be_are_refused(void)
{
	static const struct { struct cdt_usage u; cdt_status st; } cases[] = {
		{ CDT_USAGE_INIT, CDT_E_ABSENT },
		{ { .input = -2 }, CDT_E_INVALID },
		{ { .output = INT64_MIN }, CDT_E_INVALID },
		{ { .input = (int64_t)CDT_COUNT_MAX + 1 }, CDT_E_INVALID },
		{ { .characters = INT64_MAX }, CDT_E_INVALID },
		{ { .input = 10, .cache_read = 11 }, CDT_E_INVALID },
		{ { .input = 10, .cache_read = 5, .cache_write = 6 }, CDT_E_INVALID },
		{ { .input = -1, .cache_write = 1 }, CDT_E_INVALID },
		{ { .input = 10, .audio_in = 11 }, CDT_E_INVALID },
		{ { .output = 10, .reasoning = 11 }, CDT_E_INVALID },
		{ { .output = 10, .audio_out = 11 }, CDT_E_INVALID },
		{ { .input = CDT_COUNT_MAX, .output = CDT_COUNT_MAX }, CDT_OK },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct price_counts counts;

		CU_ASSERT_EQUAL(price_counts_of(&cases[i].u, false, &counts), cases[i].st);
	}
}

static void prices_and_bounds_out_of_range_are_refused(void)
{
	struct price p = price_with((const char *const[PRICE_KINDS]){ [PRICE_INPUT] = "3" });
	struct price_counts counts = { .tokens[PRICE_INPUT] = 1 };
	struct price_bounds bounds = { .input_max = 1, .output_max = 1, .n = 1 };
	int64_t nano = -77;

	CU_ASSERT_TRUE(price_ok(&p));
	p.tier[0].rate[PRICE_OUTPUT] = INT64_MAX;
	bounds.n = CDT_COUNT_MAX;
	CU_ASSERT_EQUAL(price_hold(&p, &bounds, &nano), CDT_E_LIMIT);
	bounds.output_max = CDT_COUNT_MAX;
	CU_ASSERT_EQUAL(price_hold(&p, &bounds, &nano), CDT_E_LIMIT);
	bounds.n = -1;
	CU_ASSERT_EQUAL(price_hold(&p, &bounds, &nano), CDT_E_INVALID);
	counts.tokens[PRICE_OUTPUT] = -1;
	CU_ASSERT_EQUAL(price_cost(&p, &counts, &nano), CDT_E_INVALID);
	p.tier_count = 3;
	p.tier[1].above = 5;
	p.tier[2].above = 5;
	CU_ASSERT_FALSE(price_ok(&p));
	p.tier[2].above = 6;
	CU_ASSERT_TRUE(price_ok(&p));
	p.per_call = -2;
	CU_ASSERT_FALSE(price_ok(&p));
	CU_ASSERT_EQUAL(nano, -77);
	CU_ASSERT_FALSE(price_parse_million(CDT_STR("0.0000001"), &nano));
	CU_ASSERT_FALSE(price_parse_each(CDT_STR("9223372036"), &nano));
	CU_ASSERT_EQUAL(nano, -77);
}

/* --- properties --- */

static int64_t random_rate(uint64_t *seed)
{
	/* Unknown, free, or up to $10,000 a million, small ones as often as great ones. */
	switch (rig_random(seed) % 8) {
	case 0: case 1: return PRICE_UNKNOWN;
	case 2: return 0;
	default: return (int64_t)(rig_random(seed) % 10000000000 >> rig_random(seed) % 34);
	}
}

static struct price random_price(uint64_t *seed)
{
	struct price p;
	int64_t above = 0;

	price_init(&p);
	p.tier_count = 1 + rig_random(seed) % PRICE_TIERS_MAX;
	for (size_t t = 0; t < p.tier_count; t++) {
		p.tier[t].above = above;
		above += 1 + rig_upto(seed, t % 2 ? 5 : 200000);
		for (int k = 0; k < PRICE_KINDS; k++)
			p.tier[t].rate[k] = random_rate(seed);
	}
	p.per_call = random_rate(seed);
	p.per_image = random_rate(seed);
	p.per_second = random_rate(seed);
	p.per_character = random_rate(seed);
	p.per_search = random_rate(seed);
	p.pictures_in_tokens = rig_random(seed) % 2;
	p.picture_count = rig_random(seed) % 4;
	for (size_t i = 0; i < p.picture_count; i++)
		p.picture[i] = (struct price_picture){ "hd", 1 + (uint32_t)i, 2,
		                                       rig_upto(seed, 5000000) };
	return p;
}

/* Often at the border of a tier, or one beside it. */
static int64_t random_input(const struct price *p, uint64_t *seed)
{
	int64_t v = p->tier[rig_random(seed) % p->tier_count].above + rig_upto(seed, 2) - 1;

	if (rig_random(seed) % 2)
		v = rig_upto(seed, 1000000);
	return v < 0 ? 0 : v;
}

static struct cdt_usage random_usage(const struct price *p, uint64_t *seed)
{
	struct cdt_usage u = usage_of(random_input(p, seed), rig_upto(seed, 200000));

	u.cache_read = rig_upto(seed, u.input);
	u.cache_write = rig_upto(seed, u.input - u.cache_read);
	u.audio_in = rig_random(seed) % 4 ? -1 : rig_upto(seed, u.input);
	u.image_in = rig_random(seed) % 2 ? -1
	             : rig_upto(seed, u.input - (u.audio_in > 0 ? u.audio_in : 0));
	u.reasoning = rig_random(seed) % 2 ? -1 : rig_upto(seed, u.output);
	u.audio_out = rig_random(seed) % 4 ? -1 : rig_upto(seed, u.output);
	u.image_out = rig_random(seed) % 2 ? -1
	              : rig_upto(seed, u.output - (u.audio_out > 0 ? u.audio_out : 0));
	u.searches = rig_upto(seed, 9);
	u.images = rig_upto(seed, 3);
	u.seconds_ms = rig_upto(seed, 100000);
	u.characters = rig_upto(seed, 5000);
	return u;
}

/* The least n and output_max that let so much output be, or more; tight as often as not. */
static struct price_bounds random_bounds(const struct cdt_usage *u, uint64_t *seed)
{
	int64_t slack = rig_random(seed) % 2 ? 0 : rig_upto(seed, 300000);
	int64_t n = 1 + rig_upto(seed, 7);

	return (struct price_bounds){
		.input_max = u->input + slack, .n = n,
		.output_max = (u->output + n - 1) / n + slack,
		.images_max = u->images, .milliseconds_max = u->seconds_ms + slack,
		.characters_max = u->characters, .searches_max = u->searches,
	};
}

/* All that occur, and some more; or any. */
static uint32_t random_kinds(const struct price_counts *counts, uint64_t *seed)
{
	uint32_t kinds = PRICE_BIT(PRICE_INPUT) | PRICE_BIT(PRICE_OUTPUT);

	for (int k = 0; k < PRICE_KINDS; k++)
		if (counts->tokens[k] || rig_random(seed) % 4 == 0)
			kinds |= PRICE_BIT(k);
	return rig_random(seed) % 2 ? kinds : 0;
}

struct tally { int64_t wrong, known, equal; };

static void compare_once(struct tally *t, uint64_t *seed)
{
	struct price p = random_price(seed);
	struct cdt_usage u = random_usage(&p, seed);
	struct price_bounds bounds = random_bounds(&u, seed);
	struct price_counts counts;
	int64_t cost = -1, hold = -1;
	cdt_status st;

	if (price_counts_of(&u, rig_random(seed) % 2, &counts) != CDT_OK) {
		t->wrong++;
		return;
	}
	bounds.kinds = random_kinds(&counts, seed);
	if (rig_random(seed) % 2)
		counts.shape = bounds.shape = (struct price_shape){ CDT_STR("2x2"),
		                                                    CDT_STR("hd") };
	st = price_cost(&p, &counts, &cost);
	if (price_hold(&p, &bounds, &hold) != CDT_OK)
		return;
	t->known++;
	t->equal += hold == cost;
	t->wrong += st != CDT_OK || hold < cost;
}

static void no_hold_is_below_a_cost_within_its_bounds(void)
{
	struct tally t = { 0, 0, 0 };
	uint64_t seed = 20240301;

	for (int i = 0; i < HOLD_ROUNDS; i++)
		compare_once(&t, &seed);
	CU_ASSERT_EQUAL(t.wrong, 0);
	CU_ASSERT(t.known > HOLD_ROUNDS / 2);      /* it has looked at something, */
	CU_ASSERT(t.equal > HOLD_ROUNDS / 1000);   /* and holds are not just great */
}

static bool grows(uint64_t *seed)
{
	struct price p = random_price(seed);
	struct cdt_usage u = random_usage(&p, seed);
	struct price_bounds less = random_bounds(&u, seed), more = less;
	int64_t a, b;

	more.input_max += rig_upto(seed, 3);
	more.output_max += rig_upto(seed, 3);
	more.n += rig_upto(seed, 1);
	more.images_max += rig_upto(seed, 1);
	more.searches_max += rig_upto(seed, 1);
	return price_hold(&p, &less, &a) != CDT_OK ||
	       (price_hold(&p, &more, &b) == CDT_OK && b >= a);
}

static void a_hold_grows_with_every_bound(void)
{
	uint64_t seed = 7, wrong = 0;

	for (int i = 0; i < SUM_ROUNDS; i++)
		wrong += !grows(&seed);
	CU_ASSERT_EQUAL(wrong, 0);
}

/* Written another way: token by token, one price, no tiers. */
static void a_cost_is_the_sum_of_its_tokens_rounded_up(void)
{
	uint64_t seed = 11;

	for (int i = 0; i < SUM_ROUNDS; i++) {
		struct price_counts counts = { .images = 0 };
		struct price p;
		int64_t cost = -1, pico = 0;

		price_init(&p);
		for (int k = 0; k < PRICE_KINDS; k++) {
			p.tier[0].rate[k] = rig_upto(&seed, 5000);
			counts.tokens[k] = rig_upto(&seed, 4);
			for (int64_t n = 0; n < counts.tokens[k]; n++)
				pico += p.tier[0].rate[k];
		}
		CU_ASSERT_EQUAL_FATAL(price_cost(&p, &counts, &cost), CDT_OK);
		CU_ASSERT_FATAL(cost * 1000 >= pico && cost * 1000 < pico + 1000);
	}
}

static const struct unit_test tests[] = {
	{ "tokens cost what the price list says", tokens_cost_what_the_price_list_says },
	{ "tokens that are two things are audio", tokens_that_are_two_things_are_audio },
	{ "a fraction of a nano counts as a whole one", a_fraction_of_a_nano_counts_as_a_whole_one },
	{ "fees are for calls, images, seconds and characters",
	  fees_are_for_calls_images_seconds_and_characters },
	{ "pictures in tokens are told apart, or cost what they may be",
	  pictures_in_tokens_are_told_apart_or_cost_what_they_may_be },
	{ "pictures are billed in tokens or by number",
	  pictures_are_billed_in_tokens_or_by_number },
	{ "long inputs are priced whole by their tier", long_inputs_are_priced_whole_by_their_tier },
	{ "what has no price costs the dearest that applies",
	  what_has_no_price_costs_the_dearest_that_applies },
	{ "tokens without any price are not free", tokens_without_any_price_are_not_free },
	{ "counts that can not be are refused", counts_that_can_not_be_are_refused },
	{ "prices and bounds out of range are refused", prices_and_bounds_out_of_range_are_refused },
	{ "no hold is below a cost within its bounds", no_hold_is_below_a_cost_within_its_bounds },
	{ "a hold grows with every bound", a_hold_grows_with_every_bound },
	{ "a cost is the sum of its tokens, rounded up",
	  a_cost_is_the_sum_of_its_tokens_rounded_up },
	{ NULL, NULL }
};
const struct unit_suite ledger_price_suite = { "ledger/price", tests };
