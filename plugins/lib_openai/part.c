/* lib_openai/part.c - the parts of a choice that are made of pieces: text, reasoning,
 * refusal, audio; and citations beside them.  One such part is open at a time.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static cdt_status emit_open(const struct reading *r, uint32_t index, uint32_t part,
                            uint32_t kind, cdt_str id)
{
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .choice = index,
		.index = part, .kind = kind, .id = id });
}

static cdt_status emit_close(const struct reading *r, uint32_t index, uint32_t part,
                             uint32_t kind)
{
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE, .choice = index,
		.index = part, .kind = kind });
}

/* Makes kind the open part. */
static cdt_status turn_to(const struct reading *r, uint32_t index, uint32_t kind, cdt_str id)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st = CDT_OK;

	if (!c)
		return CDT_E_UPSTREAM;
	if (c->part_open && c->part_kind == kind)
		return CDT_OK;
	if (c->part_open)
		st = emit_close(r, index, c->part, c->part_kind);
	if (st != CDT_OK)
		return st;
	c->part_open = true;
	c->part_kind = kind;
	c->part = c->next_part++;
	return emit_open(r, index, c->part, kind, id);
}

cdt_status openai_part_piece(const struct reading *r, uint32_t index, uint32_t kind,
                             cdt_str piece)
{
	cdt_status st;

	if (!piece.n)
		return CDT_OK;
	st = turn_to(r, index, kind, CDT_STR(""));
	if (st != CDT_OK)
		return st;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .choice = index,
		.index = openai_turn_choice(r, index)->part, .kind = kind, .data = piece });
}

cdt_status openai_part_close(const struct reading *r, uint32_t index)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st = CDT_OK;

	if (!c)
		return CDT_E_UPSTREAM;
	if (c->part_open)
		st = emit_close(r, index, c->part, c->part_kind);
	c->part_open = false;
	if (st == CDT_OK && c->cited)
		st = emit_close(r, index, c->citations, CDT_PART_CITATION);
	c->cited = false;
	return st;
}

cdt_status openai_part_proof(const struct reading *r, uint32_t index, bool hidden,
                             cdt_str opaque)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st = CDT_OK;

	if (!c)
		return CDT_E_UPSTREAM;
	if (hidden && c->part_open) {
		st = emit_close(r, index, c->part, c->part_kind);
		c->part_open = false;
	}
	if (st == CDT_OK)
		st = turn_to(r, index, CDT_PART_REASONING, CDT_STR(""));
	if (st == CDT_OK)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.choice = index, .index = c->part, .kind = CDT_PART_REASONING,
			.name = hidden ? CDT_STR("redacted") : CDT_STR("signature"),
			.data = opaque });
	if (st != CDT_OK || !hidden)
		return st;
	c->part_open = false;
	return emit_close(r, index, c->part, c->part_kind);
}

static cdt_status cite_one(const struct reading *r, uint32_t index, cdt_val annotation)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st = CDT_OK;

	if (!c->cited) {
		c->cited = true;
		c->citations = c->next_part++;
		st = emit_open(r, index, c->citations, CDT_PART_CITATION, CDT_STR(""));
	}
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .choice = index, .index = c->citations,
		.kind = CDT_PART_CITATION, .doc = annotation });
}

cdt_status openai_part_cite(const struct reading *r, uint32_t index, cdt_val annotations)
{
	size_t n = cdt_type(annotations) == CDT_LIST ? cdt_count(annotations) : 0;
	cdt_status st = openai_turn_choice(r, index) ? CDT_OK : CDT_E_UPSTREAM;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		if (has_text(cdt_get(cdt_at(annotations, i), "type")))
			st = cite_one(r, index, cdt_at(annotations, i));
	return st;
}

static cdt_status audio_piece(const struct reading *r, uint32_t index, cdt_str name, cdt_val v)
{
	struct cdt_event ev = { .type = CDT_EV_DELTA, .choice = index,
		.index = openai_turn_choice(r, index)->part, .kind = CDT_PART_AUDIO,
		.name = name, .data = cdt_text(v) };

	if (cdt_type(v) == CDT_INT)
		ev.doc = v;
	return ev.data.n || ev.doc.api ? cdt_emit(r->sink, ev) : CDT_OK;
}

/* data: base64 pieces without a name; transcript and expires_at go by their names. */
cdt_status openai_part_audio(const struct reading *r, uint32_t index, cdt_val audio)
{
	cdt_val id = cdt_get(audio, "id"), said = cdt_get(audio, "transcript");
	cdt_val bytes = cdt_get(audio, "data"), until = cdt_get(audio, "expires_at");
	cdt_status st;

	if (!has_text(id) && !has_text(said) && !has_text(bytes) && cdt_i64(until, 0) <= 0)
		return CDT_OK;                             /* also the stubs of Go servers */
	st = turn_to(r, index, CDT_PART_AUDIO, cdt_text(id));
	if (st == CDT_OK)
		st = audio_piece(r, index, CDT_STR("transcript"), said);
	if (st == CDT_OK)
		st = audio_piece(r, index, CDT_STR(""), bytes);
	/* The stream of a voice may end here. */
	if (st == CDT_OK && cdt_i64(until, 0) > 0)
		openai_turn_choice(r, index)->complete = true;
	if (st == CDT_OK && cdt_i64(until, 0) > 0)
		st = audio_piece(r, index, CDT_STR("expires_at"), until);
	return st;
}
