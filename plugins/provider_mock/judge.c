/* provider_mock/judge.c - moderations by a handful of words, and rankings by how many words a
 * document shares with the query.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <strings.h>

enum { DOCUMENTS_MAX = 4096 };

/* The next word of s, without what stands around it; "" at the end. */
static cdt_str next_word(cdt_str *s)
{
	size_t n = mock_word_end(*s);
	cdt_str word = { s->p, n };

	*s = (cdt_str){ s->p + n, s->n - n };
	while (word.n && !((word.p[word.n - 1] | 0x20) >= 'a') &&
	       !(word.p[word.n - 1] >= '0' && word.p[word.n - 1] <= '9'))
		word.n--;
	while (word.n && (*word.p == ' ' || *word.p == '\n' || *word.p == '\t'))
		word = (cdt_str){ word.p + 1, word.n - 1 };
	return word;
}

static bool has_word(cdt_str text, cdt_str wanted)
{
	while (text.n) {
		cdt_str word = next_word(&text);

		if (word.n && word.n == wanted.n && !strncasecmp(word.p, wanted.p, word.n))
			return true;
	}
	return false;
}

static void add_result(struct plan *p, uint64_t index, struct text *result)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"p\":");
	mock_add_u64(&line, index);
	mock_add_z(&line, ",\"result\":");
	mock_add(&line, mock_str(result));
	mock_add_z(&line, "}");
	mock_plan_piece(p, mock_str(&line));
	p->steps.failed |= line.failed || result->failed;
	mock_text_fini(&line);
	mock_text_fini(result);
}

static cdt_status finish(struct plan *p, uint64_t tokens, struct cdt_out *o)
{
	cdt_status st;

	mock_plan_line(p, CDT_STR("{\"c\":0,\"stop\":\"stop\"}"));
	mock_plan_end(p, tokens, 0, 0);
	st = p->steps.failed ? CDT_E_LIMIT : CDT_OK;
	if (st == CDT_OK)
		mock_plan_write(p, o);
	mock_text_fini(&p->steps);
	return st;
}

/* --- moderations --- */

static const struct { const char *name; cdt_str word; } categories[] = {
	{ "harassment", { "idiot", 5 } }, { "hate", { "hate", 4 } },
	{ "sexual", { "naked", 5 } }, { "violence", { "kill", 4 } },
};
enum { CATEGORY_COUNT = sizeof categories / sizeof *categories };

static void judge(struct plan *p, uint64_t index, const bool found[CATEGORY_COUNT])
{
	struct text t = { .p = NULL };
	bool flagged = false;

	for (size_t i = 0; i < CATEGORY_COUNT; i++)
		flagged |= found[i];
	mock_add_z(&t, flagged ? "{\"flagged\":true,\"categories\":{"
	                       : "{\"flagged\":false,\"categories\":{");
	for (size_t i = 0; i < CATEGORY_COUNT; i++) {
		mock_add_z(&t, i ? ",\"" : "\"");
		mock_add_z(&t, categories[i].name);
		mock_add_z(&t, found[i] ? "\":true" : "\":false");
	}
	mock_add_z(&t, "},\"category_scores\":{");
	for (size_t i = 0; i < CATEGORY_COUNT; i++) {
		mock_add_z(&t, i ? ",\"" : "\"");
		mock_add_z(&t, categories[i].name);
		mock_add_z(&t, found[i] ? "\":0.98" : "\":0.01");
	}
	mock_add_z(&t, "}}");
	add_result(p, index, &t);
}

cdt_status mock_moderate(struct cdt_call *call, const struct cdt_request *req,
                         const struct wish *w, struct cdt_out *o)
{
	struct plan p = { .wish = w };
	cdt_val input = cdt_get(req->doc, "input"), each = cdt_get(req->doc, "each");
	bool apart = each.api->flag(each, 0), found[CATEGORY_COUNT] = { false };
	size_t n = cdt_count(input);
	uint64_t bytes = 0;

	(void)call;
	mock_plan_begin(&p, n, req->model);
	for (size_t i = 0; i < n; i++) {
		cdt_str text = cdt_text(cdt_get(cdt_at(input, i), "text"));

		bytes += text.n;
		for (size_t k = 0; k < CATEGORY_COUNT; k++)
			found[k] = (found[k] && !apart) || has_word(text, categories[k].word);
		if (apart)
			judge(&p, i, found);
	}
	if (!apart)
		judge(&p, 0, found);
	return finish(&p, mock_tokens_of(bytes), o);
}

/* --- rankings --- */

/* The part of the query's words that the document has. */
static double share(cdt_str query, cdt_str document)
{
	uint64_t all = 0, both = 0;

	while (query.n) {
		cdt_str word = next_word(&query);

		all += word.n > 0;
		both += word.n && has_word(document, word);
	}
	return all ? (double)both / (double)all : 0;
}

/* The best of those that were not chosen yet, the first among equals. */
static size_t best_of(const double *scores, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (scores[i] > scores[best])
			best = i;
	return best;
}

static void rank(struct plan *p, double *scores, size_t n, size_t top)
{
	for (size_t at = 0; at < top && at < n; at++) {
		size_t best = best_of(scores, n);
		struct text t = { .p = NULL };
		char text[80];
		int used = snprintf(text, sizeof text,
		                    "{\"index\":%zu,\"relevance_score\":%.4f}", best,
		                    scores[best]);

		mock_add(&t, (cdt_str){ text, used > 0 ? (size_t)used : 0 });
		add_result(p, at, &t);
		scores[best] = -1;
	}
}

cdt_status mock_rerank(struct cdt_call *call, const struct cdt_request *req,
                       const struct wish *w, struct cdt_out *o)
{
	struct plan p = { .wish = w };
	cdt_str query = cdt_text(cdt_get(req->doc, "query"));
	cdt_val documents = cdt_get(req->doc, "documents");
	size_t n = cdt_count(documents);
	int64_t top = cdt_i64(cdt_get(req->doc, "top_n"), (int64_t)n);
	double *scores = n <= DOCUMENTS_MAX ? call->api->scratch(call, (n + 1) * sizeof *scores)
	                                    : NULL;
	uint64_t bytes = query.n;

	if (!scores)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < n; i++) {
		cdt_str text = cdt_text(cdt_at(documents, i));

		scores[i] = share(query, text);
		bytes += text.n;
	}
	mock_plan_begin(&p, mock_hash(n, query), req->model);
	rank(&p, scores, n, top > 0 ? (size_t)top : n);
	return finish(&p, mock_tokens_of(bytes), o);
}
