/* config/sections_models.c - the models, where they lead, what they cost; the policies.
 * SPDX-License-Identifier: MIT */
#include "config/sections.h"

#include <string.h>

/* USD per million tokens in millionths = pico-USD per token: 2.50 USD / 10^6 tokens =
 * 2,500,000 * 10^-12 USD.  No arithmetic, no rounding. */
static struct config_rates read_rates(const struct node *g)
{
	return (struct config_rates){
		.input = node_value(g, "input", -1),
		.cached_input = node_value(g, "cached_input", -1),
		.cache_write = node_value(g, "cache_write", -1),
		.cache_write_1h = node_value(g, "cache_write_1h", -1),
		.output = node_value(g, "output", -1),
		.reasoning = node_value(g, "reasoning", -1),
		.audio_input = node_value(g, "audio_input", -1),
		.audio_output = node_value(g, "audio_output", -1),
		.image_input = node_value(g, "image_input", -1),
		.image_output = node_value(g, "image_output", -1),
	};
}

/* Validated in nano-USD. */
static int64_t read_fee(const struct node *g, const char *name)
{
	int64_t nano = node_value(g, name, -1);

	return nano < 0 ? -1 : nano * 1000;
}

static const struct config_tier *read_tiers(struct tree *t, const struct node *list,
                                            size_t *count)
{
	size_t n = list ? list->count : 0, i = 0;
	struct config_tier *out = tree_take(t, (n + 1) * sizeof *out);

	for (const struct node *g = list ? list->first : NULL; g; g = g->next)
		out[i++] = (struct config_tier){ node_value(g, "above", 0), read_rates(g) };
	*count = n;
	return out;
}

static const struct config_price *read_price(struct tree *t, const struct node *g)
{
	struct config_price *p;

	if (!g)
		return NULL;
	p = tree_take(t, sizeof *p);
	p->rates = read_rates(g);
	p->tiers = read_tiers(t, node_get(g, "tiers"), &p->tier_count);
	p->per_request = read_fee(g, "per_request");
	p->per_image = read_fee(g, "per_image");
	p->per_second = read_fee(g, "per_second");
	p->per_character = read_fee(g, "per_character");
	p->per_search = read_fee(g, "per_search");
	p->origin = g->at;
	return p;
}

static void read_targets(struct tree *t, const struct node *list, struct config_model *m)
{
	struct config_target *out = tree_take(t, (list->count + 1) * sizeof *out);
	size_t i = 0;

	for (const struct node *g = list->first; g; g = g->next, i++) {
		const char *model = node_text(g, "model");
		const struct node *known = node_get(g, "catalog_model");

		out[i].provider = node_text(g, "provider");
		out[i].model = model[0] ? model : m->name;
		out[i].catalog_model = known ? known->text : NULL;
		out[i].weight = (uint32_t)node_value(g, "weight", 1);
		out[i].tier = (uint32_t)node_value(g, "tier", 0);
		out[i].price = read_price(t, node_get(g, "price"));
		out[i].origin = g->at;
	}
	m->targets = out;
	m->target_count = list->count;
}

static void read_model(struct tree *t, const struct node *g, struct config_model *m)
{
	const char *policy = node_text(g, "policy");
	const struct node *hedge = node_get(g, "hedge");

	m->name = node_text(g, "name");
	m->policy = policy[0] ? policy : NULL;
	m->aliases = sections_texts(t, node_get(g, "aliases"), &m->alias_count);
	read_targets(t, node_get(g, "targets"), m);
	m->fallbacks = sections_texts(t, node_get(g, "fallbacks"), &m->fallback_count);
	m->context_fallbacks = sections_texts(t, node_get(g, "context_fallbacks"),
	                                      &m->context_fallback_count);
	m->content_fallbacks = sections_texts(t, node_get(g, "content_fallbacks"),
	                                      &m->content_fallback_count);
	m->hedge = (struct config_hedge){
		(uint32_t)node_value(hedge, "after", 0), (uint32_t)node_value(hedge, "most", 0),
	};
	m->cache = sections_cache_rules(node_get(g, "cache"));
	m->price = read_price(t, node_get(g, "price"));
	m->context_window = node_value(g, "context_window", -1);
	m->max_output = node_value(g, "max_output", -1);
	m->capabilities = sections_texts(t, node_get(g, "capabilities"), &m->capability_count);
	m->unpriced_free = strcmp(node_text(g, "unpriced"), "free") == 0;
	m->limits = sections_limits(node_get(g, "limits"));
	m->origin = g->at;
}

static void read_policies(struct tree *t, struct config *c)
{
	const struct node *list = node_get(t->root, "policies");
	size_t n = list ? list->count : 0, i = 0;
	struct config_policy *out = tree_take(t, (n + 1) * sizeof *out);

	for (const struct node *g = list ? list->first : NULL; g; g = g->next, i++) {
		out[i].name = node_text(g, "name");
		out[i].type = node_text(g, "type");
		out[i].options = sections_options(t, node_get(g, "options"));
		out[i].origin = g->at;
	}
	c->policies = out;
	c->policy_count = n;
}

void sections_models(struct tree *t, struct config *c)
{
	const struct node *list = node_get(t->root, "models");
	size_t n = list ? list->count : 0, i = 0;
	struct config_model *out = tree_take(t, (n + 1) * sizeof *out);

	for (const struct node *g = list ? list->first : NULL; g; g = g->next)
		read_model(t, g, &out[i++]);
	c->models = out;
	c->model_count = n;
	read_policies(t, c);
}

void sections_drop(struct config *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		json_free(c->providers[i].options.values);
	for (size_t i = 0; i < c->policy_count; i++)
		json_free(c->policies[i].options.values);
	json_free(c->cache.options.values);
}
