/* api/responses/say.h - one event of the API each: written when somebody listens, counted.
 * Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_RESPONSES_SAY_H
#define API_RESPONSES_SAY_H
#include "api/responses/turn.h"

/* The response as a whole. */
cdt_status say_response(struct turn *t, const char *type, enum turn_phase phase);
/* An item as it is now. */
cdt_status say_item(struct turn *t, const struct turn_item *item, const char *type);
/* A part as it is now; of "...added" without its text. */
cdt_status say_part(struct turn *t, const struct turn_item *item, const struct turn_part *p,
                    const char *type);
/* What comes of a part's text, or all of it; member: "delta", or what the whole is called. */
cdt_status say_part_text(struct turn *t, const struct turn_item *item,
                         const struct turn_part *p, const char *member, cdt_str text);
/* The same of an item that has one text. */
cdt_status say_text(struct turn *t, const struct turn_item *item, const char *type,
                    const char *member, cdt_str text);
/* Of thoughts; member "part": the text stands in one. */
cdt_status say_summary(struct turn *t, const struct turn_item *item, const char *type,
                       const char *member, cdt_str text);

/* Another event about an item: the caller adds members between the two.  False: nobody
 * listens, nothing was begun. */
bool event_about(struct turn *t, struct jsonw *w, const struct turn_item *item,
                 const char *type);
cdt_status event_end(struct turn *t, struct jsonw *w);

#endif
