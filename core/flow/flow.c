/* flow/flow.c - one worker's exchanges: how they begin, what they share, how they end.
 * SPDX-License-Identifier: MIT */
#include "flow/flow.h"

#include <string.h>

#include "auth/proxies.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "config/config.h"
#include "flow/exchange.h"
#include "flow/hedge.h"
#include "flow/line.h"
#include "flow/recall.h"
#include "flow/report.h"
#include "loop/worker.h"
#include "router/prober.h"
#include "upstream/media.h"
#include "usage/tape.h"

enum { SCRATCH_MAX = 128 << 20, HEAD_MAX = 8192, SCRATCH_KEEP = 256 << 10, ARENA_FIRST = 3456,
       SPARE_MAX = 64 };

/* A router as this worker has it open, and how many exchanges use it. */
struct generation_use {
	struct flow *flow;
	struct router *router;
	struct roster *roster;
	struct proxies *proxies;       /* before us; NULL: none is trusted */
	size_t uses;
	bool retired;
	void (*gone)(void *arg);
	void *arg;
};

struct flow {
	struct flow_parts parts;
	struct generation_use *now;
	struct prober *prober;         /* of now; the first worker's; NULL: none */
	struct list exchanges;
	struct line line;
	struct purse *purse;
	struct pulse *pulse;
	struct guesses guesses;
	struct hedges *hedges;
	struct outbox *outbox;
	struct tape_lane *lane;
	struct desk *desk;
	struct list spare;            /* ended exchanges, kept with their arena's first block */
	size_t spare_count;
	_Atomic size_t active, streams;        /* written here, read by main */
	struct buf scratch, head;      /* empty between callbacks */
	struct counts *counts;
	struct arena brief;            /* empty between callbacks */
	bool draining;
};

struct flow *flow_new(const struct flow_parts *parts)
{
	struct flow *f = mem_new(sizeof *f);

	f->parts = *parts;
	list_init(&f->exchanges);
	line_init(&f->line, parts->worker);
	guesses_init(&f->guesses);
	f->purse = purse_new(f);
	f->pulse = pulse_new(f);
	f->hedges = hedges_new();
	f->outbox = outbox_new(f);
	f->lane = tape_open(parts->tape);
	f->desk = desk_open(parts->answers, parts->worker);
	list_init(&f->spare);
	buf_init(&f->scratch, SCRATCH_MAX);
	buf_init(&f->head, HEAD_MAX);
	f->counts = counts_new(parts->metrics);
	arena_init(&f->brief, ARENA_FIRST, EXCHANGE_ARENA_MAX);
	return f;
}

/* --- generations --- */

static void generation_end(struct generation_use *g)
{
	void (*gone)(void *arg) = g->gone;
	void *arg = g->arg;

	roster_close(g->roster);
	proxies_free(g->proxies);
	mem_free(g);
	gone(arg);
}

static void generation_retire(struct generation_use *g)
{
	if (!g)
		return;
	g->retired = true;
	if (!g->uses)
		generation_end(g);
}

struct generation_use *generation_take(struct flow *f)
{
	f->now->uses++;
	return f->now;
}

void generation_give(struct generation_use *g)
{
	if (--g->uses == 0 && g->retired)
		generation_end(g);
}

void flow_adopt(struct flow *f, struct router *r, void (*gone)(void *arg), void *arg)
{
	const struct config *c = router_config(r);
	struct generation_use *old = f->now;

	prober_free(f->prober);
	f->prober = worker_number(f->parts.worker) ? NULL
	            : prober_new(r, f->parts.worker, f->parts.fetch);
	f->now = mem_new(sizeof *f->now);
	*f->now = (struct generation_use){
		.flow = f, .router = r, .roster = roster_open(r, f->parts.worker),
		.gone = gone, .arg = arg,
	};
	f->now->proxies = proxies_new(c->trusted_proxies, c->trusted_proxy_count);
	counts_forget(f->counts);
	generation_retire(old);
}

