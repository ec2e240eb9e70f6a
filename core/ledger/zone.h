/* ledger/zone.h - IANA time zones, without libc's one global zone.  A zone is read once and
 * does not change: any thread may ask it.  Times are seconds since 1970-01-01 UTC and are
 * taken within ZONE_TIME_MAX_S of it; offsets are seconds east of UTC; days are counted from
 * 1970-01-01, by the local calendar.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_ZONE_H
#define LEDGER_ZONE_H
#include "conduit/base.h"

#include <stdbool.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_TIME_MAX_S (INT64_C(1) << 40)     /* 34,000 years */
enum { ZONE_NAME_MAX = 64, ZONE_FILE_MAX = 64 << 10 };

struct zone;

/* Letters, digits, "_+/-" only; not empty, no slash in front, at most ZONE_NAME_MAX bytes. */
bool zone_name_ok(cdt_str name);

/* The zone of that name, from the TZif file (version 2 or later) of that name under dir.  "UTC"
 * needs no file.  On CDT_OK *out is the caller's, for zone_free.
 * CDT_E_INVALID: not a name.  CDT_E_ABSENT: no such file.  CDT_E_UNSUPPORTED: a file that is
 * not a zone's, is cut off, or counts leap seconds.  [not a worker: it reads a file] */
cdt_status zone_load(const char *dir, cdt_str name, struct zone **out);
/* The same from a file's bytes, which are not kept.  Knows CDT_E_UNSUPPORTED only.  Pure. */
cdt_status zone_parse(cdt_str tzif, struct zone **out);
void zone_free(struct zone *z);                /* NULL is fine */
/* Coordinated universal time; not for zone_free. */
const struct zone *zone_utc(void);

int32_t zone_offset(const struct zone *z, int64_t utc_s);
/* The local date at that time. */
int64_t zone_day(const struct zone *z, int64_t utc_s);
/* The first instant at which local clocks have shown that day or a later one: its midnight,
 * the first of two, or where clocks jumped over midnight (or over the whole day) the end of
 * the jump.  Never less for a later day. */
int64_t zone_midnight(const struct zone *z, int64_t day);

#endif
