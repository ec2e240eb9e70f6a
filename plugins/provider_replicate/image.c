/* provider_replicate/image.c - the input of a model that makes or edits pictures.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 100000, BLOB_MAX = 8 << 20 };

static int is_said(cdt_str word)
{
	return word.n && !cdt_is(word, "auto");
}

/* "1024x768"; 0: it is not like that. */
static int sides_of(cdt_str size, int64_t *width, int64_t *height)
{
	size_t x = words_find(size, CDT_STR("x"));

	*width = words_digits(size);
	*height = words_digits(words_after(size, x + 1));
	return x < size.n && *width > 0 && *height > 0 && *width < SIDE_MAX
	       && *height < SIDE_MAX;
}

static const struct { const char *word; int64_t width, height; } ratios[] = {
	{ "1:1", 1, 1 }, { "16:9", 16, 9 }, { "9:16", 9, 16 }, { "3:2", 3, 2 },
	{ "2:3", 2, 3 }, { "4:3", 4, 3 }, { "3:4", 3, 4 },
};

/* How much wider one is than the other, at least 1. */
static double apart(double a, double b)
{
	return a > b ? a / b : b / a;
}

static const char *ratio_of(int64_t width, int64_t height)
{
	size_t best = 0;
	double wanted = (double)width / (double)height, least = 0;

	for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
		double d = apart(wanted, (double)ratios[i].width / (double)ratios[i].height);

		if (i == 0 || d < least) {
			best = i;
			least = d;
		}
	}
	return ratios[best].word;
}

static void write_size(struct draft *d, const struct studio *s)
{
	cdt_str size = cdt_text(cdt_get(d->doc, "size"));
	int64_t width, height;

	if (!is_said(size))
		return;
	if (s->size == SIZE_NONE || !sides_of(size, &width, &height)) {
		replicate_drop(d, "size");
	} else if (s->size == SIZE_PIXELS) {
		replicate_put_i64(d, "width", width);
		replicate_put_i64(d, "height", height);
	} else if (s->size == SIZE_RATIO) {
		replicate_put_text(d, "aspect_ratio", words_z(ratio_of(width, height)));
	} else {
		replicate_put_text(d, "size", size);
	}
}

static void write_count(struct draft *d, const struct studio *s)
{
	int64_t n = cdt_i64(cdt_get(d->doc, "n"), 1);

	if (n > PICTURES_MAX)
		replicate_refuse(d, CDT_E_INVALID, "n", "At most 16 pictures.");
	else if (n > 1 && s->count)
		replicate_put_i64(d, s->count, n);
	else if (n > 1)
		replicate_drop(d, "n");
}

static void write_format(struct draft *d, const struct studio *s)
{
	cdt_str format = cdt_text(cdt_get(d->doc, "output_format"));
	cdt_val compression = cdt_get(d->doc, "output_compression");

	if (is_said(format) && s->jpeg)
		replicate_put_text(d, "output_format", cdt_is(format, "jpeg")
			? words_z(s->jpeg) : format);
	else if (is_said(format))
		replicate_drop(d, "output_format");
	if (cdt_type(compression) == CDT_INT && s->quality)
		replicate_put_val(d, "output_compression", compression);
	else if (cdt_type(compression) == CDT_INT)
		replicate_drop(d, "output_compression");
}

/* Only OpenAI's own models know these words; the everyday ones say nothing. */
static void write_words(struct draft *d, const struct studio *s)
{
	static const char *const members[] = {
		"quality", "background", "moderation", "input_fidelity" };
	cdt_str style = cdt_text(cdt_get(d->doc, "style"));

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		cdt_str word = cdt_text(cdt_get(d->doc, members[i]));

		if (!is_said(word) || cdt_is(word, "standard"))
			continue;
		if (s->quality)
			replicate_put_text(d, members[i], word);
		else
			replicate_drop(d, members[i]);
	}
	if (style.n && s->size == SIZE_TEXT)
		replicate_put_text(d, "style", style);
	else if (style.n)
		replicate_drop(d, "style");
	if (cdt_i64(cdt_get(d->doc, "partial_images"), 0) > 0)
		replicate_drop(d, "partial_images");
}

/* An uploaded file as a data: URL. */
static void write_blob(struct draft *d, const struct cdt_blob *b)
{
	const struct cdt_crypto *crypto = d->self->crypto;
	cdt_str type = b->type.n ? b->type : CDT_STR("image/png");
	size_t room = b->data.n / 3 * 4 + 8, head = sizeof "data:;base64," - 1 + type.n;
	char *text = crypto && b->data.n <= BLOB_MAX ? malloc(head + room) : NULL;

	if (!text) {
		replicate_refuse(d, CDT_E_INVALID, "image", "The image is too large.");
		d->o->api->text(d->o, CDT_STR(""));
		return;
	}
	memcpy(text, "data:", 5);
	memcpy(text + 5, type.p, type.n);
	memcpy(text + 5 + type.n, ";base64,", 8);
	room = crypto->base64(b->data, 0, text + head, room);
	d->o->api->text(d->o, (cdt_str){ text, head + room });
	free(text);
}

static void write_picture(struct draft *d, cdt_val v)
{
	int64_t n = cdt_i64(cdt_get(v, "blob"), -1);
	cdt_str url = cdt_text(cdt_get(cdt_get(v, "image_url"), "url"));

	if (n >= 0 && (uint64_t)n < d->req->blob_count) {
		write_blob(d, &d->req->blobs[n]);
		return;
	}
	if (url.n == 0)
		replicate_refuse(d, CDT_E_UNSUPPORTED, "image", "This provider takes uploaded "
		                 "images and their addresses, not the ids of files.");
	d->o->api->text(d->o, url);
}

static void write_pictures(struct draft *d, const struct studio *s)
{
	cdt_val images = cdt_get(d->doc, "images"), mask = cdt_get(d->doc, "mask");
	size_t n = cdt_count(images);

	if (n && !s->image)
		replicate_refuse(d, CDT_E_UNSUPPORTED, "image",
		                 "This model makes pictures, it does not edit them.");
	else if (n > 1 && !s->image_list)
		replicate_refuse(d, CDT_E_UNSUPPORTED, "image",
		                 "This model edits one picture.");
	if (d->status != CDT_OK)
		return;
	if (n && replicate_may_put(d, s->image)) {
		d->o->api->key(d->o, s->image);
		if (s->image_list)
			cdt_open(d->o, '[');
		for (size_t i = 0; i < n; i++)
			write_picture(d, cdt_at(images, i));
		if (s->image_list)
			cdt_close(d->o);
	}
	if (cdt_type(mask) == CDT_MAP && !s->mask) {
		replicate_drop(d, "mask");
	} else if (cdt_type(mask) == CDT_MAP && replicate_may_put(d, s->mask)) {
		d->o->api->key(d->o, s->mask);
		write_picture(d, mask);
	}
}

static uint32_t wish_of(cdt_str format)
{
	if (cdt_is(format, "b64_json"))
		return WISH_BASE64;
	return cdt_is(format, "url") ? WISH_URL : WISH_ANY;
}

void replicate_write_image(struct draft *d)
{
	const struct studio *s = replicate_studio(d->req->model);

	d->job->wish = wish_of(cdt_text(cdt_get(d->doc, "response_format")));
	replicate_put_val(d, "prompt", cdt_get(d->doc, "prompt"));
	replicate_put_val(d, "seed", cdt_get(d->doc, "seed"));
	write_count(d, s);
	write_size(d, s);
	write_format(d, s);
	write_words(d, s);
	write_pictures(d, s);
}
