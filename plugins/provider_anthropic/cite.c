/* provider_anthropic/cite.c - web citations as Chat Completions annotations.  They come before
 * or among the text that they belong to, and an annotation says where that text begins and
 * ends: so they wait until their block closes.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <inttypes.h>
#include <stdio.h>

/* Only what has an address can be an url_citation; places in documents are left out. */
static cdt_val address(cdt_val citation)
{
	cdt_val url = cdt_get(citation, "url");

	if (cdt_type(url) == CDT_TEXT)
		return url;
	return cdt_get(citation, words_begin(cdt_text(cdt_get(citation, "source")), "http")
	                                 ? "source" : "url");
}

static cdt_str json_of(struct cdt_call *call, cdt_val text)
{
	if (cdt_type(text) != CDT_TEXT)
		return CDT_STR("\"\"");
	return words_keep(call, text.api->raw(text));
}

void anthropic_cite(const struct reader *r, cdt_val citation)
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
	c->ends = -1;
	*(a->cited_end ? a->cited_end : &a->cited) = c;
	a->cited_end = &c->next;
	a->cited_count++;
}

void anthropic_cite_place(struct answer *a, int64_t begins)
{
	for (struct citation *c = a->cited; c; c = c->next)
		if (c->ends < 0) {
			c->begins = begins;
			c->ends = a->chars;
		}
}

enum { PIECES_EACH = 10, PLACE_MAX = 24 };

static cdt_str number(struct cdt_call *call, int64_t n)
{
	char text[PLACE_MAX];
	cdt_str s;

	(void)snprintf(text, sizeof text, "%" PRId64, n);
	s = words_z(text);
	return words_join(call, &s, 1);
}

/* All of them as one list: a host parses few documents in a callback. */
static cdt_str list_of(struct cdt_call *call, const struct citation *first, size_t count)
{
	size_t n = 0;
	size_t room = (count * PIECES_EACH + 2) * sizeof(cdt_str);
	cdt_str *piece = call->api->scratch(call, room);

	if (!piece)
		return (cdt_str){ NULL, 0 };
	piece[n++] = CDT_STR("[");
	for (const struct citation *c = first; c; c = c->next) {
		if (c != first)
			piece[n++] = CDT_STR(",");
		piece[n++] = CDT_STR("{\"type\":\"url_citation\",\"url_citation\":{\"url\":");
		piece[n++] = c->url;
		piece[n++] = CDT_STR(",\"title\":");
		piece[n++] = c->title;
		piece[n++] = CDT_STR(",\"start_index\":");
		piece[n++] = number(call, c->begins);
		piece[n++] = CDT_STR(",\"end_index\":");
		piece[n++] = number(call, c->ends);
		piece[n++] = CDT_STR("}}");
	}
	piece[n++] = CDT_STR("]");
	return words_join(call, piece, n);
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

cdt_status anthropic_cite_flush(const struct reader *r)
{
	struct answer *a = r->answer;
	cdt_str json;
	cdt_val list;

	if (!a->cited || a->part_count)
		return CDT_OK;
	json = list_of(r->call, a->cited, a->cited_count);
	a->cited = NULL;
	a->cited_end = NULL;
	a->cited_count = 0;
	if (!json.p || r->call->api->parse(r->call, json, &list) != CDT_OK) {
		r->call->api->log(r->call, CDT_LOG_DEBUG, "citations were left out: too many");
		return CDT_OK;
	}
	return emit_all(r, list);
}
