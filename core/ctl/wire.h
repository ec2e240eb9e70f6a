/* ctl/wire.h - one HTTP request and its answer.  Only wire.c knows curl.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_WIRE_H
#define CTL_WIRE_H
#include "base/buf.h"

#include <stdbool.h>

enum { WIRE_HEADERS_MAX = 8, WIRE_BODY_MAX = 64 << 20 };

struct wire_request {
	const char *method, *url;
	const char *socket;                    /* path of a unix socket, or NULL */
	const char *headers[WIRE_HEADERS_MAX]; /* "Name: value"; ends with NULL */
	cdt_str body;                          /* {NULL,0}: none */
	uint32_t total_ms;
	bool direct;                           /* whatever proxies the environment names */
	/* Gets the body of a 2xx answer in pieces; NULL: it goes to answer.body. */
	void (*part)(void *arg, cdt_str bytes);
	void *arg;
};
struct wire_answer {
	long status;                           /* 0: there was none, why says so */
	bool whole;                            /* false: why says what is missing */
	struct buf body;
	char request_id[129];
	char why[256];
};

void wire_ask(const struct wire_request *q, struct wire_answer *out);
void wire_fini(struct wire_answer *a);

#endif
