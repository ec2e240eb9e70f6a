/* router/route.c - turns one generation of the configuration into routes with open plugin
 * instances.  Decides no order: rank.c does.
 * SPDX-License-Identifier: MIT */
#include "router/route.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/policy.h"
#include "router/instances.h"
#include "router/pricing.h"

enum { ROUTER_BYTES_MAX = 64 << 20 };

struct router {
	struct config *config;
	struct pricing *pricing;
	struct arena arena;                    /* routes, targets and their names */
	/* Providers (NULL: optional and not served), policies, the default policy. */
	struct instance **instances;
	size_t instance_count;
	struct route **routes;
	size_t route_count;
	struct map by_name;                    /* names and aliases -> struct route */
};

static cdt_str joined(struct arena *a, const char *provider, cdt_str model)
{
	return arena_print(a, "%s/%.*s", provider, STR_ARG(model));
}

static struct target *target_new(const struct router *r, struct arena *a,
                                 const struct pricing_place *at, cdt_str model)
{
	const struct config_provider *p = &r->config->providers[at->provider];
	struct target *t = arena_take(a, sizeof *t);

	if (!t)
		return NULL;
	t->config = p;
	t->instance = r->instances[at->provider];
	t->instance_number = (uint32_t)at->provider;
	t->provider = str_z(p->name);
	t->model = model;
	t->name = joined(a, p->name, model);
	t->weight = at->target ? at->target->weight : 1;
	t->tier = at->target ? at->target->tier : 0;
	t->timeouts = (struct fetch_timeouts){
		p->timeouts.connect_ms, p->timeouts.first_byte_ms, p->timeouts.idle_ms,
		p->timeouts.total_ms,
	};
	t->head = arena_print(a, "x-conduit-provider: %s\r\nx-conduit-model: %.*s\r\n"
	                      "x-conduit-target: %.*s\r\n", p->name, STR_ARG(model),
	                      STR_ARG(t->name));
	return pricing_apply(r->pricing, at, a, t) == CDT_OK ? t : NULL;
}

bool target_abort_stops(const struct target *t)
{
	int said = t->config->abort_stops_billing;

	if (said >= 0)
		return said;
	return pricing_is_own_host(t->config) &&
	       provider_caps(t->instance)->flags & CDT_CAPS_ABORT_STOPS_BILLING;
}

static size_t provider_number(const struct config *c, const char *name)
{
	size_t i = 0;

	while (i < c->provider_count && strcmp(c->providers[i].name, name))
		i++;
	return i;
}

static uint32_t policy_number(const struct router *r, const char *name)
{
	const struct config *c = r->config;

	for (size_t i = 0; name && i < c->policy_count; i++)
		if (!strcmp(c->policies[i].name, name))
			return (uint32_t)(c->provider_count + i);
	return r->instance_count > c->provider_count + c->policy_count
		? (uint32_t)(r->instance_count - 1) : (uint32_t)NO_POLICY;
}

static cdt_status route_add(struct router *r, const struct config_model *m)
{
	struct route *route = arena_take(&r->arena, sizeof *route);

	if (!route || m->target_count > ROUTE_TARGETS_MAX)
		return CDT_E_LIMIT;
	route->name = str_z(m->name);
	route->model = m;
	route->policy_number = policy_number(r, m->policy);
	route->targets = arena_take(&r->arena, m->target_count * sizeof *route->targets);
	for (size_t i = 0; route->targets && i < m->target_count; i++) {
		const struct config_target *ct = &m->targets[i];
		struct pricing_place at = { provider_number(r->config, ct->provider), m, ct };
		struct target *t = target_new(r, &r->arena, &at, str_z(ct->model));

		if (!t)
			return CDT_E_LIMIT;
		route->targets[route->target_count++] = t;
	}
	r->routes[r->route_count++] = route;
	(void)map_put(&r->by_name, route->name, route);        /* config has refused doubles */
	for (size_t i = 0; i < m->alias_count; i++)
		(void)map_put(&r->by_name, str_z(m->aliases[i]), route);
	return CDT_OK;
}

static void open_instances(struct router *r, struct registry *plugins,
                           struct config_report *report)
{
	const struct config *c = r->config;
	struct config_options none = { json_new_map(), NULL };
	struct instance_order simple = { "policy", "simple", "default", &none, { "", 0 } };
	struct instance **next;

	r->instances = mem_new_array(c->provider_count + c->policy_count + 1,
	                             sizeof *r->instances);
	next = r->instances;
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct config_provider *p = &c->providers[i];
		struct instance_order order = { "provider", p->type, p->name, &p->options,
		                                p->origin };
		bool absent = p->optional &&
		              !registry_find(plugins, CDT_KIND_PROVIDER, p->type);

