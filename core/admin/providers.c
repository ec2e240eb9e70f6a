/* admin/providers.c - who answers, for what, and where it was said: providers and routes of the
 * configuration in effect.
 * SPDX-License-Identifier: MIT */
#include "admin/listing.h"

#include "router/route.h"

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
	const struct config *config = admin_config(c->admin);
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
		list_put_origin(w, "defined_at", p->origin);
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
	list_put_price(w, t);
	jsonw_close(w);
}

cdt_status admin_routes_list(struct inquiry *c)
{
	struct jsonw *w = &c->json;
	const struct route *r;

	list_begin(w);
	for (size_t i = 0; (r = router_at(list_router(c), i)); i++) {
		const struct config_model *m = r->model;

		jsonw_open(w, '{');
		jsonw_put_z(w, "model", m->name);
		jsonw_put_z(w, "policy", m->policy ? m->policy : "default");
		jsonw_key(w, "targets");
		jsonw_open(w, '[');
		for (size_t k = 0; k < r->target_count; k++)
			put_way(w, r->targets[k]);
		jsonw_close(w);
		list_put_texts(w, "fallbacks", m->fallbacks, m->fallback_count);
		list_put_texts(w, "context_fallbacks", m->context_fallbacks,
		          m->context_fallback_count);
		list_put_texts(w, "content_fallbacks", m->content_fallbacks,
		          m->content_fallback_count);
		list_put_origin(w, "defined_at", m->origin);
		jsonw_close(w);
	}
	return list_end(w);
}
