/* unit/plugins/policy_rig.c - loads a policy and asks it.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/policy_rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

enum { REQUESTS = 10000, SHOWN_MAX = 32 };

static void load(struct plugrig *g, const char *type)
{
	const char *dir = getenv("CONDUIT_BUILDDIR");
	char path[PLUGRIG_PATH_SIZE], why[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);             /* the folder that make ran in */
	(void)snprintf(path, sizeof path, "%s/plugins/policy_%s.so", dir, type);
	CU_ASSERT_EQUAL_FATAL(registry_load_file(g->registry, path, why), CDT_OK);
}

void policyrig_open(struct policyrig *r, const char *type, const char *options, size_t count)
{
	*r = (struct policyrig){
		.target = mem_new_array(count + 1, sizeof *r->target),
		.list = mem_new_array(count + 1, sizeof *r->list),
		.order = mem_new_array(count + 1, sizeof *r->order),
		.name = mem_new_array(count + 1, sizeof *r->name),
		.seed = 1,
	};
	plugrig_init(&r->g, NULL);
	load(&r->g, type);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&r->g, "policy", type, options, NULL));
	r->route = (struct cdt_route){
		.size = sizeof r->route, .route = CDT_STR("chat"), .key_id = CDT_STR("key"),
		.input_tokens = -1, .output_tokens = -1, .targets = r->list, .count = count,
	};
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(r->name[i], sizeof r->name[i], "t%u", (unsigned)i);
		r->target[i] = (struct cdt_target){
			.size = sizeof *r->target, .name = str_z(r->name[i]),
			.provider = CDT_STR("p"), .model = CDT_STR("m"), .weight = 1,
			.ttft_ms = -1, .total_ms = -1, .tokens_per_s = -1, .error_rate = -1,
			.cost_nanousd = -1, .requests_left = -1, .tokens_left = -1,
			.context_tokens = -1, .capacity = -1,
		};
		r->list[i] = &r->target[i];
	}
}

void policyrig_close(struct policyrig *r)
{
	CU_ASSERT_EQUAL(plugrig_misuses(&r->g), 0);
	plugrig_fini(&r->g);
	mem_free(r->target);
	mem_free(r->list);
	mem_free(r->order);
	mem_free(r->name);
}

uint64_t policyrig_dice(struct policyrig *r)
{
	uint64_t x = r->seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

size_t policyrig_rank(struct policyrig *r)
{
	size_t n;

	r->route.random = policyrig_dice(r);
	n = policy_rank(r->g.self, &r->route, r->order, r->route.count);
	CU_ASSERT_EQUAL(n, r->route.count);
	return n;
}

size_t policyrig_first(struct policyrig *r)
{
	return policyrig_rank(r) ? r->order[0] : SIZE_MAX;
}

void policyrig_count(struct policyrig *r, size_t requests, size_t *first)
{
	for (size_t i = 0; i < r->route.count; i++)
		first[i] = 0;
	for (size_t i = 0; i < requests; i++)
		first[policyrig_first(r)]++;
}

void policyrig_order_is(struct policyrig *r, const char *want)
{
	char got[SHOWN_MAX] = "";
	size_t n = policyrig_rank(r);

	for (size_t i = 0; i < n && i < sizeof got - 1; i++)
		got[i] = (char)('0' + r->order[i]);
	CU_ASSERT_STRING_EQUAL(got, want);
}

void policyrig_weigh(struct policyrig *r, const uint32_t *weights)
{
	for (size_t i = 0; i < r->route.count; i++)
		r->target[i].weight = weights[i];
}

void policyrig_shares_are_weights(struct policyrig *r)
{
	size_t first[SHOWN_MAX];
	double sum = 0;

	for (size_t i = 0; i < r->route.count; i++)
		sum += r->target[i].weight;
	policyrig_count(r, REQUESTS, first);
	for (size_t i = 0; i < r->route.count; i++) {
		double want = r->target[i].weight / sum;

		CU_ASSERT(fabs((double)first[i] / REQUESTS - want) <= 0.02);
	}
}
