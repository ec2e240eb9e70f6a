/* lib_anthropic/files.c - images and documents: data: URLs are taken apart, addresses and
 * ids of uploaded files are passed on.  Nothing is fetched here.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

/* data:TYPE;base64,BYTES or data:TYPE,TEXT */
struct inlined { cdt_str type, bytes; int base64; };

static int read_inlined(cdt_str url, struct inlined *out)
{
	cdt_str head = words_after(url, sizeof "data:" - 1);
	size_t comma = words_find(head, CDT_STR(",")), semicolon;

	if (!words_begin(url, "data:") || comma == head.n)
		return 0;
	out->bytes = words_after(head, comma + 1);
	head.n = comma;
	semicolon = words_find(head, CDT_STR(";"));
	out->base64 = head.n >= 7 && memcmp(head.p + head.n - 7, ";base64", 7) == 0;
	out->type = (cdt_str){ head.p, semicolon };
	return 1;
}

/* A media type that does not match the bytes is refused, and clients often guess it: the
 * first base64 letters of the four kinds tell better. */
static const struct { const char *letters, *type; } magics[] = {
	{ "/9j/", "image/jpeg" },
	{ "R0lGOD", "image/gif" },
	{ "UklGR", "image/webp" },
	{ "iVBORw0KGgo", "image/png" },
};

static const char *image_type(const struct inlined *in)
{
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (words_begin(in->bytes, magics[i].letters))
			return magics[i].type;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (cdt_is(in->type, magics[i].type))
			return magics[i].type;
	return cdt_is(in->type, "image/jpg") ? "image/jpeg" : NULL;
}

static void put_source(struct draft *d, const char *kind, const char *media, const char *member,
                       cdt_str value)
{
	d->o->api->key(d->o, "source");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", words_z(kind));
	if (media)
		cdt_put_text(d->o, "media_type", words_z(media));
	cdt_put_text(d->o, member, value);
	cdt_close(d->o);
}

static void put_title(struct draft *d, cdt_val file)
{
	cdt_str title = cdt_text(cdt_get(file, "filename"));

	if (!words_blank(title))
		cdt_put_text(d->o, "title", title);
}

static void write_inlined_image(struct draft *d, const struct inlined *in, cdt_val mark)
{
	const char *type = image_type(in);

	if (!type || !in->base64) {
		anthropic_refuse(d, CDT_E_INVALID, "messages", "An image must be a JPEG, "
		                 "PNG, GIF or WebP, by https: or in base64.");
		return;
	}
	anthropic_block_begin(d, "image");
	put_source(d, "base64", type, "data", in->bytes);
	anthropic_block_end(d, mark);
}

static void write_pdf(struct draft *d, cdt_str base64, cdt_val part)
{
	anthropic_block_begin(d, "document");
	put_source(d, "base64", "application/pdf", "data", base64);
	put_title(d, cdt_get(part, "file"));
	anthropic_block_end(d, cdt_get(part, "cache_control"));
}

void anthropic_write_image(struct draft *d, cdt_val part)
{
	cdt_str url = cdt_text(cdt_get(cdt_get(part, "image_url"), "url"));
	struct inlined in;

	if (read_inlined(url, &in)) {
		if (cdt_is(in.type, "application/pdf"))
			write_pdf(d, in.bytes, part);
		else
			write_inlined_image(d, &in, cdt_get(part, "cache_control"));
	} else if (d->self->where != CLAUDE_AT_HOME) {
		anthropic_refuse(d, CDT_E_INVALID, "messages",
		                 "Claude fetches no pictures here: send a data: URL.");
	} else if (words_begin(url, "https://") || words_begin(url, "http://")) {
		anthropic_block_begin(d, "image");
		put_source(d, "url", NULL, "url", url);
		anthropic_block_end(d, cdt_get(part, "cache_control"));
	} else {
		anthropic_refuse(d, CDT_E_INVALID, "messages",
		                 "'image_url' must be an https: or a data: URL.");
	}
}

static int is_textual(cdt_str type)
{
	return words_begin(type, "text/") || cdt_is(type, "application/json")
	       || cdt_is(type, "application/xml") || cdt_is(type, "application/yaml")
	       || cdt_is(type, "application/x-ndjson");
}

/* {NULL,0}: can not be decoded here. */
static cdt_str decoded(struct draft *d, const struct inlined *in)
{
	char *out = d->call->api->scratch(d->call, in->bytes.n + 1);
	size_t n;

	if (!out || (in->base64 && !d->self->crypto))
		return (cdt_str){ NULL, 0 };
	if (!in->base64)
		return words_unpercent(in->bytes, out);
	n = d->self->crypto->unbase64(in->bytes, out, in->bytes.n);
	return n <= in->bytes.n ? (cdt_str){ out, n } : (cdt_str){ NULL, 0 };
}

static void write_plain(struct draft *d, const struct inlined *in, cdt_val part)
{
	cdt_str text = decoded(d, in);

	if (!text.p) {
		anthropic_refuse(d, CDT_E_INVALID, "messages",
		                 "'file_data' is not base64, or too large.");
		return;
	}
	if (words_blank(text))
		return;
	anthropic_block_begin(d, "document");
	put_source(d, "text", "text/plain", "data", text);
	put_title(d, cdt_get(part, "file"));
	anthropic_block_end(d, cdt_get(part, "cache_control"));
}

static void write_uploaded(struct draft *d, cdt_str id, cdt_val part)
{
	static const char *const endings[] = { ".png", ".jpg", ".jpeg", ".gif", ".webp" };
	cdt_str name = cdt_text(cdt_get(cdt_get(part, "file"), "filename"));
	const char *block = "document";

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t n = strlen(endings[i]);

		if (name.n > n && memcmp(name.p + name.n - n, endings[i], n) == 0)
			block = "image";
	}
	d->files_beta = 1;
	anthropic_block_begin(d, block);
	put_source(d, "file", NULL, "file_id", id);
	anthropic_block_end(d, cdt_get(part, "cache_control"));
}

void anthropic_write_file(struct draft *d, cdt_val part)
{
	cdt_val file = cdt_get(part, "file");
	cdt_str id = cdt_text(cdt_get(file, "file_id"));
	cdt_str bytes = cdt_text(cdt_get(file, "file_data"));
	struct inlined in;

	if (bytes.n == 0 && id.n) {
		write_uploaded(d, id, part);
	} else if (words_begin(bytes, "JVBERi0")) {       /* "%PDF-" without its data: */
		write_pdf(d, bytes, part);
	} else if (!read_inlined(bytes, &in)) {
		anthropic_refuse(d, CDT_E_INVALID, "messages",
		                 "'file' needs a file_id, or file_data with a data: URL.");
	} else if (cdt_is(in.type, "application/pdf") && in.base64) {
		write_pdf(d, in.bytes, part);
	} else if (words_begin(in.type, "image/")) {
		write_inlined_image(d, &in, cdt_get(part, "cache_control"));
	} else if (is_textual(in.type)) {
		write_plain(d, &in, part);
	} else {
		anthropic_refuse(d, CDT_E_UNSUPPORTED, "messages",
		                 "This provider takes only PDF, text and images as files.");
	}
}
