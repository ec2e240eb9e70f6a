/* api/responses/custom.h - the text of a custom tool, which travels as a function's only
 * argument: {"input": "the text"}.
 * SPDX-License-Identifier: MIT */
#ifndef API_RESPONSES_CUSTOM_H
#define API_RESPONSES_CUSTOM_H
#include "base/arena.h"

#include <stdbool.h>

/* How much of the arguments was read. */
struct custom { size_t at; bool begun, ended; };

/* More of the text, out of all arguments that came so far: {NULL,0} when there is none yet, or
 * the arena is full. */
cdt_str custom_more(struct custom *c, struct arena *a, cdt_str arguments);
/* The same text as a function's arguments. */
cdt_str custom_arguments(struct arena *a, cdt_str text);

#endif
