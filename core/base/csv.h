/* base/csv.h - cells of comma-separated values (RFC 4180).
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CSV_H
#define BASE_CSV_H
#include "base/buf.h"

/* Quoted where it must be.  A text that a spreadsheet would take for a formula (it begins with
 * = + - @ or a tab, and is no number) gets a ' in front. */
void csv_cell(struct buf *out, cdt_str s);

#endif
