/* api/responses/item.h - output items of an answer that is being made.  Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_RESPONSES_ITEM_H
#define API_RESPONSES_ITEM_H
#include "api/responses/turn.h"

/* Opens one for what ev begins; words and thoughts that are open are closed by it. */
cdt_status item_new(struct turn *t, const struct cdt_event *ev, uint32_t kind,
                    struct turn_item **out);
/* The open one of that kind and the provider's number (or any); NULL: there is none. */
struct turn_item *item_find(const struct turn *t, uint32_t kind, uint32_t index, bool any);
/* The message's part of ev's number and kind, opened where there is none. */
cdt_status item_part(struct turn *t, const struct cdt_event *ev, struct turn_item **item,
                     struct turn_part **part);
/* Thoughts get a text, be it empty. */
cdt_status item_sum_up(struct turn *t, struct turn_item *item);
/* More of the text that a custom tool gets. */
cdt_status item_add_input(struct turn *t, struct turn_item *item, cdt_str more);
/* Says its end; of a closed one nothing. */
cdt_status item_close(struct turn *t, struct turn_item *item);

#endif
