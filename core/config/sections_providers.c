/* config/sections_providers.c - the providers and their credentials.
 * SPDX-License-Identifier: MIT */
#include "config/sections.h"

#include <string.h>

static void read_keys(struct tree *t, const struct node *list, struct config_provider *p)
{
	size_t n = list ? list->count : 0, i = 0;
	struct config_credential *out = tree_take(t, (n + 1) * sizeof *out);

	for (const struct node *g = list ? list->first : NULL; g; g = g->next, i++) {
		const char *id = node_text(g, "id");

		out[i].id = id[0] ? id : tree_print(t, "k%zu", i + 1);
		out[i].secret = node_get(g, "secret")->secret;
		out[i].weight = (uint32_t)node_value(g, "weight", 1);
	}
	p->credentials = out;
	p->credential_count = n;
}

/* -1: neither. */
static int yes_or_no(const char *word)
{
	return strcmp(word, "yes") == 0 ? 1 : strcmp(word, "no") == 0 ? 0 : -1;
}

/* The schema knows the three words. */
static enum params_policy params_of(const char *word)
{
	return !strcmp(word, "strict") ? PARAMS_STRICT
	     : !strcmp(word, "drop") ? PARAMS_DROP : PARAMS_WARN;
}

static void read_provider(struct tree *t, const struct node *g, struct config_provider *p)
{
	const struct node *timeout = node_get(g, "timeout"), *limits = node_get(g, "limits");
	const struct node *catalog = node_get(g, "catalog"), *health = node_get(g, "health");
	const struct node *probe = node_get(health, "probe");

	p->name = node_text(g, "name");
	p->type = node_text(g, "type");
	p->base_url = node_text(g, "base_url");
	p->catalog = catalog ? catalog->text : NULL;
	p->catalog_origin = catalog ? catalog->at : g->at;
	read_keys(t, node_get(g, "keys"), p);
	p->timeouts = (struct config_timeouts){
		.connect_ms = (uint32_t)node_value(timeout, "connect", 0),
		.first_byte_ms = (uint32_t)node_value(timeout, "first_byte", 0),
		.idle_ms = (uint32_t)node_value(timeout, "idle", 0),
		.total_ms = (uint32_t)node_value(timeout, "total", 0),
	};
	p->health = (struct config_health){
		.failures = (uint32_t)node_value(health, "failures", 0),
		.cooldown_ms = (uint32_t)node_value(health, "cooldown", 0),
		.cooldown_max_ms = (uint32_t)node_value(health, "cooldown_max", 0),
		.probe = probe ? probe->text : NULL,
		.probe_interval_ms = (uint32_t)node_value(health, "probe_interval", 0),
	};
	p->limits = sections_limits(limits);
	p->limits.max[LIMIT_CONCURRENCY] = node_value(limits, "concurrent", 0);
	p->options = sections_options(t, node_get(g, "options"));
	p->abort_stops_billing = yes_or_no(node_text(g, "abort_stops_billing"));
	p->params = params_of(node_text(g, "params"));
	p->optional = g->optional;
	p->origin = g->at;
}

void sections_providers(struct tree *t, struct config *c)
{
	const struct node *list = node_get(t->root, "providers");
	size_t n = list ? list->count : 0, i = 0;
	struct config_provider *out = tree_take(t, (n + 1) * sizeof *out);

	for (const struct node *g = list ? list->first : NULL; g; g = g->next)
		read_provider(t, g, &out[i++]);
	c->providers = out;
	c->provider_count = n;
}
