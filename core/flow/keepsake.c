/* flow/keepsake.c - what a surface keeps of an answer, or of a call of its own: durable before
 * the client reads that it is so.  What can not be kept is logged, and the answer is sent.
 * SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "flow/exchange.h"
#include "store/shelf.h"

static void answer_now(struct exchange *x)
{
	if (!x->left)
		exchange_reply(x, buf_str(&x->relay.held));
	exchange_resume(x, STEP_DONE);
}

static void on_kept(void *arg, cdt_status st)
{
	struct exchange *x = arg;

	x->keepsake = NULL;
	if (st != CDT_OK)
		log_warn(LOG_FLOW, x->id.p, "what was to be kept of an answer was not "
		         "status=%d", (int)st);
	if (x->surface->op)
		attempt_remembered(x);
	else
		answer_now(x);
}

bool keepsake_put(struct exchange *x, struct shelf_value *v)
{
	x->keepsake = shelf_put(flow_parts(x->flow)->remembered, v, flow_worker(x->flow),
	                        on_kept, x);
	buf_fini(&v->bytes);
	return x->keepsake != NULL;
}

bool keepsake_keep(struct exchange *x)
{
	struct shelf_value v = { .expires_ms = 0 };

	if (!x->surface->remember || !flow_parts(x->flow)->remembered ||
	    !x->surface->remember(x, &v))
		return false;
	if (v.bytes.status == CDT_OK && keepsake_put(x, &v))
		return true;
	buf_fini(&v.bytes);
	log_warn(LOG_FLOW, x->id.p, "an answer is too large to be kept, or too many are being "
	         "written");
	return false;
}

enum step_result keepsake_wait(struct exchange *x, struct buf *body)
{
	x->relay.held = *body;
	relay_watch(x);
	return STEP_WAIT;
}

void keepsake_forget(struct exchange *x)
{
	if (x->keepsake)
		shelf_forget(x->keepsake);
	x->keepsake = NULL;
}
