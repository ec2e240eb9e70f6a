/* lib_openai/judge.c - what is asked of those who judge: is this text harmless, and which of
 * these fits best.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static bool all_texts(cdt_val input)
{
	size_t n = cdt_count(input);

	for (size_t i = 0; i < n; i++)
		if (!cdt_is(cdt_text(cdt_get(cdt_at(input, i), "type")), "text"))
			return false;
	return true;
}

/* Texts are inputs of their own; a list of parts is one. */
static void put_input(const struct asking *a, cdt_val input, bool each)
{
	struct cdt_out *o = a->out;
	size_t n = cdt_count(input);

	o->api->key(o, "input");
	if (n == 1 && all_texts(input)) {
		o->api->text(o, cdt_text(cdt_get(cdt_at(input, 0), "text")));
		return;
	}
	cdt_open(o, '[');
	for (size_t i = 0; i < n; i++)
		if (each)
			o->api->text(o, cdt_text(cdt_get(cdt_at(input, i), "text")));
		else
			o->api->val(o, cdt_at(input, i));
	cdt_close(o);
}

cdt_status openai_judge_harm(const struct asking *a)
{
	cdt_val input = cdt_get(a->req->doc, "input"), v = cdt_get(a->req->doc, "each");
	bool each = v.api->flag(v, 0) != 0;
	cdt_status st;

	if (each && !all_texts(input))
		return openai_member_refuse(a, "input",
		                            "Pictures are judged one request each.");
	cdt_open(a->out, '{');
	cdt_put_text(a->out, "model", a->req->model);
	put_input(a, input, each);
	st = openai_member_unknown(a, "schema input each model cache_control");
	cdt_close(a->out);
	return st;
}

cdt_status openai_judge_rank(const struct asking *a)
{
	static const char ruled[] =
		"schema query documents top_n max_tokens_per_doc return_documents model "
		"cache_control";
	cdt_val doc = a->req->doc;
	cdt_status st;

	cdt_open(a->out, '{');
	cdt_put_text(a->out, "model", a->req->model);
	cdt_put_val(a->out, "query", cdt_get(doc, "query"));
	cdt_put_val(a->out, "documents", cdt_get(doc, "documents"));
	cdt_put_val(a->out, "top_n", cdt_get(doc, "top_n"));
	st = openai_member_put(a, CDT_STR("max_tokens_per_doc"),
	                       cdt_get(doc, "max_tokens_per_doc"));
	cdt_put_flag(a->out, "return_documents", 0);
	if (st == CDT_OK)
		st = openai_member_unknown(a, ruled);
	cdt_close(a->out);
	return st;
}
