/* router/target.c - what a target's provider can do.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "router/route.h"

uint32_t target_op(const struct target *t, const struct ask *a)
{
	uint64_t ops = provider_caps(t->instance)->ops;
	bool chats = ops & CDT_OP_BIT(CDT_OP_CHAT);

	if (ops & CDT_OP_BIT(a->op))
		return a->op;
	return a->op == CDT_OP_COMPLETE && chats && !a->no_chat ? CDT_OP_CHAT : 0;
}

bool target_speaks(const struct target *t, cdt_str dialect)
{
	return provider_speaks(t->instance, dialect, t->model, str_z(t->config->base_url));
}

bool target_streams(const struct target *t, uint32_t op)
{
	return provider_caps(t->instance)->stream_ops & CDT_OP_BIT(op);
}
