/* ledger/price.c - rates, tiers and what follows from them.  Sums are of femto-USD in 128
 * bits, because seconds are counted in milliseconds; they are rounded once, at the end, up.
 * SPDX-License-Identifier: MIT */
#include "ledger/price.h"

#include <string.h>

#include "base/str.h"
#include "ledger/money.h"

enum { PICO_IN_NANO = 1000, FEMTO_IN_PICO = 1000 };
enum { MILLION_NANO_IN_PICO = 1000 };      /* nano-USD a million tokens, pico-USD a token */

#define INPUT_KINDS (PRICE_BIT(PRICE_INPUT) | PRICE_BIT(PRICE_CACHED_INPUT) | \
	PRICE_BIT(PRICE_CACHE_WRITE) | PRICE_BIT(PRICE_CACHE_WRITE_HOUR) | \
	PRICE_BIT(PRICE_AUDIO_IN) | PRICE_BIT(PRICE_IMAGE_IN))
#define OUTPUT_KINDS (PRICE_BIT(PRICE_OUTPUT) | PRICE_BIT(PRICE_REASONING) | \
	PRICE_BIT(PRICE_AUDIO_OUT) | PRICE_BIT(PRICE_IMAGE_OUT))
#define ALL_KINDS (INPUT_KINDS | OUTPUT_KINDS)

/* What a kind is priced as when it has no rate: the kinds next to it, and its whole side. */
static const struct { uint32_t next, side; } likeness[PRICE_KINDS] = {
	[PRICE_INPUT]            = { 0, INPUT_KINDS },
	[PRICE_CACHED_INPUT]     = { PRICE_BIT(PRICE_INPUT), INPUT_KINDS },
	[PRICE_CACHE_WRITE]      = { PRICE_BIT(PRICE_INPUT) | PRICE_BIT(PRICE_CACHE_WRITE_HOUR),
	                             INPUT_KINDS },
	[PRICE_CACHE_WRITE_HOUR] = { PRICE_BIT(PRICE_INPUT) | PRICE_BIT(PRICE_CACHE_WRITE),
	                             INPUT_KINDS },
	[PRICE_AUDIO_IN]         = { INPUT_KINDS, INPUT_KINDS },
	[PRICE_OUTPUT]           = { 0, OUTPUT_KINDS },
	[PRICE_REASONING]        = { PRICE_BIT(PRICE_OUTPUT), OUTPUT_KINDS },
	[PRICE_AUDIO_OUT]        = { OUTPUT_KINDS, OUTPUT_KINDS },
	[PRICE_IMAGE_IN]         = { PRICE_BIT(PRICE_INPUT), INPUT_KINDS },
	[PRICE_IMAGE_OUT]        = { PRICE_BIT(PRICE_OUTPUT), OUTPUT_KINDS },
};

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Of these kinds in the tiers first to last, PRICE_UNKNOWN if there is none. */
static int64_t dearest(const struct price *p, size_t first, size_t last, uint32_t kinds)
{
	int64_t rate = PRICE_UNKNOWN;

	for (size_t t = first; t <= last; t++)
		for (int k = 0; k < PRICE_KINDS; k++)
			if (kinds & PRICE_BIT(k))
				rate = greater(rate, p->tier[t].rate[k]);
	return rate;
}

static int64_t rate_of(const struct price *p, size_t tier, int kind)
{
	int64_t rate = p->tier[tier].rate[kind];

	if (rate == PRICE_UNKNOWN)
		rate = greater(dearest(p, 0, tier, PRICE_BIT(kind)),
		               dearest(p, tier, tier, likeness[kind].next));
	if (rate == PRICE_UNKNOWN)
		rate = dearest(p, 0, tier, likeness[kind].next);
	if (rate == PRICE_UNKNOWN)
		rate = dearest(p, 0, tier, likeness[kind].side);
	if (rate == PRICE_UNKNOWN)
		rate = dearest(p, 0, p->tier_count - 1, ALL_KINDS);
	return rate;
}

static size_t tier_of(const struct price *p, int64_t input)
{
	size_t t = p->tier_count - 1;

	while (t > 0 && input <= p->tier[t].above)
		t--;
	return t;
}

/* --- sums --- */

struct sum { __int128 femto; cdt_status status; };

/* Pico-USD a thing. */
static void add(struct sum *s, int64_t count, int64_t price)
{
	__int128 v;

	/* A price has 63 bits, 1000 has 10, a count up to 62. */
	if (__builtin_mul_overflow((__int128)price * FEMTO_IN_PICO, (__int128)count, &v) ||
	    __builtin_add_overflow(s->femto, v, &s->femto))
		s->status = CDT_E_LIMIT;
}

