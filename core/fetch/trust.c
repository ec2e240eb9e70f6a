/* fetch/trust.c - certificates of upstreams are always verified, against the system's
 * authorities or the file that was configured.
 * SPDX-License-Identifier: MIT */
#include "fetch/trust.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/log.h"
#include "base/mem.h"

/* Where distributions keep them. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
};

/* A bundle takes milliseconds to parse and megabytes to keep: workers share it, as long as
 * there is one that uses it. */
static struct {
	pthread_mutex_t lock;
	SSL_CTX *ssl;
	char *ca_file;
	unsigned users;
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const unsigned char alpn[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };

/* TLS 1.3 sends these after the handshake, and for one use each. */
static int on_session(SSL *tls, SSL_SESSION *session)
{
	SSL_SESSION **kept = SSL_get_app_data(tls);

	SSL_SESSION_free(*kept);
	*kept = session;
	return 1;                               /* it is ours now */
}

static const char *find_bundle(void)
{
	for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++)
		if (!access(bundles[i], R_OK))
			return bundles[i];
	return X509_get_default_cert_file();
}

static bool set_options(SSL_CTX *ssl)
{
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_CLIENT |
	                               SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ssl, on_session);
	return sock_set_options(ssl) && SSL_CTX_set_alpn_protos(ssl, alpn, sizeof alpn) == 0;
}

static SSL_CTX *make(const char *ca_file)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_client_method());

	if (ssl && set_options(ssl) && SSL_CTX_load_verify_file(ssl, ca_file) == 1)
		return ssl;
	log_warn(LOG_FETCH, NULL, "no authorities to trust: https upstreams will fail file=%s",
	         ca_file);
	SSL_CTX_free(ssl);
	return NULL;
}

void trust_init(struct trust *t, const char *ca_file)
{
	if (!ca_file)
		ca_file = find_bundle();
	pthread_mutex_lock(&shared.lock);
	if (shared.ssl && !strcmp(shared.ca_file, ca_file)) {
		t->ssl = shared.ssl;
		shared.users++;
	} else {
		t->ssl = make(ca_file);
	}
	if (t->ssl && !shared.ssl) {
		shared.ssl = t->ssl;
		shared.ca_file = mem_text(ca_file, strlen(ca_file));
		shared.users = 1;
	}
	pthread_mutex_unlock(&shared.lock);
}

void trust_fini(struct trust *t)
{
	pthread_mutex_lock(&shared.lock);
	if (t->ssl != shared.ssl) {
		SSL_CTX_free(t->ssl);
	} else if (shared.ssl && --shared.users == 0) {
		SSL_CTX_free(shared.ssl);
		mem_free(shared.ca_file);
		shared.ssl = NULL;
	}
	pthread_mutex_unlock(&shared.lock);
	t->ssl = NULL;
}

static bool set_peer(SSL *tls, const char *host)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host) == 1;
	SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(tls, host) == 1 && SSL_set_tlsext_host_name(tls, host) == 1;
}

bool trust_secure(struct trust *t, struct sock *s, const char *host, SSL_SESSION **session)
{
	if (!t->ssl || !sock_secure(s, t->ssl))
		return false;
	if (set_peer(s->tls, host) && SSL_set_app_data(s->tls, session) == 1) {
		SSL_set_connect_state(s->tls);
		if (*session)                   /* without it, it just takes longer */
			(void)SSL_set_session(s->tls, *session);
		return true;
	}
	sock_fini(s);
	return false;
}

const char *trust_why(const struct sock *s)
{
	long verdict = SSL_get_verify_result(s->tls);
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (verdict != X509_V_OK)
		return X509_verify_cert_error_string(verdict);
	return reason ? reason : "the connection ended";
}

void trust_forget(SSL_SESSION **session)
{
	SSL_SESSION_free(*session);
	*session = NULL;
}
