/* config/cross.c - names are unique and lead somewhere, fallbacks do not go in circles.
 * Listeners have their own file (cross_listen.c).
 * SPDX-License-Identifier: MIT */
#include "config/cross.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/cross_listen.h"
#include "config/cross_price.h"
#include "config/cross_telemetry.h"

struct model { struct node *node; enum { UNSEEN, OPEN, DONE } state; };

struct names {
	struct tree *tree;
	struct map map;                /* name -> struct node, or struct model */
	/* What may be asked for, NULL-ended, for suggestions. */
	const char **known;
	size_t count;
};

static void names_init(struct names *n, struct tree *t, size_t most)
{
	*n = (struct names){ .tree = t };
	map_init(&n->map);
	n->known = mem_new_array(most + 1, sizeof *n->known);
}

static void names_fini(struct names *n)
{
	map_fini(&n->map);
	mem_free(n->known);
}

static bool names_add(struct names *n, const struct node *name, const char *noun, void *value,
                      struct config_origin (*origin)(const void *))
{
	void *old;

	if (!name || name->type != NODE_TEXT || !name->text[0])
		return false;
	old = map_find(&n->map, str_z(name->text));
	if (old) {
		config_report_error(n->tree->report, name->at,
		                    "%s '%s' is already defined at %s", noun, name->text,
		                    tree_place(n->tree, origin(old)));
		return false;
	}
	(void)map_put(&n->map, str_z(name->text), value);        /* was not there */
	n->known[n->count++] = name->text;
	return true;
}

static struct config_origin node_origin(const void *value)
{
	return ((const struct node *)value)->at;
}

static struct config_origin model_origin(const void *value)
{
	return ((const struct model *)value)->node->at;
}

static void must_exist(struct names *n, const struct node *name, const char *noun,
                       const char *owner)
{
	char hint[CONFIG_HINT_SIZE];

	if (!name || name->type != NODE_TEXT || !name->text[0] ||
	    map_find(&n->map, str_z(name->text)))
		return;
	config_report_error(n->tree->report, name->at, "model '%s': there is no %s '%s'%s",
	                    owner, noun, name->text,
	                    config_hint(config_nearest(str_z(name->text), n->known), hint));
}

/* The names of the groups in a list. */
static void collect(struct names *n, struct tree *t, const char *member, const char *noun)
{
	const struct node *list = node_get(t->root, member);

	names_init(n, t, list ? list->count : 0);
	for (struct node *g = list ? list->first : NULL; g; g = g->next)
		(void)names_add(n, node_get(g, "name"), noun, g, node_origin);   /* reported */
}

static void check_key_ids(struct tree *t)
{
	const struct node *list = node_get(t->root, "providers");

	for (const struct node *g = list ? list->first : NULL; g; g = g->next) {
		const struct node *keys = node_get(g, "keys");
		struct names ids;

		names_init(&ids, t, keys ? keys->count : 0);
		for (struct node *key = keys ? keys->first : NULL; key; key = key->next)
			(void)names_add(&ids, node_get(key, "id"), "key", key, node_origin);
		names_fini(&ids);
	}
}

static void add_models(struct names *names, struct model *models, const struct node *list)
{
	size_t i = 0;

	for (struct node *g = list->first; g; g = g->next, i++) {
		models[i].node = g;
		(void)names_add(names, node_get(g, "name"), "model", &models[i], model_origin);
	}
	/* Names first: an alias that is taken is reported as the alias. */
	for (i = 0; i < list->count; i++) {
		const struct node *aliases = node_get(models[i].node, "aliases");

		for (struct node *a = aliases ? aliases->first : NULL; a; a = a->next)
			(void)names_add(names, a, "alias: model", &models[i], model_origin);
	}
}

static const char *const fallback_kinds[] = {
	"fallbacks", "context_fallbacks", "content_fallbacks", NULL
};

static void check_targets(struct node *model, struct names *providers)
{
	const struct node *list = node_get(model, "targets");

	if (list && list->count == 0)
		config_report_error(providers->tree->report, list->at,
		                    "model '%s' has no target", node_text(model, "name"));
	for (const struct node *g = list ? list->first : NULL; g; g = g->next)
		must_exist(providers, node_get(g, "provider"), "provider",
		           node_text(model, "name"));
}

