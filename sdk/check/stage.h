/* check/stage.h - the plugin, loaded and opened as the gateway does it.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_STAGE_H
#define CHECK_STAGE_H
#include "plugin/instance.h"
#include "plugin/provider.h"

enum { STAGE_WHY_SIZE = 512, STAGE_WORKERS = 2 };
#define STAGE_WALL_MS INT64_C(1767225600000)   /* 2026-01-01, unless a case says otherwise */

struct stage;

/* NULL: why says what is wrong with the file. */
struct stage *stage_new(const char *path, char why[STAGE_WHY_SIZE]);
/* The same, where time goes on. */
struct stage *stage_new_live(const char *path, char why[STAGE_WHY_SIZE]);
void stage_free(struct stage *s);
const struct cdt_module *stage_module(const struct stage *s);

/* An instance of that feature with options as JSON text; the same one for the same words.
 * NULL: why has what the config's reader or the plugin said. */
struct instance_self *stage_self(struct stage *s, const struct cdt_feature *f, cdt_str options,
                                 char why[STAGE_WHY_SIZE]);
/* One that is the caller's: closed by instance_close, before stage_free.  usual: of struct
 * instance_order. */
struct instance *stage_instance(struct stage *s, const struct cdt_feature *f, const char *name,
                                const char *options, const struct json *usual,
                                char why[STAGE_WHY_SIZE]);
/* The module's feature of that kind and name (NULL: its first), or NULL. */
const struct cdt_feature *stage_feature(const struct stage *s, const char *kind, cdt_str name);
void stage_set_clock(struct stage *s, int64_t wall_ms);
/* How often any of its instances broke the contract; how often the one of that name did. */
unsigned stage_misuses(struct stage *s);
unsigned stage_misuses_of(struct stage *s, const char *name);

#endif
