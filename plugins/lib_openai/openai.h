/* lib_openai/openai.h - OpenAI's API and the servers that copied it: the door of what their
 * plugins share.  A plugin gives a row (host.h), and takes the functions of the ops table from
 * here, each as it is or inside one of its own.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_OPENAI_H
#define LIB_OPENAI_H
#include "lib_openai/host.h"

#include <stdbool.h>

enum { CHOICE_BLOCK = 32, CHOICE_BLOCKS = 32 };          /* at most 1,024 answers a request */
enum { CALLS_MAX = 128 };                                /* of one choice */
enum { NO_INDEX = -1 };
enum { HELD_MAX = 24 };                                  /* of a tag in pieces */
enum { HEAD_MIN = 32, HEAD_MAX = 256 };
enum { DIALECTS_MAX = 12 };                              /* host.c's table, and NULL */

/* One configured instance; immutable after open.  A plugin's own is this, or begins with it. */
struct openai {
	const struct cdt_host *gateway;
	struct openai_host row;                          /* with what the options say */
	struct cdt_caps caps;
	const char *dialects[DIALECTS_MAX];
	struct openai_kept *texts;                       /* what options said; freed by close */
};

/* One tool call of a choice, in order of appearance.  Lives in the attempt's memory. */
struct toolcall {
	struct toolcall *next;
	cdt_str id, name;
	int64_t wire_index;                              /* NO_INDEX: upstream gave none */
	uint32_t part;                                   /* its index in our events */
	bool opened;
};

struct choice {
	bool seen, stopped;
	bool complete;                                   /* nothing is missing but the stop */
	bool part_open, cited;                           /* a text-like part; the citations */
	uint32_t part, part_kind;                        /* the open text-like part */
	uint32_t citations;                              /* their part */
	uint32_t next_part;                              /* first unused index */
	uint32_t call_count;
	uint8_t tags, held_n;                            /* tags.c */
	char held[HELD_MAX];
	struct toolcall *calls, *last_call;              /* last_call: got the last fragment */
};

/* One attempt, from build to done.  Kept by the host (slot). */
struct turn {
	uint32_t op;
	uint32_t wanted;                                 /* n of the request */
	bool native, stream;
	bool responses;                                  /* native, of the Responses API */
	bool calls, ended;                               /* the same: what was seen of it */
	bool bytes, events;                              /* what the answer's head promised */
	cdt_str media_type;                              /* of bytes */
	bool started;                                    /* START was sent; a frame was seen */
	uint32_t extras_sent;                            /* bits of the table in extra.c */
	struct choice *block[CHOICE_BLOCKS];
	uint32_t last_block;                             /* the highest that is there */
	/* Chunks of one stream begin alike: the bytes that all began with so far, up to the
	 * first name that look.c wants.  No need to look there again. */
	bool head_known;
	uint32_t head_n;
	char head[HEAD_MAX];
};

/* What frame works with while it runs. */
struct reading {
	const struct openai *me;
	struct cdt_call *call;
	struct turn *turn;
	struct cdt_sink *sink;
};

/* What build works with while it runs. */
struct asking {
	const struct openai *me;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_out *out;
};

/* host.c: an instance of size bytes, in which the row stands as the config changes it; NULL:
 * the config is refused, and the log says why. */
void *openai_new(const struct cdt_host *gateway, cdt_val config, const struct openai_host *row,
                 size_t size);
void openai_close(void *self);
const struct cdt_caps *openai_caps(void *self);
/* A copy that lives as long as the instance, NUL-ended; and room for one, zeroed. */
const char *openai_host_text(struct openai *me, cdt_str s);
char *openai_room(struct openai *me, size_t n);

/* options.c: what the config says of the row; false: the log says why not */
bool openai_options_read(struct openai *me, cdt_val config);

/* words.c: lists of words, also NULL */
bool openai_words_have(const char *words, cdt_str s);
/* Of "key=value"; "" if there is none. */
cdt_str openai_words_value(const char *words, cdt_str key);
/* Of "pattern=value". */
cdt_str openai_words_fitting(const char *words, cdt_str s);
/* One after the other, a word or "key=value".  *at is moved on. */
bool openai_words_next(const char **at, cdt_str *key, cdt_str *value);

/* ops.c: the steps of an attempt, for the table of a plugin */
cdt_status openai_ops_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink);
cdt_status openai_ops_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);

/* turn.c */
struct turn *openai_turn_new(const struct openai *me, struct cdt_call *call,
                             const struct cdt_request *req);
