/* check/requests.c - what a plugin writes for a request, held against what a case wants.
 * SPDX-License-Identifier: MIT */
#include "check/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "check/multipart.h"
#include "check/play.h"
#include "check/recording.h"
#include "check/same.h"

enum { BODY_MAX = 128 << 20, KEEP_BYTES = 64 << 20, WHY_MAX = VERDICT_WHY_SIZE,
       TRIAL_SECONDS = 60, SECRET_MIN = 8 };

struct request_check {
	const struct check *check;
	struct json *rule;
	struct wish wish;
	struct instance_self *self;
	struct call call;
	struct outreq out;
	struct arena keep;
	struct buf body;                       /* what would be sent */
	struct buf why;
	cdt_status st;
	struct verdicts *v;
};

static void say(struct request_check *q, const char *what, cdt_str got)
{
	if (!q->why.n)
		buf_print(&q->why, "%s: %.*s\n", what, (int)(got.n < 1500 ? got.n : 1500),
		          got.p);
}

/* --- what was written --- */

static void check_url(struct request_check *q)
{
	const struct json *url = json_get(q->rule, "url");
	const struct json *method = json_get(q->rule, "method");

	if (url && !str_eq(json_text(url), q->out.url))
		say(q, "another url", q->out.url);
	if (method && !str_is(json_text(method), q->out.method))
		say(q, "another method", str_z(q->out.method));
}

static const struct outreq_header *header_of(const struct outreq *o, cdt_str name)
{
	for (size_t i = 0; i < o->header_count; i++)
		if (o->header[i].name.n == name.n &&
		    strncasecmp(o->header[i].name.p, name.p, name.n) == 0)
			return &o->header[i];
	return NULL;
}

/* null: that header must not be there. */
static void check_headers(struct request_check *q)
{
	struct json *v;
	size_t it = 0;
	cdt_str name;

	while (json_next(json_get(q->rule, "headers"), &it, &name, &v)) {
		const struct outreq_header *h = header_of(&q->out, name);
		cdt_str got = h ? h->value : CDT_STR("(none)");
		char what[200];

		(void)snprintf(what, sizeof what, "another header %.*s", STR_ARG(name));
		if (json_type(v) == CDT_NULL ? h != NULL
		                             : !h || !str_eq(json_text(v), h->value))
			say(q, what, got);
	}
}

/* The credential may be in secret headers only. */
static void check_secret(struct request_check *q)
{
	cdt_str secret = q->wish.secret, body = buf_str(&q->body);

	if (secret.n < SECRET_MIN)
		return;
	if (str_search(body, secret) < body.n)
		say(q, "the secret is in the body", body);
	if (str_search(q->out.url, secret) < q->out.url.n)
		say(q, "the secret is in the url", q->out.url);
	for (size_t i = 0; i < q->out.header_count; i++) {
		const struct outreq_header *h = &q->out.header[i];

		if (!h->secret && str_search(h->value, secret) < h->value.n)
			say(q, "the secret is in a header that is none of secrets", h->name);
	}
}

static struct json *parse(struct request_check *q)
{
	struct jsonscan *scan = mem_new(sizeof *scan);
	cdt_str body = buf_str(&q->body);
	struct json *j = jsonscan(scan, body) == CDT_OK ? json_parse(body) : NULL;

	if (!j)
		say(q, "the body is no JSON", body);
	mem_free(scan);
	return j;
}

static void check_body(struct request_check *q, const struct json *want)
{
	struct json *sent = parse(q);

	if (sent)
		(void)same_json(want, sent, &q->why);  /* what differs is in why */
	json_free(sent);
}

/* The client's own document, with these members changed, added, or (null) left out. */
static void check_patch(struct request_check *q, const struct json *patch)
{
	struct json *want = json_parse(q->wish.doc_text), *v;
	size_t it = 0;
	cdt_str key;

	while (json_next(patch, &it, &key, &v)) {
		char *z = mem_text(key.p, key.n);

		if (json_type(v) == CDT_NULL)
			json_remove(want, z);
		else
			json_set_give(want, z, json_parse(json_print(v)));
		mem_free(z);
	}
	check_body(q, want);
	json_free(want);
}

