/* admin/metrics_targets.c - how targets, credentials and groups' budgets do, for /metrics.  Of
 * each at most METRICS_FAMILY_MAX.
 * SPDX-License-Identifier: MIT */
#include "admin/pages.h"

#include <string.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "flow/budget.h"
#include "metrics/metrics.h"
#include "router/route.h"

/* Several routes may lead to one target. */
struct targets {
	const struct target *each[METRICS_FAMILY_MAX];
	struct reading now[METRICS_FAMILY_MAX];
	size_t count;
};

static void find(const struct router *r, struct targets *t, uint64_t now_ms)
{
	const struct route *route;
	struct map names;

	t->count = 0;
	map_init(&names);
	for (size_t i = 0; (route = router_at(r, i)); i++)
		for (size_t k = 0; k < route->target_count; k++) {
			struct target *one = route->targets[k];

			if (t->count == METRICS_FAMILY_MAX || map_put(&names, one->name, one))
				continue;
			figures_merge(one->figures, now_ms, &t->now[t->count]);
			t->each[t->count++] = one;
		}
	map_fini(&names);
}

static void print_states(const struct targets *t, uint64_t now_ms, struct buf *out)
{
	static const char name[] = "conduit_target_state";
	static const int states[] = {
		[HEALTH_READY] = 2, [HEALTH_PROBING] = 1, [HEALTH_COOLING] = 0,
		[HEALTH_DRAINED] = 0,
	};

	metrics_print_head(out, METRICS_GAUGE, name,
	                   "2 ready, 1 being tried again, 0 cooling down or drained.");
	for (size_t i = 0; i < t->count; i++) {
		const cdt_str values[] = { t->each[i]->name, t->each[i]->provider };

		metrics_print(out, name, "target,provider", values,
		              states[target_best_sight(t->each[i], now_ms, 0)]);
	}
}

static void print_inflight(const struct targets *t, struct buf *out)
{
	static const char name[] = "conduit_target_inflight";

	metrics_print_head(out, METRICS_GAUGE, name, "Attempts under way.");
	for (size_t i = 0; i < t->count; i++)
		metrics_print(out, name, "target", &t->each[i]->name, t->now[i].inflight);
}

/* Only of those whose upstream says it. */
static void print_headroom(const struct targets *t, struct buf *out)
{
	static const char name[] = "conduit_upstream_ratelimit_remaining";

	metrics_print_head(out, METRICS_GAUGE, name,
	                   "Left of a limit, as the upstream's headers said last.");
	for (size_t i = 0; i < t->count; i++) {
		const int64_t left[] = { t->now[i].requests_left, t->now[i].tokens_left };
		cdt_str values[] = { t->each[i]->name, CDT_STR("requests") };

		for (size_t k = 0; k < 2; k++) {
			if (left[k] >= 0)
				metrics_print(out, name, "target,kind", values,
				              (double)left[k]);
			values[1] = CDT_STR("tokens");
		}
	}
}

/* Targets of one provider share its credentials. */
static void print_credentials(const struct targets *t, uint64_t now_ms, struct buf *out)
{
	static const char name[] = "conduit_provider_key_up";
	static const char here[] = "";
	void *seen = (void *)(uintptr_t)here;
	struct map providers;

	metrics_print_head(out, METRICS_GAUGE, name, "1: it is asked; 0: it cools down.");
	map_init(&providers);
	for (size_t i = 0; i < t->count; i++) {
		const struct target *one = t->each[i];

		if (map_put(&providers, one->provider, seen))
			continue;
		for (size_t k = 0; k < credential_count(one->config); k++) {
			const cdt_str values[] = {
				one->provider, str_z(one->config->credential_count
				                     ? one->config->credentials[k].id : ""),
			};
			enum health_sight sight = health_look(one->accounts[k], now_ms, 0);

			metrics_print(out, name, "provider,key", values,
			              sight == HEALTH_READY || sight == HEALTH_PROBING);
		}
	}
	map_fini(&providers);
}

void metrics_page_targets(const struct router *r, struct buf *out)
{
	static struct targets all;                     /* [main]: large, and of one scrape */
	uint64_t now_ms = clock_ms();

	find(r, &all, now_ms);
	print_states(&all, now_ms, out);
	print_inflight(&all, out);
	print_headroom(&all, out);
	print_credentials(&all, now_ms, out);
}

static const char budget_name[] = "conduit_budget_remaining_usd";

static bool print_budget(struct ledger *l, const struct key *group, struct buf *out)
{
	const cdt_str handle = key_handle(group);
	int64_t left;

	if (!budget_left(l, group, &left))
		return false;
	metrics_print(out, budget_name, "group", &handle, (double)left / MONEY_USD);
	return true;
}

void metrics_page_budgets(struct keyring *ring, struct ledger *l, struct buf *out)
{
	enum { PAGE = 100 };
	struct key *group[PAGE];
	char after[KEY_GROUP_MAX + 1] = "";
	size_t n = PAGE, shown = 0;

	metrics_print_head(out, METRICS_GAUGE, budget_name,
	                   "Of the group's budget, or balance, that has least left.");
	while (l && n == PAGE && shown < METRICS_FAMILY_MAX) {
		n = keyring_list_groups(ring, str_z(after), group, PAGE);
		for (size_t i = 0; i < n; i++) {
			cdt_str handle = key_handle(group[i]);

			shown += print_budget(l, group[i], out);
			memcpy(after, handle.p, handle.n);     /* KEY_GROUP_MAX at most */
			after[handle.n] = 0;
			keyring_give(ring, group[i]);
		}
	}
}
