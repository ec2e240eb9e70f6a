/* provider_bedrock/cite.c - which citations are shown.  They come among the text
 * that they belong to.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

/* Only what has an address can be shown; places in documents are left out. */
static cdt_val address(cdt_val citation)
{
	cdt_val source = cdt_get(citation, "source");
	cdt_val url = cdt_get(cdt_get(cdt_get(citation, "location"), "web"), "url");

	return cdt_type(url) == CDT_TEXT || !words_begin(cdt_text(source), "http")
	       ? url : source;
}

void bedrock_cite(const struct reader *r, cdt_val citation)
{
	turns_cite(r->call, &r->answer->cited, address(citation), cdt_get(citation, "title"));
}

cdt_status bedrock_cite_flush(const struct reader *r, int64_t begins)
{
	struct answer *a = r->answer;

	turns_cite_place(&a->cited, begins, a->chars);
	return turns_cite_flush(r->call, r->sink, &a->cited, &a->next_index);
}
