/* router/catalog_record.c - what a record says, as a struct price.  A record gives USD for a
 * million tokens or characters, and USD for one of anything else.
 * SPDX-License-Identifier: MIT */
#include "router/catalog_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonwalk.h"
#include "base/str.h"

/* USD are pico-USD at 10^12, and so are millions at 10^6. */
enum { POWER_MILLION = 6, POWER_ONE = 12, DAY_SECONDS = 86400 };
#define RATE_MAX INT64_C(1000000000000)         /* a million USD for a million */
#define FEE_MAX  INT64_C(1000000000000000000)   /* a million USD for one */

/* The members of a price that a struct price can express.  Of the others it only matters
 * whether they cost something: nobody is to think that such a model is free.  Video that is
 * counted in tokens is not told apart from text, so where it is dearer, all of its side costs
 * that much. */
enum { IN, IMAGE_IN, CACHE_READ, CACHE_WRITE, CACHE_WRITE_HOUR, AUDIO_IN,
       OUT, IMAGE_OUT, VIDEO_OUT, REASONING, AUDIO_OUT, RATES };
enum { REQUEST = RATES, QUERY, IMAGE, IMAGE_READ, SECOND_IN, SECOND_OUT, SECOND_AUDIO,
       CHARACTER_IN, CHARACTER_OUT, MEMBERS };
static const struct {
	const char *name;
	int power;
	int64_t most;
	int kind;                              /* of a rate */
} members[MEMBERS] = {
	[IN]               = { "in", POWER_MILLION, RATE_MAX, PRICE_INPUT },
	[IMAGE_IN]         = { "iin", POWER_MILLION, RATE_MAX, PRICE_IMAGE_IN },
	[CACHE_READ]       = { "cr", POWER_MILLION, RATE_MAX, PRICE_CACHED_INPUT },
	[CACHE_WRITE]      = { "cw", POWER_MILLION, RATE_MAX, PRICE_CACHE_WRITE },
	[CACHE_WRITE_HOUR] = { "cw1h", POWER_MILLION, RATE_MAX, PRICE_CACHE_WRITE_HOUR },
	[AUDIO_IN]         = { "ain", POWER_MILLION, RATE_MAX, PRICE_AUDIO_IN },
	[OUT]              = { "out", POWER_MILLION, RATE_MAX, PRICE_OUTPUT },
	[IMAGE_OUT]        = { "iout", POWER_MILLION, RATE_MAX, PRICE_IMAGE_OUT },
	[VIDEO_OUT]        = { "vout", POWER_MILLION, RATE_MAX, PRICE_OUTPUT },
	[REASONING]        = { "rout", POWER_MILLION, RATE_MAX, PRICE_REASONING },
	[AUDIO_OUT]        = { "aout", POWER_MILLION, RATE_MAX, PRICE_AUDIO_OUT },
	[REQUEST]          = { "request", POWER_ONE, FEE_MAX, 0 },
	[QUERY]            = { "query", POWER_ONE, FEE_MAX, 0 },
	[IMAGE]            = { "img", POWER_ONE, FEE_MAX, 0 },
	[IMAGE_READ]       = { "img_in", POWER_ONE, FEE_MAX, 0 },
	[SECOND_IN]        = { "sec_in", POWER_ONE, FEE_MAX, 0 },
	[SECOND_OUT]       = { "sec_out", POWER_ONE, FEE_MAX, 0 },
	[SECOND_AUDIO]     = { "asec_in", POWER_ONE, FEE_MAX, 0 },
	[CHARACTER_IN]     = { "char_in", POWER_MILLION, RATE_MAX, 0 },
	[CHARACTER_OUT]    = { "char_out", POWER_MILLION, RATE_MAX, 0 },
};

/* One row of a record: a price, a tier, a price with a date. */
struct row {
	int64_t pico[MEMBERS];                         /* PRICE_UNKNOWN where it is silent */
	bool costs_more;                               /* in ways that can not be counted */
};

