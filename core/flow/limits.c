/* flow/limits.c - how a client sees the limits of its key: header lines as client libraries
 * read them, and times in their way of writing.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "flow/exchange.h"

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600 };

char *limit_text(uint64_t ms, char out[LIMIT_TEXT_SIZE])
{
	unsigned long long s = ms / SECOND_MS + (ms % SECOND_MS != 0);

	if (ms < SECOND_MS)
		(void)snprintf(out, LIMIT_TEXT_SIZE, "%llums", (unsigned long long)ms);
	else if (s < MINUTE_S)
		(void)snprintf(out, LIMIT_TEXT_SIZE, "%llus", s);
	else if (s < HOUR_S)
		(void)snprintf(out, LIMIT_TEXT_SIZE, "%llum%llus", s / MINUTE_S, s % MINUTE_S);
	else
		(void)snprintf(out, LIMIT_TEXT_SIZE, "%lluh%llum%llus", s / HOUR_S,
		               s % HOUR_S / MINUTE_S, s % MINUTE_S);
	return out;
}

/* A limit that only counts is the operator's business: clients would slow down for it. */
static void look(struct exchange *x)
{
	struct limiter *l = flow_parts(x->flow)->limiter;
	struct config_limits limits = limit_effective(x);
	char id[LIMIT_ID_SIZE];
	struct limit_scope scope = { .limits = &limits };

	for (int i = 0; i < LIMIT_COUNT; i++)
		if (limits.shadowed & 1u << i)
			limits.max[i] = 0;
	if (!limits_any(&limits))
		return;
	if (x->lease.count) {                          /* a key with limits comes first there */
		lease_look(l, &x->lease, &limits, clock_ms(), &x->limits);
		return;
	}
	scope.id = limit_key_id(x, id);
	limiter_look(l, &scope, clock_ms(), &x->limits);
}

const struct limit_view *limit_seen(struct exchange *x)
{
	if (!x->limits_seen && x->key)
		look(x);
	x->limits_seen = true;
	return &x->limits;
}

/* Of several limits the one that will be felt first. */
static const struct limit_sight *least(const struct limit_view *v, enum limit from,
                                       enum limit to)
{
	const struct limit_sight *found = NULL;

	for (int i = from; i <= (int)to; i++)
		if (v->of[i].max && (!found || v->of[i].left < found->left))
			found = &v->of[i];
	return found;
}

struct names { const char *max, *left, *reset; };

static void lines(const struct limit_sight *s, const struct names *n, struct buf *head)
{
	char text[LIMIT_TEXT_SIZE];

	if (!s)
		return;
	buf_add_z(head, n->max);
	buf_add_i64(head, s->max);
	buf_add_z(head, n->left);
	buf_add_i64(head, s->left);
	buf_add_z(head, n->reset);
	buf_add_z(head, limit_text(s->reset_ms, text));
	buf_add_z(head, "\r\n");
}

void limit_head(struct exchange *x, struct buf *head)
{
	static const struct names requests = {
		"x-ratelimit-limit-requests: ", "\r\nx-ratelimit-remaining-requests: ",
		"\r\nx-ratelimit-reset-requests: ",
	}, tokens = {
		"x-ratelimit-limit-tokens: ", "\r\nx-ratelimit-remaining-tokens: ",
		"\r\nx-ratelimit-reset-tokens: ",
	};
	const struct limit_view *v = limit_seen(x);

	lines(least(v, LIMIT_RPM, LIMIT_RPD), &requests, head);
	lines(least(v, LIMIT_TPM, LIMIT_OUTPUT_TPM), &tokens, head);
}
