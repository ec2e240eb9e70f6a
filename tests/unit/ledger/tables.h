/* unit/ledger/tables.h - tables in memory for one test, with undo: what a transaction of the
 * store is to the book.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_LEDGER_TABLES_H
#define UNIT_LEDGER_TABLES_H
#include "ledger/book.h"

struct tables;
struct tables *tables_new(void);
void tables_free(struct tables *t);
struct book tables_book(struct tables *t);
/* Since the last of these two. */
void tables_keep(struct tables *t);
void tables_undo(struct tables *t);
/* The n-th change from now on fails; 0: none. */
void tables_fail(struct tables *t, unsigned n);
/* A bit of a stored value turns over; false: there is no such entry. */
bool tables_spoil(struct tables *t, enum book_table table, size_t number, size_t bit);
bool tables_lose(struct tables *t, enum book_table table, size_t number);
size_t tables_count(const struct tables *t, enum book_table table);

#endif
