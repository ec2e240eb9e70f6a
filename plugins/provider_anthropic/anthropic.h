/* anthropic.h - what the files of this provider share.  Nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_ANTHROPIC_H
#define PROVIDER_ANTHROPIC_H
#include <conduit/easy.h>

#include "lib_turns/turns.h"
#include "lib_words/words.h"

/* models.c - what a class of models takes */
enum {
	MODEL_BUDGET   = 1,     /* thinking "enabled" with budget_tokens         */
	MODEL_ADAPTIVE = 2,     /* thinking "adaptive" with output_config.effort */
	MODEL_CAN_STOP = 4,     /* thinking "disabled"                           */
	MODEL_BETWEEN  = 8,     /* thinking "between_tools"                      */
	MODEL_XHIGH    = 16,    /* effort "xhigh"                                */
	MODEL_SAMPLING = 32,    /* temperature, top_p, top_k                     */
	MODEL_FORCED   = 64,    /* tool_choice "any" and "tool"                  */
	MODEL_PREFILL  = 128,   /* a last message of the assistant               */
	MODEL_FORMAT   = 256,   /* output_config.format and strict tools         */
};
struct model_class { const char *name; uint32_t abilities; int64_t max_out; };
/* Never NULL: unknown names get the newest class.  max_out 0 = not known. */
const struct model_class *anthropic_model(cdt_str name);

/* One configured instance.  Read-only after open, so shared by all workers. */
struct anthropic {
	const struct cdt_crypto *crypto;    /* NULL: this gateway has none */
	int64_t max_tokens_default;
	char version[32];                   /* anthropic-version */
	char beta[512];                     /* anthropic-beta, "" = none */
};

/* freeform.c - takes the text out of {"input":"..."} that comes in pieces */
struct unwrap {
	uint32_t stage, at;
	uint32_t code, digits;              /* of \uXXXX in the making */
	uint32_t high;                      /* a high surrogate that waits, or 0 */
};
/* out: at least piece.n + 8 bytes.  Returns the length written. */
size_t anthropic_unwrap(struct unwrap *u, cdt_str piece, char *out);

/* answer.c - blocks of an answer become events; the state of one call */
enum { PARTS_OPEN_MAX = 16, ID_MAX = 128, WORD_MAX = 48 };
struct part {
	int64_t block;                      /* upstream's index */
	uint32_t index, kind;               /* ours; kind 0: a block that is not shown */
	int filled, freeform;
	int64_t begins;                     /* characters of text before it */
	struct unwrap unwrap;
};
enum { ANSWER_NATIVE = 1, ANSWER_STARTED = 2, ANSWER_ENDED = 4, ANSWER_CALLS = 8,
       ANSWER_SPLICED = 16, ANSWER_ODD = 32, ANSWER_COUNT = 64 };
struct answer {
	uint32_t flags, next_index, stop;
	size_t part_count, id_n, word_n;
	int64_t chars;                      /* of text, so far */
	int64_t fresh, compacted_in, compacted_out;
	struct cdt_usage usage;
	struct turns_alias *aliases;
	struct turns_cited cited;
	struct part parts[PARTS_OPEN_MAX];
	char id[ID_MAX], word[WORD_MAX];
};
struct answer *anthropic_answer(struct cdt_call *call);    /* made when first asked for */

/* One frame being read. */
struct reader { struct cdt_call *call; struct cdt_sink *sink; struct answer *answer; };
cdt_status anthropic_start(const struct reader *r, cdt_val message);
cdt_status anthropic_block_open(const struct reader *r, int64_t block, cdt_val v);
cdt_status anthropic_block_delta(const struct reader *r, int64_t block, cdt_val delta);
cdt_status anthropic_block_close(const struct reader *r, int64_t block);
cdt_status anthropic_close_all(const struct reader *r);

/* cite.c - citations wait until their block's text is known */
void anthropic_cite(const struct reader *r, cdt_val citation);
cdt_status anthropic_cite_flush(const struct reader *r);       /* when no block is open */

/* closing.c - usage and the reason to stop */
cdt_status anthropic_usage(const struct reader *r, cdt_val usage);
/* Remembers the word of v ("stop_reason", "stop_details"); shows a refusal's sentence. */
cdt_status anthropic_stop_note(const struct reader *r, cdt_val v);
cdt_status anthropic_stop_emit(const struct reader *r);

/* stream.c, whole.c */
cdt_status anthropic_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                           struct cdt_sink *sink);
cdt_status anthropic_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status anthropic_whole(const struct reader *r, cdt_val message);
cdt_status anthropic_counted(const struct reader *r, cdt_val doc);
cdt_status anthropic_blocks(const struct reader *r, cdt_val content);

/* error.c, limits.c */
cdt_status anthropic_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                           cdt_str body, struct cdt_error *err);
cdt_status anthropic_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                          uint32_t *frames);

/* One request being written. */
enum { THINK_UNSAID, THINK_OFF, THINK_BETWEEN, THINK_BUDGET, THINK_ADAPTIVE };
struct draft {
	const struct anthropic *self;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_out *o;
	struct answer *answer;
	struct turns turns;                 /* holds the status */
	cdt_val doc;
	const struct model_class *model;

	/* choice.c */
	int has_tools, single;
	int must_call;                      /* to be asked for by words */

	/* thinking.c */
	int64_t max_tokens, budget;
	int think;
	const char *effort;                 /* NULL = unsaid */

	/* parts.c, files.c */
	int list_open;                      /* is a result's list open */
	int files_beta;
};
cdt_status anthropic_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                           struct cdt_http_out *http);
/* Says why, to the log and the client: the first one counts.  param: the member, or "". */
void anthropic_refuse(struct draft *d, cdt_status status, const char *param, const char *why);
/* A member that changes the answer, and that goes out without: told, or refused. */
void anthropic_unsupported(struct draft *d, const char *param);
void anthropic_write_sampling(struct draft *d);
void anthropic_write_identity(struct draft *d);      /* metadata, service_tier */

void anthropic_choose(struct draft *d);              /* after plan */
void anthropic_write_choice(struct draft *d);

void anthropic_think(struct draft *d);               /* after choose */
void anthropic_write_thinking(struct draft *d);
void anthropic_write_output(struct draft *d);        /* output_config */

void anthropic_write_system(struct draft *d);
void anthropic_write_messages(struct draft *d);
extern const struct turns_wire anthropic_wire;       /* messages.c */

void anthropic_write_part(struct draft *d, cdt_val part);
void anthropic_write_reasoning(struct draft *d, cdt_val part);
void anthropic_write_text(struct draft *d, cdt_str text, cdt_val mark);
#define UNMARKED ((cdt_val){ NULL, NULL })           /* no cache_control */
void anthropic_block_begin(struct draft *d, const char *type);
void anthropic_block_end(struct draft *d, cdt_val mark);
void anthropic_put_mark(struct draft *d, cdt_val mark);
void anthropic_write_image(struct draft *d, cdt_val part);
void anthropic_write_file(struct draft *d, cdt_val part);

void anthropic_write_tools(struct draft *d);
cdt_str anthropic_tool_name(struct draft *d, cdt_str name);
void anthropic_write_schema(struct draft *d, cdt_val schema);         /* cleaned */
void anthropic_write_input_schema(struct draft *d, cdt_val schema);   /* root made a map */
#endif
