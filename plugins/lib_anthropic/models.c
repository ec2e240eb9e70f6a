/* lib_anthropic/models.c - which class a model belongs to, by its name alone.  The
 * facts are Anthropic's model pages; a name that nobody knows is taken for a new model.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

#define SECOND   (MODEL_SAMPLING | MODEL_FORCED)
#define FIRST    (SECOND | MODEL_PREFILL)
#define BUDGET   (FIRST | MODEL_BUDGET)
#define ADAPTIVE (MODEL_ADAPTIVE | MODEL_FORMAT)
#define MODERN   (ADAPTIVE | MODEL_XHIGH | MODEL_FORCED)

/* Name without date; '*' takes any version that follows. */
static const struct model_class classes[] = {
	{ "claude-instant*",   FIRST, 4096 },
	{ "claude-v1",         FIRST, 4096 },
	{ "claude-2*",         FIRST, 4096 },
	{ "claude-3-haiku",    FIRST, 4096 },
	{ "claude-3-opus",     FIRST, 4096 },
	{ "claude-3-sonnet",   FIRST, 4096 },
	{ "claude-3-5-haiku",  FIRST, 8192 },
	{ "claude-3-5-sonnet", FIRST, 8192 },
	{ "claude-3-7-sonnet", BUDGET, 64000 },
	{ "claude-opus-4",     BUDGET, 32000 },
	{ "claude-opus-4-0",   BUDGET, 32000 },
	{ "claude-4-opus",     BUDGET, 32000 },
	{ "claude-sonnet-4",   BUDGET, 64000 },
	{ "claude-sonnet-4-0", BUDGET, 64000 },
	{ "claude-4-sonnet",   BUDGET, 64000 },
	{ "claude-opus-4-1",   BUDGET | MODEL_FORMAT, 32000 },
	{ "claude-haiku-4-5",  BUDGET | MODEL_FORMAT, 64000 },
	{ "claude-sonnet-4-5", BUDGET | MODEL_FORMAT, 64000 },
	{ "claude-opus-4-5",   BUDGET | MODEL_FORMAT, 64000 },
	{ "claude-sonnet-4-6", ADAPTIVE | FIRST | MODEL_CAN_STOP, 64000 },
	{ "claude-opus-4-6",   ADAPTIVE | SECOND | MODEL_CAN_STOP, 128000 },
	{ "claude-opus-4-7",   MODERN | MODEL_CAN_STOP, 128000 },
	{ "claude-opus-4-8",   MODERN | MODEL_CAN_STOP, 128000 },
	{ "claude-sonnet-5",   MODERN | MODEL_CAN_STOP, 128000 },
	{ "claude-opus-5",     MODERN | MODEL_CAN_STOP, 128000 },
	{ "claude-haiku-5-5",  MODERN | MODEL_CAN_STOP, 0 },
	{ "claude-sonnet-5-5", MODERN | MODEL_BETWEEN, 0 },
	{ "claude-opus-5-5",   ADAPTIVE | MODEL_XHIGH, 0 },
	{ "claude-fable-5",    ADAPTIVE | MODEL_XHIGH, 128000 },
	{ "claude-fable*",     ADAPTIVE | MODEL_XHIGH, 0 },
	{ "claude-mythos*",    ADAPTIVE | MODEL_XHIGH, 0 },
};
static const struct model_class modern = { "*", MODERN, 0 };

/* May the name end here?  "-20250929", "-latest", "@...", ":..." do not make another model;
 * a short number does ("claude-opus-4" is not "claude-opus-4-9"). */
static int ends(cdt_str rest)
{
	size_t digits = 0;

	if (rest.n == 0 || rest.p[0] == '@' || rest.p[0] == ':')
		return 1;
	if (rest.p[0] != '-' && rest.p[0] != '.')
		return 0;
	while (1 + digits < rest.n && rest.p[1 + digits] >= '0' && rest.p[1 + digits] <= '9')
		digits++;
	return digits == 0 || digits >= 6;
}

/* Some write "claude-opus-4.5". */
static int alike(char a, char b)
{
	return a == b || (a == '.' && b == '-');
}

static int fits(cdt_str name, const char *pattern)
{
	size_t i = 0;

	while (pattern[i] && pattern[i] != '*') {
		if (i >= name.n || !alike(name.p[i], pattern[i]))
			return 0;
		i++;
	}
	return pattern[i] == '*' || ends(words_after(name, i));
}

const struct model_class *anthropic_model(cdt_str name)
{
	/* "us.anthropic.claude-..." and "anthropic/claude-..." name the same model */
	cdt_str own = words_after(name, words_find(name, CDT_STR("claude-")));

	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (fits(own, classes[i].name))
			return &classes[i];
	return &modern;
}
