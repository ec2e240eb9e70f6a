/* provider_ollama/error.c - why the server said no: by its sentence, since its errors have no
 * code, else by the status.  What broke inside of it is for the log, not for the client: such
 * sentences name files and addresses of the operator's machine.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <string.h>

static const struct sentence {
	const char *words;
	uint32_t reason;
	const char *param, *code;
} sentences[] = {
	{ "does not support tools", CDT_ERR_BAD_REQUEST, "tools", "unsupported_parameter" },
	{ "does not support thinking", CDT_ERR_BAD_REQUEST, "reasoning_effort",
	  "unsupported_parameter" },
	{ "does not support insert", CDT_ERR_BAD_REQUEST, "suffix", "unsupported_parameter" },
	{ "does not support", CDT_ERR_BAD_REQUEST, "model", "unsupported_model" },
	{ "try pulling it", CDT_ERR_NO_MODEL, "model", "model_not_found" },
	{ "file does not exist", CDT_ERR_NO_MODEL, "model", "model_not_found" },
	{ "model is required", CDT_ERR_NO_MODEL, "model", "model_not_found" },
	{ "context length", CDT_ERR_CONTEXT_LENGTH, "messages", "context_length_exceeded" },
	{ "context window", CDT_ERR_CONTEXT_LENGTH, "messages", "context_length_exceeded" },
	{ "context size", CDT_ERR_CONTEXT_LENGTH, "messages", "context_length_exceeded" },
	{ "prompt too long", CDT_ERR_CONTEXT_LENGTH, "messages", "context_length_exceeded" },
	{ "prompt is too long", CDT_ERR_CONTEXT_LENGTH, "messages", "context_length_exceeded" },
	{ "server busy", CDT_ERR_OVERLOADED, "", "server_busy" },
	{ "loading model", CDT_ERR_OVERLOADED, "", "loading" },
	{ "timed out waiting", CDT_ERR_TIMEOUT, "", "timeout" },
	{ "requires a subscription", CDT_ERR_FORBIDDEN, "", "subscription_required" },
	{ "invalid format", CDT_ERR_BAD_REQUEST, "response_format", "invalid_value" },
	{ "invalid duration", CDT_ERR_BAD_REQUEST, "keep_alive", "invalid_value" },
	{ "unauthorized", CDT_ERR_AUTH, "", "unauthorized" },
};

static bool holds(cdt_str s, const char *words)
{
	size_t n = strlen(words);

	for (size_t i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, words, n) == 0)
			return true;
	return false;
}

static const struct sentence *known(cdt_str message)
{
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (holds(message, sentences[i].words))
			return &sentences[i];
	return NULL;
}

/* "model 'x' not found", with any quotes. */
static bool lacks_model(cdt_str message)
{
	return message.n > 5 && memcmp(message.p, "model", 5) == 0 &&
	       holds(message, "not found");
}

static const char *generic(uint32_t reason)
{
	switch (reason) {
	case CDT_ERR_AUTH: return "The upstream refused the gateway's credential.";
	case CDT_ERR_FORBIDDEN: return "The upstream does not allow this to the gateway.";
	case CDT_ERR_NO_MODEL: return "The upstream does not know this model.";
	case CDT_ERR_RATE_LIMITED: return "The upstream's rate limit is reached.";
	case CDT_ERR_OVERLOADED: return "The upstream is overloaded.";
	case CDT_ERR_TIMEOUT: return "The upstream took too long.";
	case CDT_ERR_BAD_REQUEST: return "The upstream refused the request.";
	default: return "The upstream failed.";
	}
}

/* An error inside a good answer has its status in the body, if anywhere. */
static uint32_t status_of(uint32_t status, cdt_val doc)
{
	int64_t said = cdt_i64(cdt_get(doc, "status_code"), 0);

	if (status >= 300)
		return status;
	if (!said)
		said = cdt_i64(cdt_get(doc, "StatusCode"), 0);
	return said >= 400 && said < 600 ? (uint32_t)said : 500;
}

static cdt_str message_of(cdt_val doc)
{
	cdt_val error = cdt_get(doc, "error");

	return cdt_type(error) == CDT_MAP ? cdt_text(cdt_get(error, "message"))
	                                  : cdt_text(error);
}

static bool is_ours(uint32_t reason)
{
	return reason == CDT_ERR_BAD_REQUEST || reason == CDT_ERR_CONTEXT_LENGTH ||
	       reason == CDT_ERR_NO_MODEL || reason == CDT_ERR_RATE_LIMITED ||
	       reason == CDT_ERR_TOO_LARGE;
}

static void log_rest(struct cdt_call *call, cdt_str message)
{
	char *line = message.n ? call->api->scratch(call, message.n + 1) : NULL;

	if (!line)
		return;
	memcpy(line, message.p, message.n);
	line[message.n] = 0;
	call->api->log(call, CDT_LOG_WARN, line);
}

static cdt_str from_z(const char *z) { return (cdt_str){ z, strlen(z) }; }

static void judge(struct cdt_error *err, cdt_str message, uint32_t status)
{
	const struct sentence *s = known(message);

	err->reason = cdt_reason(status);
	if (lacks_model(message)) {
		err->reason = CDT_ERR_NO_MODEL;
		err->code = CDT_STR("model_not_found");
		err->param = CDT_STR("model");
	} else if (s) {
		err->reason = s->reason;
		err->code = from_z(s->code);
		err->param = from_z(s->param);
	}
}

cdt_status ollama_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err)
{
	const struct turn *t = ollama_turn(call);
	cdt_str message = CDT_STR("");
	uint32_t status = head->status;
	cdt_val doc;

	(void)self;
	if (body.n && call->api->parse(call, body, &doc) == CDT_OK) {
		message = message_of(doc);
		status = status_of(status, doc);
	} else if (status < 300) {
		status = 500;
	}
	judge(err, message, status);
	if (is_ours(err->reason) && message.n) {
		err->message = message;
		return CDT_OK;
	}
	log_rest(call, message);
	err->message = from_z(generic(err->reason));
	if (t && t->loaded && !message.n) {              /* it is there for the next try */
		err->reason = CDT_ERR_OVERLOADED;
		err->message = CDT_STR("The upstream loaded the model, but gave no answer.");
	}
	return CDT_OK;
}