		*next++ = absent ? NULL : instance_open(plugins, &order, report);
	}
	for (size_t i = 0; i < c->policy_count; i++) {
		const struct config_policy *p = &c->policies[i];
		struct instance_order order = { "policy", p->type, p->name, &p->options,
		                                p->origin };

		*next++ = instance_open(plugins, &order, report);
	}
	/* What a model without a policy gets; without that plugin: the configured order. */
	if (registry_find(plugins, CDT_KIND_POLICY, "simple"))
		*next++ = instance_open(plugins, &simple, report);
	r->instance_count = (size_t)(next - r->instances);
	json_free(none.values);
}

static cdt_status build_routes(struct router *r)
{
	const struct config *c = r->config;

	r->routes = mem_new_array(c->model_count + 1, sizeof *r->routes);
	for (size_t i = 0; i < c->model_count; i++)
		if (route_add(r, &c->models[i]) != CDT_OK)
			return CDT_E_LIMIT;
	return CDT_OK;
}

struct router *router_new(struct config *c, struct registry *plugins,
                          struct config_report *report)
{
	static const struct config_origin nowhere = { "", 0 };
	struct router *r = mem_new(sizeof *r);
	uint32_t errors = report->errors;

	config_take(c);
	r->config = c;
	arena_init(&r->arena, 4096, ROUTER_BYTES_MAX);
	map_init(&r->by_name);
	open_instances(r, plugins, report);
	r->pricing = pricing_new(c, report);
	if (report->errors == errors && build_routes(r) != CDT_OK)
		config_report_error(report, nowhere, "too many models or targets");
	if (report->errors != errors) {
		router_free(r);
		return NULL;
	}
	return r;
}

void router_free(struct router *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->instance_count; i++)
		instance_close(r->instances[i]);
	map_fini(&r->by_name);
	pricing_free(r->pricing);
	mem_free(r->routes);
	mem_free(r->instances);
	arena_fini(&r->arena);
	config_give(r->config);
	mem_free(r);
}

const struct config *router_config(const struct router *r)
{
	return r->config;
}

static const struct route *find_pattern(const struct router *r, cdt_str model)
{
	for (size_t i = 0; i < r->route_count; i++) {
		const struct config_model *m = r->routes[i]->model;

		for (size_t k = 0; k < m->alias_count; k++)
			if (strchr(m->aliases[k], '*') && str_glob(m->aliases[k], model))
				return r->routes[i];
	}
	return NULL;
}

/* The name becomes part of our answer's head: a line break in it would be one there. */
static bool is_one_line(cdt_str name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7f)
			return false;
	return true;
}

/* "provider/model", where the model part may hold slashes itself. */
static const struct route *direct_route(const struct router *r, cdt_str name, struct arena *a)
{
	cdt_str model = name, provider = str_cut(&model, '/');
	struct pricing_place at = { 0, NULL, NULL };
	struct route *route;
	size_t i = 0;

	if (!r->config->allow_direct || !model.n || !is_one_line(model))
		return NULL;
	while (i < r->config->provider_count && !str_is(provider, r->config->providers[i].name))
		i++;
	if (i == r->config->provider_count || !r->instances[i])
		return NULL;
	route = arena_take(a, sizeof *route);
	if (!route)
		return NULL;
	route->name = name;
	route->policy_number = NO_POLICY;
	route->targets = arena_take(a, sizeof *route->targets);
	if (!route->targets)
		return NULL;
	at.provider = i;
	route->targets[0] = target_new(r, a, &at, model);
	route->target_count = 1;
	return route->targets[0] ? route : NULL;
}

const struct route *router_find(const struct router *r, cdt_str model, struct arena *a)
{
	const struct route *found = map_find(&r->by_name, model);

	if (!found)
		found = find_pattern(r, model);
	return found ? found : direct_route(r, model, a);
}

const struct route *router_at(const struct router *r, size_t i)
{
	return i < r->route_count ? r->routes[i] : NULL;
}

const char *router_nearest(const struct router *r, cdt_str model)
{
	const char **names = mem_new_array(r->route_count + 1, sizeof *names);
	const char *near;

	for (size_t i = 0; i < r->route_count; i++)
		names[i] = r->routes[i]->model->name;
	near = config_nearest(model, names);
	mem_free(names);
	return near;
}

size_t router_instance_count(const struct router *r)
{
	return r->instance_count;
}

struct instance *router_instance(const struct router *r, size_t i)
{
	return r->instances[i];
}
