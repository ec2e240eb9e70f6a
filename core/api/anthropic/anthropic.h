/* api/anthropic/anthropic.h - the Messages surfaces among themselves.  Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_ANTHROPIC_ANTHROPIC_H
#define API_ANTHROPIC_ANTHROPIC_H
#include "base/jsonw.h"
#include "flow/exchange.h"

extern const struct dialect messages_dialect, messages_count_dialect;
extern const struct surface messages_surface, messages_count, messages_models, messages_model;

/* Does a request look like one of an Anthropic client?  Problems are told in its dialect. */
bool messages_speaks(const struct http_request *r, cdt_str path);

/* --- decode.c --- */
cdt_status messages_decode(struct exchange *x);

/* --- canon.c: to sdk/canon --- */
/* One canonical document being written, from the bytes of the request. */
struct script {
	struct exchange *x;
	struct jsonw w;
	cdt_status status;             /* x->problem says why */
	/* The body's own cache_control marks the last block of all. */
	const char *last_block;        /* where it begins, or NULL */
	cdt_str last_mark;
	const char *skipped_block;     /* that is told to nobody */
	struct messages_calls *calls;  /* of the last turn; NULL: none was made */
};
cdt_status messages_canonical(struct exchange *x, struct json **out);
/* A text member as it is written, without its quotes; "" when it is none. */
cdt_str messages_word(cdt_str map, const char *key);
/* A value that is there and not null; else {NULL,0}. */
cdt_str messages_get(cdt_str map, const char *key);
/* What no provider is told: for the report, or an error where that is wanted. */
void messages_leave_out(struct script *s, const char *where, cdt_str what);
void messages_refuse(struct script *s, const char *param, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- turns.c, calls.c, blocks.c, tools.c: its pieces --- */
void messages_write_turns(struct script *s, cdt_str system, cdt_str messages);
/* The member "content"; content.p may be NULL. */
void messages_write_content(struct script *s, cdt_str content);
/* Those of a user's message; false: it has none. */
bool messages_write_results(struct script *s, cdt_str content);
/* A message of the assistant begins. */
void messages_calls_begin(struct script *s);
bool messages_has_calls(cdt_str content);
void messages_write_calls(struct script *s, cdt_str content);  /* the member "tool_calls" */
/* A value of a message (a text, or a list of blocks) as parts: the elements of a list that is
 * open.  What can not be one is left out. */
void messages_write_parts(struct script *s, cdt_str content);
/* How many there would be. */
size_t messages_count_parts(const struct script *s, cdt_str content);
/* The block's own cache_control, or the body's. */
void messages_write_mark(struct script *s, cdt_str block);
void messages_write_tools(struct script *s, cdt_str tools);
void messages_write_choice(struct script *s, cdt_str choice);

/* --- answers --- */
/* The four numbers that clients count on, and what else is known, as "usage". */
void messages_usage(struct jsonw *w, const struct cdt_usage *u);
/* word: the upstream's own. */
const char *messages_stop(uint32_t stop, cdt_str word, bool tools, bool refused);
cdt_str messages_id(struct exchange *x, cdt_str upstreams);
cdt_status messages_whole(struct exchange *x, struct answer *a, struct buf *out);

/* --- events.c: the events of a stream, as they are written --- */
void messages_event_begin(struct buf *out, struct jsonw *w, const char *type);
cdt_status messages_event_end(struct buf *out, struct jsonw *w);
cdt_status messages_put_start(struct exchange *x, cdt_str id, struct buf *out);
cdt_status messages_put_block_stop(int64_t index, struct buf *out);
cdt_status messages_put_end(struct exchange *x, const char *stop, struct buf *out);

/* --- stream.c: from a provider's events --- */
cdt_status messages_stream_event(struct exchange *x, const struct cdt_event *ev,
                                 struct buf *out);
cdt_status messages_stream_end(struct exchange *x, struct buf *out);
cdt_status messages_stream_cut(struct exchange *x, struct buf *out);

/* --- native.c: what an upstream of the same dialect wrote --- */
cdt_status messages_native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                                 bool *meaningful);
/* Closes what a relayed stream has open. */
cdt_status messages_native_cut(struct exchange *x, struct buf *out);

/* --- gather.c, scatter.c: see flow/surface.h --- */
cdt_status messages_gather(cdt_str frames, struct buf *body);
cdt_status messages_scatter(cdt_str body, struct buf *frames);

#endif