static void add_tokens(struct sum *s, int64_t tokens, int64_t rate)
{
	if (tokens && rate == PRICE_UNKNOWN)
		s->status = CDT_E_ABSENT;
	else if (tokens)
		add(s, tokens, rate);
}

/* What was used beside tokens. */
struct units {
	int64_t images, milliseconds, characters, searches;
	const struct price_shape *shape;
};

static void add_fees(struct sum *s, const struct price *p, const struct units *u)
{
	__int128 time = (__int128)greater(p->per_second, 0) * u->milliseconds;

	add(s, 1, greater(p->per_call, 0));
	add(s, u->characters, greater(p->per_character, 0));
	add(s, u->searches, greater(p->per_search, 0));
	if (__builtin_add_overflow(s->femto, time, &s->femto))     /* femto already */
		s->status = CDT_E_LIMIT;
}

static void add_pictures(struct sum *s, const struct price *p, const struct units *u)
{
	add(s, u->images, greater(price_of_picture(p, u->shape), 0));
}

static cdt_status finish(const struct sum *s, int64_t *nanousd)
{
	const __int128 unit = PICO_IN_NANO * FEMTO_IN_PICO;
	__int128 nano = s->femto / unit + (s->femto % unit != 0);

	if (s->status != CDT_OK)
		return s->status;
	if (nano > INT64_MAX)
		return CDT_E_LIMIT;
	*nanousd = (int64_t)nano;
	return CDT_OK;
}

static bool is_count(int64_t v)
{
	return v >= 0 && v <= CDT_COUNT_MAX;
}

/* --- the door --- */

void price_init(struct price *p)
{
	*p = (struct price){ .tier_count = 1, .per_call = PRICE_UNKNOWN,
		.per_image = PRICE_UNKNOWN, .per_second = PRICE_UNKNOWN,
		.per_character = PRICE_UNKNOWN, .per_search = PRICE_UNKNOWN };
	for (size_t t = 0; t < PRICE_TIERS_MAX; t++)
		for (int k = 0; k < PRICE_KINDS; k++)
			p->tier[t].rate[k] = PRICE_UNKNOWN;
}

bool price_ok(const struct price *p)
{
	if (p->tier_count < 1 || p->tier_count > PRICE_TIERS_MAX ||
	    p->picture_count > PRICE_PICTURES_MAX)
		return false;
	for (size_t i = 0; i < p->picture_count; i++)
		if (p->picture[i].pico < 0)
			return false;
	for (size_t t = 0; t < p->tier_count; t++) {
		const struct price_tier *tier = &p->tier[t];

		if (t > 0 && (tier->above < 0 || (t > 1 && tier->above <= tier[-1].above)))
			return false;
		for (int k = 0; k < PRICE_KINDS; k++)
			if (tier->rate[k] < PRICE_UNKNOWN)
				return false;
	}
	return p->per_call >= PRICE_UNKNOWN && p->per_image >= PRICE_UNKNOWN &&
	       p->per_second >= PRICE_UNKNOWN && p->per_character >= PRICE_UNKNOWN &&
	       p->per_search >= PRICE_UNKNOWN;
}

bool price_counts_tokens(const struct price *p)
{
	return dearest(p, 0, p->tier_count - 1, ALL_KINDS) > 0;
}

/* --- pictures --- */

static bool is_said(cdt_str word)
{
	return word.n && !str_is(word, "auto");
}

static bool has_size(const struct price_picture *row, cdt_str size)
{
	cdt_str high = size, wide = str_cut(&high, 'x');
	uint64_t width, height;

	return str_u64(wide, &width) && str_u64(high, &height) && width == row->width &&
	       height == row->height;
}

/* Of the rows of that size and quality ("": any) the dearest. */
static int64_t dearest_picture(const struct price *p, cdt_str size, const char *quality)
{
	int64_t pico = PRICE_UNKNOWN;

	for (size_t i = 0; i < p->picture_count; i++) {
		const struct price_picture *row = &p->picture[i];

		if ((!size.n || has_size(row, size)) &&
		    (!quality || !strcmp(quality, row->quality)))
			pico = greater(pico, row->pico);
	}
	return pico;
}

static int64_t of_quality(const struct price *p, cdt_str size, cdt_str quality)
{
	char word[PRICE_QUALITY_SIZE] = "";

	if (quality.n >= sizeof word)
		return PRICE_UNKNOWN;
	memcpy(word, quality.p, quality.n);
	return dearest_picture(p, size, word);
}

