/* provider_bedrock/media.c - data: URLs taken apart, and what their bytes are.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

int bedrock_inlined(cdt_str url, struct inlined *out)
{
	cdt_str head = words_after(url, sizeof "data:" - 1);
	size_t comma = words_find(head, CDT_STR(",")), semicolon;

	if (!words_begin(url, "data:") || comma == head.n)
		return 0;
	out->bytes = words_after(head, comma + 1);
	head.n = comma;
	semicolon = words_find(head, CDT_STR(";"));
	out->base64 = words_end(head, ";base64");
	out->type = (cdt_str){ head.p, semicolon };
	return 1;
}

/* A kind that does not match the bytes is refused, and clients often guess it: the first base64
 * letters tell better. */
static const struct { const char *letters, *kind, *type; } magics[] = {
	{ "/9j/", "jpeg", "image/jpeg" },
	{ "R0lGOD", "gif", "image/gif" },
	{ "UklGR", "webp", "image/webp" },
	{ "iVBORw0KGgo", "png", "image/png" },
};

const char *bedrock_image_kind(const struct inlined *in)
{
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (words_begin(in->bytes, magics[i].letters))
			return magics[i].kind;
	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
		if (cdt_is(in->type, magics[i].type))
			return magics[i].kind;
	return cdt_is(in->type, "image/jpg") ? "jpeg" : NULL;
}

cdt_str bedrock_base64(const struct bedrock *self, struct cdt_call *call,
                       const struct inlined *in)
{
	size_t room = (in->bytes.n / 3 + 1) * 4;
	char *plain, *out;
	cdt_str bytes;

	if (in->base64)
		return in->bytes;
	plain = self->crypto ? call->api->scratch(call, in->bytes.n + 1) : NULL;
	out = plain ? call->api->scratch(call, room) : NULL;
	if (!out)
		return (cdt_str){ NULL, 0 };
	bytes = words_unpercent(in->bytes, plain);
	return (cdt_str){ out, self->crypto->base64(bytes, 0, out, room) };
}
