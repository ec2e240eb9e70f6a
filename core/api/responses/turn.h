/* api/responses/turn.h - what a model says in one answer, as output items; put together from
 * canonical events by stream.c, written by turn.c.
 * SPDX-License-Identifier: MIT */
#ifndef API_RESPONSES_TURN_H
#define API_RESPONSES_TURN_H
#include "api/responses/custom.h"
#include "api/responses/responses.h"

enum { TURN_ITEMS_MAX = 1024, TURN_PARTS_MAX = 4096 };

/* Bytes that grow in the exchange's arena. */
struct words { char *p; size_t n, room; };

struct turn_part {
	uint32_t kind, index;          /* CDT_PART_TEXT or _REFUSAL; the provider's number */
	uint32_t number;               /* content_index */
	struct words text;
	struct words annotations, logprobs;    /* JSON values with commas */
	uint32_t annotation_count;
	struct turn_part *next;
};

struct turn_item {
	uint32_t kind, index;          /* CDT_PART_..., a message is of TEXT; as above */
	uint32_t number;               /* output_index */
	bool open, cut;                /* cut: it was not whole when the answer ended */
	cdt_str id, call_id, name, space;
	bool custom, raw;              /* raw: its input comes as it is */
	struct custom reading;
	struct words text;             /* arguments, thoughts, base64 */
	struct words input;            /* of a custom tool */
	struct words opaque;           /* of thoughts */
	bool summed;                   /* thoughts have a text, be it empty */
	struct turn_part *parts, **last_part;
	uint32_t part_count;
	struct turn_item *next;
};

struct turn {
	struct exchange *x;
	struct buf *out;               /* NULL: nobody listens */
	int64_t sequence;              /* of the next event */
	bool begun, ended;
	uint32_t stop;                 /* CDT_STOP_..., 0 = none came */
	struct turn_item *items, **last;
	uint32_t count;
	cdt_str final;                 /* the whole response, as it was sent; {NULL,0} */
	/* Of a native stream. */
	cdt_str id;
	bool unseen;                   /* what it said is not among the items */
};

struct turn *turn_of(struct exchange *x);      /* NULL: the arena is full */
cdt_status words_add(struct arena *a, struct words *w, cdt_str more);
/* One more JSON value behind those that are there. */
cdt_status words_add_value(struct arena *a, struct words *w, cdt_str value);
cdt_str words_str(const struct words *w);

/* One output item, as it is now. */
void turn_write_item(struct jsonw *w, const struct turn_item *item);
/* One part of a message; empty: as it was when it began. */
void turn_write_part(struct jsonw *w, const struct turn_part *p, bool empty);
void turn_write_logprobs(struct jsonw *w, const struct turn_part *p);
enum turn_phase { TURN_BEGINS, TURN_ENDS, TURN_FAILS };
/* The response object. */
void turn_write(struct jsonw *w, const struct turn *t, enum turn_phase phase);

/* One event of the provider.  stream.c */
cdt_status turn_feed(struct turn *t, const struct cdt_event *ev);
/* All that is open is closed. */
cdt_status turn_finish(struct turn *t);

#endif
