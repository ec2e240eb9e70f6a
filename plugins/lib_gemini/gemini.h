/* gemini.h - what the files of this library share, and what its two providers set up.
 * Translates only: where a request goes and with which secret is the provider's affair.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_GEMINI_GEMINI_H
#define LIB_GEMINI_GEMINI_H
#include <conduit/easy.h>

#include "lib_words/words.h"

/* base64.c */
/* Out has room for in.n; 0: not base64.  Skips nothing. */
int gemini_unbase64(cdt_str in, char *out, size_t *n);
/* in.n is a multiple of 3, or this is the end.  Returns the length, 4 for 3. */
size_t gemini_base64(cdt_str in, char *out);

/* models.c - what a class of models takes */
enum {
	MODEL_LEVEL   = 1,      /* thinkingConfig.thinkingLevel                          */
	MODEL_BUDGET  = 2,      /* thinkingConfig.thinkingBudget                         */
	MODEL_MINIMAL = 4,      /* level MINIMAL                                         */
	MODEL_SCHEMA  = 8,      /* JSON Schema as it is                                  */
	MODEL_NEWER   = 16,     /* signatures must come back; built-in tools beside
	                         * functions; pictures in a function's response          */
	MODEL_SYSTEM  = 32,     /* systemInstruction                                     */
	MODEL_PENALTY = 64,     /* presencePenalty, frequencyPenalty                     */
	MODEL_ONE     = 128,    /* one candidate                                         */
	MODEL_IMAGEN  = 256,    /* :predict, pictures only                               */
};
struct gemini_model { const char *name; uint32_t abilities; int64_t budget_min, budget_max; };
/* Never NULL.  model may have a path before its name. */
const struct gemini_model *gemini_model(cdt_str model);
cdt_str gemini_model_name(cdt_str model);              /* without that path */

/* Where one request goes. */
struct gemini_place { cdt_str base, secret, model; };
struct gemini;
struct gemini_home {
	int is_vertex;
	/* Writes method, address and headers.  verb: "generateContent", "predict"... */
	void (*address)(const struct gemini *, struct cdt_call *, struct cdt_http_out *,
	                const struct gemini_place *, const char *verb);
};
/* First member of a provider's instance.  Read-only after open, shared by all workers. */
struct gemini {
	const struct gemini_home *home;
	char safety[48];                /* threshold of all categories, "" = Google's own */
	int signed_ids;                 /* thought signatures travel in tool call ids */
};
/* Reads the options below; a sentence when one is wrong. */
const char *gemini_configure(struct gemini *g, cdt_val config);
#define GEMINI_OPTIONS \
	{ "safety", CDT_OPT_TEXT, 0, NULL, \
	  "threshold of every harm category: BLOCK_NONE, OFF, BLOCK_ONLY_HIGH...", NULL }, \
	{ "signed_ids", CDT_OPT_FLAG, 0, "true", \
	  "carry thought signatures in the ids of tool calls", NULL }

/* answer.c - the state of one call */
enum { CHOICES_MAX = 8, WORD_MAX = 48, ID_MAX = 128 };
/* A tool whose name or kind on the wire is not the client's own. */
struct tool_alias {
	struct tool_alias *next;
	cdt_str wire, client;
	int freeform;                   /* one text "input": unwrap it */
};
/* Which bytes of a choice's text begin a character: citations count bytes, clients do not. */
enum { MARK_BYTES = 4096 };
struct marks { struct marks *next; unsigned char bits[MARK_BYTES / 8]; };
struct choice {
	uint32_t open, index, next;     /* kind of the open part or 0, its index, the next */
	uint32_t calls, stop;
	int seen;
	size_t word_n, text_bytes;
	struct marks *marks, *marks_end;
	cdt_str grounding, citations;   /* JSON, the last that came */
	char word[WORD_MAX];
};
enum { ANSWER_STREAM = 1, ANSWER_STARTED = 2, ANSWER_SINGLE = 4, ANSWER_CODE = 8,
       ANSWER_NORMALISE = 16, ANSWER_WAV = 32, ANSWER_BLOCKED = 64 };
struct embedding;                       /* embed.c */
struct drawing;                         /* image.c */
struct gemini_answer {
	uint32_t op, flags;
	uint32_t counted, wanted;       /* pictures so far; answers of a chat */
	size_t id_n, kept_bytes;
	const char *tier;
	struct cdt_usage usage;
	struct tool_alias *aliases;
	struct embedding *embedding;
	struct drawing *drawing;
	void *beside;                   /* of a plugin that does more than this library */
	struct choice choice[CHOICES_MAX];
	char id[ID_MAX];
};
struct gemini_answer *gemini_answer(struct cdt_call *call);     /* made when first asked for */
struct reader {
	const struct gemini *self;
	struct cdt_call *call;
	struct cdt_sink *sink;
	struct gemini_answer *answer;
};
cdt_status gemini_start(const struct reader *r, cdt_val response);
cdt_status gemini_read_parts(const struct reader *r, uint32_t n, cdt_val content);
cdt_status gemini_close(const struct reader *r, uint32_t n);    /* the open part, if any */
/* Opens a part of that kind unless it is open already; kind 0 ends what is open. */
cdt_status gemini_part(const struct reader *r, uint32_t n, uint32_t kind, cdt_str name);
cdt_status gemini_piece(const struct reader *r, uint32_t n, cdt_str name, cdt_str bytes);

cdt_status gemini_call(const struct reader *r, uint32_t n, cdt_val part);      /* called.c */

