/* ledger/manifest.h - the lines at the head of a backup.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_MANIFEST_H
#define LEDGER_MANIFEST_H
#include "base/buf.h"
#include "base/digest.h"
#include "ledger/book.h"

enum { MANIFEST_VERSION = 1, MANIFEST_LINE_MAX = 4096, MANIFEST_LINES = 3, PEPPER_SIZE = 64,
       MANIFEST_WORD_SIZE = 32 };

struct manifest {
	char version[MANIFEST_WORD_SIZE];      /* of who made it */
	int64_t created_ms;
	int64_t schema, epoch;
	struct book_head head;                 /* the newest entry when it was begun */
	char pepper[PEPPER_SIZE + 1];          /* hex */
	uint64_t image_bytes;
	uint8_t image_sha256[SHA256_SIZE];
};

void manifest_print(const struct manifest *m, struct buf *out);
/* Without their line ends.  CDT_E_UNSUPPORTED, CDT_E_INVALID: why says so. */
cdt_status manifest_read(const cdt_str line[MANIFEST_LINES], struct manifest *m,
                         char why[256]);

#endif
