/* lib_gemini/image.c - pictures made and edited: by Gemini's picture models as a chat that
 * answers in pictures, by Imagen as a prediction.  A Gemini model makes one at a time: for more
 * it is asked again.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

enum { PICTURES_MAX = 10, IMAGEN_MAX = 4 };

/* What a further call needs, for the request is gone by then. */
struct drawing { struct gemini_place place; cdt_str body; uint32_t wanted, calls; };

/* --- sizes --- */

struct ratio { const char *name; int64_t w, h; int imagen; };
static const struct ratio ratios[] = {
	{ "1:1", 1, 1, 1 }, { "2:3", 2, 3, 0 }, { "3:2", 3, 2, 0 }, { "3:4", 3, 4, 1 },
	{ "4:3", 4, 3, 1 }, { "4:5", 4, 5, 0 }, { "5:4", 5, 4, 0 }, { "9:16", 9, 16, 1 },
	{ "16:9", 16, 9, 1 }, { "21:9", 21, 9, 0 },
};

/* "1024x1536" */
static int read_size(cdt_str s, int64_t *w, int64_t *h)
{
	int64_t n[2] = { 0, 0 };
	size_t which = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == 'x' && which == 0 && i > 0)
			which = 1;
		else if (s.p[i] >= '0' && s.p[i] <= '9' && n[which] < 100000)
			n[which] = n[which] * 10 + s.p[i] - '0';
		else
			return 0;
	}
	*w = n[0];
	*h = n[1];
	return n[0] > 0 && n[1] > 0;
}

/* How far two ratios are from each other, in thousandths of the smaller. */
static int64_t distance(const struct ratio *r, int64_t w, int64_t h)
{
	int64_t a = w * r->h, b = h * r->w;

	return a > b ? (a - b) * 1000 / b : (b - a) * 1000 / a;
}

static cdt_str nearest(int64_t w, int64_t h, int imagen)
{
	const struct ratio *best = &ratios[0];

	for (size_t i = 1; i < sizeof ratios / sizeof ratios[0]; i++)
		if ((ratios[i].imagen || !imagen) && distance(&ratios[i], w, h)
		                                     < distance(best, w, h))
			best = &ratios[i];
	return words_z(best->name);
}

/* "" when the client leaves it to the model. */
static cdt_str aspect_of(struct draft *d, int imagen, int64_t *longest)
{
	cdt_str own = cdt_text(cdt_get(d->doc, "aspect_ratio"));
	cdt_str size = cdt_text(cdt_get(d->doc, "size"));
	int64_t w, h;

	*longest = 0;
	if (own.n)
		return own;
	if (size.n == 0 || cdt_is(size, "auto"))
		return CDT_STR("");
	if (!read_size(size, &w, &h)) {
		gemini_refuse(d, CDT_E_INVALID, "size", "'size' must be like 1024x1024.");
		return CDT_STR("");
	}
	*longest = w > h ? w : h;
	return nearest(w, h, imagen);
}

static void note_unsupported(struct draft *d)
{
	static const char *const names[] = { "background", "input_fidelity", "moderation",
	                                     "output_compression", "partial_images", "quality",
	                                     "style" };
	cdt_str format = cdt_text(cdt_get(d->doc, "output_format"));

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (cdt_type(cdt_get(d->doc, names[i])) != CDT_ABSENT
		    && !cdt_is(cdt_text(cdt_get(d->doc, names[i])), "auto"))
			gemini_unsupported(d, names[i]);
	if (format.n && !cdt_is(format, "png"))
		gemini_unsupported(d, "output_format");
	if (cdt_is(cdt_text(cdt_get(d->doc, "response_format")), "url"))
		gemini_unsupported(d, "response_format");
}

/* --- Imagen --- */

static void write_imagen(struct draft *d, int64_t n)
{
	struct cdt_out *o = d->o;
	int64_t longest;
	cdt_str aspect = aspect_of(d, 1, &longest);

	if (n > IMAGEN_MAX)
		gemini_refuse(d, CDT_E_INVALID, "n",
		              "This model makes 1 to 4 pictures a request.");
	if (cdt_count(cdt_get(d->doc, "images"))
	    || cdt_type(cdt_get(d->doc, "mask")) == CDT_MAP)
		gemini_refuse(d, CDT_E_UNSUPPORTED, "image",
		              "This model makes pictures and does not edit them.");
	cdt_open(o, '{');
	o->api->key(o, "instances");
	cdt_open(o, '[');
	cdt_open(o, '{');
	cdt_put_text(o, "prompt", cdt_text(cdt_get(d->doc, "prompt")));
	cdt_close(o);
	cdt_close(o);
	o->api->key(o, "parameters");
	cdt_open(o, '{');
	cdt_put_i64(o, "sampleCount", n);
	if (aspect.n)
		cdt_put_text(o, "aspectRatio", aspect);
	cdt_put_val(o, "personGeneration", cdt_get(d->doc, "person_generation"));
	cdt_close(o);
	cdt_close(o);
}

