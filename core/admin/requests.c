/* admin/requests.c - records of single requests: page by page, by id; and how long they stay.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"

#include <string.h>

#include "admin/key_names.h"
#include "admin/usage.h"
#include "base/clock.h"
#include "base/jsonscan.h"
#include "base/query.h"
#include "base/str.h"
#include "usage/query.h"

enum { ROUND_MS = 3600000, MORE_MS = 100 };

/* --- one record --- */

static void put_attempt(struct sheet *s, const struct usage_attempt *a)
{
	jsonw_open(s->w, '{');
	sheet_text(s, "target", a->target);
	sheet_text(s, "provider", a->provider);
	sheet_text(s, "model", a->model);
	sheet_text(s, "outcome", a->outcome);
	sheet_text(s, "charge", a->charge);
	sheet_count(s, "http_status", a->http_status ? (int64_t)a->http_status : -1);
	sheet_usd(s, "cost_usd", a->cost);
	sheet_count(s, "start_us", a->start_us);
	sheet_count(s, "head_us", a->head_us);
	sheet_count(s, "first_us", a->first_us);
	sheet_count(s, "end_us", a->end_us);
	jsonw_close(s->w);
}

static void put_attempts(struct sheet *s, const struct usage_record *r)
{
	if (s->format == SHEET_CSV) {
		sheet_i64(s, "attempts", r->attempt_count);
		return;
	}
	jsonw_key(s->w, "attempts");
	jsonw_open(s->w, '[');
	for (uint32_t i = 0; i < r->attempt_count; i++)
		put_attempt(s, &r->attempt[i]);
	jsonw_close(s->w);
}

/* It was good JSON when it came; the disk may have changed it. */
static void put_json(struct sheet *s, const char *name, cdt_str text)
{
	struct jsonscan *scan;

	if (s->format == SHEET_CSV) {
		sheet_text(s, name, text);
		return;
	}
	scan = text.n ? arena_take(s->arena, sizeof *scan) : NULL;
	if (scan && jsonscan(scan, text) == CDT_OK)
		jsonw_put_raw(s->w, name, text);
	else
		jsonw_put_null(s->w, name);
}

static void put_tokens(struct sheet *s, const struct usage_record *r)
{
	sheet_count(s, "input_tokens", r->input);
	sheet_count(s, "cached_tokens", r->cached);
	sheet_count(s, "cache_write_tokens", r->cache_write);
	sheet_count(s, "output_tokens", r->output);
	sheet_count(s, "reasoning_tokens", r->reasoning);
	sheet_flag(s, "estimated", r->estimated);
	sheet_usd(s, "cost_usd", r->cost);
	sheet_usd(s, "held_usd", r->held);
	sheet_text(s, "price", r->price);
}

/* Who gave the known answer; in CSV its target. */
static void put_answerer(struct sheet *s, const struct usage_answerer *a)
{
	if (s->format == SHEET_CSV || !a->target.n) {
		sheet_text(s, "answered_by", a->target);
		return;
	}
	jsonw_key(s->w, "answered_by");
	jsonw_open(s->w, '{');
	sheet_text(s, "target", a->target);
	sheet_text(s, "provider", a->provider);
	sheet_text(s, "model", a->model);
	jsonw_close(s->w);
}

void usage_put_record(struct sheet *s, const struct usage_record *r)
{
	const struct arena_mark mark = arena_here(s->arena);

	sheet_row_begin(s);
	sheet_time(s, "time", r->wall_ms);
	sheet_text(s, "id", r->id);
	sheet_key(s, "key", r->key);
	sheet_text(s, "group", r->group);
	sheet_text(s, "model", r->model);
	sheet_text(s, "provider", usage_provider(r));
	sheet_text(s, "operation", r->operation);
	sheet_flag(s, "stream", r->stream);
	sheet_i64(s, "status", r->status);
	sheet_text(s, "outcome", r->outcome);
	put_tokens(s, r);
	sheet_count(s, "first_us", r->first_us);
	sheet_count(s, "total_us", r->total_us);
	sheet_count(s, "overhead_us", r->overhead_us);
	sheet_count(s, "bytes_in", r->bytes_in);
	sheet_count(s, "bytes_out", r->bytes_out);
	sheet_text(s, "client", r->client);
	sheet_text(s, "agent", r->agent);
	put_json(s, "metadata", r->metadata);
	put_attempts(s, r);
	sheet_flag(s, "shortened", r->shortened);
	put_json(s, "decision", r->decision);
	sheet_text(s, "cache", r->cache);
	sheet_usd(s, "saved_usd", r->saved);
	put_answerer(s, &r->answered_by);
	sheet_text(s, "trace", r->trace);
	if (s->alone)
		key_names_put(s->c);
	sheet_row_end(s);
	arena_back(s->arena, mark);
}

static void put_row(struct sheet *s, const void *row)
{
	usage_put_record(s, row);
}

