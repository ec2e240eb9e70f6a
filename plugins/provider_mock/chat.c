/* provider_mock/chat.c - answers of chat and of completions.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <string.h>

/* "" when any text will do. */
static void instance_wanted(struct text *out, cdt_val doc, cdt_str said)
{
	cdt_val format = cdt_get(doc, "response_format");
	cdt_str type = cdt_text(cdt_get(format, "type"));

	if (cdt_is(type, "json_schema")) {
		mock_instance(out, cdt_get(cdt_get(format, "json_schema"), "schema"),
		              CDT_STR("answer"));
	} else if (cdt_is(type, "json_object")) {
		mock_add_z(out, "{\"answer\":");
		mock_add_json(out, said);
		mock_add_z(out, "}");
	}
}

static uint64_t think(struct speech *s)
{
	uint64_t before = s->words;

	if (mock_asked(s->plan->wish, WISH_REASONING))
		mock_say(s, "reasoning", CDT_STR("Let me think about that for a moment."), 0);
	return s->words - before;
}

static cdt_status speak(struct speech *s, cdt_val doc, uint64_t *reasoning)
{
	struct text made = { .p = NULL };
	cdt_status st = CDT_OK;

	s->part = 0;
	*reasoning += think(s);
	if (mock_calls(s, doc)) {
		mock_say_stop(s, "tool_calls");
		return s->plan->steps.failed ? CDT_E_LIMIT : CDT_OK;
	}
	instance_wanted(&made, doc, s->ask->said);
	if (made.failed)
		st = CDT_E_LIMIT;
	else
		st = mock_say_answer(s, made.n ? mock_str(&made) : s->ask->said, made.n > 0);
	mock_text_fini(&made);
	return st;
}

cdt_status mock_chat(struct cdt_call *call, const struct cdt_request *req,
                     const struct wish *wish, struct cdt_out *o)
{
	struct wish w = *wish;
	struct plan p = { .wish = &w, .stream = (req->flags & CDT_REQ_STREAM) != 0 };
	struct ask a;
	struct speech s = { .plan = &p, .ask = &a };
	uint64_t reasoning = 0;
	cdt_status st = CDT_OK;

	mock_ask_chat(&a, call, req->doc);
	if (!a.after_tool)
		mock_wish_message(&w, call, &a.said);
	if (*w.wrong) {
		mock_plan_refuse(o, &w, 400, (cdt_str){ w.wrong, strlen(w.wrong) });
		return CDT_OK;
	}
	if (w.v[WISH_STATUS] > 0) {
		mock_plan_refuse(o, &w, (uint32_t)w.v[WISH_STATUS],
		                 CDT_STR("the mock refused as it was told to"));
		return CDT_OK;
	}
	mock_plan_begin(&p, a.seed, req->model);
	for (; st == CDT_OK && s.choice < a.choices; s.choice++)
		st = speak(&s, req->doc, &reasoning);
	mock_plan_end(&p, a.input_tokens, s.words, reasoning);
	if (st == CDT_OK)
		mock_plan_write(&p, o);
	mock_text_fini(&p.steps);
	return st;
}

cdt_status mock_complete(struct cdt_call *call, const struct cdt_request *req,
                         const struct wish *w, struct cdt_out *o)
{
	struct plan p = { .wish = w, .stream = (req->flags & CDT_REQ_STREAM) != 0 };
	cdt_val prompts = cdt_get(req->doc, "prompt");
	int64_t n = cdt_i64(cdt_get(req->doc, "n"), 1), max = cdt_i64(
		cdt_get(req->doc, "max_tokens"), 0);
	struct ask a = { .choices = n < 1 ? 1 : n > 128 ? 128 : (uint64_t)n,
		.max_words = max > 0 ? (uint64_t)max : 0 };
	struct speech s = { .plan = &p, .ask = &a };
	size_t count = cdt_count(prompts);
	cdt_status st = CDT_OK;

	mock_plan_begin(&p, mock_hash(count, mock_prompt_text(call, cdt_at(prompts, 0))),
	                req->model);
	for (uint64_t i = 0; st == CDT_OK && i < count * a.choices; i++) {
		cdt_val prompt = cdt_at(prompts, (size_t)(i / a.choices));

		if (i % a.choices == 0)
			a.input_tokens += mock_tokens_of(mock_input_bytes(prompt));
		s.choice = i;
		s.part = 0;
		st = mock_say_answer(&s, mock_prompt_text(call, prompt), false);
	}
	mock_plan_end(&p, a.input_tokens, s.words, 0);
	if (st == CDT_OK)
		mock_plan_write(&p, o);
	mock_text_fini(&p.steps);
	return st;
}
