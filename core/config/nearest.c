/* config/nearest.c - "did you mean": which known word was probably meant.
 * SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/str.h"

const char *config_nearest(cdt_str word, const char *const *names)
{
	size_t limit = word.n / 3 > 1 ? word.n / 3 : 1;
	size_t best_distance = limit + 1;
	const char *best = NULL;

	for (; *names; names++) {
		size_t distance;

		if (str_is_nocase(word, *names))
			return *names;
		distance = str_distance(word, str_z(*names), limit);
		/* A word of which no letter is left is another word. */
		if (distance < best_distance && distance < word.n) {
			best_distance = distance;
			best = *names;
		}
	}
	return best;
}