struct turn *openai_turn_of(struct cdt_call *call);             /* also when build never ran */
/* NULL: past the cap. */
struct choice *openai_turn_choice(const struct reading *r, int64_t index);
/* The kept copy of s, for what outlives this frame. */
cdt_str openai_turn_keep(struct cdt_call *call, cdt_str s);

/* look.c: one pass over raw bytes, no parsing */
enum { LOOK_USAGE = 1, LOOK_ERROR = 2, LOOK_FINISH = 4 };
enum { LOOK_NAME_MAX = 15 };                             /* "finish_reason" and its quotes */
struct look {
	const char *begin, *at, *end;
	const char *first;                               /* of the wanted names, even if null */
	cdt_str rest;                                    /* the value that was found, and on */
};
void openai_look_init(struct look *l, cdt_str bytes, size_t from);
/* The next member that means something (LOOK_...), 0 when there is none: a usage that is a
 * map, an error that is not null, a finish_reason that is a non-empty text. */
uint32_t openai_look_next(struct look *l);
/* The whole map that s begins with; "" when it does not end. */
cdt_str openai_look_map(cdt_str s);

/* usage.c */
/* The six places where usage is found; absent or null when this frame has none. */
cdt_val openai_usage_find(cdt_val frame);
cdt_status openai_usage_emit(struct cdt_sink *sink, uint32_t op, cdt_val usage);
cdt_status openai_usage_response(struct cdt_sink *sink, cdt_val usage);   /* of Responses */
/* usage_media.c: of an answer that is no chat; images: how many, or -1 */
cdt_status openai_usage_media(struct cdt_sink *sink, cdt_val answer, int64_t images);

/* stop.c */
enum { STOP_ERROR = 0 };                                 /* upstream broke: no stop at all */
/* CDT_STOP_... by upstream's word alone, or STOP_ERROR. */
uint32_t openai_stop_kind(cdt_str word);
cdt_status openai_stop_choice(const struct reading *r, uint32_t index, cdt_str word);
/* At the end: is any choice still open?  Ends those that may be. */
cdt_status openai_stop_rest(const struct reading *r);

/* part.c: the open text-like part of a choice */
cdt_status openai_part_piece(const struct reading *r, uint32_t index, uint32_t kind,
                             cdt_str piece);
cdt_status openai_part_close(const struct reading *r, uint32_t index);
cdt_status openai_part_cite(const struct reading *r, uint32_t index, cdt_val annotations);
/* What proves the thought that is open; hidden: that is the thought itself. */
cdt_status openai_part_proof(const struct reading *r, uint32_t index, bool hidden,
                             cdt_str opaque);
cdt_status openai_part_audio(const struct reading *r, uint32_t index, cdt_val audio);

/* tags.c, detail.c: thoughts in other places */
cdt_status openai_tags_piece(const struct reading *r, uint32_t index, cdt_str piece);
cdt_status openai_tags_end(const struct reading *r, uint32_t index);
cdt_status openai_detail_read(const struct reading *r, uint32_t index, cdt_val list,
                              bool told_already);

/* calls.c */
cdt_status openai_calls_read(const struct reading *r, uint32_t index, cdt_val list);
cdt_status openai_calls_legacy(const struct reading *r, uint32_t index, cdt_val function_call);
cdt_status openai_calls_close(const struct reading *r, uint32_t index);

/* answer.c: frames of translated answers; native.c: frames that are only watched */
cdt_status openai_answer_frame(const struct reading *r, cdt_str bytes);
cdt_status openai_observe_frame(const struct reading *r, cdt_str bytes);
bool openai_answer_refuses(cdt_val doc);                        /* an error inside a 200 */
bool openai_answer_errs(cdt_val doc);               /* by its error member alone */

/* message.c: what one choice of a chat answer says */
cdt_status openai_message_read(const struct reading *r, uint32_t index, cdt_val choice);

/* extra.c */
cdt_status openai_extra_emit(const struct reading *r, cdt_val frame);
cdt_status openai_extra_logprobs(const struct reading *r, uint32_t index, cdt_val logprobs);

/* where.c: the way that a request goes */
enum openai_way {
	WAY_CHAT, WAY_COMPLETIONS, WAY_EMBEDDINGS, WAY_IMAGES, WAY_EDITS, WAY_SPEECH,
	WAY_TRANSCRIPTIONS, WAY_TRANSLATIONS, WAY_MODERATIONS, WAY_RERANK, WAY_RESPONSES,
	WAY_COUNT
};
enum openai_way openai_where_way(const struct cdt_request *req);
/* "/chat/completions" and the like, as the row has it; "": not one of ours. */
cdt_str openai_where_path(const struct openai *me, const struct cdt_request *req);
/* The headers: the secret, and those of the row. */
void openai_where_who(const struct openai *me, const struct cdt_request *req,
                      struct cdt_http_out *http);
