/* canon/answer.h - a whole answer, gathered from a provider's events (sdk/canon).  Memory from
 * one arena, texts capped.  One thread.
 * SPDX-License-Identifier: MIT */
#ifndef CANON_ANSWER_H
#define CANON_ANSWER_H
#include "base/arena.h"
#include "base/buf.h"
#include "conduit/event.h"

#include <stdbool.h>

enum { ANSWER_CHOICES_MAX = 4096, ANSWER_PARTS_MAX = 4096, ANSWER_BYTES_MAX = 64 << 20 };

/* A million USD: what an upstream says beyond is a mistake, and sums of it would overflow. */
#define ANSWER_COST_MAX_NANOUSD INT64_C(1000000000000000)

struct answer_extra { cdt_str name, json; struct answer_extra *next; };

struct answer_part {
	uint32_t kind, index;
	cdt_str id, name;
	struct buf text;               /* text, reasoning, arguments, base64 */
	struct buf signature, redacted;        /* reasoning's opaque ones */
	struct buf url, revised;       /* a picture's address, and the prompt it was made of */
	cdt_str json;                  /* a vector or citation that came as a document */
	struct answer_part *next;
};

struct answer_choice {
	struct answer_part *parts, **last_part;        /* in order of opening */
	uint32_t part_count, stop;     /* CDT_STOP_..., 0 = none came */
	cdt_str stop_word;
	struct answer_extra *extras;
};

struct answer {
	struct arena *arena;
	cdt_str id, model;
	struct answer_choice **choices;
	uint32_t choice_count, choice_room;
	struct answer_extra *extras;
	struct cdt_usage usage;        /* -1 = not said */
	bool has_usage;
	size_t bytes;
};

void answer_init(struct answer *a, struct arena *arena);
void answer_fini(struct answer *a);
/* CDT_E_LIMIT past a cap, CDT_E_UPSTREAM when the events make no sense. */
cdt_status answer_add(struct answer *a, const struct cdt_event *ev);
/* The choice's parts of one kind, joined; {NULL,0} when there is none. */
cdt_str answer_text(struct answer *a, const struct answer_choice *c, uint32_t kind);

/* Copies what the provider's minor had of usage; the rest is -1, and so is what can not be. */
void usage_copy(struct cdt_usage *dst, const struct cdt_usage *src);

#endif
