/* lib_gemini/blob.c - an uploaded file as a part, in base64.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <stdlib.h>

/* The file may be larger than what a call may keep: the heap holds it until it is written. */
static void put_base64(struct draft *d, cdt_str bytes)
{
	char *p = malloc(bytes.n / 3 * 4 + 8);
	size_t n;

	if (!p) {
		gemini_refuse(d, CDT_E_NOMEM, "", "The file is too large.");
		return;
	}
	p[0] = '"';
	n = gemini_base64(bytes, p + 1);
	p[n + 1] = '"';
	d->o->api->bytes(d->o, (cdt_str){ p, n + 2 });
	free(p);
}

void gemini_write_blob(struct draft *d, cdt_val number, const char *param, cdt_str type)
{
	int64_t i = cdt_i64(number, -1);
	const struct cdt_blob *b = i >= 0 && (uint64_t)i < d->req->blob_count
	                           ? &d->req->blobs[i] : NULL;
	struct cdt_out *o = d->o;

	if (!b) {
		gemini_refuse(d, CDT_E_INVALID, param, "A file of the form is missing.");
		return;
	}
	cdt_open(o, '{');
	o->api->key(o, "inlineData");
	cdt_open(o, '{');
	cdt_put_text(o, "mimeType", type.n ? type : b->type);
	o->api->key(o, "data");
	put_base64(d, b->data);
	if (d->status != CDT_OK)
		o->api->text(o, CDT_STR(""));
	cdt_close(o);
	cdt_close(o);
}

void gemini_put_list(struct draft *d, const char *key, const char *const *words)
{
	d->o->api->key(d->o, key);
	cdt_open(d->o, '[');
	for (size_t i = 0; words[i]; i++)
		d->o->api->text(d->o, words_z(words[i]));
	cdt_close(d->o);
}
