/* unit/fetch/upstream.c - see upstream.h.
 * SPDX-License-Identifier: MIT */
#include "unit/fetch/upstream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/digest.h"
#include "base/mem.h"

enum { TICK_MS = 2, PEERS_MAX = 512, TELL = 100 };

struct upstream {
	int fd;
	unsigned port;
	serve_fn *serve;
	SSL_CTX *tls;
	pthread_t thread, peers[PEERS_MAX];
	atomic_uint peer_count, accepted, open, requests;
	atomic_size_t plain_bytes;
	atomic_uint commands, told;    /* commands so far, and who has followed a TELL */
	atomic_int command;            /* the last: CLOSE, RESET or TELL */
	atomic_bool stop, early;
	const char *text;
};

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

static ssize_t peer_read(struct peer *p, void *out, size_t n)
{
	ssize_t got = p->tls ? SSL_read(p->tls, out, (int)n) : recv(p->fd, out, n, 0);

	if (got > 0)
		p->upstream->plain_bytes += (size_t)got;
	return got;
}

static void reset(struct peer *p)
{
	struct linger now = { 1, 0 };

	(void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* False: the connection has been ended meanwhile. */
static bool await_request(struct peer *p)
{
	struct upstream *u = p->upstream;

	while (!u->stop) {
		if (p->commands != u->commands) {
			p->commands = u->commands;
			if (u->command == RESET)
				reset(p);
			if (u->command != TELL)
				return false;
			peer_say(p, u->text);
			u->told++;
		}
		if ((p->tls && SSL_pending(p->tls)) || readable(p->fd, TICK_MS))
			return true;
	}
	return false;
}

static bool read_head(struct peer *p)
{
	char *end = NULL;
	ssize_t got;
	size_t n = 0;

	while (!end) {
		if (n == UPSTREAM_HEAD_MAX)
			return false;
		got = peer_read(p, p->head + n, UPSTREAM_HEAD_MAX - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		p->head[n] = '\0';
		end = strstr(p->head, "\r\n\r\n");
	}
	p->head_bytes = (size_t)(end - p->head) + 2;
	p->extra_bytes = n - p->head_bytes - 2;
	p->extra = end + 4;
	end[2] = '\0';
	return true;
}

/* Keeps nothing of the body but its length and checksum. */
static bool read_body(struct peer *p)
{
	size_t want = (size_t)strtoul(peer_header(p, "content-length"), NULL, 10), have;
	char *body = mem_resize(NULL, want + 1);
	ssize_t got;

	have = p->extra_bytes < want ? p->extra_bytes : want;
	memcpy(body, p->extra, have);
	while (have < want) {
		got = peer_read(p, body + have, want - have);
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	p->body_bytes = have;
	p->body_crc = crc32_of((cdt_str){ body, have });
	mem_free(body);
	return have == want;
}

static bool shake_hands(struct peer *p)
{
	SSL *tls;

	if (!p->upstream->tls)
		return true;
	tls = SSL_new(p->upstream->tls);
	p->tls = tls;
	return SSL_set_fd(tls, p->fd) == 1 && SSL_accept(tls) == 1;
}

static void *run_peer(void *arg)
{
	struct peer *p = arg;
	struct upstream *u = p->upstream;
	enum after then = KEEP;
	bool on = shake_hands(p);

	while (on && then == KEEP && await_request(p) && read_head(p) &&
	       (u->early || read_body(p))) {
		p->number++;
		u->requests++;
		then = u->serve(p);
	}
	if (then == RESET)
		reset(p);
	if (p->tls && then == CLOSE)
		(void)SSL_shutdown(p->tls);
	if (p->tls)
		SSL_free(p->tls);
	(void)close(p->fd);
	u->open--;
	mem_free(p);
	return NULL;
}

static void *run(void *arg)
{
	struct upstream *u = arg;
	int one = 1;

	while (!u->stop) {
		struct peer *p;

		if (!readable(u->fd, TICK_MS) || u->peer_count == PEERS_MAX)
			continue;
		p = mem_new(sizeof *p);
		p->upstream = u;
		p->commands = u->commands;
		p->fd = accept(u->fd, NULL, NULL);
		(void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		u->open++;
		u->accepted++;
		if (p->fd < 0 || pthread_create(&u->peers[u->peer_count], NULL, run_peer, p))
			abort();
		u->peer_count++;
	}
	return NULL;
}

struct upstream *upstream_new(serve_fn *serve, const char *cert_file)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct upstream *u = mem_new(sizeof *u);
	socklen_t n = sizeof at;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	u->serve = serve;
	u->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (u->fd < 0 || bind(u->fd, (const struct sockaddr *)&at, sizeof at) ||
	    listen(u->fd, 128) || getsockname(u->fd, (struct sockaddr *)&at, &n))
		abort();
	u->port = ntohs(at.sin_port);
	if (cert_file) {
		u->tls = SSL_CTX_new(TLS_server_method());
		if (SSL_CTX_use_certificate_file(u->tls, cert_file, SSL_FILETYPE_PEM) != 1 ||
		    SSL_CTX_use_PrivateKey_file(u->tls, cert_file, SSL_FILETYPE_PEM) != 1)
			abort();
	}
	if (pthread_create(&u->thread, NULL, run, u))
		abort();
	return u;
}

void upstream_free(struct upstream *u)
{
	u->stop = true;
	pthread_join(u->thread, NULL);
	for (unsigned i = 0; i < u->peer_count; i++)
		pthread_join(u->peers[i], NULL);
	SSL_CTX_free(u->tls);
	(void)close(u->fd);
	mem_free(u);
}

unsigned upstream_port(const struct upstream *u) { return u->port; }
unsigned upstream_accepted(struct upstream *u) { return u->accepted; }
unsigned upstream_open(struct upstream *u) { return u->open; }
unsigned upstream_requests(struct upstream *u) { return u->requests; }
size_t upstream_plain_bytes(struct upstream *u) { return u->plain_bytes; }

void upstream_answer_early(struct upstream *u)
{
	u->early = true;
}

void upstream_end_idle(struct upstream *u, enum after how)
{
	u->command = (int)how;
	u->commands++;
	while (u->open)
		usleep(1000);
}

void upstream_tell_idle(struct upstream *u, const char *text)
{
	u->text = text;
	u->told = 0;
	u->command = TELL;
	u->commands++;
	while (u->told < u->open)
		usleep(1000);
}

void peer_send(struct peer *p, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n) {
		ssize_t sent = p->tls ? SSL_write(p->tls, at, (int)n) :
		                        send(p->fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		n -= (size_t)sent;
	}
}

void peer_say(struct peer *p, const char *text)
{
	peer_send(p, text, strlen(text));
}

void peer_sleep(struct peer *p, unsigned ms)
{
	for (unsigned slept = 0; slept < ms && !p->upstream->stop; slept += TICK_MS)
		usleep(TICK_MS * 1000);
}

bool peer_sees_end(struct peer *p, unsigned within_ms)
{
	char sink[256];

	for (unsigned waited = 0; waited < within_ms; waited += TICK_MS)
		if (readable(p->fd, TICK_MS) && recv(p->fd, sink, sizeof sink, 0) <= 0)
			return true;
	return false;
}

bool peer_resumed(const struct peer *p)
{
	return p->tls && SSL_session_reused(p->tls);
}

const char *peer_header(struct peer *p, const char *name)
{
	static _Thread_local char value[4096];
	size_t n = strlen(name);

	for (char *line = strstr(p->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
		const char *end = strstr(line + 2, "\r\n");

		if (!end || strncasecmp(line + 2, name, n) || line[2 + n] != ':')
			continue;
		(void)snprintf(value, sizeof value, "%.*s", (int)(end - line - 4 - (int)n),
		               line + 4 + n);
		return value;
	}
	return "";
}

void upstream_make_cert(const char *path, const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	bool ip = name[0] >= '0' && name[0] <= '9';
	FILE *f = fopen(path, "w");
	char alt[128];
	X509_EXTENSION *e;

	(void)snprintf(alt, sizeof alt, "%s:%s", ip ? "IP" : "DNS", name);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
	                           -1, -1, 0);
	X509_set_issuer_name(cert, subject);
	X509_set_pubkey(cert, key);
	e = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
	if (!f || !X509_sign(cert, key, EVP_sha256()) || !PEM_write_X509(f, cert) ||
	    !PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) || fclose(f))
		abort();
	X509_free(cert);
	EVP_PKEY_free(key);
}
