/* router/pricing.c - whose prices hold for a provider, and for a target.
 * SPDX-License-Identifier: MIT */
#include "router/pricing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "router/catalog.h"

struct pricing {
	struct catalog *catalog;               /* NULL: nothing is known */
	const struct catalog_list **lists;     /* of each provider; NULL: none */
};

/* --- whose prices --- */

/* The part of a host before its last dot, from the one before: "acme" of api.acme.com. */
static cdt_str owner_of(cdt_str base_url)
{
	cdt_str host = str_skip(base_url, str_search(base_url, CDT_STR("://")) + 3);
	size_t end, start;

	host = str_from(host.p, str_find(host, '/'));
	host = str_from(host.p, str_find(host, ':'));
	for (end = host.n; end > 0 && host.p[end - 1] != '.'; end--)
		;
	end -= end > 0;
	for (start = end; start > 0 && host.p[start - 1] != '.'; start--)
		;
	return str_from(host.p + start, end - start);
}

bool pricing_is_own_host(const struct config_provider *p)
{
	return !p->base_url[0] || str_is_nocase(owner_of(str_z(p->base_url)), p->type);
}

/* A plugin speaks to many hosts; prices are those of one.  NULL: of none. */
static const char *wanted_of(const struct config_provider *p)
{
	if (p->catalog)
		return p->catalog;
	return pricing_is_own_host(p) ? p->type : NULL;
}

static void choose(struct pricing *p, const struct config *c, struct config_report *report)
{
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct config_provider *provider = &c->providers[i];
		const char *wanted = wanted_of(provider), *near;

		if (wanted)
			p->lists[i] = catalog_list(p->catalog, str_z(wanted));
		if (p->lists[i] || !provider->catalog || provider->optional)
			continue;
		near = catalog_nearest(p->catalog, str_z(wanted));
		config_report_error(report, provider->catalog_origin, "provider '%s': the "
		                    "catalogue %s has no '%s'%s%s%s", provider->name,
		                    c->models_file, wanted, near ? "; did you mean '" : "",
		                    near ? near : "", near ? "'?" : "");
	}
}

static void report_fault(const struct config *c, const struct catalog_fault *fault,
                         struct config_report *report)
{
	bool is_default = !c->models_file_origin.file[0];
	struct config_origin at = { c->models_file, fault->line };

	if (is_default)
		config_report_warning(report, at, "the catalogue of models can not be used, so "
		                      "it gives no prices: %s", fault->why);
	else if (fault->line)
		config_report_error(report, at, "the catalogue of models is damaged: %s",
		                    fault->why);
	else
		config_report_error(report, c->models_file_origin, "models_file: %s: %s",
		                    c->models_file, fault->why);
}

struct pricing *pricing_new(const struct config *c, struct config_report *report)
{
	struct pricing *p = mem_new(sizeof *p);
	const char **wanted = mem_new_array(c->provider_count + 1, sizeof *wanted);
	char today[CLOCK_TEXT_SIZE];
	struct catalog_fault fault;
	size_t n = 0;

	p->lists = mem_new_array(c->provider_count + 1, sizeof *p->lists);
	for (size_t i = 0; i < c->provider_count; i++)
		if (wanted_of(&c->providers[i]))
			wanted[n++] = wanted_of(&c->providers[i]);
	today[str_find(str_z(clock_text(clock_wall_ms(), today)), 'T')] = '\0';
	if (c->models_file) {
		p->catalog = catalog_open(c->models_file, today, wanted, &fault);
		if (p->catalog)
			choose(p, c, report);
		else
			report_fault(c, &fault, report);
	}
	mem_free(wanted);
	return p;
}

void pricing_free(struct pricing *p)
{
	if (!p)
		return;
	catalog_free(p->catalog);
	mem_free(p->lists);
	mem_free(p);
}

/* --- rows --- */

static void put_rates(struct price_tier *tier, const struct config_rates *r)
{
	const int64_t rates[PRICE_KINDS] = {
		[PRICE_INPUT] = r->input,
		[PRICE_CACHED_INPUT] = r->cached_input,
		[PRICE_CACHE_WRITE] = r->cache_write,
		[PRICE_CACHE_WRITE_HOUR] = r->cache_write_1h,
		[PRICE_AUDIO_IN] = r->audio_input,
		[PRICE_OUTPUT] = r->output,
		[PRICE_REASONING] = r->reasoning,
		[PRICE_AUDIO_OUT] = r->audio_output,
	};

	memcpy(tier->rate, rates, sizeof rates);
}

static bool has_rate(const struct price_tier *tier)
{
	for (int k = 0; k < PRICE_KINDS; k++)
		if (tier->rate[k] != PRICE_UNKNOWN)
			return true;
	return false;
}

/* The configuration has checked the tiers. */
static void put_configured(struct price *p, const struct config_price *c)
{
	price_init(p);
	put_rates(&p->tier[0], &c->rates);
	p->tier_count += c->tier_count;
	for (size_t i = 0; i < c->tier_count; i++) {
		p->tier[i + 1].above = c->tiers[i].above;
		put_rates(&p->tier[i + 1], &c->tiers[i].rates);
	}
	p->per_call = c->per_request;
	p->per_image = c->per_image;
	p->per_second = c->per_second;
	p->per_character = c->per_character;
	/* Only fees: then its tokens are free. */
	if (!has_rate(&p->tier[0]) && p->tier_count == 1)
		p->tier[0].rate[PRICE_INPUT] = p->tier[0].rate[PRICE_OUTPUT] = 0;
}

static cdt_str configured_row(const struct config_price *c, struct arena *a)
{
	return c->origin.line ? arena_print(a, "config %s:%" PRIu32, c->origin.file,
	                                    c->origin.line)
	                      : arena_print(a, "config %s", c->origin.file);
}

static cdt_status set_price(struct target *t, const struct price *p, cdt_str row,
                            struct arena *a)
{
	struct price *copy = row.p ? arena_take(a, sizeof *copy) : NULL;

	if (!copy)
		return CDT_E_LIMIT;
	*copy = *p;
	t->price = copy;
	t->price_row = row;
	return CDT_OK;
}

static cdt_status apply_catalogue(const struct pricing *p, const struct catalog_list *l,
                                  bool wants_price, struct arena *a, struct target *t)
{
	struct catalog_model known;
	cdt_str list = catalog_list_name(l), date = catalog_date(p->catalog);

	if (!catalog_find(p->catalog, l, t->model, &known))
		return CDT_OK;
	if (t->context_window < 0)
		t->context_window = known.context_window;
	if (t->max_output < 0)
		t->max_output = known.max_output;
	if (!known.is_priced || !wants_price)
		return CDT_OK;
	return set_price(t, &known.price, arena_print(a, "%.*s/%.*s %.*s", STR_ARG(list),
	                                              STR_ARG(known.name), STR_ARG(date)), a);
}

cdt_status pricing_apply(const struct pricing *p, const struct pricing_place *at,
                         struct arena *a, struct target *t)
{
	const struct config_price *c = at->target ? at->target->price : NULL;
	const struct catalog_list *list = p->lists[at->provider];
	cdt_status st = CDT_OK;
	struct price price;

	t->context_window = at->model ? at->model->context_window : -1;
	t->max_output = at->model ? at->model->max_output : -1;
	if (!c && at->model)
		c = at->model->price;
	if (c) {
		put_configured(&price, c);
		st = set_price(t, &price, configured_row(c, a), a);
	}
	if (st == CDT_OK && list)
		st = apply_catalogue(p, list, !c, a, t);
	t->is_free = !t->price && at->model && at->model->unpriced_free;
	return st;
}
