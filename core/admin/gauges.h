/* admin/gauges.h - figures about the whole process, brought up to date when they are asked
 * for.  Private to the room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_GAUGES_H
#define ADMIN_GAUGES_H
#include <stdint.h>

enum { GAUGES_MAX = 32 };
struct gauges { uint32_t series[GAUGES_MAX]; };

struct admin;
void gauges_declare(struct admin *a);          /* before the workers start */
void gauges_set(struct admin *a);

#endif
