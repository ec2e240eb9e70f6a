/* fetch/request.c - tells a curl handle what to send: only what is not what it sent before.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "fetch/call.h"

/* No "100-continue" (it waits a second), and no content type of curl's own making. */
static const char no_expect[] = "Expect:", no_type[] = "Content-Type:";

static size_t copy_body(struct fetch_call *c, char *out, size_t room)
{
	const struct outreq *req = c->req;
	size_t done = 0;

	while (done < room && c->piece < req->piece_count) {
		cdt_str rest = str_skip(req->piece[c->piece], c->piece_at);
		size_t n = rest.n < room - done ? rest.n : room - done;

		if (n)
			memcpy(out + done, rest.p, n);
		done += n;
		c->piece_at += n;
		if (n == rest.n) {
			c->piece++;
			c->piece_at = 0;
		}
	}
	return done;
}

static size_t on_read(char *out, size_t size, size_t n, void *arg)
{
	struct fetch_call *c = arg;

	if (c->cancelled)
		return CURL_READFUNC_ABORT;
	return copy_body(c, out, size * n);
}

/* curl goes back when it sends the body again on another connection. */
static int on_seek(void *arg, curl_off_t at, int origin)
{
	struct fetch_call *c = arg;
	size_t left = (size_t)at;

	if (origin != SEEK_SET || c->cancelled)
		return CURL_SEEKFUNC_FAIL;
	for (c->piece = 0; c->piece < c->req->piece_count; c->piece++) {
		if (left < c->req->piece[c->piece].n)
			break;
		left -= c->req->piece[c->piece].n;
	}
	c->piece_at = c->piece < c->req->piece_count ? left : 0;
	return CURL_SEEKFUNC_OK;
}

/* Parsed here, once for all requests to it: curl would parse and print it for each. */
static bool set_url(struct fetch_call *c)
{
	cdt_str url = c->req->url;

	if (c->url.n == url.n + 1 && !memcmp(c->url.p, url.p, url.n))
		return true;
	buf_clear(&c->url);
	buf_add(&c->url, url);
	buf_add_c(&c->url, '\0');
	if (c->url.status == CDT_OK &&
	    !curl_url_set(c->parsed, CURLUPART_URL, c->url.p, CURLU_PATH_AS_IS) &&
	    !curl_easy_setopt(c->easy, CURLOPT_URL, c->url.p))
		return true;
	buf_clear(&c->url);
	return false;
}

/* A method with a body is curl's POST under another name, one without is its GET. */
static bool set_method(struct fetch_call *c, bool with_body)
{
	const char *method = c->req->method, *curls = with_body ? "POST" : "GET";
	bool head = !strcmp(method, "HEAD") && !with_body;

	if (c->with_body == with_body && !strcmp(c->method, method))
		return true;
	if (strlen(method) > OUTREQ_METHOD_MAX)
		return false;
	memcpy(c->method, method, strlen(method) + 1);
	c->with_body = with_body;
	return !curl_easy_setopt(c->easy, CURLOPT_NOBODY, 0L) &&
	       !curl_easy_setopt(c->easy, with_body ? CURLOPT_POST : CURLOPT_HTTPGET, 1L) &&
	       (!head || !curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L)) &&
	       !curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST,
	                         head || !strcmp(method, curls) ? NULL : method);
}

static char *put(char *to, cdt_str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

static bool is_type(cdt_str name)
{
	return name.n == sizeof no_type - 2 && !strncasecmp(name.p, no_type, name.n);
}

/* The list is built in place, anew for each request: the handle knows its first node. */
static bool set_lines(struct fetch_call *c, bool with_body)
{
	const struct outreq *req = c->req;
	size_t need = sizeof no_expect + sizeof no_type, count = 0;
	bool typed = !with_body;
	char *to;

	for (size_t i = 0; i < req->header_count; i++)
		need += req->header[i].name.n + req->header[i].value.n + 3;
	buf_clear(&c->lines);
	if (buf_reserve(&c->lines, need) != CDT_OK)
		return false;
	to = c->lines.p;
	for (size_t i = 0; i < req->header_count; i++) {
		const struct outreq_header *h = &req->header[i];

		typed = typed || is_type(h->name);
		c->line[count++].data = to;
		to = put(to, h->name);
		to = put(to, h->value.n ? CDT_STR(": ") : CDT_STR(";"));     /* ";": empty */
		to = put(to, h->value);
		*to++ = '\0';
	}
	c->line[count++].data = to;
	to = put(to, str_from(no_expect, sizeof no_expect));
	if (!typed) {
		c->line[count++].data = to;
		to = put(to, str_from(no_type, sizeof no_type));
	}
	c->lines.n = (size_t)(to - c->lines.p);
	for (size_t i = 0; i < count; i++)
		c->line[i].next = i + 1 < count ? &c->line[i + 1] : NULL;
	return true;
}

static bool set_upload(struct fetch_call *c, size_t bytes)
{
	if (bytes == c->upload_bytes)
		return true;
	c->upload_bytes = bytes;
	return !curl_easy_setopt(c->easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)bytes);
}

