/* router/offer.c - what clients and operators are told of a route: what it can do, and whether
 * it can be asked.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "router/route.h"

static const struct target *first_of(const struct route *r)
{
	return r->target_count ? r->targets[0] : NULL;
}

static bool is_configured(const struct route *r)
{
	return r->model && r->model->capability_count;
}

const char *route_ability(const struct route *r, size_t i)
{
	uint32_t bits = first_of(r) ? first_of(r)->known.abilities : 0;

	if (is_configured(r))
		return i < r->model->capability_count ? r->model->capabilities[i] : NULL;
	for (unsigned bit = 0; ability_name(bit); bit++)
		if (bits & UINT32_C(1) << bit && !i--)
			return ability_name(bit);
	return NULL;
}

bool route_is_able(const struct route *r, cdt_str word)
{
	if (!is_configured(r))
		return first_of(r) && abilities_have(first_of(r)->known.abilities, word);
	for (size_t i = 0; i < r->model->capability_count; i++)
		if (ability_same(word, str_z(r->model->capabilities[i])))
			return true;
	return false;
}

bool route_has_provider(const struct route *r, cdt_str provider)
{
	for (size_t i = 0; i < r->target_count; i++)
		if (str_eq(r->targets[i]->provider, provider))
			return true;
	return false;
}

/* --- status --- */

/* Best first. */
enum standing { AVAILABLE, DEPRECATED, LIMITED, UNAVAILABLE };
static const char *const names[] = {
	[AVAILABLE] = "available", [DEPRECATED] = "deprecated", [LIMITED] = "limited",
	[UNAVAILABLE] = "unavailable",
};

static enum standing standing_of(const struct target *t, uint64_t now_ms)
{
	enum health_sight sight;

	if (!t->instance || t->known.life == LIFE_ENDED)
		return UNAVAILABLE;
	sight = target_best_sight(t, now_ms, 0);
	if (sight == HEALTH_DRAINED)
		return UNAVAILABLE;
	if (sight != HEALTH_READY)
		return LIMITED;
	return t->known.life == LIFE_DEPRECATED ? DEPRECATED : AVAILABLE;
}

const char *target_status(const struct target *t, uint64_t now_ms)
{
	return names[standing_of(t, now_ms)];
}

const char *route_status(const struct route *r, uint64_t now_ms)
{
	enum standing best = UNAVAILABLE;

	for (size_t i = 0; i < r->target_count; i++) {
		enum standing s = standing_of(r->targets[i], now_ms);

		best = s < best ? s : best;
	}
	return names[best];
}
