/* flow/step_limit.c - not too fast: whose limits an exchange meets, what it is estimated to
 * need, what it gets back at the end.  The counting itself is limit/limiter.c.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "flow/line.h"
#include "flow/recall.h"

/* Estimates serve limits only: a token is about four bytes of JSON, and who does not say
 * how much answer it wants (or wants more) is held to need OUTPUT_GUESS tokens until it is
 * known. */
enum { BYTES_A_TOKEN = 4, OUTPUT_GUESS = 1024 };
/* Concurrency that another worker gives back is found by looking. */
enum { LOOK_AGAIN_MS = 10, RETRY_MS = 1000 };

struct scopes {
	struct limit_scope of[LIMIT_SCOPES_MAX];
	const char *kind[LIMIT_SCOPES_MAX];    /* for metrics and messages */
	size_t count;
	struct config_limits key;
	char key_id[LIMIT_ID_SIZE], group_id[LIMIT_ID_SIZE], model_id[LIMIT_ID_SIZE];
};

static cdt_str id_of(char out[LIMIT_ID_SIZE], const char *kind, cdt_str name)
{
	size_t k = strlen(kind), n = name.n < LIMIT_ID_SIZE - k ? name.n : LIMIT_ID_SIZE - k;

	memcpy(out, kind, k);
	memcpy(out + k, name.p, n);
	return (cdt_str){ out, k + n };
}

cdt_str limit_key_id(const struct exchange *x, char out[LIMIT_ID_SIZE])
{
	return id_of(out, "key:", (cdt_str){ x->key->id, KEY_ID_SIZE });
}

struct config_limits limit_effective(const struct exchange *x)
{
	const struct config_limits *own = key_limits(x->key);
	const struct config_limits *dflt = &exchange_config(x)->limits_default;
	struct config_limits all = { .shadowed = own->shadowed };

	for (int i = 0; i < LIMIT_COUNT; i++) {
		all.max[i] = own->max[i] ? own->max[i] : dflt->max[i];
		if (!own->max[i])
			all.shadowed |= dflt->shadowed & 1u << i;
	}
	return all;
}

static void add_scope(struct scopes *s, const char *kind, cdt_str id,
                      const struct config_limits *limits)
{
	s->kind[s->count] = kind;
	s->of[s->count++] = (struct limit_scope){ id, limits };
}

/* Each kind of scope has its paragraph. */
static void scopes_of(const struct exchange *x, struct scopes *s)
{
	const struct config_model *model = x->route->model;

	s->count = 0;
	s->key = limit_effective(x);
	if (limits_any(&s->key))
		add_scope(s, "key", limit_key_id(x, s->key_id), &s->key);
	if (x->group && limits_any(key_limits(x->group)))
		add_scope(s, "group", id_of(s->group_id, "group:", str_z(x->group->name)),
		          key_limits(x->group));
	if (model && limits_any(&model->limits))
		add_scope(s, "model", id_of(s->model_id, "model:", x->route->name),
		          &model->limits);
}

static int64_t output_of(const struct ask *a)
{
	if (!op_has_output(a->op))
		return 0;
	return a->max_output && a->max_output < OUTPUT_GUESS ? a->max_output : OUTPUT_GUESS;
}

