/* router/health.c - the states of a credential: well, benched, probed, coming back.
 * SPDX-License-Identifier: MIT */
#include "router/health.h"

#include <stdatomic.h>

#include "conduit/event.h"

enum {
	WINDOW_MS = 10000, WINDOW_LEAST = 20,          /* more than half of so many failed */
	STEP_MS = 1000, STEP_GOOD = 3,
	RATE_MS = 1000, RATE_MAX_MS = 30000,           /* rate limited, not said how long */
	RETRY_AFTER_MAX_MS = 3600000,
	TIMES_MAX = 16,
};

/* What a reason does.  base_ms 0: a failure, counted, by the rules. */
static const struct { bool benches, account; uint32_t base_ms, most_ms; } reasons[] = {
	[CDT_ERR_AUTH]         = { true, true, 600000, 600000 },
	[CDT_ERR_FORBIDDEN]    = { true, false, 600000, 600000 },
	[CDT_ERR_NO_MODEL]     = { true, false, 60000, 600000 },
	[CDT_ERR_RATE_LIMITED] = { true, false, RATE_MS, RATE_MAX_MS },
	[CDT_ERR_NO_CREDIT]    = { true, true, 60000, 600000 },
	[CDT_ERR_OVERLOADED]   = { true, false, 0, 0 },
	[CDT_ERR_TIMEOUT]      = { true, false, 0, 0 },
	[CDT_ERR_UPSTREAM]     = { true, false, 0, 0 },
};
enum { REASON_COUNT = sizeof reasons / sizeof *reasons };

bool health_of_account(uint32_t reason)
{
	return reason < REASON_COUNT && reasons[reason].account;
}

const char *health_sight_name(enum health_sight s)
{
	static const char *const names[] = {
		[HEALTH_READY] = "ready", [HEALTH_PROBING] = "probing",
		[HEALTH_COOLING] = "cooling", [HEALTH_DRAINED] = "drained",
	};

	return names[s];
}

const char *health_reason(uint32_t reason)
{
	static const char *const names[] = {
		[0] = "OK",
		[CDT_ERR_OTHER] = "OTHER",           [CDT_ERR_BAD_REQUEST] = "BAD_REQUEST",
		[CDT_ERR_AUTH] = "AUTH",             [CDT_ERR_FORBIDDEN] = "FORBIDDEN",
		[CDT_ERR_NO_MODEL] = "NO_MODEL",
		[CDT_ERR_CONTEXT_LENGTH] = "CONTEXT_LENGTH",
		[CDT_ERR_FILTERED] = "FILTERED",     [CDT_ERR_RATE_LIMITED] = "RATE_LIMITED",
		[CDT_ERR_NO_CREDIT] = "NO_CREDIT",   [CDT_ERR_OVERLOADED] = "OVERLOADED",
		[CDT_ERR_TIMEOUT] = "TIMEOUT",       [CDT_ERR_UPSTREAM] = "UPSTREAM",
		[CDT_ERR_TOO_LARGE] = "TOO_LARGE",
	};

	return reason < sizeof names / sizeof *names ? names[reason] : "OTHER";
}

void health_init(struct health *h)
{
	*h = (struct health){ .quarters = HEALTH_QUARTERS };
	pthread_mutex_init(&h->lock, NULL);
}

void health_fini(struct health *h)
{
	pthread_mutex_destroy(&h->lock);
}

enum health_sight health_look(const struct health *h, uint64_t now_ms, uint32_t dice)
{
	uint32_t quarters = h->quarters;

	if (h->drained)
		return HEALTH_DRAINED;
	if (now_ms < h->until_ms)
		return HEALTH_COOLING;
	if (!quarters)
		return h->probed ? HEALTH_COOLING : HEALTH_PROBING;
	return dice % HEALTH_QUARTERS < quarters ? HEALTH_READY : HEALTH_COOLING;
}

bool health_claim(struct health *h, uint64_t now_ms)
{
	bool no = false;

	return !h->quarters && now_ms >= h->until_ms &&
	       atomic_compare_exchange_strong(&h->probed, &no, true);
}

static uint64_t doubled(uint32_t base_ms, uint32_t times, uint32_t most_ms)
{
	uint64_t ms = (uint64_t)base_ms << (times < TIMES_MAX ? times : TIMES_MAX);

	return ms < most_ms ? ms : most_ms;
}

static void bench(struct health *h, uint32_t reason, uint64_t for_ms, bool told,
                  uint64_t now_ms)
{
	h->until_ms = now_ms + for_ms;
	h->told = told;
	h->why = reason;
	h->times++;
	h->row = 0;
	h->answered = h->failed = 0;
	h->window_ms = now_ms;
}

