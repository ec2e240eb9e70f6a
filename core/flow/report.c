/* flow/report.c - fills in the usage record; what it means is usage/record.h's.
 * SPDX-License-Identifier: MIT */
#include "flow/report.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "flow/recall.h"
#include "flow/untold.h"
#include "loop/worker.h"
#include "store/store.h"
#include "usage/tape.h"

static int64_t since(const struct exchange *x, uint64_t us)
{
	return us > x->started_us ? (int64_t)(us - x->started_us) : -1;
}

uint64_t exchange_overhead_us(const struct exchange *x, uint64_t now_us)
{
	uint64_t since_us = x->recall ? x->recall->since_us : 0;
	uint64_t took_us = now_us - x->started_us;
	uint64_t waited_us = x->waited_us + (since_us ? now_us - since_us : 0);

	return took_us > waited_us ? took_us - waited_us : 0;
}

/* Who follows an answer that comes to nothing has got none, whatever was hoped. */
const struct kept *report_known(const struct exchange *x)
{
	const struct recall *r = x->recall;

	return r && r->verdict >= RECALL_HIT && r->from.provider.n && x->status == 200
	       ? &r->from : NULL;
}

/* One that only gets a newer answer has no client that could leave. */
static bool has_lost_client(const struct exchange *x)
{
	return x->left && !(x->recall && x->recall->answered);
}

static cdt_str attempt_outcome(const struct exchange *x)
{
	if (x->problem.cause)
		return str_z(problem_name(x->problem.cause));
	if (x->overtaken)
		return CDT_STR("OVERTAKEN");
	return has_lost_client(x) ? CDT_STR("CLIENT_GONE") : CDT_STR("OK");
}

/* What attempts before or after a known answer came to is not its client's affair. */
cdt_str report_outcome(const struct exchange *x)
{
	if (!report_known(x))
		return attempt_outcome(x);
	return has_lost_client(x) ? CDT_STR("CLIENT_GONE") : CDT_STR("OK");
}

void report_attempt(struct exchange *x)
{
	const struct target *t = x->tried->target;
	struct usage_attempt *a;

	flow_count_attempt_end(x);
	if (!x->tries)
		x->tries = arena_take(&x->arena, ATTEMPTS_MAX * sizeof *x->tries);
	if (!x->tries || !x->attempts || x->attempts > ATTEMPTS_MAX)
		return;
	a = &x->tries[x->attempts - 1];
	*a = (struct usage_attempt){
		.target = t->name, .provider = t->provider, .model = t->model,
		.outcome = attempt_outcome(x), .charge = str_z(bill_word(x->bill.reason)),
		.http_status = x->end_status, .cost = x->bill.amount,
		.start_us = since(x, x->attempt_us), .head_us = since(x, x->end_times.head_us),
		.first_us = since(x, x->end_times.first_us), .end_us = since(x, clock_us()),
		.number = x->number,
	};
}

/* By its configured name, and a direct one when it is there: clients can not make up many. */
static cdt_str model_of(const struct exchange *x)
{
	return x->route->model || x->status == 200 ? x->route->name : CDT_STR("");
}

/* Those of its attempts; of a known answer, if it made none. */
static void fill_tokens(const struct exchange *x, struct usage_record *r)
{
	const struct kept *known = report_known(x);
	const struct cdt_usage *u = &x->bill.usage;

	if (!x->tried && known)
		u = &known->usage;
	else if (!x->tried)
		u = NULL;
	r->input = u ? u->input : -1;
	r->cached = u ? u->cache_read : -1;
	r->cache_write = u ? u->cache_write : -1;
	r->output = u ? u->output : -1;
	r->reasoning = u ? u->reasoning : -1;
}

static void fill_known(const struct exchange *x, struct usage_record *r)
{
	const struct kept *known = report_known(x);

	r->cache = str_z(recall_word(x));
	if (x->recall && x->status == 200)     /* also of those that were known in part */
		r->saved = x->recall->saved;
	if (!known)
		return;
	r->answered_by = (struct usage_answerer){ known->target, known->provider,
	                                          known->model };
}

