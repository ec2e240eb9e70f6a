/* lib_openai/host.h - how a host differs from OpenAI: one row a host, data and not code.
 * Lists are words with a blank between them; a word may end in "*".  In "model*=a+b" the first
 * that fits counts.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_OPENAI_HOST_H
#define LIB_OPENAI_HOST_H
#include <conduit/easy.h>

#include <stdbool.h>

/* Name of the output limit: as the client calls it, or always the one or the other. */
enum openai_limit { LIMIT_AUTO, LIMIT_OLD, LIMIT_NEW };

/* How a host is told to think, or not to. */
enum openai_switch {
	SWITCH_EFFORT,                                   /* reasoning_effort */
	SWITCH_THINKING,                                 /* thinking: {type: enabled} */
	SWITCH_ADAPTIVE,                                 /* thinking: {type: adaptive} */
	SWITCH_ENABLE,                                   /* enable_thinking: true */
	SWITCH_TEMPLATE,           /* chat_template_kwargs: {enable_thinking: true} */
	SWITCH_REASONING,                                /* reasoning: {effort: high} */
	SWITCH_REASONING_ENABLED,                        /* reasoning: {enabled: true} */
	SWITCH_NONE,                                     /* it can not be told */
	SWITCH_COUNT
};

/* What is 0 or NULL is as OpenAI does it, but for ops. */
struct openai_host {
	const char *name;
	const char *base_url;                            /* what stands before the path */
	const char *account;                             /* for {account} in base_url */
	const char *auth_header, *auth_prefix;           /* authorization, "Bearer " */
	const char *headers;                             /* lines of "Name: value" */
	const char *paths;                               /* "rerank=/v2/rerank" */
	uint64_t ops;                                    /* CDT_OP_BIT | ... */
	uint64_t native_ops;                             /* a client's own body may go out */
	bool responses;                                  /* it has the Responses API, too */
	/* Members of a chat.  only: no others go out; drop: hints that are left out silently;
	 * refuse: what upstream can not do; rename: "seed=random_seed"; set: sent always,
	 * "name=JSON", or "name|other=JSON": unless the client has one of them. */
	const char *only, *drop, *refuse, *rename, *set;
	const char *values;                              /* "member.value=other", or "=" */
	const char *choices;                             /* of auto none required named */
	const char *formats;                             /* of json_object json_schema */
	const char *parts;                               /* beside text; "-": none */
	const char *system_role;                         /* what a system message is called */
	const char *message_members;                     /* of others, that it takes */
	double temperature_max;
	enum openai_limit limit;
	bool top_k;                                      /* a member that it knows */
	bool cache_marks;                                /* cache_control on parts and tools */
	bool inline_media;                               /* it fetches nothing itself */
	bool no_stream_options;                          /* refused; usage comes, or never */
	bool no_names;                                   /* of messages */
	bool join_text;                                  /* content is one text if it can */
	bool empty_content;                              /* "" where others take null */
	bool logprobs_number;                            /* logprobs: N, not top_logprobs */
	const char *stream_only;                         /* models that only stream */
	/* Reasoning.  efforts: the words it knows, beside the switch; back: the member of an
	 * assistant's message that wants it again, in turns with tool calls or in all;
	 * back_empty: with "" where there was none. */
	enum openai_switch think;
	const char *efforts, *back;
	const char *model_efforts;                       /* "model*=low+high", no others */
	bool back_always, back_empty;
	bool think_tags;                                 /* <think> at the start of content */
	/* Embeddings. */
	const char *input_type;                          /* sent if the client has none */
	int64_t inputs_max;                              /* 0: as many as there are */
	bool no_base64;
	/* Pictures and sounds. */
	bool edits;                                      /* it changes pictures, too */
	const char *base64_images;                       /* models without response_format */
	const char *plain_transcripts;                   /* models that know no verbose_json */
	/* The id of a tool call as the host takes it; NULL: as it is. */
	cdt_str (*tool_id)(struct cdt_call *call, cdt_str id);
	/* Writes a part of a message that the host wants in a shape of its own; false: it is
	 * to be written as it is. */
	bool (*part)(struct cdt_out *o, cdt_val part);
};
#endif
