/* fuzz/fuzz_outreq.c - whatever a provider writes, a request that is accepted goes where its
 * base URL says, and carries no bytes that begin another header or request.
 * SPDX-License-Identifier: MIT */
#include "fetch/outreq.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_printable(cdt_str s, unsigned char lowest)
{
	for (size_t i = 0; i < s.n; i++)
		must((unsigned char)s.p[i] >= lowest && s.p[i] != 0x7f);
}

/* What curl would connect to; NULL: it refuses. */
static char *host_of(const char *url)
{
	CURLU *u = curl_url();
	char *host = NULL, *user = NULL, *fragment = NULL, *scheme = NULL;

	if (!curl_url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS)) {
		(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
		(void)curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
		must(curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK);
		must(curl_url_get(u, CURLUPART_FRAGMENT, &fragment, 0) != CURLUE_OK);
		must(scheme && (!strcmp(scheme, "http") || !strcmp(scheme, "https")));
	}
	curl_free(scheme);
	curl_url_cleanup(u);
	return host;
}

static void check_url(struct outreq *o, cdt_str base)
{
	char *full, *alone;

	check_printable(o->url, 0x21);
	must(o->url.n <= OUTREQ_URL_MAX && strlen(o->url.p) == o->url.n);
	full = host_of(o->url.p);
	outreq_set_url(o, base, CDT_STR("/"));
	alone = host_of(o->url.p);
	must(!full || (alone && !strcasecmp(full, alone)));
	curl_free(full);
	curl_free(alone);
}

static void check_headers(const struct outreq *o)
{
	must(o->header_count <= OUTREQ_HEADERS_MAX);
	for (size_t i = 0; i < o->header_count; i++) {
		cdt_str name = o->header[i].name;

		check_printable(name, 0x21);
		check_printable(o->header[i].value, 0x20);
		must(name.n > 0 && str_find(name, ':') == name.n);
		must(!str_is_nocase(name, "content-length") &&
		     !str_is_nocase(name, "transfer-encoding") &&
		     !str_is_nocase(name, "connection"));
		for (size_t k = 0; k < i; k++)
			must(o->header[k].name.n != name.n ||
			     strncasecmp(o->header[k].name.p, name.p, name.n));
	}
}

/* base \n path \n name \1 value \2 name \1 value... */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cdt_str rest = { (const char *)bytes, size }, base = str_cut(&rest, '\n');
	cdt_str path = str_cut(&rest, '\n');
	struct arena arena;
	struct outreq o;

	arena_init(&arena, 1024, 1 << 20);
	outreq_init(&o, &arena, 1024);
	while (rest.n) {
		cdt_str value = str_cut(&rest, '\2'), name = str_cut(&value, '\1');

		outreq_add_header(&o, name, value, value.n % 2);
	}
	check_headers(&o);
	outreq_fini(&o);
	outreq_init(&o, &arena, 1024);
	outreq_set_url(&o, base, path);
	if (o.status == CDT_OK)
		check_url(&o, base);
	outreq_fini(&o);
	arena_fini(&arena);
	return 0;
}