/* Failures of attempts that began before it was benched say nothing new. */
static bool count_failure(struct health *h, const struct health_rules *rules, bool probe,
                          uint64_t now_ms)
{
	uint64_t total;

	if (now_ms < h->until_ms || (!h->quarters && !probe))
		return false;
	if (h->quarters < HEALTH_QUARTERS)
		return true;
	if (now_ms - h->window_ms > WINDOW_MS) {
		h->answered = h->failed = 0;
		h->window_ms = now_ms;
	}
	h->failed++;
	total = (uint64_t)h->failed + h->answered;
	return ++h->row >= rules->failures ||
	       (total >= WINDOW_LEAST && 2 * (uint64_t)h->failed > total);
}

static bool fail(struct health *h, const struct health_rules *rules, uint32_t reason,
                 int64_t retry_after_ms, uint64_t now_ms, bool probe)
{
	uint32_t base_ms = reasons[reason].base_ms;
	bool told;

	if (retry_after_ms > RETRY_AFTER_MAX_MS)
		retry_after_ms = RETRY_AFTER_MAX_MS;
	if (!base_ms) {
		if (!count_failure(h, rules, probe, now_ms))
			return false;
		bench(h, reason, doubled(rules->cooldown_ms, h->times, rules->cooldown_max_ms),
		      false, now_ms);
		h->quarters = 0;
		return true;
	}
	if (now_ms < h->until_ms)              /* the first of a crowd has said it */
		return false;
	told = retry_after_ms >= 0 && reason == CDT_ERR_RATE_LIMITED;
	bench(h, reason, told ? (uint64_t)retry_after_ms
	                      : doubled(base_ms, h->times, reasons[reason].most_ms),
	      told, now_ms);
	return true;
}

static void well(struct health *h)
{
	h->until_ms = 0;
	h->quarters = HEALTH_QUARTERS;
	h->why = h->row = h->times = 0;
	h->told = false;
}

static void answer(struct health *h, uint64_t now_ms)
{
	h->row = 0;
	if (h->quarters == HEALTH_QUARTERS) {
		if (now_ms >= h->until_ms)
			well(h);
		return;
	}
	if (!h->quarters) {
		h->until_ms = 0;
		h->quarters = 1;
		h->good = 0;
		h->step_ms = now_ms;
		return;
	}
	if (++h->good < STEP_GOOD || now_ms - h->step_ms < STEP_MS)
		return;
	h->good = 0;
	h->step_ms = now_ms;
	h->quarters *= 2;
	if (h->quarters == HEALTH_QUARTERS)
		well(h);
}

bool health_end(struct health *h, const struct health_rules *rules, uint32_t reason,
                int64_t retry_after_ms, bool probe, uint64_t now_ms)
{
	bool benched = false;

	if (reason && !(reason < REASON_COUNT && reasons[reason].benches))
		reason = 0;                    /* the client's fault: it answers */
	if (!reason)
		atomic_fetch_add_explicit(&h->answered, 1, memory_order_relaxed);
	if (!reason && h->quarters == HEALTH_QUARTERS && !h->row && !h->why)
		return false;                  /* as nearly always: no lock */
	pthread_mutex_lock(&h->lock);
	if (reason)
		benched = fail(h, rules, reason, retry_after_ms, now_ms, probe);
	else
		answer(h, now_ms);
	if (probe)
		h->probed = false;
	pthread_mutex_unlock(&h->lock);
	return benched;
}

void health_leave(struct health *h, bool probe)
{
	if (probe)
		h->probed = false;
}

uint64_t health_barred(const struct health *h, uint64_t now_ms)
{
	uint64_t until_ms = h->until_ms;

	return h->told && now_ms < until_ms ? until_ms - now_ms : 0;
}

bool health_is_failing(const struct health *h, uint64_t now_ms)
{
	uint32_t why = h->why;

	return now_ms < h->until_ms && !h->quarters && !h->drained && why < REASON_COUNT &&
	       reasons[why].benches && !reasons[why].base_ms;
}

bool health_warm(struct health *h, uint64_t now_ms)
{
	bool failing;

	pthread_mutex_lock(&h->lock);
	failing = health_is_failing(h, now_ms);
	if (failing)
		h->until_ms = now_ms;
	pthread_mutex_unlock(&h->lock);
	return failing;
}

void health_reset(struct health *h)
{
	pthread_mutex_lock(&h->lock);
	well(h);
	pthread_mutex_unlock(&h->lock);
}

void health_drain(struct health *h, bool drained)
{
	h->drained = drained;
}
