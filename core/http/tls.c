/* http/tls.c - certificates, and TLS 1.2/1.3 over sockets that others watch.  Decides the
 * protocol's options; knows nothing of what is said through it.
 * OpenSSL writes with write(): the program ignores SIGPIPE.
 * SPDX-License-Identifier: MIT */
#include "http/tls.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"
#include "http/wire.h"

/* One record: small pieces are put together so that they do not become one record each. */
enum { RECORD_BYTES = 4096 };

struct http_tls {
	SSL_CTX *ssl;
	atomic_uint users;
};

struct tls_session {
	SSL *ssl;
	bool failed;                    /* then SSL_shutdown must not be called */
};

static const unsigned char alpn[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

/* A client that offers protocols, but not ours, is better told at once. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                           const unsigned char *in, unsigned in_n, void *arg)
{
	unsigned char *found;

	(void)ssl, (void)arg;
	if (SSL_select_next_proto(&found, out_n, alpn, sizeof alpn, in, in_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

static const char *last_error(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "unknown reason";
}

static bool set_options(SSL_CTX *ssl)
{
	char groups[] = "X25519:P-256";         /* the macro below casts const away */

	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                    SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
	return SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
	       SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
	       SSL_CTX_set1_groups_list(ssl, groups) == 1;
}

struct http_tls *http_tls_new(const char *cert_file, const char *key_file, char why[256])
{
	SSL_CTX *ssl;
	struct http_tls *t;
	const char *what = NULL;

	ERR_clear_error();
	ssl = SSL_CTX_new(TLS_server_method());
	if (!ssl || !set_options(ssl))
		what = "cannot set up TLS";
	else if (SSL_CTX_use_certificate_chain_file(ssl, cert_file) != 1)
		what = "cannot use the certificate file";
	else if (SSL_CTX_use_PrivateKey_file(ssl, key_file, SSL_FILETYPE_PEM) != 1)
		what = "cannot use the key file";
	else if (SSL_CTX_check_private_key(ssl) != 1)
		what = "the key does not belong to the certificate of";
	if (what) {
		(void)snprintf(why, 256, "%s %s: %s", what,
		               strstr(what, "key file") ? key_file : cert_file, last_error());
		SSL_CTX_free(ssl);
		return NULL;
	}
	t = mem_new(sizeof *t);
	t->ssl = ssl;
	atomic_init(&t->users, 1);
	return t;
}

void http_tls_take(struct http_tls *t)
{
	atomic_fetch_add(&t->users, 1);
}

void http_tls_give(struct http_tls *t)
{
	if (!t || atomic_fetch_sub(&t->users, 1) != 1)
		return;
	SSL_CTX_free(t->ssl);
	mem_free(t);
}

struct tls_session *tls_open(struct http_tls *t, int fd)
{
	SSL *ssl = SSL_new(t->ssl);
	struct tls_session *s;

	if (!ssl || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_accept_state(ssl);
	s = mem_new(sizeof *s);
	s->ssl = ssl;
	return s;
}

bool tls_goodbye(struct tls_session *s)
{
	int r;

	if (s->failed || !SSL_is_init_finished(s->ssl))
		return true;
	ERR_clear_error();
	r = SSL_shutdown(s->ssl);               /* nobody waits for the answer */
	return r >= 0 || SSL_get_error(s->ssl, r) != SSL_ERROR_WANT_WRITE;
}

void tls_close(struct tls_session *s)
{
	SSL_free(s->ssl);
	mem_free(s);
}

/* A handshake's few KiB always fit the socket: OpenSSL waits to write only when we do. */
static ssize_t failure(struct tls_session *s, int result)
{
	int code = SSL_get_error(s->ssl, result);

	if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE)
		return WIRE_AGAIN;
	s->failed = code != SSL_ERROR_ZERO_RETURN;
	return s->failed ? WIRE_BROKEN : 0;
}

ssize_t tls_recv(struct tls_session *s, void *p, size_t n)
{
	int got;

	ERR_clear_error();
	got = SSL_read(s->ssl, p, n < INT32_MAX ? (int)n : INT32_MAX);
	return got > 0 ? got : failure(s, got);
}

static ssize_t send_one(struct tls_session *s, const void *p, size_t n)
{
	ssize_t took;
	int r;

	ERR_clear_error();
	r = SSL_write(s->ssl, p, n < INT32_MAX ? (int)n : INT32_MAX);
	if (r > 0)
		return r;
	took = failure(s, r);
	return took ? took : WIRE_BROKEN;
}

/* How many of the first pieces fit into one record. */
static size_t gather(const struct iovec *v, size_t count, char *record, size_t *bytes)
{
	size_t i = 0, n = 0;

	for (; i < count && v[i].iov_len <= RECORD_BYTES - n; i++) {
		if (v[i].iov_len)
			memcpy(record + n, v[i].iov_base, v[i].iov_len);
		n += v[i].iov_len;
	}
	*bytes = n;
	return i;
}

ssize_t tls_send(struct tls_session *s, const struct iovec *v, size_t count)
{
	char record[RECORD_BYTES];
	ssize_t sum = 0;

	while (count) {
		size_t want, used = gather(v, count, record, &want);
		ssize_t took;

		if (used) {
			took = want ? send_one(s, record, want) : 0;
		} else {
			used = 1;
			want = v->iov_len;
			took = send_one(s, v->iov_base, want);
		}
		if (took < 0)
			return sum && took == WIRE_AGAIN ? sum : took;
		sum += took;
		if ((size_t)took < want)
			return sum;
		v += used;
		count -= used;
	}
	return sum;
}

bool tls_has_more(const struct tls_session *s)
{
	return SSL_pending(s->ssl) > 0;
}
