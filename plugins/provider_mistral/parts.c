/* provider_mistral/parts.c - one part of a message in Mistral's shape: pictures, documents that
 * its own reading turns into text, sound.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

cdt_str mistral_glued(struct cdt_call *call, const cdt_str *pieces, size_t count)
{
	size_t n = 0;
	char *out;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	out = call->api->scratch(call, n + 1);
	n = 0;
	for (size_t i = 0; out && i < count; i++) {
		if (pieces[i].n)
			memcpy(out + n, pieces[i].p, pieces[i].n);
		n += pieces[i].n;
	}
	return (cdt_str){ out, out ? n : 0 };
}

static bool begins(cdt_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* A picture that came as a file is a picture all the same. */
static cdt_status put_file(const struct asking *a, cdt_val file)
{
	struct cdt_out *o = a->out;
	cdt_str bytes = cdt_text(cdt_get(file, "file_data"));
	cdt_str name = cdt_text(cdt_get(file, "filename"));

	if (!bytes.n && !cdt_text(cdt_get(file, "file_id")).n)
		return openai_member_refuse(a, "messages", "A file without data and id.");
	cdt_open(o, '{');
	if (!bytes.n) {
		cdt_put_text(o, "type", CDT_STR("file"));
		cdt_put_val(o, "file_id", cdt_get(file, "file_id"));
	} else if (begins(bytes, "data:image/")) {
		cdt_put_text(o, "type", CDT_STR("image_url"));
		cdt_put_text(o, "image_url", bytes);
	} else {
		cdt_put_text(o, "type", CDT_STR("document_url"));
		cdt_put_text(o, "document_url", bytes);
		if (name.n)
			cdt_put_text(o, "document_name", name);
	}
	cdt_close(o);
	return CDT_OK;
}

static cdt_status put_picture(const struct asking *a, cdt_val part)
{
	cdt_val image = cdt_get(part, "image_url");
	cdt_str url = cdt_type(image) == CDT_TEXT ? cdt_text(image)
	                                          : cdt_text(cdt_get(image, "url"));

	if (!begins(url, "https://") && !begins(url, "http://") && !begins(url, "data:")) {
		(void)openai_member_refuse(a, "messages",
		                           "A picture is an http, https or data URL.");
		return CDT_E_INVALID;
	}
	cdt_open(a->out, '{');
	cdt_put_text(a->out, "type", CDT_STR("image_url"));
	a->out->api->key(a->out, "image_url");
	cdt_open(a->out, '{');
	cdt_put_text(a->out, "url", url);
	cdt_put_val(a->out, "detail", cdt_get(image, "detail"));
	cdt_close(a->out);
	cdt_close(a->out);
	return CDT_OK;
}

static void put_text(struct cdt_out *o, cdt_str text)
{
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("text"));
	cdt_put_text(o, "text", text);
	cdt_close(o);
}

static void put_sound(struct cdt_out *o, cdt_val sound)
{
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("input_audio"));
	cdt_put_text(o, "input_audio", cdt_type(sound) == CDT_TEXT
	                               ? cdt_text(sound) : cdt_text(cdt_get(sound, "data")));
	cdt_close(o);
}

static void put_thought(struct cdt_out *o, cdt_val part)
{
	cdt_str signature = cdt_text(cdt_get(part, "signature"));

	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("thinking"));
	o->api->key(o, "thinking");
	cdt_open(o, '[');
	put_text(o, cdt_text(cdt_get(part, "text")));
	cdt_close(o);
	if (signature.n)
		cdt_put_text(o, "signature", signature);
	cdt_close(o);
}

cdt_status mistral_part(const struct asking *a, cdt_val part)
{
	struct cdt_out *o = a->out;

	if (mistral_type_is(part, "text"))
		put_text(o, cdt_text(cdt_get(part, "text")));
	else if (mistral_type_is(part, "refusal"))
		put_text(o, cdt_text(cdt_get(part, "refusal")));
	else if (mistral_type_is(part, "reasoning"))
		put_thought(o, part);
	else if (mistral_type_is(part, "input_audio"))
		put_sound(o, cdt_get(part, "input_audio"));
	else if (mistral_type_is(part, "document_url") || mistral_type_is(part, "reference"))
		o->api->val(o, part);                      /* its own kinds */
	else if (mistral_type_is(part, "file"))
		return put_file(a, cdt_get(part, "file"));
	else if (mistral_type_is(part, "image_url"))
		return put_picture(a, part);
	else
		return openai_member_refuse(a, "messages",
		                            "Mistral takes no such part of a message.");
	return CDT_OK;
}
