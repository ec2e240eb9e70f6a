/* api/model.c - see model.h.
 * SPDX-License-Identifier: MIT */
#include "api/model.h"

#include "base/query.h"
#include "base/str.h"

cdt_status model_by_path(struct exchange *x, struct buf *out,
                         void (*write)(struct jsonw *w, cdt_str id, const struct route *r))
{
	cdt_str id = query_decode(&x->arena, x->rest);
	struct router *router = roster_router(exchange_roster(x));
	const struct route *r = id.n ? router_find(router, id, &x->arena) : NULL;
	struct jsonw w;

	if (!r || !exchange_may_model(x, id, r->name))
		return problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_FOUND, "model",
		                   "The model '%.*s' does not exist, or this key may not "
		                   "use it.", STR_ARG(id));
	x->ask.model = id;
	jsonw_init(&w, out);
	write(&w, id, r);
	return jsonw_status(&w);
}
