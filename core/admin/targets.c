/* admin/targets.c - upstream models that requests can go to: how they do, and an operator's
 * word about them.
 * SPDX-License-Identifier: MIT */
#include "admin/listing.h"

#include "audit/audit.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "store/store.h"

/* --- list --- */

static void put_mean(struct jsonw *w, const char *key, double v)
{
	if (v < 0)
		jsonw_put_null(w, key);
	else
		jsonw_put_f64(w, key, (double)(int64_t)(v * 1000 + 0.5) / 1000);
}

/* "until": by the clock on the wall. */
static void put_rest(struct jsonw *w, const struct health *h, uint64_t now_ms)
{
	uint64_t until_ms = h->until_ms;
	char text[CLOCK_TEXT_SIZE];

	if (until_ms > now_ms)
		jsonw_put_z(w, "until",
		            clock_text(clock_wall_ms() + (int64_t)(until_ms - now_ms), text));
	else
		jsonw_put_null(w, "until");
	if (h->why)
		jsonw_put_z(w, "why", health_reason(h->why));
	else
		jsonw_put_null(w, "why");
}

void list_put_credential(struct jsonw *w, const struct target *t, size_t i, uint64_t now_ms)
{
	const struct health *account = t->accounts[i], *own = t->healths[i];
	enum health_sight sight = target_sight(t, i, now_ms, 0);
	bool is_account = account->why && (!own->why || account->until_ms > own->until_ms);

	jsonw_open(w, '{');
	jsonw_put_z(w, "id", t->config->credential_count ? t->config->credentials[i].id : "");
	jsonw_put_z(w, "state", health_sight_name(sight));
	put_rest(w, is_account ? account : own, now_ms);
	jsonw_put_i64(w, "share_percent", (int64_t)own->quarters * 100 / HEALTH_QUARTERS);
	jsonw_put_i64(w, "inflight", account->crowd.inside);
	list_put_known(w, "concurrency",
	               account->crowd.limit ? (int64_t)account->crowd.limit : -1);
	jsonw_close(w);
}

static void put_figures(struct jsonw *w, const struct target *t, uint64_t now_ms)
{
	struct reading now;

	figures_merge(t->figures, now_ms, &now);
	jsonw_put_i64(w, "inflight", now.inflight);
	put_mean(w, "ttft_ms", now.first_ms);
	put_mean(w, "total_ms", now.total_ms);
	put_mean(w, "tokens_per_second", now.tokens_per_s);
	put_mean(w, "error_rate", now.error_rate);
	put_mean(w, "cached_rate", now.cached_rate);
	list_put_known(w, "requests_left", now.requests_left);
	list_put_known(w, "tokens_left", now.tokens_left);
}

static void put_target(struct jsonw *w, const struct target *t)
{
	uint64_t now_ms = clock_ms();

	jsonw_open(w, '{');
	jsonw_put_text(w, "name", t->name);
	jsonw_put_text(w, "provider", t->provider);
	jsonw_put_text(w, "model", t->model);
	jsonw_put_z(w, "status", target_status(t, now_ms));
	jsonw_put_z(w, "state", health_sight_name(target_best_sight(t, now_ms, 0)));
	put_figures(w, t, now_ms);
	jsonw_key(w, "credentials");
	jsonw_open(w, '[');
	for (size_t i = 0; i < credential_count(t->config); i++)
		list_put_credential(w, t, i, now_ms);
	jsonw_close(w);
	list_put_known(w, "context_window", t->context_window);
	list_put_known(w, "max_output", t->max_output);
	list_put_price(w, t);
	jsonw_close(w);
}

/* Several routes may lead to one target. */
cdt_status admin_targets_list(struct inquiry *c)
{
	static const char here[] = "";
	void *seen = (void *)(uintptr_t)here;
	const struct route *r;
	struct map names;

	map_init(&names);
	list_begin(&c->json);
	for (size_t i = 0; (r = router_at(list_router(c), i)); i++)
		for (size_t k = 0; k < r->target_count; k++)
			if (!map_put(&names, r->targets[k]->name, seen))
				put_target(&c->json, r->targets[k]);
	map_fini(&names);
	return list_end(&c->json);
}

/* --- an operator's word --- */

/* All routes share a target's health: one is as good as another. */
static const struct target *find(const struct inquiry *c)
{
	const struct route *r;

	for (size_t i = 0; (r = router_at(list_router(c), i)); i++)
		for (size_t k = 0; k < r->target_count; k++)
			if (str_eq(r->targets[k]->name, c->id))
				return r->targets[k];
	return NULL;
}

enum { NAMES_MAX = 4096 };

static cdt_status unknown(struct inquiry *c)
{
	const char **names = arena_take(&c->arena, (NAMES_MAX + 1) * sizeof *names), *near;
	const struct route *r;
	size_t n = 0;

	for (size_t i = 0; names && (r = router_at(list_router(c), i)); i++)
		for (size_t k = 0; k < r->target_count && n < NAMES_MAX; k++)
			names[n++] = r->targets[k]->name.p;    /* NUL-ended */
	near = names ? config_nearest(c->id, names) : NULL;
	return REFUSE(c, PROBLEM_NOT_FOUND, NULL, "there is no target '%.*s'%s%s%s",
	              STR_ARG(c->id), near ? "; did you mean '" : "; GET /admin/v1/targets "
	              "lists them", near ? near : "", near ? "'?" : "");
}

struct word { const char *action; void (*apply)(const struct target *t, size_t i); };

static cdt_status note(void *arg, struct store_txn *txn)
{
	const struct inquiry *c = arg;
	struct audit_entry e = {
		.wall_ms = clock_wall_ms(), .actor = c->actor, .action = c->word->action,
		.kind = "target", .object = c->id, .changed = CDT_STR("[\"state\"]"),
	};

	return audit_put(txn, &e);
}

static void noted(void *arg, cdt_status st)
{
	struct inquiry *c = arg;
	const struct target *t = find(c);

	if (st != CDT_OK) {
		(void)REFUSE(c, PROBLEM_OVERLOADED, NULL, "the change could not be written; "
		             "nothing was done");
	} else if (!t) {                               /* a reload was faster */
		st = unknown(c);
	} else {
		for (size_t i = 0; i < credential_count(t->config); i++)
			c->word->apply(t, i);
		put_target(&c->json, t);
	}
	inquiry_answer(c, st);
}

/* Written down first.  The word holds until conduitd ends. */
static cdt_status change(struct inquiry *c, const struct word *w)
{
	struct store_op op = { note, noted, c, c->admin->parts.worker };

	if (!find(c))
		return unknown(c);
	c->word = w;
	if (store_submit(c->admin->parts.store, &op) != CDT_OK)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "the store is busy; try again");
	inquiry_wait(c);
	return CDT_OK;
}

static void drain(const struct target *t, size_t i)
{
	health_drain(t->healths[i], true);
}

static void enable(const struct target *t, size_t i)
{
	health_drain(t->healths[i], false);
}

static void reset(const struct target *t, size_t i)
{
	health_reset(t->healths[i]);
	health_reset(t->accounts[i]);
}

cdt_status admin_targets_drain(struct inquiry *c)
{
	static const struct word w = { "drain", drain };

	return change(c, &w);
}

cdt_status admin_targets_enable(struct inquiry *c)
{
	static const struct word w = { "enable", enable };

	return change(c, &w);
}

cdt_status admin_targets_reset(struct inquiry *c)
{
	static const struct word w = { "reset", reset };

	return change(c, &w);
}
