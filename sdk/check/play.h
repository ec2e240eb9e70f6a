/* check/play.h - one attempt with a plugin, as upstream/attempt.c drives it, but without
 * network: build, and the recorded answers through the real frame cutter.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_PLAY_H
#define CHECK_PLAY_H
#include "base/arena.h"
#include "base/jsonscan.h"
#include "check/fake_sink.h"
#include "check/recording.h"
#include "check/stage.h"

/* What the client asks for. */
struct wish {
	uint32_t op;
	bool stream, native, strict;
	int64_t max_output;
	cdt_str model, base_url, secret, dialect;
	struct json *doc;                      /* owned */
	cdt_str doc_text;                      /* the same as text; of a native one */
	struct jsonscan scan;                  /* of doc_text */
	struct cdt_blob blob[8];
	size_t blob_count;
	struct cdt_header passed[4];           /* "client_headers" of the case */
	size_t passed_count;
	struct arena arena;                    /* its texts */
};
/* Reads the members of a case (op, model, doc, stream...); what it does not say is a plain
 * request of the operation.  False: why says what is wrong. */
bool wish_read(struct wish *w, const struct json *rule, bool stream, struct buf *why);
/* The same request as a client of the plugin's own dialect sends it; false: it has none for
 * the operation. */
bool wish_read_native(struct wish *w, const struct json *rule, const struct instance *i,
                      bool stream, struct buf *why);
void wish_fini(struct wish *w);

struct play_how {
	const cdt_str *wire;                   /* of each reply, whole or not */
	uint64_t split;                        /* 0: at once; 1: byte by byte; else a seed */
	unsigned abort_at;                     /* emit fails there; 0 = never */
	bool leave;                            /* the client leaves behind the last byte */
	size_t *border;                        /* gets where frames ended in the wire of the */
	size_t border_max;                     /* only reply, when split is 1 */
};

struct outcome {
	struct fake_sink sink;
	cdt_status status;                     /* CDT_OK: the answer ended well */
	bool has_error;                        /* what error() said is in error */
	struct cdt_error error;
	bool plain_bytes;                      /* framed as CDT_FRAMES_BYTES: no end is known */
	bool follows;                          /* the plugin waits for one answer more */
	size_t replies, frames, border_count;  /* used of the recording */
	struct buf wrong;                      /* breaches of the contract */
	struct buf text;                       /* all of it as lines; see play_show */
	struct buf relayed;                    /* what the plugin gave in place of frames */
	struct arena keep;
};
void play(struct outcome *o, struct instance_self *self, const struct wish *w,
          const struct recording *r, const struct play_how *how);
void outcome_fini(struct outcome *o);

/* fake_sink_show, and behind it how the answer ended, when not well:
 *   relayed EVENT: DATA               of a native answer: in place of upstream's frame
 *   error REASON [code=C] [param=P] [retry_ms=N]: MESSAGE    what error() made of it
 *   broken                            finish said that it was cut
 *   failed STATUS                     any other status
 *   refused [PARAM]: MESSAGE          the plugin refused
 *   follows MS                        it waits for one answer more
 *   headroom REQUESTS TOKENS RESET_MS */
cdt_str play_show(struct outcome *o);
const char *status_word(cdt_status st);

#endif
