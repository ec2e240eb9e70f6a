/* config/sections_cache.c - the cache of answers, and those that are kept for the next turn.
 * SPDX-License-Identifier: MIT */
#include "config/sections.h"

#include <string.h>

static int choice(const struct node *g, const char *name, const char *const *words)
{
	const char *said = g ? node_text(g, name) : "";

	for (int i = 0; words[i]; i++)
		if (strcmp(said, words[i]) == 0)
			return i;
	return -1;
}

struct config_cache_rules sections_cache_rules(const struct node *g)
{
	static const char *const scopes[] = { "key", "group", "global", NULL };
	const char *ns = g ? node_text(g, "namespace") : "";

	return (struct config_cache_rules){
		.enabled = (int)node_value(g, "enabled", -1),
		.scope = choice(g, "scope", scopes), .ttl_ms = node_value(g, "ttl", -1),
		.max_temperature = node_value(g, "max_temperature", -1),
		.ns = ns[0] ? ns : NULL,
	};
}

static bool is_on(const struct node *g, const char *name)
{
	return node_value(g, name, 0) != 0;
}

/* The section may be left out: then nothing is cached, and idempotency keys are honoured. */
void sections_cache(struct tree *t, struct config *out)
{
	const struct node *g = node_get(t->root, "cache");
	struct config_cache *c = &out->cache;

	c->idempotency_ms = node_value(g, "idempotency", SECTIONS_IDEMPOTENCY_MS);
	c->idempotency_size = (uint64_t)node_value(g, "idempotency_size",
	                                           SECTIONS_IDEMPOTENCY_SIZE);
	c->max_entry = (uint64_t)node_value(g, "max_entry", SECTIONS_MAX_ENTRY);
	c->rules = sections_cache_rules(g);
	c->options = sections_options(t, node_get(g, "options"));
	if (!g)
		return;
	c->type = node_text(g, "type")[0] ? node_text(g, "type") : NULL;
	c->size = (uint64_t)node_value(g, "size", 0);
	c->opt_in = is_on(g, "opt_in");
	c->tool_calls = is_on(g, "tool_calls");
	c->single_flight = is_on(g, "single_flight");
	c->count_tokens = is_on(g, "count_tokens");
	c->paced = strcmp(node_text(g, "replay"), "paced") == 0;
	c->operations = sections_texts(t, node_get(g, "operations"), &c->operation_count);
	c->ignore = sections_texts(t, node_get(g, "ignore"), &c->ignore_count);
	c->hit_millionths = (uint32_t)node_value(g, "hit_cost", 0);
	c->joiner_millionths = (uint32_t)node_value(g, "joiner_cost", 0);
	c->revalidate_ms = node_value(g, "stale_while_revalidate", 0);
	c->if_error_ms = node_value(g, "stale_if_error", 0);
	c->deadline_ms = (uint32_t)node_value(g, "deadline", 0);
	c->origin = g->at;
}

void sections_responses(struct tree *t, struct config *c)
{
	const struct node *g = node_get(t->root, "responses");

	c->responses.ttl_ms = node_value(g, "ttl", SECTIONS_RESPONSES_MS);
	c->responses.size = (uint64_t)node_value(g, "size", SECTIONS_RESPONSES_SIZE);
}
