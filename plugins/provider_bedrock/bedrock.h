/* bedrock.h - what the files of this provider share.  Nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_BEDROCK_H
#define PROVIDER_BEDROCK_H
#include <conduit/easy.h>

#include <stdatomic.h>

#include "lib_anthropic/claude.h"
#include "lib_turns/turns.h"
#include "lib_words/words.h"

/* words.c */
char bedrock_lower(char c);
cdt_str bedrock_cut(cdt_str *s, char c);               /* what is before c; the rest stays */

/* clock.c - milliseconds since 1970; -1: no date */
enum { BEDROCK_STAMP_SIZE = sizeof "20250102T030405Z" };
int64_t bedrock_http_date(cdt_str s);                  /* "Sun, 06 Nov 1994 08:49:37 GMT" */
int64_t bedrock_iso_date(cdt_str s);                   /* "2026-11-21T10:11:12Z" */
void bedrock_stamp(int64_t ms, char out[BEDROCK_STAMP_SIZE]);

/* models.c - what a family of models takes */
enum {
	MODEL_SYSTEM   = 1 << 0,    /* system texts                                    */
	MODEL_SAMPLING = 1 << 1,    /* temperature, topP                               */
	MODEL_ONE_OF   = 1 << 2,    /* ...but not both                                 */
	MODEL_CACHE    = 1 << 3,    /* cachePoint in system and messages               */
	MODEL_MARKED   = 1 << 4,    /* cachePoint among the tools, too                 */
	MODEL_STATUS   = 1 << 5,    /* toolResult.status                               */
	MODEL_FORCED   = 1 << 6,    /* toolChoice any and tool                         */
	MODEL_FORMAT   = 1 << 7,    /* outputConfig, strict tools                      */
	MODEL_PREFILL  = 1 << 8,    /* a last message of the assistant                 */
	MODEL_NINE     = 1 << 9,    /* ids of calls: nine letters and digits           */
	MODEL_TOP_K    = 1 << 10,   /* top_k beside the others                         */
	MODEL_BUDGET   = 1 << 11,   /* Claude: thinking "enabled" with budget_tokens   */
	MODEL_ADAPTIVE = 1 << 12,   /* Claude: thinking "adaptive" with an effort      */
	MODEL_CAN_STOP = 1 << 13,   /* Claude: thinking "disabled"                     */
	MODEL_XHIGH    = 1 << 14,   /* Claude: effort "xhigh"                          */
	MODEL_NOVA     = 1 << 15,   /* reasoningConfig; inferenceConfig.topK           */
	MODEL_EFFORT   = 1 << 16,   /* reasoning_effort as it is                       */
	MODEL_CONFIG   = 1 << 17,   /* reasoning_config, "low" or "high"               */
	MODEL_BUILT_IN = 1 << 18,   /* Nova's own tools                                */
};
/* id: as in the configuration, with its prefixes; base: for ids that do not tell. */
uint32_t bedrock_abilities(cdt_str id, cdt_str base);
/* The id without region prefix and ARN. */
cdt_str bedrock_family(cdt_str id, cdt_str base);

/* feature.c - one configured instance.  Read-only after open but for skew_ms, so shared by all
 * workers. */
enum { AUTH_AUTO, AUTH_SIGV4, AUTH_BEARER };
enum { CREDENTIALS_STORED, CREDENTIALS_INSTANCE, CREDENTIALS_CONTAINER };
struct bedrock {
	const struct cdt_host *host;
	const struct cdt_crypto *crypto;        /* NULL: this gateway has none */
	const struct cdt_http *http;            /* the same */
	struct claude claude;                   /* for clients that speak its language */
	_Atomic int64_t skew_ms;                /* upstream's clock before ours, as it said */
	int auth, credentials, fips;
	char region[32], base_model[256], latency[16], embed_type[32];
	char guardrail[2048], guardrail_version[16], guardrail_trace[16];
	char credentials_url[512], credentials_token[2048];
};

/* credential.c, sigv4.c, token.c */
enum { SIGV4_KEY_MAX = 256 };
struct keys { cdt_str id, secret, token; };
/* 0: it is no pair of keys. */
int bedrock_keys(cdt_str secret, struct keys *out);
/* The text of that member of a flat JSON map; "" when it is not there. */
cdt_str bedrock_member(cdt_str json, const char *name);
struct sigv4 {
	cdt_str method, path, query;            /* as on the wire; query without its '?' */
	const struct cdt_header *headers;       /* those to sign */
	size_t count;
	cdt_str body_sha256;                    /* in hex */
	cdt_str region, service, key_id, key, stamp;
	int as_is;                              /* the path is not made simpler */
};
struct sigv4_text { cdt_str canonical, names, to_sign, signature, authorization; };
/* All texts are in scratch. */
cdt_status bedrock_sigv4(struct cdt_call *call, const struct cdt_crypto *c,
                         const struct sigv4 *s, struct sigv4_text *out);
const void *bedrock_extension(void *self, const char *id);
extern const struct cdt_provider_catalog bedrock_catalog;      /* catalog.c */