void limit_estimate(const struct exchange *x, int64_t *input, int64_t *output)
{
	*input = (exchange_text_bytes(x) + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN;
	*output = output_of(&x->ask);
}

static struct limit_ask ask_for(const struct exchange *x, const struct limit_scope *scopes,
                                size_t count, uint64_t now_ms)
{
	struct limit_ask ask = { .scopes = scopes, .count = count, .now_ms = now_ms };

	if (!op_is_free(x->ask.op))
		limit_estimate(x, &ask.input, &ask.output);
	return ask;
}

/* --- the answer --- */

static void count_shadowed(struct exchange *x, const struct lease *lease,
                           const char *const *kinds)
{
	for (size_t i = 0; i < lease->count; i++)
		for (int k = 0; lease->parts[i].shadowed >> k; k++)
			if (lease->parts[i].shadowed & 1 << k)
				flow_count_limit(x, true, kinds[i], (enum limit)k);
}

static cdt_status take(struct exchange *x, const struct scopes *s, uint64_t now_ms,
                       struct limit_refusal *why)
{
	struct limit_ask ask = ask_for(x, s->of, s->count, now_ms);
	cdt_status st = limiter_take(flow_parts(x->flow)->limiter, &ask, &x->lease, why);

	if (st == CDT_OK) {
		count_shadowed(x, &x->lease, s->kind);
		(void)limit_seen(x);
	}
	return st;
}

static void name_scope(const struct exchange *x, const char *kind, char *out, size_t size)
{
	if (!strcmp(kind, "model"))
		(void)snprintf(out, size, "the model '%.*s'", STR_ARG(x->route->name));
	else if (!strcmp(kind, "group"))
		(void)snprintf(out, size, "the group '%s' of this key", x->group->name);
	else
		(void)snprintf(out, size, "this key");
}

static enum step_result refuse(struct exchange *x, const struct scopes *s,
                               const struct limit_refusal *why)
{
	uint64_t ms = why->wait_ms ? why->wait_ms : RETRY_MS;
	bool tokens = why->limit >= LIMIT_TPM && why->limit <= LIMIT_OUTPUT_TPM;
	char need[64] = "", whose[LIMIT_ID_SIZE + 32];

	if (why->limit == LIMIT_COUNT) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_OVERLOADED, NULL,
		                  "Too many limits are being counted; try again.");
		x->problem.error.retry_after_ms = RETRY_MS;
		return STEP_FAILED;
	}
	flow_count_limit(x, false, s->kind[why->scope], why->limit);
	name_scope(x, s->kind[why->scope], whose, sizeof whose);
	if (tokens)
		(void)snprintf(need, sizeof need, "; this request is estimated at %lld",
		               (long long)why->need);
	(void)problem_set(&x->problem, &x->arena, PROBLEM_RATE_LIMIT, NULL,
	                  "Rate limit reached for %s: %lld %s (%s)%s. Try again in %llu s.",
	                  whose, (long long)why->max, limit_rows[why->limit].phrase,
	                  limit_rows[why->limit].name, need,
	                  (unsigned long long)(ms + 999) / 1000);
	x->problem.error.retry_after_ms = (int64_t)ms;
	(void)limit_seen(x);
	return STEP_FAILED;
}

static bool worth_waiting(const struct exchange *x, const struct limit_refusal *why,
                          uint64_t now_ms)
{
	uint64_t in_ms = why->wait_ms ? why->wait_ms : LOOK_AGAIN_MS;

	return why->limit != LIMIT_COUNT && now_ms + in_ms <= x->waiting.until_ms;
}

static bool limit_again(struct exchange *x, uint64_t now_ms)
{
	enum step_result result = STEP_NEXT;
	struct limit_refusal why;
	struct scopes s;

	scopes_of(x, &s);
	if (take(x, &s, now_ms, &why) != CDT_OK) {
		if (worth_waiting(x, &why, now_ms)) {
			x->waiting.retry_ms =
				now_ms + (why.wait_ms ? why.wait_ms : LOOK_AGAIN_MS);
			return true;
		}
		result = refuse(x, &s, &why);
	}
	exchange_resume(x, result);
	return false;
}

static bool join(struct exchange *x, const struct limit_refusal *why, uint64_t now_ms)
{
	uint64_t in_ms = why->wait_ms ? why->wait_ms : LOOK_AGAIN_MS;

	x->waiting.again = limit_again;
	x->waiting.patient = false;
	if (!worth_waiting(x, why, now_ms) ||
	    !line_join(flow_line(x->flow), x, now_ms, in_ms))
		return false;
	relay_watch(x);
	return true;
}

enum step_result step_limit(struct exchange *x)
{
	static const struct limit_refusal behind = { .limit = LIMIT_RPM };
	struct limit_refusal why;
	struct scopes s;
	uint64_t now_ms;
	uint32_t wait_ms;

	scopes_of(x, &s);
	x->limits_seen = !s.count;
	if (!s.count || x->explains)
		return STEP_NEXT;
	now_ms = clock_ms();
	wait_ms = exchange_config(x)->limits_wait_ms;
	if (x->timeout_ms && x->timeout_ms < wait_ms)
		wait_ms = x->timeout_ms;
	x->waiting.until_ms = now_ms + wait_ms;
	if (line_has(flow_line(x->flow), x->key) && join(x, &behind, now_ms))
		return STEP_WAIT;
	if (take(x, &s, now_ms, &why) == CDT_OK)
		return STEP_NEXT;
	return join(x, &why, now_ms) ? STEP_WAIT : refuse(x, &s, &why);
}

/* --- the model of a fallback --- */

