/* provider_mistral/moderate.c - the results of a moderation.  Mistral does not say "flagged":
 * an input is, when one of its categories is.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

enum { RESULTS_MAX = 4096 };

static bool is_flagged(cdt_val categories)
{
	cdt_str key;
	cdt_val v;

	for (size_t it = 0; cdt_type(categories) == CDT_MAP &&
	                    categories.api->next(categories, &it, &key, &v);)
		if (v.api->flag(v, 0))
			return true;
	return false;
}

enum { PIECES = 7 };                             /* of the text of one result */

static bool put_pieces(cdt_str *p, size_t index, cdt_val result)
{
	cdt_val categories = cdt_get(result, "categories");
	cdt_val scores = cdt_get(result, "category_scores");

	p[0] = index ? CDT_STR(",{\"flagged\":") : CDT_STR("[{\"flagged\":");
	p[1] = is_flagged(categories) ? CDT_STR("true") : CDT_STR("false");
	p[2] = CDT_STR(",\"categories\":");
	p[3] = categories.api->raw(categories);
	p[4] = CDT_STR(",\"category_scores\":");
	p[5] = cdt_type(scores) == CDT_MAP ? scores.api->raw(scores) : CDT_STR("{}");
	p[6] = CDT_STR("}");
	return cdt_type(categories) == CDT_MAP;
}

/* All results as one document, in the form that clients know. */
static cdt_status rewrite(const struct reading *r, cdt_val results, cdt_val *out)
{
	size_t n = cdt_count(results);
	cdt_str *pieces = n <= RESULTS_MAX
		? r->call->api->scratch(r->call, (PIECES * n + 1) * sizeof *pieces) : NULL;
	cdt_str text;

	if (!pieces)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < n; i++)
		if (!put_pieces(pieces + PIECES * i, i, cdt_at(results, i)))
			return CDT_E_UPSTREAM;
	pieces[PIECES * n] = CDT_STR("]");
	text = mistral_glued(r->call, pieces, PIECES * n + 1);
	return text.n ? r->call->api->parse(r->call, text, out) : CDT_E_LIMIT;
}

static cdt_status show(const struct reading *r, cdt_val results)
{
	size_t n = cdt_count(results);
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = (uint32_t)i, .kind = CDT_PART_RESULT,
			.doc = cdt_at(results, i) });
	return st;
}

cdt_status mistral_verdicts(const struct reading *r, cdt_val doc)
{
	cdt_val results = cdt_get(doc, "results"), usage = cdt_get(doc, "usage");
	cdt_val all;
	cdt_status st;

	if (cdt_type(results) != CDT_LIST || !cdt_count(results))
		return CDT_E_UPSTREAM;
	st = rewrite(r, results, &all);
	if (st != CDT_OK)
		return st;
	r->turn->started = true;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.id = cdt_text(cdt_get(doc, "id")), .name = cdt_text(cdt_get(doc, "model")) });
	if (st == CDT_OK)
		st = show(r, all);
	if (st == CDT_OK && cdt_type(usage) == CDT_MAP)
		st = openai_usage_emit(r->sink, CDT_OP_MODERATE, usage);
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}
