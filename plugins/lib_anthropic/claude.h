/* lib_anthropic/claude.h - Claude's language, the Messages API, for the plugins that reach
 * Claude in different places: the door of this library.  Where a request goes, and with which
 * secret, is the plugin's affair.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_ANTHROPIC_CLAUDE_H
#define LIB_ANTHROPIC_CLAUDE_H
#include <conduit/easy.h>

#include "lib_words/words.h"

/* Where it is.  In clouds the address names the model, and the body the version of the API. */
enum claude_where { CLAUDE_AT_HOME, CLAUDE_ON_BEDROCK, CLAUDE_ON_VERTEX };

/* Of one configured instance; read-only, shared by all workers. */
struct claude {
	enum claude_where where;
	const struct cdt_crypto *crypto;        /* NULL: this gateway has none */
	int64_t max_tokens_default;
};

/* An attempt's state is kept in *place, NULL at first: any pointer of the plugin's that lives
 * as long as the attempt, such as the call's slot. */

/* request.c: writes the body, translated or the client's own; method, address and headers are
 * the plugin's.  *files_beta: it names uploaded files, which has a beta name (at home). */
cdt_status claude_write(const struct claude *self, void **place, struct cdt_call *call,
                        const struct cdt_request *req, struct cdt_http_out *http,
                        int *files_beta);

/* betas.c */
/* What the client says in that header, if it speaks this dialect; "". */
cdt_str claude_header(struct cdt_call *call, const struct cdt_request *req, const char *name);
/* The first list with commas, and of the others those that it has not yet; "": none. */
cdt_str claude_betas(struct cdt_call *call, const cdt_str *lists, size_t count);
/* Those of the client's that the cloud knows, under its names, with commas between; "". */
cdt_str claude_cloud_betas(const struct claude *self, struct cdt_call *call,
                           const struct cdt_request *req);

/* stream.c, error.c */
cdt_status claude_frame(void **place, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink);
cdt_status claude_finish(void **place, struct cdt_call *call);
cdt_status claude_error(void **place, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err);
#endif
