/* api/openai/rerank.c - POST /v1/rerank, in the words that most hosts of rankings share.
 * SPDX-License-Identifier: MIT */
#include "api/native.h"
#include "api/openai/openai.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { DOCUMENTS_MAX = 4096, TOKENS_MAX = 1 << 20 };

static const struct body_field fields[] = {
	{ "query", BODY_TEXT },
	{ "documents", BODY_LIST },
	{ "model", BODY_TEXT },
	{ "top_n", BODY_INT },
	{ "return_documents", BODY_FLAG },
	{ "max_tokens_per_doc", BODY_INT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

static cdt_status decode(struct exchange *x)
{
	static const char *const required[] = { "query", "documents" };
	cdt_status st = openai_decode(x, fields);

	if (st != CDT_OK)
		return st;
	for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
		const struct json_member *m = ask_member(&x->ask, required[i]);

		if (!m || body_is_empty(m))
			return body_missing(x, required[i]);
	}
	if (body_check_range(x, "top_n", 1, INT32_MAX) != CDT_OK)
		return CDT_E_INVALID;
	return body_check_range(x, "max_tokens_per_doc", 1, TOKENS_MAX);
}

/* A map is its text, or all of it as JSON. */
static struct json *document_of(struct json *said)
{
	const struct json *text = json_get(said, "text");

	if (json_type(said) == CDT_TEXT)
		return json_new_text(json_text(said));
	if (json_type(text) == CDT_TEXT)
		return json_new_text(json_text(text));
	return json_type(said) == CDT_MAP ? json_new_text(json_print(said)) : NULL;
}

static cdt_status canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "rerank/1"), *said = json_take(doc, "documents");
	struct json *list = json_new_list();
	size_t n = json_count(said), i;

	for (i = 0; i < n && i < DOCUMENTS_MAX; i++) {
		struct json *one = document_of(json_at(said, i));

		if (!one)
			break;
		json_push_give(list, one);
	}
	json_free(said);
	if (!doc || i < n) {
		json_free(list);
		json_free(doc);
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "documents",
		                   "'documents' must be at most %d texts, or objects with a "
		                   "text.", DOCUMENTS_MAX);
	}
	json_set_give(doc, "documents", list);
	json_remove(doc, "return_documents");
	*out = doc;
	return CDT_OK;
}

/* --- the answer --- */

static bool wants_documents(const struct exchange *x)
{
	const struct json_member *m = ask_member(&x->ask, "return_documents");

	return m && m->type == CDT_FLAG && *m->value.p == 't';
}

static int64_t most_of(const struct exchange *x)
{
	const struct json_member *m = ask_member(&x->ask, "top_n");
	int64_t n = INT64_MAX;

	if (m && m->type == CDT_INT)
		(void)str_i64(m->value, &n);           /* checked by decode */
	return n;
}

/* False: it ranks what was not there. */
static bool write_result(struct exchange *x, struct jsonw *w, cdt_str result)
{
	const struct json *documents = json_get(x->ask.doc, "documents");
	cdt_str score = jsonwalk_get(result, "relevance_score");
	int64_t index = -1;

	if (!str_i64(jsonwalk_get(result, "index"), &index) || index < 0 ||
	    (size_t)index >= json_count(documents) || !score.p)
		return false;
	jsonw_open(w, '{');
	jsonw_put_i64(w, "index", index);
	jsonw_put_raw(w, "relevance_score", score);
	if (wants_documents(x)) {
		jsonw_key(w, "document");
		jsonw_open(w, '{');
		jsonw_put_text(w, "text", json_text(json_at(documents, (size_t)index)));
		jsonw_close(w);
	}
	jsonw_close(w);
	return true;
}

static void write_usage(struct jsonw *w, const struct cdt_usage *u)
{
	if (u->input < 0)
		return;
	jsonw_key(w, "usage");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "prompt_tokens", u->input);
	jsonw_put_i64(w, "total_tokens", u->input + (u->output > 0 ? u->output : 0));
	jsonw_close(w);
}

static cdt_status whole(struct exchange *x, struct answer *a, struct buf *out)
{
	const struct answer_choice *c = a->choice_count ? a->choices[0] : NULL;
	int64_t left = most_of(x);
	bool fine = c != NULL;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "id", openai_answer_id(x, "rerank-", a->id));
	jsonw_put_text(&w, "model", x->ask.model);
	jsonw_key(&w, "results");
	jsonw_open(&w, '[');
	for (const struct answer_part *p = c ? c->parts : NULL; fine && p && left; p = p->next)
		if (p->kind == CDT_PART_RESULT && p->json.n) {
			fine = write_result(x, &w, p->json);
			left--;
		}
	jsonw_close(&w);
	write_usage(&w, &x->usage);
	openai_extras(&w, a->extras);
	jsonw_close(&w);
	return fine ? jsonw_status(&w) : CDT_E_UPSTREAM;
}

const struct surface openai_rerank = {
	.path = "/v1/rerank", .method = "POST", .op = CDT_OP_RERANK,
	.dialect = &openai_rerank_dialect,
	.decode = decode, .canonical = canonical,
	.whole = whole, .native_whole = native_whole,
};
