/* provider_bedrock/image.c - pictures: Nova Canvas and Titan (made, varied, painted over),
 * Stability's models.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

enum { CANVAS_AT_ONCE = 5, PICTURES_MAX = 10, SIDE_MAX = 8192 };

/* "1024x768"; 0: it is "auto", or nothing. */
static int read_size(cdt_str s, int64_t *width, int64_t *height)
{
	int64_t *at = width;

	*width = *height = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == 'x' && at == width)
			at = height;
		else if (s.p[i] >= '0' && s.p[i] <= '9' && *at < SIDE_MAX)
			*at = *at * 10 + (s.p[i] - '0');
		else
			return 0;
	}
	return *width > 0 && *height > 0;
}

static int is_one_of(cdt_str s, const char *const *words)
{
	for (; *words; words++)
		if (cdt_is(s, *words))
			return 1;
	return 0;
}

static void lack_unless(struct invocation *v, const char *member, const char *const *fine)
{
	cdt_str said = cdt_text(cdt_get(v->req->doc, member));

	if (said.n && !is_one_of(said, fine))
		bedrock_lack(v, member);
}

static void prepare(struct invocation *v, struct batch *b)
{
	static const char *const b64[] = { "b64_json", NULL };
	static const char *const plain[] = { "auto", "opaque", NULL };
	static const char *const none[] = { NULL };
	int64_t n = cdt_i64(cdt_get(v->req->doc, "n"), 1), width, height;
	cdt_str size = cdt_text(cdt_get(v->req->doc, "size"));

	if (n < 1 || n > PICTURES_MAX)
		bedrock_decline(v, CDT_E_INVALID, "n", "'n' must be from 1 to 10.");
	if (size.n && !cdt_is(size, "auto") && !read_size(size, &width, &height))
		bedrock_decline(v, CDT_E_INVALID, "size",
		                "'size' must be WIDTHxHEIGHT, or auto.");
	b->all = (uint32_t)n;
	lack_unless(v, "response_format", b64);
	lack_unless(v, "background", plain);
	lack_unless(v, "style", none);
	lack_unless(v, "input_fidelity", none);
	if (cdt_type(cdt_get(v->req->doc, "output_compression")) == CDT_INT)
		bedrock_lack(v, "output_compression");
}

static void prepare_canvas(struct invocation *v, struct batch *b)
{
	static const char *const png[] = { "png", NULL };

	prepare(v, b);
	lack_unless(v, "output_format", png);
	if (b->all > CANVAS_AT_ONCE)
		bedrock_decline(v, CDT_E_INVALID, "n", "'n' must be from 1 to 5.");
}

/* One picture a step; the same seed would give the same picture again. */
static void prepare_stability(struct invocation *v, struct batch *b)
{
	cdt_val doc = v->req->doc;

	prepare(v, b);
	if (cdt_type(cdt_get(doc, "mask")) == CDT_MAP)
		bedrock_lack(v, "mask");
	if (cdt_count(cdt_get(doc, "images")) > 1)
		bedrock_lack(v, "images");
	if (b->all > 1 && cdt_type(cdt_get(doc, "seed")) == CDT_INT)
		bedrock_lack(v, "seed");
	lack_unless(v, "quality", (const char *const[]){ "auto", "standard", NULL });
}

static void prepare_diffusion(struct invocation *v, struct batch *b)
{
	static const char *const png[] = { "png", NULL };

	prepare_stability(v, b);
	lack_unless(v, "output_format", png);
	if (cdt_count(cdt_get(v->req->doc, "images")))
		bedrock_decline(v, CDT_E_UNSUPPORTED, "image",
		                "With this model pictures can not be changed, only made.");
}

enum { TAKES_TEXT = 1, TAKES_ONE = 2, TAKES_MANY = 4, TAKES_MASK = 8, TAKES_CONFIG = 16 };
static const struct task { const char *name, *params; uint32_t takes; } tasks[] = {
	{ "BACKGROUND_REMOVAL", "backgroundRemovalParams", TAKES_ONE },
	{ "IMAGE_VARIATION", "imageVariationParams", TAKES_TEXT | TAKES_MANY | TAKES_CONFIG },
	{ "INPAINTING", "inPaintingParams",
	  TAKES_TEXT | TAKES_ONE | TAKES_MASK | TAKES_CONFIG },
	{ "OUTPAINTING", "outPaintingParams",
	  TAKES_TEXT | TAKES_ONE | TAKES_MASK | TAKES_CONFIG },
	{ "TEXT_IMAGE", "textToImageParams", TAKES_TEXT | TAKES_CONFIG },
};

