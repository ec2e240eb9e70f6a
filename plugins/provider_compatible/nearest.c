/* provider_compatible/nearest.c - which host was meant by a name that nobody has.
 * SPDX-License-Identifier: MIT */
#include "compatible.h"

#include <string.h>

enum { NAME_MAX_N = 32 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters to change, to add or to leave out. */
static size_t distance(cdt_str a, const char *z)
{
	size_t row[NAME_MAX_N + 1], n = strlen(z);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; i < a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(above + 1, row[j] + 1,
			                   diagonal + (a.p[i] != z[j]));
			diagonal = above;
		}
	}
	return row[n];
}

const struct openai_host *compatible_nearest(cdt_str name)
{
	const struct openai_host *best = compatible_hosts;

	for (const struct openai_host *h = best; h->name; h++)
		if (distance(name, h->name) < distance(name, best->name))
			best = h;
	return best;
}
