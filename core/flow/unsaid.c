/* flow/unsaid.c - guesses tokens from what went to the upstream and what came back.  Pictures
 * and characters are what was asked for: that is exact.  Sound is what its header says, else as
 * long as such files were before.  Guesses are rather too high, and never above what was held.
 * SPDX-License-Identifier: MIT */
#include "flow/unsaid.h"

/* A stream that we leave has made a little more than what we have read. */
enum { IN_FLIGHT = 2 };
enum {
	HEARD_A_SECOND = 16,           /* tokens of sound: 10, 12.5 and 32 are known */
	WRITTEN_A_SECOND = 4,          /* tokens of what was said in it */
	SPOKEN_A_SECOND = 21,          /* tokens of sound that was made */
};

static int64_t guess_form(const struct bill_facts *f, enum guess_form form, int64_t units)
{
	return guess_tokens(f->guesses, f->target->name, form, units);
}

static bool counts_tokens(const struct bill_facts *f)
{
	return f->target->price && price_counts_tokens(f->target->price);
}

static bool fill_text(const struct bill_facts *f, struct cdt_usage *u)
{
	int64_t more = f->end == BILL_CUT && f->form != GUESS_WHOLE ? IN_FLIGHT : 0;
	int64_t seen = f->seen && f->has_output ? guess_form(f, f->form, f->seen) + more : 0;
	bool guessed = false;

	if (u->input < 0) {
		u->input = guess_form(f, GUESS_BODY, f->body_bytes);
		guessed = true;
	}
	if (u->output < 0 && !f->has_output)
		u->output = 0;
	/* What is said in the middle is not the end. */
	if (u->output < 0 || (f->end == BILL_CUT && u->output < seen)) {
		u->output = seen;
		guessed = true;
	}
	return guessed;
}

/* Of what is read as text; nothing where tokens cost nothing. */
static bool fill_input(const struct bill_facts *f, struct cdt_usage *u)
{
	if (u->input >= 0 || !counts_tokens(f))
		return false;
	u->input = guess_form(f, GUESS_BODY, f->body_bytes);
	return true;
}

static bool fill_images(const struct bill_facts *f, struct cdt_usage *u)
{
	const struct price *p = f->target->price;
	bool guessed = fill_input(f, u);

	if (u->images < 0) {
		u->images = f->measure->images;
		guessed |= f->end != BILL_ANSWERED;
	}
	if (u->output >= 0 || !counts_tokens(f))
		return guessed;
	/* Else their fees say it in other units. */
	if (!p->pictures_in_tokens ||
	    price_of_picture(p, &(struct price_shape){ .size = { "", 0 } }) == PRICE_UNKNOWN)
		u->output = u->images * measure_picture_tokens(f->measure, p);
	return true;
}

static bool fill_speech(const struct bill_facts *f, struct cdt_usage *u)
{
	const struct price *p = f->target->price;
	bool guessed = fill_input(f, u);

	if (u->characters < 0)
		u->characters = f->measure->characters;
	if (u->seconds_ms < 0 && p && p->per_second > 0) {
		u->seconds_ms = f->measure->spoken_ms;
		guessed = true;
	}
	if (u->output < 0 && counts_tokens(f)) {
		u->output = f->measure->spoken_ms * SPOKEN_A_SECOND / 1000 + 1;
		u->audio_out = u->output;
		guessed = true;
	}
	return guessed;
}

static int64_t heard_ms(const struct bill_facts *f, const struct cdt_usage *u)
{
	if (u->seconds_ms >= 0)
		return u->seconds_ms;
	if (f->measure->sound_ms > 0)
		return f->measure->sound_ms;
	return guess_form(f, GUESS_SOUND, f->measure->sound_bytes);
}

static bool fill_upload(const struct bill_facts *f, struct cdt_usage *u)
{
	const struct price *p = f->target->price;
	int64_t ms = heard_ms(f, u);
	bool guessed = false;

	if (u->seconds_ms < 0 && p && p->per_second > 0) {
		u->seconds_ms = ms;
		guessed = true;
	}
	if (!counts_tokens(f))
		return guessed;
	if (u->input < 0) {
		u->audio_in = ms * HEARD_A_SECOND / 1000 + 1;
		u->input = u->audio_in;
		guessed = true;
	}
	if (u->output < 0) {
		u->output = ms * WRITTEN_A_SECOND / 1000 + 1;
		guessed = true;
	}
	return guessed;
}

static bool fill_ranking(const struct bill_facts *f, struct cdt_usage *u)
{
	const struct price *p = f->target->price;
	bool guessed = fill_input(f, u);

	if (u->searches >= 0)
		return guessed;
	u->searches = f->measure->searches;
	/* Long documents may have been several. */
	return guessed || (p && p->per_search > 0 &&
	                   f->measure->searches_max > f->measure->searches);
}

bool unsaid_fill(const struct bill_facts *f, struct cdt_usage *u)
{
	static const struct {
		uint32_t op;
		bool (*fill)(const struct bill_facts *, struct cdt_usage *);
	} kinds[] = {
		{ CDT_OP_IMAGE, fill_images }, { CDT_OP_SPEECH, fill_speech },
		{ CDT_OP_TRANSCRIBE, fill_upload }, { CDT_OP_RERANK, fill_ranking },
		{ CDT_OP_MODERATE, fill_input },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].op == f->op && (f->measure || !measure_matters(f->op)))
			return kinds[i].fill(f, u);
	return fill_text(f, u);
}