/* What the client says itself ("task_type"), or what the pictures that came are good for. */
static const struct task *task_of(cdt_val doc)
{
	cdt_str said = cdt_text(cdt_get(doc, "task_type"));
	int masked = cdt_type(cdt_get(doc, "mask")) == CDT_MAP
	             || cdt_text(cdt_get(doc, "mask_prompt")).n;

	if (said.n == 0)
		said = cdt_count(cdt_get(doc, "images")) == 0 ? CDT_STR("TEXT_IMAGE")
		     : masked ? CDT_STR("INPAINTING") : CDT_STR("IMAGE_VARIATION");
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (cdt_is(said, tasks[i].name))
			return &tasks[i];
	return NULL;
}

static void write_pictures(struct invocation *v, const struct task *t, struct cdt_out *o)
{
	cdt_val images = cdt_get(v->req->doc, "images");

	if (t->takes & (TAKES_ONE | TAKES_MANY) && cdt_count(images) == 0)
		bedrock_decline(v, CDT_E_INVALID, "image", "There is no picture to change.");
	if (t->takes & TAKES_ONE && cdt_count(images)) {
		o->api->key(o, "image");
		bedrock_put_picture(v, o, cdt_at(images, 0));
	}
	if (!(t->takes & TAKES_MANY))
		return;
	o->api->key(o, "images");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(images); i++)
		bedrock_put_picture(v, o, cdt_at(images, i));
	cdt_close(o);
}

static void write_task(struct invocation *v, const struct task *t, struct cdt_out *o)
{
	cdt_val doc = v->req->doc, mask = cdt_get(doc, "mask");

	cdt_put_text(o, "taskType", words_z(t->name));
	o->api->key(o, t->params);
	cdt_open(o, '{');
	if (t->takes & TAKES_TEXT) {
		cdt_put_val(o, "text", cdt_get(doc, "prompt"));
		cdt_put_val(o, "negativeText", cdt_get(doc, "negative_prompt"));
	}
	write_pictures(v, t, o);
	if (t->takes & TAKES_MASK) {
		cdt_put_val(o, "maskPrompt", cdt_get(doc, "mask_prompt"));
		if (cdt_type(mask) == CDT_MAP) {
			o->api->key(o, "maskImage");
			bedrock_put_picture(v, o, mask);
		}
	}
	cdt_close(o);
}

static void write_quality(cdt_str said, struct cdt_out *o)
{
	static const char *const best[] = { "hd", "high", "premium", NULL };
	static const char *const usual[] = { "low", "medium", "standard", NULL };

	if (is_one_of(said, best))
		cdt_put_text(o, "quality", CDT_STR("premium"));
	else if (is_one_of(said, usual))
		cdt_put_text(o, "quality", CDT_STR("standard"));
}

static void write_canvas(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	cdt_val doc = v->req->doc;
	const struct task *t = task_of(doc);
	int64_t width, height;

	if (!t) {
		bedrock_decline(v, CDT_E_INVALID, "task_type", "There is no such task.");
		return;
	}
	cdt_open(o, '{');
	write_task(v, t, o);
	if (t->takes & TAKES_CONFIG) {
		o->api->key(o, "imageGenerationConfig");
		cdt_open(o, '{');
		cdt_put_i64(o, "numberOfImages", b->all);
		if (read_size(cdt_text(cdt_get(doc, "size")), &width, &height)) {
			cdt_put_i64(o, "width", width);
			cdt_put_i64(o, "height", height);
		}
		write_quality(cdt_text(cdt_get(doc, "quality")), o);
		cdt_put_val(o, "cfgScale", cdt_get(doc, "cfg_scale"));
		cdt_put_val(o, "seed", cdt_get(doc, "seed"));
		cdt_close(o);
	}
	cdt_close(o);
}

static const struct { const char *name; double ratio; } shapes[] = {
	{ "1:1", 1 }, { "16:9", 16 / 9.0 }, { "21:9", 21 / 9.0 }, { "2:3", 2 / 3.0 },
	{ "3:2", 3 / 2.0 }, { "4:5", 4 / 5.0 }, { "5:4", 5 / 4.0 }, { "9:16", 9 / 16.0 },
	{ "9:21", 9 / 21.0 },
};

/* The shape that is nearest to the size: exact sizes are not to be had. */
static const char *shape_of(int64_t width, int64_t height)
{
	double wanted = (double)width / (double)height, best = 1e9;
	const char *name = "1:1";

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		double off = wanted > shapes[i].ratio ? wanted / shapes[i].ratio
		                                      : shapes[i].ratio / wanted;

		if (off < best) {
			best = off;
			name = shapes[i].name;
		}
	}
	return name;
}