static void fill(struct exchange *x, struct usage_record *r)
{
	const struct target *t = x->tried ? x->tried->target : NULL;
	uint64_t now_us = clock_us();

	*r = (struct usage_record){
		.wall_ms = x->wall_ms, .id = x->id, .key = str_z(x->key->id),
		.group = str_z(x->key->group), .model = model_of(x),
		.operation = str_z(op_name(x->ask.op)), .outcome = report_outcome(x),
		.client = x->peer, .agent = x->agent,
		.price = t && t->price ? t->price_row : CDT_STR(""),
		.metadata = x->metadata,
		.decision = t ? explain_decision(x) : CDT_STR(""),
		.status = x->status ? x->status : 499,
		.stream = x->ask.stream, .estimated = x->estimated,
		.cost = x->cost, .held = x->held,
		.first_us = since(x, x->first_us), .total_us = since(x, now_us),
		.bytes_in = x->bytes_in, .bytes_out = x->bytes_out,
		.attempt_count = x->tries ? x->attempts : 0,
		.trace = exchange_trace_id(x),
	};
	fill_tokens(x, r);
	fill_known(x, r);
	r->overhead_us = (int64_t)exchange_overhead_us(x, now_us);
	for (uint32_t i = 0; i < r->attempt_count; i++)
		r->attempt[i] = x->tries[i];
}

enum { OUTBOX_MAX = 1024, OUTBOX_MS = 100 };

/* Records of one worker that wait for the store; and memory of all that it makes. */
struct outbox {
	struct store *store;
	struct timer timer;
	struct usage_sheaf *sheaf;
	struct usage_post *post[OUTBOX_MAX];
	size_t count;
};

/* Refusals cost no disk: the access log and counters have them.  Those who got a known answer
 * made no attempt, and have saved something. */
static bool record_of(struct exchange *x, struct usage_record *r)
{
	if ((!x->attempts && !report_known(x)) || x->reported ||
	    !exchange_config(x)->records)
		return false;
	x->reported = true;
	fill(x, r);
	return true;
}

/* Those who look on get the same copy.  NULL: there is nothing to be kept, or it has been. */
static struct usage_post *post_of(struct exchange *x)
{
	struct usage_record r;
	struct usage_post *p;

	if (!record_of(x, &r))
		return NULL;
	p = usage_post_into(&flow_outbox(x->flow)->sheaf, &r);
	if (p)
		tape_record(flow_lane(x->flow), p);
	return p;
}

static cdt_status apply_parcel(void *arg, struct store_txn *txn)
{
	return parcel_apply(arg, txn);
}

static void drop_parcel(void *arg)
{
	parcel_free(arg);
}

static cdt_status apply(void *arg, struct store_txn *txn)
{
	return usage_post_apply(arg, txn);
}

static void drop(void *arg)
{
	usage_post_free(arg);
}

bool report_ride(struct exchange *x, struct ledger_rider *rider)
{
	struct usage_post *p = post_of(x);

	*rider = (struct ledger_rider){ apply, drop, p };
	if (p && x->untold)
		*rider = (struct ledger_rider){ apply_parcel, drop_parcel,
		                                parcel_new_give(x, p) };
	return p != NULL;
}

static void check_written(cdt_status st)
{
	if (st != CDT_OK)
		log_warn(LOG_FLOW, NULL, "a usage record was not written status=%d", (int)st);
}

/* --- those that do not ride --- */

static void written(void *arg, cdt_status st)
{
	check_written(st);
	usage_post_free(arg);
}

static void delivered(void *arg, cdt_status st)
{
	check_written(st);
	parcel_free(arg);
}

static void send_all(void *arg)
{
	struct outbox *o = arg;

	for (size_t i = 0; i < o->count; i++) {
		struct store_op op = { apply, written, o->post[i], NULL };

		if (store_submit(o->store, &op) != CDT_OK)
			written(o->post[i], CDT_E_LIMIT);
	}
	o->count = 0;
}

