/* lib_openai/answer.c - frames of answers that are translated: a whole body or a chunk
 * of a stream, of chat, completions or embeddings, as canonical events.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static bool means_error(cdt_val v)
{
	switch (cdt_type(v)) {
	case CDT_TEXT: return has_text(v);
	case CDT_MAP: case CDT_LIST: return cdt_count(v) > 0;
	case CDT_FLAG: return v.api->flag(v, 0) != 0;
	case CDT_INT: return cdt_i64(v, 0) != 0;
	default: return false;
	}
}

bool openai_answer_errs(cdt_val doc)
{
	return cdt_type(doc) == CDT_MAP && means_error(cdt_get(doc, "error"));
}

/* Beside "error": what vLLM, MiniMax, Cloudflare and Groq say with status 200.  All but Groq have
 * no choices then. */
static bool errs_elsewhere(cdt_val doc, size_t choices)
{
	cdt_val success;

	if (choices)
		return means_error(cdt_get(cdt_get(doc, "x_groq"), "error"));
	success = cdt_get(doc, "success");
	if (cdt_type(success) == CDT_FLAG && !success.api->flag(success, 1))
		return true;
	if (cdt_is(cdt_text(cdt_get(doc, "object")), "error"))
		return true;
	return cdt_i64(cdt_get(cdt_get(doc, "base_resp"), "status_code"), 0) != 0;
}

bool openai_answer_refuses(cdt_val doc)
{
	cdt_val choices = cdt_get(doc, "choices");
	size_t n = cdt_type(choices) == CDT_LIST ? cdt_count(choices) : 0;

	if (openai_answer_errs(doc) || errs_elsewhere(doc, n))
		return true;
	for (size_t i = 0; i < n; i++) {
		cdt_str word = cdt_text(cdt_get(cdt_at(choices, i), "finish_reason"));

		if (word.n && openai_stop_kind(word) == STOP_ERROR)
			return true;
	}
	return false;
}

/* Not for the chunk that some send first, with no id, no model and no choice (Azure). */
static cdt_status start(const struct reading *r, cdt_val doc, size_t content)
{
	cdt_str id = cdt_text(cdt_get(doc, "id")), model = cdt_text(cdt_get(doc, "model"));

	if (r->turn->started || (!id.n && !model.n && !content))
		return CDT_OK;
	r->turn->started = true;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START, .id = id,
		.name = model });
}

/* Checked already, when the choice was read. */
static uint32_t index_of(cdt_val v, size_t position)
{
	return (uint32_t)cdt_i64(cdt_get(v, "index"), (int64_t)position);
}

/* Whatever says it is for a choice that has ended comes too late. */
static cdt_status read_choice(const struct reading *r, cdt_val v, size_t position)
{
	int64_t wire = cdt_i64(cdt_get(v, "index"), (int64_t)position);
	struct choice *c = openai_turn_choice(r, wire);
	uint32_t index = (uint32_t)wire;
	cdt_status st;

	if (!c)
		return CDT_E_UPSTREAM;
	if (c->stopped)
		return CDT_OK;
	if (r->turn->op == CDT_OP_COMPLETE)
		st = openai_part_piece(r, index, CDT_PART_TEXT, cdt_text(cdt_get(v, "text")));
	else
		st = openai_message_read(r, index, v);
	return st == CDT_OK ? openai_extra_logprobs(r, index, cdt_get(v, "logprobs")) : st;
}

static cdt_status read_stops(const struct reading *r, cdt_val choices, size_t n)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val v = cdt_at(choices, i);
		cdt_str word = cdt_text(cdt_get(v, "finish_reason"));

		if (word.n)
			st = openai_stop_choice(r, index_of(v, i), word);
	}
	return st;
}

static cdt_status read_usage(const struct reading *r, cdt_val doc)
{
	cdt_val usage = openai_usage_find(doc);

	if (cdt_type(usage) != CDT_MAP)
		return CDT_OK;
	return openai_usage_emit(r->sink, r->turn->op, usage);
}

static cdt_status read_chunk(const struct reading *r, cdt_val doc)
{
	cdt_val choices = cdt_get(doc, "choices");
	size_t n = cdt_type(choices) == CDT_LIST ? cdt_count(choices) : 0;
	cdt_status st = start(r, doc, n);

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = read_choice(r, cdt_at(choices, i), i);
	if (st == CDT_OK && r->turn->started)
		st = openai_extra_emit(r, doc);
	if (st == CDT_OK && r->turn->started)
		st = read_usage(r, doc);
	return st == CDT_OK ? read_stops(r, choices, n) : st;
}

static cdt_status read_vectors(const struct reading *r, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "data");
	size_t n = cdt_count(list);
	cdt_status st;

	if (cdt_type(list) != CDT_LIST)
		return CDT_E_UPSTREAM;
	st = start(r, doc, 1);
	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val item = cdt_at(list, i), vector = cdt_get(item, "embedding");
		int64_t at = cdt_i64(cdt_get(item, "index"), (int64_t)i);
		struct cdt_event ev = { .type = CDT_EV_DELTA, .index = (uint32_t)at,
			.kind = CDT_PART_VECTOR };

		if (cdt_type(vector) == CDT_LIST)
			ev.doc = vector;
		else
			ev.data = cdt_text(vector);
		if (at < 0 || at > UINT32_MAX || (!ev.doc.api && !ev.data.n))
			return CDT_E_UPSTREAM;
		st = cdt_emit(r->sink, ev);
	}
	return st == CDT_OK ? read_usage(r, doc) : st;
}

cdt_status openai_answer_frame(const struct reading *r, cdt_str bytes)
{
	cdt_val doc;
	cdt_status st = r->call->api->parse(r->call, bytes, &doc);

	if (st != CDT_OK)
		return st;
	if (cdt_type(doc) != CDT_MAP || openai_answer_refuses(doc))
		return CDT_E_UPSTREAM;
	return r->turn->op == CDT_OP_EMBED ? read_vectors(r, doc) : read_chunk(r, doc);
}
