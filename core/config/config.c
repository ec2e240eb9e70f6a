/* config/config.c - the order in which a configuration comes to be, and how long it lives.
 * Every load is a new one: nothing is kept between two.
 * SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/cross.h"
#include "config/environment.h"
#include "config/file.h"
#include "config/load.h"
#include "config/override.h"
#include "config/print.h"
#include "config/sections.h"
#include "config/validate.h"

/* See tree.h: what the bounds there allow is far below. */
static const size_t arena_cap_bytes = (size_t)1 << 30;

struct generation {
	struct config config;
	_Atomic uint32_t users;
	struct arena arena;            /* the tree and all that config points to */
	struct node *root;
	struct map providers, models;  /* by name; models also by alias */
};

static struct generation *generation_of(struct config *c)
{
	return (struct generation *)(void *)((char *)c - offsetof(struct generation, config));
}

static const struct generation *generation_of_const(const struct config *c)
{
	return (const struct generation *)(const void *)
	       ((const char *)c - offsetof(struct generation, config));
}

static void generation_free(struct generation *g)
{
	sections_drop(&g->config);
	tree_drop_secrets(g->root);
	map_fini(&g->models);
	map_fini(&g->providers);
	arena_fini(&g->arena);
	mem_free(g);
}

static const char *main_file(const struct config_source *from)
{
	if (from->file)
		return from->file;
	return from->default_file && file_exists(from->default_file) ? from->default_file
	                                                             : NULL;
}

/* Everything that can be wrong has been reported when this returns. */
static void read_all(struct tree *t, const struct config_source *from)
{
	const char *file = main_file(from);

	if (file)
		load_all(t, file);
	if (t->full)
		return;
	environment_defaults(t, from);
	environment_variables(t);
	environment_otel(t);
	for (const char *const *o = from->overrides; o && *o; o++)
		override_apply(t, *o);
	environment_providers(t, from, !file);
	environment_filter(t->root);
	validate_tree(t);
	if (!t->broken)
		cross_check(t);
}

static void index_names(struct generation *g)
{
	const struct config *c = &g->config;

	/* Values are indices + 1: maps keep no NULL and must not lend what is const. */
	for (size_t i = 0; i < c->provider_count; i++)
		(void)map_put(&g->providers, str_z(c->providers[i].name),
		              (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < c->model_count; i++) {
		const struct config_model *m = &c->models[i];

		(void)map_put(&g->models, str_z(m->name), (void *)(uintptr_t)(i + 1));
		for (size_t k = 0; k < m->alias_count; k++)
			(void)map_put(&g->models, str_z(m->aliases[k]),
			              (void *)(uintptr_t)(i + 1));
	}
}

static void build(struct generation *g, struct tree *t)
{
	const char **files = tree_take(t, sizeof t->files);

	memcpy(files, t->files, sizeof t->files);
	g->config.files = (const char *const *)files;
	g->config.file_count = t->file_count;
	sections_server(t, &g->config);
	sections_providers(t, &g->config);
	sections_models(t, &g->config);
	sections_cache(t, &g->config);
	sections_responses(t, &g->config);
	sections_telemetry(t, &g->config);
	index_names(g);
}

struct config *config_load(const struct config_source *from, struct config_report *r)
{
	struct generation *g = mem_new(sizeof *g);
	struct tree *t = mem_new(sizeof *t);
	uint32_t errors = r->errors;

	arena_init(&g->arena, 16 << 10, arena_cap_bytes);
	map_init(&g->providers);
	map_init(&g->models);
	atomic_init(&g->users, 1);
	tree_init(t, &g->arena, r);
	g->root = t->root;
	read_all(t, from);
	if (r->errors == errors)
		build(g, t);
	mem_free(t);
	if (r->errors == errors)
		return &g->config;
	generation_free(g);
	return NULL;
}

void config_take(struct config *c)
{
	atomic_fetch_add_explicit(&generation_of(c)->users, 1, memory_order_relaxed);
}

void config_give(struct config *c)
{
	struct generation *g = c ? generation_of(c) : NULL;

	if (g && atomic_fetch_sub_explicit(&g->users, 1, memory_order_acq_rel) == 1)
		generation_free(g);
}

const struct config_provider *config_provider_find(const struct config *c, const char *name)
{
	const struct generation *g = generation_of_const(c);
	uintptr_t i = (uintptr_t)map_find(&g->providers, str_z(name));

	return i ? &c->providers[i - 1] : NULL;
}

const struct config_model *config_model_find(const struct config *c, cdt_str name_or_alias)
{
	const struct generation *g = generation_of_const(c);
	uintptr_t i = (uintptr_t)map_find(&g->models, name_or_alias);

	return i ? &c->models[i - 1] : NULL;
}

void config_print(const struct config *c, struct buf *out)
{
	print_tree(generation_of_const(c)->root, out);
}
