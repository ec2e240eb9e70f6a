/* provider_anthropic/address.c - where a request goes, and who we are.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <string.h>

/* A base with or without /v1 and slashes at its end. */
static void set_url(struct cdt_http_out *http, cdt_str base, uint32_t op)
{
	cdt_str path = op == CDT_OP_COUNT ? CDT_STR("/v1/messages/count_tokens")
	                                  : CDT_STR("/v1/messages");

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n == 0)
		base = CDT_STR("https://api.anthropic.com");
	if (base.n > 3 && memcmp(base.p + base.n - 3, "/v1", 3) == 0)
		path = words_after(path, 3);
	http->api->url(http, base, path);
}

/* A subscription's token is a bearer token and needs a beta name; all others are keys. */
static void set_secret(struct cdt_http_out *http, cdt_str secret, int oauth)
{
	if (oauth)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "), secret);
	else if (secret.n)
		http->api->secret_header(http, "x-api-key", CDT_STR(""), secret);
}

cdt_status anthropic_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                           struct cdt_http_out *http)
{
	const struct anthropic *a = self;
	int oauth = words_begin(req->secret, "sk-ant-oat"), files_beta;
	/* What a client wrote follows its own version of the API. */
	cdt_str version = claude_header(call, req, "anthropic-version");
	cdt_status st = claude_write(&a->claude, call->api->slot(call), call, req, http,
	                             &files_beta);
	cdt_str betas;

	if (st != CDT_OK)
		return st;
	betas = claude_betas(call, (cdt_str[]){
		claude_header(call, req, "anthropic-beta"), words_z(a->beta),
		oauth ? CDT_STR("oauth-2025-04-20") : CDT_STR(""),
		files_beta ? CDT_STR("files-api-2025-04-14") : CDT_STR("") }, 4);
	http->api->method(http, "POST");
	set_url(http, req->base_url, req->op);
	set_secret(http, req->secret, oauth);
	http->api->header(http, "anthropic-version", version.n ? version
	                                                       : words_z(a->version));
	http->api->header(http, "content-type", CDT_STR("application/json"));
	if (betas.n)
		http->api->header(http, "anthropic-beta", betas);
	return http->api->status(http);
}
