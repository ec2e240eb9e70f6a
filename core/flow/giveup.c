/* flow/giveup.c - telling the client that it did not work, in its own dialect.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "flow/exchange.h"
#include "flow/recall.h"

enum { PROBLEM_BODY_MAX = 64 << 10 };

void giveup(struct exchange *x)
{
	const struct dialect *dialect = x->surface->dialect;
	struct buf *head = flow_head_scratch(x->flow);
	struct buf body;

	if (!x->problem.cause)
		(void)problem_set(&x->problem, &x->arena, PROBLEM_INTERNAL, NULL,
		                  "The request could not be served; the gateway's log says "
		                  "why.");
	if (!x->request)
		return;
	limit_end(x);                          /* before the client can come back */
	recall_land(x);
	if (x->relay.begun) {
		relay_broken(x);
		return;
	}
	buf_init(&body, PROBLEM_BODY_MAX);
	x->status = dialect->status ? dialect->status(&x->problem) : x->problem.status;
	dialect->problem(&x->problem, x->id, &body);
	exchange_head(x, "application/json", head);
	if (x->problem.error.retry_after_ms >= 0)
		buf_print(head, "retry-after: %lld\r\n",
		          (long long)((x->problem.error.retry_after_ms + 999) / 1000));
	if (x->problem.cause == PROBLEM_WRONG_METHOD)
		buf_print(head, "allow: %.*s\r\n", STR_ARG(x->rest));
	/* We have tried what can be tried: a client that tries again multiplies it. */
	if (x->attempts > 1 && x->problem.status >= 500)
		buf_add_z(head, "x-should-retry: false\r\n");
	x->bytes_out = (int64_t)body.n;
	http_reply(x->request, x->status, buf_str(head), buf_str(&body));
	x->request = NULL;
	buf_fini(&body);
}

/* Which cause the client sees for an upstream's reason.  Our own credentials and credit are
 * never the client's fault. */
static enum problem_cause cause_of(uint32_t reason)
{
	static const enum problem_cause causes[] = {
		[CDT_ERR_OTHER]          = PROBLEM_UPSTREAM,
		[CDT_ERR_BAD_REQUEST]    = PROBLEM_INVALID_VALUE,
		[CDT_ERR_AUTH]           = PROBLEM_UPSTREAM_AUTH,
		[CDT_ERR_FORBIDDEN]      = PROBLEM_UPSTREAM_AUTH,
		[CDT_ERR_NO_MODEL]       = PROBLEM_MODEL_NOT_FOUND,
		[CDT_ERR_CONTEXT_LENGTH] = PROBLEM_CONTEXT_LENGTH,
		[CDT_ERR_FILTERED]       = PROBLEM_CONTENT_FILTER,
		[CDT_ERR_RATE_LIMITED]   = PROBLEM_UPSTREAM_RATE,
		[CDT_ERR_NO_CREDIT]      = PROBLEM_UPSTREAM_AUTH,
		[CDT_ERR_OVERLOADED]     = PROBLEM_OVERLOADED,
		[CDT_ERR_TIMEOUT]        = PROBLEM_TIMEOUT,
		[CDT_ERR_UPSTREAM]       = PROBLEM_UPSTREAM,
		[CDT_ERR_TOO_LARGE]      = PROBLEM_TOO_LARGE,
	};

	return reason && reason < sizeof causes / sizeof *causes ? causes[reason]
	                                                         : PROBLEM_UPSTREAM;
}

void giveup_explain(struct exchange *x, const struct attempt_end *end)
{
	enum problem_cause cause = cause_of(end->error.reason);
	struct problem *p = &x->problem;

	if (cause == PROBLEM_UPSTREAM_AUTH) {
		/* What the upstream says about our account is not for the client. */
		(void)problem_set(p, &x->arena, cause, NULL,
		                  "The provider '%.*s' refused the gateway's own "
		                  "credentials; tell the operator.",
		                  STR_ARG(x->tried->target->provider));
		return;
	}
	(void)problem_set(p, &x->arena, cause, NULL, "%.*s", STR_ARG(end->error.message));
	p->upstreams = true;
	if (end->error.message.n)
		p->error.message = end->error.message;  /* whole: problem_set has less room */
	p->error.code = end->error.code;
	p->error.param = end->error.param;
	p->error.reason = end->error.reason;
	p->error.retry_after_ms = end->error.retry_after_ms;
	if (p->error.retry_after_ms < 0 && (p->status == 429 || p->status == 503))
		p->error.retry_after_ms = 1000;
}
