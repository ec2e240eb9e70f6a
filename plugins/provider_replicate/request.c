/* provider_replicate/request.c - a prediction is made: its address, headers, and the input, to
 * which the client's own "input" has the last word.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

void replicate_refuse(struct draft *d, cdt_status status, const char *param, const char *why)
{
	if (d->status == CDT_OK)
		d->status = words_refuse(d->call, status, param, why);
}

void replicate_drop(struct draft *d, const char *member)
{
	if (d->status == CDT_OK)
		d->status = words_unsupported(d->call, member);
}

int replicate_may_put(const struct draft *d, const char *key)
{
	return cdt_type(cdt_get(d->own, key)) == CDT_ABSENT;
}

void replicate_put_text(struct draft *d, const char *key, cdt_str text)
{
	if (replicate_may_put(d, key))
		cdt_put_text(d->o, key, text);
}

void replicate_put_i64(struct draft *d, const char *key, int64_t n)
{
	if (replicate_may_put(d, key))
		cdt_put_i64(d->o, key, n);
}

void replicate_put_val(struct draft *d, const char *key, cdt_val v)
{
	if (replicate_may_put(d, key))
		cdt_put_val(d->o, key, v);
}

/* Members of the client's own keep their names, which are NUL-ended for the writer. */
static void write_own(struct draft *d)
{
	size_t it = 0;
	cdt_str key;
	cdt_val v;

	while (d->own.api->next(d->own, &it, &key, &v)) {
		cdt_str name = words_join(d->call, &key, 1);

		if (name.p)
			cdt_put_val(d->o, name.p, v);
	}
}

/* Slashes at its end make no difference; without a version it gets one. */
static cdt_str base_of(struct cdt_call *call, cdt_str base)
{
	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n == 0)
		base = CDT_STR("https://api.replicate.com/v1");
	else if (!words_end(base, "/v1"))
		base = words_join(call, (cdt_str[]){ base, CDT_STR("/v1") }, 2);
	return words_keep(call, base);
}

/* A stream has its own connection, so there is nothing to wait for. */
static void set_headers(struct draft *d)
{
	struct cdt_http_out *http = d->http;
	int64_t wait_s = d->job->flags & JOB_STREAM ? 0 : d->self->wait_s;

	if (d->req->secret.n)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         d->req->secret);
	http->api->header(http, "content-type", CDT_STR("application/json"));
	if (wait_s) {
		d->job->flags |= JOB_WAITED;
		http->api->header(http, "prefer", words_join(d->call, (cdt_str[]){
			CDT_STR("wait="), words_number(d->call, wait_s) }, 2));
	}
	if (d->self->cancel_after_s)
		http->api->header(http, "cancel-after", words_join(d->call, (cdt_str[]){
			words_number(d->call, d->self->cancel_after_s), CDT_STR("s") }, 2));
}

static void (*writer_of(uint32_t op))(struct draft *)
{
	switch (op) {
	case CDT_OP_CHAT: return replicate_write_chat;
	case CDT_OP_COMPLETE: return replicate_write_complete;
	case CDT_OP_IMAGE: return replicate_write_image;
	default: return NULL;
	}
}

static cdt_status begin(struct draft *d)
{
	struct job *j = d->job;

	j->op = d->req->op;
	j->flags |= d->req->flags & CDT_REQ_STREAM ? JOB_STREAM : 0;
	j->base = base_of(d->call, d->req->base_url);
	j->secret = words_keep(d->call, d->req->secret);
	d->family = d->self->family ? d->self->family : replicate_family(d->req->model);
	return j->base.p && j->secret.p ? CDT_OK : CDT_E_LIMIT;
}

cdt_status replicate_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                           struct cdt_http_out *http)
{
	struct draft d = { .self = self, .call = call, .req = req, .http = http,
		.doc = req->doc, .own = cdt_get(req->doc, "input"),
		.job = replicate_job(call) };
	void (*write)(struct draft *) = writer_of(req->op);
	cdt_str path, version;

	if (!d.job || begin(&d) != CDT_OK)
		return CDT_E_NOMEM;
	if (!write)
		return words_refuse(call, CDT_E_UNSUPPORTED, "", "This provider can chat, "
		                    "complete texts and make images.");
	replicate_address(&d, &path, &version);
	d.o = http->api->body(http);
	cdt_open(d.o, '{');
	if (version.n)
		cdt_put_text(d.o, "version", version);
	d.o->api->key(d.o, "input");
	cdt_open(d.o, '{');
	if (d.status == CDT_OK)
		write(&d);
	write_own(&d);
	cdt_close(d.o);
	if (d.job->flags & JOB_STREAM)
		cdt_put_flag(d.o, "stream", 1);
	cdt_close(d.o);
	if (d.status != CDT_OK)
		return d.status;
	http->api->url(http, d.job->base, path);
	set_headers(&d);
	return http->api->status(http);
}
