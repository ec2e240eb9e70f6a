/* canon/op.c - the table of operations.
 * SPDX-License-Identifier: MIT */
#include "canon/op.h"

#include "base/str.h"

static const struct { uint32_t op; const char *name; } ops[] = {
	{ CDT_OP_CHAT, "chat" },
	{ CDT_OP_COMPLETE, "completions" },
	{ CDT_OP_EMBED, "embeddings" },
	{ CDT_OP_IMAGE, "images" },
	{ CDT_OP_SPEECH, "speech" },
	{ CDT_OP_TRANSCRIBE, "transcriptions" },
	{ CDT_OP_MODERATE, "moderations" },
	{ CDT_OP_RERANK, "rerank" },
	{ CDT_OP_COUNT, "count_tokens" },
	{ CDT_OP_MODELS, "models" },
};
enum { OP_COUNT = sizeof ops / sizeof *ops };

const char *op_name(uint32_t op)
{
	for (size_t i = 0; i < OP_COUNT; i++)
		if (ops[i].op == op)
			return ops[i].name;
	return "";
}

uint32_t op_find(cdt_str name)
{
	for (size_t i = 0; i < OP_COUNT; i++)
		if (str_is(name, ops[i].name))
			return ops[i].op;
	return 0;
}

bool op_has_output(uint32_t op)
{
	return op == CDT_OP_CHAT || op == CDT_OP_COMPLETE;
}

bool op_is_free(uint32_t op)
{
	return op == CDT_OP_COUNT || op == CDT_OP_MODELS;
}
