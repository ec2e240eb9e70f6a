/* provider_bedrock/models.c - what a family of models takes, by its id alone.  An id that
 * nobody knows gets what every model of Converse has.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

#define PLAIN    (MODEL_SYSTEM | MODEL_SAMPLING)
#define OPEN     (PLAIN | MODEL_FORMAT)
#define MISTRAL  (PLAIN | MODEL_NINE)
#define LARGE    (MISTRAL | MODEL_FORCED)
#define NOVA     (PLAIN | MODEL_CACHE | MODEL_STATUS | MODEL_FORCED | MODEL_PREFILL)
#define SECOND   (MODEL_SYSTEM | MODEL_STATUS | MODEL_SAMPLING | MODEL_TOP_K | MODEL_FORCED)
#define FIRST    (SECOND | MODEL_PREFILL)
#define CACHING  (MODEL_CACHE | MODEL_MARKED)
#define BUDGET   (FIRST | CACHING | MODEL_BUDGET)
#define FORTY    (BUDGET | MODEL_FORMAT | MODEL_ONE_OF)
#define ADAPTIVE (MODEL_SYSTEM | MODEL_STATUS | CACHING | MODEL_ADAPTIVE | MODEL_FORMAT)
#define MODERN   (ADAPTIVE | MODEL_XHIGH | MODEL_FORCED | MODEL_CAN_STOP)

/* Without date and version; '*' takes whatever follows.  The first that fits counts. */
static const struct { const char *name; uint32_t abilities; } families[] = {
	{ "ai21.j2*",                      MODEL_SAMPLING },
	{ "amazon.nova-2-*",               NOVA | MODEL_NOVA | MODEL_BUILT_IN },
	{ "amazon.nova-premier*",          NOVA | MODEL_BUILT_IN },
	{ "amazon.nova-*",                 NOVA },
	{ "amazon.titan-*",                MODEL_SAMPLING },
	{ "anthropic.claude-instant*",     FIRST & ~(uint32_t)(MODEL_FORCED | MODEL_STATUS) },
	{ "anthropic.claude-v2*",          FIRST & ~(uint32_t)(MODEL_FORCED | MODEL_STATUS) },
	{ "anthropic.claude-3-haiku",      FIRST },
	{ "anthropic.claude-3-opus",       FIRST },
	{ "anthropic.claude-3-sonnet",     FIRST },
	{ "anthropic.claude-3-5-haiku",    FIRST | CACHING },
	{ "anthropic.claude-3-5-sonnet",   FIRST | CACHING },
	{ "anthropic.claude-3-7-sonnet",   BUDGET },
	{ "anthropic.claude-opus-4",       BUDGET },
	{ "anthropic.claude-sonnet-4",     BUDGET },
	{ "anthropic.claude-opus-4-1",     BUDGET | MODEL_ONE_OF },
	{ "anthropic.claude-haiku-4-5",    FORTY },
	{ "anthropic.claude-sonnet-4-5",   FORTY },
	{ "anthropic.claude-opus-4-5",     FORTY },
	{ "anthropic.claude-sonnet-4-6",   ADAPTIVE | FIRST | MODEL_ONE_OF | MODEL_CAN_STOP },
	{ "anthropic.claude-opus-4-6",     ADAPTIVE | SECOND | MODEL_ONE_OF | MODEL_CAN_STOP },
	{ "anthropic.claude-opus-5-5",     ADAPTIVE | MODEL_XHIGH },
	{ "anthropic.claude-fable*",       ADAPTIVE | MODEL_XHIGH },
	{ "anthropic.claude-mythos*",      ADAPTIVE | MODEL_XHIGH },
	{ "anthropic.*",                   MODERN },
	{ "cohere.command-r*",             PLAIN },
	{ "cohere.command-*",              MODEL_SAMPLING },
	{ "deepseek.r1*",                  PLAIN },
	{ "deepseek.*",                    OPEN },
	{ "google.*",                      OPEN },
	{ "meta.*",                        PLAIN },
	{ "minimax.*",                     OPEN },
	{ "mistral.mistral-7b*",           (MISTRAL | MODEL_TOP_K) & ~(uint32_t)MODEL_SYSTEM },
	{ "mistral.mixtral*",              (MISTRAL | MODEL_TOP_K) & ~(uint32_t)MODEL_SYSTEM },
	{ "mistral.mistral-large*",        LARGE },
	{ "mistral.pixtral-large*",        LARGE },
	{ "mistral.*",                     MISTRAL },
	{ "moonshot*",                     OPEN },
	{ "nvidia.*",                      OPEN },
	{ "openai.*",                      OPEN | MODEL_EFFORT },
	{ "qwen.*",                        OPEN | MODEL_CONFIG },
	{ "zai.*",                         OPEN },
};

static const char *const regions[] = {
	"apac.", "au.", "ca.", "eu.", "global.", "jp.", "us-gov.", "us.",
};

/* The last segment of an ARN; an id without the prefix of its inference profile. */
static cdt_str bare(cdt_str id)
{
	size_t at = id.n;

	while (words_begin(id, "arn:") && at && id.p[at - 1] != '/')
		at--;
	if (words_begin(id, "arn:"))
		id = words_after(id, at);
	for (size_t i = 0; i < sizeof regions / sizeof *regions; i++)
		if (words_begin(id, regions[i]))
			return words_after(id, strlen(regions[i]));
	return id;
}

cdt_str bedrock_family(cdt_str id, cdt_str base)
{
	cdt_str own = bare(id);

	/* All known ids have their maker before a dot; those of profiles have none. */
	return base.n && !words_hold(own, ".") ? bare(base) : own;
}

/* "-20250929-v1:0" and "-v1" make no other model; a short number does: "claude-opus-4" is not
 * "claude-opus-4-9". */
static int ends(cdt_str rest)
{
	size_t digits = 0;

	if (rest.n == 0 || rest.p[0] == ':')
		return 1;
	if (rest.p[0] != '-')
		return 0;
	while (1 + digits < rest.n && rest.p[1 + digits] >= '0' && rest.p[1 + digits] <= '9')
		digits++;
	return digits == 0 || digits >= 6;
}

static int fits(cdt_str id, const char *pattern)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] != '*')
		return words_begin(id, pattern) && ends(words_after(id, n));
	return id.n >= n - 1 && memcmp(id.p, pattern, n - 1) == 0;
}

uint32_t bedrock_abilities(cdt_str id, cdt_str base)
{
	cdt_str family = bedrock_family(id, base);

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (fits(family, families[i].name))
			return families[i].abilities;
	return PLAIN;
}
