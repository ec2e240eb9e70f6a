/* http/listen.c - makes listening sockets.  Options that accepted sockets shall have are set
 * here, on the listening one: they inherit them.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/server.h"

enum {
	BACKLOG = 4096,
	/* What a client that does not read may hold in the kernel.  The kernel doubles it. */
	SEND_BYTES = 128 << 10,
	SOCKET_TYPE = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
};

/* Closes fd; whatever failed is in errno. */
static int failed(int fd, const char *what, char why[128])
{
	(void)snprintf(why, 128, "%s: %s", what, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* A socket file that nobody answers on is left from a crash. */
static void remove_stale(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (!lstat(at->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)at, sizeof *at) && errno == ECONNREFUSED)
		(void)unlink(at->sun_path);     /* if this fails, bind says why */
	(void)close(fd);
}

static int listen_unix(const char *path, char why[128])
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd, bound;
	mode_t mask;

	if (strlen(path) >= sizeof at.sun_path) {
		(void)snprintf(why, 128, "the path of the unix socket is too long");
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path));
	remove_stale(&at);
	fd = socket(AF_UNIX, SOCKET_TYPE, 0);
	if (fd < 0)
		return failed(fd, "socket", why);
	mask = umask(0177);                     /* 0600 from its first moment */
	bound = bind(fd, (const struct sockaddr *)&at, sizeof at);
	(void)umask(mask);
	if (bound)
		return failed(fd, "bind", why);
	return listen(fd, BACKLOG) ? failed(fd, "listen", why) : fd;
}

static bool set_options(int fd)
{
	static const struct { int level, name, value; } options[] = {
		{ SOL_SOCKET, SO_REUSEADDR, 1 }, { SOL_SOCKET, SO_REUSEPORT, 1 },
		{ SOL_SOCKET, SO_SNDBUF, SEND_BYTES }, { SOL_SOCKET, SO_KEEPALIVE, 1 },
		/* Or each chunk of a stream would wait for the client's delayed ACK. */
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		               sizeof options[i].value))
			return false;
	return true;
}

static int listen_at(const struct addrinfo *at, char why[128])
{
	int fd = socket(at->ai_family, SOCKET_TYPE, 0);

	if (fd < 0)
		return failed(fd, "socket", why);
	if (!set_options(fd))
		return failed(fd, "setsockopt", why);
	if (bind(fd, at->ai_addr, at->ai_addrlen))
		return failed(fd, "bind", why);
	return listen(fd, BACKLOG) ? failed(fd, "listen", why) : fd;
}

int http_listen(const char *address, unsigned port, char why[128])
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char host[256], service[16];
	size_t n = strlen(address);
	int fd, error;

	if (!strncmp(address, "unix:", 5))
		return listen_unix(address + 5, why);
	if (n >= sizeof host || port > 65535) {
		(void)snprintf(why, 128, "no such address or port");
		return -1;
	}
	/* "[::1]" is how IPv6 addresses look next to a port. */
	(void)snprintf(host, sizeof host, "%s", address);
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n - 2);
		host[n - 2] = '\0';
	}
	(void)snprintf(service, sizeof service, "%u", port);
	error = getaddrinfo(host[0] && strcmp(host, "*") != 0 ? host : NULL, service, &hints,
	                    &found);
	if (error) {
		(void)snprintf(why, 128, "%.80s: %s", address, gai_strerror(error));
		return -1;
	}
	fd = listen_at(found, why);
	freeaddrinfo(found);
	return fd;
}

unsigned http_port_of(int listen_fd)
{
	union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } at;
	socklen_t n = sizeof at;

	memset(&at, 0, sizeof at);
	if (getsockname(listen_fd, &at.any, &n))
		return 0;
	if (at.any.sa_family == AF_INET)
		return ntohs(at.v4.sin_port);
	return at.any.sa_family == AF_INET6 ? ntohs(at.v6.sin6_port) : 0;
}
