/* admin/records.c - keys and groups: listed, shown, changed, deleted.  What they may hold,
 * auth/key.h knows; changes are answered when they are durable.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"

#include <string.h>

#include "admin/listing.h"
#include "base/log.h"
#include "base/query.h"
#include "base/str.h"
#include "flow/budget.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, CONFLICTS_MAX = 64 };

const struct record_kind record_key = {
	"key", key_is_id, keyring_take, keyring_list, keyring_delete,
};
const struct record_kind record_group = {
	"group", key_is_group_name, keyring_take_group, keyring_list_groups,
	keyring_delete_group,
};

struct keyring *record_ring(const struct inquiry *c)
{
	return c->admin->parts.keyring;
}

/* The group whose name is nearest to that of none, in the arena; or NULL. */
static const char *nearest_group(struct inquiry *c, cdt_str wanted)
{
	struct key *groups[LIMIT_MAX];
	const char *names[LIMIT_MAX + 1], *near;
	size_t n = keyring_list_groups(record_ring(c), CDT_STR(""), groups, LIMIT_MAX);

	for (size_t i = 0; i < n; i++)
		names[i] = groups[i]->name;
	names[n] = NULL;
	near = config_nearest(wanted, names);
	near = near ? arena_str(&c->arena, str_z(near)).p : NULL;
	for (size_t i = 0; i < n; i++)
		keyring_give(record_ring(c), groups[i]);
	return near;
}

static cdt_status no_such_group(struct inquiry *c, const char *param, cdt_str name)
{
	char hint[CONFIG_HINT_SIZE];

	return REFUSE(c, param ? PROBLEM_INVALID_VALUE : PROBLEM_NOT_FOUND,
	              param ? param : "name", "there is no group '%.*s'%s",
	              name.n > 64 ? 64 : (int)name.n, name.p,
	              config_hint(nearest_group(c, name), hint));
}

static cdt_status no_such(struct inquiry *c)
{
	if (c->kind == &record_group)
		return no_such_group(c, NULL, c->id);
	return REFUSE(c, PROBLEM_NOT_FOUND, "id", "there is no key '%.*s'",
	              c->id.n > 64 ? 64 : (int)c->id.n, c->id.p);
}

static cdt_status too_busy(struct inquiry *c)
{
	c->later = false;
	return REFUSE(c, PROBLEM_OVERLOADED, NULL, "too many changes are waiting for the "
	              "store; try again");
}

/* What it is, and what it has spent. */
static void print(struct inquiry *c, const struct key *k)
{
	jsonw_open(&c->json, '{');
	key_print_members(k, &c->json);
	budget_print(c->admin->parts.ledger, k, &c->json);
	jsonw_close(&c->json);
}

/* --- after the commit --- */

static void say_stored(struct inquiry *c)
{
	struct key *k = c->kind->take(record_ring(c), str_z(c->handle));

	if (!k) {                                      /* deleted in this very moment */
		c->id = str_z(c->handle);
		inquiry_answer(c, no_such(c));
		return;
	}
	inquiry_put_version(c, k->version);
	if (c->secret[0]) {
		jsonw_open(&c->json, '{');
		jsonw_key(&c->json, "key");
	}
	print(c, k);
	if (c->secret[0]) {
		jsonw_put_z(&c->json, "secret", c->secret);
		jsonw_close(&c->json);
	}
	keyring_give(record_ring(c), k);
	inquiry_answer(c, CDT_OK);
}

static void say_deleted(struct inquiry *c)
{
	jsonw_open(&c->json, '{');
	jsonw_put_z(&c->json, c->kind == &record_group ? "name" : "id", c->handle);
	jsonw_put_flag(&c->json, "deleted", true);
	jsonw_close(&c->json);
	inquiry_answer(c, CDT_OK);
}

static cdt_status conflict(struct inquiry *c)
{
	if (c->kind == &record_group && !c->version)
		return REFUSE(c, PROBLEM_CONFLICT, "name", "there is a group '%s' already",
		              c->handle);
	return REFUSE(c, PROBLEM_CONFLICT, NULL, "somebody else has changed this %s in this "
	              "moment; look at it and try again", c->kind->noun);
}

