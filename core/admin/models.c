/* admin/models.c - what clients may ask for: windows, prices, abilities, and where each figure
 * came from.
 * SPDX-License-Identifier: MIT */
#include "admin/listing.h"

#include "base/clock.h"
#include "base/query.h"
#include "base/str.h"

/* --- which --- */

struct wanted { cdt_str provider, capability, model; };

static void read_wanted(struct inquiry *c, struct wanted *out)
{
	cdt_str query = http_query(c->request);

	out->provider = query_value(&c->arena, query, "provider");
	out->capability = query_value(&c->arena, query, "capability");
	out->model = query_value(&c->arena, query, "model");
}

static bool is_wanted(const struct route *r, const struct wanted *w)
{
	return (!w->provider.n || route_has_provider(r, w->provider)) &&
	       (!w->capability.n || route_is_able(r, w->capability)) &&
	       (!w->model.n || str_eq(r->name, w->model));
}

/* --- figures --- */

/* Those of the configuration have the model's own place. */
static void put_source(struct jsonw *w, const char *key, const struct config_model *m,
                       bool is_configured, cdt_str row)
{
	if (is_configured)
		list_put_origin(w, key, m->origin);
	else if (row.n)
		jsonw_put_text(w, key, row);
	else
		jsonw_put_null(w, key);
}

static void put_abilities(struct jsonw *w, const struct route *r)
{
	const char *word;

	jsonw_key(w, "capabilities");
	jsonw_open(w, '[');
	for (size_t i = 0; (word = route_ability(r, i)); i++)
		jsonw_z(w, word);
	jsonw_close(w);
}

static void put_end(struct jsonw *w, const struct target *t)
{
	if (t && t->known.ends.n)
		jsonw_put_text(w, "ends", t->known.ends);
	else
		jsonw_put_null(w, "ends");
}

/* Windows, price and abilities are those of its first target. */
static void put_figures(struct jsonw *w, const struct route *r, uint64_t now_ms)
{
	const struct config_model *m = r->model;
	const struct target *first = r->target_count ? r->targets[0] : NULL;

	put_abilities(w, r);
	list_put_known(w, "context_window", first ? first->context_window : -1);
	list_put_known(w, "max_output", first ? first->max_output : -1);
	list_put_known(w, "dimensions", first ? first->known.dims : -1);
	list_put_price(w, first);
	jsonw_put_z(w, "unpriced", m->unpriced_free ? "free" : "refuse");
	jsonw_put_z(w, "status", route_status(r, now_ms));
	put_end(w, first);
}

static void put_model(struct jsonw *w, const struct route *r, uint64_t now_ms)
{
	const struct config_model *m = r->model;

	jsonw_put_z(w, "id", m->name);
	list_put_texts(w, "aliases", m->aliases, m->alias_count);
	jsonw_key(w, "targets");
	jsonw_open(w, '[');
	for (size_t k = 0; k < r->target_count; k++)
		jsonw_text(w, r->targets[k]->name);
	jsonw_close(w);
	put_figures(w, r, now_ms);
	list_put_cache_rules(w, "cache", &m->cache);
	list_put_origin(w, "defined_at", m->origin);
}

cdt_status admin_models_list(struct inquiry *c)
{
	struct jsonw *w = &c->json;
	uint64_t now_ms = clock_ms();
	struct wanted wanted;
	const struct route *r;

	read_wanted(c, &wanted);
	list_begin(w);
	for (size_t i = 0; (r = router_at(list_router(c), i)); i++) {
		if (!is_wanted(r, &wanted))
			continue;
		jsonw_open(w, '{');
		put_model(w, r, now_ms);
		jsonw_close(w);
	}
	return list_end(w);
}

/* --- one --- */

static void put_target(struct jsonw *w, const struct config_model *m, const struct target *t,
                       uint64_t now_ms)
{
	cdt_str row = t->known.row;

	jsonw_open(w, '{');
	jsonw_put_text(w, "target", t->name);
	jsonw_put_text(w, "provider", t->provider);
	jsonw_put_text(w, "model", t->model);
	jsonw_put_z(w, "status", target_status(t, now_ms));
	put_end(w, t);
	list_put_known(w, "context_window", t->context_window);
	put_source(w, "context_window_from", m, m->context_window >= 0,
	           t->context_window >= 0 ? row : CDT_STR(""));
	list_put_known(w, "max_output", t->max_output);
	put_source(w, "max_output_from", m, m->max_output >= 0,
	           t->max_output >= 0 ? row : CDT_STR(""));
	list_put_known(w, "dimensions", t->known.dims);
	list_put_price(w, t);
	jsonw_close(w);
}

static const struct route *find_model(struct inquiry *c)
{
	const struct router *router = list_router(c);
	const struct route *r = router_find(router, c->id, &c->arena);
	char hint[CONFIG_HINT_SIZE];
	const char *near;

	if (r && r->model)
		return r;
	near = router_nearest(router, c->id);
	(void)REFUSE(c, PROBLEM_NOT_FOUND, "id", "there is no model '%.*s'%s",
	             STR_ARG(c->id), config_hint(near, hint));
	return NULL;
}

cdt_status admin_models_show(struct inquiry *c)
{
	const struct route *r = find_model(c);
	struct jsonw *w = &c->json;
	uint64_t now_ms = clock_ms();

	if (!r)
		return CDT_E_ABSENT;
	jsonw_open(w, '{');
	put_model(w, r, now_ms);
	put_source(w, "capabilities_from", r->model, r->model->capability_count > 0,
	           r->target_count ? r->targets[0]->known.row : CDT_STR(""));
	jsonw_key(w, "ways");
	jsonw_open(w, '[');
	for (size_t i = 0; i < r->target_count; i++)
		put_target(w, r->model, r->targets[i], now_ms);
	jsonw_close(w);
	jsonw_close(w);
	return CDT_OK;
}

/* --- prices: a row for each target, and for each of its tiers --- */

cdt_status admin_prices_list(struct inquiry *c)
{
	struct jsonw *w = &c->json;
	struct wanted wanted;
	const struct route *r;

	read_wanted(c, &wanted);
	list_begin(w);
	for (size_t i = 0; (r = router_at(list_router(c), i)); i++)
		for (size_t k = 0; is_wanted(r, &wanted) && k < r->target_count; k++)
			if (!wanted.provider.n ||
			    str_eq(r->targets[k]->provider, wanted.provider))
				list_put_price_rows(w, r->targets[k], r->name);
	return list_end(w);
}
