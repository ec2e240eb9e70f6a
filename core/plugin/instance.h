/* plugin/instance.h - a configured feature: opened once on main, shared read-only by workers,
 * each of which may have a self of its own.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_INSTANCE_H
#define PLUGIN_INSTANCE_H
#include "base/arena.h"
#include "config/config.h"
#include "plugin/registry.h"

struct instance;

/* One entry of the configuration.  kind: "provider", "policy", "cache". */
struct instance_order {
	const char *kind, *type, *name;
	const struct config_options *options;
	struct config_origin at;
	/* A map of what options of some names are where the operator gave none, and the table
	 * knows them; NULL: the table's own defaults. */
	const struct json *usual;
};

/* Checks options against the feature's table (unknown
 * members, types, required ones, defaults filled in) and calls open.  NULL: report says why,
 * at the option's own line.  [main] */
struct instance *instance_open(struct registry *r, const struct instance_order *o,
                               struct config_report *report);
/* After every worker has closed its self.  [main] */
void instance_close(struct instance *i);
const char *instance_name(const struct instance *i);
const char *instance_type(const struct instance *i);

/* [worker, or main before its thread starts]  NULL: the plugin gave none, which was logged.
 * The self to hand to the typed calls below; instance_worker_close afterwards. */
struct instance_self;
struct instance_self *instance_worker_open(struct instance *i, struct worker *w);
void instance_worker_close(struct instance_self *s);
const struct instance *instance_of(const struct instance_self *s);

/* Which plugin runs on this thread right now, for the crash report; "" = none. */
const char *plugin_running(void);

/* The log table and service table of one instance, also handed to plugins. */
const struct cdt_host *instance_host(const struct instance *i);

#endif