/* place.c */
struct asked { cdt_str model, base_url, secret; };      /* of one attempt, all steps of it */
struct place { cdt_str base, host, region, path; };
cdt_status bedrock_place(const struct bedrock *self, struct cdt_call *call,
                         const struct asked *a, const char *service, struct place *out);
/* Writes method, address and type.  model "": verb is the whole path. */
cdt_status bedrock_go(struct cdt_call *call, struct place *p, cdt_str model, const char *verb,
                      struct cdt_http_out *http);
/* After the body: what proves who asks. */
cdt_status bedrock_authorize(const struct bedrock *self, struct cdt_call *call,
                             const struct place *p, cdt_str secret, struct cdt_http_out *http);

/* What has to wait until its block is whole, or the answer. */
struct piece { struct piece *next; cdt_str text; };
struct held { struct piece *first, **end; size_t bytes; };

/* answer.c - the state of one call; blocks of a chat's answer become parts */
enum { PARTS_OPEN_MAX = 16, ID_MAX = 128, WORD_MAX = 64, HELD_MAX = 512 << 10 };
struct part {
	int64_t block;                          /* upstream's index */
	uint32_t index, kind;                   /* ours; kind 0: a block that is not shown */
	int json, freeform, filled;             /* json: it stands for the answer's text */
	int64_t begins;                         /* characters of text before it */
	struct held input;
};
enum { ANSWER_STARTED = 1, ANSWER_STOPPED = 2, ANSWER_CALLS = 4, ANSWER_JSON = 8,
       ANSWER_BROKEN = 16, ANSWER_FILTERED = 32 };
struct batch;
struct answer {
	uint32_t op, flags, next_index, stop;
	size_t part_count, id_n, word_n, fault_n;
	int64_t chars;                          /* of text, so far */
	struct turns_alias *aliases;
	cdt_str json_tool;                      /* the tool that stands for response_format */
	struct held text;                       /* of an answer that should be that tool's */
	struct turns_cited cited;
	struct part parts[PARTS_OPEN_MAX];
	struct batch *batch;                    /* invoke.c: NULL for chats */
	int native;                             /* claude.c: the client's own words, */
	void *claude;                           /* and what it remembers */
	int64_t input_said;                     /* tokens, as the head says; -1 */
	char id[ID_MAX], word[WORD_MAX], fault[WORD_MAX];
};
struct answer *bedrock_answer(struct cdt_call *call);      /* made when first asked for */
struct reader {
	struct cdt_call *call;
	struct cdt_sink *sink;
	struct answer *answer;
	const struct bedrock *self;             /* NULL where nobody asks */
};
cdt_status bedrock_start(const struct reader *r);
cdt_status bedrock_block_open(const struct reader *r, int64_t block, cdt_val start);
cdt_status bedrock_block_delta(const struct reader *r, int64_t block, cdt_val delta);
cdt_status bedrock_block_close(const struct reader *r, int64_t block);
cdt_status bedrock_close_all(const struct reader *r);
cdt_status bedrock_show_held(const struct reader *r);      /* text that no call replaced */

/* hold.c, cite.c */
cdt_status bedrock_hold(struct cdt_call *call, struct held *h, cdt_str piece);
cdt_str bedrock_held(struct cdt_call *call, const struct held *h);         /* in scratch */
void bedrock_cite(const struct reader *r, cdt_val citation);
/* For the text from there on; emits and forgets them. */
cdt_status bedrock_cite_flush(const struct reader *r, int64_t begins);

/* closing.c - usage and the reason to stop */
cdt_status bedrock_usage(const struct reader *r, cdt_val usage, cdt_val tier);
cdt_status bedrock_stop_note(const struct reader *r, cdt_str word);
cdt_status bedrock_stop_emit(const struct reader *r);

/* stream.c, whole.c, error.c */
cdt_status bedrock_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        uint32_t *frames);
cdt_status bedrock_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                         struct cdt_sink *sink);
cdt_status bedrock_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status bedrock_whole(const struct reader *r, cdt_val doc);
cdt_status bedrock_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                         cdt_str body, struct cdt_error *err);

/* claude.c - Claude in its own language, by InvokeModel */
int bedrock_speaks(void *self, cdt_str dialect, cdt_str model, cdt_str base_url);
cdt_status bedrock_claude(const struct bedrock *self, struct cdt_call *call,
                          const struct cdt_request *req, struct cdt_http_out *http);
cdt_status bedrock_claude_frame(const struct reader *r, const struct cdt_frame *frame);
cdt_status bedrock_claude_error(const struct bedrock *self, struct cdt_call *call,
                                const struct cdt_http_head *head, cdt_str body,
                                struct cdt_error *err);

/* One chat being written. */
enum { FORMAT_NONE, FORMAT_OWN, FORMAT_TOOL, FORMAT_WORDS };
struct draft {
	const struct bedrock *self;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_out *o;
	struct answer *answer;
	struct turns turns;                     /* holds the status */
	cdt_val doc;
	uint32_t can;                           /* MODEL_... */

	/* choice.c, format.c */
	int has_tools, must_call, must_not_call, format;
	cdt_val schema;
	cdt_str json_tool;

