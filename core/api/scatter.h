/* api/scatter.h - the events of a stream, made out of the bytes of a whole answer, as frames
 * that are kept (cache/kept.h).
 * SPDX-License-Identifier: MIT */
#ifndef API_SCATTER_H
#define API_SCATTER_H
#include "base/jsonw.h"
#include "cache/kept.h"

struct scatter {
	struct jsonw w;                /* of the event that is written now */
	struct buf event, *out;
	const char *type;
};

void scatter_init(struct scatter *f, struct buf *out);
void scatter_fini(struct scatter *f);
/* {"type": type and whatever the caller writes to f->w before the end. */
void scatter_begin(struct scatter *f, const char *type);
cdt_status scatter_end(struct scatter *f);
/* A member of the event: that map as it is, but for the members that others name, each
 * followed by the JSON that is put for it; ends with NULL. */
void scatter_put_map(struct scatter *f, const char *key, cdt_str map,
                     const char *const *others);
/* The inside of a text as it is written, without quotes; "" when it is none, or absent. */
cdt_str scatter_word(cdt_str map, const char *key);

#endif
