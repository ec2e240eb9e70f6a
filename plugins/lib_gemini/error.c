/* lib_gemini/error.c - why Google said no: the reason in its details first, then sentences that
 * share a status with others, then the status's name, then HTTP's.  Also what a 200 answer says
 * that holds nothing.  Only Google's own JSON is ever shown.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 1024, CODE_MAX = 64 };

static const struct { const char *status; uint32_t reason; } statuses[] = {
	{ "ABORTED", CDT_ERR_OVERLOADED },
	{ "CANCELLED", CDT_ERR_UPSTREAM },
	{ "DEADLINE_EXCEEDED", CDT_ERR_TIMEOUT },
	{ "FAILED_PRECONDITION", CDT_ERR_FORBIDDEN },
	{ "INTERNAL", CDT_ERR_UPSTREAM },
	{ "INVALID_ARGUMENT", CDT_ERR_BAD_REQUEST },
	{ "NOT_FOUND", CDT_ERR_NO_MODEL },
	{ "OUT_OF_RANGE", CDT_ERR_BAD_REQUEST },
	{ "PERMISSION_DENIED", CDT_ERR_FORBIDDEN },
	{ "RESOURCE_EXHAUSTED", CDT_ERR_RATE_LIMITED },
	{ "UNAUTHENTICATED", CDT_ERR_AUTH },
	{ "UNAVAILABLE", CDT_ERR_OVERLOADED },
	{ "UNIMPLEMENTED", CDT_ERR_NO_MODEL },
};

static const struct { const char *words; uint32_t reason; } details[] = {
	{ "API_KEY_INVALID", CDT_ERR_AUTH },
	{ "API_KEY_SERVICE_BLOCKED", CDT_ERR_AUTH },
	{ "ACCESS_TOKEN_EXPIRED", CDT_ERR_AUTH },
	{ "ACCESS_TOKEN_SCOPE_INSUFFICIENT", CDT_ERR_AUTH },
	{ "CONSUMER_SUSPENDED", CDT_ERR_AUTH },
	{ "SERVICE_DISABLED", CDT_ERR_FORBIDDEN },
	{ "BILLING_DISABLED", CDT_ERR_NO_CREDIT },
};

static const struct { const char *words; uint32_t reason; } sentences[] = {
	{ "API key not valid", CDT_ERR_AUTH },
	{ "API key expired", CDT_ERR_AUTH },
	{ "reported as leaked", CDT_ERR_AUTH },
	{ "exceeds the maximum number of tokens", CDT_ERR_CONTEXT_LENGTH },
	{ "token count", CDT_ERR_CONTEXT_LENGTH },
	{ "input context is too long", CDT_ERR_CONTEXT_LENGTH },
	{ "payload size exceeds", CDT_ERR_TOO_LARGE },
	{ "prepayment credits are depleted", CDT_ERR_NO_CREDIT },
	{ "usage guidelines", CDT_ERR_FILTERED },
	{ "violates Google's Responsible AI", CDT_ERR_FILTERED },
};

/* A count that is only named is no count that was exceeded. */
static int is_overflow(cdt_str message)
{
	return words_hold(message, "exceeds the maximum");
}

static uint32_t of_sentence(cdt_str message)
{
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
		if (!words_hold(message, sentences[i].words))
			continue;
		if (strcmp(sentences[i].words, "token count") != 0 || is_overflow(message))
			return sentences[i].reason;
	}
	return 0;
}

/* "34.4s", also without a point; -1: none. */
static int64_t delay_ms(cdt_str s)
{
	int64_t ms = 0, unit = 1000;
	size_t i = 0;

	if (s.n < 2 || s.p[s.n - 1] != 's')
		return -1;
	for (; i < s.n - 1 && s.p[i] >= '0' && s.p[i] <= '9' && ms < 100000000; i++)
		ms = ms * 10 + (s.p[i] - '0') * 1000;
	if (i < s.n - 1 && s.p[i] == '.')
		for (i++; i < s.n - 1 && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
			unit /= 10;
			ms += (s.p[i] - '0') * unit;
		}
	return i == s.n - 1 ? ms : -1;
}

static int per_day(cdt_val detail)
{
	cdt_val list = cdt_get(detail, "violations");

	for (size_t i = 0; i < cdt_count(list); i++) {
		cdt_str id = cdt_text(cdt_get(cdt_at(list, i), "quotaId"));

		if (words_hold(id, "PerDay"))
			return 1;
	}
	return 0;
}

/* A day's quota that is used up comes back tomorrow, not in the seconds that are named. */
enum { DAY_WAIT_MS = 3600 * 1000 };

static void read_detail(struct cdt_error *err, cdt_val detail, int *daily)
{
	cdt_str reason = cdt_text(cdt_get(detail, "reason"));
	int64_t ms = delay_ms(cdt_text(cdt_get(detail, "retryDelay")));

	for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
		if (cdt_is(reason, details[i].words))
			err->reason = details[i].reason;
	if (ms >= 0)
		err->retry_after_ms = ms;
	*daily |= per_day(detail);
}

