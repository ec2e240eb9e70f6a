/* flow/charge.c - asks the ledger before an attempt, tells it behind one, and keeps an eye on
 * streams meanwhile.
 * SPDX-License-Identifier: MIT */
#include "flow/charge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/budget.h"
#include "flow/denial.h"
#include "flow/exchange.h"
#include "flow/recall.h"
#include "flow/report.h"
#include "flow/untold.h"
#include "ledger/money.h"
#include "loop/worker.h"

enum {
	TICK_MS = 1000, NOTE_MS = 5000,
	MARGIN_TOKENS = 1000,          /* of 5 s, at 200 a second */
	DRAINS_MAX = 256, DRAIN_MS = 120000,
	TRIES_MAX = 3,
	SLACK_TOKENS = 16,             /* frames that only say who, or why it ended */
};

struct purse {
	struct flow *flow;
	struct list charges;
	struct timer timer;
	size_t drains;
};

static struct ledger *ledger_of(const struct exchange *x)
{
	return flow_parts(x->flow)->ledger;
}

static const struct target *target_of(const struct charge *g)
{
	return g->candidate->target;
}

/* --- who pays --- */

static void add_account(struct charge *g, const struct key *owner, const struct budget *b,
                        int64_t now_ms)
{
	uint32_t i = g->order.account_count;

	if (i == ACCOUNTS_MAX)                 /* BUDGETS_MAX of both, and a balance: never */
		return;
	g->owner[i] = owner;
	g->budget[i] = b;
	g->limits[i] = budget_limit(owner, b);
	g->order.account[i] = budget_account(owner, b, now_ms);
	g->order.mark[i] = b ? b->nanousd : owner->credit;
	g->order.account_count++;
}

/* A budget for some models pays for what answers, which may be a fallback. */
static void add_accounts(struct exchange *x, const struct key *owner)
{
	struct charge *g = x->charge;
	cdt_str asked = x->serving == x->route ? x->ask.model : x->serving->name;

	for (size_t i = 0; i < owner->budget_count; i++)
		if (budget_covers(&owner->budgets[i], asked, x->serving->name))
			add_account(g, owner, &owner->budgets[i], g->order.wall_ms);
	if (owner->prepaid)
		add_account(g, owner, NULL, g->order.wall_ms);
}

static bool may_pay(const struct key *owner)
{
	return owner && (owner->budget_count || owner->prepaid);
}

static struct charge *charge_new(struct exchange *x)
{
	struct charge *g = arena_take(&x->arena, sizeof *g);

	x->charge = g;
	return g;
}

bool charge_accounts(struct exchange *x)
{
	struct charge *g = x->charge;

	if (!x->serving)                       /* nobody is to be asked */
		x->serving = x->route;

	if (!may_pay(x->key) && !may_pay(x->group))
		return true;
	if (!g && !(g = charge_new(x)))
		return false;
	memset(&g->order, 0, sizeof g->order);
	g->order.wall_ms = ledger_now(ledger_of(x));
	add_accounts(x, x->key);
	if (x->group)
		add_accounts(x, x->group);
	return true;
}

bool charge_refuses(const struct charge *g)
{
	for (uint32_t i = 0; i < g->order.account_count; i++)
		if (g->limits[i] != LIMIT_NONE)
			return true;
	return false;
}

/* --- how much --- */

/* With an answer of so many tokens; INT64_MAX: more than can be. */
static int64_t cost_at(const struct charge *g, int64_t output)
{
	struct price_bounds b = g->bounds;
	int64_t amount;

	b.output_max = output;
	return price_hold(target_of(g)->price, &b, &amount) == CDT_OK ? amount : INT64_MAX;
}

/* Of more output alone. */
static int64_t output_part(const struct charge *g, int64_t tokens)
{
	int64_t with = cost_at(g, tokens);

	return with == INT64_MAX ? with : with - cost_at(g, 0);
}

/* It may be less a moment later. */
int64_t charge_room(const struct exchange *x)
{
	const struct charge *g = x->charge;
	int64_t room = INT64_MAX;

	for (uint32_t i = 0; i < g->order.account_count; i++) {
		int64_t left = g->limits[i];
		struct account a;

		if (left == LIMIT_NONE)
			continue;
		if (ledger_account(ledger_of(x), &g->order.account[i], &a) != CDT_OK)
			return 0;
		left = left - a.posted - a.held;       /* all three are 0 or more, or lost */
		room = left < room ? left : room;
	}
	return room;
}

