/* provider_mistral/mistral.h - what the files of this plugin share.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_MISTRAL_H
#define PROVIDER_MISTRAL_H
#include "lib_openai/openai.h"

#include <string.h>

/* One configured instance; immutable after open. */
struct mistral {
	struct openai base;                              /* first */
	bool safe_prompt;                                /* sent with every chat */
};

/* chat.c, history.c, parts.c */
cdt_status mistral_body_chat(const struct asking *a);
cdt_status mistral_history(const struct asking *a, cdt_val messages);
cdt_status mistral_part(const struct asking *a, cdt_val part);
/* Does this request's model take its own thoughts back? */
bool mistral_takes_thoughts(const struct asking *a);
/* The texts of a list of parts of one type, a line for each. */
cdt_status mistral_joined(const struct asking *a, cdt_val parts, cdt_str *out);
/* Pieces one after the other, in scratch; {NULL, 0}: no room. */
cdt_str mistral_glued(struct cdt_call *call, const cdt_str *pieces, size_t count);

/* ids.c: nine letters or digits; those that are already stay as they are */
cdt_str mistral_id(struct cdt_call *call, cdt_str id);

/* others.c: bodies of what is not a chat */
cdt_status mistral_body_fim(const struct asking *a);
cdt_status mistral_body_embed(const struct asking *a);
cdt_status mistral_body_moderate(const struct asking *a);
cdt_status mistral_form_transcribe(const struct asking *a, struct cdt_http_out *http);

/* answers.c */
cdt_status mistral_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                         struct cdt_sink *sink);
cdt_status mistral_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
/* moderate.c, listen.c */
cdt_status mistral_verdicts(const struct reading *r, cdt_val doc);
cdt_status mistral_heard(const struct reading *r, cdt_val doc);

/* error.c */
cdt_status mistral_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                         cdt_str body, struct cdt_error *err);
cdt_status mistral_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        uint32_t *frames);

static inline bool mistral_type_is(cdt_val v, const char *name)
{
	return cdt_is(cdt_text(cdt_get(v, "type")), name);
}
#endif
