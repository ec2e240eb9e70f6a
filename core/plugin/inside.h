/* plugin/inside.h - what an instance is made of.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_INSIDE_H
#define PLUGIN_INSIDE_H
#include <pthread.h>

#include "base/list.h"
#include "conduit/cache.h"
#include "conduit/policy.h"
#include "conduit/provider.h"
#include "plugin/enter.h"
#include "plugin/host.h"
#include "plugin/instance.h"
#include "plugin/provider.h"

struct plugin_kind;
struct tickets;
struct tokens;

/* The functions that all kinds have, under one name. */
struct plugin_life {
	void *(*open)(const struct cdt_host *, cdt_val config);
	void  (*close)(void *self);
	void *(*worker_open)(void *self, struct cdt_worker *);
	void  (*worker_close)(void *worker_self);
	const void *(*extension)(void *self, const char *id);
};

/* The plugin's table as we know it: what an older or shorter one lacks is NULL. */
union plugin_ops {
	struct cdt_provider_ops provider;
	struct cdt_policy_ops policy;
	struct cdt_cache_ops cache;
};

/* How often; for the log, which does not repeat itself each time.  Atomic. */
struct seen { uint32_t misuse, slow; };

struct instance {
	struct host host;                      /* first */
	const struct plugin_kind *kind;
	const struct cdt_feature *feature;
	struct registry *registry;
	char *name;
	struct json *options;                  /* checked; lives as long as the plugin's self */
	void *self;
	union plugin_ops ops;
	struct plugin_life life;
	pthread_mutex_t lock;                  /* guards pools */
	struct list pools;                     /* of tickets; of workers that closed theirs */
	/* Of providers only. */
	struct provider_caps caps;
	const char **dialects;                 /* owned; caps.dialects shows it */
	struct cdt_provider_local local;
	struct cdt_provider_auth auth;
	struct cdt_provider_catalog catalog;
	bool has_local;
	/* Series of metrics; 0 = not counted. */
	uint32_t seconds[ENTER_CALL_COUNT], misuse;
	struct seen *seen;                     /* a pointer: instances are const for others */
};

struct instance_self {
	struct instance *instance;
	void *self;                            /* what the plugin's functions get */
	struct worker *worker;
	struct tickets *tickets;
	struct tokens *tokens;                 /* NULL: none was asked for */
	bool own;                              /* self is the worker's, not the instance's */
};

/* One kind of feature: "conduit.provider/1" and what there is to know of it. */
struct plugin_kind {
	const char *id, *word;
	/* NULL, or what is wrong with a feature's ops. */
	const char *(*flaw)(const void *ops);
	void (*adopt)(union plugin_ops *out, struct plugin_life *life, const void *ops);
	/* After open: what the kind reads once.  False: refused, and logged why.  Optional. */
	bool (*opened)(struct instance *i);
};
/* Pools of closed instances that workers still hold messages of.  [main] */
struct list *registry_graves(struct registry *r);

extern const struct plugin_kind kind_provider, kind_policy, kind_cache;

/* A copy of the plugin's struct in our size: both begin with uint32_t size. */
void plugin_copy_sized(void *out, size_t out_size, const void *from);

#endif
