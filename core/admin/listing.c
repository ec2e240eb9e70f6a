/* admin/listing.c - what lists of the configuration have in common.
 * SPDX-License-Identifier: MIT */
#include "admin/listing.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

/* Pico-USD a token are USD for a million with six decimals; pico-USD for one have twelve. */
enum { PLACES_MILLION = 6, PLACES_ONE = 12, MICRO = 1000000 };

const struct router *list_router(const struct inquiry *c)
{
	return c->admin->parts.ops->router(c->admin->parts.arg);
}

void list_begin(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_key(w, "data");
	jsonw_open(w, '[');
}

cdt_status list_end(struct jsonw *w)
{
	jsonw_close(w);
	jsonw_put_null(w, "next");
	jsonw_close(w);
	return CDT_OK;
}

/* --- small writers --- */

void list_put_texts(struct jsonw *w, const char *key, const char *const *texts, size_t n)
{
	jsonw_key(w, key);
	jsonw_open(w, '[');
	for (size_t i = 0; i < n; i++)
		jsonw_z(w, texts[i]);
	jsonw_close(w);
}

void list_put_origin(struct jsonw *w, const char *key, struct config_origin at)
{
	char text[4096];

	if (at.line)
		(void)snprintf(text, sizeof text, "%s:%" PRIu32, at.file, at.line);
	else
		(void)snprintf(text, sizeof text, "%s", at.file);
	jsonw_put_z(w, key, text);
}

/* -1 = not said. */
void list_put_known(struct jsonw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jsonw_put_i64(w, key, v);
	else
		jsonw_put_null(w, key);
}

void list_put_cache_rules(struct jsonw *w, const char *key, const struct config_cache_rules *r)
{
	static const char *const scopes[] = { "key", "group", "global" };
	char ttl[DURATION_TEXT_SIZE];

	jsonw_key(w, key);
	jsonw_open(w, '{');
	if (r->enabled >= 0)
		jsonw_put_flag(w, "enabled", r->enabled);
	if (r->ttl_ms >= 0)
		jsonw_put_z(w, "ttl", duration_text((uint64_t)r->ttl_ms, ttl));
	if (r->scope >= 0)
		jsonw_put_z(w, "scope", scopes[r->scope]);
	if (r->max_temperature >= 0)
		jsonw_put_f64(w, "max_temperature", (double)r->max_temperature / MICRO);
	if (r->ns)
		jsonw_put_z(w, "namespace", r->ns);
	jsonw_close(w);
}

/* v has so many decimal places; at least two are shown. */
static void put_usd(struct jsonw *w, const char *key, int64_t v, int places)
{
	char text[48];
	int64_t one = 1;
	int n;

	if (v < 0)
		return;
	for (int i = 0; i < places; i++)
		one *= 10;
	n = snprintf(text, sizeof text, "%" PRId64 ".%0*" PRId64, v / one, places, v % one);
	while (text[n - 1] == '0' && text[n - 3] != '.')
		text[--n] = '\0';
	jsonw_put_z(w, key, text);
}

static void put_rates(struct jsonw *w, const struct price_tier *tier)
{
	static const char *const names[PRICE_KINDS] = {
		[PRICE_INPUT] = "input", [PRICE_CACHED_INPUT] = "cached_input",
		[PRICE_CACHE_WRITE] = "cache_write",
		[PRICE_CACHE_WRITE_HOUR] = "cache_write_1h", [PRICE_AUDIO_IN] = "audio_input",
		[PRICE_OUTPUT] = "output", [PRICE_REASONING] = "reasoning",
		[PRICE_AUDIO_OUT] = "audio_output", [PRICE_IMAGE_IN] = "image_input",
		[PRICE_IMAGE_OUT] = "image_output",
	};

	for (int k = 0; k < PRICE_KINDS; k++)
		put_usd(w, names[k], tier->rate[k], PLACES_MILLION);
}

static void put_tiers(struct jsonw *w, const struct price *p)
{
	if (p->tier_count < 2)
		return;
	jsonw_key(w, "tiers");
	jsonw_open(w, '[');
	for (size_t i = 1; i < p->tier_count; i++) {
		jsonw_open(w, '{');
		jsonw_put_i64(w, "above", p->tier[i].above);
		put_rates(w, &p->tier[i]);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void put_pictures(struct jsonw *w, const struct price *p)
{
	char size[32];

	if (!p->picture_count)
		return;
	jsonw_key(w, "images");
	jsonw_open(w, '[');
	for (size_t i = 0; i < p->picture_count; i++) {
		const struct price_picture *row = &p->picture[i];

		(void)snprintf(size, sizeof size, "%" PRIu32 "x%" PRIu32, row->width,
		               row->height);
		jsonw_open(w, '{');
		jsonw_put_z(w, "size", size);
		if (row->quality[0])
			jsonw_put_z(w, "quality", row->quality);
		put_usd(w, "per_image", row->pico, PLACES_ONE);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void put_fees(struct jsonw *w, const struct price *p)
{
	put_usd(w, "per_request", p->per_call, PLACES_ONE);
	put_usd(w, "per_image", p->per_image, PLACES_ONE);
	put_usd(w, "per_second", p->per_second, PLACES_ONE);
	put_usd(w, "per_character", p->per_character, PLACES_ONE);
	put_usd(w, "per_search", p->per_search, PLACES_ONE);
	put_pictures(w, p);
}

/* Members as in the configuration.  t may be NULL. */
void list_put_price(struct jsonw *w, const struct target *t)
{
	const struct price *p = t ? t->price : NULL;

	if (!p) {
		jsonw_put_null(w, "price");
		jsonw_put_null(w, "price_row");
		return;
	}
	jsonw_key(w, "price");
	jsonw_open(w, '{');
	put_rates(w, &p->tier[0]);
	put_fees(w, p);
	put_tiers(w, p);
	jsonw_close(w);
	jsonw_put_text(w, "price_row", t->price_row);
}

static void put_row(struct jsonw *w, const struct target *t, cdt_str model, size_t tier)
{
	const struct price *p = t->price;

	jsonw_open(w, '{');
	jsonw_put_text(w, "model", model);
	jsonw_put_text(w, "target", t->name);
	jsonw_put_i64(w, "above", tier ? p->tier[tier].above : 0);
	if (p)
		put_rates(w, &p->tier[tier]);
	if (p && !tier)
		put_fees(w, p);
	if (p)
		jsonw_put_text(w, "price_row", t->price_row);
	else
		jsonw_put_null(w, "price_row");
	jsonw_close(w);
}

void list_put_price_rows(struct jsonw *w, const struct target *t, cdt_str model)
{
	size_t n = t->price ? t->price->tier_count : 1;

	for (size_t i = 0; i < n; i++)
		put_row(w, t, model, i);
}
