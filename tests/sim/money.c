/* sim/money.c - what core/flow/charge.c asks of the ledger and when, for a visit: hold, ask for
 * less, extend, note, settle, forget.  What it asks for comes from core's own bounds, prices,
 * guesses and bills.
 * SPDX-License-Identifier: MIT */
#include "visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "flow/budget.h"

enum { NOTE_US = 5000000, MARGIN_TOKENS = 1000, TRIES_MAX = 3, SLACK_TOKENS = 16,
       DRAIN_US = 120000000 };

bool target_stops(const struct target *t)
{
	return t->config->abort_stops_billing > 0;
}

static const struct price *price_of(const struct visit *x)
{
	return x->candidate->target->price;
}

/* --- who pays --- */

static void add_account(struct visit *x, const struct key *owner, const struct budget *b)
{
	uint32_t i = x->order.account_count++;

	x->limits[i] = budget_limit(owner, b);
	x->order.account[i] = budget_account(owner, b, x->order.wall_ms);
}

static void add_accounts(struct visit *x, const struct key *owner)
{
	for (size_t i = 0; owner && i < owner->budget_count; i++)
		if (budget_covers(&owner->budgets[i], x->ask.model, CDT_STR("")))
			add_account(x, owner, &owner->budgets[i]);
	if (owner && owner->prepaid)
		add_account(x, owner, NULL);
}

/* --- how much --- */

static bool price_at(const struct visit *x, int64_t output, int64_t *amount)
{
	struct price_bounds b = x->bounds;

	b.output_max = output;
	return price_hold(price_of(x), &b, amount) == CDT_OK;
}

static int64_t output_part(const struct visit *x, int64_t tokens)
{
	int64_t with, without;

	if (!price_at(x, tokens, &with) || !price_at(x, 0, &without))
		return INT64_MAX;
	return with - without;
}

static int64_t room_of(const struct visit *x)
{
	int64_t room = INT64_MAX;

	for (uint32_t i = 0; i < x->order.account_count; i++) {
		int64_t left = x->limits[i];
		struct account a;

		if (left == LIMIT_NONE)
			continue;
		if (ledger_account(gateway.ledger, &x->order.account[i], &a) != CDT_OK)
			return 0;
		left = left - a.posted - a.held;
		room = left < room ? left : room;
	}
	return room;
}

static bool fits(const struct visit *x, int64_t output, int64_t room)
{
	int64_t amount;

	return price_at(x, output, &amount) && amount <= room;
}

static bool clamp(struct visit *x)
{
	int64_t room = room_of(x), low = 1, high = x->bounds.output_max;

	if (!x->max_output || !fits(x, low, room))
		return false;
	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;

		if (fits(x, middle, room))
			low = middle;
		else
			high = middle - 1;
	}
	x->bounds.output_max = x->max_output = low;
	return price_hold(price_of(x), &x->bounds, &x->order.amount) == CDT_OK;
}

/* --- asking --- */

static void on_note(void *arg);
static void on_drained(void *arg);

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused);

static void ask(struct visit *x)
{
	struct hold *h = &x->order;
	struct record *r = truth_record(x->number, x->attempts + 1);
	char text[REQUEST_SIZE];

	h->attempt = x->attempts + 1;
	fixed_text(h->key, sizeof h->key, str_z(x->key->id));
	(void)snprintf(text, sizeof text, "%" PRIu64, x->number);
	fixed_text(h->request, sizeof h->request, str_z(text));
	h->margin = x->ask.stream ? output_part(x, MARGIN_TOKENS) : h->amount;
	h->seen = h->amount - output_part(x, x->bounds.output_max);
	if (h->seen < 0)
		h->seen = 0;
	r->is_paid = true;
	r->stream = x->ask.stream;
	r->least = h->seen + h->margin;        /* what was seen only grows */
	memcpy(r->limits, x->limits, sizeof r->limits);
	x->state = VISIT_ASKING;
	x->hold = ledger_hold(gateway.ledger, h, x->limits, gateway.worker, on_answer, x);
}

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct visit *x = arg;
	bool clamps = x->key->clamps || (x->group && x->group->clamps);

	trace_note("answer", x->number, (int64_t)a);
	if (a == LEDGER_GRANTED) {
		x->state = VISIT_HELD;
		if (x->ask.stream)
			queue_add(NOTE_US, OF_GATEWAY, "note", on_note, x);
		visit_granted(x, x->candidate);
		return;
	}
	x->hold = NULL;
	x->state = VISIT_IDLE;
	if (a == LEDGER_REFUSED && refused >= x->order.account_count)
		sim_fail("account %u refused, of %u", refused, x->order.account_count);
	if (a == LEDGER_REFUSED && clamps && x->tries++ < TRIES_MAX && clamp(x))
		ask(x);
	else
		visit_denied(x, a != LEDGER_REFUSED);
}

