/* flow/step_route.c - who could answer: targets in order, without those that can not do it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"

enum step_result step_route(struct exchange *x)
{
	struct candidate all[ROUTE_CANDIDATES_MAX];
	size_t n = roster_rank(exchange_roster(x), x->route, &x->ask, x->key->id, all);

	if (!n) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "model",
		                  "No provider of the model '%.*s' can serve %s%s.",
		                  STR_ARG(x->ask.model), op_name(x->ask.op),
		                  x->ask.routing->only_count || x->ask.routing->ignore_count
		                  ? " with the given routing" : "");
		return STEP_FAILED;
	}
	x->candidates = arena_take(&x->arena, n * sizeof *x->candidates);
	if (!x->candidates)
		return STEP_FAILED;
	memcpy(x->candidates, all, n * sizeof *all);
	x->candidate_count = n;
	return STEP_NEXT;
}
