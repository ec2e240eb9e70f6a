/* provider_cohere/whole.c - an answer in one piece gives the same events as a stream.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

enum { CITATIONS_MAX = 1024 };

static int has_text(cdt_val content)
{
	for (size_t i = 0; i < cdt_count(content); i++)
		if (cdt_text(cdt_get(cdt_at(content, i), "text")).n)
			return 1;
	return 0;
}

static cdt_status read_content(const struct reader *r, cdt_val content)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(content) && st == CDT_OK; i++) {
		st = cohere_content(r, (int64_t)i, cdt_at(content, i));
		if (st == CDT_OK)
			st = cohere_close(r, SOURCE_CONTENT, (int64_t)i);
	}
	return st;
}

static cdt_status read_calls(const struct reader *r, cdt_val calls)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; i < cdt_count(calls) && st == CDT_OK; i++) {
		st = cohere_call_open(r, (int64_t)i, cdt_at(calls, i));
		if (st == CDT_OK)
			st = cohere_close(r, SOURCE_CALL, (int64_t)i);
	}
	return st;
}

static cdt_status read_plan(const struct reader *r, cdt_str plan)
{
	cdt_status st = cohere_plan(r, plan);

	return st != CDT_OK ? st : cohere_close(r, SOURCE_PLAN, 0);
}

/* The items of a list as an array; *n: how many. */
static const cdt_val *items_of(struct cdt_call *call, cdt_val list, size_t *n)
{
	size_t count = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_val *items;

	count = count < CITATIONS_MAX ? count : CITATIONS_MAX;
	items = count ? call->api->scratch(call, count * sizeof *items) : NULL;
	*n = items ? count : 0;
	for (size_t i = 0; i < *n; i++)
		items[i] = cdt_at(list, i);
	return items;
}

static cdt_status read_message(const struct reader *r, cdt_val message)
{
	cdt_val content = cdt_get(message, "content");
	const cdt_val *citations;
	cdt_status st;
	size_t n;

	if (has_text(content))
		r->answer->flags |= ANSWER_TEXT;
	st = read_plan(r, cdt_text(cdt_get(message, "tool_plan")));
	if (st == CDT_OK)
		st = read_content(r, content);
	if (st == CDT_OK)
		st = read_calls(r, cdt_get(message, "tool_calls"));
	citations = items_of(r->call, cdt_get(message, "citations"), &n);
	return st != CDT_OK ? st : cohere_cite(r, citations, n);
}

cdt_status cohere_whole(const struct reader *r, cdt_val doc)
{
	cdt_val message = cdt_get(doc, "message"), usage = cdt_get(doc, "usage");
	const cdt_val *items;
	cdt_status st;
	size_t n;

	if (cdt_type(message) != CDT_MAP)
		return CDT_E_UPSTREAM;
	st = cohere_stop_note(r, cdt_text(cdt_get(doc, "finish_reason")));
	if (st == CDT_OK)
		st = cohere_start(r, cdt_get(doc, "id"));
	if (st == CDT_OK)
		st = read_message(r, message);
	items = items_of(r->call, cdt_get(doc, "logprobs"), &n);
	if (st == CDT_OK)
		st = cohere_logprobs(r, items, n);
	if (st == CDT_OK)
		st = cohere_usage(r, cdt_get(usage, "billed_units"), cdt_get(usage, "tokens"));
	return st != CDT_OK ? st : cohere_stop_emit(r);
}
