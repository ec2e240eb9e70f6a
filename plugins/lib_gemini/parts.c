/* lib_gemini/parts.c - one part of a message becomes one part, or none: texts, pictures, sound,
 * films and documents.  data: URLs are taken apart; addresses are passed on, for the gateway
 * has fetched what Google would not.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

/* data:TYPE;base64,BYTES */
struct inlined { cdt_str type, bytes; };

static int read_inlined(cdt_str url, struct inlined *out)
{
	cdt_str head = words_after(url, sizeof "data:" - 1);
	size_t comma = words_find(head, CDT_STR(","));

	if (!words_begin(url, "data:") || comma == head.n)
		return 0;
	out->bytes = words_after(head, comma + 1);
	head.n = comma;
	if (!words_end(head, ";base64"))
		return 0;
	out->type = (cdt_str){ head.p, words_find(head, CDT_STR(";")) };
	return 1;
}

/* The first base64 letters of a picture tell its kind better than many clients do. */
static const struct { const char *letters, *type; } magics[] = {
	{ "/9j/", "image/jpeg" },
	{ "JVBERi0", "application/pdf" },
	{ "UklGR", "image/webp" },
	{ "iVBORw0KGgo", "image/png" },
};

static cdt_str type_of(const struct inlined *in)
{
	int vague = in->type.n == 0 || words_begin(in->type, "image/")
	            || cdt_is(in->type, "application/octet-stream");

	for (size_t i = 0; vague && i < sizeof magics / sizeof magics[0]; i++)
		if (words_begin(in->bytes, magics[i].letters))
			return words_z(magics[i].type);
	if (cdt_is(in->type, "image/jpg"))
		return CDT_STR("image/jpeg");
	return in->type.n ? in->type : CDT_STR("application/octet-stream");
}

static void put_inline(struct draft *d, cdt_str type, cdt_str base64)
{
	d->o->api->key(d->o, "inlineData");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "mimeType", type);
	cdt_put_text(d->o, "data", base64);
	cdt_close(d->o);
}

static const struct { const char *ending, *type; } endings[] = {
	{ ".gif", "image/gif" }, { ".heic", "image/heic" }, { ".jpeg", "image/jpeg" },
	{ ".jpg", "image/jpeg" }, { ".mov", "video/mov" }, { ".mp3", "audio/mp3" },
	{ ".mp4", "video/mp4" }, { ".mpeg", "video/mpeg" }, { ".pdf", "application/pdf" },
	{ ".png", "image/png" }, { ".txt", "text/plain" }, { ".wav", "audio/wav" },
	{ ".webm", "video/webm" }, { ".webp", "image/webp" },
};

static int is_film_page(cdt_str url)
{
	return words_hold(url, "youtube.com/") || words_hold(url, "youtu.be/");
}

/* Vertex wants to be told the kind; AI Studio knows it of its own files. */
static const char *guess(const struct draft *d, cdt_str url, const char *other)
{
	url.n = words_find(url, CDT_STR("?"));
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (words_end(url, endings[i].ending))
			return endings[i].type;
	if (!d->self->home->is_vertex)
		return NULL;
	return is_film_page(url) ? "video/mp4" : other;
}

static void put_address(struct draft *d, cdt_str url, const char *type)
{
	d->o->api->key(d->o, "fileData");
	cdt_open(d->o, '{');
	if (type)
		cdt_put_text(d->o, "mimeType", words_z(type));
	cdt_put_text(d->o, "fileUri", url);
	cdt_close(d->o);
}

static int put_url(struct draft *d, cdt_str url, const char *other)
{
	struct inlined in;

	if (read_inlined(url, &in))
		put_inline(d, type_of(&in), in.bytes);
	else if (words_begin(url, "https://") || words_begin(url, "http://")
	         || words_begin(url, "gs://"))
		put_address(d, url, guess(d, url, other));
	else
		return 0;
	return 1;
}

