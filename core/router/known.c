/* router/known.c - the words for what models can do: the catalogue's, ours, and other people's.
 * SPDX-License-Identifier: MIT */
#include "router/known.h"

#include "base/str.h"

enum ability {
	CHAT, RESPONSES, COMPLETIONS, EMBEDDINGS, IMAGES, SPEECH, TRANSCRIPTIONS, MODERATIONS,
	RERANK, STREAMING, FUNCTION_CALLING, PARALLEL_CALLS, JSON_MODE, JSON_SCHEMA, REASONING,
	VISION, FILES, AUDIO_INPUT, VIDEO_INPUT, AUDIO_OUTPUT, IMAGE_OUTPUT, PROMPT_CACHING,
	WEB_SEARCH, COMPUTER_USE, ABILITIES
};
#define BIT(ability) (UINT32_C(1) << (ability))

/* Those of operations are the operations' names. */
static const char *const names[ABILITIES] = {
	[CHAT] = "chat", [RESPONSES] = "responses", [COMPLETIONS] = "completions",
	[EMBEDDINGS] = "embeddings", [IMAGES] = "images", [SPEECH] = "speech",
	[TRANSCRIPTIONS] = "transcriptions", [MODERATIONS] = "moderations",
	[RERANK] = "rerank", [STREAMING] = "streaming",
	[FUNCTION_CALLING] = "function_calling",
	[PARALLEL_CALLS] = "parallel_function_calling", [JSON_MODE] = "json_mode",
	[JSON_SCHEMA] = "json_schema", [REASONING] = "reasoning", [VISION] = "vision",
	[FILES] = "files", [AUDIO_INPUT] = "audio_input", [VIDEO_INPUT] = "video_input",
	[AUDIO_OUTPUT] = "audio_output", [IMAGE_OUTPUT] = "image_output",
	[PROMPT_CACHING] = "prompt_caching", [WEB_SEARCH] = "web_search",
	[COMPUTER_USE] = "computer_use",
};

struct word { const char *word; uint32_t abilities; };
static const struct word modes[] = {
	{ "chat", BIT(CHAT) | BIT(STREAMING) },
	{ "responses", BIT(RESPONSES) | BIT(STREAMING) },
	{ "completion", BIT(COMPLETIONS) | BIT(STREAMING) },
	{ "embedding", BIT(EMBEDDINGS) },
	{ "rerank", BIT(RERANK) },
	{ "image_generation", BIT(IMAGES) },
	{ "image_edit", BIT(IMAGES) },
	{ "audio_transcription", BIT(TRANSCRIPTIONS) },
	{ "audio_speech", BIT(SPEECH) },
	{ "moderation", BIT(MODERATIONS) },
	{ NULL, 0 },
};
static const struct word flags[] = {
	{ "tools", BIT(FUNCTION_CALLING) },
	{ "parallel_tools", BIT(PARALLEL_CALLS) },
	{ "json_schema", BIT(JSON_SCHEMA) | BIT(JSON_MODE) },
	{ "reasoning", BIT(REASONING) },
	{ "vision", BIT(VISION) },
	{ "pdf", BIT(FILES) },
	{ "audio_in", BIT(AUDIO_INPUT) },
	{ "video_in", BIT(VIDEO_INPUT) },
	{ "audio_out", BIT(AUDIO_OUTPUT) },
	{ "image_out", BIT(IMAGE_OUTPUT) },
	{ "cache", BIT(PROMPT_CACHING) },
	{ "web_search", BIT(WEB_SEARCH) },
	{ "computer_use", BIT(COMPUTER_USE) },
	{ NULL, 0 },
};
/* What clients may say instead. */
static const struct word others[] = {
	{ "tools", BIT(FUNCTION_CALLING) },
	{ "tool_use", BIT(FUNCTION_CALLING) },
	{ "parallel_tools", BIT(PARALLEL_CALLS) },
	{ "stream", BIT(STREAMING) },
	{ "chat_stream", BIT(STREAMING) },
	{ "image_generation", BIT(IMAGES) },
	{ "text_to_speech", BIT(SPEECH) },
	{ "audio_transcription", BIT(TRANSCRIPTIONS) },
	{ "moderation", BIT(MODERATIONS) },
	{ "pdf", BIT(FILES) },
	{ NULL, 0 },
};

static uint32_t find(const struct word *list, cdt_str word)
{
	while (list->word && !str_is(word, list->word))
		list++;
	return list->abilities;
}

const char *ability_name(unsigned bit)
{
	return bit < ABILITIES ? names[bit] : NULL;
}

uint32_t abilities_of_mode(cdt_str mode)
{
	return find(modes, mode);
}

uint32_t abilities_of_flag(cdt_str flag)
{
	return find(flags, flag);
}

static uint32_t bit_of(cdt_str word)
{
	for (unsigned i = 0; i < ABILITIES; i++)
		if (str_is(word, names[i]))
			return BIT(i);
	return find(others, word);
}

bool ability_same(cdt_str a, cdt_str b)
{
	return str_eq(a, b) || (bit_of(a) && bit_of(a) == bit_of(b));
}

bool abilities_have(uint32_t abilities, cdt_str word)
{
	return abilities & bit_of(word);
}