/* --- Gemini --- */

static void write_source(struct draft *d, cdt_val image)
{
	cdt_str url = cdt_text(cdt_get(cdt_get(image, "image_url"), "url"));

	if (cdt_type(cdt_get(image, "blob")) == CDT_INT) {
		gemini_write_blob(d, cdt_get(image, "blob"), "image", CDT_STR(""));
		return;
	}
	if (url.n == 0 && words_begin(cdt_text(cdt_get(image, "file_id")), "https://"))
		url = cdt_text(cdt_get(image, "file_id"));
	gemini_write_inline(d, url);
}

static void write_picture_config(struct draft *d)
{
	static const char *const both[] = { "TEXT", "IMAGE", NULL };
	struct cdt_out *o = d->o;
	int64_t longest;
	cdt_str aspect = aspect_of(d, 0, &longest);

	o->api->key(o, "generationConfig");
	cdt_open(o, '{');
	gemini_put_list(d, "responseModalities", both);
	if (aspect.n) {
		o->api->key(o, "imageConfig");
		cdt_open(o, '{');
		cdt_put_text(o, "aspectRatio", aspect);
		if (longest > 1536 && d->model->abilities & MODEL_NEWER)
			cdt_put_text(o, "imageSize", longest > 3000 ? CDT_STR("4K")
			                                            : CDT_STR("2K"));
		cdt_close(o);
	}
	cdt_close(o);
}

static void write_gemini(struct draft *d)
{
	cdt_val images = cdt_get(d->doc, "images");
	struct cdt_out *o = d->o;

	if (cdt_type(cdt_get(d->doc, "mask")) == CDT_MAP)
		gemini_unsupported(d, "mask");
	cdt_open(o, '{');
	o->api->key(o, "contents");
	cdt_open(o, '[');
	gemini_write_text(d, 'u', cdt_text(cdt_get(d->doc, "prompt")));
	gemini_turn(d, 'u');
	for (size_t i = 0; i < cdt_count(images) && d->status == CDT_OK; i++)
		write_source(d, cdt_at(images, i));
	gemini_turn(d, 0);
	cdt_close(o);
	write_picture_config(d);
	gemini_write_safety(d);
	cdt_close(o);
}

/* What was written is sent again, when that can be kept. */
static void keep_request(struct draft *d, uint32_t n)
{
	struct drawing *w = d->call->api->keep(d->call, sizeof *w);
	int can = w && CDT_CAN(struct cdt_http_out_api, d->http->api, written)
	          && CDT_CAN(struct cdt_call_api, d->call->api, follow);

	if (can) {
		w->place = (struct gemini_place){ words_keep(d->call, d->req->base_url),
			words_keep(d->call, d->req->secret),
			words_keep(d->call, d->req->model) };
		w->body = words_keep(d->call, d->http->api->written(d->http));
		w->wanted = n;
		w->calls = 1;
	}
	if (!can || !w->body.p || !w->place.base.p || !w->place.secret.p || !w->place.model.p)
		gemini_refuse(d, CDT_E_UNSUPPORTED, "n",
		              "With pictures of that size 'n' must be 1 here.");
	else
		d->answer->drawing = w;
}

void gemini_write_image(struct draft *d)
{
	int imagen = (d->model->abilities & MODEL_IMAGEN) != 0;
	int64_t n = cdt_i64(cdt_get(d->doc, "n"), 1);
	struct gemini_place place = gemini_place(d);

	if (words_blank(cdt_text(cdt_get(d->doc, "prompt"))))
		gemini_refuse(d, CDT_E_INVALID, "prompt", "'prompt' must not be empty.");
	if (n < 1 || n > PICTURES_MAX)
		gemini_refuse(d, CDT_E_INVALID, "n", "'n' must be from 1 to 10.");
	note_unsupported(d);
	if (d->status != CDT_OK)
		return;
	d->o = d->http->api->body(d->http);
	if (imagen)
		write_imagen(d, n);
	else
		write_gemini(d);
	if (d->status == CDT_OK && !imagen && n > 1)
		keep_request(d, (uint32_t)n);
	d->self->home->address(d->self, d->call, d->http, &place,
	                       imagen ? "predict" : "generateContent");
}

