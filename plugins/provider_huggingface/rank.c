/* provider_huggingface/rank.c - a ranking of TEI.  It ranks all that it was given: the first
 * few are taken here.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLACES_MAX = 4096, PLACE_TEXT = 96 };

struct place { int64_t index; double score; };

cdt_status hf_body_rank(const struct asking *a)
{
	static const char *const missing[] = { "max_tokens_per_doc", NULL };
	cdt_val doc = a->req->doc;

	if (cdt_count(cdt_get(doc, "documents")) > PLACES_MAX)
		return openai_member_refuse(a, "documents", "These are too many documents.");
	cdt_open(a->out, '{');
	cdt_put_val(a->out, "query", cdt_get(doc, "query"));
	cdt_put_val(a->out, "texts", cdt_get(doc, "documents"));
	cdt_put_val(a->out, "raw_scores", cdt_get(doc, "raw_scores"));
	cdt_put_val(a->out, "truncate", cdt_get(doc, "truncate"));
	cdt_close(a->out);
	return hf_lacks(a, missing);
}

/* Best first; of equals the one that came first. */
static int by_score(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->score > b->score || a->score < b->score)
		return a->score > b->score ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static bool read_places(cdt_val list, struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cdt_val score = cdt_get(cdt_at(list, i), "score");

		places[i].index = cdt_count_of(cdt_get(cdt_at(list, i), "index"));
		places[i].score = score.api->f64(score, 0);
		if (places[i].index < 0 || (cdt_type(score) != CDT_REAL &&
		                            cdt_type(score) != CDT_INT))
			return false;
	}
	qsort(places, n, sizeof *places, by_score);
	return true;
}

static cdt_status emit_all(const struct reading *r, const struct place *places, size_t n)
{
	char *text = r->call->api->scratch(r->call, n * PLACE_TEXT + 3);
	size_t at = 0;
	cdt_status st;
	cdt_val doc;

	if (!text)
		return CDT_E_LIMIT;
	text[at++] = '[';
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, PLACE_TEXT, "%s{\"index\":%lld,"
		                       "\"relevance_score\":%.9g}", i ? "," : "",
		                       (long long)places[i].index, places[i].score);
	text[at++] = ']';
	st = r->call->api->parse(r->call, (cdt_str){ text, at }, &doc);
	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = (uint32_t)i, .kind = CDT_PART_RESULT, .doc = cdt_at(doc, i) });
	return st;
}

cdt_status hf_ranking(const struct reading *r, cdt_val doc)
{
	const struct hf_turn *t = (const struct hf_turn *)(const void *)r->turn;
	size_t n = cdt_count(doc);
	struct place *places = cdt_type(doc) == CDT_LIST && n && n <= PLACES_MAX
		? r->call->api->scratch(r->call, n * sizeof *places) : NULL;
	cdt_status st;

	if (!places || !read_places(doc, places, n))
		return CDT_E_UPSTREAM;
	if (t->top_n > 0 && (uint64_t)t->top_n < n)
		n = (size_t)t->top_n;
	r->turn->started = true;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START });
	if (st == CDT_OK)
		st = emit_all(r, places, n);
	if (st == CDT_OK)
		st = hf_usage(r, t->prompt_tokens, t->prompt_tokens >= 0 ? 0 : -1);
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}
