/* router/crowd.c - additive increase, multiplicative decrease.
 * SPDX-License-Identifier: MIT */
#include "router/crowd.h"

enum { GOOD_A_STEP = 10 };

bool crowd_enter(struct crowd *c)
{
	uint32_t limit = c->limit;

	if (limit && c->inside >= limit)
		return false;
	c->inside++;                           /* two at once may pass: no harm is done */
	return true;
}

static void shrink(struct crowd *c, uint32_t inside)
{
	uint32_t limit = c->limit, from = limit && limit < inside ? limit : inside, next;

	if (!limit && inside < CROWD_SMALL)
		return;
	next = from * 7 / 10;
	next = next < CROWD_LEAST ? CROWD_LEAST : next;
	/* A crowd that fails together shrinks it once, not once each. */
	if (!limit || inside >= limit * 7 / 10)
		c->limit = next < CROWD_MOST ? next : CROWD_MOST;
	c->good = 0;
}

static void grow(struct crowd *c)
{
	uint32_t limit = c->limit;

	if (!limit || ++c->good < GOOD_A_STEP)
		return;
	c->good = 0;
	c->limit = limit + 1 < CROWD_MOST ? limit + 1 : 0;
}

void crowd_leave(struct crowd *c, enum crowd_verdict v)
{
	uint32_t inside = c->inside--;

	if (v == CROWD_TOO_MANY)
		shrink(c, inside);
	else if (v == CROWD_GOOD)
		grow(c);
}
