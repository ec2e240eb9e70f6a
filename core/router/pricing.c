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

enum { NAMES_BYTES_MAX = 1 << 20, OTHER_NAMES_MAX = 16 };

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

/* A plugin speaks to many hosts; prices are those of one.  NULL: of none.  instance may be
 * NULL. */
static const char *wanted_of(const struct config_provider *p, const struct instance *instance,
                             struct arena *a)
{
	cdt_str said = { NULL, 0 };

	if (p->catalog)
		return p->catalog;
	if (instance)
		said = provider_catalog(instance, str_z(p->base_url));
	if (said.p)
		return said.n ? arena_str(a, said).p : NULL;
	return pricing_is_own_host(p) ? p->type : NULL;
}

static void choose(struct pricing *p, const struct config *c, const char *const *of_each,
                   struct config_report *report)
{
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct config_provider *provider = &c->providers[i];
		const char *wanted = of_each[i], *near;

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

struct pricing *pricing_new(const struct config *c, struct instance *const *instances,
                            struct config_report *report)
{
	struct pricing *p = mem_new(sizeof *p);
	const char **of_each = mem_new_array(c->provider_count + 1, sizeof *of_each);
	const char **wanted = mem_new_array(c->provider_count + 1, sizeof *wanted);
	char today[CLOCK_TEXT_SIZE];
	struct catalog_fault fault;
	struct arena names;
	size_t n = 0;

	arena_init(&names, 256, NAMES_BYTES_MAX);
	p->lists = mem_new_array(c->provider_count + 1, sizeof *p->lists);
	for (size_t i = 0; i < c->provider_count; i++) {
		of_each[i] = wanted_of(&c->providers[i], instances[i], &names);
		if (of_each[i])
			wanted[n++] = of_each[i];
	}
	today[str_find(str_z(clock_text(clock_wall_ms(), today)), 'T')] = '\0';
	if (c->models_file) {
		p->catalog = catalog_open(c->models_file, today, wanted, &fault);
		if (p->catalog)
			choose(p, c, of_each, report);
		else
			report_fault(c, &fault, report);
	}
	mem_free(wanted);
	mem_free(of_each);
	arena_fini(&names);
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
		[PRICE_IMAGE_IN] = r->image_input,
		[PRICE_IMAGE_OUT] = r->image_output,
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
	p->per_search = c->per_search;
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

/* By the configuration's name for it alone, or by the provider's and what else he calls it. */
static bool find(const struct pricing *p, const struct pricing_place *at,
                 const struct target *t, struct catalog_model *out)
{
	const struct catalog_list *l = p->lists[at->provider];
	const char *given = at->target ? at->target->catalog_model : NULL;
	cdt_str other = t->model;

	if (given)
		return catalog_find(p->catalog, l, str_z(given), out);
	for (uint32_t i = 0; other.n && i <= OTHER_NAMES_MAX; i++) {
		if (catalog_find(p->catalog, l, other, out))
			return true;
		other = t->instance ? provider_catalog_model(t->instance, t->model, i)
		                    : CDT_STR("");
	}
	return false;
}

static cdt_status apply_catalogue(const struct pricing *p, const struct pricing_place *at,
                                  bool wants_price, struct arena *a, struct target *t)
{
	cdt_str list = catalog_list_name(p->lists[at->provider]);
	struct catalog_model m;

	if (!find(p, at, t, &m))
		return CDT_OK;
	if (t->context_window < 0)
		t->context_window = m.context_window;
	if (t->max_output < 0)
		t->max_output = m.max_output;
	t->known = m.known;
	t->known.row = arena_print(a, "%.*s/%.*s %.*s", STR_ARG(list), STR_ARG(m.name),
	                           STR_ARG(catalog_date(p->catalog)));
	if (!t->known.row.p)
		return CDT_E_LIMIT;
	return m.is_priced && wants_price ? set_price(t, &m.price, t->known.row, a) : CDT_OK;
}

cdt_status pricing_apply(const struct pricing *p, const struct pricing_place *at,
                         struct arena *a, struct target *t)
{
	const struct config_price *c = at->target ? at->target->price : NULL;
	cdt_status st = CDT_OK;
	struct price price;

	t->known = (struct known){ .row = { "", 0 }, .dims = -1, .ends = { "", 0 } };
	t->context_window = at->model ? at->model->context_window : -1;
	t->max_output = at->model ? at->model->max_output : -1;
	if (!c && at->model)
		c = at->model->price;
	if (c) {
		put_configured(&price, c);
		st = set_price(t, &price, configured_row(c, a), a);
	}
	if (st == CDT_OK && p->lists[at->provider])
		st = apply_catalogue(p, at, !c, a, t);
	t->is_free = !t->price && at->model && at->model->unpriced_free;
	return st;
}

void pricing_warn(const struct pricing *p, const struct pricing_place *at,
                  const struct target *t, struct config_report *report)
{
	const struct known *k = &t->known;
	const char *given = at->target->catalog_model;

	const struct catalog_list *l = p->lists[at->provider];

	if (given && l && !k->row.n)
		config_report_warning(report, at->target->origin, "model '%s': the catalogue's "
		                      "list '%.*s' has no '%s'", at->model->name,
		                      STR_ARG(catalog_list_name(l)), given);
	if (k->life == LIFE_ENDED)
		config_report_warning(report, at->target->origin, "model '%s': %.*s was shut "
		                      "down on %.*s, says the catalogue", at->model->name,
		                      STR_ARG(t->name), STR_ARG(k->ends));
	else if (k->life == LIFE_DEPRECATED)
		config_report_warning(report, at->target->origin, "model '%s': %.*s is "
		                      "deprecated%s%.*s, says the catalogue", at->model->name,
		                      STR_ARG(t->name), k->ends.n ? " and ends on " : "",
		                      STR_ARG(k->ends));
}
