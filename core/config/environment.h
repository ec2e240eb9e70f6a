/* config/environment.h - what holds when no file says otherwise, and what variables say.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_ENVIRONMENT_H
#define CONFIG_ENVIRONMENT_H
#include "config/tree.h"

/* Listeners and folders that nobody has set. */
void environment_defaults(struct tree *t, const struct config_source *from);
/* CONDUIT_HOST and its kin; they win over the file. */
void environment_variables(struct tree *t);
/* OTEL_EXPORTER_OTLP_ENDPOINT and its kin; the file wins over them. */
void environment_otel(struct tree *t);
/* Providers of from->environment_file, unless one of that name is there.  always: no file
 * was read; then models of them may be asked for directly. */
void environment_providers(struct tree *t, const struct config_source *from, bool always);
/* Takes out providers whose if_env is not set. */
void environment_filter(struct node *root);

#endif
