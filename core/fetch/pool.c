/* fetch/pool.c - curl handles and the options that all of them share.  Options of one
 * request are request.c's; curl_easy_reset is never called.
 * SPDX-License-Identifier: MIT */
#include "fetch/pool.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "fetch/call.h"

enum { SPARE_MAX = 256, HTTP2_SOUND = 0x080e00 };

/* What is not here has a default that fits: no cookies, netrc, HSTS, alt-svc, HTTP/0.9,
 * authentication, or decoding. */
static const struct { CURLoption option; long value; } fixed[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_QUICK_EXIT, 1 },             /* or a cancelled look-up blocks the loop */
	{ CURLOPT_FOLLOWLOCATION, 0 },         /* a redirect would carry the key elsewhere */
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_PATH_AS_IS, 1 },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_BUFFERSIZE, READ_WHOLE },
	{ CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_MIN },
	{ CURLOPT_TCP_NODELAY, 1 },
	{ CURLOPT_TCP_KEEPALIVE, 1 },          /* a stream may think for minutes behind a NAT */
	{ CURLOPT_TCP_KEEPIDLE, 60 },
	{ CURLOPT_TCP_KEEPINTVL, 15 },
	{ CURLOPT_DNS_CACHE_TIMEOUT, 60 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_CA_CACHE_TIMEOUT, 86400 },   /* the bundle is parsed once a worker and day */
};

static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
};

static char *find_bundle(void)
{
	const char *found = curl_version_info(CURLVERSION_NOW)->cainfo;

	for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++)
		if (!found || access(found, R_OK))
			found = bundles[i];
	if (access(found, R_OK))
		log_warn(LOG_FETCH, NULL, "no CA bundle found: https upstreams will fail");
	return mem_text(found, strlen(found));
}

static bool set_fixed(CURL *easy)
{
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (curl_easy_setopt(easy, fixed[i].option, fixed[i].value))
			return false;
	return true;
}

/* An empty proxy and "*" keep the environment out. */
static bool set_limits(CURL *easy, const struct pool *p)
{
	long version = p->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;

	return !curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version) &&
	       !curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)p->http2) &&
	       !curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, p->connection_age_s) &&
	       !curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
	       !curl_easy_setopt(easy, CURLOPT_PROXY, p->proxy ? p->proxy : "") &&
	       !curl_easy_setopt(easy, CURLOPT_NOPROXY, p->proxy ? "" : "*") &&
	       !curl_easy_setopt(easy, CURLOPT_CAINFO, p->ca_file) &&
	       !curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) &&      /* or no CA cache */
	       !curl_easy_setopt(easy, CURLOPT_SHARE, p->share);
}

static void discard(struct fetch_call *c)
{
	if (c->easy)
		curl_easy_cleanup(c->easy);
	timer_fini(&c->timer);
	request_fini(c);
	buf_fini(&c->head);
	mem_free(c);
}

static struct fetch_call *make(struct pool *p, struct fetch *f)
{
	struct fetch_call *c = mem_new(sizeof *c);

	c->fetch = f;
	c->phase = CALL_OVER;
	c->easy = curl_easy_init();
	timer_init(&c->timer, f->worker, p->on_deadline, c);
	buf_init(&c->head, ANSWER_HEAD_MAX);
	if (c->easy && set_fixed(c->easy) && set_limits(c->easy, p) && call_bind(c) &&
	    request_init(c))
		return c;
	discard(c);
	return NULL;
}

cdt_status pool_init(struct pool *p, const struct fetch_limits *limits,
                     void (*on_deadline)(void *call))
{
	*p = (struct pool){ .on_deadline = on_deadline, .share = curl_share_init() };
	list_init(&p->spare);
	p->connection_age_s = (long)limits->connection_age_s;
	p->http2 = limits->http2 &&
	           curl_version_info(CURLVERSION_NOW)->version_num >= HTTP2_SOUND;
	if (limits->http2 && !p->http2)
		log_warn(LOG_FETCH, NULL, "HTTP/2 stays off: it needs libcurl 8.14 or later");
	p->ca_file = limits->ca_file ? mem_text(limits->ca_file, strlen(limits->ca_file)) :
	                               find_bundle();
	if (limits->proxy && !limits->public_only)
		p->proxy = mem_text(limits->proxy, strlen(limits->proxy));
	if (p->share &&
	    !curl_share_setopt(p->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION))
		return CDT_OK;
	pool_fini(p);
	return CDT_E_UNSUPPORTED;
}

void pool_fini(struct pool *p)
{
	LIST_EACH(it, &p->spare)
		discard(LIST_OF(it, struct fetch_call, link));
	if (p->share)
		(void)curl_share_cleanup(p->share);    /* fails only while it is in use */
	mem_free(p->ca_file);
	mem_free(p->proxy);
	*p = (struct pool){ .share = NULL };
}

struct fetch_call *pool_take(struct pool *p, struct fetch *f)
{
	struct fetch_call *c;

	if (list_empty(&p->spare))
		return make(p, f);
	c = LIST_OF(p->spare.prev, struct fetch_call, link);   /* the warmest */
	list_remove(&c->link);
	p->count--;
	return c;
}

void pool_give(struct pool *p, struct fetch_call *c)
{
	request_undress(c);
	buf_clear(&c->head);
	if (c->head.room > HEAD_KEPT)
		buf_fini(&c->head);
	if (p->count >= SPARE_MAX) {
		discard(c);
		return;
	}
	list_push(&p->spare, &c->link);
	p->count++;
}