/* The longest answer that the room buys; false: none at all. */
static bool clamp(struct exchange *x)
{
	struct charge *g = x->charge;
	int64_t room = charge_room(x), low = 1, high = g->bounds.output_max;

	if (!x->max_output || g->extent.output_extra || cost_at(g, low) > room)
		return false;
	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;

		if (cost_at(g, middle) <= room)
			low = middle;
		else
			high = middle - 1;
	}
	g->bounds.output_max = x->max_output = low;
	g->order.amount = cost_at(g, low);
	return true;
}

static bool clamps(const struct exchange *x)
{
	return x->key->clamps || (x->group && x->group->clamps);
}

/* --- asking --- */

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused);

static void ask(struct exchange *x)
{
	struct charge *g = x->charge;
	struct hold *h = &g->order;

	h->attempt = x->attempts + 1;
	fixed_text(h->key, sizeof h->key, str_z(x->key->id));
	fixed_text(h->request, sizeof h->request, x->id);
	untold_purpose(x, target_of(g), &h->purpose);
	/* If we die: what has been seen is noted now and then of streams only. */
	h->margin = x->ask.stream ? output_part(g, MARGIN_TOKENS) : h->amount;
	h->seen = cost_at(g, 0);
	if (h->seen > h->amount)               /* who only watches may hold less */
		h->seen = h->amount;
	g->state = CHARGE_ASKING;
	g->hold = ledger_hold(ledger_of(x), h, g->limits, flow_worker(x->flow), on_answer, x);
}

static void into_purse(struct exchange *x)
{
	struct purse *p = flow_purse(x->flow);

	if (list_empty(&p->charges))
		timer_set(&p->timer, clock_ms(), TICK_MS);
	x->charge->exchange = x;
	list_push(&p->charges, &x->charge->link);
}

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct exchange *x = arg;
	struct charge *g = x->charge;

	if (a == LEDGER_GRANTED) {
		g->state = CHARGE_HELD;
		g->noted_ms = clock_ms();
		into_purse(x);
		if (g->order.amount > x->held)
			x->held = g->order.amount;
		attempt_granted(x, g->candidate);
		return;
	}
	g->hold = NULL;
	g->state = CHARGE_IDLE;
	if (a == LEDGER_REFUSED && clamps(x) && g->tries++ < TRIES_MAX && clamp(x)) {
		ask(x);
		return;
	}
	if (a == LEDGER_REFUSED)
		denial_by(x, refused);
	else
		denial_closed(x);
	attempt_denied(x, a != LEDGER_REFUSED);
}

/* Only budgets that watch: they change nothing of the request, and hold what they can. */
static enum charge_answer watch(struct exchange *x)
{
	struct charge *g = x->charge;
	int64_t ignored;

	if (!target_of(g)->price)
		return CHARGE_FREE;
	(void)bounds_of(&g->extent, &x->ask, target_of(g), &g->bounds, &ignored);
	if (price_hold(target_of(g)->price, &g->bounds, &g->order.amount) != CDT_OK)
		g->order.amount = 0;
	ask(x);
	return CHARGE_ASKED;
}

enum charge_answer charge_begin(struct exchange *x, const struct candidate *c)
{
	const struct target *t = c->target;
	struct charge *g;
	bool bounded;

	x->max_output = 0;
	if (op_is_free(x->ask.op))
		return CHARGE_FREE;
	if (!charge_accounts(x))
		return CHARGE_DENIED;
	g = x->charge;
	if (g && !g->extent.n)
		extent_of(&x->ask, &g->extent);
	if (!g || !g->order.account_count || (!t->price && t->is_free))
		return CHARGE_FREE;
	g->candidate = c;
	g->refuses = charge_refuses(g);
	g->tries = 0;
	if (!g->refuses)
		return watch(x);
	bounded = bounds_of(&g->extent, &x->ask, t, &g->bounds, &x->max_output);
	if (!t->price)
		return denial_unpriced(x, t);
	if (g->extent.unbounded)
		return denial_unbounded(x, g->extent.unbounded);
	if (g->extent.hosted && target_speaks(t, str_z(x->surface->dialect->name)))
		return denial_unbounded(x, "tools");
	if (!bounded)
		return denial_unbounded(x, "messages");
	g->order.amount = cost_at(g, g->bounds.output_max);
	ask(x);
	return CHARGE_ASKED;
}

/* --- settling --- */

/* What was made of a whole answer can not be seen. */
bool charge_stops(const struct exchange *x)
{
	return x->ask.stream && target_abort_stops(x->tried->target);
}

