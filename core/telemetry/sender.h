/* telemetry/sender.h - batches of one signal on their way to the collector: one after the
 * other, again when that may help, within bounds of space and time.  Private to the room.
 * [the exporter's thread]
 * SPDX-License-Identifier: MIT */
#ifndef TELEMETRY_SENDER_H
#define TELEMETRY_SENDER_H
#include "base/buf.h"
#include "base/list.h"
#include "fetch/fetch.h"
#include "loop/worker.h"

struct config_otlp;
struct metrics;

struct batch {
	struct list link;
	struct buf body;
	uint32_t items;                        /* spans; of metrics 1 */
	uint32_t tries;
	uint64_t first_ms;                     /* when it was tried first; 0: not yet */
};

enum drop { DROP_QUEUE, DROP_REFUSED, DROP_EXPIRED, DROP_PARTIAL, DROP_COUNT };

struct sender {
	const struct config_otlp *config;
	struct worker *worker;
	struct fetch *fetch;
	const char *path, *name;               /* "/v1/traces", "otlp_traces" */
	struct list batches;                   /* the first one is being sent */
	size_t bytes, bytes_max;
	bool closing;                          /* nothing is tried again */
	uint64_t said_ms;                      /* in the log; 0: never */

	struct fetch_call *call;               /* NULL: none is under way */
	struct arena arena;
	struct outreq request;
	struct timer again;
	struct buf answer;
	uint32_t status;
	bool is_page;                          /* it is HTML */
	uint64_t retry_after_ms;
	uint64_t quiet_ms;                     /* nothing is sent before then */

	struct metrics *metrics;
	uint32_t sent, retries, dropped[DROP_COUNT];   /* series */
};

void sender_init(struct sender *s, struct worker *w, struct fetch *f, struct metrics *m);
/* Before its fetch is freed. */
void sender_fini(struct sender *s);
/* Takes what is in body, and leaves it empty. */
void sender_give(struct sender *s, struct buf *body, uint32_t items);
bool sender_is_idle(const struct sender *s);
/* What is to be sent, is sent now or never. */
void sender_hurry(struct sender *s);
void sender_count_dropped(struct sender *s, enum drop why, uint64_t items);

#endif