static void check_probe(struct tree *t, const struct node *provider)
{
	const struct node *probe = node_get(node_get(provider, "health"), "probe");
	const char *path = probe && probe->type == NODE_TEXT ? probe->text : "/";
	bool plain = path[0] == '/';

	for (const char *c = path; *c; c++)
		plain &= *c > ' ' && *c < 0x7f && *c != '#';
	if (!plain)
		config_report_error(t->report, probe->at, "probe of '%s' must be a path like "
		                    "'/models'", node_text(provider, "name"));
	else if (probe && !node_text(provider, "base_url")[0])
		config_report_error(t->report, probe->at, "probe of '%s' needs its base_url: "
		                    "the provider's own is not known here",
		                    node_text(provider, "name"));
}

static void check_health(struct tree *t)
{
	const struct node *list = node_get(t->root, "providers");

	for (const struct node *g = list ? list->first : NULL; g; g = g->next) {
		const struct node *health = node_get(g, "health");
		const struct node *first = node_get(health, "cooldown");

		if (first && first->value > node_value(health, "cooldown_max", INT64_MAX))
			config_report_error(t->report, first->at,
			                    "cooldown of '%s' is longer than its cooldown_max",
			                    node_text(g, "name"));
		check_probe(t, g);
	}
}

static void check_fallbacks(struct names *models, const struct node *model)
{
	for (const char *const *kind = fallback_kinds; *kind; kind++) {
		const struct node *list = node_get(model, *kind);

		for (const struct node *f = list ? list->first : NULL; f; f = f->next)
			must_exist(models, f, "model", node_text(model, "name"));
	}
}

/* Depth first; as deep as there are models in one chain.  True: a circle was reported. */
static bool walk(struct names *models, struct model *m, const char *kind)
{
	const struct node *list = node_get(m->node, kind);

	m->state = OPEN;
	for (const struct node *f = list ? list->first : NULL; f; f = f->next) {
		struct model *next =
		    f->type == NODE_TEXT ? map_find(&models->map, str_z(f->text)) : NULL;

		if (next && next->state == OPEN) {
			config_report_error(models->tree->report, f->at,
			                    "%s go in a circle: '%s' leads back to '%s'",
			                    kind, node_text(m->node, "name"), f->text);
			return true;
		}
		if (next && next->state == UNSEEN && walk(models, next, kind))
			return true;
	}
	m->state = DONE;
	return false;
}

static void check_circles(struct names *names, struct model *models, size_t count)
{
	for (const char *const *kind = fallback_kinds; *kind; kind++) {
		bool found = false;

		for (size_t i = 0; i < count; i++)
			models[i].state = UNSEEN;
		/* One circle of a kind is enough: the next may be the same one. */
		for (size_t i = 0; i < count && !found; i++)
			found = models[i].state == UNSEEN && walk(names, &models[i], *kind);
	}
}

static size_t alias_total(const struct node *list)
{
	size_t total = 0;

	for (const struct node *g = list->first; g; g = g->next) {
		const struct node *aliases = node_get(g, "aliases");

		total += 1 + (aliases ? aliases->count : 0);
	}
	return total;
}

static void check_models(struct tree *t, struct names *providers)
{
	const struct node *list = node_get(t->root, "models");
	struct model *models;
	struct names names;

	if (!list)
		return;
	models = mem_new_array(list->count + 1, sizeof *models);
	names_init(&names, t, alias_total(list));
	add_models(&names, models, list);
	for (size_t i = 0; i < list->count; i++) {
		check_targets(models[i].node, providers);
		check_fallbacks(&names, models[i].node);
	}
	check_circles(&names, models, list->count);
	names_fini(&names);
	mem_free(models);
}

void cross_check(struct tree *t)
{
	struct names providers, policies;

	cross_check_listeners(t);
	collect(&providers, t, "providers", "provider");
	collect(&policies, t, "policies", "policy");
	check_key_ids(t);
	check_health(t);
	check_models(t, &providers);
	cross_check_prices(t);
	cross_check_telemetry(t);
	if (providers.count == 0 && t->report->errors == 0)
		config_report_warning(t->report, (struct config_origin){ "", 0 },
		                      "there is no provider: every request will be refused");
	names_fini(&policies);
	names_fini(&providers);
}
