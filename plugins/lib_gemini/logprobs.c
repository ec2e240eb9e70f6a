/* lib_gemini/logprobs.c - how likely each token was, in the shape of Chat Completions.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

enum { TOKENS_MAX = 4096, TOPS_MAX = 20, PIECES_TOKEN = 8 };

struct text { cdt_str *piece; size_t n, room; };

static void put(struct text *t, cdt_str s)
{
	if (t->n < t->room)
		t->piece[t->n++] = s;
}

static cdt_str raw_or(cdt_val v, cdt_str other)
{
	return cdt_type(v) == CDT_ABSENT ? other : v.api->raw(v);
}

static void put_token(struct text *t, cdt_val token, int first)
{
	put(t, first ? CDT_STR("{\"token\":") : CDT_STR(",{\"token\":"));
	put(t, raw_or(cdt_get(token, "token"), CDT_STR("\"\"")));
	put(t, CDT_STR(",\"logprob\":"));
	put(t, raw_or(cdt_get(token, "logProbability"), CDT_STR("0")));
	put(t, CDT_STR(",\"bytes\":null"));
}

static void put_result(struct text *t, cdt_val result)
{
	cdt_val chosen = cdt_get(result, "chosenCandidates");
	cdt_val tops = cdt_get(result, "topCandidates");

	put(t, CDT_STR("{\"content\":["));
	for (size_t i = 0; i < cdt_count(chosen) && i < TOKENS_MAX; i++) {
		cdt_val list = cdt_get(cdt_at(tops, i), "candidates");

		put_token(t, cdt_at(chosen, i), i == 0);
		put(t, CDT_STR(",\"top_logprobs\":["));
		for (size_t k = 0; k < cdt_count(list) && k < TOPS_MAX; k++) {
			put_token(t, cdt_at(list, k), k == 0);
			put(t, CDT_STR("}"));
		}
		put(t, CDT_STR("]}"));
	}
	put(t, CDT_STR("]}"));
}

static size_t count_pieces(cdt_val result)
{
	cdt_val tops = cdt_get(result, "topCandidates");
	size_t n = cdt_count(cdt_get(result, "chosenCandidates")) + 1;

	for (size_t i = 0; i < cdt_count(tops); i++)
		n += cdt_count(cdt_get(cdt_at(tops, i), "candidates"));
	return n * PIECES_TOKEN + PIECES_TOKEN;
}

static cdt_status one(const struct reader *r, cdt_val candidate)
{
	cdt_val result = cdt_get(candidate, "logprobsResult"), doc;
	struct text t = { NULL, 0, 0 };
	cdt_str json;

	if (cdt_count(cdt_get(result, "chosenCandidates")) == 0)
		return CDT_OK;
	t.room = count_pieces(result);
	t.piece = r->call->api->scratch(r->call, t.room * sizeof *t.piece);
	if (!t.piece)
		return CDT_E_LIMIT;
	put_result(&t, result);
	json = words_join(r->call, t.piece, t.n);
	if (!json.p)
		return CDT_E_LIMIT;
	if (r->call->api->parse(r->call, json, &doc) != CDT_OK)
		return CDT_E_UPSTREAM;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.choice = (uint32_t)cdt_i64(cdt_get(candidate, "index"), 0),
		.name = CDT_STR("logprobs"), .doc = doc });
}

cdt_status gemini_logprobs(const struct reader *r, cdt_val candidates)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(candidates) && st == CDT_OK; i++)
		st = one(r, cdt_at(candidates, i));
	return st;
}
