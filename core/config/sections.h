/* config/sections.h - from a tree that was found good to struct config.  Private to the
 * room.  Nothing here reports: what is missing or odd has been said before.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_SECTIONS_H
#define CONFIG_SECTIONS_H
#include "config/tree.h"

/* server, admin, storage, plugins, limits, logging and single members. */
void sections_server(struct tree *t, struct config *c);
void sections_providers(struct tree *t, struct config *c);
/* models and policies. */
void sections_models(struct tree *t, struct config *c);

void sections_cache(struct tree *t, struct config *c);
void sections_responses(struct tree *t, struct config *c);
void sections_telemetry(struct tree *t, struct config *c);
enum { SECTIONS_IDEMPOTENCY_MS = 86400000, SECTIONS_IDEMPOTENCY_SIZE = 1 << 30,
       SECTIONS_MAX_ENTRY = 4 << 20, SECTIONS_RESPONSES_SIZE = 1 << 30 };
#define SECTIONS_RESPONSES_MS (INT64_C(30) * 86400000)

/* What a model or the section says; NULL: nothing. */
struct config_cache_rules sections_cache_rules(const struct node *group);
/* The texts of an array. */
const char *const *sections_texts(struct tree *t, const struct node *array, size_t *count);
/* limits of a group, by their own names; NULL: none. */
struct config_limits sections_limits(const struct node *group);
struct config_options sections_options(struct tree *t, const struct node *table);
/* What sections_options made is not in the arena. */
void sections_drop(struct config *c);

#endif
