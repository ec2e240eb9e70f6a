/* api/native.c - the model's name and usage are found by a walk that stops there.
 * SPDX-License-Identifier: MIT */
#include "api/native.h"

#include <string.h>

#include "api/member.h"
#include "base/str.h"

enum { USAGE_TAIL = 1024 };

void native_model(struct exchange *x, struct buf *out)
{
	buf_add_c(out, '"');
	json_escape(out, x->ask.model);
	buf_add_c(out, '"');
}

/* From usage on: it is the last member, or nearly so. */
static size_t usage_bytes(cdt_str body)
{
	static const char name[] = "\"usage\"";
	size_t from = body.n > USAGE_TAIL ? body.n - USAGE_TAIL : 0;
	const char *at = memmem(body.p + from, body.n - from, name, sizeof name - 1);

	return at ? (size_t)(body.p + body.n - at) : 0;
}

cdt_status native_whole(struct exchange *x, cdt_str body, struct buf *out)
{
	struct member_span m;

	x->relay.seen -= (int64_t)usage_bytes(body);
	if (!member_find(body, "model", &m)) {
		buf_add(out, body);
		return str_trim(body).n ? CDT_OK : CDT_E_UPSTREAM;
	}
	buf_add(out, (cdt_str){ body.p, m.value_at });
	native_model(x, out);
	buf_add(out, str_skip(body, m.value_end));
	return CDT_OK;
}

/* JSON of an upstream, between its tokens, may have lines; an event has one. */
void native_join_lines(struct buf *out, size_t from)
{
	for (char *at = out->p + from; at < out->p + out->n; at++)
		if (*at == '\n' || *at == '\r')
			*at = ' ';
}
