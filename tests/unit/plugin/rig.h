/* unit/plugin/rig.h - a registry in a folder of its own, with the plugins of fixtures/.  They
 * are built by the Makefile into the folder that CONDUIT_TEST_PLUGINS names.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGIN_RIG_H
#define UNIT_PLUGIN_RIG_H
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "plugin/instance.h"
#include "plugin/provider.h"

enum { PLUGRIG_PATH_SIZE = 512 };

struct plugrig {
	char *dir;
	char private_dir[PLUGRIG_PATH_SIZE];
	struct metrics *metrics;
	struct registry *registry;
	struct config_report report;
	struct instance *instance;             /* the one that plugrig_open made last */
	struct instance_self *self;
};

/* plugin: the name of a fixture to load, or NULL. */
void plugrig_init(struct plugrig *g, const char *plugin);
void plugrig_fini(struct plugrig *g);
/* Starts again with a registry that has conduit.http/1, and the fixture "good" in it. */
void plugrig_offer_fetch(struct plugrig *g, struct fetch *(*fetch_of)(struct worker *w));
/* Path of a fixture's .so. */
char *plugrig_path(const char *plugin, char out[PLUGRIG_PATH_SIZE]);
cdt_status plugrig_load(struct plugrig *g, const char *plugin, char why[256]);

/* Opens an instance called "it" with options as JSON text; a member's origin is t.cfg, line
 * 10 + its position.  w may be NULL.  NULL: g->report says why. */
struct instance_self *plugrig_open(struct plugrig *g, const char *kind, const char *type,
                               const char *options, struct worker *w);
/* How often the instance broke its contract. */
unsigned plugrig_misuses(struct plugrig *g);

/* All pieces of a request's body, joined; the caller frees. */
char *plugrig_body(const struct outreq *o);

/* Turns of w's loop, until *done or some seconds have passed. */
void plugrig_turn(struct worker *w, const bool *done);

#endif
