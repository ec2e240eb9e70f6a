/* provider_bedrock/hold.c - text that has to wait: pieces in the call's memory, as many as it
 * may hold.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

cdt_status bedrock_hold(struct cdt_call *call, struct held *h, cdt_str piece)
{
	struct piece *p;

	if (piece.n == 0)
		return CDT_OK;
	if (piece.n > HELD_MAX - h->bytes)
		return CDT_E_LIMIT;
	p = call->api->keep(call, sizeof *p);
	if (!p)
		return CDT_E_LIMIT;
	p->text = words_keep(call, piece);
	if (!p->text.p)
		return CDT_E_LIMIT;
	*(h->end ? h->end : &h->first) = p;
	h->end = &p->next;
	h->bytes += piece.n;
	return CDT_OK;
}

cdt_str bedrock_held(struct cdt_call *call, const struct held *h)
{
	char *out = call->api->scratch(call, h->bytes + 1);
	size_t at = 0;

	if (!out)
		return (cdt_str){ NULL, 0 };
	for (const struct piece *p = h->first; p; p = p->next) {
		memcpy(out + at, p->text.p, p->text.n);
		at += p->text.n;
	}
	return (cdt_str){ out, at };
}
