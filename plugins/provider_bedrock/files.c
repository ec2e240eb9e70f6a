/* provider_bedrock/files.c - pictures, documents, sound and films as bytes, or by their place
 * in S3.  Nothing is fetched here: addresses were replaced by what is there.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 180, NAMES_MAX = 64, ENDING_MAX = 8 };

/* By the ending of a name and by the media type.  The first of a kind is what it is called. */
static const struct kind { const char *ending, *type, *block, *format; } kinds[] = {
	{ "csv", "text/csv", "document", "csv" },
	{ "doc", "application/msword", "document", "doc" },
	{ "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	  "document", "docx" },
	{ "htm", "text/html", "document", "html" },
	{ "html", "text/html", "document", "html" },
	{ "markdown", "text/markdown", "document", "md" },
	{ "md", "text/markdown", "document", "md" },
	{ "pdf", "application/pdf", "document", "pdf" },
	{ "txt", "text/plain", "document", "txt" },
	{ "xls", "application/vnd.ms-excel", "document", "xls" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	  "document", "xlsx" },
	{ "gif", "image/gif", "image", "gif" },
	{ "jpeg", "image/jpeg", "image", "jpeg" },
	{ "jpg", "image/jpg", "image", "jpeg" },
	{ "png", "image/png", "image", "png" },
	{ "webp", "image/webp", "image", "webp" },
	{ "3gp", "video/3gpp", "video", "three_gp" },
	{ "flv", "video/x-flv", "video", "flv" },
	{ "mkv", "video/x-matroska", "video", "mkv" },
	{ "mov", "video/quicktime", "video", "mov" },
	{ "mp4", "video/mp4", "video", "mp4" },
	{ "mpeg", "video/mpeg", "video", "mpeg" },
	{ "mpg", "video/mpg", "video", "mpg" },
	{ "webm", "video/webm", "video", "webm" },
	{ "wmv", "video/x-ms-wmv", "video", "wmv" },
	{ "aac", "audio/aac", "audio", "aac" },
	{ "flac", "audio/flac", "audio", "flac" },
	{ "m4a", "audio/mp4", "audio", "m4a" },
	{ "mp3", "audio/mpeg", "audio", "mp3" },
	{ "ogg", "audio/ogg", "audio", "ogg" },
	{ "opus", "audio/opus", "audio", "opus" },
	{ "wav", "audio/wav", "audio", "wav" },
};

static const struct kind *by_type(cdt_str type)
{
	static const char *const texts[] = {
		"text/", "application/json", "application/xml", "application/yaml",
		"application/x-ndjson",
	};
	int text = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (cdt_is(type, kinds[i].type))
			return &kinds[i];
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		text |= words_begin(type, texts[i]);
	for (size_t i = 0; text && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].format, "txt") == 0)
			return &kinds[i];
	return NULL;
}

static const struct kind *by_ending(cdt_str name)
{
	char small[ENDING_MAX];
	size_t n = 0;

	while (n < name.n && n < sizeof small && name.p[name.n - 1 - n] != '.')
		n++;
	if (n == name.n || n == sizeof small)
		return NULL;
	for (size_t i = 0; i < n; i++)
		small[i] = bedrock_lower(name.p[name.n - n + i]);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (cdt_is((cdt_str){ small, n }, kinds[i].ending))
			return &kinds[i];
	return NULL;
}

/* Letters, digits, single blanks, -()[] are taken; others become '-', blanks never double. */
static size_t fit_name(char *out, cdt_str name)
{
	size_t n = 0, end = name.n;

	while (end && name.p[end - 1] != '.')           /* without its ending */
		end--;
	end = end ? end - 1 : name.n;
	for (size_t i = 0; i < end && n < NAME_MAX_BYTES; i++) {
		char c = name.p[i];
		int letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
		             || (c >= 'a' && c <= 'z') || (c && strchr("-()[]", c));

		if (letter)
			out[n++] = c;
		else if (strchr(" \t", c) && c && n && out[n - 1] != ' ')
			out[n++] = ' ';
		else if (n == 0 || (out[n - 1] != '-' && out[n - 1] != ' '))
			out[n++] = '-';
	}
	while (n && out[n - 1] == ' ')
		n--;
	return n;
}

/* Their names must differ in a request: the first has its own, the others a number, too. */
static void put_name(struct draft *d, cdt_str name)
{
	char text[NAME_MAX_BYTES + 16];
	size_t n = fit_name(text, name);

	d->file_count++;
	if (n == 0) {
		memcpy(text, "document", 8);
		n = 8;
	}
	if (d->file_count == 1)
		d->first_file = words_join(d->call, &(cdt_str){ text, n }, 1);
	else
		n += (size_t)snprintf(text + n, sizeof text - n, " %zu",
		                      d->file_count % 100000);
	if (d->file_count > 1 && words_same((cdt_str){ text, n }, d->first_file))
		text[n++] = '-';                /* it had that very number in its name */
	cdt_put_text(d->o, "name", (cdt_str){ text, n });
}

