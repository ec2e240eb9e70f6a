/* provider_replicate/models.c - Replicate has as many forms of input as it has models.  Those
 * of one maker are alike, so the name tells the family; the option "family" tells it for
 * models of one's own.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

enum {
	OPEN = TAKES_TEMPERATURE | TAKES_TOP_P | TAKES_PENALTIES,
	VLLM = OPEN | TAKES_TOP_K | TAKES_STOP | TAKES_SEED,
	LLAMA = TAKES_TEMPERATURE | TAKES_TOP_P | TAKES_TOP_K | TAKES_STOP | TAKES_SEED
	        | TAKES_TEMPLATE,
};

static const struct family families[] = {
	{ "openai", OPEN | TAKES_MESSAGES, RENDER_PLAIN, "max_completion_tokens",
	  "system_prompt", "image_input" },
	{ "openai-thinking", TAKES_MESSAGES | TAKES_EFFORT | TAKES_VERBOSITY, RENDER_PLAIN,
	  "max_completion_tokens", "system_prompt", "image_input" },
	{ "anthropic", TAKES_ONE_IMAGE, RENDER_PLAIN, "max_tokens", "system_prompt", "image" },
	{ "gemini", TAKES_TEMPERATURE | TAKES_TOP_P, RENDER_PLAIN, "max_output_tokens",
	  "system_instruction", "images" },
	{ "open", OPEN, RENDER_PLAIN, "max_tokens", NULL, NULL },
	{ "llama-3", LLAMA | TAKES_PENALTIES, RENDER_LLAMA3, "max_tokens", "system_prompt",
	  NULL },
	{ "llama-2", LLAMA, RENDER_LLAMA2, "max_new_tokens", "system_prompt", NULL },
	{ "mistral", LLAMA & ~TAKES_SEED, RENDER_MISTRAL, "max_new_tokens", NULL, NULL },
	{ "chatml", LLAMA & ~TAKES_SEED, RENDER_CHATML, "max_tokens", NULL, NULL },
	{ "vllm", VLLM, RENDER_PLAIN, "max_tokens", "system_prompt", NULL },
};

/* The first one that fits. */
static const struct { const char *begins, *family; } makers[] = {
	{ "01-ai/", "chatml" },
	{ "anthropic/", "anthropic" },
	{ "deepseek-ai/deepseek-r", "open" },
	{ "deepseek-ai/deepseek-v3", "open" },
	{ "google/gemini", "gemini" },
	{ "meta/llama-2", "llama-2" },
	{ "meta/llama-4", "open" },
	{ "meta/", "llama-3" },
	{ "mistralai/", "mistral" },
	{ "moonshotai/", "open" },
	{ "openai/gpt-4", "openai" },
	{ "openai/gpt-oss", "open" },
	{ "openai/", "openai-thinking" },
	{ "qwen/qwen1", "chatml" },
	{ "qwen/", "open" },
	{ "xai/", "open" },
};

const struct family *replicate_family_named(cdt_str name)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (cdt_is(name, families[i].name))
			return &families[i];
	return NULL;
}

const struct family *replicate_family(cdt_str model)
{
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
		if (words_begin(model, makers[i].begins))
			return replicate_family_named(words_z(makers[i].family));
	return replicate_family_named(CDT_STR("vllm"));
}