static cdt_status bad_reference(struct inquiry *c)
{
	if (c->kind == &record_group)
		return REFUSE(c, PROBLEM_CONFLICT, NULL, "the group '%s' has keys: delete "
		              "them, or give them another group, first", c->handle);
	return no_such_group(c, "group", json_text(json_get(c->body, "group")));
}

static void on_stored(void *arg, cdt_status st)
{
	struct inquiry *c = arg;

	if (st == CDT_OK) {
		c->then(c);
		return;
	}
	c->id = str_z(c->handle);
	if (st == CDT_E_INVALID && c->version && !c->if_match.p &&
	    c->conflicts++ < CONFLICTS_MAX) {
		/* The last writer wins, on top of what the other has written. */
		st = c->run(c);
		if (st != CDT_OK)
			inquiry_answer(c, st);
		return;
	}
	if (st == CDT_E_ABSENT)
		(void)no_such(c);
	else if (st == CDT_E_INVALID)
		(void)conflict(c);
	else if (st == CDT_E_UNSUPPORTED)
		(void)bad_reference(c);
	else
		log_error(LOG_ADMIN, NULL, "a %s could not be stored name=%s status=%d",
		          c->kind->noun, c->handle, (int)st);
	inquiry_answer(c, st);
}

static void keep_handle(struct inquiry *c, const struct key *k)
{
	cdt_str handle = key_handle(k);

	memcpy(c->handle, handle.p, handle.n + 1);
	c->version = k->version;
}

cdt_status record_put_give(struct inquiry *c, struct key *k)
{
	const struct keyring_asker by = { c->admin->parts.worker, on_stored, c,
	                                   c->actor, c->action, c->usd, c->note };

	keep_handle(c, k);
	c->then = say_stored;
	inquiry_wait(c);
	return keyring_put_give(record_ring(c), k, &by) == CDT_OK ? CDT_OK : too_busy(c);
}

/* --- before it --- */

cdt_status record_unknown_member(struct inquiry *c, cdt_str name, const char *const *known)
{
	const char *z = arena_str(&c->arena, name).p;
	char hint[CONFIG_HINT_SIZE];

	return REFUSE(c, PROBLEM_INVALID_VALUE, z, "unknown member '%.64s'%s", z ? z : "",
	              config_hint(config_nearest(name, known), hint));
}

cdt_status record_limit(struct inquiry *c, size_t *limit)
{
	cdt_str text = query_value(&c->arena, http_query(c->request), "limit");
	uint64_t n = LIMIT_DEFAULT;

	if (text.n && (!str_u64(text, &n) || n < 1 || n > LIMIT_MAX))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "limit", "'limit' must be a number "
		              "from 1 to %d", LIMIT_MAX);
	*limit = (size_t)n;
	return CDT_OK;
}

cdt_status record_list(struct inquiry *c)
{
	const struct record_kind *kind = c->kind;
	cdt_str after = query_value(&c->arena, http_query(c->request), "after");
	struct key *found[LIMIT_MAX + 1];
	size_t limit = LIMIT_DEFAULT, n;

	if (record_limit(c, &limit) != CDT_OK)
		return CDT_E_INVALID;
	if (after.n && !kind->is_handle(after))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "after", "'after' must be the %s of a "
		              "%s, as 'next' gave it", kind == &record_key ? "id" : "name",
		              kind->noun);
	n = kind->list(record_ring(c), after, found, limit + 1);
	jsonw_open(&c->json, '{');
	jsonw_key(&c->json, "data");
	jsonw_open(&c->json, '[');
	for (size_t i = 0; i < n && i < limit; i++)
		print(c, found[i]);
	jsonw_close(&c->json);
	if (n > limit)
		jsonw_put_text(&c->json, "next", key_handle(found[limit - 1]));
	else
		jsonw_put_null(&c->json, "next");
	jsonw_close(&c->json);
	for (size_t i = 0; i < n; i++)
		keyring_give(record_ring(c), found[i]);
	return CDT_OK;
}