static void on_record(void *arg, const struct usage_record *r)
{
	usage_put_record(arg, r);
}

/* --- pages --- */

/* "429", or "4xx" for all that begin with a 4. */
static cdt_status read_status(struct inquiry *c, struct usage_filter *f)
{
	cdt_str text = query_value(&c->arena, http_query(c->request), "status");
	uint64_t n;

	if (!text.n)
		return CDT_OK;
	if (text.n == 3 && str_ends(text, "xx") && text.p[0] >= '1' && text.p[0] <= '5') {
		f->status_min = (uint32_t)(text.p[0] - '0') * 100;
		f->status_max = f->status_min + 99;
		return CDT_OK;
	}
	if (!str_u64(text, &n) || n < 100 || n > 599)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "status", "'status' must be an HTTP "
		              "status like 429, or a class of them like 4xx");
	f->status_min = f->status_max = (uint32_t)n;
	return CDT_OK;
}

/* "" asks for those that were not cached. */
static cdt_status read_cache(struct inquiry *c, struct usage_filter *f)
{
	const char *near;
	char hint[CONFIG_HINT_SIZE];

	if (!query_find(&c->arena, http_query(c->request), "cache", &f->cache)) {
		f->cache = (cdt_str){ NULL, 0 };
		return CDT_OK;
	}
	near = config_nearest(f->cache, usage_cache_words);
	if (!f->cache.n || (near && str_is(f->cache, near)))
		return CDT_OK;
	return REFUSE(c, PROBLEM_INVALID_VALUE, "cache", "'cache' must be HIT, MISS, BYPASS, "
	              "STALE, COALESCED or REPLAYED, or empty for those that were not "
	              "cached%s",
	              config_hint(near, hint));
}

static cdt_status read_filter(struct inquiry *c, struct usage_filter *f)
{
	*f = (struct usage_filter){ .now_ms = clock_wall_ms(), .to_ms = INT64_MAX };
	usage_read_names(c, f->only);
	f->cursor = query_value(&c->arena, http_query(c->request), "cursor");
	if (!query_find(&c->arena, http_query(c->request), "outcome", &f->outcome))
		f->outcome = (cdt_str){ NULL, 0 };
	if (usage_read_time(c, "from", &f->from_ms) != CDT_OK ||
	    usage_read_time(c, "to", &f->to_ms) != CDT_OK || read_status(c, f) != CDT_OK ||
	    read_cache(c, f) != CDT_OK)
		return CDT_E_INVALID;
	return usage_check_times(c, f->from_ms, f->to_ms);
}

struct listing {
	struct inquiry *c;
	struct usage_filter f;
	struct usage_page page;
	struct sheet s;
	enum usage_grain by_time;              /* of sums; USAGE_GRAINS: none are asked for */
	struct usage_filter counted;           /* up to now */
	struct usage_counts *counts;           /* NULL: sums do, or none are asked for */
	bool done;
};

static bool sums_know(const struct usage_filter *f)
{
	return !f->outcome.p && !f->cache.p && !f->status_min;
}

/* "sums=hour": what the requests of the filter come to, by that span; where sums do not know,
 * how many they are. */
static cdt_status read_sums(struct listing *l)
{
	struct inquiry *c = l->c;
	cdt_str word;

	l->by_time = USAGE_GRAINS;
	if (!query_find(&c->arena, http_query(c->request), "sums", &word))
		return CDT_OK;
	l->by_time = usage_grain_of(word);
	if (l->by_time == USAGE_GRAINS || !l->f.from_ms)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "sums", "'sums' must be minute, hour "
		              "or day, and 'from' must say from when");
	l->counted = l->f;
	if (l->counted.to_ms > l->f.now_ms)
		l->counted.to_ms = l->f.now_ms;
	if (sums_know(&l->f))
		return CDT_OK;
	l->counts = arena_take(&c->arena, sizeof *l->counts);
	if (!l->counts)
		return CDT_E_NOMEM;
	usage_counts_init(l->counts, &l->counted, l->by_time);
	return CDT_OK;
}

static cdt_status put_sums(struct listing *l)
{
	const struct usage_filter *f = &l->counted;
	struct usage_question q = { .from_ms = f->from_ms, .to_ms = f->to_ms,
	                            .now_ms = f->now_ms, .by_time = l->by_time };

	memcpy(q.only, f->only, sizeof q.only);
	jsonw_key(&l->c->json, "sums");
	if (!l->counts && q.from_ms < q.to_ms)
		return usage_show(l->c, &q);
	jsonw_null(&l->c->json);
	return CDT_OK;
}

