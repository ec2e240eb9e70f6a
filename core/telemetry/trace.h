/* telemetry/trace.h - which trace a request belongs to, as W3C Trace Context says it.  Pure,
 * but for new ids.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef TELEMETRY_TRACE_H
#define TELEMETRY_TRACE_H
#include "conduit/base.h"

#include <stdbool.h>

enum { TRACE_ID_SIZE = 16, SPAN_ID_SIZE = 8, TRACE_STATE_MAX = 512,
       TRACE_TEXT_SIZE = 2 * TRACE_ID_SIZE + 1, TRACEPARENT_SIZE = 56 };      /* with NUL */

struct trace {
	uint8_t id[TRACE_ID_SIZE], span[SPAN_ID_SIZE], parent[SPAN_ID_SIZE];
	bool has_parent, sampled;
	cdt_str state;                         /* tracestate, as it came; "" = none */
	char text[TRACE_TEXT_SIZE];            /* its id in hex */
};

/* A trace of its own, and of a million such so many are sampled. */
void trace_new(struct trace *t, uint32_t sample_millionths);
/* A span of the trace that the caller is in.  False, and *t untouched: parent is none. */
bool trace_join(struct trace *t, cdt_str parent, cdt_str state);
/* The span of its n-th attempt. */
void trace_attempt(const struct trace *t, uint32_t n, uint8_t span[SPAN_ID_SIZE]);
/* traceparent of who is asked by that span.  Returns out. */
char *trace_print(const struct trace *t, const uint8_t span[SPAN_ID_SIZE],
                  char out[TRACEPARENT_SIZE]);

#endif