static int of_key(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || c == '-' || c == '_';
}

/* Length of what begins a key or a token of Google's; 0: it is none. */
static size_t key_mark(cdt_str s)
{
	static const char *const marks[] = { "AIza", "AQ.", "ya29." };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (words_begin(s, marks[i]))
			return strlen(marks[i]);
	return 0;
}

/* Cut between characters, one line, and without keys and tokens. */
static cdt_str safe(struct cdt_call *call, cdt_str s, size_t most)
{
	cdt_str out;
	char *p;

	if (s.n > most)
		for (s.n = most; s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80; s.n--)
			;
	out = words_keep(call, s);
	p = (char *)(uintptr_t)out.p;
	for (size_t i = 0; i < out.n; i++) {
		size_t mark = key_mark(words_after(out, i));

		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			p[i] = ' ';
		if (!mark)
			continue;
		for (i += mark; i < out.n && (of_key(p[i]) || p[i] == '.'); i++)
			p[i] = '*';
		i--;
	}
	return out;
}

static void read_error(struct cdt_call *call, cdt_val error, struct cdt_error *err)
{
	cdt_str status = cdt_text(cdt_get(error, "status"));
	cdt_str message = cdt_text(cdt_get(error, "message"));
	cdt_val list = cdt_get(error, "details");
	uint32_t said = of_sentence(message);
	int daily = 0;

	if (status.n == 0)
		err->reason = cdt_reason((uint32_t)cdt_i64(cdt_get(error, "code"), 500));
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (cdt_is(status, statuses[i].status))
			err->reason = statuses[i].reason;
	if (said)
		err->reason = said;
	for (size_t i = 0; i < cdt_count(list); i++)
		read_detail(err, cdt_at(list, i), &daily);
	if (daily && err->retry_after_ms < DAY_WAIT_MS)
		err->retry_after_ms = DAY_WAIT_MS;
	err->code = safe(call, status, CODE_MAX);
	if (message.n)
		err->message = safe(call, message, MESSAGE_MAX);
}

static cdt_str filtered_word(cdt_val doc)
{
	cdt_val candidate = cdt_at(cdt_get(doc, "candidates"), 0);
	cdt_val prediction = cdt_at(cdt_get(doc, "predictions"), 0);
	cdt_str block = cdt_text(cdt_get(cdt_get(doc, "promptFeedback"), "blockReason"));
	cdt_str stop = cdt_text(cdt_get(candidate, "finishReason"));

	if (block.n)
		return block;
	if (gemini_is_filter(stop))
		return stop;
	return cdt_text(cdt_get(prediction, "raiFilteredReason"));
}

/* A good answer without what was asked for. */
static void read_empty(struct cdt_call *call, cdt_val doc, uint32_t op, struct cdt_error *err)
{
	cdt_val candidate = cdt_at(cdt_get(doc, "candidates"), 0);
	cdt_str word = filtered_word(doc), stop = cdt_text(cdt_get(candidate, "finishReason"));
	int filtered = word.n || (op == CDT_OP_IMAGE && cdt_count(doc) == 0);

	err->code = safe(call, word.n ? word : stop, CODE_MAX);
	if (filtered) {
		err->reason = CDT_ERR_FILTERED;
		err->message = CDT_STR("Google's filters held back the answer.");
	} else if (gemini_is_fault(stop)) {
		err->message = CDT_STR("The model made a malformed tool call.");
	} else {
		err->message = CDT_STR("The upstream's answer could not be read.");
	}
}

static cdt_str own_words(struct cdt_call *call, uint32_t status)
{
	char line[96];

	if (status < 300)
		return CDT_STR("The upstream's answer could not be read.");
	(void)snprintf(line, sizeof line,
	               "The upstream answered with status %u and no message.", status);
	return words_keep(call, words_z(line));
}

cdt_status gemini_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err)
{
	struct gemini_answer *a = gemini_answer(call);
	cdt_val doc, error;

	(void)self;
	err->message = own_words(call, head->status);
	err->reason = head->status < 300 ? CDT_ERR_UPSTREAM : cdt_reason(head->status);
	if (call->api->parse(call, body, &doc) != CDT_OK)
		return CDT_OK;
	for (size_t i = 0; cdt_type(doc) == CDT_LIST && i < cdt_count(doc); i++)
		if (cdt_type(cdt_get(cdt_at(doc, i), "error")) == CDT_MAP)
			doc = cdt_at(doc, i);
	error = cdt_get(doc, "error");
	if (cdt_type(error) == CDT_MAP)
		read_error(call, error, err);
	else if (head->status < 300 && cdt_type(doc) == CDT_MAP)
		read_empty(call, doc, a ? a->op : 0, err);
	return CDT_OK;
}