struct router *flow_router(const struct flow *f)
{
	return f->now->router;
}

struct roster *exchange_roster(const struct exchange *x)
{
	return x->generation->roster;
}

const struct config *exchange_config(const struct exchange *x)
{
	return router_config(x->generation->router);
}

/* --- exchanges --- */

static bool id_ok(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		      (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-'))
			return false;
	}
	return s.n > 0 && s.n <= EXCHANGE_ID_MAX;
}

static cdt_str exchange_id(struct exchange *x)
{
	cdt_str given = http_header(x->request, "x-request-id");
	char ulid[ULID_SIZE];

	if (id_ok(given))
		return arena_str(&x->arena, given);
	return arena_str(&x->arena, str_z(ulid_new(x->wall_ms, ulid)));
}

/* Proxies may add their own line instead of appending to one: the last line is the nearest. */
static cdt_str client_of(struct exchange *x)
{
	cdt_str peer = arena_str(&x->arena, http_peer(x->request)), line, all = { "", 0 };

	if (!proxies_trust(x->generation->proxies, peer))
		return peer;
	for (size_t i = 0; (line = http_header_next(x->request, "x-forwarded-for", i)).p; i++)
		all = i ? arena_print(&x->arena, "%.*s,%.*s", STR_ARG(all), STR_ARG(line))
		        : line;
	return proxies_client(x->generation->proxies, peer, all, &x->arena);
}

/* Zeroed but for its arena. */
static struct exchange *exchange_take(struct flow *f)
{
	struct exchange *x;
	struct arena arena;

	if (list_empty(&f->spare)) {
		x = mem_new(sizeof *x);
		arena_init(&x->arena, ARENA_FIRST, EXCHANGE_ARENA_MAX);
		return x;
	}
	x = LIST_OF(f->spare.next, struct exchange, link);
	list_remove(&x->link);
	f->spare_count--;
	arena = x->arena;
	memset(x, 0, sizeof *x);
	x->arena = arena;
	return x;
}

static void exchange_drop(struct exchange *x)
{
	arena_fini(&x->arena);
	mem_free(x);
}

static struct exchange *exchange_new(struct flow *f, struct http_request *r,
                                     const struct surface *s, cdt_str rest)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	struct exchange *x = exchange_take(f);

	x->flow = f;
	x->request = r;
	x->surface = s;
	x->wall_ms = clock_wall_ms();
	x->started_us = http_started_us(r);
	x->generation = generation_take(f);
	x->usage = unknown;
	x->id = exchange_id(x);
	x->rest = arena_str(&x->arena, rest);
	x->method = arena_str(&x->arena, http_method(r));
	x->path = arena_str(&x->arena, http_path(r));
	x->peer = client_of(x);
	x->agent = arena_str(&x->arena, http_header(r, "user-agent"));
	x->bytes_in = (int64_t)http_body(r).n;
	x->relay.type = CDT_STR("");
	x->timed = counts_time_next(f->counts);
	list_push(&f->exchanges, &x->link);
	f->active++;
	return x;
}

void flow_note_stream(struct exchange *x)
{
	x->is_stream = true;
	x->flow->streams++;
}

int64_t exchange_text_bytes(const struct exchange *x)
{
	return x->ask.form.n ? (int64_t)x->ask.form.n : x->bytes_in;
}

