/* lib_gemini/cite.c - where the answer comes from, as Chat Completions annotations.  Google
 * says it last, and counts bytes of UTF-8 where clients count characters: so it is remembered
 * which bytes begin one.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <inttypes.h>
#include <stdio.h>

enum { CITED_BYTES_MAX = 384 << 10, CITED_MAX = 512, TEXT_BYTES_MAX = 1 << 20,
       PIECES_EACH = 9, NUMBER_MAX = 24 };

void gemini_mark_text(const struct reader *r, struct choice *c, cdt_str text)
{
	for (size_t i = 0; i < text.n; i++, c->text_bytes++) {
		size_t at = c->text_bytes % MARK_BYTES;

		if (c->text_bytes >= TEXT_BYTES_MAX)
			return;
		if (at == 0) {
			struct marks *m = r->call->api->keep(r->call, sizeof *m);

			if (!m)
				return;
			*(c->marks ? &c->marks_end->next : &c->marks) = m;
			c->marks_end = m;
		}
		if (((unsigned char)text.p[i] & 0xc0) != 0x80)
			c->marks_end->bits[at / 8] |= (unsigned char)(1u << at % 8);
	}
}

/* Characters that begin before that byte. */
static int64_t chars_before(const struct choice *c, int64_t byte)
{
	int64_t end = (int64_t)c->text_bytes, n = 0, at = 0;

	end = byte < end ? byte : end;

	for (const struct marks *m = c->marks; m; m = m->next)
		for (size_t i = 0; i < MARK_BYTES && at < end; i++, at++)
			n += m->bits[i / 8] >> i % 8 & 1;
	return n;
}

/* What came last counts: a stream repeats it with more in it. */
static void note(const struct reader *r, cdt_str *to, cdt_val v)
{
	cdt_str raw;

	if (cdt_type(v) == CDT_ABSENT)
		return;
	raw = v.api->raw(v);
	if (r->answer->kept_bytes + raw.n > CITED_BYTES_MAX)
		return;
	r->answer->kept_bytes += raw.n;
	raw = words_keep(r->call, raw);
	if (raw.p)
		*to = raw;
}

void gemini_cite_note(const struct reader *r, struct choice *c, cdt_val candidate)
{
	cdt_val grounding = cdt_get(candidate, "groundingMetadata");
	cdt_val cited = cdt_get(candidate, "citationMetadata");

	if (cdt_count(cdt_get(grounding, "groundingChunks")))
		note(r, &c->grounding, grounding);
	if (cdt_count(cited))
		note(r, &c->citations, cited);
}

/* A JSON list in the making. */
struct list {
	const struct reader *r;
	const struct choice *c;
	cdt_str *piece;
	size_t n, count;
};

static cdt_str number(struct cdt_call *call, int64_t n)
{
	char text[NUMBER_MAX];
	cdt_str s;

	(void)snprintf(text, sizeof text, "%" PRId64, n);
	s = words_z(text);
	return words_join(call, &s, 1);
}

/* from, to: bytes. */
static void add(struct list *l, cdt_val source, int64_t from, int64_t to)
{
	cdt_val url = cdt_get(source, "uri"), title = cdt_get(source, "title");
	struct cdt_call *call = l->r->call;

	if (cdt_type(url) != CDT_TEXT || l->count == CITED_MAX)
		return;
	l->piece[l->n++] = l->count++ ? CDT_STR(",") : CDT_STR("");
	l->piece[l->n++] = CDT_STR("{\"type\":\"url_citation\",\"url_citation\":{\"url\":");
	l->piece[l->n++] = url.api->raw(url);
	l->piece[l->n++] = CDT_STR(",\"title\":");
	l->piece[l->n++] = cdt_type(title) == CDT_TEXT ? title.api->raw(title)
	                                               : CDT_STR("\"\"");
	l->piece[l->n++] = CDT_STR(",\"start_index\":");
	l->piece[l->n++] = number(call, chars_before(l->c, from));
	l->piece[l->n++] = CDT_STR(",\"end_index\":");
	l->piece[l->n++] = number(call, chars_before(l->c, to));
	l->piece[l->n++] = CDT_STR("}}");
}

