/* provider_compatible/hosts.c - the hosts and their habits, one row each.  What a field means
 * stands in lib_openai/host.h, what is not there is as OpenAI does it.
 * SPDX-License-Identifier: MIT */
#include "compatible.h"

#define OP(name) CDT_OP_BIT(CDT_OP_##name)

/* What few know beside OpenAI: HINTS change no answer, LACKS do. */
#define HINTS "user safety_identifier prompt_cache_key metadata store service_tier prediction "
#define LACKS "logit_bias verbosity modalities audio web_search_options "

const struct openai_host compatible_hosts[] = {
	{
		.name = "ai21", .base_url = "https://api.ai21.com/studio/v1", .ops = OP(CHAT),
		.limit = LIMIT_OLD, .formats = "json_object", .parts = "-", .join_text = true,
		.choices = "auto none", .think = SWITCH_NONE, .drop = HINTS,
		.refuse = LACKS "logprobs top_logprobs seed frequency_penalty presence_penalty",
	}, {
		.name = "baseten", .base_url = "https://inference.baseten.co/v1",
		.ops = OP(CHAT), .native_ops = OP(CHAT), .limit = LIMIT_OLD, .top_k = true,
		.think = SWITCH_TEMPLATE, .efforts = "low medium high",
	}, {
		.name = "cerebras", .base_url = "https://api.cerebras.ai/v1",
		.ops = OP(CHAT) | OP(COMPLETE), .limit = LIMIT_NEW, .join_text = true,
		.drop = HINTS, .refuse = LACKS "n frequency_penalty presence_penalty",
		.efforts = "none low medium high", .back = "reasoning", .back_always = true,
	}, {
		.name = "cloudflare",
		.base_url = "https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1",
		.ops = OP(CHAT) | OP(EMBED), .limit = LIMIT_OLD, .top_k = true,
		.inline_media = true, .no_base64 = true, .drop = HINTS,
		.refuse = LACKS "n logprobs top_logprobs",
	}, {
		.name = "crusoe", .base_url = "https://api.inference.crusoecloud.com/v1",
		.ops = OP(CHAT) | OP(COMPLETE), .native_ops = OP(CHAT) | OP(COMPLETE),
		.top_k = true, .limit = LIMIT_OLD,
		.think = SWITCH_TEMPLATE, .efforts = "low medium high",
	}, {
		.name = "dashscope",
		.base_url = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .limit = LIMIT_OLD, .top_k = true,
		.choices = "auto none named", .cache_marks = true, .drop = HINTS,
		.refuse = LACKS "frequency_penalty", .think = SWITCH_ENABLE,
		.stream_only = "*", .inputs_max = 10, .no_base64 = true,
	}, {
		.name = "databricks", .base_url = "https://{account}/serving-endpoints",
		.ops = OP(CHAT) | OP(EMBED), .limit = LIMIT_OLD, .top_k = true,
		.no_stream_options = true, .no_base64 = true, .drop = HINTS,
		.efforts = "low medium high",
		.only = "stop temperature top_p top_k n logprobs top_logprobs tools "
		        "tool_choice response_format reasoning_effort thinking",
	}, {
		.name = "deepinfra", .base_url = "https://api.deepinfra.com/v1/openai",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(IMAGE) | OP(SPEECH) |
		       OP(TRANSCRIBE),
		.limit = LIMIT_OLD, .top_k = true, .think_tags = true, .edits = true,
		.efforts = "none low medium high", .drop = HINTS, .refuse = LACKS,
	}, {
		.name = "deepseek", .base_url = "https://api.deepseek.com",
		.responses = true,
		.ops = OP(CHAT) | OP(COMPLETE), .paths = "completions=/beta/completions",
		.limit = LIMIT_OLD, .formats = "json_object", .parts = "-", .join_text = true,
		.drop = HINTS, .refuse = LACKS "n seed parallel_tool_calls",
		.message_members = "prefix", .think = SWITCH_THINKING, .efforts = "high max",
		.back = "reasoning_content", .back_empty = true,
	}, {
		.name = "fireworks", .base_url = "https://api.fireworks.ai/inference/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(RERANK),
		.native_ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .limit = LIMIT_OLD,
		.top_k = true, .efforts = "none low medium high",
	}, {
		.name = "github", .base_url = "https://models.github.ai/inference",
		.ops = OP(CHAT) | OP(EMBED), .drop = HINTS,
		.refuse = "logit_bias verbosity web_search_options",
	}, {
		.name = "heroku", .base_url = "https://us.inference.heroku.com/v1",
		.ops = OP(CHAT) | OP(EMBED) | OP(IMAGE), .no_base64 = true, .drop = HINTS,
		.refuse = LACKS "n seed logprobs top_logprobs frequency_penalty "
		          "presence_penalty", .think = SWITCH_NONE,
	}, {
		.name = "hyperbolic", .base_url = "https://api.hyperbolic.xyz/v1",
		.ops = OP(CHAT) | OP(COMPLETE), .native_ops = OP(CHAT) | OP(COMPLETE),
		.limit = LIMIT_OLD, .top_k = true,
	}, {
		.name = "llamacpp", .base_url = "http://127.0.0.1:8080/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(RERANK), .limit = LIMIT_OLD,
		.top_k = true, .think = SWITCH_TEMPLATE, .efforts = "low medium high",
	}, {
		.name = "lmstudio", .base_url = "http://127.0.0.1:1234/v1",
		.responses = true,
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .limit = LIMIT_OLD, .top_k = true,
		.formats = "json_schema", .inline_media = true, .no_base64 = true,
		.efforts = "low medium high", .drop = HINTS, .refuse = "n",
	}, {
		.name = "minimax", .base_url = "https://api.minimax.io/v1", .ops = OP(CHAT),
		.limit = LIMIT_NEW, .drop = HINTS,
		.refuse = LACKS "n frequency_penalty presence_penalty logprobs top_logprobs",
		.set = "reasoning_split=true", .think = SWITCH_ADAPTIVE, .think_tags = true,
		.back = "reasoning_details", .back_always = true,
	}, {
		.name = "moonshot", .base_url = "https://api.moonshot.ai/v1", .ops = OP(CHAT),
		.limit = LIMIT_OLD, .temperature_max = 1, .choices = "auto none named",
		.drop = HINTS, .refuse = LACKS "logprobs top_logprobs parallel_tool_calls",
		.message_members = "partial", .think = SWITCH_THINKING,
		.back = "reasoning_content", .back_empty = true,
	}, {
		.name = "nebius", .base_url = "https://api.tokenfactory.nebius.com/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(IMAGE), .limit = LIMIT_OLD,
		.top_k = true, .efforts = "low medium high", .think_tags = true,
	}, {
		.name = "novita", .base_url = "https://api.novita.ai/v3/openai",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .limit = LIMIT_OLD, .top_k = true,
		.think = SWITCH_ENABLE, .think_tags = true, .drop = HINTS, .refuse = LACKS,
	}, {
		.name = "nvidia", .base_url = "https://integrate.api.nvidia.com/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .limit = LIMIT_OLD,
		.input_type = "passage", .think = SWITCH_TEMPLATE, .think_tags = true,
		.efforts = "low medium high", .drop = HINTS, .refuse = LACKS,
	}, {
		.name = "openrouter", .base_url = "https://openrouter.ai/api/v1",
		.responses = true,
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .limit = LIMIT_OLD, .top_k = true,
		.cache_marks = true, .think = SWITCH_REASONING,
		.efforts = "none minimal low medium high xhigh", .back = "reasoning_details",
		.back_always = true,
	}, {
		.name = "perplexity", .base_url = "https://api.perplexity.ai", .ops = OP(CHAT),
		.limit = LIMIT_OLD, .formats = "json_schema", .parts = "image_url file",
		.join_text = true, .think_tags = true, .efforts = "minimal low medium high",
		.drop = HINTS,
		.refuse = "logit_bias verbosity modalities audio tools n seed stop logprobs "
		          "top_logprobs",
	}, {
		.name = "sambanova", .base_url = "https://api.sambanova.ai/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(TRANSCRIBE), .top_k = true,
		.limit = LIMIT_OLD, .think = SWITCH_TEMPLATE, .efforts = "low medium high",
		.think_tags = true, .drop = HINTS, .refuse = LACKS "n",
	}, {
		.name = "sglang", .base_url = "http://127.0.0.1:30000/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(RERANK),
		.native_ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED), .top_k = true,
		.limit = LIMIT_OLD, .think = SWITCH_TEMPLATE, .efforts = "low medium high",
	}, {
		.name = "snowflake",
		.base_url = "https://{account}.snowflakecomputing.com/api/v2/cortex/v1",
		.ops = OP(CHAT), .limit = LIMIT_NEW, .drop = HINTS, .refuse = LACKS "n seed",
		.think = SWITCH_REASONING, .efforts = "none minimal low medium high",
		.back = "reasoning_details", .back_always = true,
	}, {
		.name = "together", .base_url = "https://api.together.xyz/v1",
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(IMAGE) | OP(SPEECH) |
		       OP(TRANSCRIBE) | OP(RERANK),
		.limit = LIMIT_OLD, .top_k = true, .logprobs_number = true, .think_tags = true,
		.think = SWITCH_REASONING_ENABLED, .efforts = "low medium high",
		.no_base64 = true, .drop = HINTS, .values = "response_format.b64_json=base64",
		.refuse = "verbosity audio web_search_options",
	}, {
		.name = "vllm", .base_url = "http://127.0.0.1:8000/v1",
		.responses = true,
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(TRANSCRIBE) | OP(RERANK),
		.native_ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(TRANSCRIBE),
		.limit = LIMIT_OLD, .top_k = true,
		.think = SWITCH_TEMPLATE, .efforts = "low medium high",
	}, {
		.name = "xai", .base_url = "https://api.x.ai/v1",
		.responses = true,
		.ops = OP(CHAT) | OP(COMPLETE) | OP(EMBED) | OP(IMAGE), .limit = LIMIT_NEW,
		.efforts = "low high", .drop = HINTS, .edits = true,
		.refuse = "verbosity modalities audio web_search_options",
	}, {
		.name = "zai", .base_url = "https://api.z.ai/api/paas/v4",
		.ops = OP(CHAT) | OP(EMBED) | OP(IMAGE), .limit = LIMIT_OLD,
		.temperature_max = 1, .choices = "auto", .formats = "json_object",
		.no_base64 = true, .drop = HINTS,
		.refuse = LACKS "n seed logprobs top_logprobs frequency_penalty "
		          "presence_penalty parallel_tool_calls",
		.think = SWITCH_THINKING, .back = "reasoning_content", .back_empty = true,
	},
	{ .name = NULL },
};
