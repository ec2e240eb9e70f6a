/* api/model.h - one model by its name, as far as all dialects are alike.
 * SPDX-License-Identifier: MIT */
#ifndef API_MODEL_H
#define API_MODEL_H
#include "base/jsonw.h"
#include "flow/exchange.h"

/* The model that the rest of the path names, as write has it; CDT_E_INVALID, with x->problem,
 * when there is none that the caller's key may use. */
cdt_status model_by_path(struct exchange *x, struct buf *out,
                         void (*write)(struct jsonw *w, cdt_str id, const struct route *r));

#endif
