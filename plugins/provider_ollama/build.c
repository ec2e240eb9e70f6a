/* provider_ollama/build.c - the request as a whole: where it goes, who we are, and the members
 * of the body in their order.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <string.h>

struct turn *ollama_turn(struct cdt_call *call)
{
	void **slot = call->api->slot(call);

	if (!*slot)
		*slot = call->api->keep(call, sizeof(struct turn));
	return *slot;
}

void ollama_refuse(struct draft *d, const char *param, const char *why)
{
	if (d->status != CDT_OK)
		return;
	d->status = CDT_E_UNSUPPORTED;
	if (CDT_CAN(struct cdt_call_api, d->call->api, refuse))
		d->call->api->refuse(d->call, param, (cdt_str){ why, strlen(why) });
}

void ollama_lacks(struct draft *d, const char *member)
{
	if (d->status == CDT_OK && CDT_CAN(struct cdt_call_api, d->call->api, unsupported))
		d->status = d->call->api->unsupported(d->call, member);
}

static bool take_end(cdt_str *s, const char *end)
{
	size_t n = strlen(end);

	if (s->n < n || memcmp(s->p + s->n - n, end, n) != 0)
		return false;
	s->n -= n;
	return true;
}

static cdt_str path_of(uint32_t op)
{
	switch (op) {
	case CDT_OP_COMPLETE: return CDT_STR("/api/generate");
	case CDT_OP_EMBED: return CDT_STR("/api/embed");
	default: return CDT_STR("/api/chat");
	}
}

/* A base as people write it: with slashes, /api, or the /v1 of its other API at its end. */
static void address(const struct cdt_request *req, struct cdt_http_out *http)
{
	cdt_str base = req->base_url;

	while (take_end(&base, "/") || take_end(&base, "/api") || take_end(&base, "/v1"))
		;
	if (!base.n)
		base = CDT_STR("http://localhost:11434");
	http->api->url(http, base, path_of(req->op));
	http->api->header(http, "content-type", CDT_STR("application/json"));
	if (req->secret.n)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         req->secret);
}

static void write_chat(struct draft *d)
{
	ollama_write_messages(d);
	ollama_write_tools(d);
	ollama_write_format(d);
	ollama_write_think(d);
}

/* The server takes one prompt, and texts only. */
static void write_complete(struct draft *d)
{
	cdt_val prompts = cdt_get(d->doc, "prompt"), prompt = cdt_at(prompts, 0);

	if (cdt_count(prompts) > 1)
		ollama_refuse(d, "prompt", "This model's provider takes one prompt a request.");
	else if (cdt_count(prompts) && cdt_type(prompt) != CDT_TEXT)
		ollama_refuse(d, "prompt",
		              "This model's provider takes texts, not lists of token ids.");
	cdt_put_text(d->o, "prompt", cdt_text(prompt));
	cdt_put_val(d->o, "suffix", cdt_get(d->doc, "suffix"));
	cdt_put_val(d->o, "raw", cdt_get(d->doc, "raw"));
}

static void write_embed(struct draft *d)
{
	cdt_val input = cdt_get(d->doc, "input");

	if (cdt_count(input) && cdt_type(cdt_at(input, 0)) != CDT_TEXT)
		ollama_refuse(d, "input",
		              "This model's provider takes texts, not lists of token ids.");
	cdt_put_val(d->o, "input", input);
	cdt_put_val(d->o, "dimensions", cdt_get(d->doc, "dimensions"));
	cdt_put_val(d->o, "truncate", cdt_get(d->doc, "truncate"));
}

static void write_body(struct draft *d)
{
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "model", d->req->model);
	if (d->req->op == CDT_OP_COMPLETE)
		write_complete(d);
	else if (d->req->op == CDT_OP_EMBED)
		write_embed(d);
	else
		write_chat(d);
	/* The server streams unless it is told not to. */
	if (d->req->op != CDT_OP_EMBED)
		cdt_put_flag(d->o, "stream", (d->req->flags & CDT_REQ_STREAM) != 0);
	ollama_write_options(d);
	cdt_close(d->o);
}

cdt_status ollama_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	struct turn *t = ollama_turn(call);
	struct draft d = { .self = self, .call = call, .req = req, .doc = req->doc };

	if (!t)
		return CDT_E_NOMEM;
	t->op = req->op;
	t->stream = (req->flags & CDT_REQ_STREAM) != 0;
	address(req, http);
	d.o = http->api->body(http);
	ollama_check_members(&d);
	write_body(&d);
	return d.status != CDT_OK ? d.status : http->api->status(http);
}
