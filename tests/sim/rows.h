/* sim/rows.h - the rows of one table in order of their keys; what the disk is made of.
 * SPDX-License-Identifier: MIT */
#ifndef SIM_ROWS_H
#define SIM_ROWS_H
#include "sim.h"

struct row { cdt_str key, value; };
struct rows { struct row *row; size_t count, room; };

/* Bytes of their own, outside of the gateway's memory. */
cdt_str bytes_copy(cdt_str s);
void bytes_free(cdt_str s);

/* The first whose key is not before key; *there: it is that key. */
size_t rows_find(const struct rows *t, cdt_str key, bool *there);
void rows_set(struct rows *t, cdt_str key, cdt_str value);
void rows_unset(struct rows *t, cdt_str key);          /* no such key is fine */
void rows_clear(struct rows *t);

#endif
