/* admin/records.h - what calls about keys and about groups have in common: both are stored by
 * their handle (id or name) and have a version.  Private to the room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_RECORDS_H
#define ADMIN_RECORDS_H
#include "admin/inquiry.h"

struct record_kind {
	const char *noun;
	bool (*is_handle)(cdt_str s);
	struct key *(*take)(struct keyring *r, cdt_str handle);
	size_t (*list)(struct keyring *r, cdt_str after, struct key **out, size_t cap);
	cdt_status (*drop)(struct keyring *r, cdt_str handle, uint32_t version,
	                   const struct keyring_asker *by);
};
extern const struct record_kind record_key, record_group;

struct keyring *record_ring(const struct inquiry *c);

/* Calls; the table of calls says what kind c->kind is. */
cdt_status record_list(struct inquiry *c);
cdt_status record_show(struct inquiry *c);
cdt_status record_update(struct inquiry *c);
cdt_status record_delete(struct inquiry *c);
cdt_status record_disable(struct inquiry *c);
cdt_status record_enable(struct inquiry *c);

/* A copy of c->id to be changed.  NULL: not there, or not at If-Match's version, and the
 * problem says so. */
struct key *record_take_copy(struct inquiry *c);
/* The body's members -> k.  k is freed when they are wrong. */
cdt_status record_apply(struct inquiry *c, struct key *k);
/* Stores it, answers with it (and c->secret, if there is one).  The ring owns k afterwards. */
cdt_status record_put_give(struct inquiry *c, struct key *k);

/* Refuses a member of a body of few; known ends with NULL. */
cdt_status record_unknown_member(struct inquiry *c, cdt_str name, const char *const *known);
/* "limit" of the query. */
cdt_status record_limit(struct inquiry *c, size_t *limit);

#endif
