/* unit/plugin/host_test.c - the services of the host, as a plugin would call them.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/digest.h"
#include "base/str.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

static void offers_the_services_that_it_has(void)
{
	const struct cdt_host *h;
	struct plugrig g;

	plugrig_init(&g, "good");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "policy", "good", NULL, NULL));
	h = instance_host(g.instance);
	CU_ASSERT_PTR_EQUAL(h->service(h, CDT_SVC_IO), &host_io);
	CU_ASSERT_PTR_EQUAL(h->service(h, CDT_SVC_CRYPTO), &host_crypto);
	CU_ASSERT_PTR_EQUAL(h->service(h, CDT_SVC_METRICS), &host_metrics);
	CU_ASSERT_PTR_NULL(h->service(h, CDT_SVC_HTTP));       /* the rig has no fetch */
	CU_ASSERT_PTR_NULL(h->service(h, "conduit.time-travel/1"));
	CU_ASSERT_PTR_NULL(h->service(h, NULL));
	CU_ASSERT(h->now_ms(h) > 0);
	plugrig_fini(&g);
}

/* --- crypto --- */

static EVP_PKEY *new_key(char pem[4096])
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	BIO *out = BIO_new(BIO_s_mem());
	int n;

	CU_ASSERT(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1);
	n = BIO_read(out, pem, 4095);
	pem[n > 0 ? n : 0] = '\0';
	BIO_free(out);
	return key;
}

static void signs_with_an_rsa_key(void)
{
	char pem[4096];
	EVP_PKEY *key = new_key(pem);
	EVP_MD_CTX *verify = EVP_MD_CTX_new();
	uint8_t out[512];
	size_t n = sizeof out;

	CU_ASSERT_EQUAL(host_crypto.sign_rs256(str_z(pem), CDT_STR("text"), out, &n), CDT_OK);
	CU_ASSERT_EQUAL(n, 256);
	CU_ASSERT_EQUAL(EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, key), 1);
	CU_ASSERT_EQUAL(EVP_DigestVerify(verify, out, n, (const uint8_t *)"text", 4), 1);
	n = 10;
	CU_ASSERT_EQUAL(host_crypto.sign_rs256(str_z(pem), CDT_STR("text"), out, &n),
	                CDT_E_LIMIT);
	CU_ASSERT_EQUAL(n, 256);
	CU_ASSERT_EQUAL(host_crypto.sign_rs256(CDT_STR("no key"), CDT_STR("x"), out, &n),
	                CDT_E_INVALID);
	EVP_MD_CTX_free(verify);
	EVP_PKEY_free(key);
}

static void hashes_and_encodes(void)
{
	uint8_t hash[32];
	char text[65], out[16];

	host_crypto.sha256(CDT_STR("abc"), hash);
	CU_ASSERT_STRING_EQUAL(hex_of(hash, 4, text), "ba7816bf");
	host_crypto.hmac_sha256(CDT_STR("key"), CDT_STR("abc"), hash);
	CU_ASSERT_STRING_EQUAL(hex_of(hash, 4, text), "9c196e32");
	CU_ASSERT_EQUAL(host_crypto.base64(CDT_STR("\xfb\xff"), 1, out, sizeof out), 3);
	CU_ASSERT_EQUAL(memcmp(out, "-_8", 3), 0);
	CU_ASSERT_EQUAL(host_crypto.unbase64(CDT_STR("-_8"), out, sizeof out), 2);
}

/* --- metrics --- */

static void counts_under_the_name_of_the_instance(void)
{
	static const cdt_str values[] = { { "a", 1 } };
	const struct cdt_host *h;
	struct buf text;
	uint32_t id;
	struct plugrig g;

	plugrig_init(&g, "good");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "policy", "good", NULL, NULL));
	h = instance_host(g.instance);
	CU_ASSERT_EQUAL(host_metrics.counter(h, "Bad-Name", ""), 0);
	CU_ASSERT_EQUAL(host_metrics.counter(h, "x", "a,b,c,d,e,f"), 0);
	id = host_metrics.counter(h, "spins_total", "target");
	CU_ASSERT(id > 0);
	host_metrics.add(h, id, 2, values);
	host_metrics.add(h, id, 3, values);
	host_metrics.add(h, id, -3, values);
	host_metrics.add(h, 99, 1, values);
	buf_init(&text, 1 << 20);
	metrics_expose(g.metrics, &text);
	buf_add_c(&text, '\0');
	CU_ASSERT_PTR_NOT_NULL(strstr(text.p,
	        "conduit_plugin_spins_total{plugin=\"it\",target=\"a\"} 5\n"));
	buf_fini(&text);
	plugrig_fini(&g);
}

/* --- sockets and timers --- */

struct seen {
	struct worker *w;
	int fd[2];
	uint32_t mask;
	void *watch, *timer;
	bool came;
};

static struct cdt_worker *abi_of(struct worker *w) { return (struct cdt_worker *)(void *)w; }

static void on_ready(void *arg, uint32_t mask)
{
	struct seen *s = arg;
	char byte;

	s->mask |= mask;
	CU_ASSERT_EQUAL(read(s->fd[0], &byte, 1), 1);
	host_io.unwatch(s->watch);                     /* from inside: fine */
	s->came = true;
}

static void watches_a_socket(void)
{
	struct seen s = { .w = worker_new(0) };

	CU_ASSERT_EQUAL_FATAL(pipe(s.fd), 0);
	s.watch = host_io.watch(abi_of(s.w), s.fd[0], 0, on_ready, &s);
	CU_ASSERT_PTR_NOT_NULL(s.watch);
	host_io.rewatch(s.watch, CDT_READ);
	CU_ASSERT_EQUAL(write(s.fd[1], "x", 1), 1);
	plugrig_turn(s.w, &s.came);
	CU_ASSERT_EQUAL(s.mask, CDT_READ);
	(void)close(s.fd[0]);
	(void)close(s.fd[1]);
	CU_ASSERT_PTR_NULL(host_io.watch(abi_of(s.w), s.fd[0], CDT_READ, on_ready, &s));
	worker_free(s.w);
}

static void on_fire(void *arg)
{
	struct seen *s = arg;

	host_io.forget(s->timer);                      /* of itself: changes nothing */
	s->came = true;
}

static void must_not_fire(void *arg)
{
	(void)arg;
	CU_FAIL("a forgotten timer fired");
}

static void on_post(void *arg)
{
	struct seen *s = arg;

	s->came = true;
}

static void fires_timers_and_posts_once(void)
{
	struct seen s = { .w = worker_new(0) };

	host_io.forget(host_io.after(abi_of(s.w), 1, must_not_fire, NULL));
	s.timer = host_io.after(abi_of(s.w), 5, on_fire, &s);
	plugrig_turn(s.w, &s.came);
	CU_ASSERT(s.came);
	s.came = false;
	host_io.post(abi_of(s.w), on_post, &s);
	plugrig_turn(s.w, &s.came);
	CU_ASSERT(s.came);
	worker_free(s.w);
}

static const struct unit_test tests[] = {
	{ "offers the services that it has", offers_the_services_that_it_has },
	{ "signs with an RSA key", signs_with_an_rsa_key },
	{ "hashes and encodes", hashes_and_encodes },
	{ "counts under the name of the instance", counts_under_the_name_of_the_instance },
	{ "watches a socket", watches_a_socket },
	{ "fires timers and posts once", fires_timers_and_posts_once },
	{ NULL, NULL },
};
const struct unit_suite plugin_host_suite = { "plugin/host", tests };
