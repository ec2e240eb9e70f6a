/* provider_azure/azure.h - what the files of this plugin share.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_AZURE_H
#define PROVIDER_AZURE_H
#include "lib_openai/openai.h"

/* One configured instance; immutable after open. */
struct azure {
	struct openai base;                              /* first */
	const struct cdt_http *http;                     /* for tokens; NULL: not needed */
	bool v1, entra;
	const char *api_version;                         /* "" = not sent */
	const char *token_url, *client_id, *scope;
};

/* address.c: the URL of this request; false: it can not be written, and why was said */
bool azure_address(const struct azure *me, struct cdt_call *call, const struct cdt_request *req,
                   struct cdt_http_out *http);
/* Writes s so that it is one segment of a path, or one value of a form: at most 3 bytes for
 * one.  Returns the length. */
size_t azure_escape(cdt_str s, char *out);

/* token.c: Entra's tokens, from a client's secret */
extern const struct cdt_provider_auth azure_auth;

/* error.c */
cdt_status azure_error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                       cdt_str body, struct cdt_error *err);
cdt_status azure_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                      uint32_t *frames);
#endif
