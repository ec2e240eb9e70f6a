/* app.h - the whole program: builds every room in order, keeps it running, takes it down in
 * reverse.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef APP_H
#define APP_H
#include "config/config.h"

#include <stdbool.h>

enum { EXIT_RUNTIME = 1, EXIT_USAGE = 2, EXIT_CONFIG = 78 };

struct app_options {
	struct config_source source;
	const char *log_level;                 /* NULL: the configuration's */
	bool test, print;                      /* -t, -T */
};

/* Returns the exit status of the process. */
int app_run(const struct app_options *o);
/* conduitd --check-plugin FILE */
int app_check_plugin(const char *path);

#endif
