/* telemetry/names.c - what the conventions call things, in each of their versions that we know.
 * SPDX-License-Identifier: MIT */
#include "telemetry/otlp.h"

#include <string.h>

#include "base/str.h"

#define ROW(id, latest, old) { latest, old },
static const struct { const char *latest, *old; } rows[OTLP_NAME_COUNT] = {
	OTLP_NAMES(ROW)
};
#undef ROW

size_t otlp_names(enum otlp_name n, enum semconv s, const char *names[2])
{
	const char *latest = s & SEMCONV_LATEST ? rows[n].latest : NULL;
	const char *old = s & SEMCONV_1_41 ? rows[n].old : NULL;
	size_t count = 0;

	if (latest)
		names[count++] = latest;
	if (old && !(latest && !strcmp(old, latest)))
		names[count++] = old;
	return count;
}

cdt_str otlp_operation(cdt_str operation)
{
	static const struct { const char *ours, *theirs; } words[] = {
		{ "completions", "text_completion" }, { "rerank", "retrieval" },
		{ "images", "generate_content" }, { "speech", "generate_content" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_is(operation, words[i].ours))
			return str_z(words[i].theirs);
	return operation;
}