/* closing.c - usage and the reason to stop */
cdt_status gemini_usage(const struct reader *r, cdt_val usage);
void gemini_stop_note(struct choice *c, cdt_str word);
int gemini_is_fault(cdt_str word);      /* the model's own: worth another try */
int gemini_is_filter(cdt_str word);
cdt_status gemini_stop_all(const struct reader *r);
cdt_status gemini_blocked(const struct reader *r, cdt_val feedback);

/* cite.c, logprobs.c */
void gemini_mark_text(const struct reader *r, struct choice *c, cdt_str text);
void gemini_cite_note(const struct reader *r, struct choice *c, cdt_val candidate);
cdt_status gemini_cite(const struct reader *r, uint32_t n);
cdt_status gemini_logprobs(const struct reader *r, cdt_val candidates);

/* frame.c, error.c: of the providers' ops.  self begins with struct gemini. */
cdt_status gemini_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink);
cdt_status gemini_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status gemini_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err);
cdt_status gemini_follow(void *self, struct cdt_call *call, struct cdt_http_out *http);

/* One request being written.  The first failure sticks in status. */
enum { CALLS_MAX = 1024, TOOLS_MAX = 1024 };
enum { CHOICE_UNSAID, CHOICE_AUTO, CHOICE_ANY, CHOICE_TOOL, CHOICE_NONE };
struct pending_call { cdt_str id, name; };
struct draft {
	const struct gemini *self;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_http_out *http;
	struct cdt_out *o;
	struct gemini_answer *answer;
	cdt_val doc, messages, tools;
	const struct gemini_model *model;
	cdt_status status;

	/* plan.c */
	int has_turns;                  /* some message is not a system message */
	size_t last_user;               /* number of the last message that a person wrote + 1 */
	int low, high;                  /* details of pictures */

	/* tools.c */
	int has_functions, choice, has_strict;
	cdt_str choice_name;
	cdt_val allowed;                /* list, or absent = all */

	/* messages.c */
	char role;                      /* of the open turn: 'u', 'm', 'f', 0 = none */
	int step_signed;                /* the open model turn has had a call */
	int system_open;                /* systemInstruction has been begun */
	struct pending_call *pending;
	size_t pending_count;
};
cdt_status gemini_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http);
/* Says why, to the log and the client: the first one counts.  param: the member, or "". */
void gemini_refuse(struct draft *d, cdt_status status, const char *param, const char *why);
void gemini_unsupported(struct draft *d, const char *param);
struct gemini_place gemini_place(const struct draft *d);

void gemini_plan(struct draft *d);                      /* before the first byte is written */
char gemini_side(const struct draft *d, cdt_val message);
void gemini_write_chat(struct draft *d);                /* the whole body */
void gemini_write_safety(struct draft *d);
void gemini_write_config(struct draft *d);              /* config.c: generationConfig */
void gemini_write_thinking(struct draft *d);
void gemini_choose(struct draft *d);
void gemini_write_tools(struct draft *d);
void gemini_write_system(struct draft *d);
void gemini_write_contents(struct draft *d);
void gemini_turn(struct draft *d, char role);
void gemini_write_text(struct draft *d, char role, cdt_str text);
/* In the role's turn; signature: bytes, or empty. */
void gemini_write_part(struct draft *d, char role, cdt_val part);
/* A picture, sound, film or document as one part of the open list; 0: it is none. */
int gemini_write_media(struct draft *d, cdt_val part);
int gemini_is_inlined(cdt_val part, cdt_str *type);     /* a data: URL, and of which type */
void gemini_write_inline(struct draft *d, cdt_str url); /* inlineData of a data: URL */
void gemini_write_call(struct draft *d, cdt_val call, int needs_signature);
void gemini_write_results(struct draft *d, size_t from, size_t to, unsigned char *used);
void gemini_write_orphan(struct draft *d, cdt_val message);

/* ids.c */
struct call_id { cdt_str id, signature; };              /* id "": made up here */
struct call_id gemini_id_read(struct cdt_call *call, cdt_str id);
cdt_str gemini_id_write(const struct reader *r, const struct call_id *c, uint32_t n);
cdt_str gemini_tool_name(struct draft *d, cdt_str name);
/* A reasoning part's signature is ours when it begins so. */
#define GEMINI_SIGNATURE "google:"

/* paths.c */
cdt_str gemini_escaped(struct cdt_call *call, cdt_str s);       /* for a path; keeps / */
int gemini_has_version(cdt_str base);                   /* does it end in /v1 or the like */
cdt_str gemini_trimmed(cdt_str base);                   /* without slashes at its end */

/* schema.c, subset.c */
void gemini_write_schema(struct draft *d, cdt_val schema);      /* JSON Schema */
void gemini_write_subset(struct draft *d, cdt_val schema);      /* OpenAPI's part of it */

/* embed.c, image.c, sound.c */
void gemini_write_embed(struct draft *d);
cdt_status gemini_embed_follow(const struct gemini *self, struct cdt_call *call,
                               struct cdt_http_out *http);
cdt_status gemini_vectors(const struct reader *r, cdt_val response);
cdt_status gemini_embed_finish(const struct reader *r);
void gemini_write_image(struct draft *d);
cdt_status gemini_image_follow(const struct gemini *self, struct cdt_call *call,
                               struct cdt_http_out *http);
cdt_status gemini_pictures(const struct reader *r, cdt_val response);
cdt_status gemini_image_finish(const struct reader *r);
void gemini_write_speech(struct draft *d);
void gemini_write_transcribe(struct draft *d);
cdt_status gemini_sound(const struct reader *r, cdt_val response);
/* blob.c: an uploaded file as a part, and what canonical "image" members name. */
void gemini_write_blob(struct draft *d, cdt_val number, const char *param, cdt_str type);
void gemini_put_list(struct draft *d, const char *key, const char *const *words);
#endif
