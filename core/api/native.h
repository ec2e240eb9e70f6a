/* api/native.h - answers of an upstream that speaks the client's dialect itself, as far as all
 * dialects are alike: bytes go through as they are, but for the model's name.
 * SPDX-License-Identifier: MIT */
#ifndef API_NATIVE_H
#define API_NATIVE_H
#include "flow/exchange.h"

/* The client's name for the model, as JSON. */
void native_model(struct exchange *x, struct buf *out);
/* surface.native_whole of dialects whose answers have "model" and "usage" outermost. */
cdt_status native_whole(struct exchange *x, cdt_str body, struct buf *out);
/* Makes one line of what was written behind from, which is JSON. */
void native_join_lines(struct buf *out, size_t from);

#endif
