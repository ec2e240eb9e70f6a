/* admin/keys.c - virtual keys: made, listed, shown, changed, rotated, deleted.  What a key may
 * hold, auth/key.h knows; changes are answered when they are durable.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/query.h"
#include "base/str.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, NEAR_MAX = 3, CONFLICTS_MAX = 8 };
#define OVERLAP_MAX_MS (30ULL * 24 * 3600 * 1000)

static struct keyring *ring(const struct inquiry *c)
{
	return c->admin->parts.keyring;
}

static cdt_status no_such_key(struct inquiry *c)
{
	return REFUSE(c, PROBLEM_NOT_FOUND, "id", "there is no key '%.*s'",
	              c->id.n > 64 ? 64 : (int)c->id.n, c->id.p);
}

static cdt_status too_busy(struct inquiry *c)
{
	c->later = false;
	return REFUSE(c, PROBLEM_OVERLOADED, NULL, "too many changes are waiting for the "
	              "store; try again");
}

static cdt_status unknown_member(struct inquiry *c, cdt_str name, const char *known)
{
	const char *z = arena_str(&c->arena, name).p;
	bool near = str_distance(name, str_z(known), NEAR_MAX) <= NEAR_MAX;

	return REFUSE(c, PROBLEM_INVALID_VALUE, z, "unknown member '%.64s'%s%s%s", z ? z : "",
	              near ? "; did you mean '" : "", near ? known : "", near ? "'?" : "");
}

/* --- after the commit --- */

static void say_key(struct inquiry *c)
{
	struct key *k = keyring_take(ring(c), str_z(c->key_id));

	if (!k) {                                      /* deleted in this very moment */
		c->id = str_z(c->key_id);
		inquiry_answer(c, no_such_key(c));
		return;
	}
	inquiry_put_version(c, k->version);
	if (c->secret[0]) {
		jsonw_open(&c->json, '{');
		jsonw_key(&c->json, "key");
	}
	key_print_json(k, &c->json);
	if (c->secret[0]) {
		jsonw_put_z(&c->json, "secret", c->secret);
		jsonw_close(&c->json);
	}
	keyring_give(ring(c), k);
	inquiry_answer(c, CDT_OK);
}

static void say_deleted(struct inquiry *c)
{
	jsonw_open(&c->json, '{');
	jsonw_put_z(&c->json, "id", c->key_id);
	jsonw_put_flag(&c->json, "deleted", true);
	jsonw_close(&c->json);
	inquiry_answer(c, CDT_OK);
}

static void on_stored(void *arg, cdt_status st)
{
	struct inquiry *c = arg;

	if (st == CDT_OK) {
		c->then(c);
		return;
	}
	c->id = str_z(c->key_id);
	if (st == CDT_E_INVALID && !c->if_match.p && c->conflicts++ < CONFLICTS_MAX) {
		/* The last writer wins, on top of what the other has written. */
		st = c->run(c);
		if (st != CDT_OK)
			inquiry_answer(c, st);
		return;
	}
	if (st == CDT_E_ABSENT)
		(void)no_such_key(c);
	else if (st == CDT_E_INVALID)
		(void)REFUSE(c, PROBLEM_CONFLICT, NULL, "somebody else has changed this key in "
		             "this moment; look at it and try again");
	else
		log_error(LOG_ADMIN, NULL, "a key could not be stored key=%s status=%d",
		          c->key_id, (int)st);
	inquiry_answer(c, st);
}

/* The ring owns k afterwards. */
static cdt_status put_give(struct inquiry *c, struct key *k)
{
	const struct keyring_asker by = { c->admin->parts.worker, on_stored, c };

	memcpy(c->key_id, k->id, sizeof c->key_id);
	c->then = say_key;
	inquiry_wait(c);
	if (keyring_put_give(ring(c), k, &by) == CDT_OK)
		return CDT_OK;
	return too_busy(c);
}

/* --- calls --- */

cdt_status admin_keys_create(struct inquiry *c)
{
	struct key *k = mem_new(sizeof *k);

	if (c->body && key_apply_json(k, c->body, &c->arena, &c->problem) != CDT_OK) {
		key_free(k);
		return CDT_E_INVALID;
	}
	c->status = 201;
	key_text_make(k->id, c->secret);
	keyring_hash(ring(c), str_z(c->secret), k->hash);
	return put_give(c, k);
}

static cdt_status read_limit(struct inquiry *c, size_t *limit)
{
	cdt_str text = query_value(&c->arena, http_query(c->request), "limit");
	uint64_t n = LIMIT_DEFAULT;

	if (text.n && (!str_u64(text, &n) || n < 1 || n > LIMIT_MAX))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "limit", "'limit' must be a number "
		              "from 1 to %d", LIMIT_MAX);
	*limit = (size_t)n;
	return CDT_OK;
}

