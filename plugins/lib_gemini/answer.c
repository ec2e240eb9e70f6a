/* lib_gemini/answer.c - parts of an answer become parts of the canonical one.  Neighbours of
 * one kind are one part, until one of them is signed: a signature covers its own part only.
 * Results of Google's own tools and parts that nobody knows are not shown.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

struct gemini_answer *gemini_answer(struct cdt_call *call)
{
	void **slot = call->api->slot(call);
	struct gemini_answer *a = *slot;

	if (a)
		return a;
	a = call->api->keep(call, sizeof *a);
	if (!a)
		return NULL;
	a->usage = (struct cdt_usage)CDT_USAGE_INIT;
	*slot = a;
	return a;
}

cdt_status gemini_start(const struct reader *r, cdt_val response)
{
	struct gemini_answer *a = r->answer;
	cdt_str id = cdt_text(cdt_get(response, "responseId"));

	if (a->flags & ANSWER_STARTED)
		return CDT_OK;
	a->flags |= ANSWER_STARTED;
	a->id_n = id.n < ID_MAX ? id.n : ID_MAX;
	if (a->id_n)
		memcpy(a->id, id.p, a->id_n);
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START, .id = id,
		.name = cdt_text(cdt_get(response, "modelVersion")) });
}

cdt_status gemini_close(const struct reader *r, uint32_t n)
{
	struct choice *c = &r->answer->choice[n];
	uint32_t kind = c->open;

	c->open = 0;
	return !kind ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE,
		.choice = n, .index = c->index, .kind = kind });
}

cdt_status gemini_part(const struct reader *r, uint32_t n, uint32_t kind, cdt_str name)
{
	struct choice *c = &r->answer->choice[n];
	cdt_status st;

	if (c->open == kind)
		return CDT_OK;
	st = gemini_close(r, n);
	if (st != CDT_OK || !kind)
		return st;
	c->open = kind;
	c->index = c->next++;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .choice = n,
		.index = c->index, .kind = kind, .name = name });
}

cdt_status gemini_piece(const struct reader *r, uint32_t n, cdt_str name, cdt_str bytes)
{
	const struct choice *c = &r->answer->choice[n];

	return bytes.n == 0 ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .choice = n, .index = c->index, .kind = c->open,
		.name = name, .data = bytes });
}

static cdt_status said(const struct reader *r, uint32_t n, uint32_t kind, cdt_str text)
{
	cdt_status st;

	if (text.n == 0)
		return CDT_OK;
	st = gemini_part(r, n, kind, CDT_STR(""));
	return st != CDT_OK ? st : gemini_piece(r, n, CDT_STR(""), text);
}

static cdt_status read_text(const struct reader *r, uint32_t n, cdt_val part)
{
	cdt_val thought = cdt_get(part, "thought");
	cdt_str text = cdt_text(cdt_get(part, "text"));

	if (thought.api->flag(thought, 0))
		return said(r, n, CDT_PART_REASONING, text);
	gemini_mark_text(r, &r->answer->choice[n], text);
	return said(r, n, CDT_PART_TEXT, text);
}

/* Pictures that belong to the thoughts are drafts. */
static cdt_status read_inline(const struct reader *r, uint32_t n, cdt_val part)
{
	cdt_val inlined = cdt_get(part, "inlineData"), thought = cdt_get(part, "thought");
	cdt_str type = cdt_text(cdt_get(inlined, "mimeType"));
	int audio = words_begin(type, "audio/");
	cdt_status st;

	if (thought.api->flag(thought, 0) || (!audio && !words_begin(type, "image/")))
		return CDT_OK;
	st = audio ? CDT_OK : gemini_close(r, n);       /* each picture is one */
	if (st == CDT_OK)
		st = gemini_part(r, n, audio ? CDT_PART_AUDIO : CDT_PART_IMAGE, type);
	if (st == CDT_OK)
		st = gemini_piece(r, n, CDT_STR(""), cdt_text(cdt_get(inlined, "data")));
	return st != CDT_OK || audio ? st : gemini_close(r, n);
}

/* What the model ran on its way is read like its thoughts, by who asked for that. */
static cdt_status read_code(const struct reader *r, uint32_t n, cdt_val part)
{
	cdt_val code = cdt_get(part, "executableCode");
	cdt_val result = cdt_get(part, "codeExecutionResult");
	int runs = cdt_type(code) == CDT_MAP;
	cdt_str text = cdt_text(runs ? cdt_get(code, "code") : cdt_get(result, "output"));
	cdt_str language = cdt_text(cdt_get(code, "language"));

	if (!(r->answer->flags & ANSWER_CODE) || text.n == 0)
		return CDT_OK;
	return said(r, n, CDT_PART_REASONING, words_join(r->call, (cdt_str[]){
		CDT_STR("\n```"), cdt_is(language, "PYTHON") ? CDT_STR("python") : CDT_STR(""),
		CDT_STR("\n"), text, words_end(text, "\n") ? CDT_STR("") : CDT_STR("\n"),
		CDT_STR("```\n") }, 6));
}

/* Of thoughts it stays with them; of a text it is a reasoning part without text, for a message
 * of a client has no other place that would come back. */
static cdt_status read_signature(const struct reader *r, uint32_t n, cdt_str signature)
{
	cdt_status st;

	if (signature.n == 0)
		return CDT_OK;
	st = gemini_part(r, n, CDT_PART_REASONING, CDT_STR(""));
	if (st == CDT_OK)
		st = gemini_piece(r, n, CDT_STR("signature"), CDT_STR(GEMINI_SIGNATURE));
	if (st == CDT_OK)
		st = gemini_piece(r, n, CDT_STR("signature"), signature);
	return st != CDT_OK ? st : gemini_close(r, n);
}

static const struct {
	const char *member;
	cdt_status (*read)(const struct reader *, uint32_t n, cdt_val part);
	int signs;                      /* its signature is worth keeping */
} readers[] = {
	{ "text", read_text, 1 },
	{ "functionCall", gemini_call, 0 },
	{ "inlineData", read_inline, 0 },
	{ "executableCode", read_code, 0 },
	{ "codeExecutionResult", read_code, 0 },
};

static cdt_status read_part(const struct reader *r, uint32_t n, cdt_val part)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		if (cdt_type(cdt_get(part, readers[i].member)) == CDT_ABSENT)
			continue;
		st = readers[i].read(r, n, part);
		if (st != CDT_OK || !readers[i].signs)
			return st;
		return read_signature(r, n, cdt_text(cdt_get(part, "thoughtSignature")));
	}
	return st;
}

cdt_status gemini_read_parts(const struct reader *r, uint32_t n, cdt_val content)
{
	cdt_val parts = cdt_get(content, "parts");
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(parts) && st == CDT_OK; i++)
		st = read_part(r, n, cdt_at(parts, i));
	return st;
}
