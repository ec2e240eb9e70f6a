/* admin/listing.h - what lists of the configuration have in common.  Private to the room.
 * [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_LISTING_H
#define ADMIN_LISTING_H
#include "admin/inquiry.h"
#include "router/route.h"

const struct router *list_router(const struct inquiry *c);
/* {"data":[ ... ],"next":null} */
void list_begin(struct jsonw *w);
cdt_status list_end(struct jsonw *w);

void list_put_texts(struct jsonw *w, const char *key, const char *const *texts, size_t n);
void list_put_origin(struct jsonw *w, const char *key, struct config_origin at);
void list_put_known(struct jsonw *w, const char *key, int64_t v);      /* -1: null */
/* A map of what they say. */
void list_put_cache_rules(struct jsonw *w, const char *key,
                          const struct config_cache_rules *r);
/* "price" and "price_row", members as in the configuration.  t may be NULL. */
void list_put_price(struct jsonw *w, const struct target *t);
/* How the i-th credential of a target does. */
void list_put_credential(struct jsonw *w, const struct target *t, size_t i, uint64_t now_ms);
/* A map for each tier of it: the price's members, "above" and whose price it is; one where none
 * is known. */
void list_put_price_rows(struct jsonw *w, const struct target *t, cdt_str model);

#endif
