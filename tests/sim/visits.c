/* sim/visits.c - clients come in bursts, wait, leave, come again; a visit goes the way of an
 * exchange: limits, ranking, money, attempts, the end.
 * SPDX-License-Identifier: MIT */
#include "visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { OPEN_MAX = 400, FIRST_BYTE_US = 30000000, TOTAL_US = 200000000, OUTPUT_GUESS = 1024 };

static struct list visits = { &visits, &visits };
static uint64_t numbers;
static size_t open_count;

static void on_first_late(void *arg);
static void on_late(void *arg);
static void arrive(void *arg);

void visits_reset(void)
{
	list_init(&visits);
	numbers = 0;
	open_count = 0;
}

void visits_crash(void)
{
	list_init(&visits);
	open_count = 0;
}

size_t visits_open(void)
{
	return open_count;
}

static struct visit *find(uint64_t number)
{
	LIST_EACH(it, &visits)
		if (LIST_OF(it, struct visit, link)->number == number)
			return LIST_OF(it, struct visit, link);
	return NULL;
}

/* --- limits --- */

static void add_scope(struct taken *t, const char *kind, cdt_str name,
                      const struct config_limits *limits)
{
	size_t i = t->count++;

	(void)snprintf(t->ids[i], sizeof t->ids[i], "%s:%.*s", kind, STR_ARG(name));
	t->limits[i] = *limits;
	t->of[i] = (struct limit_scope){ str_z(t->ids[i]), &t->limits[i] };
}

static bool take(const struct visit *x, struct taken *t)
{
	int64_t output = x->ask.max_output && x->ask.max_output < OUTPUT_GUESS
		? x->ask.max_output : OUTPUT_GUESS;
	struct limit_ask ask = { t->of, t->count, (int64_t)(x->ask.body.n + 3) / 4, output,
	                         clock_ms() };
	struct limit_refusal why = { .scope = 0 };
	bool fine = limiter_take(gateway.limiter, &ask, &t->lease, &why) == CDT_OK;

	if (!fine && why.limit == LIMIT_COUNT)
		sim_fail("too many scopes are known");
	if (!fine)
		t->count = 0;
	t->at_us = queue_now_us();
	for (size_t i = 0; i < t->count; i++)
		t->took[i] = t->lease.parts[i].took;
	leases_took(t->of, t->took, t->count);
	return fine;
}

static void give(struct visit *x, struct taken *t, bool answered)
{
	bool said = x->usage.input >= 0 || x->usage.output >= 0;
	int64_t unsaid = answered ? -1 : 0;

	if (!t->count)
		return;
	lease_end(gateway.limiter, &t->lease, said ? x->usage.input : unsaid,
	          said ? x->usage.output : unsaid, clock_ms());
	leases_gave(t->of, t->took, t->count);
	t->count = 0;
}

static void undo(struct taken *t)
{
	if (!t->count)
		return;
	lease_undo(gateway.limiter, &t->lease, clock_ms());
	leases_undid(t->of, t->took, t->count, t->at_us);
	t->count = 0;
}

static bool pass_door(struct visit *x)
{
	x->door.count = 0;
	add_scope(&x->door, "key", str_z(x->key->id), key_limits(x->key));
	if (x->group)
		add_scope(&x->door, "group", str_z(x->group->name), key_limits(x->group));
	add_scope(&x->door, "model", x->ask.model, targets_model_limits(x->model));
	return take(x, &x->door);
}

static bool take_credential(struct visit *x, const struct candidate *c)
{
	char name[48];

	x->credential.count = 0;
	if (!limits_any(&c->target->config->limits))
		return true;
	(void)snprintf(name, sizeof name, "%s/%s", c->target->config->name,
	               c->credential ? c->credential->id : "");
	add_scope(&x->credential, "credential", str_z(name), &c->target->config->limits);
	return take(x, &x->credential);
}

/* --- the end of a visit --- */

static void finish(struct visit *x, bool answered)
{
	trace_note(answered ? "answered" : "not answered", x->number, x->bill.amount);
	give(x, &x->credential, false);
	if (x->attempts)
		give(x, &x->door, answered || x->left);
	else
		undo(&x->door);
	queue_cancel(on_first_late, x);
	queue_cancel(on_late, x);
	if (!answered && !x->left && dice_permille(300))
		queue_add(500000 + dice(30000000), OF_WORLD, "again", arrive, NULL);
	list_remove(&x->link);
	open_count--;
	mem_free(x);
}

/* --- attempts --- */

static const struct candidate *next_candidate(struct visit *x)
{
	if (x->begun || x->attempts == ATTEMPTS)
		return NULL;
	while (x->candidate_next < x->candidate_count) {
		const struct candidate *c = &x->candidates[x->candidate_next++];

		if (take_credential(x, c))
			return c;
	}
	return NULL;
}

static void start(struct visit *x, const struct candidate *c)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	struct upstream_order o = {
		.visit = x->number, .attempt = ++x->attempts, .target = c->target,
		.stream = x->ask.stream, .translated = x->translated,
		.body_bytes = (int64_t)x->ask.body.n, .max_output = x->max_output,
		.n = x->ask.n,
	};

	x->tried = c;
	x->usage = unknown;
	x->seen = 0;
	x->runs = true;
	queue_add(FIRST_BYTE_US, OF_GATEWAY, "late", on_first_late, x);
	queue_add(TOTAL_US, OF_GATEWAY, "late", on_late, x);
	upstreams_ask(&o);
}