/* The twin's words are x's: what they point to lives in x's arena, its key is x's. */
struct exchange *exchange_twin(struct exchange *x)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	struct exchange *twin = exchange_take(x->flow);
	struct arena arena = twin->arena;

	*twin = (struct exchange){
		.arena = arena, .flow = x->flow, .surface = x->surface,
		.generation = x->generation, .id = x->id, .rest = x->rest,
		.key = x->key, .group = x->group, .ask = x->ask, .step = x->step,
		.route = x->route, .serving = x->serving, .wish = x->wish,
		.policy_number = x->policy_number, .is_hedge = true, .usage = unknown,
		.skipped = x->skipped, .skipped_count = x->skipped_count,
		.metadata = x->metadata, .measure = x->measure,
		.limits = x->limits, .limits_seen = x->limits_seen,
		.timeout_ms = x->timeout_ms, .wall_ms = x->wall_ms, .started_us = x->started_us,
		.bytes_in = x->bytes_in, .method = x->method, .path = x->path,
		.agent = x->agent, .peer = x->peer, .session = x->session,
		.trace = x->trace, .content = x->content,
		.begun = x->begun, .waited_us = x->waited_us,
	};
	twin->ask.doc = NULL;
	twin->relay.type = CDT_STR("");
	twin->generation->uses++;
	list_push(&x->flow->exchanges, &twin->link);
	x->flow->active++;
	return twin;
}

static void unlist(struct exchange *x)
{
	list_remove(&x->link);
	x->flow->active--;
	if (x->is_stream)
		x->flow->streams--;
}

void exchange_keep(struct exchange *twin, struct exchange *x)
{
	unlist(x);
	twin->kept = x;
}

static void end(struct exchange *x)
{
	struct flow *f = x->flow;

	keepsake_forget(x);
	recall_fini(x);
	relay_fini(x);
	media_free(x->media);
	json_lazy_free(x->lazy);
	json_free(x->ask.doc);
	json_free(x->tags);
	timer_fini(&x->hedge_timer);
	if (x->key && !x->kept && !x->is_hedge) {      /* else the other gives them back */
		keyring_give(f->parts.keyring, x->key);
		keyring_give(f->parts.keyring, x->group);
	}
	generation_give(x->generation);
	if (f->spare_count == SPARE_MAX) {
		exchange_drop(x);
		return;
	}
	arena_reset(&x->arena);
	list_push(&f->spare, &x->link);
	f->spare_count++;
}

void exchange_free(struct exchange *x)
{
	struct exchange *kept = x->kept;

	unlist(x);
	end(x);
	if (kept)
		end(kept);
}

void flow_begin(struct flow *f, struct http_request *r, const struct surface *s, cdt_str rest)
{
	exchange_run(exchange_new(f, r, s, rest));
}

void exchange_reply(struct exchange *x, cdt_str json)
{
	struct buf *head = flow_head_scratch(x->flow);

	exchange_head(x, "application/json", head);
	x->bytes_out = (int64_t)json.n;
	http_reply(x->request, x->status, buf_str(head), json);
	x->request = NULL;
}

cdt_status exchange_leave_out(struct exchange *x, const char *name)
{
	if (x->strict)
		return problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER, name,
		                   "'%s' can not be told to this model's provider; leave it "
		                   "out, or allow it to be dropped (params = \"drop\").", name);
	for (size_t i = 0; i < x->left_out_count; i++)
		if (str_is(x->left_out[i], name))
			return CDT_OK;
	if (x->left_out_count < LEFT_OUT_MAX && !outreq_has_control_byte(str_z(name)))
		x->left_out[x->left_out_count++] = arena_str(&x->arena, str_z(name));
	return CDT_OK;
}

static size_t add_names(struct buf *head, const cdt_str *names, size_t count, size_t before)
{
	for (size_t i = 0; i < count; i++) {
		buf_add_z(head, i + before ? ", " : "x-conduit-dropped: ");
		buf_add(head, names[i]);
	}
	return before + count;
}

/* The members that the upstream request is without. */
static void add_dropped(struct exchange *x, struct buf *head)
{
	const cdt_str *names = x->dropped;
	size_t count = x->attempt ? attempt_dropped(x->attempt, &names) : x->dropped_count, all;

	all = add_names(head, names, count, 0);
	if (!x->native && x->left_out_count) {
		all = add_names(head, x->left_out, x->left_out_count, all);
		names = count ? names : x->left_out;
	}
	if (!all)
		return;
	buf_add_z(head, "\r\n");
	if (!x->ask.routing->has_strict && x->tried->target->config->params == PARAMS_WARN)
		log_info(LOG_FLOW, x->id.p, "left out of the request members=%zu first=%.*s "
		         "provider=%.*s", all, STR_ARG(names[0]),
		         STR_ARG(x->tried->target->provider));
}

