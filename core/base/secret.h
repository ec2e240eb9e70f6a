/* base/secret.h - bytes that have no printer: memory is locked, kept out of core files and
 * wiped when given back.  Immutable after birth; [any thread] may read.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H
#include "conduit/base.h"

struct secret;

struct secret *secret_new(cdt_str bytes);
void secret_free(struct secret *s);
/* For the one place that must send or hash it.  Never log, format or store the result. */
cdt_str secret_bytes(const struct secret *s);
/* First 3 and last 4 characters ("sk-...a1b2"), or "***" when it is short. */
char *secret_hint(const struct secret *s, char out[16]);

#endif
