/* ledger/archive.h - a backup: one file with what a state folder can not do without.
 *
 *   CONDUIT BACKUP 1              the version of this layout
 *   {"schema":1, ...}             the manifest, one line of JSON, with the pepper
 *   64 hex digits                 SHA-256 of both lines
 *   ...                           an LMDB file, of the size and SHA-256 that the manifest says
 *
 * Who has it and a key can check the key, but can not make one: keep it as safe as the folder.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_ARCHIVE_H
#define LEDGER_ARCHIVE_H
#include "ledger/book.h"

struct archive;
struct ledger;

/* A consistent copy of all that the store holds now, in a file without a name in the state
 * folder.  NULL: why has a sentence.  [any thread, blocks as long as copying takes] */
struct archive *archive_new(struct ledger *l, const char *version, int64_t wall_ms,
                            char why[256]);
void archive_free(struct archive *a);          /* NULL is fine */
uint64_t archive_size(const struct archive *a);        /* bytes */
/* At most n bytes from that place; 0 at the end.  -1: it can not be read any more.  [blocks] */
int64_t archive_read(const struct archive *a, uint64_t at, char *out, size_t n);

/* --- and back --- */

struct restore_order {
	int fd;                        /* the backup; read to its end */
	const char *dir;               /* the state folder; may not be there yet */
	uint64_t map_size;
	int64_t wall_ms;
	bool force;                    /* what is there is moved aside */
};
enum { ASIDE_SIZE = 40 };
struct restore_outcome {
	int64_t created_ms;            /* when the backup was made */
	struct book_sums sums;
	char aside[ASIDE_SIZE];        /* new ending of what was there; "": nothing was */
};
/* Checks everything before anything is changed.  CDT_E_UNSUPPORTED: a newer version made it.
 * CDT_E_INVALID: it is no backup, or damaged.  Others: it can not be put there.  why has a
 * sentence.  [main, no store open there] */
cdt_status archive_restore(const struct restore_order *o, struct restore_outcome *out,
                           char why[256]);

#endif