static enum guess_form form_of(const struct exchange *x)
{
	if (!x->native)
		return GUESS_TEXT;
	return x->ask.stream ? GUESS_FRAMES : GUESS_WHOLE;
}

static void learn(struct exchange *x)
{
	struct guesses *all = flow_guesses(x->flow);
	cdt_str name = x->tried->target->name;

	const struct cdt_usage *u = &x->usage;

	/* More tokens than bytes: it was sent a picture, or where to find one. */
	if (u->input <= exchange_text_bytes(x))
		guess_learn(all, name, GUESS_BODY, exchange_text_bytes(x), u->input);
	if (u->reasoning > 0)
		guess_learn_reasons(all, name);
	if (x->measure && x->measure->sound_bytes && !x->measure->sound_ms)
		guess_learn(all, name, GUESS_SOUND, x->measure->sound_bytes, u->seconds_ms);
	guess_learn(all, name, form_of(x), x->relay.seen,
	            u->output - (u->reasoning > 0 ? u->reasoning : 0));
}

/* An upper bound of what it can cost; -1: there is none. */
static int64_t held_by(const struct charge *g)
{
	return g && g->hold && g->refuses ? g->order.amount : -1;
}

/* What the upstream did not count, and we could. */
static void fill_units(struct exchange *x, enum bill_end end)
{
	if (end != BILL_ANSWERED && end != BILL_CUT)
		return;
	if (x->usage.images < 0 && x->relay.images)
		x->usage.images = x->relay.images;
	if (x->usage.seconds_ms < 0 && x->relay.seconds_ms)
		x->usage.seconds_ms = x->relay.seconds_ms;
}

void charge_bill(struct exchange *x, enum bill_end end)
{
	struct charge *g = x->charge;
	struct bill_facts facts = {
		.target = x->tried->target, .end = end, .said = &x->usage,
		.guesses = flow_guesses(x->flow), .form = form_of(x),
		.body_bytes = exchange_text_bytes(x), .seen = x->relay.seen, .held = held_by(g),
		.op = x->ask.op, .measure = x->measure,
		.has_output = op_has_output(x->ask.op),
		.writes_for_an_hour = x->writes_for_an_hour,
	};

	fill_units(x, end);
	bill_make(&facts, &x->bill);
	if (end == BILL_ANSWERED && x->bill.reason == REASON_REPORTED)
		learn(x);
	if (!money_add(x->cost, x->bill.amount, &x->cost))
		x->cost = INT64_MAX;
	x->estimated |= x->bill.reason == REASON_ESTIMATED || x->bill.reason == REASON_HOLD;
	report_attempt(x);
}

static void on_settled(void *arg)
{
	struct exchange *x = arg;

	x->charge->state = CHARGE_IDLE;
	x->charge->hold = NULL;
	if (x->charge->candidate)
		attempt_settled(x);
	else
		recall_settled(x);
}

static void out_of_purse(struct exchange *x)
{
	struct charge *g = x->charge;

	list_remove(&g->link);
	if (g->drains_until_ms)
		flow_purse(x->flow)->drains--;
	g->drains_until_ms = 0;
}

bool charge_settle(struct exchange *x, bool wait)
{
	const struct bill *b = &x->bill;
	struct charge *g = x->charge;
	struct ledger_rider rider;
	struct entry e = {
		.kind = b->kind, .reason = b->reason, .amount = b->amount,
		.input = b->usage.input, .cached = b->usage.cache_read,
		.cache_write = b->usage.cache_write, .output = b->usage.output,
		.reasoning = b->usage.reasoning,
	};
	bool rides;

	if (g)
		out_of_purse(x);
	if (!g || !g->hold)
		return false;
	if (g->refuses && b->amount > g->order.amount)
		flow_count_breach(x, b->amount - g->order.amount);
	e.wall_ms = ledger_now(ledger_of(x));
	rides = wait && report_ride(x, &rider);
	e.untold = !rides && e.amount && exchange_config(x)->records && untold_note(x, g->hold);
	g->state = wait ? CHARGE_SETTLING : CHARGE_IDLE;
	ledger_settle(g->hold, &e, rides ? &rider : NULL, wait ? on_settled : NULL, x);
	if (!wait)
		g->hold = NULL;
	return wait;
}

void charge_drop(struct exchange *x)
{
	x->bill = (struct bill){ .kind = ENTRY_VOID, .reason = REASON_UNREACHED,
	                         .usage = CDT_USAGE_INIT };
	(void)charge_settle(x, false);
}

