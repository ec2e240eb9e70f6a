/* plugin/registry.h - the modules that were loaded and the features they offer.  Built on main
 * before workers start; immutable afterwards, so any thread may read.  Never unloaded.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H
#include "base/buf.h"
#include "base/jsonw.h"
#include "conduit/module.h"

#include <stdbool.h>

struct fetch;
struct metrics;
struct registry;
struct worker;

/* What the host services stand on. */
struct plugin_surroundings {
	const char *version;                       /* of the gateway */
	const char *private_dir;                   /* copies of the files go here; made 0700 */
	struct metrics *metrics;
	struct fetch *(*fetch_of)(struct worker *w);       /* for conduit.http/1 */
	int trust_any_owner;               /* tests: no checks of owner, mode and links */
	const int64_t *wall_ms;            /* tests: the time that plugins see; or NULL */
};

struct registry *registry_new(const struct plugin_surroundings *s);
void registry_free(struct registry *r);
const struct plugin_surroundings *registry_surroundings(const struct registry *r);

/* Loads every .so of dir (sorted).  A broken one is reported in the log and in the list of
 * modules, and skipped.  A folder that is not there loads nothing.  Returns how many loaded. */
size_t registry_load_dir(struct registry *r, const char *dir);
/* One file: ELF checks, private copy, dlopen, entry, sizes, abi_need, known kinds.  why gets
 * a sentence on failure, also for "--check-plugin". */
cdt_status registry_load_file(struct registry *r, const char *path, char why[256]);

struct plugin_module {
	const char *path;
	char sha256[65];
	const struct cdt_module *module;           /* NULL: refused, why says so */
	char why[256];
	struct plugin_module *next;
};
const struct plugin_module *registry_modules(const struct registry *r);   /* in load order */

/* The feature of that kind ("conduit.provider/1") and name, or NULL. */
const struct cdt_feature *registry_find(const struct registry *r, const char *kind,
                                        const char *name);
/* Names of a kind for "did you mean"; ends with NULL; lives as long as the registry. */
const char *const *registry_names(const struct registry *r, const char *kind);
/* For GET /admin/v1/plugins and conduitctl. */
void registry_print_json(const struct registry *r, struct jsonw *w);

#endif
