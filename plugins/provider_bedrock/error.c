/* provider_bedrock/error.c - why the upstream said no.  Some sentences decide first, for
 * ValidationException and AccessDeniedException mean many things; then the exception's name;
 * then the status alone.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 1024, CODE_MAX = 64, ACCOUNT_DIGITS = 12, DAY_RETRY_MS = 3600 * 1000 };
enum { SKEW_LEAST_MS = 30 * 1000, SKEW_MOST_MS = 48 * 3600 * 1000 };

static const struct { const char *name; uint32_t reason; } classes[] = {
	{ "accessdeniedexception", CDT_ERR_FORBIDDEN },
	{ "badgatewayexception", CDT_ERR_UPSTREAM },
	{ "conflictexception", CDT_ERR_RATE_LIMITED },
	{ "dependencyfailedexception", CDT_ERR_UPSTREAM },
	{ "expiredtoken", CDT_ERR_AUTH },
	{ "expiredtokenexception", CDT_ERR_AUTH },
	{ "incompletesignature", CDT_ERR_AUTH },
	{ "incompletesignatureexception", CDT_ERR_AUTH },
	{ "internalfailure", CDT_ERR_UPSTREAM },
	{ "internalserverexception", CDT_ERR_UPSTREAM },
	{ "invalidclienttokenid", CDT_ERR_AUTH },
	{ "invalidsignatureexception", CDT_ERR_AUTH },
	{ "missingauthenticationtoken", CDT_ERR_AUTH },
	{ "missingauthenticationtokenexception", CDT_ERR_AUTH },
	{ "modelerrorexception", CDT_ERR_UPSTREAM },
	{ "modelnotreadyexception", CDT_ERR_RATE_LIMITED },
	{ "modelstreamerrorexception", CDT_ERR_UPSTREAM },
	{ "modeltimeoutexception", CDT_ERR_TIMEOUT },
	{ "optinrequired", CDT_ERR_FORBIDDEN },
	{ "requestexpired", CDT_ERR_AUTH },
	{ "requesttimetooskewed", CDT_ERR_AUTH },
	{ "resourcenotfoundexception", CDT_ERR_NO_MODEL },
	{ "servicequotaexceededexception", CDT_ERR_RATE_LIMITED },
	{ "serviceunavailableexception", CDT_ERR_OVERLOADED },
	{ "signaturedoesnotmatch", CDT_ERR_AUTH },
	{ "throttlingexception", CDT_ERR_RATE_LIMITED },
	{ "toomanyrequestsexception", CDT_ERR_RATE_LIMITED },
	{ "unrecognizedclientexception", CDT_ERR_AUTH },
	{ "validationexception", CDT_ERR_BAD_REQUEST },
};

/* In small letters, as they are compared. */
static const struct { const char *words; uint32_t reason; } sentences[] = {
	{ "input is too long", CDT_ERR_CONTEXT_LENGTH },
	{ "prompt is too long", CDT_ERR_CONTEXT_LENGTH },
	{ "exceed context limit", CDT_ERR_CONTEXT_LENGTH },
	{ "exceeds the context window", CDT_ERR_CONTEXT_LENGTH },
	{ "maximum context length", CDT_ERR_CONTEXT_LENGTH },
	{ "too many input tokens", CDT_ERR_CONTEXT_LENGTH },
	{ "input tokens exceeded", CDT_ERR_CONTEXT_LENGTH },
	{ "on-demand throughput", CDT_ERR_NO_MODEL },
	{ "model identifier is invalid", CDT_ERR_NO_MODEL },
	{ "end of its life", CDT_ERR_NO_MODEL },
	{ "access to the model", CDT_ERR_FORBIDDEN },
	{ "api key", CDT_ERR_AUTH },
	{ "security token", CDT_ERR_AUTH },
	{ "content filter", CDT_ERR_FILTERED },
	{ "blocked by our content filters", CDT_ERR_FILTERED },
};

static cdt_str lowered(struct cdt_call *call, cdt_str s)
{
	char *p = call->api->scratch(call, s.n + 1);

	for (size_t i = 0; p && i < s.n; i++)
		p[i] = bedrock_lower(s.p[i]);
	return (cdt_str){ p ? p : "", p ? s.n : 0 };
}

static uint32_t by_class(cdt_str name)
{
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (cdt_is(name, classes[i].name))
			return classes[i].reason;
	return 0;
}

static uint32_t by_status(uint32_t status)
{
	if (status < 300 || status == 424)
		return CDT_ERR_UPSTREAM;
	return cdt_reason(status);
}

/* Only of what a request can be wrong about: a throttled one may speak of input tokens, too. */
static uint32_t reason_of(uint32_t status, cdt_str name, cdt_str message)
{
	uint32_t known = by_class(name), reason = known ? known : by_status(status);

	if (reason != CDT_ERR_BAD_REQUEST && reason != CDT_ERR_FORBIDDEN)
		return reason;
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if (words_hold(message, sentences[i].words))
			return sentences[i].reason;
	return reason;
}

/* "ThrottlingException:http://internal..." and "com.amazon.coral#ThrottlingException" */
static cdt_str bare(cdt_str name)
{
	cdt_str rest = name, head = bedrock_cut(&rest, '#');

	if (head.n < name.n)
		name = rest;
	name = bedrock_cut(&name, ':');
	return bedrock_cut(&name, ',');
}

