/* http/tls.c - our side of TLS 1.2/1.3: certificates, and the protocol's options.
 * SPDX-License-Identifier: MIT */
#include "http/tls.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"

struct http_tls {
	SSL_CTX *ssl;
	atomic_uint users;
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

	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
	return sock_set_options(ssl) && SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
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

bool http_tls_serve(struct http_tls *t, struct sock *s)
{
	if (!sock_secure(s, t->ssl))
		return false;
	SSL_set_accept_state(s->tls);
	return true;
}
