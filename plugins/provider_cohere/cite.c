/* provider_cohere/cite.c - citations as Chat Completions annotations, one for each source.
 * That API knows addresses of web pages only: a source without one is called by its id.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

enum { PIECES_EACH = 11, SOURCES_MAX = 2048 };

/* A list under construction. */
struct writing { cdt_str *piece; size_t n, sources; };

static cdt_str json_of(cdt_val v, cdt_val other)
{
	if (cdt_type(v) == CDT_TEXT)
		return v.api->raw(v);
	return cdt_type(other) == CDT_TEXT ? other.api->raw(other) : CDT_STR("\"\"");
}

/* What the places of a citation count from; -1: from a text that is not the answer's. */
static int64_t base_of(const struct answer *a, cdt_val citation)
{
	cdt_str type = cdt_text(cdt_get(citation, "type"));
	int64_t at = cdt_i64(cdt_get(citation, "content_index"), -1);

	if (cdt_is(type, "PLAN"))
		return a->plan_begins;
	if (cdt_is(type, "THINKING_CONTENT"))
		return -1;
	if (at >= 0 && at < TEXTS_MAX)
		return a->begins[at];
	for (size_t i = 0; i < TEXTS_MAX; i++)
		if (a->begins[i] >= 0)
			return a->begins[i];
	return -1;
}

static void add_source(const struct reader *r, struct writing *w, cdt_val source,
                       int64_t begins, int64_t ends)
{
	cdt_val document = cdt_get(source, "document");
	cdt_val id = cdt_get(source, "id");

	if (cdt_type(document) != CDT_MAP)
		document = cdt_get(source, "tool_output");
	w->piece[w->n++] = w->sources++ ? CDT_STR(",") : CDT_STR("");
	w->piece[w->n++] = CDT_STR("{\"type\":\"url_citation\",\"url_citation\":{\"url\":");
	w->piece[w->n++] = json_of(cdt_get(document, "url"), id);
	w->piece[w->n++] = CDT_STR(",\"title\":");
	w->piece[w->n++] = json_of(cdt_get(document, "title"), id);
	w->piece[w->n++] = CDT_STR(",\"start_index\":");
	w->piece[w->n++] = words_number(r->call, begins);
	w->piece[w->n++] = CDT_STR(",\"end_index\":");
	w->piece[w->n++] = words_number(r->call, ends);
	w->piece[w->n++] = CDT_STR("}}");
}

static void add_citation(const struct reader *r, struct writing *w, cdt_val citation)
{
	cdt_val sources = cdt_get(citation, "sources");
	int64_t base = base_of(r->answer, citation);
	int64_t begins = cdt_count_of(cdt_get(citation, "start"));
	int64_t ends = cdt_count_of(cdt_get(citation, "end"));

	if (base < 0 || begins < 0 || ends < begins)
		return;
	for (size_t i = 0; i < cdt_count(sources) && w->sources < SOURCES_MAX; i++)
		add_source(r, w, cdt_at(sources, i), base + begins, base + ends);
}

static size_t sources_of(const cdt_val *citations, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += cdt_count(cdt_get(citations[i], "sources"));
	return n < SOURCES_MAX ? n : SOURCES_MAX;
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

cdt_status cohere_cite(const struct reader *r, const cdt_val *citations, size_t count)
{
	size_t room = sources_of(citations, count) * PIECES_EACH + 2;
	struct writing w = { .n = 1 };
	cdt_str json;
	cdt_val list;

	if (room == 2)
		return CDT_OK;
	w.piece = r->call->api->scratch(r->call, room * sizeof *w.piece);
	if (!w.piece)
		return CDT_E_LIMIT;
	w.piece[0] = CDT_STR("[");
	for (size_t i = 0; i < count; i++)
		add_citation(r, &w, citations[i]);
	if (!w.sources)
		return CDT_OK;
	w.piece[w.n++] = CDT_STR("]");
	json = words_join(r->call, w.piece, w.n);
	if (!json.p || r->call->api->parse(r->call, json, &list) != CDT_OK) {
		r->call->api->log(r->call, CDT_LOG_DEBUG, "citations were left out: too many");
		return CDT_OK;
	}
	return emit_all(r, list);
}
