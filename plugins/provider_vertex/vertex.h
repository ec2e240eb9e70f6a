/* vertex.h - what the files of this provider share.  Nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_VERTEX_VERTEX_H
#define PROVIDER_VERTEX_VERTEX_H
#include "lib_anthropic/claude.h"
#include "lib_gemini/gemini.h"

/* What the secret is. */
enum { AUTH_ACCOUNT, AUTH_KEY, AUTH_TOKEN };
enum { PLACE_MAX = 64, URL_MAX = 512, ACCOUNT_MAX = 16 << 10, TOKEN_MAX = 8 << 10 };

/* One configured instance.  Read-only after open, so shared by all workers. */
struct vertex {
	struct gemini gemini;           /* first */
	const struct cdt_host *host;
	const struct cdt_http *http;
	const struct cdt_crypto *crypto;
	struct claude claude;           /* the same, for Claude's models */
	int auth;
	char project[PLACE_MAX], location[PLACE_MAX], version[16];
};

void vertex_address(const struct gemini *self, struct cdt_call *call, struct cdt_http_out *http,
                    const struct gemini_place *place, const char *verb);

/* account.c - Google's credential files */
struct account {
	char *email, *key, *key_id, *token_uri;         /* a service account's */
	char *client_id, *client_secret, *refresh;      /* or a person's */
};
/* A sentence when it is none; it holds nothing of the file.  Freed by vertex_account_free,
 * also then. */
const char *vertex_account_read(struct account *a, cdt_str json);
void vertex_account_free(struct account *a);
/* The member's text, freed by the caller with vertex_wipe; NULL: it is not there. */
char *vertex_member(cdt_str json, const char *name);
int64_t vertex_number(cdt_str json, const char *name, int64_t other);
void vertex_wipe(char *secret);                         /* and frees it */

/* jwt.c - what is sent to the token service.  NULL: *wrong says why. */
char *vertex_form(const struct vertex *v, const struct account *a, const char **wrong);

/* claude.c: models of another maker, in their own language.  */
int vertex_is_claude(cdt_str model);
int vertex_speaks(void *self, cdt_str dialect, cdt_str model, cdt_str base_url);
cdt_status vertex_claude(const struct vertex *v, struct cdt_call *call,
                         const struct cdt_request *req, struct cdt_http_out *http);
/* What Claude's library remembers of this attempt; NULL: it is none of Claude's. */
void **vertex_claude_place(struct cdt_call *call);
cdt_status vertex_claude_error(void *self, struct cdt_call *call,
                               const struct cdt_http_head *head, cdt_str body,
                               struct cdt_error *err);

/* rank.c */
cdt_status vertex_rank_build(const struct vertex *v, struct cdt_call *call,
                             const struct cdt_request *req, struct cdt_http_out *http);
cdt_status vertex_rank_frame(struct cdt_call *call, const struct cdt_frame *frame,
                             struct cdt_sink *sink);
cdt_status vertex_rank_finish(struct cdt_call *call, struct cdt_sink *sink);

/* token.c */
void vertex_token(void *self, struct cdt_worker *worker, cdt_str secret,
                  struct cdt_ticket *ticket);
#endif
