/* replicate.h - what the files of this provider share.  Nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_REPLICATE_H
#define PROVIDER_REPLICATE_H
#include <conduit/easy.h>

#include "lib_words/words.h"

/* models.c - what a family of language models takes as its input, and how it is called there */
enum {
	TAKES_TEMPERATURE = 1, TAKES_TOP_P = 2, TAKES_TOP_K = 4, TAKES_SEED = 8,
	TAKES_PENALTIES = 16, TAKES_STOP = 32, TAKES_EFFORT = 64, TAKES_VERBOSITY = 128,
	TAKES_MESSAGES = 256,               /* the conversation as a list */
	TAKES_TEMPLATE = 512,               /* it has one of its own, around "prompt" */
	TAKES_ONE_IMAGE = 1024,             /* a text, not a list */
};
enum { RENDER_PLAIN, RENDER_LLAMA2, RENDER_LLAMA3, RENDER_MISTRAL, RENDER_CHATML };
struct family {
	const char *name;
	uint32_t takes;
	int render;                         /* of conversations that are no list */
	const char *limit;                  /* member: the longest answer, in tokens */
	const char *system, *images;        /* members, or NULL */
};
const struct family *replicate_family(cdt_str model);            /* never NULL */
const struct family *replicate_family_named(cdt_str name);       /* or NULL */

/* pictures.c - the same of models that make pictures */
enum { SIZE_NONE, SIZE_PIXELS, SIZE_RATIO, SIZE_TEXT };
struct studio {
	const char *begins;                 /* of the model's name */
	int size;
	const char *count;                  /* member: how many; NULL: one at a time */
	const char *image;                  /* member for pictures to be edited, or NULL */
	int image_list;
	const char *mask, *quality;         /* members, or NULL */
	const char *jpeg;                   /* its name of that format; NULL: no choice */
};
const struct studio *replicate_studio(cdt_str model);            /* never NULL */

/* One configured instance.  Read-only after open, so shared by all workers. */
struct replicate {
	const struct cdt_crypto *crypto;    /* NULL: this gateway has none */
	const struct family *family;        /* of all models; NULL: by their names */
	int deployments;                    /* names are those of deployments */
	int64_t wait_s, cancel_after_s;     /* 0: not asked for */
};
extern const struct cdt_feature replicate_feature;

/* job.c - the prediction of one call, through all its answers */
enum { ID_MAX = 64, TYPE_MAX = 48, PICTURES_MAX = 16 };
enum { STAGE_CREATE, STAGE_STREAM, STAGE_POLL, STAGE_FETCH };
enum { JOB_STREAM = 1, JOB_STARTED = 2, JOB_STREAMED = 4, JOB_SHOWN = 8, JOB_FINAL = 16,
       JOB_ENDED = 32, JOB_OPEN = 64, JOB_WAITED = 128, JOB_MORE = 256 };
enum { WISH_ANY, WISH_URL, WISH_BASE64 };
struct job {
	uint32_t op, flags, stage, wish;
	uint32_t polls, settles;            /* times asked; of those, only for the figures */
	cdt_str base, secret;               /* kept */
	cdt_str stream;                     /* where it is, or "" */
	size_t sent;                        /* bytes of its output that were shown */
	int64_t limit;                      /* tokens that the answer may have; 0 = not said */
	uint32_t index;                     /* of the part that is or will be open */
	cdt_str fetch[PICTURES_MAX];        /* pictures that wait to be shown... */
	uint32_t fetch_index[PICTURES_MAX]; /* ...and their numbers */
	size_t fetch_count, fetch_at;
	unsigned char carry[3];             /* bytes that wait for their base64 */
	size_t carry_n;
	struct cdt_usage usage;
	char id[ID_MAX], type[TYPE_MAX];
};
struct job *replicate_job(struct cdt_call *call);          /* made when first asked for */

/* One frame being read. */
struct reader {
	const struct replicate *self;
	struct cdt_call *call;
	struct cdt_sink *sink;
	struct job *job;
};
cdt_status replicate_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                          uint32_t *frames);
cdt_status replicate_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                           struct cdt_sink *sink);
cdt_status replicate_finish(void *self, struct cdt_call *call, struct cdt_sink *sink);
cdt_status replicate_follow(void *self, struct cdt_call *call, struct cdt_http_out *http);
cdt_status replicate_leave(void *self, struct cdt_call *call, struct cdt_http_out *http);

/* prediction.c, stream.c, output.c */
cdt_status replicate_prediction(const struct reader *r, cdt_val doc);
cdt_status replicate_event(const struct reader *r, const struct cdt_frame *frame);
/* Shows what of a text has not been shown yet. */
cdt_status replicate_text(const struct reader *r, cdt_val output);
cdt_status replicate_piece(const struct reader *r, cdt_str piece);
cdt_status replicate_pictures(const struct reader *r, cdt_val output);
cdt_status replicate_picture_bytes(const struct reader *r, cdt_str bytes);
cdt_status replicate_picture_end(const struct reader *r);
cdt_status replicate_end(const struct reader *r);

/* usage.c */
void replicate_usage(struct job *j, cdt_val doc);

/* trust.c - addresses that an upstream hands back */
/* May a request with our token go there? */
int replicate_trusts(cdt_str base, cdt_str url);
/* May a picture be fetched from there, without it? */
int replicate_delivers(cdt_str base, cdt_str url);
/* scheme://host[:port] of a URL; *path: the rest. */
cdt_str replicate_origin(cdt_str url, cdt_str *path);

/* error.c */
cdt_status replicate_error(void *self, struct cdt_call *call,
                           const struct cdt_http_head *head, cdt_str body,
                           struct cdt_error *err);

/* One request being written.  The first failure sticks in status. */
struct draft {
	const struct replicate *self;
	struct cdt_call *call;
	const struct cdt_request *req;
	struct cdt_http_out *http;
	struct cdt_out *o;
	struct job *job;
	cdt_val doc, own;                   /* own: the client's "input" */
	const struct family *family;
	cdt_status status;
};
cdt_status replicate_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                           struct cdt_http_out *http);
/* The first one counts. */
void replicate_refuse(struct draft *d, cdt_status status, const char *param, const char *why);
void replicate_drop(struct draft *d, const char *member);
/* Members of the input; those that the client's own "input" has are its. */
int replicate_may_put(const struct draft *d, const char *key);
void replicate_put_text(struct draft *d, const char *key, cdt_str text);
void replicate_put_i64(struct draft *d, const char *key, int64_t n);
void replicate_put_val(struct draft *d, const char *key, cdt_val v);

/* address.c - refuses what is no model's name; *version: to be put in the body, or "" */
void replicate_address(struct draft *d, cdt_str *path, cdt_str *version);
void replicate_write_chat(struct draft *d);                /* chat.c */
void replicate_write_complete(struct draft *d);
void replicate_write_sampling(struct draft *d);            /* sampling.c */
void replicate_write_image(struct draft *d);               /* image.c */

/* prompt.c - a conversation as one text.  Grows as it must, up to a cap. */
struct prompt { char *p; size_t n, room; int failed; };
void prompt_fini(struct prompt *p);
void prompt_add(struct prompt *p, cdt_str s);
struct talk { cdt_val messages; cdt_str system; int render; };
void prompt_render(struct prompt *p, struct cdt_call *call, const struct talk *t);
#endif
