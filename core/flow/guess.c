/* flow/guess.c - sums of units and tokens, of which old ones weigh less and less.
 * SPDX-License-Identifier: MIT */
#include "flow/guess.h"

#include "base/mem.h"
#include "conduit/event.h"

enum { TARGETS_MAX = 1024, HALVE_AT = 1 << 24, ENOUGH = 1000 };

struct guess { int64_t units[GUESS_FORMS], tokens[GUESS_FORMS]; };

/* Units for ten tokens, until something is known: three bytes a token, a token a frame. */
static const int64_t dflt[GUESS_FORMS] = {
	[GUESS_BODY] = 30, [GUESS_TEXT] = 30, [GUESS_FRAMES] = 10, [GUESS_WHOLE] = 30,
};

void guesses_init(struct guesses *g)
{
	map_init(&g->targets);
}

static void forget_all(struct guesses *g)
{
	cdt_str key;
	void *value;
	size_t it = 0;

	while (map_next(&g->targets, &it, &key, &value))
		mem_free(value);
	map_fini(&g->targets);
	map_init(&g->targets);
}

void guesses_fini(struct guesses *g)
{
	forget_all(g);
	map_fini(&g->targets);
}

static bool is_count(int64_t v)
{
	return v > 0 && v <= CDT_COUNT_MAX;
}

void guess_learn(struct guesses *g, cdt_str target, enum guess_form form, int64_t units,
                 int64_t tokens)
{
	struct guess *known = map_find(&g->targets, target);

	if (!is_count(units) || !is_count(tokens))
		return;
	if (!known) {
		if (g->targets.count == TARGETS_MAX)
			forget_all(g);
		known = mem_new(sizeof *known);
		(void)map_put(&g->targets, target, known);
	}
	known->units[form] += units;
	known->tokens[form] += tokens;
	while (known->units[form] > HALVE_AT) {
		known->units[form] /= 2;
		known->tokens[form] = (known->tokens[form] + 1) / 2;
	}
}

static int64_t scaled(int64_t units, int64_t tokens, int64_t of_units)
{
	__int128 all = (__int128)units * tokens;
	__int128 up = all / of_units + (all % of_units != 0);

	return up > CDT_COUNT_MAX ? CDT_COUNT_MAX : (int64_t)up;
}

int64_t guess_tokens(const struct guesses *g, cdt_str target, enum guess_form form,
                     int64_t units)
{
	const struct guess *known = map_find(&g->targets, target);

	if (units <= 0)
		return 0;
	if (known && known->tokens[form])
		return scaled(units, known->tokens[form], known->units[form]);
	return scaled(units, 10, dflt[form]);
}

int64_t guess_least(const struct guesses *g, cdt_str target, enum guess_form form,
                    int64_t units)
{
	const struct guess *known = map_find(&g->targets, target);

	/* Text that repeats itself has tokens of many bytes. */
	if (units <= 0)
		return 0;
	if (known && known->tokens[form] >= ENOUGH)
		return scaled(units, known->tokens[form], known->units[form]) / 2;
	return form == GUESS_FRAMES ? units / 2 : units / 16;
}
