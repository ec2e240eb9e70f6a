/* provider_compatible/compatible.h - what the files of this plugin share.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_COMPATIBLE_H
#define PROVIDER_COMPATIBLE_H
#include "lib_openai/openai.h"

/* hosts.c: one row a host, sorted by name; the last one has none. */
extern const struct openai_host compatible_hosts[];

/* The row of that name, or NULL. */
const struct openai_host *compatible_host(cdt_str name);
/* nearest.c: the row whose name is most like it. */
const struct openai_host *compatible_nearest(cdt_str name);

/* catalog.c */
const void *compatible_extension(void *self, const char *id);

extern const struct cdt_feature compatible_feature;
#endif
