/* cohere.h - what the files of this provider share.  Nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_COHERE_H
#define PROVIDER_COHERE_H
#include <conduit/easy.h>

#include "lib_words/words.h"

/* One configured instance.  Read-only after open, so shared by all workers. */
struct cohere {
	char input_type[32];                /* of texts to embed, if the client says none */
	char safety_mode[16];               /* "" = Cohere's own */
	int base64;                         /* vectors as base64 */
};
extern const struct cdt_feature cohere_feature;

/* answer.c - parts of an answer become events; the state of one call */
enum { PARTS_OPEN_MAX = 32, TEXTS_MAX = 32, WORD_MAX = 48 };
enum { SOURCE_CONTENT = 1, SOURCE_PLAN, SOURCE_CALL };
struct part {
	int64_t at;                         /* upstream's index in its source */
	uint32_t source, index, kind;
	uint32_t nulls;                     /* bytes of "null" that wait */
	int filled;
};
enum { ANSWER_STARTED = 1, ANSWER_ENDED = 2, ANSWER_CALLS = 4, ANSWER_TEXT = 8 };
struct answer {
	uint32_t op, flags, next_index, stop;
	size_t part_count, word_n;
	size_t wanted;                      /* vectors that were asked for */
	int64_t chars;                      /* of text, so far */
	int64_t begins[TEXTS_MAX];          /* of a content item's text; -1: not a text */
	int64_t plan_begins;
	struct part parts[PARTS_OPEN_MAX];
	char word[WORD_MAX];
};
struct answer *cohere_answer(struct cdt_call *call);       /* made when first asked for */

/* One frame being read. */
struct reader { struct cdt_call *call; struct cdt_sink *sink; struct answer *answer; };
cdt_status cohere_start(const struct reader *r, cdt_val id);
/* v: {"type":"text","text"} or {"type":"thinking","thinking"}, or a piece of one. */
cdt_status cohere_content(const struct reader *r, int64_t at, cdt_val v);
cdt_status cohere_plan(const struct reader *r, cdt_str piece);
cdt_status cohere_call_open(const struct reader *r, int64_t at, cdt_val call);
cdt_status cohere_call_add(const struct reader *r, int64_t at, cdt_val arguments);
cdt_status cohere_close(const struct reader *r, uint32_t source, int64_t at);
cdt_status cohere_close_all(const struct reader *r);

/* cite.c */
cdt_status cohere_cite(const struct reader *r, const cdt_val *citations, size_t count);

/* closing.c - tokens, probabilities, and the reason to stop */
cdt_status cohere_usage(const struct reader *r, cdt_val billed, cdt_val tokens);
cdt_status cohere_logprobs(const struct reader *r, const cdt_val *items, size_t count);
/* CDT_E_UPSTREAM: that word says that the answer failed. */
cdt_status cohere_stop_note(const struct reader *r, cdt_str word);
cdt_status cohere_stop_emit(const struct reader *r);

/* stream.c, whole.c, embed.c, rerank.c */
cdt_status cohere_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink);
cdt_status cohere_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status cohere_event(const struct reader *r, cdt_val doc);
cdt_status cohere_whole(const struct reader *r, cdt_val doc);
cdt_status cohere_vectors(const struct reader *r, cdt_val doc);
cdt_status cohere_ranking(const struct reader *r, cdt_val doc);

/* error.c */
cdt_status cohere_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err);

/* One request being written.  The first failure sticks in status. */
enum { TOOLS_MAX = 1024 };
struct draft {
	const struct cohere *self;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_http_out *http;
	struct cdt_out *o;
	cdt_val doc;
	cdt_status status;
	int thinks;                         /* the model can */
	size_t tools;                       /* how many are offered */
};
cdt_status cohere_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http);
/* The first one counts. */
void cohere_refuse(struct draft *d, cdt_status status, const char *param, const char *why);
void cohere_drop(struct draft *d, const char *member);
void cohere_send_to(struct draft *d, const char *path);    /* URL and headers */

void cohere_write_chat(struct draft *d);                   /* chat.c */
void cohere_write_sampling(struct draft *d);               /* sampling.c */
void cohere_write_thinking(struct draft *d);
void cohere_write_messages(struct draft *d);               /* messages.c */
void cohere_choose_tools(struct draft *d);                 /* tools.c */
void cohere_write_tools(struct draft *d);
void cohere_write_embed(struct draft *d);                  /* embed.c */
void cohere_write_rerank(struct draft *d);                 /* rerank.c */
#endif
