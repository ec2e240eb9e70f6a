/* api/openai/images.c - POST /v1/images/generations and /v1/images/edits: what they take.
 * Edits come as a form or as JSON.  Answers are in pictures.c.
 * SPDX-License-Identifier: MIT */
#include "api/openai/pictures.h"
#include "base/str.h"

enum { PICTURES_MAX = 10, SOURCES_MAX = 16 };

#define SHARED_FIELDS \
	{ "prompt", BODY_TEXT }, \
	{ "model", BODY_TEXT }, \
	{ "n", BODY_INT }, \
	{ "size", BODY_TEXT }, \
	{ "quality", BODY_TEXT }, \
	{ "background", BODY_TEXT }, \
	{ "response_format", BODY_TEXT }, \
	{ "output_format", BODY_TEXT }, \
	{ "output_compression", BODY_INT }, \
	{ "partial_images", BODY_INT }, \
	{ "stream", BODY_FLAG }, \
	{ "user", BODY_TEXT }, \
	{ "routing", BODY_MAP }, \
	{ "cache_control", BODY_MAP }

static const struct body_field fields[] = {
	SHARED_FIELDS,
	{ "moderation", BODY_TEXT },
	{ "style", BODY_TEXT },
	{ NULL, 0 },
};
static const struct body_field edit_fields[] = {
	SHARED_FIELDS,
	{ "image", BODY_LIST | BODY_FILE },
	{ "images", BODY_LIST },
	{ "mask", BODY_MAP | BODY_FILE },
	{ "input_fidelity", BODY_TEXT },
	{ NULL, 0 },
};

static cdt_status check(struct exchange *x)
{
	static const char *const formats[] = { "url", "b64_json", NULL };
	const struct json_member *prompt = ask_member(&x->ask, "prompt");

	if (!prompt || body_is_empty(prompt))
		return body_missing(x, "prompt");
	if (body_check_range(x, "n", 1, PICTURES_MAX) != CDT_OK ||
	    body_check_range(x, "output_compression", 0, 100) != CDT_OK ||
	    body_check_range(x, "partial_images", 0, 3) != CDT_OK)
		return CDT_E_INVALID;
	return body_check_word(x, "response_format", formats);
}

static cdt_status decode(struct exchange *x)
{
	cdt_status st = openai_decode(x, fields);

	return st == CDT_OK ? check(x) : st;
}

static cdt_status decode_edits(struct exchange *x)
{
	const char *name = openai_is_form(x) ? "image" : "images";
	const struct json_member *sources;
	cdt_status st;

	st = openai_is_form(x) ? openai_decode_form(x, edit_fields)
	                       : openai_decode(x, edit_fields);
	if (st != CDT_OK)
		return st;
	sources = ask_member(&x->ask, name);
	if (!sources || body_is_empty(sources))
		return body_missing(x, name);
	return check(x);
}

/* --- canonical --- */

static struct json *new_map_of(const char *member, struct json *value)
{
	struct json *map = json_new_map();

	json_set_give(map, member, value);
	return map;
}

/* {"image_url": "https://..."} or {"image_url": {"url"}} or {"file_id"}, in our words; NULL:
 * something else.  Numbers of files are never the client's own. */
static struct json *source_of(const struct json *said)
{
	const struct json *url = json_get(said, "image_url");
	cdt_str id = json_text(json_get(said, "file_id")), text = json_text(url);

	if (json_type(url) == CDT_MAP)
		text = json_text(json_get(url, "url"));
	if (text.n)
		return new_map_of("image_url", new_map_of("url", json_new_text(text)));
	return id.n ? new_map_of("file_id", json_new_text(id)) : NULL;
}

static cdt_status bad_source(struct exchange *x, const char *member)
{
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, member,
	                   "'%s' must be given as {\"image_url\": an https: or data: URL} or "
	                   "{\"file_id\"}, or as files of a form.", member);
}

/* JSON's pictures; a form has them in order already. */
static cdt_status normalise_sources(struct exchange *x, struct json *doc)
{
	struct json *said = json_take(doc, "images"), *mask = json_take(doc, "mask");
	struct json *list = json_new_list(), *one;
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < json_count(said); i++) {
		one = source_of(json_at(said, i));
		if (one)
			json_push_give(list, one);
		else
			st = bad_source(x, "images");
	}
	json_set_give(doc, "images", list);
	one = st == CDT_OK && mask ? source_of(mask) : NULL;
	if (one)
		json_set_give(doc, "mask", one);
	else if (st == CDT_OK && mask)
		st = bad_source(x, "mask");
	json_free(said);
	json_free(mask);
	return st;
}

static cdt_status normalise(struct exchange *x, struct json *doc)
{
	json_set_give(doc, "n", json_new_i64(x->ask.n));
	if (x->surface != &openai_edits)
		return CDT_OK;
	if (!x->ask.form.n)
		return normalise_sources(x, doc);
	json_set_give(doc, "images", json_take(doc, "image"));
	return CDT_OK;
}

static cdt_status canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "image/1");
	cdt_status st = doc ? normalise(x, doc) : CDT_E_INVALID;

	if (st == CDT_OK && json_count(json_get(doc, "images")) > SOURCES_MAX)
		st = problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "image",
		                 "There may be at most %d pictures.", SOURCES_MAX);
	if (st == CDT_OK)
		*out = doc;
	else
		json_free(doc);
	return st;
}

const struct surface openai_images = {
	.path = "/v1/images/generations", .method = "POST", .op = CDT_OP_IMAGE,
	.flags = SURFACE_WHOLE_TOO, .dialect = &openai_images_dialect,
	.decode = decode, .canonical = canonical,
	.whole = pictures_whole, .native_whole = pictures_native_whole,
	.event = pictures_event, .native_frame = pictures_native_frame,
	.stream_end = pictures_end,
};
const struct surface openai_edits = {
	.path = "/v1/images/edits", .method = "POST", .op = CDT_OP_IMAGE,
	.flags = SURFACE_WHOLE_TOO, .dialect = &openai_edits_dialect,
	.decode = decode_edits, .canonical = canonical,
	.whole = pictures_whole, .native_whole = pictures_native_whole,
	.event = pictures_event, .native_frame = pictures_native_frame,
	.stream_end = pictures_end,
};
