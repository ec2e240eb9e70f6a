/* provider_mock/say.c - one answer of n as lines of the mock's wire: how it is cut in pieces,
 * how much of it is said, why it ends.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

/* {"c":0,"p":0,"text":"..."} */
static void add_piece(struct speech *s, const char *member, cdt_str piece)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"c\":");
	mock_add_u64(&line, s->choice);
	mock_add_z(&line, ",\"p\":");
	mock_add_u64(&line, s->part);
	mock_add_z(&line, ",\"");
	mock_add_z(&line, member);
	mock_add_z(&line, "\":");
	mock_add_json(&line, piece);
	mock_add_z(&line, "}");
	mock_plan_piece(s->plan, mock_str(&line));
	s->plan->steps.failed |= line.failed;
	mock_text_fini(&line);
}

void mock_say(struct speech *s, const char *member, cdt_str said, uint64_t pieces)
{
	size_t at = 0;
	uint64_t i = 0;

	pieces = pieces > said.n ? said.n : pieces;
	while (at < said.n) {
		cdt_str rest = { said.p + at, said.n - at };
		size_t n = mock_word_end(rest);

		if (pieces)
			n = mock_whole_chars(rest, (size_t)(++i * said.n / pieces) - at);
		if (n)
			add_piece(s, member, (cdt_str){ rest.p, n });
		at += n;
	}
	s->words += mock_words(said);
	s->part++;
}

void mock_say_stop(struct speech *s, const char *word)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"c\":");
	mock_add_u64(&line, s->choice);
	mock_add_z(&line, ",\"stop\":\"");
	mock_add_z(&line, word);
	mock_add_z(&line, "\"}");
	mock_plan_line(s->plan, mock_str(&line));
	mock_text_fini(&line);
}

/* Six bytes a word, so that n pieces of n words fall between words. */
static void filler(struct text *t, const struct wish *w)
{
	static const char words[] = "alpha bravo delta hotel india kilo. oscar romeo ";
	uint64_t n = w->v[WISH_BYTES] > 0 ? (uint64_t)w->v[WISH_BYTES]
	                                  : (uint64_t)w->v[WISH_CHUNKS] * 6;

	while (n > 0 && !t->failed) {
		size_t take = n < sizeof words - 1 ? (size_t)n : sizeof words - 1;

		mock_add(t, (cdt_str){ words, take });
		n -= take;
	}
}

static void compose(struct text *t, const struct speech *s, cdt_str said, bool as_is)
{
	const struct wish *w = s->plan->wish;

	if (as_is)
		mock_add(t, said);
	else if (w->text.n)
		mock_add(t, w->text);
	else if (w->v[WISH_BYTES] > 0 || w->v[WISH_CHUNKS] > 0)
		filler(t, w);
	else if (w->echo)
		mock_add(t, said);
	else {
		mock_add_z(t, s->ask->after_tool ? "The tool said: " : "You said: ");
		mock_add(t, said);
	}
}

cdt_status mock_say_answer(struct speech *s, cdt_str said, bool as_is)
{
	const struct wish *w = s->plan->wish;
	struct text t = { .p = NULL };
	bool cut = mock_asked(w, WISH_LENGTH);
	uint64_t pieces = w->v[WISH_CHUNKS] > 0 ? (uint64_t)w->v[WISH_CHUNKS] : 0;
	cdt_str all;

	compose(&t, s, said, as_is);
	all = mock_str(&t);
	if (s->ask->max_words && mock_words(all) > s->ask->max_words) {
		all.n = mock_first_words(all, s->ask->max_words);
		cut = true;
	}
	mock_say(s, "text", all, pieces);
	mock_say_stop(s, cut ? "length" : "stop");
	s->plan->steps.failed |= t.failed;
	mock_text_fini(&t);
	return s->plan->steps.failed ? CDT_E_LIMIT : CDT_OK;
}
