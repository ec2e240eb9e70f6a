/* flow/explain.c - why this target: the whole answer of a dry run, and in short for the record.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/jsonwalk.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "flow/recall.h"
#include "ledger/money.h"

/* SHORT_REST: what follows the longest name, a state and the ends of all. */
enum { DECISION_MAX = 512, SHORT_MAX = 8, SHORT_REST = 64, BODY_SHOWN = 256 << 10 };

static const char *policy_name(const struct exchange *x)
{
	const char *name = router_policy_name(roster_router(exchange_roster(x)),
	                                      x->policy_number);

	return name ? name : "configured order";
}

/* --- in short --- */

/* "main/gpt-4o", or "main/gpt-4o:cooling". */
static void put_short(struct jsonw *w, cdt_str target, const char *state)
{
	char text[256];

	(void)snprintf(text, sizeof text, "%.*s%s%s", STR_ARG(target), state ? ":" : "",
	               state ? state : "");
	jsonw_z(w, text);
}

/* The first of many long names are better than none. */
static bool has_room(const struct buf *out, const struct target *t)
{
	return out->n + t->name.n + SHORT_REST <= DECISION_MAX;
}

cdt_str explain_decision(struct exchange *x)
{
	struct jsonw w;
	struct buf out;
	cdt_str text = { "", 0 };

	if (x->candidate_count + x->skipped_count < 2 && x->serving == x->route)
		return text;
	buf_init(&out, DECISION_MAX);
	jsonw_init(&w, &out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "policy", policy_name(x));
	if (x->serving != x->route)
		jsonw_put_text(&w, "fallback", x->serving->name);
	jsonw_key(&w, "order");
	jsonw_open(&w, '[');
	for (size_t i = 0; i < x->candidate_count && i < SHORT_MAX &&
	                   has_room(&out, x->candidates[i].target); i++)
		put_short(&w, x->candidates[i].target->name,
		          x->candidates[i].sight == HEALTH_READY
		          ? NULL : health_sight_name(x->candidates[i].sight));
	jsonw_close(&w);
	jsonw_key(&w, "skipped");
	jsonw_open(&w, '[');
	for (size_t i = 0; i < x->skipped_count && i < SHORT_MAX &&
	                   has_room(&out, x->skipped[i].target); i++)
		put_short(&w, x->skipped[i].target->name, skip_name(x->skipped[i].why));
	jsonw_close(&w);
	jsonw_close(&w);
	if (jsonw_status(&w) == CDT_OK)                /* too long: none */
		text = arena_str(&x->arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

/* --- the dry run --- */

static void put_usd(struct jsonw *w, const char *key, int64_t nanousd)
{
	char text[MONEY_TEXT_SIZE];

	if (nanousd < 0)
		jsonw_put_null(w, key);
	else
		jsonw_put_z(w, key, money_text(nanousd, text));
}

static void put_mean(struct jsonw *w, const char *key, double v)
{
	if (v < 0)
		jsonw_put_null(w, key);
	else
		jsonw_put_f64(w, key, (double)(int64_t)(v * 1000 + 0.5) / 1000);
}

/* What a budget would set aside for it. */
static int64_t hold_of(const struct exchange *x, const struct target *t, int64_t *max_output)
{
	struct price_bounds bounds;
	struct extent e;
	int64_t hold;

	*max_output = 0;
	extent_of(&x->ask, &e);
	if (!t->price || e.unbounded || !bounds_of(&e, &x->ask, t, &bounds, max_output) ||
	    price_hold(t->price, &bounds, &hold) != CDT_OK)
		return -1;
	return hold;
}

static void put_candidate(struct exchange *x, struct jsonw *w, const struct candidate *c)
{
	const struct target *t = c->target;
	int64_t max_output, hold = hold_of(x, t, &max_output);
	struct reading now;

	roster_read(exchange_roster(x), t, x->wish.now_ms, &now);
	jsonw_open(w, '{');
	jsonw_put_text(w, "target", t->name);
	jsonw_put_text(w, "provider", t->provider);
	jsonw_put_text(w, "model", t->model);
	jsonw_put_z(w, "credential", c->credential ? c->credential->id : "");
	jsonw_put_z(w, "state", health_sight_name(c->sight));
	jsonw_put_i64(w, "weight", t->weight);
	jsonw_put_i64(w, "tier", t->tier);
	jsonw_put_i64(w, "inflight", now.inflight);
	put_mean(w, "ttft_ms", now.first_ms);
	put_mean(w, "total_ms", now.total_ms);
	put_mean(w, "tokens_per_second", now.tokens_per_s);
	put_mean(w, "error_rate", now.error_rate);
	put_usd(w, "estimated_usd", roster_cost(exchange_roster(x), t, &x->wish));
	put_usd(w, "hold_usd", hold);
	if (max_output)
		jsonw_put_i64(w, "max_output", max_output);
	if (t->price)
		jsonw_put_text(w, "price_row", t->price_row);
	jsonw_close(w);
}

static void put_skipped(struct exchange *x, struct jsonw *w)
{
	jsonw_key(w, "skipped");
	jsonw_open(w, '[');
	for (size_t i = 0; i < x->skipped_count; i++) {
		jsonw_open(w, '{');
		jsonw_put_text(w, "target", x->skipped[i].target->name);
		jsonw_put_z(w, "why", skip_name(x->skipped[i].why));
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void put_fallbacks(const struct exchange *x, struct jsonw *w, const char *key,
                          const char *const *names, size_t count)
{
	jsonw_key(w, key);
	jsonw_open(w, '[');
	for (size_t i = 0; !x->ask.routing->no_fallback && i < count; i++)
		if (exchange_may_model(x, str_z(names[i]), CDT_STR("")))
			jsonw_z(w, names[i]);
	jsonw_close(w);
}

static void put_limits(struct exchange *x, struct jsonw *w)
{
	const struct limit_view *v = limit_seen(x);

	jsonw_key(w, "limits");
	jsonw_open(w, '{');
	for (int i = 0; i < LIMIT_COUNT; i++) {
		if (!v->of[i].max)
			continue;
		jsonw_key(w, limit_rows[i].name);
		jsonw_open(w, '{');
		jsonw_put_i64(w, "max", v->of[i].max);
		jsonw_put_i64(w, "remaining", v->of[i].left);
		jsonw_close(w);
	}
	jsonw_close(w);
}

/* Would it be answered with what is known? */
static void put_cache(const struct exchange *x, struct jsonw *w)
{
	const struct recall *r = x->recall;
	char hex[2 * KEPT_KEY_SIZE + 1];

	jsonw_key(w, "cache");
	if (!r) {
		jsonw_null(w);
		return;
	}
	jsonw_open(w, '{');
	jsonw_put_z(w, "verdict", recall_word(x));
	jsonw_put_flag(w, "reads", r->reads);
	jsonw_put_flag(w, "keeps", r->keeps);
	if (r->reads || r->keeps)
		jsonw_put_z(w, "key", hex_of(r->key, KEPT_KEY_SIZE, hex));
	if (r->verdict == RECALL_HIT)
		jsonw_put_text(w, "target", r->from.target);
	jsonw_close(w);
}

/* --- the upstream's request --- */

struct showing { struct exchange *x; struct jsonw *w; };

static cdt_str whole_body(struct exchange *x, const struct outreq *r)
{
	size_t n = outreq_body_bytes(r), at = 0;
	char *all = n <= BODY_SHOWN ? arena_take(&x->arena, n + 1) : NULL;

	for (size_t i = 0; all && i < r->piece_count; i++) {
		memcpy(all + at, r->piece[i].p, r->piece[i].n);
		at += r->piece[i].n;
	}
	return (cdt_str){ all ? all : "", at };
}

static void put_names(struct jsonw *w, const char *key, cdt_str from, cdt_str in,
                      bool differing)
{
	cdt_str rest = jsonwalk_inside(from), name, value;

	jsonw_key(w, key);
	jsonw_open(w, '[');
	while (jsonwalk_member(&rest, &name, &value)) {
		char text[128];
		cdt_str other;

		if (name.n >= sizeof text)
			continue;
		memcpy(text, name.p, name.n);
		text[name.n] = '\0';
		other = jsonwalk_get(in, text);
		if (differing ? other.p && !str_eq(other, value) : !other.p)
			jsonw_z(w, text);
	}
	jsonw_close(w);
}

/* By the names of outermost members. */
static void put_changes(const struct exchange *x, struct jsonw *w, cdt_str body)
{
	jsonw_key(w, "changed");
	jsonw_open(w, '{');
	put_names(w, "added", body, x->ask.body, false);
	put_names(w, "removed", x->ask.body, body, false);
	put_names(w, "differing", x->ask.body, body, true);
	jsonw_close(w);
}

static void show(void *arg, const struct outreq *r, const struct cdt_error *refused)
{
	struct showing *s = arg;
	struct jsonw *w = s->w;
	cdt_str body;

	if (refused) {
		jsonw_put_null(w, "request");
		jsonw_put_text(w, "refused", refused->message);
		return;
	}
	body = whole_body(s->x, r);
	jsonw_key(w, "request");
	jsonw_open(w, '{');
	jsonw_put_z(w, "method", r->method);
	jsonw_put_text(w, "url", r->url);
	jsonw_key(w, "headers");
	jsonw_open(w, '{');
	for (size_t i = 0; i < r->header_count; i++) {
		jsonw_key(w, arena_print(&s->x->arena, "%.*s", STR_ARG(r->header[i].name)).p);
		jsonw_text(w, r->header[i].secret ? CDT_STR("***") : r->header[i].value);
	}
	jsonw_close(w);
	if (body.n && *body.p == '{')
		jsonw_put_raw(w, "body", body);
	else
		jsonw_put_i64(w, "body_bytes", (int64_t)outreq_body_bytes(r));
	jsonw_close(w);
	jsonw_put_flag(w, "translated", !s->x->native);
	if (body.n && *body.p == '{')
		put_changes(s->x, w, body);
}

static void put_request(struct exchange *x, struct jsonw *w)
{
	struct showing s = { x, w };
	struct attempt_order o;

	if (x->candidate_count && attempt_order_of(x, &x->candidates[0], &o) == CDT_OK)
		attempt_preview(&o, show, &s);
	json_lazy_free(x->lazy);
	x->lazy = NULL;
}

static void put_all(struct exchange *x, struct jsonw *w)
{
	const struct config_model *m = x->route->model;

	jsonw_open(w, '{');
	jsonw_put_z(w, "object", "explanation");
	jsonw_put_text(w, "model", x->ask.model);
	jsonw_put_text(w, "route", x->route->name);
	jsonw_put_z(w, "operation", op_name(x->ask.op));
	jsonw_put_flag(w, "stream", x->ask.stream);
	jsonw_put_z(w, "policy", policy_name(x));
	jsonw_put_text(w, "affinity", x->wish.affinity);
	jsonw_put_i64(w, "estimated_input_tokens", x->wish.input);
	jsonw_put_i64(w, "estimated_output_tokens", x->wish.output);
	jsonw_key(w, "candidates");
	jsonw_open(w, '[');
	for (size_t i = 0; i < x->candidate_count; i++)
		put_candidate(x, w, &x->candidates[i]);
	jsonw_close(w);
	put_skipped(x, w);
	put_fallbacks(x, w, "fallbacks", m ? m->fallbacks : NULL, m ? m->fallback_count : 0);
	put_fallbacks(x, w, "context_fallbacks", m ? m->context_fallbacks : NULL,
	              m ? m->context_fallback_count : 0);
	put_fallbacks(x, w, "content_fallbacks", m ? m->content_fallbacks : NULL,
	              m ? m->content_fallback_count : 0);
	put_limits(x, w);
	put_cache(x, w);
	put_request(x, w);
	jsonw_close(w);
}

enum step_result explain_answer(struct exchange *x)
{
	struct buf body;
	struct jsonw w;

	buf_init(&body, ANSWER_BYTES_MAX);
	jsonw_init(&w, &body);
	put_all(x, &w);
	if (jsonw_status(&w) != CDT_OK) {
		buf_fini(&body);
		return STEP_FAILED;
	}
	x->status = 200;
	exchange_reply(x, buf_str(&body));
	buf_fini(&body);
	return STEP_DONE;
}