/* A small body is laid out whole: curl sends it with the head.  A large one is read from
 * its pieces as the socket takes them (no address: curl reads). */
static bool set_reads(struct fetch_call *c)
{
	size_t bytes = c->req->streamed ? READ_STREAMED : READ_WHOLE;

	if (bytes == c->read_bytes)
		return true;
	c->read_bytes = bytes;
	return !curl_easy_setopt(c->easy, CURLOPT_BUFFERSIZE, (long)bytes);
}

static bool set_body(struct fetch_call *c, size_t bytes)
{
	const char *body = NULL;

	c->piece = c->piece_at = 0;
	if (bytes <= FETCH_GATHER_MAX) {
		buf_clear(&c->gathered);
		if (buf_reserve(&c->gathered, bytes + 1) != CDT_OK)
			return false;
		c->gathered.n = copy_body(c, c->gathered.p, bytes);
		body = c->gathered.p;
	} else if (!set_upload(c, bytes < UPLOAD_MAX ? bytes : UPLOAD_MAX)) {
		return false;
	}
	if (bytes != c->body_bytes &&
	    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes))
		return false;
	c->body_bytes = bytes;
	if (body != c->body && curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, body))
		return false;
	c->body = body;
	return true;
}

static bool set_connect(struct fetch_call *c)
{
	if (c->fresh && curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, 0L))
		return false;
	c->fresh = false;
	if (c->curl_connect_ms == c->timeouts.connect_ms)
		return true;
	/* Ours is nearer; curl shares it out among the addresses of a name. */
	c->curl_connect_ms = c->timeouts.connect_ms;
	return !curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->curl_connect_ms);
}

bool request_init(struct fetch_call *c)
{
	buf_init(&c->url, OUTREQ_URL_MAX + 1);
	buf_init(&c->lines, LINES_MAX_BYTES);
	buf_init(&c->gathered, FETCH_GATHER_MAX + 1);
	c->upload_bytes = UPLOAD_MIN;
	c->read_bytes = READ_WHOLE;
	c->body_bytes = SIZE_MAX;
	c->parsed = curl_url();
	return c->parsed && !curl_easy_setopt(c->easy, CURLOPT_CURLU, c->parsed) &&
	       !curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, &c->line[0]) &&
	       !curl_easy_setopt(c->easy, CURLOPT_READFUNCTION, on_read) &&
	       !curl_easy_setopt(c->easy, CURLOPT_READDATA, c) &&
	       !curl_easy_setopt(c->easy, CURLOPT_SEEKFUNCTION, on_seek) &&
	       !curl_easy_setopt(c->easy, CURLOPT_SEEKDATA, c);
}

bool request_dress(struct fetch_call *c)
{
	size_t bytes = outreq_body_bytes(c->req);
	bool with_body = bytes > 0 || !strcmp(c->req->method, "POST");

	/* The body before the method: curl takes a body for a POST. */
	return set_connect(c) && set_reads(c) && set_url(c) && set_lines(c, with_body) &&
	       (!with_body || set_body(c, bytes)) && set_method(c, with_body);
}

void request_undress(struct fetch_call *c)
{
	if (c->lines.n)
		explicit_bzero(c->lines.p, c->lines.n);
	buf_clear(&c->lines);
	/* Neither of these two can be refused. */
	(void)set_upload(c, UPLOAD_MIN);
	if (c->gathered.room > BODY_KEPT) {
		(void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, NULL);
		c->body = NULL;
		buf_fini(&c->gathered);
	}
}

void request_fini(struct fetch_call *c)
{
	curl_url_cleanup(c->parsed);
	buf_fini(&c->url);
	buf_fini(&c->lines);
	buf_fini(&c->gathered);
}