static void write_stability(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	cdt_val doc = v->req->doc, images = cdt_get(doc, "images");
	cdt_val strength = cdt_get(doc, "strength");
	cdt_str format = cdt_text(cdt_get(doc, "output_format"));
	int64_t width, height;

	cdt_open(o, '{');
	cdt_put_val(o, "prompt", cdt_get(doc, "prompt"));
	cdt_put_val(o, "negative_prompt", cdt_get(doc, "negative_prompt"));
	if (cdt_count(images)) {
		cdt_put_text(o, "mode", CDT_STR("image-to-image"));
		o->api->key(o, "image");
		bedrock_put_picture(v, o, cdt_at(images, 0));
		o->api->key(o, "strength");
		o->api->f64(o, strength.api->f64(strength, 0.7));
	} else {
		cdt_put_text(o, "mode", CDT_STR("text-to-image"));
		if (read_size(cdt_text(cdt_get(doc, "size")), &width, &height))
			cdt_put_text(o, "aspect_ratio", words_z(shape_of(width, height)));
	}
	cdt_put_text(o, "output_format", format.n ? format : CDT_STR("png"));
	if (b->all == 1)
		cdt_put_val(o, "seed", cdt_get(doc, "seed"));
	cdt_close(o);
}

static void write_weighed(struct cdt_out *o, cdt_str text, int64_t weight)
{
	if (text.n == 0)
		return;
	cdt_open(o, '{');
	cdt_put_text(o, "text", text);
	cdt_put_i64(o, "weight", weight);
	cdt_close(o);
}

static void write_diffusion(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	cdt_val doc = v->req->doc;
	int64_t width, height;

	cdt_open(o, '{');
	o->api->key(o, "text_prompts");
	cdt_open(o, '[');
	write_weighed(o, cdt_text(cdt_get(doc, "prompt")), 1);
	write_weighed(o, cdt_text(cdt_get(doc, "negative_prompt")), -1);
	cdt_close(o);
	if (read_size(cdt_text(cdt_get(doc, "size")), &width, &height)) {
		cdt_put_i64(o, "width", width);
		cdt_put_i64(o, "height", height);
	}
	cdt_put_val(o, "style_preset", cdt_get(doc, "style_preset"));
	if (b->all == 1)
		cdt_put_val(o, "seed", cdt_get(doc, "seed"));
	cdt_close(o);
}

/* No picture and a reason: it was taken away. */
static cdt_status none_came(const struct reader *r, int why)
{
	if (why)
		r->answer->flags |= ANSWER_FILTERED;
	return CDT_E_UPSTREAM;
}

static cdt_status read_images(const struct reader *r, struct batch *b, cdt_val doc)
{
	cdt_val images = cdt_get(doc, "images"), reasons = cdt_get(doc, "finish_reasons");
	size_t shown = 0;
	cdt_status st = CDT_OK;
	int why = cdt_text(cdt_get(doc, "error")).n > 0;

	for (size_t i = 0; i < cdt_count(reasons); i++)
		why |= cdt_type(cdt_at(reasons, i)) == CDT_TEXT;
	for (size_t i = 0; i < cdt_count(images) && st == CDT_OK; i++) {
		if (cdt_type(cdt_at(reasons, i)) == CDT_TEXT)
			continue;
		st = bedrock_show_picture(r, b, cdt_text(cdt_at(images, i)));
		shown++;
	}
	return st == CDT_OK && shown == 0 ? none_came(r, why) : st;
}

static cdt_status read_artifacts(const struct reader *r, struct batch *b, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "artifacts");
	size_t shown = 0, filtered = 0;
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(list) && st == CDT_OK; i++) {
		cdt_val one = cdt_at(list, i);

		if (cdt_is(cdt_text(cdt_get(one, "finishReason")), "CONTENT_FILTERED")) {
			filtered++;
			continue;
		}
		st = bedrock_show_picture(r, b, cdt_text(cdt_get(one, "base64")));
		shown++;
	}
	return st == CDT_OK && shown == 0 ? none_came(r, filtered > 0) : st;
}

#define BY_ID "bedrock-runtime", "/invoke"
const struct maker bedrock_image_makers[IMAGE_MAKERS] = {
	{ "amazon.nova-", CANVAS_AT_ONCE, BY_ID, prepare_canvas, write_canvas, read_images },
	{ "amazon.titan-", CANVAS_AT_ONCE, BY_ID, prepare_canvas, write_canvas, read_images },
	{ "stability.stable-diffusion-", 1, BY_ID, prepare_diffusion, write_diffusion,
	  read_artifacts },
	{ "stability.", 1, BY_ID, prepare_stability, write_stability, read_images },
};