static void end(struct exchange *x, struct lease *lease, bool answered);

bool limit_serving(struct exchange *x)
{
	static const char *const kind[] = { "model" };
	const struct config_model *model = x->serving->model;
	struct limit_scope scope = { .limits = &model->limits };
	struct limit_refusal why;
	struct limit_ask ask;
	char id[LIMIT_ID_SIZE];

	if (x->serving_lease.count)
		end(x, &x->serving_lease, false);
	if (!limits_any(&model->limits))
		return true;
	scope.id = id_of(id, "model:", x->serving->name);
	ask = ask_for(x, &scope, 1, clock_ms());
	if (limiter_take(flow_parts(x->flow)->limiter, &ask, &x->serving_lease, &why) !=
	    CDT_OK) {
		flow_count_limit(x, false, kind[0], why.limit);
		return false;
	}
	count_shadowed(x, &x->serving_lease, kind);
	return true;
}

/* --- the credential of one attempt --- */

bool limit_attempt(struct exchange *x, const struct candidate *c, uint64_t *wait_ms)
{
	static const char *const kind[] = { "credential" };
	const struct config_limits *limits = &c->target->config->limits;
	struct limiter *l = flow_parts(x->flow)->limiter;
	struct limit_refusal why;
	struct limit_scope scope = { .limits = limits };
	struct limit_ask ask;
	char id[LIMIT_ID_SIZE];

	if (!limits_any(limits))
		return true;
	scope.id = id_of(id, "credential:", c->target->provider);
	if (c->credential) {
		size_t n = strlen(c->credential->id), room = LIMIT_ID_SIZE - scope.id.n;

		/* No name has a slash, so that the two can not be mistaken. */
		if (room > n) {
			id[scope.id.n] = '/';
			memcpy(id + scope.id.n + 1, c->credential->id, n);
			scope.id.n += n + 1;
		}
	}
	ask = ask_for(x, &scope, 1, clock_ms());
	if (limiter_take(l, &ask, &x->attempt_lease, &why) == CDT_OK) {
		count_shadowed(x, &x->attempt_lease, kind);
		return true;
	}
	if (why.limit != LIMIT_COUNT)
		flow_count_limit(x, false, kind[0], why.limit);
	*wait_ms = why.wait_ms;
	return false;
}

/* --- giving back --- */

/* What the upstream said it was.  Said nothing: an answer keeps its estimate, a failure was
 * none. */
static void end(struct exchange *x, struct lease *lease, bool answered)
{
	struct limiter *l = flow_parts(x->flow)->limiter;
	int64_t unsaid = answered ? -1 : 0;
	bool said = x->usage.input >= 0 || x->usage.output >= 0;

	lease_end(l, lease, said ? x->usage.input : unsaid, said ? x->usage.output : unsaid,
	          clock_ms());
	line_stir(flow_line(x->flow));
}

void limit_attempt_end(struct exchange *x, bool answered)
{
	if (x->attempt_lease.count)
		end(x, &x->attempt_lease, answered || x->relay.shown || x->left);
}

void limit_attempt_undo(struct exchange *x)
{
	live_leave(x);
	if (!x->attempt_lease.count)
		return;
	lease_undo(flow_parts(x->flow)->limiter, &x->attempt_lease, clock_ms());
	line_stir(flow_line(x->flow));
}

/* It counts as a request; its tokens, as the configuration says. */
static void end_known(struct exchange *x)
{
	const struct cdt_usage *u = &x->recall->from.usage;
	bool counts = exchange_config(x)->cache.count_tokens && x->status == 200;

	lease_end(flow_parts(x->flow)->limiter, &x->lease, counts ? u->input : 0,
	          counts ? u->output : 0, clock_ms());
	line_stir(flow_line(x->flow));
}

void limit_end(struct exchange *x)
{
	line_leave(flow_line(x->flow), x);
	live_leave(x);
	limit_attempt_end(x, false);
	if (x->serving_lease.count)
		end(x, &x->serving_lease, x->left || x->status == 200);
	if (!x->lease.count)
		return;
	if (x->attempts) {
		end(x, &x->lease, x->left || x->status == 200);
		return;
	}
	if (x->recall && x->recall->verdict >= RECALL_HIT) {
		end_known(x);
		return;
	}
	lease_undo(flow_parts(x->flow)->limiter, &x->lease, clock_ms());
	line_stir(flow_line(x->flow));
}