struct record {
	struct row base, tier[PRICE_TIERS_MAX];        /* tier[0] is not used */
	int64_t above[PRICE_TIERS_MAX];
	size_t tier_count;                             /* with the base */
	bool embeds, draws, ranks;
	cdt_str tiers, dated;                          /* {NULL,0}: none */
	struct catalog_model *out;
	const char *today;
	char *why;
};

/* --- numbers --- */

/* The exponent of a number, 0 when it has none; cuts it off.  Beyond +-999 it is +-999. */
static int cut_exponent(cdt_str *number)
{
	cdt_str rest = *number;
	bool negative;
	int v = 0;

	for (size_t i = 0; i < rest.n; i++)
		if ((rest.p[i] | 0x20) == 'e') {
			number->n = i;
			rest = str_skip(rest, i + 1);
			negative = rest.n && *rest.p == '-';
			for (i = negative || (rest.n && *rest.p == '+'); i < rest.n; i++)
				v = v > 99 ? 999 : v * 10 + (rest.p[i] - '0');
			return negative ? -v : v;
		}
	return 0;
}

bool record_number(cdt_str number, int power, int64_t most, int64_t *out)
{
	/* So many digits, from the left, make the whole part of the product. */
	int whole = power + cut_exponent(&number), at = 0;
	bool rest = false;
	int64_t v = 0;

	whole += (int)str_find(number, '.');
	for (size_t i = 0; i < number.n; i++) {
		int digit = number.p[i] - '0';

		if (number.p[i] == '-')
			return false;
		if (number.p[i] == '.')
			continue;
		if (at++ >= whole)
			rest |= digit != 0;
		else if (__builtin_mul_overflow(v, 10, &v) ||
		         __builtin_add_overflow(v, digit, &v))
			return false;
	}
	for (; v && at < whole; at++)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	if (v > most - rest)
		return false;
	*out = v + rest;
	return true;
}

