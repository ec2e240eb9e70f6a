/* unit/plugin/rig.h - a registry in a folder of its own, with the plugins of fixtures/.  They
 * are built by the Makefile into the folder that CONDUIT_TEST_PLUGINS names.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGIN_RIG_H
#define UNIT_PLUGIN_RIG_H
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "plugin/instance.h"
#include "plugin/provider.h"

enum { RIG_PATH_SIZE = 512 };

struct rig {
	char *dir;
	char private_dir[RIG_PATH_SIZE];
	struct metrics *metrics;
	struct registry *registry;
	struct config_report report;
	struct instance *instance;             /* the one that rig_open made last */
	struct instance_self *self;
};

/* plugin: the name of a fixture to load, or NULL. */
void rig_init(struct rig *g, const char *plugin);
void rig_fini(struct rig *g);
/* Path of a fixture's .so. */
char *rig_path(const char *plugin, char out[RIG_PATH_SIZE]);
cdt_status rig_load(struct rig *g, const char *plugin, char why[256]);

/* Opens an instance called "it" with options as JSON text; a member's origin is t.cfg, line
 * 10 + its position.  w may be NULL.  NULL: g->report says why. */
struct instance_self *rig_open(struct rig *g, const char *kind, const char *type,
                               const char *options, struct worker *w);
/* How often the instance broke its contract. */
unsigned rig_misuses(struct rig *g);

/* All pieces of a request's body, joined; the caller frees. */
char *rig_body(const struct outreq *o);

/* Turns of w's loop, until *done or some seconds have passed. */
void rig_turn(struct worker *w, const bool *done);

#endif
