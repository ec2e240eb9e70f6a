/* api/openai/embeddings.c - POST /v1/embeddings.  Clients ask for base64 of little-endian
 * float32 more often than not; whatever the provider gives, they get what they asked for.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "api/native.h"
#include "api/openai/openai.h"
#include "base/digest.h"
#include "base/jsonscan.h"
#include "base/str.h"

enum { VECTOR_MAX = 65536, TREE_VALUES_MAX = 2 << 20 };

static const struct body_field fields[] = {
	{ "input", BODY_TEXT | BODY_LIST },
	{ "model", BODY_TEXT },
	{ "encoding_format", BODY_TEXT },
	{ "dimensions", BODY_INT },
	{ "user", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

static cdt_status decode(struct exchange *x)
{
	const struct json_member *input, *format;
	cdt_status st = openai_decode(x, fields);

	if (st != CDT_OK)
		return st;
	input = ask_member(&x->ask, "input");
	format = ask_member(&x->ask, "encoding_format");
	if (!input)
		return body_missing(x, "input");
	if (body_is_empty(input))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "input",
		                   "'input' must not be empty.");
	if (!format || format->type != CDT_TEXT)
		return CDT_OK;
	x->ask.wants_base64 = str_is(format->value, "\"base64\"");
	if (!x->ask.wants_base64 && !str_is(format->value, "\"float\""))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE,
		                   "encoding_format",
		                   "'encoding_format' must be \"float\" or \"base64\".");
	return CDT_OK;
}

static cdt_status canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "embed/1");

	if (!doc)
		return CDT_E_INVALID;
	openai_make_list(doc, "input");
	json_remove(doc, "encoding_format");
	*out = doc;
	return CDT_OK;
}

/* Numbers from a provider's list or base64; CDT_E_UPSTREAM when they are neither. */
static cdt_status read_vector(const struct answer_part *p, float *v, size_t *n)
{
	struct json *list;

	if (p->text.n) {
		size_t bytes = base64_decode(buf_str(&p->text), (char *)v,
		                             VECTOR_MAX * sizeof *v);

		*n = bytes / sizeof *v;
		return bytes <= VECTOR_MAX * sizeof *v ? CDT_OK : CDT_E_UPSTREAM;
	}
	list = json_parse(p->json);
	*n = json_count(list) < VECTOR_MAX ? json_count(list) : VECTOR_MAX;
	for (size_t i = 0; i < *n; i++)
		v[i] = (float)json_f64(json_at(list, i), 0);
	json_free(list);
	return *n ? CDT_OK : CDT_E_UPSTREAM;
}

static cdt_status write_base64(struct exchange *x, struct jsonw *w, const float *v, size_t n)
{
	cdt_str raw = { (const char *)v, n * sizeof *v };
	size_t room = 4 * (raw.n / 3 + 1);
	char *text = arena_take(&x->arena, room);

	if (!text)
		return CDT_E_LIMIT;
	jsonw_put_text(w, "embedding",
	               (cdt_str){ text, base64_encode(raw, false, text, room) });
	return CDT_OK;
}

static void write_floats(struct jsonw *w, const float *v, size_t n)
{
	char text[32];

	jsonw_key(w, "embedding");
	jsonw_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		/* Nine digits bring every float32 back; a double's seventeen would be no
		 * more. */
		int len = snprintf(text, sizeof text, "%.9g", (double)v[i]);

		jsonw_raw(w, (cdt_str){ text, (size_t)len });
	}
	jsonw_close(w);
}

