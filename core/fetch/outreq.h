/* fetch/outreq.h - one request to an upstream, as a provider wrote it.  Lives in an arena;
 * errors stick.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_OUTREQ_H
#define FETCH_OUTREQ_H
#include "base/arena.h"
#include "base/buf.h"
#include "conduit/http.h"

#include <stdbool.h>

enum {
	OUTREQ_HEADERS_MAX = 20, OUTREQ_PIECES_MAX = 24, OUTREQ_URL_MAX = 8192,
	OUTREQ_METHOD_MAX = 16, OUTREQ_HEAD_MAX = 48 << 10,      /* bytes of all headers */
};

struct outreq_header { cdt_str name, value; bool secret; };
struct outreq {
	struct arena *arena;
	const char *method;                     /* "POST" unless set */
	cdt_str url;                            /* NUL-ended */
	struct outreq_header header[OUTREQ_HEADERS_MAX];
	size_t header_count;
	struct buf body;                        /* what was written, if it was */
	cdt_str piece[OUTREQ_PIECES_MAX];       /* what is sent, in order; may point to what
	                                         * lives as long as the request */
	size_t piece_count;
	bool streamed;                   /* the answer comes in small pieces over a long time */
	cdt_status status;
};

void outreq_init(struct outreq *o, struct arena *a, size_t body_cap_bytes);
/* Wipes the secrets: call it before the arena is freed. */
void outreq_fini(struct outreq *o);
void outreq_set_method(struct outreq *o, const char *method);
/* base without its trailing slashes + path; a '/' comes between them when path begins with
 * neither '/' nor '?'.  Refuses anything but http: and https:, user info, fragments, and
 * bytes that are not printable ASCII. */
void outreq_set_url(struct outreq *o, cdt_str base, cdt_str path);
/* Copied.  A name that is there already is replaced.  Refuses bytes below 0x20 and 0x7f,
 * hop-by-hop names, Content-Length, Expect and Accept-Encoding; more than 48 KiB in all.
 * value = prefix + secret for secrets. */
void outreq_add_header(struct outreq *o, cdt_str name, cdt_str value, bool secret);
bool outreq_has(const struct outreq *o, cdt_str name);
/* Sends body (when no piece was added): called once, when the provider has finished. */
void outreq_seal(struct outreq *o);
size_t outreq_body_bytes(const struct outreq *o);

/* What may be a header's name; and what its value must not have: bytes below 0x20, 0x7f. */
bool outreq_is_name(cdt_str s);
bool outreq_has_control_byte(cdt_str s);

#endif
