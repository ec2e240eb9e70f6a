/* api/openai/pictures.h - answers of the two images surfaces.  Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPENAI_PICTURES_H
#define API_OPENAI_PICTURES_H
#include "api/openai/openai.h"

cdt_status pictures_whole(struct exchange *x, struct answer *a, struct buf *out);
cdt_status pictures_native_whole(struct exchange *x, cdt_str body, struct buf *out);
cdt_status pictures_event(struct exchange *x, const struct cdt_event *ev, struct buf *out);
cdt_status pictures_native_frame(struct exchange *x, const struct cdt_frame *f,
                                 struct buf *out, bool *meaningful);
cdt_status pictures_end(struct exchange *x, struct buf *out);

#endif
