/* plugin/options.h - the operator's words against a plugin's option table.  Private to the
 * room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_OPTIONS_H
#define PLUGIN_OPTIONS_H
#include "conduit/module.h"
#include "config/config.h"

enum { OPTIONS_MAX = 128 };

/* A map of its own with every known option that has a value: of the type the table names,
 * durations as milliseconds, defaults filled in.  NULL: report has the errors, all of them.
 * whose: the instance, for what is missing (at: where it was declared). */
struct json *options_check(const struct cdt_option *table, const struct config_options *given,
                           struct config_origin at, const char *whose,
                           struct config_report *report);
/* Those of usual that the table knows, and given does not say, take their values in checked. */
void options_give_usual(const struct cdt_option *table, const struct config_options *given,
                        const struct json *usual, struct json *checked);
/* NULL, or what is wrong with the table itself: types, names, defaults that do not parse. */
const char *options_flaw(const struct cdt_option *table);
const char *options_type_name(uint32_t type);          /* "text", "duration", ... or NULL */

#endif
