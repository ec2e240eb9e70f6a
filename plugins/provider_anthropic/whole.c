/* provider_anthropic/whole.c - an answer in one piece gives the same events as a stream.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

cdt_status anthropic_blocks(const struct reader *r, cdt_val content)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(content) && st == CDT_OK; i++) {
		st = anthropic_block_open(r, (int64_t)i, cdt_at(content, i));
		if (st == CDT_OK)
			st = anthropic_block_close(r, (int64_t)i);
	}
	return st != CDT_OK ? st : anthropic_cite_flush(r);
}

/* {"input_tokens":N} is for the client: counting is not billed. */
cdt_status anthropic_counted(const struct reader *r, cdt_val doc)
{
	cdt_status st;

	if (cdt_count_of(cdt_get(doc, "input_tokens")) < 0)
		return CDT_E_UPSTREAM;
	r->answer->stop = CDT_STOP_END;
	st = cdt_emit_tokens(r->sink, 0, 0);
	return st != CDT_OK ? st : anthropic_stop_emit(r);
}

cdt_status anthropic_whole(const struct reader *r, cdt_val message)
{
	int native = (r->answer->flags & ANSWER_NATIVE) != 0;
	cdt_status st = CDT_OK;

	if (r->answer->flags & ANSWER_STARTED)
		return CDT_E_UPSTREAM;
	if (!native)
		st = anthropic_start(r, message);
	if (st == CDT_OK && !native)
		st = anthropic_blocks(r, cdt_get(message, "content"));
	if (st == CDT_OK)
		st = anthropic_stop_note(r, message);
	if (st == CDT_OK)
		st = anthropic_usage(r, cdt_get(message, "usage"));
	return st != CDT_OK ? st : anthropic_stop_emit(r);
}