	/* thinking.c */
	int64_t max_tokens, budget;             /* -1, 0: unsaid */
	int thinks, stops_thinking, fields_open;
	const char *effort;

	/* system.c, messages.c, parts.c, files.c */
	int turn_has_file, turn_has_text, system_open;
	size_t file_count;
	cdt_str first_file;                     /* the name of the first document */
};
/* Says why, to the log and the client: the first one counts.  param: the member, or "". */
void bedrock_refuse(struct draft *d, cdt_status status, const char *param, const char *why);
/* The member can not be had from this model. */
void bedrock_drop(struct draft *d, const char *param);
cdt_status bedrock_chat(struct draft *d, struct cdt_http_out *http);

void bedrock_choose(struct draft *d);                  /* after plan */
void bedrock_format(struct draft *d);                  /* after choose */
void bedrock_write_format(struct draft *d);
int bedrock_is_closed(cdt_val schema);                 /* a schema that can be enforced */
void bedrock_think(struct draft *d);                   /* after format */
void bedrock_write_fields(struct draft *d);            /* additionalModelRequestFields */
void bedrock_write_inference(struct draft *d);
void bedrock_write_system(struct draft *d);
void bedrock_say_system(struct draft *d);              /* into a user's turn */
void bedrock_write_messages(struct draft *d);
extern const struct turns_wire bedrock_wire;           /* messages.c */
void bedrock_write_tools(struct draft *d);

void bedrock_write_part(struct draft *d, cdt_val part);
void bedrock_write_reasoning(struct draft *d, cdt_val part);
void bedrock_write_text(struct draft *d, cdt_str text);
void bedrock_write_mark(struct draft *d, cdt_val marked, uint32_t ability);
void bedrock_block_begin(struct draft *d, const char *kind);
void bedrock_block_end(struct draft *d);
void bedrock_write_image(struct draft *d, cdt_val part);
void bedrock_write_file(struct draft *d, cdt_val part);
void bedrock_write_audio(struct draft *d, cdt_val part);
cdt_str bedrock_tool_name(struct draft *d, cdt_str name);

/* media.c - data: URLs */
struct inlined { cdt_str type, bytes; int base64; };
int bedrock_inlined(cdt_str url, struct inlined *out);
/* "png", "jpeg", "gif", "webp" by the bytes, then by the type; NULL: none of them. */
const char *bedrock_image_kind(const struct inlined *in);
cdt_str bedrock_base64(const struct bedrock *self, struct cdt_call *call,
                       const struct inlined *in);

/* invoke.c - embeddings, pictures and rankings, in as many steps as it takes */
struct invocation {
	const struct bedrock *self;
	struct cdt_call *call;
	const struct cdt_request *req;          /* NULL in later steps */
	struct answer *answer;
	cdt_str family, region;
	uint32_t op;
	cdt_status status;                      /* the first failure */
};
struct batch {
	struct asked asked;                     /* kept */
	const struct maker *maker;
	uint32_t next, step, all;     /* what this step begins with and takes; all there is */
	int64_t tokens;                         /* of all steps so far; -1: unsaid */
	int answered;                           /* this step */
	int64_t searches;                       /* of a ranking, as they are billed; -1 */
	cdt_str *inputs, type;                  /* of embeddings; kept */
	int64_t dimensions;                     /* 0: unsaid */
	cdt_str body;                           /* of pictures, for more steps; kept */
};
struct maker {
	const char *family;                     /* what its models' ids begin with */
	uint32_t at_once;                       /* inputs, or pictures, of one step */
	const char *service, *verb;
	void (*prepare)(struct invocation *, struct batch *);      /* sets all */
	void (*write)(struct invocation *, struct batch *, struct cdt_out *);
	cdt_status (*read)(const struct reader *, struct batch *, cdt_val doc);
};
enum { EMBED_MAKERS = 6, IMAGE_MAKERS = 4, RANK_MAKERS = 2 };
extern const struct maker bedrock_embed_makers[EMBED_MAKERS];  /* embed.c */
extern const struct maker bedrock_image_makers[IMAGE_MAKERS];  /* image.c */
extern const struct maker bedrock_rank_makers[RANK_MAKERS];    /* rerank.c */
void bedrock_decline(struct invocation *v, cdt_status status, const char *param,
                     const char *why);
void bedrock_lack(struct invocation *v, const char *param);
/* pictures.c */
void bedrock_put_picture(struct invocation *v, struct cdt_out *o, cdt_val picture);
cdt_status bedrock_show_picture(const struct reader *r, struct batch *b, cdt_str base64);
cdt_status bedrock_invoke(struct invocation *v, struct cdt_http_out *http);
cdt_status bedrock_invoke_frame(const struct reader *r, cdt_val doc);
cdt_status bedrock_invoke_finish(const struct reader *r);
cdt_status bedrock_follow(void *self, struct cdt_call *call, struct cdt_http_out *http);
void bedrock_done(void *self, struct cdt_call *call);
cdt_status bedrock_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                         struct cdt_http_out *http);
#endif
