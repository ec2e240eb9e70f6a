/* provider_cohere/rerank.c - documents in the order of their worth for a query.  Billed by
 * search units, of which one is a query over up to 100 documents, and not by tokens.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

void cohere_write_rerank(struct draft *d)
{
	static const char *const names[] = {
		"query", "documents", "top_n", "max_tokens_per_doc", "priority" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cdt_put_val(d->o, names[i], cdt_get(d->doc, names[i]));
}

static cdt_status emit_searches(const struct reader *r, cdt_val billed)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.searches = cdt_count_of(cdt_get(billed, "search_units"));
	u.input = u.output = 0;
	return u.searches < 0 ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_USAGE, .usage = &u });
}

cdt_status cohere_ranking(const struct reader *r, cdt_val doc)
{
	cdt_val results = cdt_get(doc, "results");
	cdt_status st;

	if (cdt_type(results) != CDT_LIST)
		return CDT_E_UPSTREAM;
	st = cohere_start(r, cdt_get(doc, "id"));
	for (size_t i = 0; i < cdt_count(results) && st == CDT_OK; i++) {
		cdt_val one = cdt_at(results, i);

		if (cdt_type(cdt_get(one, "index")) != CDT_INT
		    || !words_is_number(cdt_get(one, "relevance_score")))
			return CDT_E_UPSTREAM;
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = (uint32_t)i, .kind = CDT_PART_RESULT, .doc = one });
	}
	if (st == CDT_OK)
		st = emit_searches(r, cdt_get(cdt_get(doc, "meta"), "billed_units"));
	r->answer->stop = CDT_STOP_END;
	return st != CDT_OK ? st : cohere_stop_emit(r);
}