static cdt_str class_of(const struct answer *a, const struct cdt_http_head *head, cdt_str type)
{
	cdt_str said = words_header(head, "x-amzn-errortype");

	if (a->fault_n)
		return bare((cdt_str){ a->fault, a->fault_n });
	return bare(said.n ? said : type);
}

/* Twelve digits between colons are the number of the account that pays. */
static void hide_account(char *p, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] >= '0' && p[i] <= '9') {
			digits++;
			continue;
		}
		if (digits == ACCOUNT_DIGITS && p[i] == ':' && i > digits
		    && p[i - digits - 1] == ':')
			memset(p + i - digits, '*', digits);
		digits = 0;
	}
}

/* Cut between characters, in one line. */
static cdt_str safe(struct cdt_call *call, cdt_str s, size_t most)
{
	char *p;

	if (s.n > most)
		for (s.n = most; s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80; s.n--)
			;
	p = call->api->keep(call, s.n + 1);
	for (size_t i = 0; p && i < s.n; i++)
		p[i] = (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f ? ' ' : s.p[i];
	if (p)
		hide_account(p, s.n);
	return (cdt_str){ p, p ? s.n : 0 };
}

static cdt_str message_of(cdt_val doc)
{
	static const char *const members[] = {
		"originalMessage", "message", "Message", "error",
	};

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (cdt_text(cdt_get(doc, members[i])).n)
			return cdt_text(cdt_get(doc, members[i]));
	return CDT_STR("");
}

static cdt_str own_words(struct cdt_call *call, const struct answer *a, uint32_t status)
{
	char line[96];

	if (a->flags & ANSWER_FILTERED)
		return CDT_STR("The model's content filter took the picture away.");
	if (a->flags & ANSWER_BROKEN)
		return CDT_STR("The model's answer was malformed.");
	if (status < 300)
		return CDT_STR("The upstream's answer could not be read.");
	(void)snprintf(line, sizeof line,
	               "The upstream answered with status %u and no message.", status);
	return words_keep(call, words_z(line));
}

static int about_time(cdt_str name, cdt_str message)
{
	static const char *const words[] = {
		"signature expired", "signature not yet current", "request has expired",
		"too skewed",
	};

	if (cdt_is(name, "requesttimetooskewed") || cdt_is(name, "requestexpired"))
		return 1;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words_hold(message, words[i]))
			return 1;
	return cdt_is(name, "invalidsignatureexception");
}

/* Our clock may be wrong: the answer's Date says by how much.  1: the next signature will have
 * another time, so that it is worth trying again. */
static int learns_time(struct bedrock *self, const struct cdt_http_head *head)
{
	int64_t theirs = bedrock_http_date(words_header(head, "date")), skew, before;

	if (theirs < 0 || !CDT_CAN(struct cdt_host, self->host, wall_ms))
		return 0;
	skew = theirs - self->host->wall_ms(self->host);
	if (skew > SKEW_MOST_MS || skew < -SKEW_MOST_MS)
		return 0;
	before = atomic_load(&self->skew_ms);
	if (skew - before < SKEW_LEAST_MS && before - skew < SKEW_LEAST_MS)
		return 0;
	atomic_store(&self->skew_ms, skew);
	self->host->log(self->host, CDT_LOG_WARN,
	                "our clock is not upstream's: signatures take theirs from now on");
	return 1;
}

/* What the answer says of itself.  An error message in a stream is a sentence, no JSON. */
struct words { cdt_str name, message; };

static struct words words_of(struct cdt_call *call, const struct answer *a,
                             const struct cdt_http_head *head, cdt_str body)
{
	cdt_val doc;

	if (call->api->parse(call, body, &doc) == CDT_OK)
		return (struct words){ class_of(a, head, cdt_text(cdt_get(doc, "__type"))),
		                       message_of(doc) };
	return (struct words){ class_of(a, head, CDT_STR("")),
	                       a->fault_n ? body : CDT_STR("") };
}

cdt_status bedrock_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                         cdt_str body, struct cdt_error *err)
{
	struct answer *a = bedrock_answer(call);
	struct words said;
	cdt_str small, name;

	if (!a)
		return CDT_E_NOMEM;
	if (a->native && head->status < 300 && !a->fault_n)
		return bedrock_claude_error(self, call, head, body, err);
	err->message = own_words(call, a, head->status);
	err->reason = a->flags & ANSWER_FILTERED ? CDT_ERR_FILTERED : by_status(head->status);
	if (a->flags & (ANSWER_FILTERED | ANSWER_BROKEN))
		return CDT_OK;
	said = words_of(call, a, head, body);
	small = lowered(call, said.message);
	name = lowered(call, said.name);
	err->code = safe(call, said.name, CODE_MAX);
	err->reason = reason_of(head->status, name, small);
	if (said.message.n)
		err->message = safe(call, said.message, MESSAGE_MAX);
	if (err->reason == CDT_ERR_RATE_LIMITED && err->retry_after_ms < 0
	    && words_hold(small, "per day"))
		err->retry_after_ms = DAY_RETRY_MS;
	if (about_time(name, small) && learns_time(self, head))
		err->reason = CDT_ERR_UPSTREAM;
	return CDT_OK;
}
