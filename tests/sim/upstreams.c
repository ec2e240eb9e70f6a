/* sim/upstreams.c - upstreams make answers token by token, whether anybody reads them or not,
 * and keep their own bills.  Some break off, say nothing about usage, or make more than they
 * were allowed to.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/price.h"
#include "router/route.h"

enum { JOBS = 2048, PIECES = 6 };

enum fault { NONE, UNREACHED, REFUSES, DIES_FIRST, BREAKS, MUTE, IGNORES_LIMIT, HANGS };

struct job {
	bool used, is_read;                    /* is_read: the gateway still listens */
	struct upstream_order order;
	enum fault fault;
	uint64_t piece_us;
	int64_t input, cached, written, output, made, told, reasoning, per_unit;
	struct record *record;
};

static struct job jobs[JOBS];
static bool behave;

void upstreams_reset(void)
{
	memset(jobs, 0, sizeof jobs);
	behave = false;
}

void upstreams_behave(bool all)
{
	behave = all;
}

static void make_more(void *arg);

static struct job *find(uint64_t visit, uint32_t attempt)
{
	for (size_t i = 0; i < JOBS; i++)
		if (jobs[i].used && jobs[i].order.visit == visit &&
		    jobs[i].order.attempt == attempt)
			return &jobs[i];
	return NULL;
}

static struct cdt_usage usage_of(const struct job *j)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = j->input;
	u.cache_read = j->cached;
	u.cache_write = j->written;
	u.output = j->made;
	u.reasoning = j->reasoning < j->made ? j->reasoning : j->made;
	return u;
}

/* By its own price list: that it is ours, too, the catalogue's tests see to. */
static void close_bill(struct job *j, bool worked)
{
	struct cdt_usage u = usage_of(j);
	struct price_counts counts;

	j->record->is_over = true;
	if (worked && (price_counts_of(&u, false, &counts) != CDT_OK ||
	               price_cost(j->order.target->price, &counts, &j->record->bill) != CDT_OK))
		sim_fail("an upstream can not count");
	trace_note("bill", j->order.visit, j->record->bill);
	queue_cancel(make_more, j);
	j->used = false;
}

static void end(struct job *j, enum ending ending, bool worked)
{
	struct job was = *j;

	close_bill(j, worked);
	if (was.is_read)
		visits_end(was.order.visit, was.order.attempt, ending);
}

static void finish(struct job *j)
{
	struct cdt_usage u = usage_of(j);
	struct upstream_order o = j->order;

	if (j->is_read && j->fault != MUTE)
		visits_more(o.visit, o.attempt, 0, 0, &u);
	end(j, END_WHOLE, true);
}

/* Frames of a stream, or bytes of text. */
static void tell_more(struct job *j)
{
	int64_t tokens = j->made - j->told, units;

	j->told = j->made;
	if (j->order.translated || !j->order.stream)
		units = tokens * j->per_unit;
	else
		units = (tokens + j->per_unit - 1) / j->per_unit;
	if (j->is_read && tokens)
		visits_more(j->order.visit, j->order.attempt, tokens, units, NULL);
}

static void make_more(void *arg)
{
	struct job *j = arg;
	int64_t step = j->output / PIECES + 1;

	trace_note("visit", j->order.visit, j->made);
	if (j->fault == UNREACHED || j->fault == REFUSES || j->fault == DIES_FIRST) {
		end(j, j->fault == UNREACHED ? END_UNREACHED :
		       j->fault == REFUSES ? END_REFUSED : END_BROKEN, j->fault == DIES_FIRST);
		return;
	}
	j->made = j->made + step < j->output ? j->made + step : j->output;
	if (j->order.stream && j->fault != HANGS)
		tell_more(j);
	if (j->used && j->fault == BREAKS && j->made > j->output / 2) {
		end(j, END_BROKEN, true);
	} else if (j->used && j->made == j->output) {
		tell_more(j);
		if (j->used)
			finish(j);
	} else if (j->used) {
		queue_add(j->piece_us, OF_WORLD, "upstream", make_more, j);
	}
}

static enum fault draw_fault(void)
{
	static const enum fault one[] = { UNREACHED, REFUSES, DIES_FIRST, BREAKS, MUTE, MUTE,
	                                  IGNORES_LIMIT, HANGS };

	return behave || dice_permille(650) ? NONE : one[dice(sizeof one / sizeof *one)];
}

static void draw_answer(struct job *j)
{
	const struct upstream_order *o = &j->order;
	int64_t window = o->target->context_window, most = o->max_output * o->n;

	j->input = dice_permille(50) ? o->body_bytes + 64 : dice_between(1, o->body_bytes);
	if (window > 0 && j->input > window)
		j->fault = REFUSES;
	j->cached = dice(3) ? 0 : (int64_t)dice((uint64_t)j->input + 1);
	j->written = dice(3) ? 0 : (int64_t)dice((uint64_t)(j->input - j->cached) + 1);
	j->output = dice_permille(200) ? most : (int64_t)dice((uint64_t)most + 1);
	if (j->fault == IGNORES_LIMIT)
		j->output = most + 1 + (int64_t)dice((uint64_t)most * 3);
	j->reasoning = dice(4) ? 0 : (int64_t)dice((uint64_t)j->output + 1);
	j->per_unit = o->translated || !o->stream ? dice_between(2, 6) : dice_between(1, 3);
	j->piece_us = (uint64_t)((j->output / PIECES + 1) * 1000000 / dice_between(20, 400));
}

void upstreams_ask(const struct upstream_order *o)
{
	struct job *j = jobs;

	while (j < jobs + JOBS && j->used)
		j++;
	if (j == jobs + JOBS)
		sim_fail("upstreams are asked too much");
	*j = (struct job){ .used = true, .is_read = true, .order = *o, .fault = draw_fault() };
	draw_answer(j);
	j->record = truth_record(o->visit, o->attempt);
	truth_before_call(j->record);
	if (j->record->is_asked)
		sim_fail("visit %" PRIu64 " asks twice in one attempt", o->visit);
	j->record->is_asked = true;
	j->record->is_honest = j->fault != IGNORES_LIMIT;
	trace_note("fault", o->visit, (int64_t)j->fault);
	queue_add((uint64_t)dice_between(20, 3000) * 1000, OF_WORLD, "upstream", make_more, j);
}

static void leave(struct job *j)
{
	j->is_read = false;
	if (!j->order.target->config->abort_stops_billing)
		return;
	if (j->fault == UNREACHED || j->fault == REFUSES)
		close_bill(j, false);
	else
		close_bill(j, true);
}

void upstreams_leave(uint64_t visit, uint32_t attempt)
{
	struct job *j = find(visit, attempt);

	if (j && j->is_read)
		leave(j);
}

void upstreams_crash(void)
{
	for (size_t i = 0; i < JOBS; i++)
		if (jobs[i].used && jobs[i].is_read)
			leave(&jobs[i]);
}
