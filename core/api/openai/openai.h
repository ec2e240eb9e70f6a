/* api/openai/openai.h - the OpenAI surfaces among themselves.  Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPENAI_OPENAI_H
#define API_OPENAI_OPENAI_H
#include "base/jsonw.h"
#include "flow/exchange.h"

extern const struct dialect openai_chat_dialect, openai_completions_dialect,
	openai_embeddings_dialect, openai_images_dialect, openai_edits_dialect,
	openai_speech_dialect, openai_transcriptions_dialect, openai_translations_dialect,
	openai_moderations_dialect, openai_rerank_dialect;

/* --- decode.c: what all bodies have in common --- */

/* One member that we know: its allowed JSON types as a set of OPENAI_T bits. */
struct openai_field { const char *name; uint32_t types; };
#define OPENAI_T(type) (1u << (type))
enum {
	OPENAI_TEXT = OPENAI_T(CDT_TEXT), OPENAI_INT = OPENAI_T(CDT_INT),
	OPENAI_NUMBER = OPENAI_T(CDT_INT) | OPENAI_T(CDT_REAL),
	OPENAI_FLAG = OPENAI_T(CDT_FLAG), OPENAI_LIST = OPENAI_T(CDT_LIST),
	OPENAI_MAP = OPENAI_T(CDT_MAP),
	OPENAI_FILE = 1 << 16,         /* in forms nothing but a file */
};
/* Scans the body, checks the types of known members (null is always fine), fills model (which
 * may be there already, for those who name none), stream, wants_usage, routing.  fields ends
 * with a NULL name. */
cdt_status openai_decode(struct exchange *x, const struct openai_field *fields);
/* Reads "routing", if it is there.  wishes.c */
cdt_status openai_wishes(struct exchange *x);
/* Reads "cache_control", if it is there.  cache_control.c */
cdt_status openai_cache_control(struct exchange *x);
/* The value is of another type than it may be. */
cdt_status openai_wrong_type(struct exchange *x, const char *name, uint32_t types,
                             uint32_t type);
/* INVALID_VALUE when an integer member is there and out of range. */
cdt_status openai_check_range(struct exchange *x, const char *name, int64_t min, int64_t max);
/* The same for any number. */
cdt_status openai_check_number(struct exchange *x, const char *name, double min, double max);
/* The same when a text member is none of the words; they end with NULL. */
cdt_status openai_check_word(struct exchange *x, const char *name, const char *const *words);
/* The text of a text member; {NULL,0} when it is not there. */
cdt_str openai_member_text(struct exchange *x, const char *name);
/* INVALID_VALUE for a member that must be there. */
cdt_status openai_missing(struct exchange *x, const char *name);
bool openai_is_empty(const struct json_member *m);     /* "", [] or {} */

/* --- upload.c: bodies that are forms --- */
bool openai_is_form(const struct exchange *x);
/* openai_decode of a form: its fields are members, files are {"blob":N}. */
cdt_status openai_decode_form(struct exchange *x, const struct openai_field *fields);

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
cdt_status openai_native_whole(struct exchange *x, cdt_str body, struct buf *out);
cdt_status openai_native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                               bool *meaningful);
cdt_status openai_native_end(struct exchange *x, struct buf *out);
/* Makes one line of what was written behind from, which is JSON. */
void openai_join_lines(struct buf *out, size_t from);
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
