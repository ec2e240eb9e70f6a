/* usage/journal.h - the access log: a line for each request, written by a thread of its own.
 * Workers put finished lines into a ring and never wait; when the ring is full lines are
 * dropped and counted.  Billing never goes through here.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_JOURNAL_H
#define USAGE_JOURNAL_H
#include "base/buf.h"

#include <stdbool.h>

struct journal;

/* What the log says about one exchange.  Strings are borrowed for the call; NULL or {NULL,0}
 * are left out.  Numbers below 0 are left out. */
struct journal_line {
	int64_t wall_ms;
	const char *id;                        /* of the exchange */
	cdt_str trace, client, key, group, route, method;
	cdt_str model, provider, target, upstream_model;
	cdt_str kind;                          /* error vocabulary; "" = fine */
	uint32_t status, attempts;
	bool stream;
	const char *cache;                     /* "HIT"...; NULL = no cache */
	cdt_str cost_usd;                      /* a decimal */
	int64_t input_tokens, cached_tokens, output_tokens, reasoning_tokens;
	double ttft_ms, total_ms;
	int64_t overhead_us, bytes_in, bytes_out;
	cdt_str session, agent;                /* agent: User-Agent; cut at 128 bytes */
};

enum journal_format { JOURNAL_JSON, JOURNAL_COMBINED };
/* where: "stderr", "stdout", "off" or a path (opened for appending, mode 0640). */
struct journal *journal_open(const char *where, enum journal_format format, unsigned workers,
                             char why[256]);
/* Writes what is left (at most 5 s) and ends the thread. */
void journal_close(struct journal *j);
void journal_reopen(struct journal *j);        /* USR1: after log rotation.  [main] */
/* [worker `number`'s thread]  No lock, no system call, no allocation. */
void journal_write(struct journal *j, unsigned number, const struct journal_line *line);
uint64_t journal_dropped(const struct journal *j);

#endif
