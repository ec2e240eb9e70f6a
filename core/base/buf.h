/* base/buf.h - growing bytes with a cap from birth.  Past the cap nothing is written and
 * the status stays CDT_E_LIMIT: write all, ask once.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "conduit/base.h"

struct buf {
	char *p;
	size_t n, room, cap_bytes;
	cdt_status status;
};

void buf_init(struct buf *b, size_t cap_bytes);     /* allocates nothing */
void buf_fini(struct buf *b);
/* Empties it and forgets an error; keeps its memory. */
void buf_clear(struct buf *b);
/* n more bytes can be written at b->p + b->n without growing.  CDT_E_LIMIT past the cap. */
cdt_status buf_reserve(struct buf *b, size_t n);
void buf_add(struct buf *b, cdt_str s);
void buf_add_z(struct buf *b, const char *z);
void buf_add_c(struct buf *b, char c);
void buf_add_i64(struct buf *b, int64_t v);
void buf_print(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes. */
void buf_drop(struct buf *b, size_t n);
cdt_str buf_str(const struct buf *b);

#endif