/* false: nobody is left to be tried. */
static bool go_on(struct visit *x)
{
	const struct candidate *c;

	while ((c = next_candidate(x)) != NULL) {
		switch (money_begin(x, c)) {
		case MONEY_FREE:
			start(x, c);
			return true;
		case MONEY_ASKED:
			return true;
		case MONEY_DENIED:
			undo(&x->credential);
		}
	}
	return false;
}

void visit_granted(struct visit *x, const struct candidate *c)
{
	start(x, c);
}

void visit_denied(struct visit *x, bool dead)
{
	undo(&x->credential);
	if (dead || !go_on(x))
		finish(x, false);
}

void visit_settled(struct visit *x)
{
	finish(x, !x->left);
}

static void attempt_over(struct visit *x, const struct attempt_end *end)
{
	x->runs = false;
	queue_cancel(on_first_late, x);
	queue_cancel(on_late, x);
	give(x, &x->credential, end->ok || x->begun || x->left);
	money_bill(x, bill_end_of(end, x->seen, target_stops(x->tried->target)));
	if (money_settle(x, end->ok && !x->left))
		return;
	if (end->ok || x->left)
		finish(x, end->ok && !x->left);
	else if (!go_on(x))
		finish(x, false);
}

void visits_end(uint64_t visit, uint32_t attempt, enum ending ending)
{
	static const struct attempt_end ends[] = {
		[END_WHOLE] = { .ok = true, .stage = ATTEMPT_ANSWER, .fetch = FETCH_OK },
		[END_UNREACHED] = { .stage = ATTEMPT_SEND, .fetch = FETCH_NO_CONNECTION },
		[END_REFUSED] = { .stage = ATTEMPT_ANSWER, .fetch = FETCH_OK },
		[END_BROKEN] = { .stage = ATTEMPT_ANSWER, .fetch = FETCH_CUT },
	};
	struct visit *x = find(visit);

	if (x && x->runs && x->attempts == attempt)
		attempt_over(x, &ends[ending]);
}

static void is_late(struct visit *x, enum fetch_end how)
{
	const struct attempt_end end = { .stage = ATTEMPT_ANSWER, .fetch = how };

	upstreams_leave(x->number, x->attempts);
	attempt_over(x, &end);
}

static void on_first_late(void *arg)
{
	struct visit *x = arg;

	if (x->ask.stream && !x->seen)
		is_late(x, FETCH_LATE_FIRST_BYTE);
}

static void on_late(void *arg)
{
	is_late(arg, FETCH_LATE_TOTAL);
}

void visits_more(uint64_t visit, uint32_t attempt, int64_t tokens, int64_t units,
                 const struct cdt_usage *usage)
{
	struct visit *x = find(visit);

	if (!x || !x->runs || x->attempts != attempt)
		return;
	x->seen += units;
	x->begun |= x->ask.stream && tokens > 0;
	if (usage)
		x->usage = *usage;
	if (x->ask.stream)
		money_look(x);
}

/* The extension was refused: the stream ends in good order. */
void visit_cut(struct visit *x)
{
	x->runs = false;
	upstreams_leave(x->number, x->attempts);
	queue_cancel(on_first_late, x);
	queue_cancel(on_late, x);
	give(x, &x->credential, true);
	money_bill(x, target_stops(x->tried->target) ? BILL_CUT : BILL_UNKNOWN);
	(void)money_settle(x, true);
}

void visit_drained(struct visit *x)
{
	money_abandon(x);
	finish(x, false);
}

/* --- clients --- */

static void draw_ask(struct visit *x)
{
	const struct route *route = targets_route(x->model);

	x->ask = (struct ask){
		.op = CDT_OP_CHAT, .stream = dice(2) != 0, .n = dice(10) ? 1 : 3,
		.max_output = dice(4) ? dice_between(1, 3000) : 0, .model = route->name,
		.body = { "", (size_t)dice_between(40, 9000) }, .routing = &ask_no_routing,
	};
	x->translated = dice(2) != 0;
}

static void rank(struct visit *x)
{
	struct wish w = {
		.ask = &x->ask, .key_id = x->key->id, .group = "", .policy_number = NO_POLICY,
		.now_ms = clock_ms(),
	};
	struct plan p;

	roster_rank(gateway.roster, targets_route(x->model), &w, &p);
	memcpy(x->candidates, p.candidates, p.count * sizeof *p.candidates);
	x->candidate_count = p.count;
}

static void arrive(void *arg)
{
	size_t i = dice(KEYS);
	const struct key *key = owners_key(i);
	struct visit *x;

	(void)arg;
	if (!key || !gateway.ledger || open_count == OPEN_MAX)
		return;
	x = mem_new(sizeof *x);
	x->number = ++numbers;
	x->key = key;
	x->group = owners_group_of(key);
	x->model = dice(MODELS);
	draw_ask(x);
	list_push(&visits, &x->link);
	open_count++;
	trace_note("visit", x->number, (int64_t)i);
	if (!pass_door(x)) {
		finish(x, false);
		return;
	}
	rank(x);
	if (!go_on(x))
		finish(x, false);
}

void visits_burst(void)
{
	size_t n = dice_permille(100) ? 40 : 1 + dice(8);

	trace_note("clients", n, 0);
	while (n--)
		queue_add(dice(2000000), OF_WORLD, "client", arrive, NULL);
}

void visits_one_leaves(void)
{
	size_t n = open_count ? dice(open_count) : 0;
	struct list *it = visits.next;
	struct visit *x;

	if (!open_count)
		return;
	while (n--)
		it = it->next;
	x = LIST_OF(it, struct visit, link);
	trace_note("leaves", x->number, (int64_t)x->state);
	if (x->left)
		return;
	x->left = true;
	if (x->state == VISIT_SETTLING || (x->runs && money_drains(x)))
		return;
	money_abandon(x);
	finish(x, false);
}
