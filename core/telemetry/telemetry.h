/* telemetry/telemetry.h - spans and metrics for OpenTelemetry.  Workers hand over what each
 * exchange was and never wait; a thread of its own makes OTLP of it and sends that.  What
 * does not fit is dropped and counted.
 * SPDX-License-Identifier: MIT */
#ifndef TELEMETRY_TELEMETRY_H
#define TELEMETRY_TELEMETRY_H
#include "telemetry/trace.h"

struct config;
struct metrics;
struct telemetry;

enum { TELEMETRY_ATTEMPTS_MAX = 6, TELEMETRY_CONTENT_MAX = 64 << 10,
       ATTEMPT_TEXTS = 6, RECORD_TEXTS = 15 };

/* Times are microseconds since the exchange began; -1: did not happen. */
struct telemetry_attempt {
	union {
		struct {
			cdt_str target, provider, model, outcome;
			cdt_str type;          /* of the provider */
			cdt_str base_url;      /* "" = the provider's own */
		};
		cdt_str text[ATTEMPT_TEXTS];
	};
	uint8_t span[SPAN_ID_SIZE];
	uint32_t http_status;
	int64_t cost_nanousd, start_us, head_us, first_us, end_us;
};

/* Texts are borrowed for the call; "" is not said.  Counts below 0 are unknown. */
struct telemetry_record {
	union {
		struct {
			cdt_str id, key, group, model, operation, outcome, client, agent;
			cdt_str cache, method, route, path, session, state;
			cdt_str content;       /* the request's body */
		};
		cdt_str text[RECORD_TEXTS];
	};
	uint8_t trace[TRACE_ID_SIZE], span[SPAN_ID_SIZE], parent[SPAN_ID_SIZE];
	bool has_parent, sampled, stream;
	uint32_t status, stop_kinds;           /* stop_kinds: 1 << CDT_STOP_... */
	int64_t wall_ms, first_us, total_us, overhead_us, cost_nanousd;
	int64_t input, cached, cache_write, output, reasoning;   /* of the last attempt */
	uint32_t attempt_count;
	struct telemetry_attempt attempt[TELEMETRY_ATTEMPTS_MAX];
};

/* Takes its own use of c, which has an endpoint.  NULL: why says so.  [main] */
struct telemetry *telemetry_open(struct config *c, struct metrics *m, char why[256]);
/* Sends what is left, for at most 3 s.  After the workers have ended; NULL is fine.  [main] */
void telemetry_close(struct telemetry *t);
/* [worker `number`'s thread]  No lock, no system call. */
void telemetry_push(struct telemetry *t, unsigned number, const struct telemetry_record *r);

#endif