struct outbox *outbox_new(struct flow *f)
{
	struct outbox *o = mem_new(sizeof *o);

	o->store = flow_parts(f)->store;
	timer_init(&o->timer, flow_worker(f), send_all, o);
	return o;
}

void outbox_free(struct outbox *o)
{
	if (!o)
		return;
	send_all(o);
	timer_fini(&o->timer);
	usage_sheaf_give(o->sheaf);
	mem_free(o);
}

/* Behind the charges that it tells of, in the writer's queue. */
static void deliver(struct exchange *x, struct outbox *o, struct usage_post *post)
{
	struct parcel *p = parcel_new_give(x, post);
	struct store_op op = { apply_parcel, delivered, p, NULL };

	if (store_submit(o->store, &op) != CDT_OK)
		delivered(p, CDT_E_LIMIT);
}

void report_send(struct exchange *x)
{
	struct outbox *o = flow_outbox(x->flow);
	struct usage_post *p = post_of(x);

	if (!p)
		return;
	if (x->untold) {
		deliver(x, o, p);
		return;
	}
	if (!o->count)
		timer_set(&o->timer, clock_ms(), OUTBOX_MS);
	o->post[o->count++] = p;
	if (o->count == OUTBOX_MAX)
		send_all(o);
}

/* --- those who look on --- */

/* Of what is not here the client, who asked for it, is to blame. */
static const uint8_t faults[PROBLEM_COUNT] = {
	[PROBLEM_NONE] = TAPE_NONE,
	[PROBLEM_BUDGET] = TAPE_POLICY, [PROBLEM_RATE_LIMIT] = TAPE_POLICY,
	[PROBLEM_MODEL_NOT_ALLOWED] = TAPE_POLICY, [PROBLEM_NOT_ALLOWED] = TAPE_POLICY,
	[PROBLEM_IP_NOT_ALLOWED] = TAPE_POLICY, [PROBLEM_KEY_EXPIRED] = TAPE_POLICY,
	[PROBLEM_KEY_DISABLED] = TAPE_POLICY,
	[PROBLEM_UPSTREAM_RATE] = TAPE_PROVIDER, [PROBLEM_UPSTREAM_AUTH] = TAPE_PROVIDER,
	[PROBLEM_UPSTREAM] = TAPE_PROVIDER, [PROBLEM_TIMEOUT] = TAPE_PROVIDER,
	[PROBLEM_INTERNAL] = TAPE_GATEWAY, [PROBLEM_OVERLOADED] = TAPE_GATEWAY,
};

static enum tape_fault fault_of(const struct exchange *x)
{
	enum problem_cause cause = x->problem.cause;

	if (str_is(report_outcome(x), "OK"))
		return TAPE_NONE;
	if (!cause)
		return TAPE_GONE;
	if (cause == PROBLEM_OVERLOADED && x->problem.upstreams)
		return TAPE_PROVIDER;
	return faults[cause] ? (enum tape_fault)faults[cause] : TAPE_CALLER;
}

void report_stream(struct exchange *x)
{
	flow_note_stream(x);
	tape_stream(flow_lane(x->flow), true);
}

/* The same numbers as the sums of records: tokens and times of known answers are none. */
void report_end(struct exchange *x)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	const struct cdt_usage *u = x->tried ? &x->bill.usage : &unknown;
	struct tape_lane *lane = flow_lane(x->flow);
	uint64_t now_us = clock_us();
	bool hit = report_known(x) != NULL;

	if (x->is_stream)
		tape_stream(lane, false);
	if (!x->surface->op || x->explains)    /* it asks nobody */
		return;
	tape_count(lane, &(struct tape_end){
		.fault = fault_of(x), .hit = hit, .input = u->input, .cached = u->cache_read,
		.output = u->output, .cost = x->cost, .total_us = hit ? -1 : since(x, now_us),
		.first_us = hit ? -1 : since(x, x->first_us),
		.overhead_us = (int64_t)exchange_overhead_us(x, now_us),
	});
}
