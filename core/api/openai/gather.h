/* api/openai/gather.h - whole answers out of streams and streams out of whole answers, for who
 * asks the other way for what is known.  Private to the folder.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPENAI_GATHER_H
#define API_OPENAI_GATHER_H
#include "base/buf.h"

/* frames: as cache/kept.h has them, each a chunk.  object: what the answer calls itself;
 * wrapper: the member of a choice that becomes its "message", or NULL.
 * CDT_E_UNSUPPORTED: nobody knows how to put them together. */
cdt_status openai_gather(cdt_str frames, const char *object, const char *wrapper,
                         struct buf *body);

/* Appends chunks, the last one with usage.  object: what they call themselves; wrapper: the
 * member of a choice that its "message" becomes, or NULL. */
cdt_status openai_scatter(cdt_str body, const char *object, const char *wrapper,
                          struct buf *frames);

#endif
