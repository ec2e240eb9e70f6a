/* lib_openai/host.h - how a host differs from OpenAI: one row a host, data and not code.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_OPENAI_HOST_H
#define LIB_OPENAI_HOST_H
#include <conduit/easy.h>

#include <stdbool.h>

/* Name of the output limit: as the client calls it, or always the one or the other. */
enum openai_limit { LIMIT_AUTO, LIMIT_OLD, LIMIT_NEW };

/* What is 0 or NULL is as OpenAI does it, but for ops. */
struct openai_host {
	const char *name;
	const char *base_url;                            /* what stands before the path */
	const char *auth_header, *auth_prefix;           /* authorization, "Bearer " */
	uint64_t ops;                                    /* CDT_OP_BIT | ... */
	uint64_t native_ops;                             /* a client's own body may go out */
	enum openai_limit limit;
	bool no_stream_options;                          /* refused; usage comes, or never */
	/* The id of a tool call as the host takes it; NULL: as it is. */
	cdt_str (*tool_id)(struct cdt_call *call, cdt_str id);
	/* Writes a part of a message that the host wants in a shape of its own; false: it is
	 * to be written as it is. */
	bool (*part)(struct cdt_out *o, cdt_val part);
};
#endif
