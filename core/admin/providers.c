/* admin/providers.c - who answers, for what, and where it was said: providers, targets, models
 * and routes of the configuration in effect.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/map.h"
#include "base/str.h"
#include "router/route.h"

/* Pico-USD a token are USD for a million with six decimals; pico-USD for one have twelve. */
enum { PLACES_MILLION = 6, PLACES_ONE = 12 };

static const struct router *router_of(const struct inquiry *c)
{
	return c->admin->parts.ops->router(c->admin->parts.arg);
}

static void list_begin(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_key(w, "data");
	jsonw_open(w, '[');
}

static cdt_status list_end(struct jsonw *w)
{
	jsonw_close(w);
	jsonw_put_null(w, "next");
	jsonw_close(w);
	return CDT_OK;
}

/* --- small writers --- */

static void put_texts(struct jsonw *w, const char *key, const char *const *texts, size_t n)
{
	jsonw_key(w, key);
	jsonw_open(w, '[');
	for (size_t i = 0; i < n; i++)
		jsonw_z(w, texts[i]);
	jsonw_close(w);
}

static void put_origin(struct jsonw *w, struct config_origin at)
{
	char text[4096];

	if (at.line)
		(void)snprintf(text, sizeof text, "%s:%" PRIu32, at.file, at.line);
	else
		(void)snprintf(text, sizeof text, "%s", at.file);
	jsonw_put_z(w, "defined_at", text);
}

/* -1 = not said. */
static void put_known(struct jsonw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jsonw_put_i64(w, key, v);
	else
		jsonw_put_null(w, key);
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
		[PRICE_AUDIO_OUT] = "audio_output",
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

/* Members as in the configuration.  t may be NULL. */
static void put_price(struct jsonw *w, const struct target *t)
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
	put_usd(w, "per_request", p->per_call, PLACES_ONE);
	put_usd(w, "per_image", p->per_image, PLACES_ONE);
	put_usd(w, "per_second", p->per_second, PLACES_ONE);
	put_usd(w, "per_character", p->per_character, PLACES_ONE);
	put_tiers(w, p);
	jsonw_close(w);
	jsonw_put_text(w, "price_row", t->price_row);
}

/* --- providers --- */

static void put_timeouts(struct jsonw *w, const struct config_timeouts *t)
{
	jsonw_key(w, "timeout_ms");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "connect", t->connect_ms);
	jsonw_put_i64(w, "first_byte", t->first_byte_ms);
	jsonw_put_i64(w, "idle", t->idle_ms);
	jsonw_put_i64(w, "total", t->total_ms);
	jsonw_close(w);
}

static void put_limits(struct jsonw *w, const struct config_limits *l)
{
	jsonw_key(w, "limits");
	jsonw_open(w, '{');
	if (l->max[LIMIT_CONCURRENCY])
		jsonw_put_i64(w, "concurrent", l->max[LIMIT_CONCURRENCY]);
	if (l->max[LIMIT_RPM])
		jsonw_put_i64(w, "rpm", l->max[LIMIT_RPM]);
	if (l->max[LIMIT_TPM])
		jsonw_put_i64(w, "tpm", l->max[LIMIT_TPM]);
	jsonw_close(w);
}

/* Ids and weights only: nothing of a secret, not even its hint. */
static void put_credentials(struct jsonw *w, const struct config_provider *p)
{
	jsonw_key(w, "keys");
	jsonw_open(w, '[');
	for (size_t i = 0; i < p->credential_count; i++) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "id", p->credentials[i].id);
		jsonw_put_i64(w, "weight", p->credentials[i].weight);
		jsonw_close(w);
	}
	jsonw_close(w);
}

cdt_status admin_providers_list(struct inquiry *c)
{
	const struct config *config = router_config(router_of(c));
	const struct registry *plugins = c->admin->parts.registry;
	struct jsonw *w = &c->json;

	list_begin(w);
	for (size_t i = 0; i < config->provider_count; i++) {
		const struct config_provider *p = &config->providers[i];
		bool served = registry_find(plugins, CDT_KIND_PROVIDER, p->type) != NULL;

		jsonw_open(w, '{');
		jsonw_put_z(w, "name", p->name);
		jsonw_put_z(w, "type", p->type);
		jsonw_put_z(w, "status", served ? "available" : "no plugin");
		jsonw_put_z(w, "base_url", p->base_url);
		put_credentials(w, p);
		put_timeouts(w, &p->timeouts);
		put_limits(w, &p->limits);
		put_origin(w, p->origin);
		jsonw_close(w);
	}
	return list_end(w);
}

