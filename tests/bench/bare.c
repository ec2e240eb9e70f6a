/* bench/bare.c - what evhttp itself costs: every request gets the same JSON of BYTES bytes.
 * usage: bare PORT BYTES
 * SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

enum { BYTES_MAX = 1 << 20 };

struct bare { char *answer; size_t bytes; };

static void on_request(struct evhttp_request *r, void *arg)
{
	const struct bare *b = arg;
	struct evbuffer *out = evhttp_request_get_output_buffer(r);

	if (evhttp_add_header(evhttp_request_get_output_headers(r), "Content-Type",
	                      "application/json") != 0 ||
	    evbuffer_add(out, b->answer, b->bytes) != 0)
		abort();
	evhttp_send_reply(r, HTTP_OK, "OK", NULL);
}

static void make_answer(struct bare *b)
{
	static const char begin[] = "{\"content\":\"", end[] = "\"}";
	const size_t frame = sizeof begin + sizeof end - 2;

	b->answer = malloc(b->bytes + 1);
	if (!b->answer || b->bytes < frame)
		abort();
	memset(b->answer, 'x', b->bytes);
	memcpy(b->answer, begin, sizeof begin - 1);
	memcpy(b->answer + b->bytes - sizeof end + 1, end, sizeof end - 1);
}

static void on_term(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	(void)event_base_loopbreak(arg);
}

int main(int argc, char **argv)
{
	struct bare b = { NULL, argc == 3 ? strtoul(argv[2], NULL, 10) : 0 };
	struct event_base *base = event_base_new();
	struct evhttp *http = base ? evhttp_new(base) : NULL;
	struct event *term;

	if (!http || !b.bytes || b.bytes > BYTES_MAX ||
	    evhttp_bind_socket(http, "127.0.0.1", (ev_uint16_t)strtoul(argv[1], NULL, 10))) {
		fprintf(stderr, "bare: see the head of tests/bench/bare.c\n");
		return 2;
	}
	make_answer(&b);
	evhttp_set_gencb(http, on_request, &b);
	term = evsignal_new(base, SIGTERM, on_term, base);
	if (!term || event_add(term, NULL) != 0)
		abort();
	(void)event_base_dispatch(base);
	event_free(term);
	evhttp_free(http);
	event_base_free(base);
	free(b.answer);
	return 0;
}
