/* fetch/h1.h - reads one HTTP/1.x answer out of bytes that come in any pieces (RFC 9112).
 * Owns no socket; knows no calls.  Private to the room.  [one thread]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_H1_H
#define FETCH_H1_H
#include "base/buf.h"
#include "conduit/http.h"

#include <stdbool.h>

enum {
	H1_HEADERS_MAX = 128,
	H1_HEAD_MAX = 64 << 10,    /* bytes of a head, of a chunk's line, of all trailers */
};

enum h1_state {
	H1_IN_HEAD,
	H1_IN_BODY,                /* so many bytes are left */
	H1_UNTIL_CLOSE,
	H1_CHUNK_LINE, H1_CHUNK, H1_CHUNK_END,
	H1_TRAILERS,
	H1_WHOLE,
};

/* What the bytes at hand are. */
enum h1_part {
	H1_MORE,                   /* nothing yet: all bytes were taken */
	H1_HEAD,                   /* status and headers; interim ones are left out */
	H1_BODY,                   /* some of it, without its framing */
	H1_END,                    /* bytes that are left belong to nobody */
	H1_BAD,                    /* not HTTP, or past a limit */
};

struct h1 {
	enum h1_state state;
	uint32_t status;               /* 0: no final head yet */
	bool bodyless;                 /* the request was a HEAD */
	bool keeps;                    /* the connection may be used again afterwards */
	bool chunk_digits;             /* the chunk's line has had one */
	bool in_extension;             /* ... and then something else */
	bool folded;                   /* the trailer line at hand has bytes */
	uint64_t left;                 /* of the body or the chunk */
	size_t line_bytes;             /* of the framing at hand, against the limit */
	struct buf held;               /* a head that has not come whole */
};

/* What h1_next found.  Valid until the bytes that it was given go. */
struct h1_found {
	cdt_str body;
	size_t header_count;
	struct cdt_header header[H1_HEADERS_MAX];
};

void h1_init(struct h1 *a);
/* Gives memory back, which only heads that came in pieces need; it may go on afterwards. */
void h1_fini(struct h1 *a);
void h1_begin(struct h1 *a, bool to_a_head_request);
/* Takes bytes off *in (and may write over them) and says what they are.  Call it until it
 * says MORE, END or BAD. */
enum h1_part h1_next(struct h1 *a, char **in, size_t *n, struct h1_found *out);
/* The connection has ended here: was that the end of the answer? */
bool h1_ends_here(const struct h1 *a);

#endif
