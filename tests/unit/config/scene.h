/* unit/config/scene.h - a folder with configuration files and what came of loading them.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_CONFIG_SCENE_H
#define UNIT_CONFIG_SCENE_H
#include "config/config.h"
#include "unit/unit.h"

struct scene {
	char *dir;
	struct config_source source;   /* may be changed before scene_load */
	struct config_report report;
	struct config *config;         /* NULL: refused */
	char *text;                    /* the report with "DIR/" taken out of it */
	char paths[4][256];
};

/* A folder with conduit.cfg in it (unless text is NULL); no CONDUIT_* variable is set. */
void scene_init(struct scene *s, const char *text);
void scene_fini(struct scene *s);
void scene_write(struct scene *s, const char *name, const char *text, unsigned mode);
/* DIR/name; valid as long as the scene, for the last four. */
const char *scene_path(struct scene *s, const char *name);
void scene_load(struct scene *s);
/* init, load. */
void scene_open(struct scene *s, const char *text);

/* A whole report for a whole configuration. */
struct scene_row { const char *config, *report; };
/* One assertion a row; prints what differs.  Ends with a NULL config. */
void scene_check(const struct scene_row *rows);

#endif
