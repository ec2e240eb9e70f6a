/* unit/ledger/rig.h - dice, and the time zones that tests keep beside them.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_LEDGER_RIG_H
#define UNIT_LEDGER_RIG_H
#include "base/buf.h"
#include "ledger/zone.h"

enum { RIG_PATH_SIZE = 1024 };

/* splitmix64: the same numbers for the same seed, everywhere. */
uint64_t rig_random(uint64_t *seed);
int64_t rig_upto(uint64_t *seed, int64_t most);        /* 0 to most */

/* Where zones/ is, or a file in it.  Returns out. */
char *rig_path(const char *name, char out[RIG_PATH_SIZE]);
/* The bytes of a zone's file. */
void rig_read(const char *name, struct buf *out);
struct zone *rig_zone(const char *name);
/* A TZif file without changes; before and foot may have any bytes. */
void rig_tzif(cdt_str foot, struct buf *out);
/* The zone as the foot of its file says it is, for all times. */
struct zone *rig_zone_by_foot(const char *name);

#endif