/* All of it: address, path, headers. */
cdt_status openai_where_put(const struct openai *me, struct cdt_call *call,
                            const struct cdt_request *req, struct cdt_http_out *http);

/* build.c: openai_build is openai_build_begin, openai_where_put, openai_build_content.  For a
 * host with URLs of its own: begin, url and headers, content.  The content type is to be told
 * unless it is a form. */
cdt_status openai_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http);
/* Refuses what the row can not do. */
cdt_status openai_build_begin(const struct openai *me, struct cdt_call *call,
                              const struct cdt_request *req);
cdt_status openai_build_content(const struct openai *me, struct cdt_call *call,
                                const struct cdt_request *req, struct cdt_http_out *http);

/* form.c: bodies of parts */
struct form { const struct cdt_request *req; struct cdt_http_out *http; };
bool openai_form_wanted(const struct cdt_request *req);
void openai_form_text(const struct form *f, const char *name, cdt_str text);
/* A list goes out as "key[]", once for each. */
void openai_form_put(const struct form *f, cdt_str key, cdt_val v);
/* The client's own form, for another model. */
void openai_form_native(const struct form *f);

/* image.c, sound.c, judge.c: what is no chat */
cdt_status openai_image_body(const struct asking *a);
cdt_status openai_image_form(const struct asking *a, const struct form *f);
cdt_status openai_sound_speak(const struct asking *a);
cdt_status openai_sound_write_down(const struct asking *a, const struct form *f);
cdt_status openai_judge_harm(const struct asking *a);
cdt_status openai_judge_rank(const struct asking *a);

/* given.c: their answers; watch.c: those that are only watched */
cdt_status openai_given_frame(const struct reading *r, cdt_str bytes);
cdt_status openai_given_finish(const struct reading *r);
cdt_status openai_watch_frame(const struct reading *r, cdt_str bytes);
cdt_status openai_watch_finish(const struct reading *r);

/* responses.c: a client's own request to the Responses API, and its answer */
bool openai_responses_wanted(const struct cdt_request *req);
void openai_responses_patch(const struct cdt_request *req, struct cdt_http_out *http);
cdt_status openai_responses_frame(const struct reading *r, const struct cdt_frame *frame);
cdt_status openai_responses_finish(const struct reading *r);

/* member.c: which members of a request go out, and under which name */
bool openai_member_goes(const struct asking *a, cdt_str key);
/* Writes it, or leaves it out and says so. */
cdt_status openai_member_put(const struct asking *a, cdt_str key, cdt_val v);
/* Those of the document that are not ruled: a client of the same API meant them for the host,
 * those of another dialect mean nothing there. */
cdt_status openai_member_unknown(const struct asking *a, const char *ruled);
/* The client is to know that upstream can not do it. */
cdt_status openai_member_leave(const struct asking *a, cdt_str key);
/* A sentence for the client; the status to return. */
cdt_status openai_member_refuse(const struct asking *a, const char *param,
                                const char *sentence);

/* think.c: how a host is told to think, and is given its thoughts again */
cdt_status openai_think_ask(const struct asking *a, cdt_val effort);
cdt_status openai_think_back(const struct asking *a, cdt_val message);

/* body.c, history.c */
cdt_status openai_body_chat(const struct asking *a);
cdt_status openai_body_complete(const struct asking *a);
cdt_status openai_body_embed(const struct asking *a);
cdt_status openai_history_write(const struct asking *a, cdt_val messages);
bool openai_body_from_openai(const struct cdt_request *req);
/* As o->api->key, for a key that is not NUL-ended. */
void openai_body_key(struct cdt_out *o, cdt_str key);

/* error.c, quota.c */
cdt_status openai_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err);
cdt_status openai_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                       uint32_t *frames);
cdt_str openai_quota_header(const struct cdt_http_head *head, const char *name);
/* "6m0s", "17.4s", "118ms", bare seconds; -1 when it is none of these. */
int64_t openai_quota_duration_ms(cdt_str s);
/* message.c has answers; this cleans what errors say.  scrub.c */
cdt_str openai_scrub_message(struct cdt_call *call, cdt_str said, const char *instead);

static inline bool has_text(cdt_val v) { return cdt_text(v).n > 0; }
#endif
