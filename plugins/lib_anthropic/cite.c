/* lib_anthropic/cite.c - which citations are shown.  They come before or among the text
 * that they belong to.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

/* Only what has an address can be an url_citation; places in documents are left out. */
static cdt_val address(cdt_val citation)
{
	cdt_val url = cdt_get(citation, "url");

	if (cdt_type(url) == CDT_TEXT)
		return url;
	return cdt_get(citation, words_begin(cdt_text(cdt_get(citation, "source")), "http")
	                                 ? "source" : "url");
}

void anthropic_cite(const struct reader *r, cdt_val citation)
{
	turns_cite(r->call, &r->answer->cited, address(citation), cdt_get(citation, "title"));
}

cdt_status anthropic_cite_flush(const struct reader *r)
{
	struct answer *a = r->answer;

	return a->part_count ? CDT_OK
	                     : turns_cite_flush(r->call, r->sink, &a->cited, &a->next_index);
}
