/* admin/keys.c - the calls about virtual keys.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define OVERLAP_MAX_MS (30ULL * 24 * 3600 * 1000)

cdt_status admin_keys_create(struct inquiry *c)
{
	struct key *k = mem_new(sizeof *k);

	if (record_apply(c, k) != CDT_OK)
		return CDT_E_INVALID;
	c->status = 201;
	c->action = "create";
	key_text_make(k->id, c->secret);
	keyring_hash(record_ring(c), str_z(c->secret), k->hash);
	return record_put_give(c, k);
}

/* --- rotating --- */

/* The one member that rotating takes. */
static cdt_status read_overlap(struct inquiry *c, uint64_t *ms)
{
	static const char *const known[] = { "overlap", NULL };
	cdt_str name;
	struct json *value;
	size_t it = 0;

	if (c->body && json_type(c->body) != CDT_MAP)
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "the body must be a JSON object");
	while (c->body && json_next(c->body, &it, &name, &value)) {
		if (!str_is(name, "overlap"))
			return record_unknown_member(c, name, known);
		if (json_type(value) == CDT_NULL)
			continue;
		if (json_type(value) != CDT_TEXT || !duration_parse(json_text(value), ms) ||
		    *ms > OVERLAP_MAX_MS)
			return REFUSE(c, PROBLEM_INVALID_VALUE, "overlap", "'overlap' must be "
			              "a duration like '24h', from '0s' to '30d'");
	}
	return CDT_OK;
}

cdt_status admin_keys_rotate(struct inquiry *c)
{
	uint8_t hash[SHA256_SIZE];
	uint64_t overlap_ms = 0;
	struct key *k;

	if (read_overlap(c, &overlap_ms) != CDT_OK)
		return CDT_E_INVALID;
	k = record_take_copy(c);
	if (!k)
		return CDT_E_INVALID;
	c->action = "rotate";
	key_text_make(k->id, c->secret);
	keyring_hash(record_ring(c), str_z(c->secret), hash);
	key_rotate(k, hash, overlap_ms ? clock_wall_ms() + (int64_t)overlap_ms : 0);
	return record_put_give(c, k);
}
