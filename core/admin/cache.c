/* admin/cache.c - the cache of answers: what is in it and what it did, and making it forget.
 * SPDX-License-Identifier: MIT */
#include "cache/cache.h"

#include "admin/listing.h"
#include "base/clock.h"
#include "base/query.h"
#include "base/str.h"
#include "ledger/money.h"
#include "plugin/cache.h"

static struct answers *answers_of(const struct inquiry *c)
{
	return c->admin->parts.answers;
}

/* --- what it is, and did --- */

static void put_stats(struct jsonw *w, const struct instance *backend)
{
	struct cdt_cache_stats s = { .size = sizeof s, .entries = -1, .bytes = -1,
	                             .bytes_max = -1, .evictions = -1, .refused = -1,
	                             .failures = -1 };

	if (backend)
		cache_stats(backend, &s);
	list_put_known(w, "entries", s.entries);
	list_put_known(w, "bytes", s.bytes);
	list_put_known(w, "bytes_max", s.bytes_max);
	list_put_known(w, "evictions", s.evictions);
	list_put_known(w, "refused", s.refused);
	list_put_known(w, "failures", s.failures);
}

/* Of the requests that looked, how many did not ask an upstream. */
static void put_ratio(struct jsonw *w, const struct answers_counts *n)
{
	int64_t spared = n->hits + n->stale + n->coalesced, all = spared + n->misses;

	if (all)
		jsonw_put_f64(w, "hit_ratio", (double)(spared * 10000 / all) / 10000);
	else
		jsonw_put_null(w, "hit_ratio");
}

static void put_counts(struct jsonw *w, struct answers *a)
{
	char usd[MONEY_TEXT_SIZE];
	struct answers_counts n;

	answers_counts(a, &n);
	jsonw_put_i64(w, "hits", n.hits);
	jsonw_put_i64(w, "stale", n.stale);
	jsonw_put_i64(w, "coalesced", n.coalesced);
	jsonw_put_i64(w, "misses", n.misses);
	jsonw_put_i64(w, "bypasses", n.bypasses);
	jsonw_put_i64(w, "stored", n.stored);
	jsonw_put_z(w, "saved_usd", money_text(n.saved, usd));
	put_ratio(w, &n);
}

static void put_purged(struct jsonw *w, const struct marks *m)
{
	int64_t since_ms = marks_since(m);
	char text[CLOCK_TEXT_SIZE];

	if (since_ms == MARKS_NEVER)
		jsonw_put_null(w, "purged_at");
	else
		jsonw_put_z(w, "purged_at", clock_text(since_ms, text));
}

static void put_span(struct jsonw *w, const char *key, int64_t ms)
{
	char text[DURATION_TEXT_SIZE];

	jsonw_put_z(w, key, ms > 0 ? duration_text((uint64_t)ms, text) : "0s");
}

static void put_config(struct jsonw *w, const struct config_cache *c)
{
	struct config_cache_rules rules = c->rules;

	rules.enabled = rules.enabled != 0;            /* it is where nobody says otherwise */
	jsonw_put_flag(w, "single_flight", c->single_flight);
	jsonw_put_flag(w, "opt_in", c->opt_in);
	jsonw_put_flag(w, "tool_calls", c->tool_calls);
	put_span(w, "stale_while_revalidate", c->revalidate_ms);
	put_span(w, "stale_if_error", c->if_error_ms);
	put_span(w, "deadline", c->deadline_ms);
	jsonw_put_i64(w, "max_entry", (int64_t)c->max_entry);
	list_put_cache_rules(w, "rules", &rules);
}

cdt_status admin_cache_show(struct inquiry *c)
{
	const struct config_cache *config = &admin_config(c->admin)->cache;
	const struct instance *backend = answers_backend(answers_of(c));
	struct jsonw *w = &c->json;

	jsonw_open(w, '{');
	if (backend)
		jsonw_put_z(w, "type", instance_type(backend));
	else
		jsonw_put_null(w, "type");
	put_stats(w, backend);
	put_counts(w, answers_of(c));
	put_purged(w, answers_marks(answers_of(c)));
	put_span(w, "idempotency", config->idempotency_ms);
	if (backend)
		put_config(w, config);
	jsonw_close(w);
	return CDT_OK;
}

