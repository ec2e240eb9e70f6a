/* provider_cohere/request.c - which of the requests it is, its address and headers.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

#include <string.h>

void cohere_refuse(struct draft *d, cdt_status status, const char *param, const char *why)
{
	if (d->status == CDT_OK)
		d->status = words_refuse(d->call, status, param, why);
}

void cohere_drop(struct draft *d, const char *member)
{
	if (d->status == CDT_OK)
		d->status = words_unsupported(d->call, member);
}

/* A base with or without a version and slashes at its end. */
void cohere_send_to(struct draft *d, const char *path)
{
	cdt_str base = d->req->base_url;

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (words_end(base, "/v1") || words_end(base, "/v2"))
		base.n -= 3;
	if (base.n == 0)
		base = CDT_STR("https://api.cohere.com");
	d->http->api->url(d->http, base, words_z(path));
	if (d->req->secret.n)
		d->http->api->secret_header(d->http, "authorization", CDT_STR("Bearer "),
		                            d->req->secret);
	d->http->api->header(d->http, "content-type", CDT_STR("application/json"));
}

static const struct {
	uint32_t op;
	const char *path;
	void (*write)(struct draft *);
} operations[] = {
	{ CDT_OP_CHAT, "/v2/chat", cohere_write_chat },
	{ CDT_OP_EMBED, "/v2/embed", cohere_write_embed },
	{ CDT_OP_RERANK, "/v2/rerank", cohere_write_rerank },
};

cdt_status cohere_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	struct draft d = { .self = self, .call = call, .req = req, .http = http,
		.doc = req->doc };
	struct answer *a = cohere_answer(call);
	size_t i = 0;

	if (!a)
		return CDT_E_NOMEM;
	while (i < sizeof operations / sizeof operations[0] && operations[i].op != req->op)
		i++;
	if (i == sizeof operations / sizeof operations[0])
		return words_refuse(call, CDT_E_UNSUPPORTED, "",
		                    "This provider can chat, embed and rerank.");
	a->op = req->op;
	d.o = http->api->body(http);
	cdt_open(d.o, '{');
	cdt_put_text(d.o, "model", req->model);
	operations[i].write(&d);
	cdt_close(d.o);
	if (d.status != CDT_OK)
		return d.status;
	cohere_send_to(&d, operations[i].path);
	return http->api->status(http);
}
