/* lib_openai/host.c - an instance: the host's row, with what the config says of it.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stdlib.h>
#include <string.h>

/* A copy of what an option said. */
struct openai_kept { struct openai_kept *next; char text[]; };

/* Those of a client's dialects that an operation goes out in unchanged. */
static const struct { uint32_t op; const char *name; } dialects[] = {
	{ CDT_OP_CHAT, "openai.chat" },
	{ CDT_OP_COMPLETE, "openai.completions" },
	{ CDT_OP_EMBED, "openai.embeddings" },
	{ CDT_OP_IMAGE, "openai.images" },
	{ CDT_OP_IMAGE, "openai.edits" },
	{ CDT_OP_SPEECH, "openai.speech" },
	{ CDT_OP_TRANSCRIBE, "openai.transcriptions" },
	{ CDT_OP_TRANSCRIBE, "openai.translations" },
	{ CDT_OP_MODERATE, "openai.moderations" },
};

char *openai_room(struct openai *me, size_t n)
{
	struct openai_kept *t = calloc(1, sizeof *t + n + 1);

	if (!t)
		return NULL;
	t->next = me->texts;
	me->texts = t;
	return t->text;
}

const char *openai_host_text(struct openai *me, cdt_str s)
{
	char *copy = openai_room(me, s.n);

	if (copy && s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

static void describe(struct openai *me)
{
	static const uint64_t streams =
		CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		CDT_OP_BIT(CDT_OP_IMAGE) | CDT_OP_BIT(CDT_OP_SPEECH) |
		CDT_OP_BIT(CDT_OP_TRANSCRIBE);
	size_t n = 0;

	if (me->row.responses && me->row.ops & CDT_OP_BIT(CDT_OP_CHAT))
		me->dialects[n++] = "openai.responses";
	if (me->row.stream_only)                   /* whole answers are put together here */
		me->row.native_ops &= ~CDT_OP_BIT(CDT_OP_CHAT);
	for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
		if (me->row.native_ops & me->row.ops & CDT_OP_BIT(dialects[i].op))
			me->dialects[n++] = dialects[i].name;
	me->caps = (struct cdt_caps){
		.size = sizeof me->caps, .flags = CDT_CAPS_ABORT_STOPS_BILLING,
		.ops = me->row.ops, .dialects = me->dialects,
		.stream_ops = me->row.ops & streams,
	};
	if (me->row.inline_media)
		me->caps.flags |= CDT_CAPS_INLINE_MEDIA;
}

void *openai_new(const struct cdt_host *gateway, cdt_val config, const struct openai_host *row,
                 size_t size)
{
	struct openai *me = calloc(1, size);

	if (!me)
		return NULL;
	me->gateway = gateway;
	me->row = *row;
	if (!openai_options_read(me, config)) {
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
		struct openai_kept *t = me->texts;

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
