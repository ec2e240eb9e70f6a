/* lib_openai/image.c - what is asked of those who make and change pictures.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

static const char *const members[] = {
	"size", "quality", "style", "background", "moderation", "output_format",
	"output_compression", "input_fidelity", "user",
};

/* Written by a rule of their own, or for nobody. */
static const char ruled[] =
	"schema prompt images mask n response_format size quality style background moderation "
	"output_format output_compression input_fidelity user model stream partial_images "
	"cache_control";

static cdt_str str(const char *z) { return (cdt_str){ z, strlen(z) }; }

static cdt_status put_member(const struct asking *a, const char *name)
{
	return openai_member_put(a, str(name), cdt_get(a->req->doc, name));
}

/* Some models give base64 alone, and take the question for a mistake. */
static cdt_status put_format(const struct asking *a)
{
	cdt_val v = cdt_get(a->req->doc, "response_format");

	if (!openai_words_have(a->me->row.base64_images, a->req->model))
		return openai_member_put(a, CDT_STR("response_format"), v);
	return cdt_is(cdt_text(v), "url") ? openai_member_leave(a, CDT_STR("response_format"))
	                                  : CDT_OK;
}

static cdt_status put_members(const struct asking *a)
{
	cdt_val n = cdt_get(a->req->doc, "n");
	cdt_status st = put_format(a);

	if (st == CDT_OK && cdt_i64(n, 1) != 1)
		st = openai_member_put(a, CDT_STR("n"), n);
	for (size_t i = 0; st == CDT_OK && i < sizeof members / sizeof *members; i++)
		st = put_member(a, members[i]);
	if (st == CDT_OK && cdt_i64(cdt_get(a->req->doc, "partial_images"), 0) > 0)
		st = openai_member_leave(a, CDT_STR("partial_images"));
	return st == CDT_OK ? openai_member_unknown(a, ruled) : st;
}

/* {"image_url": {"url"}} or {"file_id"}, as JSON edits have them. */
static void put_source(struct cdt_out *o, cdt_val source)
{
	cdt_val url = cdt_get(cdt_get(source, "image_url"), "url");

	cdt_open(o, '{');
	cdt_put_val(o, "image_url", url);
	cdt_put_val(o, "file_id", cdt_get(source, "file_id"));
	cdt_close(o);
}

static void put_sources(const struct asking *a)
{
	cdt_val images = cdt_get(a->req->doc, "images"), mask = cdt_get(a->req->doc, "mask");
	size_t n = cdt_count(images);

	a->out->api->key(a->out, "images");
	cdt_open(a->out, '[');
	for (size_t i = 0; i < n; i++)
		put_source(a->out, cdt_at(images, i));
	cdt_close(a->out);
	if (cdt_type(mask) != CDT_MAP)
		return;
	a->out->api->key(a->out, "mask");
	put_source(a->out, mask);
}

cdt_status openai_image_body(const struct asking *a)
{
	bool edits = openai_where_way(a->req) == WAY_EDITS;
	cdt_status st;

	if (edits && !a->me->row.edits)
		return openai_member_refuse(a, "image", "This provider makes pictures, but "
		                                        "changes none.");
	cdt_open(a->out, '{');
	cdt_put_text(a->out, "model", a->req->model);
	cdt_put_val(a->out, "prompt", cdt_get(a->req->doc, "prompt"));
	if (edits)
		put_sources(a);
	st = put_members(a);
	cdt_close(a->out);
	return st;
}

static bool is_file(cdt_val source)
{
	return cdt_type(cdt_get(source, "blob")) == CDT_INT;
}

static bool all_files(cdt_val images, cdt_val mask)
{
	size_t n = cdt_count(images);

	for (size_t i = 0; i < n; i++)
		if (!is_file(cdt_at(images, i)))
			return false;
	return cdt_type(mask) != CDT_MAP || is_file(mask);
}

static void put_files(const struct asking *a, const struct form *f)
{
	cdt_val images = cdt_get(a->req->doc, "images");

	if (cdt_count(images) == 1)
		openai_form_put(f, CDT_STR("image"), cdt_at(images, 0));
	else
		openai_form_put(f, CDT_STR("image"), images);
	openai_form_put(f, CDT_STR("mask"), cdt_get(a->req->doc, "mask"));
}

cdt_status openai_image_form(const struct asking *a, const struct form *f)
{
	cdt_val doc = a->req->doc;
	bool url = cdt_is(cdt_text(cdt_get(doc, "response_format")), "url");
	bool base64 = openai_words_have(a->me->row.base64_images, a->req->model);
	cdt_status st = CDT_OK;

	if (!a->me->row.edits)
		return openai_member_refuse(a, "image", "This provider makes pictures, but "
		                                        "changes none.");
	if (!all_files(cdt_get(doc, "images"), cdt_get(doc, "mask")))
		return openai_member_refuse(a, "image", "Files and addresses of pictures "
		                                        "do not go together here.");
	openai_form_text(f, "model", a->req->model);
	openai_form_put(f, CDT_STR("prompt"), cdt_get(doc, "prompt"));
	put_files(a, f);
	if (base64 && url)
		st = openai_member_leave(a, CDT_STR("response_format"));
	else if (!base64)
		openai_form_put(f, CDT_STR("response_format"), cdt_get(doc, "response_format"));
	if (cdt_i64(cdt_get(doc, "n"), 1) != 1)
		openai_form_put(f, CDT_STR("n"), cdt_get(doc, "n"));
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (openai_member_goes(a, str(members[i])))
			openai_form_put(f, str(members[i]), cdt_get(doc, members[i]));
	return st;
}