/* A page of the web, a place on the map, or a document with an address. */
static cdt_val source_of(cdt_val chunk)
{
	static const char *const kinds[] = { "web", "maps", "retrievedContext" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (cdt_type(cdt_get(chunk, kinds[i])) == CDT_MAP)
			return cdt_get(chunk, kinds[i]);
	return chunk;
}

static void add_grounding(struct list *l, cdt_val grounding)
{
	cdt_val chunks = cdt_get(grounding, "groundingChunks");
	cdt_val supports = cdt_get(grounding, "groundingSupports");
	int64_t end = (int64_t)l->c->text_bytes;

	for (size_t i = 0; i < cdt_count(supports); i++) {
		cdt_val s = cdt_at(supports, i), segment = cdt_get(s, "segment");
		cdt_val which = cdt_get(s, "groundingChunkIndices");

		for (size_t k = 0; k < cdt_count(which); k++) {
			int64_t at = cdt_i64(cdt_at(which, k), -1);

			if (at >= 0)
				add(l, source_of(cdt_at(chunks, (size_t)at)),
				    cdt_i64(cdt_get(segment, "startIndex"), 0),
				    cdt_i64(cdt_get(segment, "endIndex"), 0));
		}
	}
	for (size_t i = 0; cdt_count(supports) == 0 && i < cdt_count(chunks); i++)
		add(l, source_of(cdt_at(chunks, i)), end, end);
}

/* Places of a text that is known: AI Studio and Vertex name the list differently. */
static void add_citations(struct list *l, cdt_val cited)
{
	cdt_val sources = cdt_get(cited, "citationSources");

	if (cdt_type(sources) != CDT_LIST)
		sources = cdt_get(cited, "citations");
	for (size_t i = 0; i < cdt_count(sources); i++) {
		cdt_val s = cdt_at(sources, i);

		add(l, s, cdt_i64(cdt_get(s, "startIndex"), 0),
		    cdt_i64(cdt_get(s, "endIndex"), 0));
	}
}

static int make(struct list *l, cdt_val *out)
{
	struct cdt_call *call = l->r->call;
	size_t room = ((PIECES_EACH + 1) * CITED_MAX + 2) * sizeof *l->piece;
	cdt_val doc;
	cdt_str json;

	l->piece = call->api->scratch(call, room);
	if (!l->piece)
		return 0;
	l->piece[l->n++] = CDT_STR("[");
	if (l->c->grounding.n && call->api->parse(call, l->c->grounding, &doc) == CDT_OK)
		add_grounding(l, doc);
	if (l->c->citations.n && call->api->parse(call, l->c->citations, &doc) == CDT_OK)
		add_citations(l, doc);
	l->piece[l->n++] = CDT_STR("]");
	json = words_join(call, l->piece, l->n);
	return json.p && call->api->parse(call, json, out) == CDT_OK;
}

cdt_status gemini_cite(const struct reader *r, uint32_t n)
{
	struct choice *c = &r->answer->choice[n];
	struct list l = { r, c, NULL, 0, 0 };
	cdt_val list;
	cdt_status st = CDT_OK;

	if (!c->grounding.n && !c->citations.n)
		return CDT_OK;
	if (!make(&l, &list)) {
		r->call->api->log(r->call, CDT_LOG_DEBUG, "citations were left out: too many");
		return CDT_OK;
	}
	if (l.count == 0)
		return CDT_OK;
	st = gemini_part(r, n, CDT_PART_CITATION, CDT_STR(""));
	for (size_t i = 0; i < cdt_count(list) && st == CDT_OK; i++)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .choice = n,
			.index = c->index, .kind = CDT_PART_CITATION, .doc = cdt_at(list, i) });
	return st != CDT_OK ? st : gemini_close(r, n);
}
