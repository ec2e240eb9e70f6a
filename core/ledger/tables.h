/* ledger/tables.h - the book's tables in the store.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_TABLES_H
#define LEDGER_TABLES_H
#include "ledger/book.h"

struct store_read;
struct store_txn;

/* In a transaction of the writer: all but next.  [writer] */
struct book book_of_txn(struct store_txn *t);
/* In a snapshot: get and next. */
struct book book_of_read(struct store_read *r);

#endif
