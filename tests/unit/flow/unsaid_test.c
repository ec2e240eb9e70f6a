/* flow/unsaid: what pictures, speech, uploads and rankings cost when the upstream says nothing,
 * and whether that is a guess.
 * SPDX-License-Identifier: MIT */
#include "flow/unsaid.h"

#include "base/str.h"
#include "unit/unit.h"

struct scene {
	struct guesses guesses;
	struct price price;
	struct target target;
	struct measure measure;
	struct cdt_usage said;
	struct bill bill;
};

static void begin(struct scene *s)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;

	*s = (struct scene){ .target = { .name = CDT_STR("a/b"), .price = &s->price },
	                     .said = unknown };
	guesses_init(&s->guesses);
	price_init(&s->price);
	s->price.tier[0].rate[PRICE_INPUT] = s->price.tier[0].rate[PRICE_OUTPUT] = 0;
}

static int64_t bill(struct scene *s, uint32_t op, int64_t held)
{
	struct bill_facts f = {
		.target = &s->target, .end = BILL_ANSWERED, .said = &s->said,
		.guesses = &s->guesses, .form = GUESS_TEXT, .body_bytes = 300, .held = held,
		.op = op, .measure = measure_matters(op) ? &s->measure : NULL,
	};

	bill_make(&f, &s->bill);
	return s->bill.amount;
}

static void pictures_and_characters_are_exact(void)
{
	struct scene s;

	begin(&s);
	s.price.per_image = 40000000000;
	s.measure.images = 3;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_IMAGE, -1), 120000000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	CU_ASSERT_EQUAL(s.bill.usage.images, 3);
	s.said.images = 2;                             /* a filter took one */
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_IMAGE, -1), 80000000);
	guesses_fini(&s.guesses);
	begin(&s);
	s.price.per_character = 15000000;
	s.measure.characters = 100;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_SPEECH, -1), 1500000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	CU_ASSERT_EQUAL(s.bill.usage.input, -1);       /* tokens are not what it bills */
	guesses_fini(&s.guesses);
}

static void pictures_in_tokens_cost_their_fee_when_no_tokens_are_told(void)
{
	struct scene s;

	begin(&s);
	s.price.tier[0].rate[PRICE_IMAGE_OUT] = 40000000;
	s.price.pictures_in_tokens = true;
	s.price.picture_count = 1;
	s.price.picture[0] = (struct price_picture){ "", 1024, 1024, 42000000000 };
	s.measure.images = 2;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_IMAGE, -1), 84000000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	s.said.input = 50;
	s.said.output = s.said.image_out = 1056;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_IMAGE, -1), 1056 * 40000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	s.said.output = s.said.image_out = -1;         /* and where there is no fee: never 0 */
	s.price.picture_count = 0;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_IMAGE, -1), INT64_C(2) * 16384 * 40000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_IMAGE, 5000), 5000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_HOLD);
	guesses_fini(&s.guesses);
}

static void sound_is_estimated_and_says_so(void)
{
	struct scene s;

	begin(&s);
	s.price.per_second = 100000000;
	s.measure.sound_bytes = 40000;                 /* 10 s, at 32 kbit/s */
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_TRANSCRIBE, -1), 1000000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	guess_learn(&s.guesses, s.target.name, GUESS_SOUND, 40000, 5000);
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_TRANSCRIBE, -1), 500000);
	s.measure.sound_ms = 2500;                     /* by its own header */
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_TRANSCRIBE, -1), 250000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	s.said.seconds_ms = 3000;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_TRANSCRIBE, -1), 300000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	guesses_fini(&s.guesses);
}

static void tokens_of_sound_are_never_nothing(void)
{
	struct scene s;

	begin(&s);
	s.price.tier[0].rate[PRICE_INPUT] = 2500000;
	s.price.tier[0].rate[PRICE_OUTPUT] = 10000000;
	s.measure.sound_ms = 10000;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_TRANSCRIBE, -1), 161 * 2500 + 41 * 10000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	s.measure.spoken_ms = 10000;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_SPEECH, -1), 100 * 2500 + 211 * 10000);
	CU_ASSERT_EQUAL(s.bill.usage.audio_out, 211);
	guesses_fini(&s.guesses);
}

static void searches_are_counted_by_their_documents(void)
{
	struct scene s;

	begin(&s);
	s.price.per_search = 2000000000;
	s.measure.searches = s.measure.searches_max = 2;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_RERANK, -1), 4000000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	s.measure.searches_max = 3;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_RERANK, -1), 4000000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	s.said.searches = 3;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_RERANK, -1), 6000000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	guesses_fini(&s.guesses);
}

static void what_is_free_is_no_guess(void)
{
	struct scene s;

	begin(&s);
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_MODERATE, -1), 0);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_REPORTED);
	s.price.tier[0].rate[PRICE_INPUT] = 1000000;
	CU_ASSERT_EQUAL(bill(&s, CDT_OP_MODERATE, -1), 100000);
	CU_ASSERT_EQUAL(s.bill.reason, REASON_ESTIMATED);
	guesses_fini(&s.guesses);
}

static const struct unit_test tests[] = {
	{ "pictures and characters are exact", pictures_and_characters_are_exact },
	{ "pictures in tokens cost their fee when no tokens are told",
	  pictures_in_tokens_cost_their_fee_when_no_tokens_are_told },
	{ "sound is estimated, and says so", sound_is_estimated_and_says_so },
	{ "tokens of sound are never nothing", tokens_of_sound_are_never_nothing },
	{ "searches are counted by their documents", searches_are_counted_by_their_documents },
	{ "what is free is no guess", what_is_free_is_no_guess },
	{ NULL, NULL }
};
const struct unit_suite flow_unsaid_suite = { "flow/unsaid", tests };
