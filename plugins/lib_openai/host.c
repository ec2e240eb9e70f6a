/* lib_openai/host.c - an instance: the host's row, with what the config says of it.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stdlib.h>
#include <string.h>

/* A copy of what an option said. */
struct openai_text { struct openai_text *next; char text[]; };

static const char *const limit_names[] = {
	[LIMIT_AUTO] = "auto", [LIMIT_OLD] = "max_tokens",
	[LIMIT_NEW] = "max_completion_tokens",
};

/* Those of a client's dialects that an operation goes out in unchanged. */
static const struct { uint32_t op; const char *name; } dialects[] = {
	{ CDT_OP_CHAT, "openai.chat" },
	{ CDT_OP_COMPLETE, "openai.completions" },
	{ CDT_OP_EMBED, "openai.embeddings" },
};

const char *openai_text(struct openai *me, cdt_str s)
{
	struct openai_text *t = malloc(sizeof *t + s.n + 1);

	if (!t)
		return NULL;
	if (s.n)
		memcpy(t->text, s.p, s.n);
	t->text[s.n] = 0;
	t->next = me->texts;
	me->texts = t;
	return t->text;
}

static bool limit_of(cdt_str name, enum openai_limit *out)
{
	for (size_t i = 0; i < sizeof limit_names / sizeof *limit_names; i++)
		if (cdt_is(name, limit_names[i])) {
			*out = (enum openai_limit)i;
			return true;
		}
	return false;
}

static bool read_config(struct openai *me, cdt_val config)
{
	cdt_str member = cdt_text(cdt_get(config, "max_tokens_member"));
	cdt_val usage = cdt_get(config, "stream_usage");

	if (member.n && !limit_of(member, &me->row.limit)) {
		me->gateway->log(me->gateway, CDT_LOG_ERROR,
		                 "max_tokens_member is none of auto, max_tokens, "
		                 "max_completion_tokens");
		return false;
	}
	if (cdt_type(usage) == CDT_FLAG)
		me->row.no_stream_options = !usage.api->flag(usage, 1);
	return true;
}

static void describe(struct openai *me)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
		if (me->row.native_ops & me->row.ops & CDT_OP_BIT(dialects[i].op))
			me->dialects[n++] = dialects[i].name;
	me->caps = (struct cdt_caps){
		.size = sizeof me->caps, .flags = CDT_CAPS_ABORT_STOPS_BILLING,
		.ops = me->row.ops, .dialects = me->dialects,
		.stream_ops = me->row.ops &
		              (CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE)),
	};
}

void *openai_new(const struct cdt_host *gateway, cdt_val config, const struct openai_host *row,
                 size_t size)
{
	struct openai *me = calloc(1, size);

	if (!me)
		return NULL;
	me->gateway = gateway;
	me->row = *row;
	if (!read_config(me, config)) {
		openai_close(me);
		return NULL;
	}
	describe(me);
	return me;
}

void openai_close(void *self)
{
	struct openai *me = self;

	while (me && me->texts) {
		struct openai_text *t = me->texts;

		me->texts = t->next;
		free(t);
	}
	free(me);
}

const struct cdt_caps *openai_caps(void *self)
{
	const struct openai *me = self;

	return &me->caps;
}
