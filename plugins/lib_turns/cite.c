/* lib_turns/cite.c - citations of web pages as Chat Completions annotations.  An annotation
 * says where the text that it belongs to begins and ends: so they wait until that is known.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

enum { CITED_BYTES_MAX = 256 << 10, PIECES_EACH = 10 };

struct turns_citation {
	struct turns_citation *next;
	cdt_str url, title;                     /* JSON texts */
	int64_t begins, ends;                   /* -1: its block is still open */
};

static cdt_str json_of(struct cdt_call *call, cdt_val text)
{
	if (cdt_type(text) != CDT_TEXT)
		return CDT_STR("\"\"");
	return words_keep(call, text.api->raw(text));
}

void turns_cite(struct cdt_call *call, struct turns_cited *all, cdt_val url, cdt_val title)
{
	struct turns_citation *c;
	size_t n;

	if (cdt_type(url) != CDT_TEXT)
		return;
	n = sizeof *c + cdt_text(url).n + cdt_text(title).n;
	if (all->bytes + n > CITED_BYTES_MAX)
		return;
	c = call->api->keep(call, sizeof *c);
	if (!c)
		return;
	all->bytes += n;
	c->url = json_of(call, url);
	c->title = json_of(call, title);
	if (!c->url.p || !c->title.p)
		return;
	c->ends = -1;
	*(all->end ? all->end : &all->first) = c;
	all->end = &c->next;
	all->count++;
}

void turns_cite_place(struct turns_cited *all, int64_t begins, int64_t ends)
{
	for (struct turns_citation *c = all->first; c; c = c->next)
		if (c->ends < 0) {
			c->begins = begins;
			c->ends = ends;
		}
}

/* All of them as one list: a host parses few documents in a callback. */
static cdt_str list_of(struct cdt_call *call, const struct turns_cited *all)
{
	size_t n = 0, room = (all->count * PIECES_EACH + 2) * sizeof(cdt_str);
	cdt_str *piece = call->api->scratch(call, room);

	if (!piece)
		return (cdt_str){ NULL, 0 };
	piece[n++] = CDT_STR("[");
	for (const struct turns_citation *c = all->first; c; c = c->next) {
		if (c != all->first)
			piece[n++] = CDT_STR(",");
		piece[n++] = CDT_STR("{\"type\":\"url_citation\",\"url_citation\":{\"url\":");
		piece[n++] = c->url;
		piece[n++] = CDT_STR(",\"title\":");
		piece[n++] = c->title;
		piece[n++] = CDT_STR(",\"start_index\":");
		piece[n++] = words_number(call, c->begins);
		piece[n++] = CDT_STR(",\"end_index\":");
		piece[n++] = words_number(call, c->ends);
		piece[n++] = CDT_STR("}}");
	}
	piece[n++] = CDT_STR("]");
	return words_join(call, piece, n);
}

static cdt_status emit_all(struct cdt_sink *sink, uint32_t index, cdt_val list)
{
	cdt_status st = cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_OPEN,
		.index = index, .kind = CDT_PART_CITATION });

	for (size_t i = 0; i < cdt_count(list) && st == CDT_OK; i++)
		st = cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_DELTA, .index = index,
			.kind = CDT_PART_CITATION, .doc = cdt_at(list, i) });
	return st != CDT_OK ? st : cdt_emit(sink, (struct cdt_event){
		.type = CDT_EV_CLOSE, .index = index, .kind = CDT_PART_CITATION });
}

cdt_status turns_cite_flush(struct cdt_call *call, struct cdt_sink *sink,
                            struct turns_cited *all, uint32_t *next_index)
{
	cdt_str json;
	cdt_val list;

	if (!all->first)
		return CDT_OK;
	json = list_of(call, all);
	*all = (struct turns_cited){ .bytes = all->bytes };
	if (!json.p || call->api->parse(call, json, &list) != CDT_OK) {
		call->api->log(call, CDT_LOG_DEBUG, "citations were left out: too many");
		return CDT_OK;
	}
	return emit_all(sink, (*next_index)++, list);
}
