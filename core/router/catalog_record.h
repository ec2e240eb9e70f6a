/* router/catalog_record.h - one model's record of the catalogue.  Private to the room.  Pure
 * functions.
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_CATALOG_RECORD_H
#define ROUTER_CATALOG_RECORD_H
#include "router/catalog.h"

enum { RECORD_WHY_SIZE = 160 };

/* record: a map that has passed jsonscan.  Sets all of *out but its name.  False: why, and
 * *out is not to be used. */
bool record_read(cdt_str record, const char *today, struct catalog_model *out,
                 char why[RECORD_WHY_SIZE]);

/* A JSON number times ten to the power, rounded up: exactly, digit by digit.  False: negative,
 * or more than most. */
bool record_number(cdt_str number, int power, int64_t most, int64_t *out);
/* "2026-11-21": so many digits and dashes. */
bool record_is_date(cdt_str s);

#endif