static void put_counts(struct listing *l)
{
	const struct usage_counts *k = l->counts;
	struct jsonw *w = &l->c->json;

	jsonw_key(w, "counts");
	if (!k->known) {
		jsonw_null(w);
		return;
	}
	jsonw_open(w, '{');
	sheet_time(&l->s, "from", k->from_ms);
	sheet_time(&l->s, "to", k->from_ms + (int64_t)k->spans * k->span_ms);
	sheet_i64(&l->s, "total", (int64_t)k->total);
	jsonw_key(w, "data");
	jsonw_open(w, '[');
	for (size_t i = 0; i < k->spans; i++)
		if (k->count[i]) {
			jsonw_open(w, '{');
			sheet_time(&l->s, "time", k->from_ms + (int64_t)i * k->span_ms);
			sheet_i64(&l->s, "requests", (int64_t)k->count[i]);
			jsonw_close(w);
		}
	jsonw_close(w);
	jsonw_close(w);
}

static void on_listed(void *arg, const struct usage_record *r)
{
	struct listing *l = arg;

	usage_put_record(&l->s, r);
	if (l->counts)
		usage_count_one(l->counts, r->wall_ms);
}

/* A page that has all is what there is to count, whatever cards may tell. */
static void count_page(struct listing *l)
{
	struct usage_counts *k = l->counts;

	if (l->page.next[0] || l->f.cursor.n) {
		usage_counts_init(k, &l->counted, l->by_time);
		return;
	}
	k->known = k->spans > 0;
	k->done = true;
}

static cdt_status find_some(struct listing *l)
{
	struct inquiry *c = l->c;
	cdt_status st = usage_list_some(c->admin->parts.store, &l->f, &l->page, on_listed, l);

	if (st == CDT_E_INVALID)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "cursor", "'cursor' must be what "
		              "'next' gave");
	if (st != CDT_OK || !l->page.done)
		return st;
	if (l->counts)
		count_page(l);
	st = sheet_end(&l->s, l->page.next);
	return st == CDT_OK && l->s.format == SHEET_JSON && l->by_time < USAGE_GRAINS
	       ? put_sums(l) : st;
}

/* CDT_OK and not done: there is more to look at, when others have had their turn. */
static cdt_status list_some(struct listing *l)
{
	bool json = l->s.format == SHEET_JSON;
	cdt_status st = l->page.done
	              ? usage_count_some(l->c->admin->parts.store, &l->counted, l->counts)
	              : find_some(l);

	if (st != CDT_OK || !l->page.done || (json && l->counts && !l->counts->done))
		return st;
	if (json && l->counts)
		put_counts(l);
	if (json)
		jsonw_close(&l->c->json);
	l->done = true;
	return CDT_OK;
}

static void go_on(void *arg)
{
	struct listing *l = arg;
	cdt_status st = l->c->request ? list_some(l) : CDT_OK;

	if (st == CDT_OK && l->c->request && !l->done)
		worker_post(l->c->admin->parts.worker, go_on, l);
	else
		inquiry_answer(l->c, st);
}

cdt_status admin_requests_list(struct inquiry *c)
{
	static const struct usage_record any;
	struct listing *l = arena_take(&c->arena, sizeof *l);
	cdt_status st;

	if (!l)
		return CDT_E_NOMEM;
	*l = (struct listing){ .c = c };
	st = read_filter(c, &l->f);
	if (st == CDT_OK)
		st = read_sums(l);
	if (st == CDT_OK)
		st = record_limit(c, &l->f.limit);
	if (st == CDT_OK)
		st = sheet_begin(&l->s, c, put_row, &any);
	if (st == CDT_OK)
		st = list_some(l);
	if (st != CDT_OK || l->done)
		return st;
	inquiry_wait(c);
	worker_post(c->admin->parts.worker, go_on, l);
	return CDT_OK;
}

cdt_status admin_requests_show(struct inquiry *c)
{
	struct sheet s = { .c = c, .arena = &c->arena, .w = &c->json };
	cdt_str word;
	cdt_status st;

	s.alone = query_find(&c->arena, http_query(c->request), "key_names", &word);
	if (s.alone && !str_is(word, "true"))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "key_names", "'key_names' can be true");
	if (s.alone)
		key_names_begin(c);
	st = usage_find(c->admin->parts.store, c->id, clock_wall_ms(), on_record, &s);
	if (st == CDT_E_ABSENT)
		return REFUSE(c, PROBLEM_NOT_FOUND, "id", "there is no record of a request "
		              "'%.*s'; its id is the answer's x-request-id",
		              c->id.n > 128 ? 128 : (int)c->id.n, c->id.p);
	return st;
}

/* --- old ones go --- */

static void on_round(void *arg)
{
	struct admin *a = arg;
	const struct config *c = admin_config(a);
	bool more = usage_drop(a->parts.store, c->usage_retain_ms, clock_wall_ms());

	timer_set(&a->usage_round, clock_ms(), more ? MORE_MS : ROUND_MS);
}

void usage_rounds_begin(struct admin *a)
{
	timer_init(&a->usage_round, a->parts.worker, on_round, a);
	timer_set(&a->usage_round, clock_ms(), MORE_MS);
}