enum money_answer money_begin(struct visit *x, const struct candidate *c)
{
	x->max_output = 0;
	memset(&x->order, 0, sizeof x->order);
	x->order.wall_ms = ledger_now(gateway.ledger);
	truth_time(x->order.wall_ms);
	add_accounts(x, x->key);
	add_accounts(x, x->group);
	if (!x->extent.n)
		extent_of(&x->ask, &x->extent);
	x->candidate = c;
	if (!bounds_of(&x->extent, &x->ask, c->target, &x->bounds, &x->max_output))
		return MONEY_DENIED;
	if (!x->order.account_count)
		return MONEY_FREE;
	if (price_hold(c->target->price, &x->bounds, &x->order.amount) != CDT_OK)
		x->order.amount = INT64_MAX;
	x->tries = 0;
	ask(x);
	return MONEY_ASKED;
}

/* --- settling --- */

static enum guess_form form_of(const struct visit *x)
{
	if (x->translated)
		return GUESS_TEXT;
	return x->ask.stream ? GUESS_FRAMES : GUESS_WHOLE;
}

void money_bill(struct visit *x, enum bill_end end)
{
	struct bill_facts facts = {
		.target = x->tried->target, .end = end, .said = &x->usage,
		.guesses = gateway.guesses, .form = form_of(x),
		.body_bytes = (int64_t)x->ask.body.n, .seen = x->seen,
		.held = x->hold ? x->order.amount : -1, .has_output = true,
	};
	cdt_str name = x->tried->target->name;

	bill_make(&facts, &x->bill);
	if (end != BILL_ANSWERED || x->bill.reason != REASON_REPORTED)
		return;
	guess_learn(gateway.guesses, name, GUESS_BODY, facts.body_bytes, x->usage.input);
	guess_learn(gateway.guesses, name, facts.form, x->seen, x->usage.output);
}

static void on_settled(void *arg)
{
	struct visit *x = arg;

	x->state = VISIT_IDLE;
	x->hold = NULL;
	truth_promise(truth_record(x->number, x->attempts), x->bill.amount);
	visit_settled(x);
}

bool money_settle(struct visit *x, bool wait)
{
	const struct bill *b = &x->bill;
	struct entry e = {
		.kind = b->kind, .reason = b->reason, .amount = b->amount,
		.input = b->usage.input, .cached = b->usage.cache_read,
		.cache_write = b->usage.cache_write, .output = b->usage.output,
		.reasoning = b->usage.reasoning,
	};

	queue_cancel(on_note, x);
	queue_cancel(on_drained, x);
	if (!x->hold)
		return false;
	e.wall_ms = ledger_now(gateway.ledger);
	truth_time(e.wall_ms);
	x->state = wait ? VISIT_SETTLING : VISIT_IDLE;
	ledger_settle(x->hold, &e, NULL, wait ? on_settled : NULL, x);
	if (!wait)
		x->hold = NULL;
	return wait;
}

/* --- while it runs --- */

static void on_more(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct visit *x = arg;

	(void)refused;
	x->state = VISIT_HELD;
	trace_note("more", x->number, (int64_t)a);
	if (a != LEDGER_GRANTED) {
		visit_cut(x);
		return;
	}
	x->order.amount += x->more;
	x->bounds.output_max *= 2;
}

void money_look(struct visit *x)
{
	int64_t least;

	if (!x->hold || x->left || x->state != VISIT_HELD)
		return;
	least = guess_least(gateway.guesses, x->tried->target->name, form_of(x), x->seen);
	if (least <= x->bounds.output_max * x->bounds.n + SLACK_TOKENS)
		return;
	x->more = output_part(x, x->bounds.output_max);
	x->state = VISIT_EXTENDING;
	ledger_extend(x->hold, x->more, x->limits, on_more, x);
}

static void on_note(void *arg)
{
	struct visit *x = arg;
	struct price_bounds b = x->bounds;
	int64_t seen;

	b.n = 1;
	b.output_max = guess_tokens(gateway.guesses, x->tried->target->name, form_of(x),
	                            x->seen);
	if (x->usage.input >= 0)
		b.input_max = x->usage.input;
	if (price_hold(price_of(x), &b, &seen) == CDT_OK)
		ledger_checkpoint(x->hold, seen);
	queue_add(NOTE_US, OF_GATEWAY, "note", on_note, x);
}

static void on_drained(void *arg)
{
	visit_drained(arg);
}

bool money_drains(struct visit *x)
{
	bool wanted = x->key->drains || (x->group && x->group->drains) ||
	              (x->hold && !(x->ask.stream && target_stops(x->tried->target)));

	if (wanted)
		queue_add(DRAIN_US, OF_GATEWAY, "drained", on_drained, x);
	return wanted;
}

void money_abandon(struct visit *x)
{
	if (x->state == VISIT_ASKING) {
		ledger_forget(x->hold);
		x->hold = NULL;
		x->state = VISIT_IDLE;
	}
	if (!x->runs)
		return;
	x->runs = false;
	upstreams_leave(x->number, x->attempts);
	money_bill(x, target_stops(x->tried->target) ? BILL_CUT : BILL_UNKNOWN);
	(void)money_settle(x, false);
}