cdt_status admin_keys_list(struct inquiry *c)
{
	cdt_str after = query_value(&c->arena, http_query(c->request), "after");
	struct key *keys[LIMIT_MAX + 1];
	size_t limit = LIMIT_DEFAULT, n;

	if (read_limit(c, &limit) != CDT_OK)
		return CDT_E_INVALID;
	if (after.n && after.n != KEY_ID_SIZE)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "after", "'after' must be the id of a "
		              "key, as 'next' gave it");
	n = keyring_list(ring(c), after, keys, limit + 1);
	jsonw_open(&c->json, '{');
	jsonw_key(&c->json, "data");
	jsonw_open(&c->json, '[');
	for (size_t i = 0; i < n && i < limit; i++)
		key_print_json(keys[i], &c->json);
	jsonw_close(&c->json);
	if (n > limit)
		jsonw_put_z(&c->json, "next", keys[limit - 1]->id);
	else
		jsonw_put_null(&c->json, "next");
	jsonw_close(&c->json);
	for (size_t i = 0; i < n; i++)
		keyring_give(ring(c), keys[i]);
	return CDT_OK;
}

cdt_status admin_keys_show(struct inquiry *c)
{
	struct key *k = keyring_take(ring(c), c->id);

	if (!k)
		return no_such_key(c);
	inquiry_put_version(c, k->version);
	key_print_json(k, &c->json);
	keyring_give(ring(c), k);
	return CDT_OK;
}

static cdt_status other_version(struct inquiry *c, uint32_t version)
{
	return REFUSE(c, PROBLEM_CONFLICT, NULL, "If-Match asks for another version: this is at "
	              "\"%u\" now; look at it and try again", version);
}

/* A copy to be changed; NULL: the problem is filled. */
static struct key *take_copy(struct inquiry *c)
{
	struct key *k = keyring_take(ring(c), c->id), *copy;

	if (!k) {
		(void)no_such_key(c);
		return NULL;
	}
	copy = inquiry_matches(c, k->version) ? key_copy(k) : NULL;
	if (!copy)
		(void)other_version(c, k->version);
	keyring_give(ring(c), k);
	return copy;
}

cdt_status admin_keys_update(struct inquiry *c)
{
	struct key *k = take_copy(c);

	if (!k)
		return CDT_E_INVALID;
	if (!c->body)
		(void)REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "send what shall change as a JSON "
		             "object");
	else if (key_apply_json(k, c->body, &c->arena, &c->problem) == CDT_OK)
		return put_give(c, k);
	key_free(k);
	return CDT_E_INVALID;
}

static cdt_status set_disabled(struct inquiry *c, bool disabled)
{
	struct key *k = take_copy(c);

	if (!k)
		return CDT_E_INVALID;
	k->disabled = disabled;
	return put_give(c, k);
}

cdt_status admin_keys_disable(struct inquiry *c)
{
	return set_disabled(c, true);
}

cdt_status admin_keys_enable(struct inquiry *c)
{
	return set_disabled(c, false);
}

/* The one member that rotating takes. */
static cdt_status read_overlap(struct inquiry *c, uint64_t *ms)
{
	cdt_str name;
	struct json *value;
	size_t it = 0;

	if (c->body && json_type(c->body) != CDT_MAP)
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "the body must be a JSON object");
	while (c->body && json_next(c->body, &it, &name, &value)) {
		if (!str_is(name, "overlap"))
			return unknown_member(c, name, "overlap");
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
	k = take_copy(c);
	if (!k)
		return CDT_E_INVALID;
	key_text_make(k->id, c->secret);
	keyring_hash(ring(c), str_z(c->secret), hash);
	key_rotate(k, hash, overlap_ms ? clock_wall_ms() + (int64_t)overlap_ms : 0);
	return put_give(c, k);
}

cdt_status admin_keys_delete(struct inquiry *c)
{
	const struct keyring_asker by = { c->admin->parts.worker, on_stored, c };
	struct key *k = take_copy(c);
	uint32_t version = k && c->if_match.p ? k->version : 0;

	if (!k)
		return CDT_E_INVALID;
	memcpy(c->key_id, k->id, sizeof c->key_id);
	key_free(k);
	c->then = say_deleted;
	inquiry_wait(c);
	if (keyring_delete(ring(c), str_z(c->key_id), version, &by) == CDT_OK)
		return CDT_OK;
	return too_busy(c);
}
