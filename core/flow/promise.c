/* flow/promise.c - what an Idempotency-Key promises: the same request of the same virtual key
 * gets the same answer, and is billed once.  Who comes first leads; who comes meanwhile follows
 * it; who comes later gets what was kept.  Another request under the same key is a conflict.
 *
 * An answer that is whole (2xx, also one that was cut at a limit) is durable before it is
 * settled, and settled before its last byte is sent.  Errors are not kept: who tries again asks
 * anew.  What a crash means for the bill:
 *   while it is being made      it was never whole: recovery charges what was held, and a retry
 *                               is a request of its own
 *   after it was kept           recovery charges what was held; a retry gets what was kept
 *   after it was settled        charged exactly, once; a retry gets what was kept
 * The leader looks for a kept one after it took the lead: whoever led before has kept its
 * answer by then, so that no two ask for the same.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/recall.h"
#include "store/shelf.h"

enum { KEY_MAX = 255, RETRY_MS = 1000 };

static struct shelf *shelf_of(const struct exchange *x)
{
	return flow_parts(x->flow)->promised;
}

static cdt_str header_of(const struct exchange *x)
{
	return http_header(x->request, "idempotency-key");
}

bool promise_is_wanted(const struct exchange *x)
{
	return !x->explains && x->request && shelf_of(x) &&
	       exchange_config(x)->cache.idempotency_ms > 0 && header_of(x).p;
}

static bool is_fine(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= KEY_MAX;
}

/* Which promise: the header's words, of that virtual key; and what it is about. */
static void name(struct exchange *x)
{
	static const struct ask nothing;
	struct fingerprints *prints = desk_fingerprints(flow_desk(x->flow));
	struct fingerprint key = {
		.scope = "idempotency", .owner = { x->key->id, KEY_ID_SIZE }, .ns = CDT_STR(""),
		.wish = header_of(x), .dialect = CDT_STR(""), .route = CDT_STR(""),
		.ask = &nothing,
	};
	struct fingerprint body = {
		.scope = "request", .owner = CDT_STR(""), .ns = CDT_STR(""), .wish = x->path,
		.dialect = str_z(x->surface->dialect->name), .route = CDT_STR(""),
		.ask = &x->ask, .whole_body = true,
	};

	fingerprint_of(prints, &key, x->recall->key);
	fingerprint_of(prints, &body, x->recall->body);
}

enum step_result promise_begin(struct exchange *x)
{
	struct recall *r;

	if (!is_fine(header_of(x))) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE,
		                  "Idempotency-Key", "Idempotency-Key must be 1 to %d "
		                  "printable ASCII characters.", KEY_MAX);
		return STEP_FAILED;
	}
	r = recall_new(x);
	if (!r)
		return STEP_FAILED;
	r->idempotent = r->shares = true;
	r->rules.ttl_ms = exchange_config(x)->cache.idempotency_ms;
	name(x);
	return recall_fly(x);
}

bool promise_matches(const struct exchange *x)
{
	const struct recall *r = x->recall;

	return memcmp(flight_lead_of(r->flight)->body, r->body, sizeof r->body) == 0;
}

enum step_result promise_conflict(struct exchange *x)
{
	(void)problem_set(&x->problem, &x->arena, PROBLEM_CONFLICT, NULL,
	                  "The Idempotency-Key of this request was used with another one: the "
	                  "same key stands for the same body. Use a new key.");
	return STEP_FAILED;
}

/* It can neither be asked for once more, nor be waited for. */
enum step_result promise_crowded(struct exchange *x)
{
	(void)problem_set(&x->problem, &x->arena, PROBLEM_OVERLOADED, NULL,
	                  "The answer to this Idempotency-Key can not be had now. Try again.");
	x->problem.error.retry_after_ms = RETRY_MS;
	return STEP_FAILED;
}

/* --- what was kept --- */

/* The shortest that was ever said. */
static bool is_over(const struct recall *r, int64_t now_ms)
{
	return now_ms - r->from.stored_ms >= r->rules.ttl_ms;
}

static enum step_result spoilt(const struct exchange *x)
{
	log_error(LOG_FLOW, x->id.p, "the kept answer to an Idempotency-Key can not be read: "
	          "it is asked for anew");
	return STEP_NEXT;
}

enum step_result promise_look(struct exchange *x)
{
	struct recall *r = x->recall;
	int64_t now_ms = clock_wall_ms();
	enum step_result result;
	cdt_str value;

	switch (shelf_get(shelf_of(x), r->key, now_ms, &x->arena, &value)) {
	case CDT_OK:
		break;
	case CDT_E_ABSENT:
		return STEP_NEXT;
	case CDT_E_LIMIT:
		return promise_crowded(x);
	default:
		return spoilt(x);
	}
	if (!kept_read(value, r->key, &r->from))
		return spoilt(x);
	if (is_over(r, now_ms))
		return STEP_NEXT;
	if (memcmp(r->from.body, r->body, sizeof r->body) != 0)
		return promise_conflict(x);
	r->target = replay_target(x, &r->from);
	result = recall_give(x, RECALL_REPLAYED);
	return result == STEP_FAILED ? spoilt(x) : result;
}

/* --- keeping --- */

bool promise_binds(const struct exchange *x)
{
	return x->recall && x->recall->idempotent && capture_is_on(x);
}

static void on_kept(void *arg, cdt_status st)
{
	struct exchange *x = arg;

	x->recall->keeping = NULL;
	if (st != CDT_OK)
		log_warn(LOG_FLOW, x->id.p, "the answer to an Idempotency-Key was not kept, a "
		         "retry will be asked anew status=%d", (int)st);
	attempt_kept(x);
}

bool promise_keep(struct exchange *x)
{
	struct recall *r = x->recall;
	struct shelf_value v = { .expires_ms = clock_wall_ms() };

	if (!promise_binds(x))
		return false;
	memcpy(v.key, r->key, sizeof v.key);
	v.expires_ms += r->rules.ttl_ms;
	buf_init(&v.bytes, (size_t)exchange_config(x)->cache.max_entry);
	if (!r->unfit && capture_pack(x, r->key, &v.bytes) == CDT_OK)
		r->keeping = shelf_put(shelf_of(x), &v, flow_worker(x->flow), on_kept, x);
	if (!r->keeping)
		log_warn(LOG_FLOW, x->id.p, "the answer to an Idempotency-Key is too large to "
		         "be kept, or too many are: a retry will be asked anew");
	buf_fini(&v.bytes);
	return r->keeping != NULL;
}

bool promise_is_being_kept(const struct exchange *x)
{
	return x->recall && x->recall->keeping;
}

void promise_forget(struct recall *r)
{
	if (r->keeping)
		shelf_forget(r->keeping);
	r->keeping = NULL;
}
