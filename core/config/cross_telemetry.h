/* config/cross_telemetry.h - what goes along with each export.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_CROSS_TELEMETRY_H
#define CONFIG_CROSS_TELEMETRY_H
#include "config/tree.h"

void cross_check_telemetry(struct tree *t);

#endif