int64_t price_of_picture(const struct price *p, const struct price_shape *shape)
{
	cdt_str size = is_said(shape->size) ? shape->size : CDT_STR("");
	int64_t pico = PRICE_UNKNOWN;

	/* Where pictures are tokens, who says nothing leaves it to the upstream. */
	if (is_said(shape->quality))
		pico = of_quality(p, size, shape->quality);
	else if (p->pictures_in_tokens)
		pico = dearest_picture(p, size, NULL);
	else if (!size.n && !shape->quality.n && !shape->size.n)
		pico = p->per_image;
	else if (size.n && !shape->quality.n)
		pico = greater(dearest_picture(p, size, ""),
		               dearest_picture(p, size, "standard"));
	if (pico == PRICE_UNKNOWN && size.n)
		pico = dearest_picture(p, size, NULL);
	if (pico == PRICE_UNKNOWN)
		pico = greater(p->per_image, dearest_picture(p, CDT_STR(""), NULL));
	return pico;
}

/* --- counts --- */

bool price_parse_million(cdt_str usd, int64_t *pico)
{
	int64_t nano;

	if (!money_parse(usd, &nano) || nano % MILLION_NANO_IN_PICO)
		return false;
	*pico = nano / MILLION_NANO_IN_PICO;
	return true;
}

bool price_parse_each(cdt_str usd, int64_t *pico)
{
	int64_t nano;

	return money_parse(usd, &nano) && money_mul(nano, PICO_IN_NANO, pico);
}

cdt_status price_counts_of(const struct cdt_usage *u, bool writes_for_an_hour,
                           struct price_counts *out)
{
	const int64_t said[] = { u->input, u->output, u->cache_read, u->cache_write,
		u->reasoning, u->audio_in, u->audio_out, u->images, u->seconds_ms,
		u->characters, u->image_in, u->image_out, u->searches };
	int64_t input = greater(u->input, 0), output = greater(u->output, 0);
	int64_t audio_in = greater(u->audio_in, 0), audio_out = greater(u->audio_out, 0);
	int64_t cached = greater(u->cache_read, 0), written = greater(u->cache_write, 0);
	int64_t image_in = greater(u->image_in, 0), image_out = greater(u->image_out, 0);
	int64_t reasoning = greater(u->reasoning, 0), most = -1;

	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		if (said[i] < -1 || said[i] > CDT_COUNT_MAX)
			return CDT_E_INVALID;
		most = greater(most, said[i]);
	}
	if (most < 0)
		return CDT_E_ABSENT;
	if (cached + written > input || audio_in + image_in > input ||
	    reasoning > output || audio_out + image_out > output)
		return CDT_E_INVALID;
	written = lesser(written, input - audio_in);
	cached = lesser(cached, input - audio_in - written);
	image_in = lesser(image_in, input - audio_in - written - cached);
	reasoning = lesser(reasoning, output - audio_out - image_out);

	*out = (struct price_counts){ .images = greater(u->images, 0),
		.milliseconds = greater(u->seconds_ms, 0),
		.characters = greater(u->characters, 0), .searches = greater(u->searches, 0),
		.mixed_in = u->image_in < 0, .mixed_out = u->image_out < 0 };
	out->tokens[PRICE_IMAGE_IN] = image_in;
	out->tokens[PRICE_IMAGE_OUT] = image_out;
	out->tokens[PRICE_INPUT] = input - cached - written - audio_in - image_in;
	out->tokens[PRICE_CACHED_INPUT] = cached;
	out->tokens[writes_for_an_hour ? PRICE_CACHE_WRITE_HOUR : PRICE_CACHE_WRITE] = written;
	out->tokens[PRICE_AUDIO_IN] = audio_in;
	out->tokens[PRICE_OUTPUT] = output - reasoning - audio_out - image_out;
	out->tokens[PRICE_REASONING] = reasoning;
	out->tokens[PRICE_AUDIO_OUT] = audio_out;
	return CDT_OK;
}

/* The rate of a kind among whose tokens may be those of another. */
static int64_t mixed_rate(const struct price *p, size_t tier, const struct price_counts *c,
                          int kind)
{
	int64_t rate = rate_of(p, tier, kind);

	if (kind == PRICE_INPUT && c->mixed_in)
		rate = greater(rate, rate_of(p, tier, PRICE_IMAGE_IN));
	if (kind == PRICE_OUTPUT && c->mixed_out)
		rate = greater(rate, rate_of(p, tier, PRICE_IMAGE_OUT));
	return rate;
}

