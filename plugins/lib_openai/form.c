/* lib_openai/form.c - multipart bodies: sounds to write down, pictures to edit.  Files go out
 * under the names and types that they came with.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { FIELD_MAX_N = 128 };

bool openai_form_wanted(const struct cdt_request *req)
{
	return req->op == CDT_OP_TRANSCRIBE || (req->op == CDT_OP_IMAGE && req->blob_count > 0);
}

static const char *field_name(char name[FIELD_MAX_N], cdt_str key, const char *end)
{
	size_t n = key.n < FIELD_MAX_N - 4 ? key.n : FIELD_MAX_N - 4;

	if (n)
		memcpy(name, key.p, n);
	memcpy(name + n, end, strlen(end) + 1);
	return name;
}

static const struct cdt_blob *blob_of(const struct cdt_request *req, cdt_val v)
{
	int64_t number = cdt_type(v) == CDT_MAP ? cdt_i64(cdt_get(v, "blob"), -1) : -1;

	return number < 0 || (size_t)number >= req->blob_count ? NULL : &req->blobs[number];
}

static void put_one(const struct form *f, const char *name, cdt_val v)
{
	const struct cdt_blob *b = blob_of(f->req, v);
	const struct cdt_http_out_api *api = f->http->api;

	if (b)
		api->part(f->http, name, b->filename.n ? b->filename : CDT_STR("file"), b->type,
		          b->data);
	else if (cdt_type(v) == CDT_TEXT)
		api->part(f->http, name, CDT_STR(""), CDT_STR(""), cdt_text(v));
	else if (cdt_type(v) > CDT_NULL)
		api->part(f->http, name, CDT_STR(""), CDT_STR(""), v.api->raw(v));
}

void openai_form_text(const struct form *f, const char *name, cdt_str text)
{
	f->http->api->part(f->http, name, CDT_STR(""), CDT_STR(""), text);
}

void openai_form_put(const struct form *f, cdt_str key, cdt_val v)
{
	bool list = cdt_type(v) == CDT_LIST;
	bool marked = key.n > 2 && key.p[key.n - 1] == ']';
	char name[FIELD_MAX_N];
	size_t n = list ? cdt_count(v) : 0;

	field_name(name, key, list && !marked ? "[]" : "");
	if (!list)
		put_one(f, name, v);
	for (size_t i = 0; i < n; i++)
		put_one(f, name, cdt_at(v, i));
}

/* A field that came more than once comes more than once. */
static void put_again(const struct form *f, cdt_str key, cdt_val v)
{
	size_t n = cdt_type(v) == CDT_LIST ? cdt_count(v) : 0;
	char name[FIELD_MAX_N];

	field_name(name, key, "");
	if (cdt_type(v) != CDT_LIST)
		put_one(f, name, v);
	for (size_t i = 0; i < n; i++)
		put_one(f, name, cdt_at(v, i));
}

void openai_form_native(const struct form *f)
{
	cdt_val doc = f->req->doc, v;
	cdt_str key;

	openai_form_text(f, "model", f->req->model);
	for (size_t it = 0; doc.api->next(doc, &it, &key, &v);)
		if (!cdt_is(key, "model"))
			put_again(f, key, v);
}