bool record_is_date(cdt_str s)
{
	static const char form[] = "0000-00-00";

	for (size_t i = 0; i < s.n && i < sizeof form - 1; i++)
		if (form[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != '-')
			return false;
	return s.n == sizeof form - 1;
}

static bool is_number(cdt_str value)
{
	uint32_t type = jsonwalk_type(value);

	return type == CDT_INT || type == CDT_REAL;
}

static bool read_count(cdt_str value, int64_t *out)
{
	return jsonwalk_type(value) == CDT_INT && str_i64(value, out) && *out <= CDT_COUNT_MAX;
}

__attribute__((format(printf, 2, 3)))
static bool wrong(struct record *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(r->why, RECORD_WHY_SIZE, fmt, args);    /* cut when it is longer */
	va_end(args);
	return false;
}

/* --- rows --- */

static void row_init(struct row *row)
{
	row->costs_more = false;
	for (int i = 0; i < MEMBERS; i++)
		row->pico[i] = PRICE_UNKNOWN;
}

static int member_number(cdt_str name)
{
	int i = 0;

	while (i < MEMBERS && !str_is(name, members[i].name))
		i++;
	return i;
}

/* place: "price", for messages. */
static bool row_read(struct record *r, cdt_str map, const char *place, struct row *row)
{
	cdt_str rest = jsonwalk_inside(map), key, value;

	if (jsonwalk_type(map) != CDT_MAP)
		return wrong(r, "%s must be a map", place);
	while (jsonwalk_member(&rest, &key, &value)) {
		int i = member_number(key);
		int64_t other;

		if (i == MEMBERS)
			row->costs_more |= is_number(value) && !str_is(key, "above") &&
			                   (!record_number(value, POWER_ONE, FEE_MAX,
			                                   &other) || other > 0);
		else if (!is_number(value) ||
		         !record_number(value, members[i].power, members[i].most,
		                        &row->pico[i]))
			return wrong(r, "%s.%s must be USD, 0 to 1000000", place,
			             members[i].name);
	}
	return true;
}

/* What over says wins. */
static void row_lay(struct row *row, const struct row *over)
{
	for (int i = 0; i < MEMBERS; i++)
		if (over->pico[i] != PRICE_UNKNOWN)
			row->pico[i] = over->pico[i];
}

static bool says(const struct row *row, int first, int end)
{
	while (first < end && row->pico[first] == PRICE_UNKNOWN)
		first++;
	return first < end;
}

/* The inside of a text; {NULL,0} when it is none. */
static cdt_str text_of(cdt_str value)
{
	return value.n < 2 || *value.p != '"' ? (cdt_str){ NULL, 0 }
	                                      : str_from(value.p + 1, value.n - 2);
}

/* Of the rows whose day has come the one with the latest, on top of the price. */
static bool read_dated(struct record *r)
{
	cdt_str rest = jsonwalk_inside(r->dated), entry, latest = { NULL, 0 };
	struct row row, chosen;

	row_init(&chosen);
	while (jsonwalk_element(&rest, &entry)) {
		cdt_str from = jsonwalk_get(entry, "from"), day = text_of(from);

		row_init(&row);
		if (!row_read(r, entry, "dated", &row))
			return false;
		if (jsonwalk_type(from) != CDT_NULL && !record_is_date(day))
			return wrong(r, "dated.from must be a date or null");
		if (str_cmp(day, str_z(r->today)) > 0 || str_cmp(day, latest) < 0)
			continue;
		latest = day;
		chosen = row;
	}
	row_lay(&r->base, &chosen);
	return true;
}

/* A tier from 0 tokens on is what all others begin from. */
static bool add_tier(struct record *r, int64_t above, struct row *row)
{
	if (above == 0 && r->tier_count == 1) {
		row_lay(&r->base, row);
		return true;
	}
	if (above <= r->above[r->tier_count - 1])
		return wrong(r, "tiers must be in order");
	if (r->tier_count == PRICE_TIERS_MAX)
		return wrong(r, "more than %d tiers", PRICE_TIERS_MAX - 1);
	r->tier[r->tier_count] = *row;
	r->above[r->tier_count++] = above;
	return true;
}

/* Those of a class of service ("tier") and those that are not about tokens are left out. */
static bool read_tiers(struct record *r)
{
	cdt_str rest = jsonwalk_inside(r->tiers), entry;
	int64_t above;
	struct row row;

	while (jsonwalk_element(&rest, &entry)) {
		row_init(&row);
		if (!row_read(r, entry, "tiers", &row))
			return false;
		if (!read_count(jsonwalk_get(entry, "above"), &above) || above < 0)
			return wrong(r, "tiers.above must be a count of tokens");
		if (jsonwalk_get(entry, "tier").n || !says(&row, IN, RATES))
			continue;
		if (!add_tier(r, above, &row))
			return false;
	}
	return true;
}

/* --- a struct price of them --- */

static int64_t dearest(const struct row *row, int first, int last)
{
	int64_t v = PRICE_UNKNOWN;

	for (int i = first; i <= last; i++)
		v = row->pico[i] > v ? row->pico[i] : v;
	return v;
}

static void put_rates(struct price_tier *tier, const struct row *row)
{
	for (int i = 0; i < RATES; i++)
		if (row->pico[i] > tier->rate[members[i].kind])
			tier->rate[members[i].kind] = row->pico[i];
}

/* A tier that is silent about video leaves it as it is. */
static void put_tier(const struct record *r, size_t number, struct price *p)
{
	struct row row = r->tier[number];

	if (row.pico[VIDEO_OUT] == PRICE_UNKNOWN)
		row.pico[VIDEO_OUT] = r->base.pico[VIDEO_OUT];
	p->tier[number].above = r->above[number];
	put_rates(&p->tier[number], &row);
}

/* Where tokens cost something, images, seconds and characters are the same in other units;
 * but what is embedded is either text or one of them, and what draws may not say how many
 * tokens that were. */
static void put_fees(const struct record *r, struct price *p)
{
	const struct row *row = &r->base;
	bool by_tokens = dearest(row, IN, RATES - 1) > 0;
	int64_t calls = dearest(row, REQUEST, REQUEST), queries = dearest(row, QUERY, QUERY);

	/* Both are far below the half of what there can be. */
	p->per_call = calls;
	if (r->ranks)
		p->per_search = queries;
	else if (queries >= 0)
		p->per_call = calls < 0 ? queries : calls + queries;
	p->pictures_in_tokens = by_tokens && r->draws;
	if (p->pictures_in_tokens)
		p->per_image = row->pico[IMAGE];
	if (!by_tokens || r->embeds) {
		p->per_image = dearest(row, IMAGE, IMAGE_READ);
		p->per_second = dearest(row, SECOND_IN, SECOND_AUDIO);
	}
	if (!by_tokens)
		p->per_character = dearest(row, CHARACTER_IN, CHARACTER_OUT);
}

/* Nothing that is known costs anything, and something else does. */
static bool hides_its_price(const struct record *r)
{
	return r->base.costs_more && dearest(&r->base, 0, MEMBERS - 1) <= 0 &&
	       r->tier_count == 1 && !r->out->price.picture_count;
}

static void put_price(const struct record *r)
{
	struct price *p = &r->out->price;

	put_rates(&p->tier[0], &r->base);
	p->tier_count = r->tier_count;
	for (size_t i = 1; i < r->tier_count; i++)
		put_tier(r, i, p);
	put_fees(r, p);
	if (!says(&r->base, IN, RATES) && r->tier_count == 1)
		p->tier[0].rate[PRICE_INPUT] = p->tier[0].rate[PRICE_OUTPUT] = 0;
	r->out->is_priced = (r->tier_count > 1 || says(&r->base, 0, MEMBERS) ||
	                     p->picture_count) && !hides_its_price(r);
}

/* "hd/1024x1792", or only its size. */
static bool read_shape(cdt_str key, struct price_picture *out)
{
	cdt_str rest = key, quality = CDT_STR(""), wide;
	uint64_t width, height;

	if (str_find(key, '/') < key.n)
		quality = str_cut(&rest, '/');
	wide = str_cut(&rest, 'x');
	if (quality.n >= sizeof out->quality || !str_u64(wide, &width) ||
	    !str_u64(rest, &height) || width > UINT16_MAX || height > UINT16_MAX)
		return false;
	*out = (struct price_picture){ .width = (uint32_t)width, .height = (uint32_t)height };
	memcpy(out->quality, quality.p, quality.n);
	return true;
}

static bool read_pictures(struct record *r, cdt_str map)
{
	cdt_str rest = jsonwalk_inside(map), key, value;
	struct price *p = &r->out->price;

	if (jsonwalk_type(map) != CDT_MAP)
		return wrong(r, "img_by must be a map");
	while (jsonwalk_member(&rest, &key, &value)) {
		struct price_picture *row = &p->picture[p->picture_count];

		if (p->picture_count == PRICE_PICTURES_MAX)
			return wrong(r, "img_by has more than %d rows", PRICE_PICTURES_MAX);
		if (!read_shape(key, row))
			return wrong(r, "img_by.%.*s must be [QUALITY/]WIDTHxHEIGHT",
			             STR_ARG(key));
		if (!is_number(value) ||
		    !record_number(value, POWER_ONE, FEE_MAX, &row->pico))
			return wrong(r, "img_by.%.*s must be USD, 0 to 1000000", STR_ARG(key));
		p->picture_count++;
	}
	return true;
}

/* --- what else is known --- */

static bool read_mode(struct record *r, cdt_str value)
{
	cdt_str mode = text_of(value);

	r->embeds = str_is(mode, "embedding");
	r->draws = str_starts(mode, "image_");
	r->ranks = str_is(mode, "rerank");
	r->out->known.abilities |= abilities_of_mode(mode);
	return true;
}

static bool read_flags(struct record *r, cdt_str value)
{
	cdt_str rest = jsonwalk_inside(value), flag;

	if (jsonwalk_type(value) != CDT_LIST)
		return wrong(r, "caps must be a list");
	while (jsonwalk_element(&rest, &flag))
		r->out->known.abilities |= abilities_of_flag(text_of(flag));
	return true;
}

static bool read_dims(struct record *r, cdt_str value)
{
	return (read_count(value, &r->out->known.dims) && r->out->known.dims > 0) ||
	       wrong(r, "dims must be a count");
}

static bool read_end(struct record *r, cdt_str value)
{
	cdt_str day = text_of(value);
	struct known *k = &r->out->known;

	if (jsonwalk_type(value) == CDT_FLAG) {
		k->life = str_is(value, "true") ? LIFE_DEPRECATED : LIFE_GOOD;
		return true;
	}
	if (!record_is_date(day))
		return wrong(r, "deprecated must be a date or a flag");
	k->ends = day;
	k->life = str_cmp(day, str_z(r->today)) > 0 ? LIFE_DEPRECATED : LIFE_ENDED;
	return true;
}

static bool read_release(struct record *r, cdt_str value)
{
	cdt_str day = text_of(value);
	uint64_t y, m, d;

	if (!record_is_date(day) || !str_u64(str_from(day.p, 4), &y) ||
	    !str_u64(str_from(day.p + 5, 2), &m) || !str_u64(str_from(day.p + 8, 2), &d))
		return wrong(r, "released must be a date");
	r->out->known.released_s =
		clock_days((int64_t)y, (int64_t)m, (int64_t)d) * DAY_SECONDS;
	return true;
}

/* --- the door --- */

static bool read_price(struct record *r, cdt_str value)
{
	return row_read(r, value, "price", &r->base);
}

static bool read_window(struct record *r, cdt_str value)
{
	return (read_count(value, &r->out->context_window) && r->out->context_window > 0) ||
	       wrong(r, "ctx must be a count of tokens");
}

static bool read_max_output(struct record *r, cdt_str value)
{
	return (read_count(value, &r->out->max_output) && r->out->max_output > 0) ||
	       wrong(r, "max_out must be a count of tokens");
}

static bool keep_tiers(struct record *r, cdt_str value)
{
	r->tiers = value;
	return jsonwalk_type(value) == CDT_LIST || wrong(r, "tiers must be a list");
}

static bool keep_dated(struct record *r, cdt_str value)
{
	r->dated = value;
	return jsonwalk_type(value) == CDT_LIST || wrong(r, "dated must be a list");
}

bool record_read(cdt_str record, const char *today, struct catalog_model *out,
                 char why[RECORD_WHY_SIZE])
{
	static const struct { const char *name; bool (*read)(struct record *, cdt_str); }
	readers[] = {
		{ "caps", read_flags }, { "ctx", read_window }, { "dated", keep_dated },
		{ "deprecated", read_end }, { "dims", read_dims }, { "img_by", read_pictures },
		{ "max_out", read_max_output }, { "mode", read_mode }, { "price", read_price },
		{ "released", read_release }, { "tiers", keep_tiers },
	};
	struct record r = { .tier_count = 1, .out = out, .today = today, .why = why };
	cdt_str rest = jsonwalk_inside(record), key, value;

	row_init(&r.base);
	price_init(&out->price);
	out->context_window = out->max_output = -1;
	out->known = (struct known){ .row = { "", 0 }, .dims = -1, .ends = { "", 0 } };
	if (jsonwalk_type(record) != CDT_MAP)
		return wrong(&r, "a record must be a map");
	while (jsonwalk_member(&rest, &key, &value))
		for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
			if (str_is(key, readers[i].name) && !readers[i].read(&r, value))
				return false;
	if (!read_dated(&r) || !read_tiers(&r))
		return false;
	put_price(&r);
	return true;
}
