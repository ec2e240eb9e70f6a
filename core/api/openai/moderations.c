/* api/openai/moderations.c - POST /v1/moderations.
 * SPDX-License-Identifier: MIT */
#include "api/native.h"
#include "api/openai/openai.h"

#include <stdlib.h>

#include "base/str.h"

/* Who names no model means this one; the configuration may have it, also as an alias. */
#define MODEL_UNSAID "omni-moderation-latest"

static const struct body_field fields[] = {
	{ "input", BODY_TEXT | BODY_LIST },
	{ "model", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

static cdt_status decode(struct exchange *x)
{
	const struct json_member *input;
	cdt_status st;

	x->ask.model = CDT_STR(MODEL_UNSAID);
	st = openai_decode(x, fields);
	if (st != CDT_OK)
		return st;
	input = ask_member(&x->ask, "input");
	if (!input)
		return body_missing(x, "input");
	if (input->type != CDT_TEXT && body_is_empty(input))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "input",
		                   "'input' must not be empty.");
	return CDT_OK;
}

static struct json *text_part(cdt_str text)
{
	struct json *part = json_new_map();

	json_set_give(part, "type", json_new_text(CDT_STR("text")));
	json_set_give(part, "text", json_new_text(text));
	return part;
}

static struct json *picture_part(const struct json *said)
{
	struct json *part = json_new_map(), *at = json_new_map();

	json_set_give(at, "url", json_new_text(json_text(json_get(said, "url"))));
	json_set_give(part, "type", json_new_text(CDT_STR("image_url")));
	json_set_give(part, "image_url", at);
	return part;
}

/* NULL: it is no part. */
static struct json *part_of(const struct json *item)
{
	cdt_str type = json_text(json_get(item, "type"));
	const struct json *text = json_get(item, "text"), *url = json_get(item, "image_url");

	if (json_type(item) == CDT_TEXT)
		return text_part(json_text(item));
	if (str_is(type, "text") && json_type(text) == CDT_TEXT)
		return text_part(json_text(text));
	if (str_is(type, "image_url") && json_text(json_get(url, "url")).n)
		return picture_part(url);
	return NULL;
}

/* Texts are inputs of their own; parts are one input. */
static cdt_status parts_of(struct exchange *x, const struct json *input, struct json *list)
{
	for (size_t i = 0; i < json_count(input); i++) {
		const struct json *item = json_at(input, i);
		bool mixed = (json_type(item) == CDT_TEXT) !=
		             (json_type(json_at(input, 0)) == CDT_TEXT);
		struct json *part = mixed ? NULL : part_of(item);
		cdt_str at;

		if (part) {
			json_push_give(list, part);
			continue;
		}
		at = arena_print(&x->arena, "input[%zu]", i);
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, at.p,
		                   "'input' must be a text, a list of texts, or a list of "
		                   "parts of type text or image_url; '%s' is none.", at.p);
	}
	return CDT_OK;
}

static cdt_status canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "moderate/1"), *input = json_take(doc, "input");
	struct json *list = json_new_list();
	bool texts = json_type(input) == CDT_TEXT ||
	             json_type(json_at(input, 0)) == CDT_TEXT;
	cdt_status st = doc ? CDT_OK : CDT_E_INVALID;

	if (json_type(input) == CDT_TEXT)
		json_push_give(list, text_part(json_text(input)));
	else if (doc)
		st = parts_of(x, input, list);
	json_free(input);
	if (st != CDT_OK) {
		json_free(list);
		json_free(doc);
		return st;
	}
	json_set_give(doc, "input", list);
	json_set_give(doc, "each", json_new_flag(texts));
	*out = doc;
	return CDT_OK;
}

/* --- the answer --- */

static int by_index(const void *a, const void *b)
{
	const struct answer_part *const *p = a, *const *q = b;

	return ((*p)->index > (*q)->index) - ((*p)->index < (*q)->index);
}

/* Results in order of their inputs; NULL: there are none. */
static const struct answer_part **sorted(struct exchange *x, const struct answer *a, size_t *n)
{
	const struct answer_choice *c = a->choice_count ? a->choices[0] : NULL;
	const struct answer_part **all;

	*n = 0;
	all = c ? arena_take(&x->arena, (c->part_count + 1) * sizeof *all) : NULL;
	for (const struct answer_part *p = c ? c->parts : NULL; all && p; p = p->next)
		if (p->kind == CDT_PART_RESULT && p->json.n)
			all[(*n)++] = p;
	if (all && *n)
		qsort(all, *n, sizeof *all, by_index);
	return all;
}

static cdt_status whole(struct exchange *x, struct answer *a, struct buf *out)
{
	size_t n;
	const struct answer_part **results = sorted(x, a, &n);
	struct jsonw w;

	if (!n)
		return CDT_E_UPSTREAM;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "id", openai_answer_id(x, "modr-", a->id));
	jsonw_put_text(&w, "model", x->ask.model);
	jsonw_key(&w, "results");
	jsonw_open(&w, '[');
	for (size_t i = 0; i < n; i++)
		jsonw_raw(&w, results[i]->json);
	jsonw_close(&w);
	openai_extras(&w, a->extras);
	jsonw_close(&w);
	return jsonw_status(&w);
}

const struct surface openai_moderations = {
	.path = "/v1/moderations", .method = "POST", .op = CDT_OP_MODERATE,
	.dialect = &openai_moderations_dialect,
	.decode = decode, .canonical = canonical,
	.whole = whole, .native_whole = native_whole,
};
