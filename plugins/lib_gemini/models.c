/* lib_gemini/models.c - which class a model belongs to, by the beginning of its name.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

#define OLD (MODEL_SYSTEM | MODEL_PENALTY)
#define MIDDLE (MODEL_SYSTEM | MODEL_SCHEMA)
#define NEW (MODEL_SYSTEM | MODEL_SCHEMA | MODEL_NEWER | MODEL_LEVEL)

/* The first whose name is the beginning counts: longer ones stand before shorter ones. */
static const struct gemini_model models[] = {
	{ "gemini-1", OLD, 0, 0 },
	{ "gemini-2.0", OLD, 0, 0 },
	{ "gemini-2.5-flash-image", MIDDLE | MODEL_ONE, 0, 0 },
	{ "gemini-2.5-flash-preview-tts", MIDDLE | MODEL_ONE, 0, 0 },
	{ "gemini-2.5-pro-preview-tts", MIDDLE | MODEL_ONE, 0, 0 },
	{ "gemini-2.5-flash", MIDDLE | MODEL_BUDGET, 0, 24576 },
	{ "gemini-2.5-pro", MIDDLE | MODEL_BUDGET, 128, 32768 },
	{ "gemini-3-pro-image", MODEL_SYSTEM | MODEL_SCHEMA | MODEL_NEWER | MODEL_ONE, 0, 0 },
	{ "gemini-3-pro", NEW | MODEL_ONE, 0, 0 },
	{ "gemini-3.1-pro", NEW | MODEL_ONE, 0, 0 },
	{ "gemini-3.7-flash", NEW, 0, 0 },
	{ "gemini-flash-latest", NEW, 0, 0 },
	{ "gemini-flash-lite-latest", NEW | MODEL_MINIMAL, 0, 0 },
	{ "gemini-pro-latest", NEW, 0, 0 },
	{ "gemini-3-flash-preview", NEW | MODEL_MINIMAL | MODEL_ONE, 0, 0 },
	{ "gemini-", NEW | MODEL_MINIMAL, 0, 0 },
	{ "gemma", MODEL_PENALTY, 0, 0 },
	{ "imagen", MODEL_IMAGEN, 0, 0 },
};
/* Tuned models and whatever else: only what all of them have. */
static const struct gemini_model unknown = { "", MODEL_SYSTEM, 0, 0 };
/* Pictures and voices of a generation that thinks. */
static const struct gemini_model maker = {
	"", MODEL_SYSTEM | MODEL_SCHEMA | MODEL_NEWER | MODEL_ONE, 0, 0 };

cdt_str gemini_model_name(cdt_str model)
{
	for (size_t i = model.n; i > 0; i--)
		if (model.p[i - 1] == '/')
			return words_after(model, i);
	return model;
}

static int is_maker(cdt_str name)
{
	return words_hold(name, "-image") || words_hold(name, "-tts");
}

const struct gemini_model *gemini_model(cdt_str model)
{
	cdt_str name = gemini_model_name(model);

	for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
		if (!words_begin(name, models[i].name))
			continue;
		if (models[i].abilities & MODEL_LEVEL && is_maker(name))
			return &maker;
		return &models[i];
	}
	return &unknown;
}
