/* check/fake_sink.h - where a plugin's events go in tests and checks: held against their
 * grammar (sdk/canon/README.md), collected, and shown as text.  One thread.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_FAKE_SINK_H
#define CHECK_FAKE_SINK_H
#include "base/buf.h"
#include "conduit/event.h"

#include <stdbool.h>

/* As many as the gateway takes (canon/answer.h). */
enum { FAKE_CHOICES_MAX = 4096, FAKE_PARTS_MAX = 4096 };
enum fake_part_state { FAKE_IMPLIED = 1, FAKE_OPEN, FAKE_CLOSED };

struct fake_part {
	uint32_t index, kind;
	enum fake_part_state state;
	struct buf id, name, text, other;      /* other: named and documented pieces */
	unsigned pieces;
};
struct fake_choice {
	uint32_t number;
	struct fake_part **part;               /* by index */
	size_t part_count;
	struct fake_part *last;                /* the one that was touched last */
	uint32_t stop;                         /* 0: not yet */
	struct buf word;
};
struct fake_sink {
	struct cdt_sink abi;                   /* first */
	struct fake_choice **choice;           /* by number */
	size_t choice_count;
	struct buf id, model, extras, wrong;   /* wrong: breaches of the grammar */
	struct cdt_usage usage;
	unsigned starts, usages, events;
	unsigned abort_at;                     /* which event meets CDT_E_ABORTED; 0 = none */
	bool native;                           /* a relayed answer: no more than it must say */
	struct buf shown;
};
void fake_sink_init(struct fake_sink *s);
void fake_sink_fini(struct fake_sink *s);
/* The answer is complete: every choice seen must have ended, and there must be one. */
void fake_sink_end(struct fake_sink *s);
/* NULL: there was none. */
const struct fake_choice *fake_sink_choice(const struct fake_sink *s, uint32_t number);
const struct fake_part *fake_sink_part(const struct fake_sink *s, uint32_t choice,
                                       uint32_t index);

/* What came, as lines, for comparing.  Of texts that are very long the beginning, the size and
 * a digest are shown.
 *   start ID MODEL
 *   0.1 text: TEXT                    choice.part, kind, its pieces joined
 *   0.2 call ID NAME: ARGUMENTS       id and name as OPEN said
 *   0.0 reasoning: TEXT [signature OPAQUE]
 *   0 stop end WORD                   choice, kind, upstream's word
 *   usage IN OUT cached=N written=N reasoning=N audio_in=N ...    what was said
 *   extra NAME JSON */
cdt_str fake_sink_show(struct fake_sink *s);
/* Of those lines the ones that an answer can not be without: not usage, not extras. */
cdt_str fake_sink_show_core(struct fake_sink *s);
/* The lines of stops; and with usage: what is known of a relayed answer.  A tool stop is
 * shown as end: who only looks does not look for calls. */
cdt_str fake_sink_show_stops(struct fake_sink *s);
cdt_str fake_sink_show_ends(struct fake_sink *s);
/* The text of all parts of that kind in a choice, joined. */
cdt_str fake_sink_text(struct fake_sink *s, uint32_t choice, uint32_t kind);

#endif
