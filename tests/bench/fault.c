/* bench/fault.c - reads what shall go wrong, and says whom it hits.  It breaks nothing itself.
 * SPDX-License-Identifier: MIT */
#include "fault.h"

#include <stddef.h>
#include <stdlib.h>

struct choice { const char *name; int value; };

static const struct choice stops[] = {
	{ "ask", STOP_ASK }, { "head", STOP_HEAD }, { "role", STOP_ROLE },
	{ "token", STOP_TOKEN }, { NULL, 0 },
};
static const struct choice thens[] = {
	{ "hang", THEN_HANG }, { "reset", THEN_RESET }, { "close", THEN_CLOSE },
	{ "drip", THEN_DRIP }, { "error", THEN_ERROR }, { NULL, 0 },
};

static const struct choice *choose(const struct choice *c, cdt_str name)
{
	while (c->name && !str_is(name, c->name))
		c++;
	return c->name ? c : NULL;
}

static bool read_choice(const struct choice *list, cdt_str name, int *out)
{
	const struct choice *c = choose(list, name);

	if (c)
		*out = c->value;
	return c != NULL;
}

static bool read_number(struct fault *f, cdt_str name, uint64_t n, uint64_t now_us)
{
	if (str_is(name, "status"))
		f->status = (unsigned)n;
	else if (str_is(name, "retry"))
		f->retry_s = (unsigned)n;
	else if (str_is(name, "delay"))
		f->delay_us = n * 1000;
	else if (str_is(name, "gap"))
		f->gap_us = n * 1000;
	else if (str_is(name, "for"))
		f->until_us = now_us + n * 1000;
	else if (str_is(name, "each"))
		f->each = n;
	else if (str_is(name, "after"))
		f->after = n;
	else
		return false;
	return true;
}

static bool read_word(struct fault *f, cdt_str word, uint64_t now_us)
{
	cdt_str name = str_cut(&word, '=');
	uint64_t n;
	int chosen;

	if (str_is(name, "stop") && read_choice(stops, word, &chosen)) {
		f->stop = (enum fault_stop)chosen;
		return true;
	}
	if (str_is(name, "then") && read_choice(thens, word, &chosen)) {
		f->then = (enum fault_then)chosen;
		return true;
	}
	return str_u64(word, &n) && read_number(f, name, n, now_us);
}

bool fault_read(cdt_str words, uint64_t now_us, struct fault *out)
{
	struct fault f = { .gap_us = 100000, .until_us = UINT64_MAX, .each = 1, .after = 1 };

	while (words.n) {
		cdt_str word = str_trim(str_cut(&words, ' '));

		if (word.n && !read_word(&f, word, now_us))
			return false;
	}
	*out = f;
	return true;
}

bool fault_hits(const struct fault *f, uint64_t number, uint64_t now_us)
{
	return now_us < f->until_us && (f->each < 2 || number % f->each == 0);
}
