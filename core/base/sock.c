/* base/sock.c - reads and writes of sockets that others watch, with OpenSSL between when it
 * is TLS.  Decides neither ciphers nor whom to trust: contexts come from outside.
 * OpenSSL writes with write(): the program ignores SIGPIPE.
 * SPDX-License-Identifier: MIT */
#include "base/sock.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

/* One record: small pieces are put together so that they do not become one record each. */
enum { RECORD_BYTES = 4096 };

bool sock_set_options(SSL_CTX *as)
{
	SSL_CTX_set_options(as, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(as, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return SSL_CTX_set_min_proto_version(as, TLS1_2_VERSION) == 1;
}

bool sock_secure(struct sock *s, SSL_CTX *as)
{
	SSL *tls = SSL_new(as);

	if (!tls || SSL_set_fd(tls, s->fd) != 1) {
		SSL_free(tls);
		return false;
	}
	s->tls = tls;
	s->tls_failed = false;
	return true;
}

/* A handshake's few KiB always fit the socket: OpenSSL waits to write only when we do. */
static int failure(struct sock *s, int result)
{
	int code = SSL_get_error(s->tls, result);

	if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE)
		return SOCK_AGAIN;
	s->tls_failed = code != SSL_ERROR_ZERO_RETURN;
	return s->tls_failed ? SOCK_BROKEN : 0;
}

int sock_shake(struct sock *s)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(s->tls);
	if (r == 1)
		return 0;
	r = failure(s, r);
	return r ? r : SOCK_BROKEN;
}

static ssize_t tls_recv(struct sock *s, void *p, size_t n)
{
	int got;

	ERR_clear_error();
	got = SSL_read(s->tls, p, n < INT32_MAX ? (int)n : INT32_MAX);
	return got > 0 ? got : failure(s, got);
}

ssize_t sock_recv(struct sock *s, void *p, size_t n)
{
	ssize_t got;

	if (s->tls)
		return tls_recv(s, p, n);
	do
		got = recv(s->fd, p, n, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got >= 0)
		return got;
	return errno == EAGAIN || errno == EWOULDBLOCK ? SOCK_AGAIN : SOCK_BROKEN;
}

bool sock_has_more(const struct sock *s)
{
	return s->tls && SSL_pending(s->tls) > 0;
}

static ssize_t send_one(struct sock *s, const void *p, size_t n)
{
	int r, why;

	ERR_clear_error();
	r = SSL_write(s->tls, p, n < INT32_MAX ? (int)n : INT32_MAX);
	if (r > 0)
		return r;
	why = failure(s, r);
	return why ? why : SOCK_BROKEN;
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

static ssize_t tls_send(struct sock *s, const struct iovec *v, size_t count)
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
			return sum && took == SOCK_AGAIN ? sum : took;
		sum += took;
		if ((size_t)took < want)
			return sum;
		v += used;
		count -= used;
	}
	return sum;
}

ssize_t sock_send(struct sock *s, struct iovec *v, size_t count)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = count };
	ssize_t n;

	if (s->tls)
		return tls_send(s, v, count);
	do
		n = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EWOULDBLOCK ? SOCK_AGAIN : SOCK_BROKEN;
}

bool sock_goodbye(struct sock *s)
{
	int r;

	if (!s->tls)
		return true;
	if (!s->tls_failed && SSL_is_init_finished(s->tls)) {
		ERR_clear_error();
		r = SSL_shutdown(s->tls);       /* nobody waits for the answer */
		if (r < 0 && SSL_get_error(s->tls, r) == SSL_ERROR_WANT_WRITE)
			return false;
	}
	SSL_free(s->tls);
	s->tls = NULL;
	return true;
}

void sock_fini(struct sock *s)
{
	if (!sock_goodbye(s))
		SSL_free(s->tls);
	s->tls = NULL;
}
