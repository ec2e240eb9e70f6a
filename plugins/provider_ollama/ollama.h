/* provider_ollama/ollama.h - what the files of this plugin share.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_OLLAMA_H
#define PROVIDER_OLLAMA_H
#include <conduit/easy.h>

#include <stdbool.h>

/* One configured instance; immutable after open. */
struct ollama {
	int64_t num_ctx;                                 /* 0 = as the model has it */
	int64_t keep_alive_s;                            /* when has_keep_alive */
	bool has_keep_alive;
	cdt_str keep_alive;                              /* "5m"; "" = a number, or none */
};

/* One attempt, from build to done.  Kept by the host (slot). */
struct turn {
	uint32_t op;
	bool stream;
	bool started, ended;
	bool loaded;                                     /* ended, but only loaded a model */
	bool part_open;
	uint32_t part, part_kind;                        /* the open part */
	uint32_t next_part, calls;
};
struct turn *ollama_turn(struct cdt_call *call);         /* made when first asked for */

/* One request being written.  The first failure sticks in status. */
struct draft {
	const struct ollama *self;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_out *o;
	cdt_val doc;
	cdt_status status;
	cdt_val calls;                                   /* the last ones of the history, */
	size_t calls_at;                                 /* and in which message */
};
cdt_status ollama_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http);
/* Says why to the client: the first one counts.  param: the member, or "". */
void ollama_refuse(struct draft *d, const char *param, const char *why);
/* The member can not be done: left out, or refused when whoever configured it wants that. */
void ollama_lacks(struct draft *d, const char *member);

/* options.c */
void ollama_write_options(struct draft *d);              /* options and keep_alive */
void ollama_write_format(struct draft *d);
void ollama_write_think(struct draft *d);
void ollama_check_members(struct draft *d);              /* names what can not be done */

/* messages.c, tools.c */
void ollama_write_messages(struct draft *d);
void ollama_write_tools(struct draft *d);
void ollama_write_call(struct draft *d, cdt_val call);   /* of the history */
/* The name of the tool whose result has that id, or "".  position: among the results. */
cdt_str ollama_tool_of(const struct draft *d, size_t position, cdt_str id);

/* answer.c, extras.c */
struct reading { struct cdt_call *call; struct turn *turn; struct cdt_sink *sink; };
cdt_status ollama_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink);
cdt_status ollama_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status ollama_start(const struct reading *r, cdt_val doc);
cdt_status ollama_usage(const struct reading *r, cdt_val doc);
cdt_status ollama_vectors(const struct reading *r, cdt_val doc);
cdt_status ollama_logprobs(const struct reading *r, cdt_val list);

/* error.c */
cdt_status ollama_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err);

static inline bool ollama_has(cdt_val v) { return cdt_type(v) > CDT_NULL; }
static inline bool ollama_type_is(cdt_val part, const char *name)
{
	return cdt_is(cdt_text(cdt_get(part, "type")), name);
}
#endif
