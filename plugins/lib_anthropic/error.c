/* lib_anthropic/error.c - why the upstream said no.  The type of the error decides, then
 * sentences that Anthropic uses for what has no type of its own, then the status alone.
 * Only Anthropic's own JSON is ever shown; a page of something in between is not.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 1024, CODE_MAX = 64 };

static const struct { const char *type; uint32_t reason; } types[] = {
	{ "api_error", CDT_ERR_UPSTREAM },
	{ "authentication_error", CDT_ERR_AUTH },
	{ "billing_error", CDT_ERR_NO_CREDIT },
	{ "conflict_error", CDT_ERR_OVERLOADED },
	{ "invalid_request_error", CDT_ERR_BAD_REQUEST },
	{ "not_found_error", CDT_ERR_NO_MODEL },
	{ "overloaded_error", CDT_ERR_OVERLOADED },
	{ "permission_error", CDT_ERR_FORBIDDEN },
	{ "rate_limit_error", CDT_ERR_RATE_LIMITED },
	{ "request_too_large", CDT_ERR_TOO_LARGE },
	{ "timeout_error", CDT_ERR_TIMEOUT },
};

static const struct { const char *words; uint32_t reason; } sentences[] = {
	{ "prompt is too long", CDT_ERR_CONTEXT_LENGTH },
	{ "exceed context limit", CDT_ERR_CONTEXT_LENGTH },
	{ "exceeds the context window", CDT_ERR_CONTEXT_LENGTH },
	{ "credit balance", CDT_ERR_NO_CREDIT },
	{ "usage limits", CDT_ERR_NO_CREDIT },
	{ "spend limit", CDT_ERR_NO_CREDIT },
	{ "content filtering policy", CDT_ERR_FILTERED },
	{ "File not found", CDT_ERR_BAD_REQUEST },
};

static uint32_t reason_of(uint32_t status, cdt_str type, cdt_str message)
{
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if (words_hold(message, sentences[i].words))
			return sentences[i].reason;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (cdt_is(type, types[i].type))
			return types[i].reason;
	return status < 300 ? CDT_ERR_UPSTREAM : cdt_reason(status);
}

static int of_key(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || c == '-' || c == '_';
}

/* Cut between characters, one line, and nothing that looks like one of Anthropic's keys. */
static cdt_str safe(struct cdt_call *call, cdt_str s, size_t most)
{
	static const char key[] = "sk-ant-";
	cdt_str out;
	char *p;

	if (s.n > most)
		for (s.n = most; s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80; s.n--)
			;
	p = call->api->keep(call, s.n + 1);
	if (!p)
		return (cdt_str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	out = (cdt_str){ p, s.n };
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			p[i] = ' ';
		if (!words_begin(words_after(out, i), key))
			continue;
		for (i += sizeof key - 1; i < s.n && of_key(p[i]); i++)
			p[i] = '*';
		i--;
	}
	return out;
}

/* "messages.0.content.1.text: ..." begins with the field.  A path names the upstream's form of
 * the request: only a client of the same dialect knows it. */
static cdt_str field(cdt_str message, int native)
{
	size_t n = 0;

	while (n < message.n && (of_key(message.p[n]) || message.p[n] == '.'))
		n++;
	if (n == 0 || n > CODE_MAX || n + 1 >= message.n || message.p[n] != ':'
	    || message.p[n + 1] != ' ')
		return (cdt_str){ message.p, 0 };
	message.n = n;
	if (!native && words_find(message, CDT_STR(".")) < n)
		message.n = 0;
	return message;
}

static cdt_str own_words(struct cdt_call *call, uint32_t status, uint32_t flags)
{
	char line[96];

	if (flags & ANSWER_SPLICED)
		return CDT_STR("The upstream began a second answer inside the first.");
	if (flags & ANSWER_ODD)
		return CDT_STR("The upstream's stream does not begin with message_start.");
	if (status < 300)
		return CDT_STR("The upstream's answer could not be read.");
	(void)snprintf(line, sizeof line,
	               "The upstream answered with status %u and no message.", status);
	return words_keep(call, words_z(line));
}

cdt_status claude_error(void **place, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err)
{
	struct answer *a = anthropic_answer(place, call);
	uint32_t flags = a ? a->flags : 0;
	cdt_val doc, error, code;
	cdt_str type, message;

	err->message = own_words(call, head->status, flags);
	err->reason = reason_of(head->status, CDT_STR(""), CDT_STR(""));
	if (flags & (ANSWER_SPLICED | ANSWER_ODD)
	    || call->api->parse(call, body, &doc) != CDT_OK)
		return CDT_OK;
	error = cdt_get(doc, "error");
	type = cdt_text(cdt_get(error, "type"));
	message = cdt_text(cdt_get(error, "message"));
	code = cdt_get(cdt_get(error, "details"), "error_code");
	err->reason = reason_of(head->status, type, message);
	err->code = safe(call, cdt_text(code).n ? cdt_text(code) : type, CODE_MAX);
	err->param = safe(call, field(message, (flags & ANSWER_NATIVE) != 0), CODE_MAX);
	if (message.n)
		err->message = safe(call, message, MESSAGE_MAX);
	return CDT_OK;
}