static void check_part(struct request_check *q, const struct json *want,
                       const struct form_part *got)
{
	const struct { const char *member; cdt_str got; } all[] = {
		{ "name", got->name }, { "filename", got->filename }, { "type", got->type },
		{ "text", got->bytes },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct json *w = json_get(want, all[i].member);
		char what[100];

		(void)snprintf(what, sizeof what, "%s of part %.*s", all[i].member,
		               STR_ARG(got->name));
		if (w && !str_eq(json_text(w), all[i].got))
			say(q, what, all[i].got);
	}
}

static void check_parts(struct request_check *q, const struct json *want)
{
	const struct outreq_header *type = header_of(&q->out, CDT_STR("content-type"));
	struct form_part *part = mem_new_array(PARTS_MAX, sizeof *part);
	size_t count = 0;

	if (!multipart_read(type ? type->value : CDT_STR(""), buf_str(&q->body), part, &count))
		say(q, "the body is no form", buf_str(&q->body));
	else if (count != json_count(want))
		say(q, "another number of parts", buf_str(&q->body));
	for (size_t i = 0; i < count && i < json_count(want); i++)
		check_part(q, json_at(want, i), &part[i]);
	mem_free(part);
}

/* All names that were left out, in any order. */
static void check_dropped(struct request_check *q)
{
	const struct json *want = json_get(q->rule, "dropped");
	struct buf got;
	size_t found = 0;

	if (!want)
		return;
	buf_init(&got, 8192);
	for (size_t i = 0; i < q->call.dropped_count; i++) {
		buf_print(&got, "%.*s ", STR_ARG(q->call.dropped[i]));
		for (size_t k = 0; k < json_count(want); k++)
			found += str_eq(json_text(json_at(want, k)), q->call.dropped[i]);
	}
	if (found != json_count(want) || found != q->call.dropped_count)
		say(q, "other members were dropped", got.n ? buf_str(&got) : CDT_STR("none"));
	buf_fini(&got);
}

static void check_sent(struct request_check *q)
{
	const struct json *body = json_get(q->rule, "body");
	const struct json *patch = json_get(q->rule, "patch");
	const struct json *parts = json_get(q->rule, "parts");

	check_url(q);
	check_headers(q);
	check_secret(q);
	check_dropped(q);
	if (body)
		check_body(q, body);
	if (patch)
		check_patch(q, patch);
	if (parts)
		check_parts(q, parts);
}

/* --- what was refused --- */

static void check_refused(struct request_check *q, cdt_str status)
{
	const struct json *param = json_get(q->rule, "param");
	bool known = str_is(status, "invalid") || str_is(status, "unsupported");
	cdt_status want = str_is(status, "invalid") ? CDT_E_INVALID : CDT_E_UNSUPPORTED;

	if (!known)
		say(q, "the case has an unknown status", status);
	if (q->st != want)
		say(q, "another status", str_z(status_word(q->st)));
	else if (!q->call.refusal.n)
		say(q, "refused without a word", CDT_STR(""));
	else if (param && !str_eq(json_text(param), q->call.refused_param))
		say(q, "another param", q->call.refused_param);
}

/* --- one case --- */

static void build(struct request_check *q)
{
	const struct wish *w = &q->wish;
	struct native_body native = { w->doc_text, w->scan.member, w->scan.count, NULL };
	struct cdt_request req = {
		.size = sizeof req, .op = w->op, .attempt = 1,
		.flags = (w->stream ? CDT_REQ_STREAM : 0u) | (w->native ? CDT_REQ_NATIVE : 0u),
		.model = w->model, .base_url = w->base_url, .secret = w->secret,
		.doc = json_val(w->doc), .dialect = w->dialect, .blobs = w->blob,
		.blob_count = w->blob_count, .max_output = w->max_output,
	};

	arena_init(&q->keep, 4096, KEEP_BYTES);
	outreq_init(&q->out, &q->keep, BODY_MAX);
	call_begin(&q->call, q->self, &q->keep, "01CHECK");
	q->call.strict = w->strict;
	q->call.passed = w->passed;
	q->call.passed_count = w->passed_count;
	q->st = call_build(&q->call, &req, w->native ? &native : NULL, &q->out);
	for (size_t i = 0; i < q->out.piece_count; i++)
		buf_add(&q->body, q->out.piece[i]);
}

