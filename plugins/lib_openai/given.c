/* lib_openai/given.c - answers that are no chat: pictures, sounds, transcripts, judgements and
 * rankings.  Each is one choice that ends when all of it is there.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stdlib.h>
#include <string.h>

enum { RESULTS_MAX = 65536 };

static cdt_status start(const struct reading *r, cdt_val doc)
{
	if (r->turn->started)
		return CDT_OK;
	r->turn->started = true;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.id = cdt_text(cdt_get(doc, "id")), .name = cdt_text(cdt_get(doc, "model")) });
}

static cdt_str named(const char *z) { return (cdt_str){ z, strlen(z) }; }

static cdt_status extras(const struct reading *r, cdt_val doc, const char *const *names)
{
	cdt_status st = CDT_OK;

	for (; st == CDT_OK && *names; names++) {
		cdt_val v = cdt_get(doc, *names);

		if (cdt_type(v) > CDT_NULL)
			st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
				.name = named(*names), .doc = v });
	}
	return st;
}

/* --- pictures --- */

static cdt_status piece(const struct reading *r, uint32_t index, const char *name, cdt_str s)
{
	return !s.n ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
		.index = index, .kind = CDT_PART_IMAGE, .name = named(name), .data = s });
}

static cdt_str media_type(cdt_val doc)
{
	static const struct { const char *format, *type; } types[] = {
		{ "png", "image/png" }, { "jpeg", "image/jpeg" }, { "webp", "image/webp" },
	};
	cdt_str format = cdt_text(cdt_get(doc, "output_format"));

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (cdt_is(format, types[i].format))
			return named(types[i].type);
	return CDT_STR("");
}

static cdt_status picture(const struct reading *r, uint32_t index, cdt_val v, cdt_str type)
{
	cdt_val bytes = cdt_get(v, "b64_json"), url = cdt_get(v, "url");
	cdt_status st;

	if (!has_text(bytes) && !has_text(url))
		return CDT_E_UPSTREAM;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .index = index,
		.kind = CDT_PART_IMAGE, .name = type });
	if (st == CDT_OK)
		st = piece(r, index, "revised_prompt", cdt_text(cdt_get(v, "revised_prompt")));
	if (st == CDT_OK)
		st = has_text(bytes) ? piece(r, index, "", cdt_text(bytes))
		                     : piece(r, index, "url", cdt_text(url));
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_CLOSE, .index = index, .kind = CDT_PART_IMAGE });
}

static cdt_status pictures(const struct reading *r, cdt_val doc)
{
	static const char *const names[] = {
		"background", "output_format", "quality", "size", NULL };
	cdt_val list = cdt_get(doc, "data");
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = n ? start(r, doc) : CDT_E_UPSTREAM;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = picture(r, (uint32_t)i, cdt_at(list, i), media_type(doc));
	if (st == CDT_OK)
		st = extras(r, doc, names);
	return st == CDT_OK ? openai_usage_media(r->sink, doc, (int64_t)n) : st;
}

/* --- transcripts --- */

static cdt_status transcript(const struct reading *r, cdt_val doc)
{
	static const char *const names[] = {
		"language", "duration", "words", "segments", "logprobs", NULL };
	cdt_val text = cdt_get(doc, "text");
	cdt_status st;

	if (cdt_type(text) != CDT_TEXT)
		return CDT_E_UPSTREAM;
	st = start(r, doc);
	if (st == CDT_OK)
		st = openai_part_piece(r, 0, CDT_PART_TEXT, cdt_text(text));
	if (st == CDT_OK)
		st = extras(r, doc, names);
	return st == CDT_OK ? openai_usage_media(r->sink, doc, -1) : st;
}

/* --- judgements, rankings --- */

static cdt_status result(const struct reading *r, uint32_t index, cdt_val v)
{
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .index = index,
		.kind = CDT_PART_RESULT, .doc = v });
}

static cdt_status judgements(const struct reading *r, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "results");
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = n ? start(r, doc) : CDT_E_UPSTREAM;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = cdt_type(cdt_at(list, i)) == CDT_MAP
			? result(r, (uint32_t)i, cdt_at(list, i)) : CDT_E_UPSTREAM;
	return st == CDT_OK ? openai_usage_media(r->sink, doc, -1) : st;
}

struct rank { double score; cdt_val v; };

static int better_first(const void *a, const void *b)
{
	const struct rank *p = a, *q = b;

	return (p->score < q->score) - (p->score > q->score);
}

static bool read_rank(cdt_val v, struct rank *out)
{
	cdt_val score = cdt_get(v, "relevance_score");
	uint32_t type = cdt_type(score);

	*out = (struct rank){ score.api->f64(score, 0), v };
	return (type == CDT_REAL || type == CDT_INT) && cdt_i64(cdt_get(v, "index"), -1) >= 0;
}

/* Most say "results", Fireworks says "data". */
static cdt_status rankings(const struct reading *r, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "results");
	struct rank *ranks;
	cdt_status st;
	size_t n;

	if (cdt_type(list) != CDT_LIST)
		list = cdt_get(doc, "data");
	n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	ranks = n && n <= RESULTS_MAX ? r->call->api->scratch(r->call, n * sizeof *ranks)
	                              : NULL;
	if (!ranks)
		return n && n <= RESULTS_MAX ? CDT_E_NOMEM : CDT_E_UPSTREAM;
	for (size_t i = 0; i < n; i++)
		if (!read_rank(cdt_at(list, i), &ranks[i]))
			return CDT_E_UPSTREAM;
	qsort(ranks, n, sizeof *ranks, better_first);
	st = start(r, doc);
	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = result(r, (uint32_t)i, ranks[i].v);
	return st == CDT_OK ? openai_usage_media(r->sink, doc, -1) : st;
}

/* --- all of them --- */

static cdt_status sound(const struct reading *r, cdt_str bytes)
{
	cdt_status st = CDT_OK;

	if (!bytes.n)
		return CDT_OK;
	if (!r->turn->started)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN,
			.kind = CDT_PART_AUDIO, .name = r->turn->media_type });
	r->turn->started = true;
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .kind = CDT_PART_AUDIO, .data = bytes });
}

cdt_status openai_given_frame(const struct reading *r, cdt_str bytes)
{
	cdt_status st;
	cdt_val doc;

	if (r->turn->op == CDT_OP_SPEECH && r->turn->bytes)
		return sound(r, bytes);
	st = r->call->api->parse(r->call, bytes, &doc);
	if (st != CDT_OK)
		return st;
	if (cdt_type(doc) != CDT_MAP || openai_answer_refuses(doc))
		return CDT_E_UPSTREAM;
	switch (r->turn->op) {
	case CDT_OP_IMAGE: return pictures(r, doc);
	case CDT_OP_TRANSCRIBE: return transcript(r, doc);
	case CDT_OP_MODERATE: return judgements(r, doc);
	case CDT_OP_RERANK: return rankings(r, doc);
	default: return CDT_E_UPSTREAM;                    /* a sound that is JSON is none */
	}
}

cdt_status openai_given_finish(const struct reading *r)
{
	cdt_status st = CDT_OK;

	if (!r->turn->started)
		return CDT_E_UPSTREAM;
	if (r->turn->op == CDT_OP_SPEECH && !r->turn->native)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE,
			.kind = CDT_PART_AUDIO });
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}
