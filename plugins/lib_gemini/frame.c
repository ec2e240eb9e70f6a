/* lib_gemini/frame.c - one frame at a time: each is a whole GenerateContentResponse with the
 * parts that are new.  A list of them is what comes without alt=sse.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

static cdt_status read_candidate(const struct reader *r, cdt_val candidate)
{
	int64_t n = cdt_i64(cdt_get(candidate, "index"), 0);
	struct choice *c;
	cdt_status st;

	if (n < 0 || n >= CHOICES_MAX)
		return CDT_E_UPSTREAM;
	c = &r->answer->choice[n];
	c->seen = 1;
	st = gemini_read_parts(r, (uint32_t)n, cdt_get(candidate, "content"));
	gemini_cite_note(r, c, candidate);
	gemini_stop_note(c, cdt_text(cdt_get(candidate, "finishReason")));
	return st;
}

/* What the model botched before it said anything is worth another try. */
static int is_botched(const struct reader *r, cdt_val candidates)
{
	cdt_val first = cdt_at(candidates, 0);

	return !(r->answer->flags & ANSWER_STARTED)
	       && gemini_is_fault(cdt_text(cdt_get(first, "finishReason")))
	       && cdt_count(cdt_get(cdt_get(first, "content"), "parts")) == 0;
}

static cdt_status read_response(const struct reader *r, cdt_val response)
{
	cdt_val candidates = cdt_get(response, "candidates");
	cdt_val feedback = cdt_get(response, "promptFeedback");
	int blocked = cdt_text(cdt_get(feedback, "blockReason")).n && !cdt_count(candidates);
	cdt_status st;

	if (is_botched(r, candidates))
		return CDT_E_UPSTREAM;
	st = gemini_start(r, response);
	for (size_t i = 0; i < cdt_count(candidates) && st == CDT_OK; i++)
		st = read_candidate(r, cdt_at(candidates, i));
	if (st == CDT_OK && blocked)
		st = gemini_blocked(r, feedback);
	if (st == CDT_OK)
		st = gemini_logprobs(r, candidates);
	return st != CDT_OK ? st : gemini_usage(r, cdt_get(response, "usageMetadata"));
}

static const struct op {
	uint32_t op;
	cdt_status (*read)(const struct reader *, cdt_val response);
	cdt_status (*finish)(const struct reader *);
} ops[] = {
	{ CDT_OP_EMBED, gemini_vectors, gemini_embed_finish },
	{ CDT_OP_IMAGE, gemini_pictures, gemini_image_finish },
	{ CDT_OP_SPEECH, gemini_sound, gemini_stop_all },
};
static const struct op others = { 0, read_response, gemini_stop_all };

static const struct op *op_of(uint32_t op)
{
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (ops[i].op == op)
			return &ops[i];
	return &others;
}

static cdt_status read_one(const struct reader *r, cdt_val doc)
{
	if (cdt_type(doc) != CDT_MAP || cdt_type(cdt_get(doc, "error")) == CDT_MAP)
		return CDT_E_UPSTREAM;
	return op_of(r->answer->op)->read(r, doc);
}

cdt_status gemini_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink)
{
	struct reader r = { self, call, sink, gemini_answer(call) };
	cdt_status st = CDT_OK;
	cdt_val doc;

	if (!r.answer)
		return CDT_E_NOMEM;
	if (call->api->parse(call, frame->data, &doc) != CDT_OK)
		return CDT_E_UPSTREAM;
	if (cdt_type(doc) != CDT_LIST)
		return read_one(&r, doc);
	for (size_t i = 0; i < cdt_count(doc) && st == CDT_OK; i++)
		st = read_one(&r, cdt_at(doc, i));
	return st;
}

cdt_status gemini_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	struct reader r = { self, call, sink, gemini_answer(call) };

	return r.answer ? op_of(r.answer->op)->finish(&r) : CDT_E_NOMEM;
}

cdt_status gemini_follow(void *self, struct cdt_call *call, struct cdt_http_out *http)
{
	struct gemini_answer *a = gemini_answer(call);

	if (a && a->embedding)
		return gemini_embed_follow(self, call, http);
	return a && a->drawing ? gemini_image_follow(self, call, http) : CDT_E_MISUSE;
}
