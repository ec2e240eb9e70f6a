/* provider_mock/mock.h - what the files of this plugin share.
 *
 * build decides everything and writes a program, one step a line; start plays it:
 *     wait MS           head STATUS TYPE      send LINE (a line of the answer's body)
 *     sound SAMPLES     tone FROM TO          (bytes of the answer's body)
 *     break (the connection is cut)           end
 * The answer's lines are JSON objects that say one event each; frame reads them back.  Speech
 * is bytes as they are.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_MOCK_H
#define PROVIDER_MOCK_H
#include <conduit/easy.h>

#include <stdbool.h>

/* text.c: bytes that grow up to a cap; failures stick */
enum { TEXT_MAX_BYTES = 16 << 20 };
struct text { char *p; size_t n, room; bool failed; };
void mock_text_fini(struct text *t);
void mock_add(struct text *t, cdt_str s);
void mock_add_z(struct text *t, const char *z);
void mock_add_u64(struct text *t, uint64_t v);
void mock_add_json(struct text *t, cdt_str s);           /* quoted and escaped */
void mock_add_base64(struct text *t, cdt_str bytes);
cdt_str mock_str(const struct text *t);

/* words.c: text as the mock counts it */
uint64_t mock_words(cdt_str s);                          /* runs between blanks */
size_t mock_first_words(cdt_str s, uint64_t max);        /* bytes of the first max words */
size_t mock_word_end(cdt_str s);                         /* of the first, with its blanks */
size_t mock_whole_chars(cdt_str s, size_t want);         /* at least want, no cut character */
uint64_t mock_hash(uint64_t seed, cdt_str s);

/* wish.c: what the model's name, and the last message, ask for */
enum { WISH_BREAK, WISH_DELAY, WISH_ERROR, WISH_LENGTH, WISH_GAP, WISH_HANG, WISH_CHUNKS,
       WISH_CALL_ALL, WISH_REASONING, WISH_BYTES, WISH_CALL, WISH_NO_USAGE, WISH_STATUS,
       WISH_COUNT };
struct wish {
	int64_t v[WISH_COUNT];                           /* -1: not asked for; flags are 1 */
	bool echo;                                       /* only the text, no "You said" */
	cdt_str text;                                    /* the answer, if given */
	char wrong[96];                                  /* what is not understood; "" = fine */
};
void mock_wish_model(struct wish *w, cdt_str model);
/* *said loses the JSON object that it begins with, if that was for us. */
void mock_wish_message(struct wish *w, struct cdt_call *call, cdt_str *said);
static inline bool mock_asked(const struct wish *w, int what) { return w->v[what] > 0; }

/* ask.c: what is read from the canonical document */
struct ask {
	uint64_t input_tokens;
	uint64_t choices, max_words;                     /* max_words 0: no limit */
	uint64_t seed;                                   /* for ids */
	cdt_str said;                                    /* by the user, or a tool, last */
	bool after_tool;
};
void mock_ask_chat(struct ask *a, struct cdt_call *call, cdt_val doc);
/* Bytes of a prompt or input: tokens are counted as four bytes. */
uint64_t mock_input_bytes(cdt_val item);
uint64_t mock_tokens_of(uint64_t bytes);
/* The text of a prompt; of tokens: how many there are. */
cdt_str mock_prompt_text(struct cdt_call *call, cdt_val item);

/* schema.c: a small value that fits a JSON schema */
void mock_instance(struct text *out, cdt_val schema, cdt_str name);

/* plan.c: the program, step by step */
struct plan {
	const struct wish *wish;
	struct text steps;
	bool stream, cut;                                /* cut: it has ended early */
	const char *sound;                               /* the head's line, of speech */
	uint64_t pieces, waited_ms;                      /* waited: by a whole answer */
};
void mock_plan_line(struct plan *p, cdt_str line);       /* costs no time */
void mock_plan_piece(struct plan *p, cdt_str line);      /* a chunk of content */
/* The same as any step, and steps that cost no time. */
void mock_plan_chunk(struct plan *p, const char *verb, cdt_str argument);
void mock_plan_step(struct plan *p, const char *verb, cdt_str argument);
void mock_plan_write(struct plan *p, struct cdt_out *o); /* the whole program */
void mock_plan_refuse(struct cdt_out *o, const struct wish *w, uint32_t status, cdt_str said);

/* What comes in front of an answer, and behind it: {"start"}, {"usage"}, {"done"}. */
void mock_plan_begin(struct plan *p, uint64_t seed, cdt_str model);
void mock_plan_end(struct plan *p, uint64_t input, uint64_t output, uint64_t reasoning);

/* chat.c, embed.c, picture.c, sound.c, listen.c, judge.c */
cdt_status mock_chat(struct cdt_call *call, const struct cdt_request *req,
                     const struct wish *w, struct cdt_out *o);
cdt_status mock_complete(struct cdt_call *call, const struct cdt_request *req,
                         const struct wish *w, struct cdt_out *o);
cdt_status mock_embed(struct cdt_call *call, const struct cdt_request *req,
                      const struct wish *w, struct cdt_out *o);

cdt_status mock_picture(struct cdt_call *call, const struct cdt_request *req,
                        const struct wish *w, struct cdt_out *o);
cdt_status mock_speak(struct cdt_call *call, const struct cdt_request *req,
                      const struct wish *w, struct cdt_out *o);
cdt_status mock_listen(struct cdt_call *call, const struct cdt_request *req,
                       const struct wish *w, struct cdt_out *o);
cdt_status mock_moderate(struct cdt_call *call, const struct cdt_request *req,
                         const struct wish *w, struct cdt_out *o);
cdt_status mock_rerank(struct cdt_call *call, const struct cdt_request *req,
                       const struct wish *w, struct cdt_out *o);

/* sound.c: what speech is made of, 16 bits a sample */
enum { SOUND_RATE = 8000, SOUND_PIECE_MAX = 4096, SOUND_HEAD_BYTES = 44 };
void mock_sound_head(char out[SOUND_HEAD_BYTES], uint32_t samples);
/* Samples from..to, at most SOUND_PIECE_MAX; returns how many bytes that are. */
size_t mock_sound_tone(char *out, uint32_t from, uint32_t to);
/* Of a WAV file, or guessed. */
double mock_sound_seconds(cdt_str file);

/* say.c: one answer of n, piece by piece */
struct speech {
	struct plan *plan;
	const struct ask *ask;
	uint64_t choice, part, words;                    /* words: so far, all choices */
};
/* Says it as the next part.  pieces 0: a word each. */
void mock_say(struct speech *s, const char *member, cdt_str said, uint64_t pieces);
/* The answer in words, and why it ends. */
cdt_status mock_say_answer(struct speech *s, cdt_str said, bool as_is);
void mock_say_stop(struct speech *s, const char *word);

/* calls.c: which tools are called; how many that were */
uint64_t mock_calls(struct speech *s, cdt_val doc);

/* frame.c */
cdt_status mock_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                     uint32_t *frames);
cdt_status mock_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                      struct cdt_sink *sink);
cdt_status mock_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status mock_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                      cdt_str body, struct cdt_error *err);

/* play.c */
struct mock { const struct cdt_host *host; const struct cdt_io *io; };
extern const struct cdt_provider_local mock_local;

extern const struct cdt_feature mock_feature;
#endif
