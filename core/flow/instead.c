/* flow/instead.c - surfaces that can answer by themselves where no upstream does.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "flow/exchange.h"
#include "flow/recall.h"

bool instead_is_due(const struct exchange *x)
{
	cdt_str dialect = str_z(x->surface->dialect->name);

	if (!x->surface->instead || x->explains)
		return false;
	for (size_t i = 0; i < x->route->target_count; i++) {
		const struct target *t = x->route->targets[i];

		if (!target_op(t, &x->ask) || !target_speaks(t, dialect))
			return true;
	}
	return !x->candidate_count;
}

bool instead_answer(struct exchange *x)
{
	struct buf body;
	cdt_status st;

	buf_init(&body, ANSWER_BYTES_MAX);
	st = x->surface->instead(x, &body);
	if (st == CDT_OK && body.status == CDT_OK) {
		x->problem = (struct problem){ .cause = PROBLEM_NONE };
		x->status = 200;
		limit_end(x);                  /* before the client can come back */
		recall_land(x);
		exchange_reply(x, buf_str(&body));
	}
	buf_fini(&body);
	return !x->request;
}

/* Another provider would say the same, and so may not be spoken for. */
static bool is_clients_fault(const struct exchange *x)
{
	static const uint32_t reasons = 1u << CDT_ERR_BAD_REQUEST | 1u << CDT_ERR_FILTERED |
		1u << CDT_ERR_CONTEXT_LENGTH | 1u << CDT_ERR_TOO_LARGE;

	if (x->attempts)
		return x->reason < 32 && reasons >> x->reason & 1;
	return x->problem.status < 500 && x->problem.cause != PROBLEM_UPSTREAM_RATE;
}

bool instead_rescue(struct exchange *x)
{
	return x->surface->instead && x->request && !x->explains && x->serving &&
	       !x->relay.begun && !is_clients_fault(x) && instead_answer(x);
}
