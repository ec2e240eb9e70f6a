/* flow/step_identify.c - whose request is it: finds the key text wherever clients put it and
 * lets the ring prove it.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/str.h"
#include "flow/exchange.h"
#include "limit/throttle.h"

/* In this order (contract.md 2). */
static cdt_str key_text(const struct http_request *r)
{
	static const char *const names[] = { "x-api-key", "api-key", "x-virtual-key" };
	cdt_str value = http_header(r, "authorization");

	if (value.n > 7 && str_is_nocase((cdt_str){ value.p, 7 }, "bearer "))
		return str_trim(str_skip(value, 7));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		value = str_trim(http_header(r, names[i]));
		if (value.n)
			return value;
	}
	return (cdt_str){ "", 0 };
}

/* A key that proves itself never comes here, so that nobody is shut out by a neighbour; the
 * words are the same whatever was wrong. */
static void slow_down(struct exchange *x, cdt_str text)
{
	struct keyring *ring = flow_parts(x->flow)->keyring;
	struct throttle *t = flow_parts(x->flow)->throttle;
	cdt_str id = { "", 0 };
	struct key *known = key_text_check(text, &id) ? keyring_take(ring, id) : NULL;
	uint64_t now_ms = clock_ms(), wait_ms;

	wait_ms = (known ? throttle_take : throttle_take_stranger)(t, x->peer, now_ms);
	keyring_give(ring, known);
	if (!wait_ms)
		return;
	(void)problem_set(&x->problem, &x->arena, PROBLEM_RATE_LIMIT, NULL, "too many wrong "
	                  "API keys from your address; try again later");
	x->problem.error.retry_after_ms = (int64_t)wait_ms;
}

/* A group that is gone, which can not be, opens nothing. */
static bool take_group(struct exchange *x)
{
	const char *name = x->key->group;

	if (!name)
		return true;
	x->group = keyring_take_group(flow_parts(x->flow)->keyring, str_z(name));
	if (!x->group)
		return !problem_set(&x->problem, &x->arena, PROBLEM_KEY_DISABLED, NULL, "the "
		                    "group of this API key is missing; ask your administrator");
	return key_usable(x->group, x->wall_ms, x->peer, &x->arena, &x->problem) == CDT_OK;
}

static enum step_result identify(struct exchange *x)
{
	cdt_str text = key_text(x->request);

	x->key = keyring_prove(flow_parts(x->flow)->keyring, text, x->wall_ms, &x->arena,
	                       &x->problem);
	if (!x->key && x->problem.cause == PROBLEM_BAD_KEY)
		slow_down(x, text);
	if (!x->key)
		return STEP_FAILED;
	if (key_usable(x->key, x->wall_ms, x->peer, &x->arena, &x->problem) != CDT_OK)
		return STEP_FAILED;
	if (!take_group(x))
		return STEP_FAILED;
	return STEP_NEXT;
}

enum step_result step_identify(struct exchange *x)
{
	enum step_result result;

	if (x->surface->flags & SURFACE_PUBLIC)
		return STEP_NEXT;
	result = identify(x);
	exchange_trace(x, result == STEP_NEXT);
	return result;
}
