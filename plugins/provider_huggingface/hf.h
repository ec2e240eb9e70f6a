/* provider_huggingface/hf.h - what the files of this plugin share.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_HUGGINGFACE_HF_H
#define PROVIDER_HUGGINGFACE_HF_H
#include "lib_openai/openai.h"

#include <string.h>

/* Which of the servers stands behind base_url. */
enum hf_api { API_ROUTER, API_TGI, API_TEI, API_INFERENCE, API_COUNT };

/* One configured instance; immutable after open. */
struct hf {
	struct openai base;                              /* first */
	enum hf_api api;
};

/* One attempt.  Kept by the host (slot), where lib_openai finds its own. */
struct hf_turn {
	struct turn base;                                /* first */
	size_t inputs;                                   /* of an embedding */
	int64_t top_n;                                   /* of a ranking; 0 = all */
	int64_t prompt_tokens, output_tokens;            /* by the answer's head; -1 */
};
struct hf_turn *hf_turn_of(struct cdt_call *call);

/* address.c: false: it can not be written, and why was said */
bool hf_address(const struct asking *a, struct cdt_http_out *http);

/* generate.c, generated.c: TGI's own way to complete */
cdt_status hf_body_generate(const struct asking *a);
cdt_status hf_generated(const struct reading *r, cdt_val doc);

/* vectors.c, pool.c: embeddings of TEI and of pipelines */
cdt_status hf_body_embed(const struct asking *a);
cdt_status hf_vectors(const struct reading *r, cdt_val doc);
/* The mean of the vectors of a text's tokens, as base64 of float32; "" = they differ in
 * length, or are none. */
cdt_str hf_pooled(struct cdt_call *call, cdt_val tokens);

/* rank.c */
cdt_status hf_body_rank(const struct asking *a);
cdt_status hf_ranking(const struct reading *r, cdt_val doc);

/* error.c */
cdt_status hf_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                    cdt_str body, struct cdt_error *err);

static inline const struct hf *hf_of(const struct openai *me)
{
	return (const struct hf *)(const void *)me;
}
/* An error member that says something: then it is no answer. */
bool hf_errs(cdt_val doc);
cdt_status hf_lacks(const struct asking *a, const char *const *names);
cdt_status hf_usage(const struct reading *r, int64_t input, int64_t output);
#endif
