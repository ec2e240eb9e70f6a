/* api/explain.h - the surface of dry runs.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef API_EXPLAIN_H
#define API_EXPLAIN_H
#include "flow/surface.h"

extern const struct surface explain_surface;

#endif