cdt_status gemini_image_follow(const struct gemini *self, struct cdt_call *call,
                               struct cdt_http_out *http)
{
	struct drawing *w = gemini_answer(call)->drawing;
	struct cdt_out *o = http->api->body(http);

	w->calls++;
	o->api->bytes(o, w->body);
	self->home->address(self, call, http, &w->place, "generateContent");
	return http->api->status(http);
}

/* --- answers --- */

static cdt_status emit_picture(const struct reader *r, cdt_str type, cdt_str base64)
{
	struct cdt_event ev = { .index = r->answer->counted, .kind = CDT_PART_IMAGE };
	cdt_status st;

	if (base64.n == 0)
		return CDT_OK;
	r->answer->counted++;
	ev.type = CDT_EV_OPEN;
	ev.name = type.n ? type : CDT_STR("image/png");
	st = cdt_emit(r->sink, ev);
	ev.name = CDT_STR("");
	ev.type = CDT_EV_DELTA;
	ev.data = base64;
	if (st == CDT_OK)
		st = cdt_emit(r->sink, ev);
	ev.data = CDT_STR("");
	ev.type = CDT_EV_CLOSE;
	return st != CDT_OK ? st : cdt_emit(r->sink, ev);
}

static cdt_status read_content(const struct reader *r, cdt_val content)
{
	cdt_val parts = cdt_get(content, "parts");
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(parts) && st == CDT_OK; i++) {
		cdt_val part = cdt_at(parts, i), inlined = cdt_get(part, "inlineData");
		cdt_val thought = cdt_get(part, "thought");

		if (!thought.api->flag(thought, 0))
			st = emit_picture(r, cdt_text(cdt_get(inlined, "mimeType")),
			                  cdt_text(cdt_get(inlined, "data")));
	}
	return st;
}

static cdt_str base64_of(cdt_val part)
{
	return cdt_text(cdt_get(cdt_get(part, "inlineData"), "data"));
}

static int has_picture(cdt_val response)
{
	cdt_val made = cdt_get(response, "predictions"), all = cdt_get(response, "candidates");

	for (size_t i = 0; i < cdt_count(made); i++)
		if (cdt_text(cdt_get(cdt_at(made, i), "bytesBase64Encoded")).n)
			return 1;
	for (size_t i = 0; i < cdt_count(all); i++) {
		cdt_val parts = cdt_get(cdt_get(cdt_at(all, i), "content"), "parts");

		for (size_t k = 0; k < cdt_count(parts); k++)
			if (base64_of(cdt_at(parts, k)).n)
				return 1;
	}
	return 0;
}

/* Answers of several calls are billed together. */
static cdt_status add_usage(const struct reader *r, cdt_val usage)
{
	struct cdt_usage *u = &r->answer->usage, before = *u;
	int64_t *sums[] = { &u->input, &u->output, &u->cache_read, &u->reasoning, &u->image_in,
		&u->image_out };
	int64_t old[] = { before.input, before.output, before.cache_read, before.reasoning,
		before.image_in, before.image_out };
	cdt_status st;

	u->images = r->answer->counted;
	if (cdt_type(usage) != CDT_MAP)
		return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE,
			.usage = u });
	st = gemini_usage(r, usage);
	if (st != CDT_OK || !r->answer->drawing || r->answer->drawing->calls < 2)
		return st;
	for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
		if (old[i] > 0 && *sums[i] >= 0)
			*sums[i] += old[i];
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = u });
}

cdt_status gemini_pictures(const struct reader *r, cdt_val response)
{
	cdt_val made = cdt_get(response, "predictions"), all = cdt_get(response, "candidates");
	cdt_status st;

	if (!has_picture(response))
		return CDT_E_UPSTREAM;
	st = gemini_start(r, response);
	for (size_t i = 0; i < cdt_count(made) && st == CDT_OK; i++)
		st = emit_picture(r, cdt_text(cdt_get(cdt_at(made, i), "mimeType")),
		                  cdt_text(cdt_get(cdt_at(made, i), "bytesBase64Encoded")));
	for (size_t i = 0; i < cdt_count(all) && st == CDT_OK; i++)
		st = read_content(r, cdt_get(cdt_at(all, i), "content"));
	return st != CDT_OK ? st : add_usage(r, cdt_get(response, "usageMetadata"));
}

cdt_status gemini_image_finish(const struct reader *r)
{
	const struct drawing *w = r->answer->drawing;

	if (r->answer->counted == 0)
		return CDT_E_UPSTREAM;
	if (w && r->answer->counted < w->wanted && w->calls < w->wanted) {
		r->call->api->follow(r->call, 0);
		return CDT_OK;
	}
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP,
		.kind = CDT_STOP_END });
}
