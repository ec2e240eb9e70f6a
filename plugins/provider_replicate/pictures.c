/* provider_replicate/pictures.c - what models that make pictures take as their input.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

/* The first one that fits; the last one fits all. */
static const struct studio studios[] = {
	{ "black-forest-labs/flux-dev", SIZE_RATIO, "num_outputs", "image", 0, NULL, NULL,
	  "jpg" },
	{ "black-forest-labs/flux-fill", SIZE_NONE, NULL, "image", 0, "mask", NULL, "jpg" },
	{ "black-forest-labs/flux-kontext", SIZE_RATIO, NULL, "input_image", 0, NULL, NULL,
	  "jpg" },
	{ "black-forest-labs/flux-schnell", SIZE_RATIO, "num_outputs", NULL, 0, NULL, NULL,
	  "jpg" },
	{ "black-forest-labs/", SIZE_RATIO, NULL, "image_prompt", 0, NULL, NULL, "jpg" },
	{ "bytedance/seedream-4", SIZE_RATIO, "max_images", "image_input", 1, NULL, NULL,
	  NULL },
	{ "bytedance/", SIZE_RATIO, NULL, "image", 0, NULL, NULL, NULL },
	{ "google/imagen", SIZE_RATIO, NULL, NULL, 0, NULL, NULL, "jpg" },
	{ "google/", SIZE_RATIO, NULL, "image_input", 1, NULL, NULL, "jpg" },
	{ "ideogram-ai/", SIZE_RATIO, NULL, "image", 0, "mask", NULL, NULL },
	{ "openai/", SIZE_RATIO, "number_of_images", "input_images", 1, NULL, "quality",
	  "jpeg" },
	{ "qwen/", SIZE_RATIO, NULL, "image", 0, NULL, NULL, "jpg" },
	{ "recraft-ai/", SIZE_TEXT, NULL, NULL, 0, NULL, NULL, NULL },
	{ "stability-ai/stable-diffusion-3", SIZE_RATIO, NULL, "image", 0, NULL, NULL, "jpg" },
	{ "", SIZE_PIXELS, "num_outputs", "image", 0, "mask", NULL, NULL },
};

const struct studio *replicate_studio(cdt_str model)
{
	const struct studio *s = studios;

	while (!words_begin(model, s->begins))
		s++;
	return s;
}
