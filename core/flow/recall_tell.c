/* flow/recall_tell.c - what is told of known answers: words, head lines, numbers.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "flow/recall.h"

const char *recall_word(const struct exchange *x)
{
	return x->recall ? usage_cache_words[x->recall->verdict] : "";
}

const struct target *recall_target(const struct exchange *x)
{
	const struct recall *r = x->recall;

	return r && r->verdict >= RECALL_HIT ? r->target : NULL;
}

void recall_head(const struct exchange *x, struct buf *head)
{
	const struct recall *r = x->recall;
	int64_t left_ms;

	if (!r)
		return;
	if (!r->idempotent)
		buf_print(head, "x-cache: %s\r\n", recall_word(x));
	else if (r->verdict != RECALL_BYPASS)
		buf_add_z(head, "idempotent-replayed: true\r\n");
	if (recall_target(x))
		buf_add(head, r->target->head);
	if (r->verdict != RECALL_HIT && r->verdict != RECALL_STALE)
		return;
	left_ms = r->from.stored_ms + r->from.ttl_ms - clock_wall_ms();
	buf_print(head, "x-cache-ttl: %lld\r\n", left_ms > 0 ? (long long)left_ms / 1000 : 0);
}

void recall_count(const struct exchange *x)
{
	const struct recall *r = x->recall;
	const struct answers_counts one = {
		.hits = r->verdict == RECALL_HIT, .stale = r->verdict == RECALL_STALE,
		.coalesced = r->verdict == RECALL_JOINED, .misses = r->verdict == RECALL_MISS,
		.bypasses = r->verdict == RECALL_BYPASS, .saved = r->saved,
	};

	if (r->idempotent)                             /* none of the cache's */
		return;
	answers_count(desk_answers(flow_desk(x->flow)), &one);
}