/* Of tokens of these kinds; CDT_E_INVALID: there can not be so many. */
static cdt_status sum_side(const struct price_counts *c, uint32_t kinds, int64_t *tokens)
{
	*tokens = 0;
	for (int k = 0; k < PRICE_KINDS; k++) {
		if (!is_count(c->tokens[k]))
			return CDT_E_INVALID;
		if (kinds & PRICE_BIT(k))
			*tokens += c->tokens[k];
	}
	return CDT_OK;
}

cdt_status price_cost(const struct price *p, const struct price_counts *counts,
                      int64_t *nanousd)
{
	const struct units units = { counts->images, counts->milliseconds, counts->characters,
	                             counts->searches, &counts->shape };
	struct sum sum = { 0, CDT_OK };
	int64_t input, output;
	size_t tier;

	if (!price_ok(p) || !is_count(counts->images) || !is_count(counts->milliseconds) ||
	    !is_count(counts->characters) || !is_count(counts->searches) ||
	    sum_side(counts, INPUT_KINDS, &input) != CDT_OK ||
	    sum_side(counts, OUTPUT_KINDS, &output) != CDT_OK)
		return CDT_E_INVALID;
	tier = tier_of(p, input);
	for (int k = 0; k < PRICE_KINDS; k++)
		add_tokens(&sum, counts->tokens[k], mixed_rate(p, tier, counts, k));
	add_fees(&sum, p, &units);
	if (!p->pictures_in_tokens || !output)
		add_pictures(&sum, p, &units);
	return finish(&sum, nanousd);
}

/* The dearest rate of these kinds that an input of so many tokens can come to. */
static int64_t dearest_of(const struct price *p, int64_t input_max, uint32_t kinds)
{
	int64_t rate = PRICE_UNKNOWN;

	for (size_t t = 0; t <= tier_of(p, input_max); t++)
		for (int k = 0; k < PRICE_KINDS; k++)
			if (kinds & PRICE_BIT(k))
				rate = greater(rate, rate_of(p, t, k));
	return rate;
}

/* Those that can occur; pictures may stand for text unsaid. */
static uint32_t kinds_of(const struct price_bounds *b)
{
	uint32_t kinds = b->kinds ? b->kinds : ALL_KINDS;

	if (kinds & PRICE_BIT(PRICE_INPUT))
		kinds |= PRICE_BIT(PRICE_IMAGE_IN);
	if (kinds & PRICE_BIT(PRICE_OUTPUT))
		kinds |= PRICE_BIT(PRICE_IMAGE_OUT);
	return kinds;
}

/* The output, and its pictures where these are another's way to say the same. */
static void add_output(struct sum *s, const struct price *p, const struct price_bounds *b,
                       const struct units *u)
{
	struct sum tokens = { 0, CDT_OK }, pictures = { 0, CDT_OK };

	add_tokens(&tokens, b->output_max * b->n,
	           dearest_of(p, b->input_max, kinds_of(b) & OUTPUT_KINDS));
	add_pictures(&pictures, p, u);
	if (tokens.status != CDT_OK || pictures.status != CDT_OK)
		s->status = tokens.status != CDT_OK ? tokens.status : pictures.status;
	else if (p->pictures_in_tokens)
		tokens.femto = tokens.femto > pictures.femto ? tokens.femto : pictures.femto;
	else if (__builtin_add_overflow(tokens.femto, pictures.femto, &tokens.femto))
		s->status = CDT_E_LIMIT;
	if (__builtin_add_overflow(s->femto, tokens.femto, &s->femto))
		s->status = CDT_E_LIMIT;
}

cdt_status price_hold(const struct price *p, const struct price_bounds *bounds,
                      int64_t *nanousd)
{
	const struct units units = { bounds->images_max, bounds->milliseconds_max,
	                             bounds->characters_max, bounds->searches_max,
	                             &bounds->shape };
	struct sum sum = { 0, CDT_OK };

	if (!price_ok(p) || !is_count(bounds->input_max) || !is_count(bounds->output_max) ||
	    !is_count(bounds->n) || !is_count(bounds->images_max) ||
	    !is_count(bounds->milliseconds_max) || !is_count(bounds->characters_max) ||
	    !is_count(bounds->searches_max))
		return CDT_E_INVALID;
	add_tokens(&sum, bounds->input_max,
	           dearest_of(p, bounds->input_max, kinds_of(bounds) & INPUT_KINDS));
	add_fees(&sum, p, &units);
	add_output(&sum, p, bounds, &units);
	return finish(&sum, nanousd);
}
