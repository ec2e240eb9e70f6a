/* sim/dice.c - chance by the seed, also what core asks of base/rand.h.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <string.h>

#include "base/rand.h"

static uint64_t state;

/* splitmix64 */
static uint64_t turn(uint64_t *s)
{
	uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void dice_seed(uint64_t seed)
{
	state = seed;
	(void)turn(&state);
}

uint64_t dice(uint64_t below)
{
	return (uint64_t)((unsigned __int128)turn(&state) * below >> 64);
}

int64_t dice_between(int64_t least, int64_t most)
{
	return least + (int64_t)dice((uint64_t)(most - least) + 1);
}

bool dice_permille(unsigned p)
{
	return dice(1000) < p;
}

uint64_t rand_u64(void)
{
	return turn(&state);
}

uint64_t rand_below(uint64_t n)
{
	return dice(n);
}

/* Keys of hash maps, made once in a program: not by the seed, so that runs after others are
 * no different. */
void rand_bytes(void *out, size_t n)
{
	memset(out, 0x5a, n);
}