static cdt_status write_vector(struct exchange *x, struct jsonw *w, const struct answer_part *p,
                               float *v)
{
	bool as_it_came = x->ask.wants_base64 ? p->text.n > 0 : p->json.n > 0;
	cdt_status st = CDT_OK;
	size_t n = 0;

	jsonw_open(w, '{');
	jsonw_put_z(w, "object", "embedding");
	jsonw_put_i64(w, "index", p->index);
	if (as_it_came && x->ask.wants_base64) {
		jsonw_put_text(w, "embedding", buf_str(&p->text));
	} else if (as_it_came) {
		jsonw_put_raw(w, "embedding", p->json);
	} else {
		st = read_vector(p, v, &n);
		if (st == CDT_OK && x->ask.wants_base64)
			st = write_base64(x, w, v, n);
		else if (st == CDT_OK)
			write_floats(w, v, n);
	}
	jsonw_close(w);
	return st;
}

static cdt_status whole(struct exchange *x, struct answer *a, struct buf *out)
{
	float *v = arena_take(&x->arena, VECTOR_MAX * sizeof *v);
	const struct answer_choice *c = a->choice_count ? a->choices[0] : NULL;
	cdt_status st = v && c ? CDT_OK : CDT_E_UPSTREAM;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "object", "list");
	jsonw_key(&w, "data");
	jsonw_open(&w, '[');
	for (const struct answer_part *p = c ? c->parts : NULL; st == CDT_OK && p; p = p->next)
		if (p->kind == CDT_PART_VECTOR)
			st = write_vector(x, &w, p, v);
	jsonw_close(&w);
	jsonw_put_text(&w, "model", x->ask.model);
	jsonw_key(&w, "usage");
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "prompt_tokens", x->usage.input < 0 ? 0 : x->usage.input);
	jsonw_put_i64(&w, "total_tokens", x->usage.input < 0 ? 0 : x->usage.input);
	jsonw_close(&w);
	jsonw_close(&w);
	return st == CDT_OK ? jsonw_status(&w) : st;
}

static cdt_status encode_item(struct exchange *x, struct json *item, float *v)
{
	struct json *list = json_get(item, "embedding");
	size_t n = json_count(list), room = 4 * (n * sizeof *v / 3 + 1);
	char *text;

	if (json_type(list) != CDT_LIST || n > VECTOR_MAX)
		return json_type(list) == CDT_TEXT ? CDT_OK : CDT_E_UPSTREAM;
	for (size_t i = 0; i < n; i++)
		v[i] = (float)json_f64(json_at(list, i), 0);
	text = arena_take(&x->arena, room);
	if (!text)
		return CDT_E_LIMIT;
	room = base64_encode((cdt_str){ (const char *)v, n * sizeof *v }, false, text, room);
	json_set_give(item, "embedding", json_new_text((cdt_str){ text, room }));
	return CDT_OK;
}

/* An upstream that does not know base64 answers with numbers, which the Node client would
 * silently read as zeros. */
static cdt_status relayed_whole(struct exchange *x, cdt_str body, struct buf *out)
{
	struct json *doc, *items;
	struct jsonscan scan;
	cdt_status st = CDT_OK;
	float *v;

	if (!x->ask.wants_base64)
		return native_whole(x, body, out);
	if (jsonscan_up_to(&scan, body, TREE_VALUES_MAX) != CDT_OK)
		return CDT_E_LIMIT;
	doc = json_parse(body);
	items = json_get(doc, "data");
	v = arena_take(&x->arena, VECTOR_MAX * sizeof *v);
	if (!v || json_type(items) != CDT_LIST)
		st = CDT_E_UPSTREAM;
	for (size_t i = 0; st == CDT_OK && i < json_count(items); i++)
		st = encode_item(x, json_at(items, i), v);
	if (st == CDT_OK) {
		json_set_give(doc, "model", json_new_text(x->ask.model));
		buf_add(out, json_print(doc));
	}
	json_free(doc);
	return st;
}

const struct surface openai_embeddings = {
	.path = "/v1/embeddings", .method = "POST", .op = CDT_OP_EMBED,
	.dialect = &openai_embeddings_dialect,
	.decode = decode, .canonical = canonical,
	.whole = whole, .native_whole = relayed_whole, .items = &openai_embedding_items,
};
