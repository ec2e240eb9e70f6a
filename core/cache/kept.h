/* cache/kept.h - how an answer is kept: a head that says what it was, then its frames as an
 * upstream that speaks the client's dialect would have sent them.  The bytes carry a version
 * and a check that knows their key, so that a backend can not spoil or mix them up unseen.
 * Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_KEPT_H
#define CACHE_KEPT_H
#include "base/buf.h"
#include "conduit/event.h"

#include <stdbool.h>

enum { KEPT_KEY_SIZE = 32, KEPT_TEXT_MAX = 1024 };

/* One piece of a stream, or a whole answer. */
struct kept_frame {
	cdt_str event, body;           /* event: "" = without a name */
	uint32_t after_ms;             /* since the one before */
};

struct kept {
	int64_t stored_ms;             /* wall */
	int64_t ttl_ms;                /* from then on it is fresh */
	int64_t cost;                  /* nano-USD that it has cost */
	int64_t took_us;               /* from the request to the end of the answer */
	struct cdt_usage usage;
	bool stream;                   /* frames of a stream; else the answer is one frame */
	uint8_t body[KEPT_KEY_SIZE];   /* the request's digest; zeroed where nobody asks */
	/* Who answered: names of the configuration, the upstream's of the model. */
	cdt_str provider, target, model;
	cdt_str route, key;            /* the model asked for; the virtual key's id */
	cdt_str type;                  /* media type; "" = the surface's usual one */
	cdt_str frames;                /* see kept_next */
};

/* Appends one frame as kept_next reads it.  CDT_E_LIMIT: too large. */
cdt_status kept_add(struct buf *frames, const struct kept_frame *f);
/* The same of a frame without a name whose body the caller appends between the two. */
size_t kept_begin(struct buf *frames);
cdt_status kept_end(struct buf *frames, size_t begun);
/* Takes the first frame off.  False: there is none, or it is none. */
bool kept_next(cdt_str *frames, struct kept_frame *f);

/* Appends all of k but its frames, which are to follow in pieces; then seals what is there. */
void kept_head(const struct kept *k, struct buf *out);
void kept_seal(const uint8_t key[KEPT_KEY_SIZE], struct buf *out);
/* False: of another version, of another key, cut or spoilt.  Texts and frames point into
 * value. */
bool kept_read(cdt_str value, const uint8_t key[KEPT_KEY_SIZE], struct kept *out);

#endif