/* --- while it runs --- */

static int64_t tokens_seen(const struct exchange *x)
{
	return guess_tokens(flow_guesses(x->flow), x->tried->target->name, form_of(x),
	                    x->relay.seen);
}

/* Upstreams keep to the limit that they were given; those that do not must not cost more than
 * is there. */
static void on_more(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct exchange *x = arg;
	struct charge *g = x->charge;

	(void)refused;
	g->state = CHARGE_HELD;
	if (a != LEDGER_GRANTED) {
		relay_cut(x);
		return;
	}
	g->order.amount += g->more;
	g->bounds.output_max *= 2;
	attempt_resume(x->attempt);
}

bool charge_look(struct exchange *x)
{
	struct charge *g = x->charge;
	int64_t least;

	if (!g || !g->hold || !g->refuses || x->left || !op_has_output(x->ask.op))
		return true;
	if (g->state == CHARGE_EXTENDING)
		return false;
	least = guess_least(flow_guesses(x->flow), x->tried->target->name, form_of(x),
	                    x->relay.seen);
	if (least <= g->bounds.output_max * g->bounds.n + SLACK_TOKENS)
		return true;
	g->more = output_part(g, g->bounds.output_max);
	g->state = CHARGE_EXTENDING;
	ledger_extend(g->hold, g->more, g->limits, on_more, x);
	return false;
}

bool charge_drains(struct exchange *x)
{
	struct purse *p = flow_purse(x->flow);
	bool held = x->charge && x->charge->hold;
	bool wanted = x->key->drains || (x->group && x->group->drains) ||
	              (held && !charge_stops(x));

	if (!wanted || promise_binds(x) || p->drains == DRAINS_MAX ||
	    (!x->charge && !charge_new(x)))
		return false;
	if (!held)
		into_purse(x);
	p->drains++;
	x->charge->drains_until_ms = clock_ms() + DRAIN_MS;
	attempt_resume(x->attempt);
	return true;
}

void charge_abandon(struct exchange *x)
{
	struct charge *g = x->charge;

	if (g && g->state == CHARGE_ASKING) {
		limit_attempt_undo(x);
		ledger_forget(g->hold);
		g->hold = NULL;
		g->state = CHARGE_IDLE;
	}
	if (g && g->state == CHARGE_HELD && !g->candidate)
		(void)charge_known_settle(x, false);   /* part of it was given */
	if (!x->attempt)
		return;
	attempt_leave(x);
	charge_bill(x, charge_stops(x) ? BILL_CUT : BILL_UNKNOWN);
	(void)charge_settle(x, false);
}

void charge_leave(struct exchange *x)
{
	struct charge *g = x->charge;

	if (!g || !g->hold)
		return;
	list_remove(&g->link);
	if (g->state == CHARGE_ASKING || g->state == CHARGE_SETTLING)
		ledger_forget(g->hold);
	else
		ledger_leave(g->hold);
	g->hold = NULL;
}

/* --- now and then --- */

static void note_progress(struct exchange *x, uint64_t now_ms)
{
	struct charge *g = x->charge;
	struct price_bounds b = g->bounds;
	int64_t seen;

	if (now_ms < g->noted_ms + NOTE_MS)
		return;
	g->noted_ms = now_ms;
	b.n = 1;
	b.output_max = tokens_seen(x);
	if (x->usage.input >= 0)
		b.input_max = x->usage.input;
	if (price_hold(target_of(g)->price, &b, &seen) == CDT_OK)
		ledger_checkpoint(g->hold, seen);
}

static void on_tick(void *arg)
{
	struct purse *p = arg;
	uint64_t now_ms = clock_ms();

	LIST_EACH(it, &p->charges) {
		struct charge *g = LIST_OF(it, struct charge, link);
		struct exchange *x = g->exchange;

		if (g->drains_until_ms && now_ms >= g->drains_until_ms) {
			charge_abandon(x);
			exchange_resume(x, STEP_DONE);
		} else if (g->hold && x->ask.stream) {
			note_progress(x, now_ms);
		}
	}
	if (!list_empty(&p->charges))
		timer_set(&p->timer, now_ms, TICK_MS);
}

struct purse *purse_new(struct flow *f)
{
	struct purse *p = mem_new(sizeof *p);

	p->flow = f;
	list_init(&p->charges);
	timer_init(&p->timer, flow_worker(f), on_tick, p);
	return p;
}

void purse_free(struct purse *p)
{
	timer_fini(&p->timer);
	mem_free(p);
}