static void check_one(struct verdicts *v, void *arg)
{
	struct request_check *q = arg;
	cdt_str status = json_text(json_get(q->rule, "status"));
	unsigned before = stage_misuses(q->check->stage);
	char *z;

	verdict_begin(v, "request");
	buf_init(&q->why, WHY_MAX);
	buf_init(&q->body, BODY_MAX);
	build(q);
	if (status.n)
		check_refused(q, status);
	else if (q->st != CDT_OK)
		say(q, status_word(q->st), q->call.refusal);
	else
		check_sent(q);
	if (stage_misuses(q->check->stage) != before)
		say(q, "the plugin broke its contract", CDT_STR("standard error says how"));
	call_end(&q->call);
	z = mem_text(q->why.p, q->why.n);
	verdict_end(v, q->why.n ? z : "");
	mem_free(z);
	outreq_fini(&q->out);
	arena_fini(&q->keep);
	buf_fini(&q->why);
	buf_fini(&q->body);
}

/* A member that nobody reads is a mistake of the case. */
static bool knows_members(const struct json *rule, struct buf *why)
{
	static const char *const known[] = {
		"op", "model", "doc", "stream", "native", "dialect", "type", "base_url",
		"secret",
		"options", "strict", "wall_ms", "max_output", "blobs", "body", "patch", "parts",
		"status", "param", "client_headers", "url", "method", "headers", "dropped",
		"comment",
	};
	struct json *v;
	size_t it = 0;
	cdt_str key;

	while (json_next(rule, &it, &key, &v)) {
		size_t i = 0;

		while (i < sizeof known / sizeof *known && !str_is(key, known[i]))
			i++;
		if (i == sizeof known / sizeof *known) {
			buf_print(why, "its member '%.*s' is unknown", STR_ARG(key));
			return false;
		}
	}
	return true;
}

static bool prepare(struct request_check *q, const char *path, struct buf *why)
{
	char said[STAGE_WHY_SIZE];

	q->rule = recording_json(path, why);
	if (!q->rule || !knows_members(q->rule, why))
		return false;
	q->self = check_self(q->check, q->rule, said);
	if (!q->self)
		buf_add_z(why, said);
	return q->self && wish_read(&q->wish, q->rule,
	                            json_flag(json_get(q->rule, "stream"), 0), why);
}

static void check_request(const struct check *c, const char *name)
{
	struct request_check *q = mem_new(sizeof *q);
	char path[1100], shown[300];
	struct buf why;

	q->check = c;
	(void)snprintf(path, sizeof path, "%s/requests/%s", c->cases, name);
	(void)snprintf(shown, sizeof shown, "requests/%s", name);
	buf_init(&why, 2000);
	if (prepare(q, path, &why)) {
		stage_set_clock(c->stage, json_i64(json_get(q->rule, "wall_ms"),
		                                   STAGE_WALL_MS));
		report_trial(c->report, shown, TRIAL_SECONDS, check_one, q);
	} else {
		char *z = mem_text(why.p, why.n);

		report_line(c->report, false, shown, "", z);
		mem_free(z);
	}
	wish_fini(&q->wish);
	json_free(q->rule);
	buf_fini(&why);
	mem_free(q);
}

static int is_case(const struct dirent *d)
{
	return d->d_name[0] != '.' && str_ends(str_z(d->d_name), ".json");
}

void check_requests(const struct check *c)
{
	struct dirent **names;
	char path[1100], shown[300];
	int count;

	(void)snprintf(path, sizeof path, "%s/requests", c->cases);
	count = scandir(path, &names, is_case, alphasort);
	for (int i = 0; i < count; i++) {
		(void)snprintf(shown, sizeof shown, "requests/%s", names[i]->d_name);
		if (check_wants(c, shown))
			check_request(c, names[i]->d_name);
		mem_free(names[i]);            /* scandir's memory is malloc's, as ours is */
	}
	if (count >= 0)
		mem_free(names);
}
