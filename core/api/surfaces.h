/* api/surfaces.h - which surface takes a request.
 * SPDX-License-Identifier: MIT */
#ifndef API_SURFACES_H
#define API_SURFACES_H
#include "flow/flow.h"

/* An http_server's `request`; arg is the worker's struct flow. */
void surfaces_request(void *arg, struct http_request *r);
/* An http_server's `refusal`. */
void surfaces_refusal(void *arg, cdt_str path, const struct problem *p, struct buf *out);

/* The paths whose bodies may be as long as server.max_upload; NULL ends them. */
extern const char *const surfaces_uploads[];

extern const struct surface health_live, health_ready, health_root;

#endif