/* member: "bytes", or an address in S3. */
static void put_source(struct draft *d, const char *member, cdt_str value)
{
	struct cdt_out *o = d->o;

	o->api->key(o, "source");
	cdt_open(o, '{');
	if (strcmp(member, "bytes") == 0) {
		cdt_put_text(o, member, value);
	} else {
		o->api->key(o, "s3Location");
		cdt_open(o, '{');
		cdt_put_text(o, "uri", value);
		cdt_close(o);
	}
	cdt_close(o);
}

static void write_block(struct draft *d, const struct kind *k, cdt_str name, const char *member,
                        cdt_str value)
{
	int document = strcmp(k->block, "document") == 0;

	bedrock_block_begin(d, k->block);
	cdt_put_text(d->o, "format", words_z(k->format));
	if (document)
		put_name(d, name);
	put_source(d, member, value);
	bedrock_block_end(d);
	if (document && d->turns.place != PLACE_RESULT)
		d->turn_has_file = 1;
}

static void write_inlined(struct draft *d, const struct inlined *in, cdt_str name)
{
	const char *image = words_begin(in->type, "image/") ? bedrock_image_kind(in) : NULL;
	const struct kind *k = image ? NULL : by_type(in->type);
	struct kind picture = { "", "", "image", image };
	cdt_str bytes = bedrock_base64(d->self, d->call, in);

	if (!k && !image)
		k = by_ending(name);
	if (!bytes.p)
		bedrock_refuse(d, CDT_E_LIMIT, "messages", "A file is too large.");
	else if (!k && !image)
		bedrock_refuse(d, CDT_E_UNSUPPORTED, "messages", "This provider takes PDF, "
		               "Word, Excel, HTML, text, JPEG, PNG, GIF, WebP, and common "
		               "kinds of sound and films.");
	else
		write_block(d, image ? &picture : k, name, "bytes", bytes);
}

static void write_stored(struct draft *d, cdt_str uri)
{
	const struct kind *k = by_ending(uri);
	cdt_str name = uri;

	while (words_hold(name, "/"))
		(void)bedrock_cut(&name, '/');
	if (k)
		write_block(d, k, name, "s3Location", uri);
	else
		bedrock_refuse(d, CDT_E_INVALID, "messages",
		               "What kind of file an s3: address names must be told by its "
		               "ending.");
}

void bedrock_write_image(struct draft *d, cdt_val part)
{
	cdt_str url = cdt_text(cdt_get(cdt_get(part, "image_url"), "url"));
	struct inlined in;

	if (bedrock_inlined(url, &in))
		write_inlined(d, &in, CDT_STR(""));
	else if (words_begin(url, "s3://"))
		write_stored(d, url);
	else
		bedrock_refuse(d, CDT_E_INVALID, "messages", "This provider can not fetch "
		               "pictures: 'image_url' must be a data: URL.");
}

void bedrock_write_file(struct draft *d, cdt_val part)
{
	cdt_val file = cdt_get(part, "file");
	cdt_str id = cdt_text(cdt_get(file, "file_id"));
	cdt_str bytes = cdt_text(cdt_get(file, "file_data"));
	cdt_str name = cdt_text(cdt_get(file, "filename"));
	struct inlined in = { CDT_STR("application/pdf"), bytes, 1 };

	if (bedrock_inlined(bytes, &in) || words_begin(bytes, "JVBERi0"))
		write_inlined(d, &in, name);                /* "%PDF-" without its data: */
	else if (words_begin(id, "s3://"))
		write_stored(d, id);
	else
		bedrock_refuse(d, CDT_E_INVALID, "messages", "This provider keeps no uploaded "
		               "files: 'file' needs file_data with a data: URL.");
}

void bedrock_write_audio(struct draft *d, cdt_val part)
{
	cdt_val sound = cdt_get(part, "input_audio");
	cdt_str format = cdt_text(cdt_get(sound, "format"));
	cdt_str name = words_join(d->call, (cdt_str[]){ CDT_STR("."), format }, 2);
	const struct kind *k = by_ending(name);

	if (k && strcmp(k->block, "audio") == 0)
		write_block(d, k, CDT_STR(""), "bytes", cdt_text(cdt_get(sound, "data")));
	else
		bedrock_refuse(d, CDT_E_UNSUPPORTED, "messages",
		               "The format of 'input_audio' must be wav, mp3, ogg, opus, flac, "
		               "aac or m4a.");
}
