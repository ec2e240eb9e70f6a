/* provider_cohere/rerank.c - documents in the order of their worth for a query.  Billed by
 * search units, of which one is a query over up to 100 documents: that is no number of tokens,
 * so the answer has no usage and its price is one for each request.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

void cohere_write_rerank(struct draft *d)
{
	static const char *const names[] = {
		"query", "documents", "top_n", "max_tokens_per_doc", "priority" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cdt_put_val(d->o, names[i], cdt_get(d->doc, names[i]));
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
	r->answer->stop = CDT_STOP_END;
	return st != CDT_OK ? st : cohere_stop_emit(r);
}
