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

enum { ROUTER_BYTES_MAX = 64 << 20, NAME_MAX_BYTES = 4096, FOLDED_MAX = 128, WHO_MAX = 8 };

struct router {
	struct config *config;
	struct pricing *pricing;
	struct stats *stats;
	struct health ***accounts;             /* of each provider, of each credential */
	struct arena arena;                    /* routes, targets and their names */
	/* Providers (NULL: optional and not served), policies of the configuration, and one of
	 * each policy plugin with its defaults. */
	struct instance **instances;
	size_t instance_count;
	uint32_t default_policy;               /* NO_POLICY: as configured */
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
	t->health_rules = (struct health_rules){
		p->health.failures, p->health.cooldown_ms, p->health.cooldown_max_ms,
	};
	t->capacity = p->limits.max[LIMIT_CONCURRENCY];
	t->capacity = t->capacity ? t->capacity * (int64_t)credential_count(p) : -1;
	t->accounts = r->accounts[at->provider];
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

cdt_str router_who_can(const struct router *r, uint32_t op, struct arena *a)
{
	cdt_str all = { "", 0 };
	size_t found = 0;

	for (size_t i = 0; i < r->config->provider_count && found < WHO_MAX; i++) {
		if (!r->instances[i] || !(provider_caps(r->instances[i])->ops & CDT_OP_BIT(op)))
			continue;
		all = arena_print(a, "%.*s%s%s", STR_ARG(all), found++ ? ", " : "",
		                  r->config->providers[i].name);
	}
	return all.p ? all : CDT_STR("");
}

static size_t provider_number(const struct config *c, const char *name)
{
	size_t i = 0;

	while (i < c->provider_count && strcmp(c->providers[i].name, name))
		i++;
	return i;
}

/* --- what is remembered of targets beyond this generation --- */

static const char *credential_name(const struct config_provider *p, size_t i)
{
	return p->credential_count ? p->credentials[i].id : "";
}

/* One for each credential: "PROVIDER CREDENTIAL MODEL"; MODEL "": of all models. */
static struct health **take_healths(struct router *r, const struct config_provider *p,
                                    cdt_str model)
{
	size_t n = credential_count(p);
	struct health **all = arena_take(&r->arena, n * sizeof *all);
	struct buf name;

	if (!all)
		return NULL;
	buf_init(&name, NAME_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&name);
		buf_print(&name, "%s %s ", p->name, credential_name(p, i));
		buf_add(&name, model);
		all[i] = stats_health_take(r->stats, buf_str(&name));
	}
	buf_fini(&name);
	return all;
}

static void give_healths(struct router *r, struct health **all, const struct config_provider *p)
{
	for (size_t i = 0; all && i < credential_count(p); i++)
		stats_health_give(r->stats, all[i]);
}

static cdt_status open_accounts(struct router *r)
{
	const struct config *c = r->config;

	r->accounts = mem_new_array(c->provider_count + 1, sizeof *r->accounts);
	for (size_t i = 0; i < c->provider_count; i++) {
		r->accounts[i] = take_healths(r, &c->providers[i], CDT_STR(""));
		if (!r->accounts[i])
			return CDT_E_LIMIT;
	}
	return CDT_OK;
}

static void forget_targets(struct router *r)
{
	for (size_t i = 0; i < r->route_count; i++)
		for (size_t k = 0; k < r->routes[i]->target_count; k++) {
			struct target *t = r->routes[i]->targets[k];

			figures_give(t->figures);
			give_healths(r, t->healths, t->config);
		}
	for (size_t i = 0; r->accounts && i < r->config->provider_count; i++)
		give_healths(r, r->accounts[i], &r->config->providers[i]);
	mem_free(r->accounts);
}

/* --- routes --- */

static cdt_status add_target(struct router *r, struct route *route,
                             const struct config_target *ct, struct config_report *report)
{
	struct pricing_place at = { provider_number(r->config, ct->provider), route->model,
	                            ct };
	struct target *t = target_new(r, &r->arena, &at, str_z(ct->model));

	if (!t)
		return CDT_E_LIMIT;
	t->figures = figures_take(r->stats, t->name);
	route->targets[route->target_count++] = t;
	t->healths = take_healths(r, t->config, t->model);
	pricing_warn(r->pricing, &at, t, report);
	return t->healths ? CDT_OK : CDT_E_LIMIT;
}

static void set_policy(struct router *r, struct route *route, struct config_report *report)
{
	const char *name = route->model->policy, *near;

	route->policy_number = r->default_policy;
	if (!name)
		return;
	route->policy_number = router_policy(r, str_z(name));
	if (route->policy_number != NO_POLICY)
		return;
	near = router_nearest_policy(r, str_z(name));
	config_report_error(report, route->model->origin,
	                    "model '%s': unknown policy '%s'%s%s%s", route->model->name, name,
	                    near ? "; did you mean '" : "", near ? near : "",
	                    near ? "'?" : "");
}

static cdt_status route_add(struct router *r, const struct config_model *m,
                            struct config_report *report)
{
	struct route *route = arena_take(&r->arena, sizeof *route);

