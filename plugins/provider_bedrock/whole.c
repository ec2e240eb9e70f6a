/* provider_bedrock/whole.c - an answer in one piece gives the same events as a stream.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

/* {"content": [{"text"}], "citations": [...]}: text with what it rests on. */
static cdt_status cited_text(const struct reader *r, int64_t at, cdt_val block)
{
	cdt_val texts = cdt_get(block, "content"), cited = cdt_get(block, "citations");
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(cited); i++)
		bedrock_cite(r, cdt_at(cited, i));
	for (size_t i = 0; i < cdt_count(texts) && st == CDT_OK; i++)
		st = bedrock_block_delta(r, at, cdt_at(texts, i));
	return st;
}

/* A block is its own start and its only piece. */
static cdt_status block(const struct reader *r, int64_t at, cdt_val v)
{
	cdt_val cited = cdt_get(v, "citationsContent");
	cdt_status st;

	if (cdt_type(cited) == CDT_MAP) {
		st = cited_text(r, at, cited);
	} else {
		st = bedrock_block_open(r, at, v);
		if (st == CDT_OK)
			st = bedrock_block_delta(r, at, v);
	}
	return st != CDT_OK ? st : bedrock_block_close(r, at);
}

cdt_status bedrock_whole(const struct reader *r, cdt_val doc)
{
	cdt_val message = cdt_get(cdt_get(doc, "output"), "message");
	cdt_val content = cdt_get(message, "content");
	cdt_status st;

	if (r->answer->flags & ANSWER_STARTED || cdt_type(message) != CDT_MAP)
		return CDT_E_UPSTREAM;
	st = bedrock_stop_note(r, cdt_text(cdt_get(doc, "stopReason")));
	if (st == CDT_OK)
		st = bedrock_start(r);
	for (size_t i = 0; i < cdt_count(content) && st == CDT_OK; i++)
		st = block(r, (int64_t)i, cdt_at(content, i));
	return st != CDT_OK ? st : bedrock_usage(r, cdt_get(doc, "usage"),
	                                         cdt_get(doc, "serviceTier"));
}
