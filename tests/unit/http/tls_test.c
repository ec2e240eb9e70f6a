/* unit/http/tls_test.c - the same front behind TLS, asked by an OpenSSL client.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "unit/http/front.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define GET_CLOSE(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

struct pair { char *dir, cert[256], key[256]; };

static void pair_new(struct pair *p)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file;

	p->dir = unit_dir_new();
	(void)snprintf(p->cert, sizeof p->cert, "%s/cert.pem", p->dir);
	(void)snprintf(p->key, sizeof p->key, "%s/key.pem", p->dir);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	                           (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_sign(cert, key, EVP_sha256());
	file = fopen(p->cert, "w");
	PEM_write_X509(file, cert);
	fclose(file);
	file = fopen(p->key, "w");
	PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void front_start_tls(struct front *f, struct pair *p)
{
	char why[256];

	pair_new(p);
	f->tls = http_tls_new(p->cert, p->key, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f->tls);
	front_start(f);
}

static void stop(struct front *f, struct pair *p)
{
	front_stop(f);
	unit_dir_drop(p->dir);
}

struct client { int fd; SSL_CTX *options; SSL *ssl; };

static bool client_open(struct client *c, const struct front *f, int max_version,
                        const char *alpn)
{
	c->fd = front_connect(f);
	c->options = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(c->options, 0);
	SSL_CTX_set_max_proto_version(c->options, max_version);
	c->ssl = SSL_new(c->options);
	SSL_set_fd(c->ssl, c->fd);
	if (alpn)
		SSL_set_alpn_protos(c->ssl, (const unsigned char *)alpn,
		                    (unsigned)strlen(alpn));
	return SSL_connect(c->ssl) == 1;
}

static void client_close(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->options);
	close(c->fd);
}

static bool hear_tls(struct client *c, struct heard *h)
{
	int n;

	h->text = mem_new(HEARD_MAX + 1);
	while ((n = SSL_read(c->ssl, h->text + h->n, (int)(HEARD_MAX - h->n))) > 0)
		h->n += (size_t)n;
	return SSL_get_error(c->ssl, n) == SSL_ERROR_ZERO_RETURN;
}

static void requests_and_streams_work_as_without_it(void)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (int i = 0; i < 2; i++) {
		static const char text[] = GET("/stream") GET("/later") GET_CLOSE("/last?q");
		struct front f;
		struct pair p;
		struct client c;
		struct heard h = { .text = NULL };

		front_init(&f);
		front_start_tls(&f, &p);
		CU_ASSERT_TRUE_FATAL(client_open(&c, &f, versions[i], "\x08http/1.1"));
		CU_ASSERT_EQUAL(SSL_version(c.ssl), versions[i]);
		CU_ASSERT_EQUAL(SSL_write(c.ssl, text, sizeof text - 1), (int)sizeof text - 1);
		CU_ASSERT_TRUE(hear_tls(&c, &h));
		CU_ASSERT_EQUAL(times(&h, "b\r\ndata: one\n\n\r\n"
		                      "1b\r\ndata: a longer second one\n\n\r\n0\r\n\r\n"), 1);
		CU_ASSERT_EQUAL(times(&h, "later"), 1);
		CU_ASSERT_EQUAL(times(&h, "/last ?q"), 1);
		heard_fini(&h);
		client_close(&c);
		stop(&f, &p);
	}
}

static void long_bodies_pass_in_both_directions(void)
{
	enum { BODY = 400 << 10 };
	struct front f;
	struct pair p;
	struct client c;
	struct heard h = { .text = NULL };
	char *body = mem_new(BODY), head[128];
	int n = snprintf(head, sizeof head, "POST /x HTTP/1.1\r\n" HOST "Connection: close\r\n"
	                 "Content-Length: %d\r\n\r\n", BODY);

	for (size_t i = 0; i < BODY; i++)
		body[i] = (char)('a' + i % 19);
	front_init(&f);
	front_start_tls(&f, &p);
	CU_ASSERT_TRUE_FATAL(client_open(&c, &f, TLS1_3_VERSION, NULL));
	CU_ASSERT_EQUAL(SSL_write(c.ssl, head, n), n);
	CU_ASSERT_EQUAL(SSL_write(c.ssl, body, BODY), BODY);
	CU_ASSERT_TRUE(hear_tls(&c, &h));
	CU_ASSERT_TRUE(h.n > BODY && !memcmp(h.text + h.n - BODY, body, BODY));
	heard_fini(&h);
	mem_free(body);
	client_close(&c);
	stop(&f, &p);
}

static void a_slow_reader_gets_all_of_a_stream(void)
{
	static const char text[] = GET_CLOSE("/flood");
	static char bytes[1 << 16];
	struct front f;
	struct pair p;
	struct client c;
	size_t sum = 0;
	int n;

	front_init(&f);
	f.flood = 12 << 20;
	front_start_tls(&f, &p);
	CU_ASSERT_TRUE_FATAL(client_open(&c, &f, TLS1_3_VERSION, NULL));
	CU_ASSERT_TRUE(SSL_write(c.ssl, text, sizeof text - 1) > 0);
	CU_ASSERT_TRUE(front_until(&f.paused, 1));
	usleep(20000);
	while ((n = SSL_read(c.ssl, bytes, sizeof bytes)) > 0)
		sum += (size_t)n;
	CU_ASSERT_EQUAL(SSL_get_error(c.ssl, n), SSL_ERROR_ZERO_RETURN);
	CU_ASSERT_TRUE(sum > f.flood);
	CU_ASSERT_TRUE(atomic_load(&f.drained) > 0);
	client_close(&c);
	stop(&f, &p);
}

static void a_client_that_leaves_is_noticed(void)
{
	struct front f;
	struct pair p;
	struct client c;

	front_init(&f);
	front_start_tls(&f, &p);
	CU_ASSERT_TRUE_FATAL(client_open(&c, &f, TLS1_3_VERSION, NULL));
	CU_ASSERT_TRUE(SSL_write(c.ssl, GET("/hold"), sizeof GET("/hold") - 1) > 0);
	CU_ASSERT_TRUE(front_until(&f.requests, 1));
	client_close(&c);
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	stop(&f, &p);
}

static void old_versions_other_protocols_and_plain_text_are_turned_away(void)
{
	struct front f;
	struct pair p;
	struct client c;
	struct heard h = { .text = NULL };

	front_init(&f);
	front_start_tls(&f, &p);
	CU_ASSERT_FALSE(client_open(&c, &f, TLS1_1_VERSION, NULL));
	client_close(&c);
	CU_ASSERT_FALSE(client_open(&c, &f, TLS1_3_VERSION, "\x02h2"));
	client_close(&c);
	CU_ASSERT_TRUE(ask(&f, GET("/x"), &h));
	CU_ASSERT_EQUAL(times(&h, "HTTP"), 0);
	CU_ASSERT_EQUAL(atomic_load(&f.requests), 0);
	heard_fini(&h);
	stop(&f, &p);
}

static void what_is_wrong_with_the_files_is_said(void)
{
	struct pair a, b;
	char why[256] = "";

	pair_new(&a);
	pair_new(&b);
	CU_ASSERT_PTR_NULL(http_tls_new("/nonexistent", a.key, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "certificate file /nonexistent: "));
	CU_ASSERT_PTR_NULL(http_tls_new(a.cert, "/nonexistent", why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "key file /nonexistent: "));
	CU_ASSERT_PTR_NULL(http_tls_new(a.cert, b.key, why));
	unit_dir_drop(a.dir);
	unit_dir_drop(b.dir);
}

static const struct unit_test tests[] = {
	{ "requests and streams work as without it", requests_and_streams_work_as_without_it },
	{ "long bodies pass in both directions", long_bodies_pass_in_both_directions },
	{ "a slow reader gets all of a stream", a_slow_reader_gets_all_of_a_stream },
	{ "a client that leaves is noticed", a_client_that_leaves_is_noticed },
	{ "old versions, other protocols and plain text are turned away",
	  old_versions_other_protocols_and_plain_text_are_turned_away },
	{ "what is wrong with the files is said", what_is_wrong_with_the_files_is_said },
	{ NULL, NULL },
};
const struct unit_suite http_tls_suite = { "http/tls", tests };
