/* config/interpolate.h - ${NAME} in texts.  Private to the room.  Reads the environment.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_INTERPOLATE_H
#define CONFIG_INTERPOLATE_H
#include "config/config.h"

enum { INTERPOLATED_MAX = 64 << 10 };

/* ${NAME}, ${NAME:-default}, ${NAME:?message}, $$.  Inits out always; false: reported at
 * at.  whole: the text is one variable and nothing else. */
bool interpolate(struct config_report *r, struct config_origin at, cdt_str in, struct buf *out,
                 bool *whole);

#endif
