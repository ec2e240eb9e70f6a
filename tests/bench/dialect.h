/* bench/dialect.h - the words of the mock's answers.
 * SPDX-License-Identifier: MIT */
#ifndef BENCH_DIALECT_H
#define BENCH_DIALECT_H
#include "base/str.h"

struct dialect {
	cdt_str path;                          /* how a request for it begins */
	cdt_str whole_begin, whole_end;        /* around the text of a whole answer */
	cdt_str stream_begin, stream_end;
	cdt_str event_begin, event_end;        /* around the text of one event */
	cdt_str role;                          /* an event without text, if begin has none */
};

/* The first whose path fits; the last fits all.  Those without stream_end answer whole. */
enum { DIALECTS = 7 };
extern const struct dialect dialects[DIALECTS];
#endif
