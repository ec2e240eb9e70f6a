/* cache_redis/wire.c - sockets and TLS.  What the bytes say is not known here.  OpenSSL writes
 * with write(): the program ignores SIGPIPE.
 * SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { RECORD_MAX = 16 << 10 };

bool wire_open(struct wire *w, const struct sockaddr_storage *to, socklen_t to_n)
{
	int fd = socket(to->ss_family, SOCK_STREAM, 0), one = 1;

	*w = (struct wire){ .fd = -1 };
	if (fd < 0)
		return false;
	/* Small answers at once; a unix socket does not know it. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0
	    || (connect(fd, (const struct sockaddr *)(const void *)to, to_n) != 0
	        && errno != EINPROGRESS)) {
		int failed = errno;

		(void)close(fd);
		errno = failed;
		return false;
	}
	w->fd = fd;
	return true;
}

bool wire_secure(struct wire *w, SSL_CTX *tls, const char *host)
{
	ERR_clear_error();
	w->ssl = SSL_new(tls);
	if (!w->ssl || SSL_set_fd(w->ssl, w->fd) != 1)
		return false;
	SSL_set_connect_state(w->ssl);
	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(w->ssl), host) == 1)
		return true;
	ERR_clear_error();
	return SSL_set_tlsext_host_name(w->ssl, host) == 1 && SSL_set1_host(w->ssl, host) == 1;
}

void wire_close(struct wire *w)
{
	SSL_free(w->ssl);
	if (w->fd >= 0)
		(void)close(w->fd);
	*w = (struct wire){ .fd = -1 };
}

/* What the last call on w->ssl, which gave n, asks for. */
static int tls_result(struct wire *w, int n)
{
	int wish = SSL_get_error(w->ssl, n);

	if (wish == SSL_ERROR_WANT_WRITE)
		w->wants_write = true;
	return wish == SSL_ERROR_WANT_READ || wish == SSL_ERROR_WANT_WRITE ? WIRE_AGAIN
	                                                                   : WIRE_GONE;
}

static const char *tls_reason(const struct wire *w)
{
	long verified = SSL_get_verify_result(w->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (verified != X509_V_OK)
		return X509_verify_cert_error_string(verified);
	return reason ? reason : "it does not speak TLS";
}

int wire_join(struct wire *w, const char **why)
{
	socklen_t n = sizeof(int);
	int failed = 0, result;

	if (!w->connected) {
		if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &failed, &n) != 0)
			failed = errno;
		if (failed) {
			*why = strerror(failed);
			return WIRE_GONE;
		}
		w->connected = true;
	}
	if (!w->ssl)
		return WIRE_DONE;
	ERR_clear_error();
	w->wants_write = false;
	result = SSL_connect(w->ssl);
	if (result == 1)
		return WIRE_DONE;
	result = tls_result(w, result);
	if (result == WIRE_GONE)
		*why = tls_reason(w);
	return result;
}

ssize_t wire_read(struct wire *w, void *out, size_t room)
{
	ssize_t n;

	if (w->ssl) {
		int got;

		ERR_clear_error();
		w->wants_write = false;
		got = SSL_read(w->ssl, out, (int)room);
		return got > 0 ? got : tls_result(w, got);
	}
	n = recv(w->fd, out, room, 0);
	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? WIRE_AGAIN : WIRE_GONE;
}

/* One record: what begins with the same bytes may be tried again longer, never shorter. */
static ssize_t write_record(struct wire *w, const struct iovec *v, size_t count)
{
	char record[RECORD_MAX];
	size_t n = 0;
	int sent;

	for (size_t i = 0; i < count && n < sizeof record; i++) {
		size_t fits = sizeof record - n < v[i].iov_len ? sizeof record - n
		                                               : v[i].iov_len;

		memcpy(record + n, v[i].iov_base, fits);
		n += fits;
	}
	ERR_clear_error();
	w->wants_write = false;
	sent = SSL_write(w->ssl, record, (int)n);
	return sent > 0 ? sent : tls_result(w, sent);
}

ssize_t wire_write(struct wire *w, const struct iovec *v, size_t count)
{
	struct msghdr m = { .msg_iovlen = count };
	ssize_t n;

	if (w->ssl)
		return write_record(w, v, count);
	m.msg_iov = (struct iovec *)(uintptr_t)v;         /* sendmsg does not change it */
	n = sendmsg(w->fd, &m, MSG_NOSIGNAL);
	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? WIRE_AGAIN : WIRE_GONE;
}

bool wire_pending(const struct wire *w)
{
	return w->ssl && SSL_pending(w->ssl) > 0;
}

static const char *configure(SSL_CTX *tls, const char *ca, const char *cert, const char *key)
{
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	(void)SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE
	                            | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1)
		return "TLS 1.2 is not there";
	if (*ca ? SSL_CTX_load_verify_locations(tls, ca, NULL) != 1
	        : SSL_CTX_set_default_verify_paths(tls) != 1)
		return "tls_ca: cannot be read";
	if (*cert && SSL_CTX_use_certificate_chain_file(tls, cert) != 1)
		return "tls_cert: cannot be read";
	if (*key && SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		return "tls_key: cannot be read, or belongs to another certificate";
	return NULL;
}

SSL_CTX *wire_tls_new(const char *ca, const char *cert, const char *key, const char **why)
{
	SSL_CTX *tls;

	ERR_clear_error();
	tls = SSL_CTX_new(TLS_client_method());
	*why = tls ? configure(tls, ca, cert, key) : "no memory";
	if (!*why)
		return tls;
	SSL_CTX_free(tls);
	ERR_clear_error();
	return NULL;
}
