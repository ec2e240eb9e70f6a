/* check/mutate.h - spoils an answer as networks, proxies and careless servers do.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_MUTATE_H
#define CHECK_MUTATE_H
#include "base/buf.h"
#include "check/dice.h"

/* One to four changes of in: bytes, runs of bytes, values of JSON, lines.  The same dice, the
 * same result.  out is emptied first. */
void mutate(struct dice *d, cdt_str in, struct buf *out);

#endif
