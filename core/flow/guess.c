/* flow/guess.c - sums of units and tokens, of which old ones weigh less and less.  By size,
 * because what stands around the text weighs more in what is short.
 * SPDX-License-Identifier: MIT */
#include "flow/guess.h"

#include "base/mem.h"
#include "conduit/event.h"

enum { TARGETS_MAX = 256, HALVE_AT = 1 << 24, ENOUGH = 1000 };
enum { SIZES = 20, SIZE_LEAST = 5 };   /* by powers of two, 64 to 2^25 */

struct sums { int64_t units, tokens; };
struct guess { struct sums by[GUESS_FORMS][SIZES]; bool reasons; };

/* Units for ten tokens, until something is known: three bytes a token, a token a frame; sound
 * at 32 kbit/s. */
static const int64_t dflt[GUESS_FORMS] = {
	[GUESS_BODY] = 30, [GUESS_TEXT] = 30, [GUESS_FRAMES] = 10, [GUESS_WHOLE] = 30,
	[GUESS_SOUND] = 40,
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

static size_t size_of(int64_t units)
{
	int bits = 63 - __builtin_clzll((uint64_t)units);

	if (bits < SIZE_LEAST)
		return 0;
	return bits - SIZE_LEAST < SIZES ? (size_t)(bits - SIZE_LEAST) : SIZES - 1;
}

static void add(struct sums *s, int64_t units, int64_t tokens)
{
	s->units += units;
	s->tokens += tokens;
	while (s->units > HALVE_AT) {
		s->units /= 2;
		s->tokens = (s->tokens + 1) / 2;
	}
}

/* Of this size, or of the nearest that is known: the smaller of two, which guesses more. */
static const struct sums *nearest(const struct guess *known, enum guess_form form,
                                  int64_t units)
{
	size_t size = size_of(units);

	for (size_t off = 0; known && off < SIZES; off++) {
		if (off <= size && known->by[form][size - off].tokens)
			return &known->by[form][size - off];
		if (size + off < SIZES && known->by[form][size + off].tokens)
			return &known->by[form][size + off];
	}
	return NULL;
}

static struct guess *guess_of(struct guesses *g, cdt_str target)
{
	struct guess *known = map_find(&g->targets, target);

	if (known)
		return known;
	if (g->targets.count == TARGETS_MAX)
		forget_all(g);
	known = mem_new(sizeof *known);
	(void)map_put(&g->targets, target, known);
	return known;
}

void guess_learn(struct guesses *g, cdt_str target, enum guess_form form, int64_t units,
                 int64_t tokens)
{
	if (is_count(units) && is_count(tokens))
		add(&guess_of(g, target)->by[form][size_of(units)], units, tokens);
}

void guess_learn_reasons(struct guesses *g, cdt_str target)
{
	guess_of(g, target)->reasons = true;
}

bool guess_reasons(const struct guesses *g, cdt_str target)
{
	const struct guess *known = map_find(&g->targets, target);

	return known && known->reasons;
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
	const struct sums *s = units > 0
		? nearest(map_find(&g->targets, target), form, units) : NULL;

	if (units <= 0)
		return 0;
	return s ? scaled(units, s->tokens, s->units) : scaled(units, 10, dflt[form]);
}

int64_t guess_least(const struct guesses *g, cdt_str target, enum guess_form form,
                    int64_t units)
{
	const struct sums *s = units > 0
		? nearest(map_find(&g->targets, target), form, units) : NULL;

	/* Text that repeats itself has tokens of many bytes. */
	if (units <= 0)
		return 0;
	if (s && s->tokens >= ENOUGH)
		return scaled(units, s->tokens, s->units) / 2;
	return form == GUESS_FRAMES ? units / 2 : units / 16;
}
