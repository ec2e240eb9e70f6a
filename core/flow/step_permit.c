/* flow/step_permit.c - may this key do that: operation and model.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "flow/exchange.h"

static const cdt_str nothing;

bool exchange_may_model(const struct exchange *x, cdt_str model, cdt_str also)
{
	const struct key *owners[] = { x->key, x->group };

	for (size_t i = 0; i < 2; i++)
		if (owners[i] && !key_may_model(owners[i], model) &&
		    !(also.n && key_may_model(owners[i], also)))
			return false;
	return true;
}

static cdt_status unknown_model(struct exchange *x)
{
	struct router *r = roster_router(exchange_roster(x));
	const char *near = router_nearest(r, x->ask.model);

	if (near && exchange_may_model(x, str_z(near), nothing))
		return problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_FOUND, "model",
		                   "The model '%.*s' does not exist; did you mean '%s'?",
		                   STR_ARG(x->ask.model), near);
	return problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_FOUND, "model",
	                   "The model '%.*s' does not exist. GET /v1/models lists those that "
	                   "this key may use.", STR_ARG(x->ask.model));
}

enum step_result step_permit(struct exchange *x)
{
	if (!key_may_operate(x->key, x->ask.op) ||
	    (x->group && !key_may_operate(x->group, x->ask.op))) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_NOT_ALLOWED, NULL,
		                  "This key may not use %s; ask its owner to add \"%s\" to its "
		                  "operations.", x->surface->path,
		                  key_operation_name(x->ask.op));
		return STEP_FAILED;
	}
	x->route = router_find(roster_router(exchange_roster(x)), x->ask.model, &x->arena);
	/* An alias is allowed when either of its names is. */
	if (!exchange_may_model(x, x->ask.model, x->route ? x->route->name : nothing)) {
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