void exchange_head(struct exchange *x, const char *content_type, struct buf *head)
{
	buf_clear(head);
	buf_add_z(head, "content-type: ");
	buf_add_z(head, content_type);
	buf_add_z(head, "\r\nx-request-id: ");
	buf_add(head, x->id);
	buf_add_z(head, "\r\nrequest-id: ");
	buf_add(head, x->id);
	buf_add_z(head, "\r\n");
	limit_head(x, head);
	recall_head(x, head);
	if (x->tried) {
		if (!recall_target(x))
			buf_add(head, x->tried->target->head);
		buf_add_z(head, "x-conduit-attempts: ");
		buf_add_i64(head, x->attempts);
		buf_add_z(head, "\r\n");
		add_dropped(x, head);
	}
}

void flow_free(struct flow *f)
{
	if (!f)
		return;
	LIST_EACH(it, &f->exchanges) {
		struct exchange *x = LIST_OF(it, struct exchange, link);

		attempt_cancel(x->attempt);
		charge_leave(x);
		limit_end(x);
		if (x->request)
			http_cut(x->request);
		exchange_free(x);
	}
	LIST_EACH(it, &f->spare)
		exchange_drop(LIST_OF(it, struct exchange, link));
	line_fini(&f->line);
	purse_free(f->purse);
	pulse_free(f->pulse);
	hedges_free(f->hedges);
	outbox_free(f->outbox);
	tape_close(f->lane);
	desk_close(f->desk);
	guesses_fini(&f->guesses);
	prober_free(f->prober);
	generation_retire(f->now);
	counts_free(f->counts);
	arena_fini(&f->brief);
	buf_fini(&f->scratch);
	buf_fini(&f->head);
	mem_free(f);
}

/* --- what is shared --- */

struct worker *flow_worker(const struct flow *f)
{
	return f->parts.worker;
}

const struct flow_parts *flow_parts(const struct flow *f)
{
	return &f->parts;
}

struct arena *flow_brief(struct flow *f)
{
	arena_reset(&f->brief);
	return &f->brief;
}

struct line *flow_line(struct flow *f)
{
	return &f->line;
}

struct pulse *flow_pulse(struct flow *f)
{
	return f->pulse;
}

struct hedges *flow_hedges(struct flow *f)
{
	return f->hedges;
}

struct list *flow_exchanges(struct flow *f)
{
	return &f->exchanges;
}

struct purse *flow_purse(struct flow *f)
{
	return f->purse;
}

struct outbox *flow_outbox(struct flow *f)
{
	return f->outbox;
}

struct tape_lane *flow_lane(const struct flow *f)
{
	return f->lane;
}

struct guesses *flow_guesses(struct flow *f)
{
	return &f->guesses;
}

struct desk *flow_desk(struct flow *f)
{
	return f->desk;
}

struct counts *flow_counts(const struct flow *f)
{
	return f->counts;
}

struct buf *flow_scratch(struct flow *f)
{
	/* One large answer must not stay in memory for ever. */
	if (!f->scratch.n && f->scratch.room > SCRATCH_KEEP) {
		buf_fini(&f->scratch);
		buf_init(&f->scratch, SCRATCH_MAX);
	}
	return &f->scratch;
}

struct buf *flow_head_scratch(struct flow *f)
{
	buf_clear(&f->head);
	return &f->head;
}

void flow_set_draining(struct flow *f)
{
	f->draining = true;
}

bool flow_draining(const struct flow *f)
{
	return f->draining;
}

size_t flow_active(const struct flow *f)
{
	return f->active;
}

size_t flow_streams(const struct flow *f)
{
	return f->streams;
}

size_t flow_waiting(const struct flow *f)
{
	return f->line.count;
}
