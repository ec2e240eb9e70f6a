/* ledger/zones.h - the time zones of this process: each is read once and stays as long as the
 * process.  They are files below $TZDIR, or ZONE_DIR.  [any thread, but for a worker: a zone
 * that nobody has asked for yet is read from its file]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_ZONES_H
#define LEDGER_ZONES_H
#include "ledger/zone.h"

/* Statuses are those of zone_load. */
cdt_status zones_find(cdt_str name, const struct zone **out);
/* Of a name that was good when it was stored: UTC stands for a zone whose file is gone or
 * damaged, which the log tells once, until the next start. */
const struct zone *zones_stored(cdt_str name);
/* A name that was probably meant; false: none is near. */
bool zones_nearest(cdt_str name, char out[ZONE_NAME_MAX + 1]);

#endif
