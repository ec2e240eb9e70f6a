/* auth/fields.h - the members that the admin API's body and the stored record share.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_FIELDS_H
#define AUTH_FIELDS_H
#include "auth/key.h"

/* Each member of body; the first one that is wrong ends it, with *k half changed. */
cdt_status fields_apply(struct key *k, const struct json *body, struct arena *a,
                        struct problem *p);
/* Those of a stored record; others are left alone. */
cdt_status fields_read(struct key *k, const struct json *record);
/* Into an open map.  whole: also those that say nothing. */
void fields_print(const struct key *k, bool whole, struct jsonw *w);

#endif
