/* provider_replicate/sampling.c - how the next token is picked and where to stop, as far as the
 * family of the model can be told.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

static const struct { const char *member; uint32_t takes; } same_names[] = {
	{ "frequency_penalty", TAKES_PENALTIES },
	{ "presence_penalty", TAKES_PENALTIES },
	{ "reasoning_effort", TAKES_EFFORT },
	{ "seed", TAKES_SEED },
	{ "temperature", TAKES_TEMPERATURE },
	{ "top_k", TAKES_TOP_K },
	{ "top_p", TAKES_TOP_P },
	{ "verbosity", TAKES_VERBOSITY },
};

/* One text with commas between: what has a comma itself can not be said. */
static void write_stops(struct draft *d)
{
	cdt_val stop = cdt_get(d->doc, "stop");
	size_t count = cdt_count(stop), n = 0;
	cdt_str *piece;

	if (count == 0)
		return;
	piece = d->call->api->scratch(d->call, 2 * count * sizeof *piece);
	for (size_t i = 0; i < count && piece; i++) {
		cdt_str s = cdt_text(cdt_at(stop, i));

		if (!(d->family->takes & TAKES_STOP) || words_hold(s, ",")) {
			replicate_drop(d, "stop");
			return;
		}
		if (n)
			piece[n++] = CDT_STR(",");
		piece[n++] = s;
	}
	if (piece)
		replicate_put_text(d, "stop_sequences", words_join(d->call, piece, n));
}

static void write_limit(struct draft *d)
{
	static const char *const members[] = { "max_completion_tokens", "max_tokens" };

	for (size_t i = 0; i < 2; i++) {
		int64_t n = cdt_i64(cdt_get(d->doc, members[i]), 0);

		if (n < 1)
			continue;
		d->job->limit = n;
		replicate_put_i64(d, d->family->limit, n);
		return;
	}
}

void replicate_write_sampling(struct draft *d)
{
	write_limit(d);
	for (size_t i = 0; i < sizeof same_names / sizeof same_names[0]; i++) {
		cdt_val v = cdt_get(d->doc, same_names[i].member);

		if (cdt_type(v) == CDT_ABSENT)
			continue;
		if (d->family->takes & same_names[i].takes)
			replicate_put_val(d, same_names[i].member, v);
		else
			replicate_drop(d, same_names[i].member);
	}
	write_stops(d);
}
