/* config/nearest.c - "did you mean": which known word was probably meant.
 * SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <stdio.h>

#include "base/str.h"

/* How many letters may be wrong: less than half of a short word, a third of a long one. */
static size_t most_of(size_t letters)
{
	size_t half = letters > 2 ? (letters - 1) / 2 : 1, third = letters / 3;

	return half < 3 ? half : third < 3 ? 3 : third;
}

const char *config_nearest(cdt_str word, const char *const *names)
{
	size_t limit = most_of(word.n);
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

const char *config_hint(const char *near, char out[CONFIG_HINT_SIZE])
{
	out[0] = '\0';
	if (near)
		(void)snprintf(out, CONFIG_HINT_SIZE, "; did you mean '%.128s'?", near);
	return out;
}
