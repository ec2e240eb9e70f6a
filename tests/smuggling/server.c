/* smuggling/server.c - a server that answers 200 to whatever core/http lets through, so that
 * the gate can be tested without a gateway behind it.
 * usage: server [PORT [WORKERS]]     prints "listening PORT"; ends when its input does
 * SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "http/server.h"
#include "loop/worker.h"

static void on_request(void *arg, struct http_request *r)
{
	char head_bytes[] = "Content-Type: application/json\r\n";
	cdt_str path = http_path(r), body = http_body(r);
	char text[512];
	int n = snprintf(text, sizeof text,
	                 "{\"method\":\"%.*s\",\"path\":\"%.*s\",\"body\":%zu}",
	                 STR_ARG(http_method(r)), (int)(path.n < 256 ? path.n : 256), path.p,
	                 body.n);

	(void)arg;
	http_reply(r, 200, (cdt_str){ head_bytes, sizeof head_bytes - 1 },
	           (cdt_str){ text, (size_t)n });
}

static void on_refusal(void *arg, cdt_str path, const struct problem *p, struct buf *out)
{
	(void)arg, (void)path;
	buf_print(out, "{\"error\":{\"message\":\"%.*s\"}}", STR_ARG(p->error.message));
}

static const struct http_server_ops ops = { on_request, on_refusal };

int main(int argc, char **argv)
{
	unsigned port = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	struct worker *w = worker_new(0);
	struct http_limits limits;
	struct http_server *s;
	char why[128], c;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	mem_tune();
	fd = http_listen("127.0.0.1", port, why);
	if (fd < 0) {
		fprintf(stderr, "server: %s\n", why);
		return 1;
	}
	http_limits_default(&limits);
	limits.requests = 1u << 30;
	printf("listening %u\n", http_port_of(fd));
	fflush(stdout);
	s = http_server_new(w, fd, NULL, &limits, &ops, NULL);
	if (worker_start(w) != CDT_OK)
		return 1;
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	worker_stop(w);
	worker_join(w);
	http_server_free(s);
	worker_free(w);
	return 0;
}
