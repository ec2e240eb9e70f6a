/* bench/dialect.c - what the mock says, in several dialects.
 * SPDX-License-Identifier: MIT */
#include "dialect.h"

const struct dialect dialects[DIALECTS] = {
	{
		.path = { "POST /v1/messages ", 18 },
		.whole_begin = CDT_STR(
			"{\"id\":\"msg_0000000000000000\",\"type\":\"message\",\"role\":"
			"\"assistant\",\"model\":\"mock-1\",\"content\":[{\"type\":\"text\","
			"\"text\":\""),
		.whole_end = CDT_STR(
			"\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{"
			"\"input_tokens\":42,\"cache_creation_input_tokens\":0,"
			"\"cache_read_input_tokens\":0,\"output_tokens\":64}}"),
		.stream_begin = CDT_STR(
			"event: message_start\ndata: {\"type\":\"message_start\",\"message\":"
			"{\"id\":\"msg_0000000000000000\",\"type\":\"message\",\"role\":"
			"\"assistant\",\"model\":\"mock-1\",\"content\":[],\"stop_reason\":"
			"null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":42,"
			"\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":"
			"\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
			"\"text\",\"text\":\"\"}}\n\n"),
		.event_begin = CDT_STR(
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\","
			"\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""),
		.event_end = CDT_STR("\"}}\n\n"),
		.stream_end = CDT_STR(
			"event: content_block_stop\ndata: {\"type\":\"content_block_stop\","
			"\"index\":0}\n\nevent: message_delta\ndata: {\"type\":"
			"\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
			"\"stop_sequence\":null},\"usage\":{\"output_tokens\":100}}\n\n"
			"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
	},
	{
		.path = { "POST /v1/responses ", 19 },
		.whole_begin = CDT_STR(
			"{\"id\":\"resp_0000000000000000\",\"object\":\"response\","
			"\"created_at\":1700000000,\"status\":\"completed\",\"error\":null,"
			"\"model\":\"mock-1\",\"output\":[{\"id\":\"msg_0000000000000000\","
			"\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\","
			"\"content\":[{\"type\":\"output_text\",\"annotations\":[],"
			"\"text\":\""),
		.whole_end = CDT_STR(
			"\"}]}],\"usage\":{\"input_tokens\":42,\"input_tokens_details\":{"
			"\"cached_tokens\":0},\"output_tokens\":64,\"output_tokens_details\":"
			"{\"reasoning_tokens\":0},\"total_tokens\":106}}"),
		.stream_begin = CDT_STR(
			"event: response.created\ndata: {\"type\":\"response.created\","
			"\"sequence_number\":0,\"response\":{\"id\":"
			"\"resp_0000000000000000\",\"object\":\"response\",\"created_at\":"
			"1700000000,\"status\":\"in_progress\",\"model\":\"mock-1\","
			"\"output\":[],\"usage\":null}}\n\n"),
		.event_begin = CDT_STR(
			"event: response.output_text.delta\ndata: {\"type\":"
			"\"response.output_text.delta\",\"sequence_number\":1,\"item_id\":"
			"\"msg_0000000000000000\",\"output_index\":0,\"content_index\":0,"
			"\"delta\":\""),
		.event_end = CDT_STR("\",\"logprobs\":[]}\n\n"),
		.stream_end = CDT_STR(
			"event: response.completed\ndata: {\"type\":\"response.completed\","
			"\"sequence_number\":2,\"response\":{\"id\":"
			"\"resp_0000000000000000\",\"object\":\"response\",\"created_at\":"
			"1700000000,\"status\":\"completed\",\"error\":null,\"model\":"
			"\"mock-1\",\"output\":[],\"usage\":{\"input_tokens\":42,"
			"\"input_tokens_details\":{\"cached_tokens\":0},\"output_tokens\":64,"
			"\"output_tokens_details\":{\"reasoning_tokens\":0},"
			"\"total_tokens\":106}}}\n\n"),
	},
	{
		.path = { "POST /v1beta/models/", 20 },
		.whole_begin = CDT_STR(
			"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""),
		.whole_end = CDT_STR(
			"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],"
			"\"usageMetadata\":{\"promptTokenCount\":42,\"candidatesTokenCount\":"
			"64,\"totalTokenCount\":106},\"modelVersion\":\"mock-1\","
			"\"responseId\":\"r-0000000000000000\"}"),
	},
	{
		.path = { "POST /model/", 12 },
		.whole_begin = CDT_STR(
			"{\"metrics\":{\"latencyMs\":1},\"output\":{\"message\":{\"content\":"
			"[{\"text\":\""),
		.whole_end = CDT_STR(
			"\"}],\"role\":\"assistant\"}},\"stopReason\":\"end_turn\",\"usage\":{"
			"\"inputTokens\":42,\"outputTokens\":64,\"totalTokens\":106}}"),
	},
	{
		.path = { "POST /v2/chat ", 14 },
		.whole_begin = CDT_STR(
			"{\"id\":\"c-0000000000000000\",\"finish_reason\":\"COMPLETE\","
			"\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
			"\"text\":\""),
		.whole_end = CDT_STR(
			"\"}]},\"usage\":{\"billed_units\":{\"input_tokens\":42,"
			"\"output_tokens\":64},\"tokens\":{\"input_tokens\":42,"
			"\"output_tokens\":64}}}"),
	},
	{
		.path = { "POST /api/chat ", 15 },
		.whole_begin = CDT_STR(
			"{\"model\":\"mock-1\",\"created_at\":\"2026-11-21T00:00:00Z\","
			"\"message\":{\"role\":\"assistant\",\"content\":\""),
		.whole_end = CDT_STR(
			"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":42,"
			"\"eval_count\":64}"),
	},
	{
		.path = { "POST ", 5 },
		.whole_begin = CDT_STR(
			"{\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion\","
			"\"created\":1700000000,\"model\":\"mock-1\",\"choices\":[{\"index\":0,"
			"\"message\":{\"role\":\"assistant\",\"content\":\""),
		.whole_end = CDT_STR(
			"\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{"
			"\"prompt_tokens\":42,\"completion_tokens\":64,\"total_tokens\":106,"
			"\"prompt_tokens_details\":{\"cached_tokens\":0}},"
			"\"system_fingerprint\":\"fp_0\"}"),
		.event_begin = CDT_STR(
			"data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":"
			"\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"mock-1\","
			"\"system_fingerprint\":\"fp_0\",\"choices\":[{\"index\":0,\"delta\":{"
			"\"content\":\""),
		.event_end = CDT_STR("\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"),
		.role = CDT_STR(
			"data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":"
			"\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"mock-1\","
			"\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
			"\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"),
		.stream_end = CDT_STR(
			"data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":"
			"\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"mock-1\","
			"\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
			"\"finish_reason\":\"stop\"}]}\n\n"
			"data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":"
			"\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"mock-1\","
			"\"choices\":[],\"usage\":{\"prompt_tokens\":42,\"completion_tokens\":"
			"100,\"total_tokens\":142}}\n\ndata: [DONE]\n\n"),
	},
};
