/* provider_compatible/compatible.c - the servers that copied OpenAI's API: which row one is,
 * and the options that change it.  All else is lib_openai's.
 * SPDX-License-Identifier: MIT */
#include "compatible.h"

#include <stdio.h>

static const struct cdt_option options[] = {
	{ "host", CDT_OPT_TEXT, 0, NULL, "whose habits: deepseek, xai, vllm...", NULL },
	{ "account", CDT_OPT_TEXT, 0, NULL, "{account} in the host's address", NULL },
	{ "auth_header", CDT_OPT_TEXT, 0, NULL, "header of the secret", NULL },
	{ "auth_prefix", CDT_OPT_TEXT, 0, NULL, "what stands before the secret", NULL },
	{ "headers", CDT_OPT_LIST, 0, NULL, "more headers, \"Name: value\" each", NULL },
	{ "paths", CDT_OPT_LIST, 0, NULL, "\"operation=/path\" each", NULL },
	{ "operations", CDT_OPT_LIST, 0, NULL, "what it can do: chat, embeddings...", NULL },
	{ "native", CDT_OPT_FLAG, 0, NULL, "pass on OpenAI clients' bodies as they are", NULL },
	{ "responses", CDT_OPT_FLAG, 0, NULL, "it has the Responses API, too", NULL },
	{ "only", CDT_OPT_LIST, 0, NULL, "members of a chat that go out, no others", NULL },
	{ "drop", CDT_OPT_LIST, 0, NULL, "members that are left out silently", NULL },
	{ "refuse", CDT_OPT_LIST, 0, NULL, "members that it can not do", NULL },
	{ "rename", CDT_OPT_LIST, 0, NULL, "\"member=name\" each", NULL },
	{ "values", CDT_OPT_LIST, 0, NULL, "\"member.value=other\" each", NULL },
	{ "set", CDT_OPT_LIST, 0, NULL, "\"member=JSON\" each, without blanks", NULL },
	{ "tool_choices", CDT_OPT_LIST, 0, NULL, "of auto, none, required, named", NULL },
	{ "response_formats", CDT_OPT_LIST, 0, NULL, "of json_object, json_schema", NULL },
	{ "parts", CDT_OPT_LIST, 0, NULL, "kinds of parts beside text; - for none", NULL },
	{ "message_members", CDT_OPT_LIST, 0, NULL, "more members of messages", NULL },
	{ "system_role", CDT_OPT_TEXT, 0, NULL, "role of system messages", NULL },
	{ "temperature_max", CDT_OPT_REAL, 0, NULL, "higher ones are cut to it", NULL },
	{ "max_tokens_member", CDT_OPT_TEXT, 0, NULL,
	  "name of the output limit: auto, max_tokens or max_completion_tokens", NULL },
	{ "stream_usage", CDT_OPT_FLAG, 0, NULL, "ask for token counts in streams", NULL },
	{ "stream_only", CDT_OPT_LIST, 0, NULL, "models that only stream", NULL },
	{ "top_k", CDT_OPT_FLAG, 0, NULL, "it knows top_k", NULL },
	{ "names", CDT_OPT_FLAG, 0, NULL, "messages may have a name", NULL },
	{ "join_text", CDT_OPT_FLAG, 0, NULL, "several texts go out as one", NULL },
	{ "empty_content", CDT_OPT_FLAG, 0, NULL, "\"\" beside tool calls, not null", NULL },
	{ "cache_marks", CDT_OPT_FLAG, 0, NULL, "it knows cache_control", NULL },
	{ "inline_media", CDT_OPT_FLAG, 0, NULL, "it fetches no pictures itself", NULL },
	{ "logprobs_number", CDT_OPT_FLAG, 0, NULL, "logprobs is a number", NULL },
	{ "reasoning_switch", CDT_OPT_TEXT, 0, NULL,
	  "reasoning_effort, thinking, enable_thinking, chat_template_kwargs, ...", NULL },
	{ "reasoning_efforts", CDT_OPT_LIST, 0, NULL, "the efforts that it knows", NULL },
	{ "model_efforts", CDT_OPT_LIST, 0, NULL, "\"model*=low+high\" each", NULL },
	{ "reasoning_back", CDT_OPT_TEXT, 0, NULL, "member that wants thoughts again", NULL },
	{ "reasoning_back_always", CDT_OPT_FLAG, 0, NULL, "also without tool calls", NULL },
	{ "reasoning_back_empty", CDT_OPT_FLAG, 0, NULL, "\"\" if there are none", NULL },
	{ "edits", CDT_OPT_FLAG, 0, NULL, "it changes pictures, too", NULL },
	{ "plain_transcripts", CDT_OPT_LIST, 0, NULL, "models without verbose_json", NULL },
	{ "think_tags", CDT_OPT_FLAG, 0, NULL, "thoughts stand in <think>", NULL },
	{ "input_type", CDT_OPT_TEXT, 0, NULL, "of embeddings, if the client has none", NULL },
	{ "inputs_max", CDT_OPT_INT, 0, NULL, "of one embeddings request", NULL },
	{ "base64", CDT_OPT_FLAG, 0, NULL, "embeddings may be asked for as base64", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* A server that nobody has a row for: what most of them do. */
static const struct openai_host other = {
	.name = "other", .limit = LIMIT_OLD, .top_k = true,
	.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
	       CDT_OP_BIT(CDT_OP_EMBED),
};

const struct openai_host *compatible_host(cdt_str name)
{
	const struct openai_host *h = compatible_hosts;

	while (h->name && !cdt_is(name, h->name))
		h++;
	return h->name ? h : NULL;
}

static void *open(const struct cdt_host *gateway, cdt_val config)
{
	cdt_str name = cdt_text(cdt_get(config, "host"));
	const struct openai_host *row = name.n ? compatible_host(name) : &other;
	char why[160];

	if (row)
		return openai_new(gateway, config, row, sizeof(struct openai));
	(void)snprintf(why, sizeof why, "host \"%.*s\" is not known: is \"%s\" meant? Without "
	               "host the other options say what it is like.",
	               name.n > 40 ? 40 : (int)name.n, name.p, compatible_nearest(name)->name);
	gateway->log(gateway, CDT_LOG_ERROR, why);
	return NULL;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .open = open, .close = openai_close, .caps = openai_caps,
	.build = openai_build, .head = openai_head, .frame = openai_ops_frame,
	.finish = openai_ops_finish, .error = openai_error,
	.extension = compatible_extension,
};

const struct cdt_feature compatible_feature = {
	.size = sizeof compatible_feature, .kind = CDT_KIND_PROVIDER, .name = "compatible",
	.summary = "hosts that copied OpenAI's API, each with its habits",
	.options = options, .ops = &ops,
};
