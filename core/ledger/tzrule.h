/* ledger/tzrule.h - the rule by which a time zone goes on for ever: POSIX' TZ string, as the
 * foot of a TZif file has it (RFC 8536, section 3.3).  Offsets are seconds east of UTC.
 * Pure functions.  Private to the room.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_TZRULE_H
#define LEDGER_TZRULE_H
#include "conduit/base.h"

#include <stdbool.h>

/* What RFC 8536 lets an offset be: above -25 h, below +26 h. */
enum { TZ_OFFSET_MIN_S = -89999, TZ_OFFSET_MAX_S = 93599 };

enum tzrule_form {
	TZRULE_WEEKDAY,                /* M10.5.0: of a month, its n-th such day of the week */
	TZRULE_JULIAN,                 /* J60: day 1 to 365; February 29 is not counted */
	TZRULE_DAY,                    /* 59: day 0 to 365; February 29 is counted */
};

struct tzrule_change {
	enum tzrule_form form;
	int32_t month, week, day;
	int32_t time_s;                /* of that day's local clock; -167 h to 167 h */
};

struct tzrule {
	int32_t standard_s, summer_s;      /* "summer" may be the lesser one (Dublin) */
	bool has_summer;
	struct tzrule_change start, end;   /* of summer time */
};

/* "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3".  False, and *out untouched, on anything else; so is
 * a summer time without its dates. */
bool tzrule_parse(cdt_str s, struct tzrule *out);
/* The offset at that time, and when it may change next (INT64_MAX: never). */
int32_t tzrule_offset(const struct tzrule *r, int64_t utc_s, int64_t *until_s);

#endif