	if (!route || m->target_count > ROUTE_TARGETS_MAX)
		return CDT_E_LIMIT;
	route->name = str_z(m->name);
	route->model = m;
	set_policy(r, route, report);
	route->targets = arena_take(&r->arena, m->target_count * sizeof *route->targets);
	if (!route->targets)
		return CDT_E_LIMIT;
	r->routes[r->route_count++] = route;
	for (size_t i = 0; i < m->target_count; i++)
		if (add_target(r, route, &m->targets[i], report) != CDT_OK)
			return CDT_E_LIMIT;
	(void)map_put(&r->by_name, route->name, route);        /* config has refused doubles */
	for (size_t i = 0; i < m->alias_count; i++)
		(void)map_put(&r->by_name, str_z(m->aliases[i]), route);
	return CDT_OK;
}

/* With its defaults; one that insists on options is not there. */
static struct instance *open_default(struct registry *plugins, const char *type,
                                     struct config_report *report)
{
	struct config_options none = { json_new_map(), NULL };
	struct instance_order order = { "policy", type, type, &none, { "", 0 }, NULL };
	struct instance *i = instance_open(plugins, &order, report);

	json_free(none.values);
	return i;
}

static void open_instances(struct router *r, struct registry *plugins,
                           struct config_report *report)
{
	const struct config *c = r->config;
	const char *const *types = registry_names(plugins, CDT_KIND_POLICY);
	size_t type_count = 0;
	struct instance **next;

	while (types[type_count])
		type_count++;
	r->instances = mem_new_array(c->provider_count + c->policy_count + type_count + 1,
	                             sizeof *r->instances);
	next = r->instances;
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct config_provider *p = &c->providers[i];
		struct instance_order order = { "provider", p->type, p->name, &p->options,
		                                p->origin, NULL };
		bool absent = p->optional &&
		              !registry_find(plugins, CDT_KIND_PROVIDER, p->type);

		*next++ = absent ? NULL : instance_open(plugins, &order, report);
	}
	for (size_t i = 0; i < c->policy_count; i++) {
		const struct config_policy *p = &c->policies[i];
		struct instance_order order = { "policy", p->type, p->name, &p->options,
		                                p->origin, NULL };

		*next++ = instance_open(plugins, &order, report);
	}
	for (size_t i = 0; i < type_count; i++)
		*next++ = open_default(plugins, types[i], report);
	r->instance_count = (size_t)(next - r->instances);
	r->default_policy = router_policy(r, CDT_STR("simple"));
}

static cdt_status build_routes(struct router *r, struct config_report *report)
{
	const struct config *c = r->config;

	r->routes = mem_new_array(c->model_count + 1, sizeof *r->routes);
	for (size_t i = 0; i < c->model_count; i++)
		if (route_add(r, &c->models[i], report) != CDT_OK)
			return CDT_E_LIMIT;
	return CDT_OK;
}

struct router *router_new(struct config *c, struct registry *plugins, struct stats *stats,
                          struct config_report *report)
{
	static const struct config_origin nowhere = { "", 0 };
	struct router *r = mem_new(sizeof *r);
	uint32_t errors = report->errors;

	config_take(c);
	r->config = c;
	r->stats = stats;
	arena_init(&r->arena, 4096, ROUTER_BYTES_MAX);
	map_init(&r->by_name);
	open_instances(r, plugins, report);
	r->pricing = pricing_new(c, r->instances, report);
	if (report->errors == errors &&
	    (open_accounts(r) != CDT_OK || build_routes(r, report) != CDT_OK))
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
	forget_targets(r);
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
	route->policy_number = NO_POLICY;      /* one target has no order */
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

/* --- policies and providers by name --- */

/* "least_cost", "LeastCost" and "leastcost" are one name. */
static cdt_str fold(cdt_str name, char out[FOLDED_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < FOLDED_MAX; i++) {
		char c = name.p[i];

		if (c != '_' && c != '-')
			out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return (cdt_str){ out, n };
}

static bool same_policy(cdt_str asked, cdt_str name)
{
	char a[FOLDED_MAX], b[FOLDED_MAX];

	return str_eq(fold(asked, a), fold(name, b));
}

uint32_t router_policy(const struct router *r, cdt_str name)
{
	size_t first = r->config->provider_count;

	for (size_t i = first; i < r->instance_count; i++)
		if (r->instances[i] && str_is(name, instance_name(r->instances[i])))
			return (uint32_t)i;
	for (size_t i = first; i < r->instance_count; i++)
		if (r->instances[i] && same_policy(name, str_z(instance_name(r->instances[i]))))
			return (uint32_t)i;
	return NO_POLICY;
}

const char *router_policy_name(const struct router *r, uint32_t number)
{
	return number < r->instance_count ? instance_name(r->instances[number]) : NULL;
}

const char *router_nearest_policy(const struct router *r, cdt_str name)
{
	const char **names = mem_new_array(r->instance_count + 1, sizeof *names);
	const char *near;
	size_t n = 0;

	for (size_t i = r->config->provider_count; i < r->instance_count; i++)
		if (r->instances[i])
			names[n++] = instance_name(r->instances[i]);
	near = config_nearest(name, names);
	mem_free(names);
	return near;
}

bool router_has_provider(const struct router *r, cdt_str name)
{
	for (size_t i = 0; i < r->config->provider_count; i++)
		if (str_is(name, r->config->providers[i].name))
			return true;
	return false;
}

const char *router_nearest_provider(const struct router *r, cdt_str name)
{
	const char **names = mem_new_array(r->config->provider_count + 1, sizeof *names);
	const char *near;

	for (size_t i = 0; i < r->config->provider_count; i++)
		names[i] = r->config->providers[i].name;
	near = config_nearest(name, names);
	mem_free(names);
	return near;
}

struct stats *router_stats(const struct router *r)
{
	return r->stats;
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
