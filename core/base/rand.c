/* base/rand.c - randomness of the kernel for secrets, a fast generator for dice and ids.
 * SPDX-License-Identifier: MIT */
#include "base/rand.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

/* xoshiro256**; one for each thread, so that dice need no lock. */
static _Thread_local struct { uint64_t s[4]; bool ready; } dice;

static uint64_t rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

void rand_bytes(void *out, size_t n)
{
	char *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno != EINTR)
			abort();            /* nothing is safe without it */
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

uint64_t rand_u64(void)
{
	uint64_t *s = dice.s;
	uint64_t r, t;

	if (!dice.ready) {
		rand_bytes(s, sizeof dice.s);
		s[0] |= 1;                  /* all zero would stay zero */
		dice.ready = true;
	}
	r = rotl(s[1] * 5, 7) * 9;
	t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return r;
}

/* Lemire's method: no division in the common case, no bias. */
uint64_t rand_below(uint64_t n)
{
	unsigned __int128 m = (unsigned __int128)rand_u64() * n;

	if ((uint64_t)m < n) {
		uint64_t floor = (0 - n) % n;

		while ((uint64_t)m < floor)
			m = (unsigned __int128)rand_u64() * n;
	}
	return (uint64_t)(m >> 64);
}

char *ulid_new(int64_t wall_ms, char out[ULID_SIZE])
{
	static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint64_t at = (uint64_t)wall_ms & 0xffffffffffff;
	uint64_t high = rand_u64() >> 24, low = rand_u64() >> 24;      /* 40 bits each */

	for (int i = 9; i >= 0; i--, at >>= 5)
		out[i] = digit[at & 31];
	for (int i = 17; i >= 10; i--, high >>= 5)
		out[i] = digit[high & 31];
	for (int i = 25; i >= 18; i--, low >>= 5)
		out[i] = digit[low & 31];
	out[26] = '\0';
	return out;
}