cdt_status record_show(struct inquiry *c)
{
	struct key *k = c->kind->take(record_ring(c), c->id);

	if (!k)
		return no_such(c);
	inquiry_put_version(c, k->version);
	print(c, k);
	keyring_give(record_ring(c), k);
	return CDT_OK;
}

static cdt_status other_version(struct inquiry *c, uint32_t version)
{
	return REFUSE(c, PROBLEM_CONFLICT, NULL, "If-Match asks for another version: this is "
	              "at \"%u\" now; look at it and try again", version);
}

struct key *record_take_copy(struct inquiry *c)
{
	struct key *k = c->kind->take(record_ring(c), c->id), *copy;

	if (!k) {
		(void)no_such(c);
		return NULL;
	}
	copy = inquiry_matches(c, k->version) ? key_copy(k) : NULL;
	if (!copy)
		(void)other_version(c, k->version);
	keyring_give(record_ring(c), k);
	return copy;
}

/* For a good message; the store's writer looks again. */
static cdt_status check_group(struct inquiry *c, const struct key *k)
{
	struct key *group;

	if (!k->group)
		return CDT_OK;
	group = keyring_take_group(record_ring(c), str_z(k->group));
	if (!group)
		return no_such_group(c, "group", str_z(k->group));
	keyring_give(record_ring(c), group);
	return CDT_OK;
}

/* One that was there when it was given is not asked for again. */
static cdt_status check_policy(struct inquiry *c, const struct key *k)
{
	const struct router *r = list_router(c);
	char hint[CONFIG_HINT_SIZE];

	if (!k->policy || !json_get(c->body, "policy") ||
	    router_policy(r, str_z(k->policy)) != NO_POLICY)
		return CDT_OK;
	return REFUSE(c, PROBLEM_INVALID_VALUE, "policy", "there is no policy '%s'%s",
	              k->policy, config_hint(router_nearest_policy(r, str_z(k->policy)),
	                                     hint));
}

cdt_status record_apply(struct inquiry *c, struct key *k)
{
	cdt_status st = CDT_OK;

	if (c->body)
		st = key_apply_json(k, c->body, &c->arena, &c->problem);
	if (st == CDT_OK)
		st = check_group(c, k);
	if (st == CDT_OK)
		st = check_policy(c, k);
	if (st != CDT_OK)
		key_free(k);
	return st;
}

cdt_status record_update(struct inquiry *c)
{
	struct key *k = record_take_copy(c);

	c->action = "update";
	if (!k)
		return CDT_E_INVALID;
	if (!c->body) {
		key_free(k);
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "send what shall change as a "
		              "JSON object");
	}
	return record_apply(c, k) == CDT_OK ? record_put_give(c, k) : CDT_E_INVALID;
}

static cdt_status set_disabled(struct inquiry *c, bool disabled)
{
	struct key *k = record_take_copy(c);

	if (!k)
		return CDT_E_INVALID;
	c->action = disabled ? "disable" : "enable";
	k->disabled = disabled;
	return record_put_give(c, k);
}

cdt_status record_disable(struct inquiry *c)
{
	return set_disabled(c, true);
}

cdt_status record_enable(struct inquiry *c)
{
	return set_disabled(c, false);
}

cdt_status record_delete(struct inquiry *c)
{
	const struct keyring_asker by = { c->admin->parts.worker, on_stored, c,
	                                   c->actor, "delete", NULL, NULL };
	struct key *k = record_take_copy(c);
	uint32_t version = k && c->if_match.p ? k->version : 0;

	if (!k)
		return CDT_E_INVALID;
	keep_handle(c, k);
	key_free(k);
	c->then = say_deleted;
	inquiry_wait(c);
	if (c->kind->drop(record_ring(c), str_z(c->handle), version, &by) == CDT_OK)
		return CDT_OK;
	return too_busy(c);
}
