/* provider_mock/ask.c - what the mock reads from a request.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <string.h>

enum { CHOICES_MAX = 128 };

uint64_t mock_tokens_of(uint64_t bytes) { return (bytes + 3) / 4; }

uint64_t mock_input_bytes(cdt_val item)
{
	return cdt_type(item) == CDT_LIST ? cdt_count(item) * 4 : cdt_text(item).n;
}

cdt_str mock_prompt_text(struct cdt_call *call, cdt_val item)
{
	char *text;
	int n;

	if (cdt_type(item) != CDT_LIST)
		return cdt_text(item);
	text = call->api->scratch(call, 32);
	n = text ? snprintf(text, 32, "%zu tokens", cdt_count(item)) : 0;
	return (cdt_str){ text, n > 0 ? (size_t)n : 0 };
}

static uint64_t text_bytes(cdt_val content)
{
	size_t n = cdt_count(content);
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		cdt_val part = cdt_at(content, i);

		bytes += cdt_text(cdt_get(part, "text")).n;
		bytes += cdt_text(cdt_get(part, "refusal")).n;
	}
	return bytes;
}

/* The text parts of one message, joined; in place when there is only one. */
static cdt_str joined(struct cdt_call *call, cdt_val content)
{
	size_t n = cdt_count(content), at = 0;
	uint64_t bytes = text_bytes(content);
	char *text;

	if (n == 1)
		return cdt_text(cdt_get(cdt_at(content, 0), "text"));
	text = bytes ? call->api->scratch(call, bytes) : NULL;
	for (size_t i = 0; text && i < n; i++) {
		cdt_str s = cdt_text(cdt_get(cdt_at(content, i), "text"));

		if (s.n)
			memcpy(text + at, s.p, s.n);
		at += s.n;
	}
	return (cdt_str){ text ? text : "", at };
}

static bool has_role(cdt_val message, const char *role)
{
	return cdt_is(cdt_text(cdt_get(message, "role")), role);
}

void mock_ask_chat(struct ask *a, struct cdt_call *call, cdt_val doc)
{
	cdt_val messages = cdt_get(doc, "messages"), from = messages;
	size_t n = cdt_count(messages);
	int64_t choices = cdt_i64(cdt_get(doc, "n"), 1);
	int64_t max = cdt_i64(cdt_get(doc, "max_completion_tokens"), 0);
	uint64_t bytes = 0;

	*a = (struct ask){ .said = CDT_STR("") };
	for (size_t i = 0; i < n; i++) {
		cdt_val m = cdt_at(messages, i);

		bytes += text_bytes(cdt_get(m, "content"));
		if (has_role(m, "user"))
			from = m;
	}
	a->after_tool = n > 0 && has_role(cdt_at(messages, n - 1), "tool");
	if (a->after_tool)
		from = cdt_at(messages, n - 1);
	a->said = joined(call, cdt_get(from, "content"));
	a->input_tokens = mock_tokens_of(bytes);
	a->choices = choices < 1 ? 1 : choices > CHOICES_MAX ? CHOICES_MAX : (uint64_t)choices;
	a->max_words = max > 0 ? (uint64_t)max : 0;
	a->seed = mock_hash(n, a->said);
}