/* --- purging --- */

/* An empty word is a slip of a script, and would purge everything. */
static cdt_status read_word(struct inquiry *c, const char *name, cdt_str *out)
{
	*out = CDT_STR("");
	if (!query_find(&c->arena, http_query(c->request), name, out) || out->n)
		return CDT_OK;
	return REFUSE(c, PROBLEM_INVALID_VALUE, name, "'%s' is empty; without it all of them "
	              "are meant", name);
}

/* An alias means its model: answers are kept by its name. */
static cdt_status find_model(struct inquiry *c, cdt_str name, const char **out)
{
	const struct router *router = list_router(c);
	const struct route *r = router_find(router, name, &c->arena);
	char hint[CONFIG_HINT_SIZE];

	if (!r)
		return REFUSE(c, PROBLEM_NOT_FOUND, "model", "there is no model '%.*s'%s",
		              name.n > 128 ? 128 : (int)name.n, name.p,
		              config_hint(router_nearest(router, name), hint));
	*out = arena_str(&c->arena, r->name).p;
	return CDT_OK;
}

static cdt_status find_key(struct inquiry *c, cdt_str id, const char **out)
{
	struct keyring *ring = c->admin->parts.keyring;
	struct key *k = keyring_take(ring, id);

	if (!k)
		return REFUSE(c, PROBLEM_NOT_FOUND, "key", "there is no key '%.*s'; GET "
		              "/admin/v1/keys lists their ids", id.n > 64 ? 64 : (int)id.n,
		              id.p);
	keyring_give(ring, k);
	*out = arena_str(&c->arena, id).p;
	return CDT_OK;
}

static void put_part(struct jsonw *w, const char *name, const char *part)
{
	if (part)
		jsonw_put_z(w, name, part);
	else
		jsonw_put_null(w, name);
}

/* [main] The mark counts.  Room comes free at once only when all has gone. */
static void on_purged(void *arg, cdt_status st)
{
	struct inquiry *c = arg;
	const struct instance *backend = answers_backend(answers_of(c));
	struct jsonw *w = &c->json;

	if (st == CDT_OK) {
		bool is_all = !c->part[0] && !c->part[1];

		jsonw_open(w, '{');
		jsonw_key(w, "purged");
		jsonw_open(w, '{');
		put_part(w, "model", c->part[0]);
		put_part(w, "key", c->part[1]);
		jsonw_close(w);
		jsonw_put_flag(w, "cleared", is_all && cache_clear(backend) == CDT_OK);
		jsonw_close(w);
	} else {
		(void)REFUSE(c, PROBLEM_OVERLOADED, NULL, "the purge could not be written; "
		             "nothing was done");
	}
	inquiry_answer(c, st);
}

static cdt_status purge(struct inquiry *c)
{
	const struct mark m = { str_z(c->part[0]), str_z(c->part[1]) };
	const struct marks_asker by = { c->admin->parts.worker, on_purged, c, c->actor };

	if (marks_add(answers_marks(answers_of(c)), &m, clock_wall_ms(), &by) != CDT_OK)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "the store is busy; try again");
	inquiry_wait(c);
	return CDT_OK;
}

cdt_status admin_cache_purge(struct inquiry *c)
{
	cdt_str model, key;
	cdt_status st = read_word(c, "model", &model);

	if (st == CDT_OK)
		st = read_word(c, "key", &key);
	if (st != CDT_OK)
		return st;
	if (!answers_backend(answers_of(c)))
		return REFUSE(c, PROBLEM_CONFLICT, NULL, "there is nothing to purge: "
		              "'cache.type' names no cache");
	if (model.n)
		st = find_model(c, model, &c->part[0]);
	if (st == CDT_OK && key.n)
		st = find_key(c, key, &c->part[1]);
	return st == CDT_OK ? purge(c) : st;
}
