/* sim/leases.c - a second opinion on the limiter: how many run in each scope, and how many were
 * let in within each span of time.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "limit/limiter.h"

enum { SCOPES = 64, GRANTS = 256, ID_SIZE = 64 };

struct scope {
	char id[ID_SIZE];
	struct config_limits limits;
	int64_t running;
	/* A ring of the last ones; undone ones count no more. */
	struct { uint64_t at_us; bool undone; } grant[GRANTS];
	size_t grants;
};

static struct scope scopes[SCOPES];
static size_t count;

void leases_reset(void)
{
	memset(scopes, 0, sizeof scopes);
	count = 0;
}

void leases_crash(void)
{
	for (size_t i = 0; i < count; i++)
		scopes[i].running = scopes[i].grants = 0;
}

static struct scope *scope_of(cdt_str id)
{
	struct scope *found = scopes;

	while (found < scopes + count && !str_is(id, found->id))
		found++;
	if (found == scopes + SCOPES)
		sim_fail("too many scopes");
	if (found == scopes + count) {
		count++;
		(void)snprintf(found->id, ID_SIZE, "%.*s", STR_ARG(id));
	}
	return found;
}

/* Other limits begin a new count: what the old ones let in is no measure for them. */
static void renew(struct scope *s, const struct config_limits *limits)
{
	if (memcmp(&s->limits, limits, sizeof *limits) != 0) {
		s->limits = *limits;
		s->grants = 0;
	}
}

/* In any window of w: at most max + max * w / period. */
static void check_rate(const struct scope *s, enum limit limit)
{
	int64_t max = s->limits.max[limit], period_ms = limit_rows[limit].period_ms;
	size_t kept = s->grants < GRANTS ? s->grants : GRANTS;
	uint64_t now_us = queue_now_us();
	int64_t in = 0;

	for (size_t k = 1; max && k <= kept; k++) {
		size_t i = (s->grants - k) % GRANTS;
		uint64_t w_ms = now_us / 1000 - s->grant[i].at_us / 1000;

		in += !s->grant[i].undone;
		if (in * period_ms > max * period_ms + max * (int64_t)w_ms)
			sim_fail("%s let %" PRId64 " in within %" PRIu64 " ms under %s %"
			         PRId64, s->id, in, w_ms, limit_rows[limit].name, max);
	}
}

static void look(const struct scope *s)
{
	const struct limit_scope of = { str_z(s->id), &s->limits };
	struct limit_view view;
	const struct limit_sight *running = &view.of[LIMIT_CONCURRENCY];

	limiter_look(gateway.limiter, &of, clock_ms(), &view);
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (view.of[i].left < 0 || view.of[i].left > view.of[i].max)
			sim_fail("%s has %" PRId64 " left of %s %" PRId64, s->id,
			         view.of[i].left, limit_rows[i].name, view.of[i].max);
	if (running->left + s->running < running->max)
		sim_fail("%s has %" PRId64 " left while %" PRId64 " of %" PRId64 " run", s->id,
		         running->left, s->running, running->max);
}

void leases_took(const struct limit_scope *of, const uint8_t *took, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scope *s = scope_of(of[i].id);

		renew(s, of[i].limits);
		if (took[i] & 1 << LIMIT_CONCURRENCY &&
		    ++s->running > s->limits.max[LIMIT_CONCURRENCY])
			sim_fail("%s runs %" PRId64 " at once, and may %" PRId64, s->id,
			         s->running, s->limits.max[LIMIT_CONCURRENCY]);
		if (took[i] & 1 << LIMIT_RPM) {
			s->grant[s->grants % GRANTS].at_us = queue_now_us();
			s->grant[s->grants++ % GRANTS].undone = false;
			check_rate(s, LIMIT_RPM);
		}
		look(s);
	}
}

void leases_gave(const struct limit_scope *of, const uint8_t *took, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scope *s = scope_of(of[i].id);

		if (took[i] & 1 << LIMIT_CONCURRENCY && --s->running < 0)
			sim_fail("%s gave back more than it took", s->id);
		look(s);
	}
}

void leases_undid(const struct limit_scope *of, const uint8_t *took, size_t n,
                  uint64_t taken_us)
{
	for (size_t i = 0; i < n; i++) {
		struct scope *s = scope_of(of[i].id);
		size_t k = 0;

		while (k < GRANTS && (s->grant[k].at_us != taken_us || s->grant[k].undone))
			k++;
		if (k < GRANTS)
			s->grant[k].undone = true;
	}
	leases_gave(of, took, n);
}

void leases_end(void)
{
	for (size_t i = 0; i < count; i++) {
		if (scopes[i].running)
			sim_fail("%s still runs %" PRId64, scopes[i].id, scopes[i].running);
		look(&scopes[i]);
	}
}
