/* flow/step_permit.c - may this key do that: operation and model.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"

static cdt_status unknown_model(struct exchange *x)
{
	struct router *r = roster_router(exchange_roster(x));
	const char *near = router_nearest(r, x->ask.model);

	if (near && key_may_model(x->key, str_z(near)))
		return problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_FOUND, "model",
		                   "The model '%.*s' does not exist; did you mean '%s'?",
		                   STR_ARG(x->ask.model), near);
	return problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_FOUND, "model",
	                   "The model '%.*s' does not exist. GET /v1/models lists those that "
	                   "this key may use.", STR_ARG(x->ask.model));
}

enum step_result step_permit(struct exchange *x)
{
	if (!key_may_operate(x->key, x->ask.op)) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_NOT_ALLOWED, NULL,
		                  "This key may not use %s; ask its owner to add \"%s\" to its "
		                  "operations.", x->surface->path, op_name(x->ask.op));
		return STEP_FAILED;
	}
	x->route = router_find(roster_router(exchange_roster(x)), x->ask.model, &x->arena);
	/* An alias is allowed when either of its names is. */
	if (!key_may_model(x->key, x->ask.model) &&
	    !(x->route && key_may_model(x->key, x->route->name))) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_ALLOWED, "model",
		                  "This key may not use the model '%.*s'. GET /v1/models lists "
		                  "those that it may use.", STR_ARG(x->ask.model));
		return STEP_FAILED;
	}
	if (!x->route) {
		(void)unknown_model(x);
		return STEP_FAILED;
	}
	return STEP_NEXT;
}
