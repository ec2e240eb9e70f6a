/* fixed.h - what of a new configuration has to wait for a restart.
 * SPDX-License-Identifier: MIT */
#ifndef FIXED_H
#define FIXED_H
#include "config/config.h"

/* What a reload can not change is said, not swallowed.  workers: how many run.  [main] */
void fixed_warn(const struct config *now, uint32_t workers, const struct config *c,
                struct config_report *r);

#endif