/* --- targets --- */

static void put_target(struct jsonw *w, const struct target *t)
{
	jsonw_open(w, '{');
	jsonw_put_text(w, "name", t->name);
	jsonw_put_text(w, "provider", t->provider);
	jsonw_put_text(w, "model", t->model);
	jsonw_put_z(w, "status", "available");
	put_known(w, "context_window", t->context_window);
	put_known(w, "max_output", t->max_output);
	put_price(w, t);
	jsonw_close(w);
}

/* Several routes may lead to one target. */
cdt_status admin_targets_list(struct inquiry *c)
{
	static const char here[] = "";
	void *seen = (void *)(uintptr_t)here;
	const struct route *r;
	struct map names;

	map_init(&names);
	list_begin(&c->json);
	for (size_t i = 0; (r = router_at(router_of(c), i)); i++)
		for (size_t k = 0; k < r->target_count; k++)
			if (!map_put(&names, r->targets[k]->name, seen))
				put_target(&c->json, r->targets[k]);
	map_fini(&names);
	return list_end(&c->json);
}

/* --- models --- */

/* Windows and price are those of its first target. */
cdt_status admin_models_list(struct inquiry *c)
{
	struct jsonw *w = &c->json;
	const struct route *r;

	list_begin(w);
	for (size_t i = 0; (r = router_at(router_of(c), i)); i++) {
		const struct config_model *m = r->model;
		const struct target *first = r->target_count ? r->targets[0] : NULL;

		jsonw_open(w, '{');
		jsonw_put_z(w, "id", m->name);
		put_texts(w, "aliases", m->aliases, m->alias_count);
		jsonw_key(w, "targets");
		jsonw_open(w, '[');
		for (size_t k = 0; k < r->target_count; k++)
			jsonw_text(w, r->targets[k]->name);
		jsonw_close(w);
		put_texts(w, "capabilities", m->capabilities, m->capability_count);
		put_known(w, "context_window", first ? first->context_window : -1);
		put_known(w, "max_output", first ? first->max_output : -1);
		put_price(w, first);
		jsonw_put_z(w, "unpriced", m->unpriced_free ? "free" : "refuse");
		put_origin(w, m->origin);
		jsonw_close(w);
	}
	return list_end(w);
}

/* --- routes --- */

static void put_way(struct jsonw *w, const struct target *t)
{
	jsonw_open(w, '{');
	jsonw_put_text(w, "target", t->name);
	jsonw_put_text(w, "provider", t->provider);
	jsonw_put_text(w, "model", t->model);
	jsonw_put_i64(w, "weight", t->weight);
	put_price(w, t);
	jsonw_close(w);
}

cdt_status admin_routes_list(struct inquiry *c)
{
	struct jsonw *w = &c->json;
	const struct route *r;

	list_begin(w);
	for (size_t i = 0; (r = router_at(router_of(c), i)); i++) {
		const struct config_model *m = r->model;

		jsonw_open(w, '{');
		jsonw_put_z(w, "model", m->name);
		jsonw_put_z(w, "policy", m->policy ? m->policy : "default");
		jsonw_key(w, "targets");
		jsonw_open(w, '[');
		for (size_t k = 0; k < r->target_count; k++)
			put_way(w, r->targets[k]);
		jsonw_close(w);
		put_texts(w, "fallbacks", m->fallbacks, m->fallback_count);
		put_texts(w, "context_fallbacks", m->context_fallbacks,
		          m->context_fallback_count);
		put_texts(w, "content_fallbacks", m->content_fallbacks,
		          m->content_fallback_count);
		put_origin(w, m->origin);
		jsonw_close(w);
	}
	return list_end(w);
}
