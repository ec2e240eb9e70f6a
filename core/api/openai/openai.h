/* api/openai/openai.h - the OpenAI surfaces among themselves.  Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPENAI_OPENAI_H
#define API_OPENAI_OPENAI_H
#include "api/body.h"
#include "base/jsonw.h"
#include "flow/exchange.h"

extern const struct dialect openai_chat_dialect, openai_completions_dialect,
	openai_embeddings_dialect, openai_images_dialect, openai_edits_dialect,
	openai_speech_dialect, openai_transcriptions_dialect, openai_translations_dialect,
	openai_moderations_dialect, openai_rerank_dialect;

/* --- decode.c --- */
/* body_decode, and what OpenAI's bodies have besides: wants_usage, max_output, n, Conduit's
 * cache_control. */
cdt_status openai_decode(struct exchange *x, const struct body_field *fields);

/* --- upload.c: bodies that are forms --- */
bool openai_is_form(const struct exchange *x);
/* openai_decode of a form: its fields are members, files are {"blob":N}. */
cdt_status openai_decode_form(struct exchange *x, const struct body_field *fields);

/* --- canon.c: from the client's document to sdk/canon --- */
cdt_status openai_chat_canonical(struct exchange *x, struct json **out);
/* The body as a tree without null members and without what is not the provider's. */
struct json *openai_tree(struct exchange *x, const char *schema);

/* A lone value (or list of ints) becomes a list of one. */
void openai_make_list(struct json *doc, const char *member);

/* --- answers --- */
const char *openai_finish(uint32_t stop);              /* CDT_STOP_... -> finish_reason */
void openai_usage(struct jsonw *w, const struct cdt_usage *u);
/* As the newer APIs have it: input_tokens, output_tokens, total_tokens.  Nothing when it is
 * not known.  type: a member "type", or NULL. */
void openai_usage_tokens(struct jsonw *w, const struct cdt_usage *u, const char *type,
                         bool pictures);
/* "id", "object", "created", "model" of an answer or chunk. */
void openai_stamp(struct exchange *x, struct jsonw *w, const char *object, cdt_str id);
void openai_extras(struct jsonw *w, const struct answer_extra *extras);
/* The usage chunk, when the client asked for one. */
void openai_usage_chunk(struct exchange *x, struct buf *out, const char *object, cdt_str id);
void openai_done(struct buf *out);                     /* "data: [DONE]" */
cdt_str openai_answer_id(struct exchange *x, const char *prefix, cdt_str upstreams);
/* One SSE event: begin, write the value, end. */
void openai_sse_begin(struct buf *out, struct jsonw *w);
void openai_sse_end(struct buf *out);
/* One of the newer APIs: {"type": type, ... without its end, behind "event: type" if named. */
void openai_sse_typed(struct buf *out, struct jsonw *w, const char *type, bool named);

/* --- native.c: relaying what an upstream of the same dialect wrote --- */
cdt_status openai_native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                               bool *meaningful);
cdt_status openai_native_end(struct exchange *x, struct buf *out);
/* A frame of a stream whose events have types; with their names, if they have some.  One whose
 * type ends with `last` is the end of the answer. */
cdt_status openai_typed_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                              const char *last);

/* items.c */
extern const struct surface_items openai_embedding_items;

extern const struct surface openai_chat, openai_completions, openai_embeddings, openai_models,
	openai_model, openai_key, openai_images, openai_edits, openai_speech,
	openai_transcriptions, openai_translations, openai_moderations, openai_rerank;

#endif