static int put_audio(struct draft *d, cdt_val audio)
{
	cdt_str format = cdt_text(cdt_get(audio, "format"));
	cdt_str bytes = cdt_text(cdt_get(audio, "data"));

	if (bytes.n == 0)
		return 0;
	format = format.n ? format : CDT_STR("wav");
	put_inline(d, words_join(d->call, (cdt_str[]){ CDT_STR("audio/"), format }, 2), bytes);
	return 1;
}

static int put_file(struct draft *d, cdt_val file)
{
	cdt_str id = cdt_text(cdt_get(file, "file_id"));
	cdt_str bytes = cdt_text(cdt_get(file, "file_data"));

	if (words_begin(bytes, "JVBERi0")) {          /* "%PDF-" without its data: */
		put_inline(d, CDT_STR("application/pdf"), bytes);
		return 1;
	}
	if (bytes.n)
		return put_url(d, bytes, "application/pdf");
	if (words_begin(id, "files/"))
		id = words_join(d->call, (cdt_str[]){
			CDT_STR("https://generativelanguage.googleapis.com/v1beta/"), id }, 2);
	return put_url(d, id, "application/pdf");
}

/* What stands in a part's member of the same name. */
static int put_media(struct draft *d, cdt_str type, cdt_val part)
{
	if (cdt_is(type, "image_url"))
		return put_url(d, cdt_text(cdt_get(cdt_get(part, "image_url"), "url")),
		               "image/jpeg");
	if (cdt_is(type, "video_url"))
		return put_url(d, cdt_text(cdt_get(cdt_get(part, "video_url"), "url")),
		               "video/mp4");
	if (cdt_is(type, "input_audio"))
		return put_audio(d, cdt_get(part, "input_audio"));
	return put_file(d, cdt_get(part, "file"));
}

static int is_media(cdt_str type)
{
	static const char *const types[] = { "file", "image_url", "input_audio", "video_url" };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (cdt_is(type, types[i]))
			return 1;
	return 0;
}

int gemini_write_media(struct draft *d, cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));

	if (!is_media(type))
		return 0;
	cdt_open(d->o, '{');
	if (!put_media(d, type, part))
		gemini_refuse(d, CDT_E_INVALID, "messages", "Pictures and files must come as "
		              "https: or gs: addresses, as base64 in data: URLs, or by the id "
		              "of a file at Google.");
	cdt_close(d->o);
	return 1;
}

int gemini_is_inlined(cdt_val part, cdt_str *type)
{
	struct inlined in;
	cdt_str kind = cdt_text(cdt_get(part, "type")), url;

	url = cdt_is(kind, "file") ? cdt_text(cdt_get(cdt_get(part, "file"), "file_data"))
	                           : cdt_text(cdt_get(cdt_get(part, "image_url"), "url"));
	if (!is_media(kind) || !read_inlined(url, &in))
		return 0;
	*type = type_of(&in);
	return 1;
}

void gemini_write_inline(struct draft *d, cdt_str url)
{
	cdt_open(d->o, '{');
	if (!put_url(d, url, "image/jpeg"))
		gemini_refuse(d, CDT_E_INVALID, "image",
		              "A picture must be an https: address or a data: URL.");
	cdt_close(d->o);
}

void gemini_write_part(struct draft *d, char role, cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));

	if (cdt_is(type, "text")) {
		gemini_write_text(d, role, cdt_text(cdt_get(part, "text")));
	} else if (cdt_is(type, "refusal")) {
		gemini_write_text(d, role, cdt_text(cdt_get(part, "refusal")));
	} else if (is_media(type)) {
		gemini_turn(d, role);
		(void)gemini_write_media(d, part);      /* it is one, as just asked */
	} else if (!cdt_is(type, "reasoning")) {
		gemini_refuse(d, CDT_E_INVALID, "messages", "The type of a message's part must "
		              "be text, image_url, input_audio, video_url, file, refusal or "
		              "reasoning.");
	}
}
