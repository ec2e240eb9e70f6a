/* ctl/wire.c - one HTTP request by libcurl: over TCP or a unix socket, no redirects.
 * SPDX-License-Identifier: MIT */
#include "ctl/wire.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/str.h"

enum { CONNECT_MS = 5000 };

struct flight {
	const struct wire_request *request;
	struct wire_answer *answer;
	CURL *easy;
};

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct flight *f = arg;
	cdt_str bytes = { p, size * n };
	long status = 0;

	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);    /* 0 on failure */
	if (f->request->part && status / 100 == 2)
		f->request->part(f->request->arg, bytes);
	else
		buf_add(&f->answer->body, bytes);
	return f->answer->body.status == CDT_OK ? bytes.n : 0;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "x-request-id:";
	struct flight *f = arg;
	cdt_str line = { p, size * n };

	if (line.n > sizeof name && str_is_nocase(str_from(p, sizeof name - 1), name)) {
		cdt_str value = str_trim(str_skip(line, sizeof name - 1));

		(void)snprintf(f->answer->request_id, sizeof f->answer->request_id, "%.*s",
		               STR_ARG(value));
	}
	return line.n;
}

static void set_options(struct flight *f, struct curl_slist *headers, char *why)
{
	const struct wire_request *q = f->request;
	CURL *e = f->easy;

	curl_easy_setopt(e, CURLOPT_URL, q->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, q->method);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "conduitctl/" PACKAGE_VERSION);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)q->total_ms);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
	if (q->direct)
		curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	if (q->socket)
		curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, q->socket);
	if (q->body.p) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, q->body.p);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
	}
}

void wire_ask(const struct wire_request *q, struct wire_answer *out)
{
	struct flight f = { q, out, curl_easy_init() };
	struct curl_slist *headers = NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_FAILED_INIT;

	*out = (struct wire_answer){ .status = 0 };
	buf_init(&out->body, WIRE_BODY_MAX);
	for (size_t i = 0; f.easy && i < WIRE_HEADERS_MAX && q->headers[i]; i++) {
		struct curl_slist *more = curl_slist_append(headers, q->headers[i]);

		headers = more ? more : headers;
	}
	if (f.easy) {
		set_options(&f, headers, why);
		code = curl_easy_perform(f.easy);
		(void)curl_easy_getinfo(f.easy, CURLINFO_RESPONSE_CODE, &out->status);
	}
	out->whole = code == CURLE_OK;
	if (!out->whole)
		(void)snprintf(out->why, sizeof out->why, "%s",
		               why[0] ? why : curl_easy_strerror(code));
	curl_slist_free_all(headers);
	curl_easy_cleanup(f.easy);
}

void wire_fini(struct wire_answer *a)
{
	buf_fini(&a->body);
}
