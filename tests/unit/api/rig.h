/* unit/api/rig.h - an exchange without a socket: what a surface's functions need of it.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_API_RIG_H
#define UNIT_API_RIG_H
#include "flow/exchange.h"
#include "unit/unit.h"

struct apirig { struct exchange x; struct buf out; char *body; };

/* body: of the request; copied, so that the sanitizer sees reads behind it. */
void apirig_init(struct apirig *r, const struct surface *s, const char *body);
void apirig_fini(struct apirig *r);

#endif
