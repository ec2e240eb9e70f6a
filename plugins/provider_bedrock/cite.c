/* provider_bedrock/cite.c - citations of web pages as Chat Completions annotations.  They come
 * among the text that they belong to, so they wait until its block closes.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <inttypes.h>
#include <stdio.h>

enum { CITED_BYTES_MAX = 256 << 10, PLACE_MAX = 24 };

/* Only what has an address can be shown; places in documents are left out. */
static cdt_val address(cdt_val citation)
{
	cdt_val source = cdt_get(citation, "source");
	cdt_val url = cdt_get(cdt_get(cdt_get(citation, "location"), "web"), "url");

	return cdt_type(url) == CDT_TEXT || !words_begin(cdt_text(source), "http")
	       ? url : source;
}

static cdt_str json_of(struct cdt_call *call, cdt_val text)
{
	if (cdt_type(text) != CDT_TEXT)
		return CDT_STR("\"\"");
	return words_keep(call, text.api->raw(text));
}

void bedrock_cite(const struct reader *r, cdt_val citation)
{
	struct answer *a = r->answer;
	cdt_val url = address(citation), title = cdt_get(citation, "title");
	struct citation *c;
	size_t n;

	if (cdt_type(url) != CDT_TEXT)
		return;
	n = sizeof *c + cdt_text(url).n + cdt_text(title).n;
	if (a->cited_bytes + n > CITED_BYTES_MAX)
		return;
	c = r->call->api->keep(r->call, sizeof *c);
	if (!c)
		return;
	a->cited_bytes += n;
	c->url = json_of(r->call, url);
	c->title = json_of(r->call, title);
	if (!c->url.p || !c->title.p)
		return;
	*(a->cited_end ? a->cited_end : &a->cited) = c;
	a->cited_end = &c->next;
	a->cited_count++;
}

enum { PIECES_EACH = 6 };

/* All of them as one list: a host parses few documents in a callback. */
static cdt_str list_of(const struct reader *r, int64_t begins)
{
	char place[2 * PLACE_MAX + 64];
	size_t n = 0;
	cdt_str *piece = r->call->api->scratch(r->call,
		(r->answer->cited_count * PIECES_EACH + 1) * sizeof *piece);

	if (!piece)
		return (cdt_str){ NULL, 0 };
	(void)snprintf(place, sizeof place,
	               ",\"start_index\":%" PRId64 ",\"end_index\":%" PRId64 "}}", begins,
	               r->answer->chars);
	for (const struct citation *c = r->answer->cited; c; c = c->next) {
		piece[n] = n ? CDT_STR(",") : CDT_STR("[");
		piece[n + 1] = CDT_STR("{\"type\":\"url_citation\",\"url_citation\":{\"url\":");
		piece[n + 2] = c->url;
		piece[n + 3] = CDT_STR(",\"title\":");
		piece[n + 4] = c->title;
		piece[n + 5] = words_z(place);
		n += PIECES_EACH;
	}
	piece[n++] = CDT_STR("]");
	return words_join(r->call, piece, n);
}

static cdt_status emit_all(const struct reader *r, cdt_val list)
{
	uint32_t index = r->answer->next_index++;
	cdt_status st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN,
		.index = index, .kind = CDT_PART_CITATION });

	for (size_t i = 0; i < cdt_count(list) && st == CDT_OK; i++)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .index = index,
			.kind = CDT_PART_CITATION, .doc = cdt_at(list, i) });
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_CLOSE, .index = index, .kind = CDT_PART_CITATION });
}

cdt_status bedrock_cite_flush(const struct reader *r, int64_t begins)
{
	struct answer *a = r->answer;
	cdt_str json;
	cdt_val list;

	if (!a->cited)
		return CDT_OK;
	json = list_of(r, begins);
	a->cited = NULL;
	a->cited_end = NULL;
	a->cited_count = 0;
	if (!json.p || r->call->api->parse(r->call, json, &list) != CDT_OK) {
		r->call->api->log(r->call, CDT_LOG_DEBUG, "citations were left out: too many");
		return CDT_OK;
	}
	return emit_all(r, list);
}
