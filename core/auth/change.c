/* auth/change.c - changes of keys and groups: worker -> the store's writer -> worker.  There
 * what they refer to is checked, so that nothing comes between the check and the commit.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/ring.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"

/* One change on its way. */
struct change {
	struct keyring *ring;
	enum store_table table;        /* STORE_KEYS or STORE_GROUPS */
	struct key *key;               /* NULL: delete */
	char handle[KEY_GROUP_MAX + 1];
	uint32_t version;              /* that the stored one must have; 0: new, or any */
	struct keyring_asker by;
	char *usd, *note;              /* by's, copied; NULL: none */
	int64_t wall_ms;
	cdt_status st;
};

/* --- members of groups: one number a group that has any --- */

static cdt_status count_member(struct store_txn *txn, const char *group, int by)
{
	char text[24];
	cdt_str stored;
	uint64_t n = 0;
	cdt_status st = txn_get(txn, STORE_MEMBERS, str_z(group), &stored);

	if (st == CDT_OK && !str_u64(stored, &n))
		return CDT_E_UPSTREAM;
	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	if (by < 0 && !n)
		return CDT_OK;                         /* of a record that was damaged */
	n += (uint64_t)(int64_t)by;
	if (!n)
		return txn_delete(txn, STORE_MEMBERS, str_z(group));
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	return txn_put(txn, STORE_MEMBERS, str_z(group), str_z(text));
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Either may be NULL.  CDT_E_UNSUPPORTED: there is no group `to`. */
static cdt_status move_member(struct store_txn *txn, const char *from, const char *to)
{
	cdt_status st = CDT_OK;
	cdt_str record;

	if (is_same(from, to))
		return CDT_OK;
	if (to)
		st = txn_get(txn, STORE_GROUPS, str_z(to), &record);
	if (st != CDT_OK)
		return st == CDT_E_ABSENT ? CDT_E_UNSUPPORTED : st;
	if (to)
		st = count_member(txn, to, 1);
	if (st == CDT_OK && from)
		st = count_member(txn, from, -1);
	return st;
}

/* --- [writer] --- */

/* Between a copy and its return somebody else may have changed or deleted it.  *out: what is
 * stored, or NULL when this is new. */
static cdt_status read_stored(const struct change *c, struct store_txn *txn, struct key **out)
{
	bool may_be_new = c->key && !c->version;
	struct key *stored;
	cdt_str record;
	cdt_status st = txn_get(txn, c->table, str_z(c->handle), &record);

	*out = NULL;
	if (st == CDT_E_ABSENT && may_be_new)
		return CDT_OK;
	if (st != CDT_OK)
		return st;
	stored = c->table == STORE_GROUPS ? key_decode_group(str_z(c->handle), record)
	                                  : key_decode(str_z(c->handle), record);
	if (may_be_new || (c->version && (!stored || stored->version != c->version))) {
		key_free(stored);
		return CDT_E_INVALID;
	}
	*out = stored;
	return CDT_OK;
}

static cdt_status write_record(struct change *c, struct store_txn *txn)
{
	struct buf record;
	cdt_status st;

	c->key->version++;
	buf_init(&record, STORE_VALUE_MAX);
	key_encode(c->key, &record);
	st = record.status;
	if (st == CDT_OK)
		st = txn_put(txn, c->table, str_z(c->handle), buf_str(&record));
	buf_fini(&record);
	return st;
}

static cdt_status write_audit(const struct change *c, struct store_txn *txn,
                              const struct key *stored)
{
	struct audit_entry e = {
		.wall_ms = c->wall_ms, .actor = c->by.actor, .action = c->by.action,
		.kind = c->table == STORE_GROUPS ? "group" : "key", .object = str_z(c->handle),
		.changed = CDT_STR("[]"), .usd = c->usd, .note = c->note,
	};
	struct buf changed;
	cdt_status st;

	if (!e.actor)
		return CDT_OK;
	buf_init(&changed, STORE_VALUE_MAX);
	if (c->key) {
		key_print_changes(stored, c->key, &changed);
		e.changed = buf_str(&changed);
	}
	st = changed.status == CDT_OK ? audit_put(txn, &e) : changed.status;
	buf_fini(&changed);
	return st;
}

static cdt_status apply_put(void *arg, struct store_txn *txn)
{
	struct change *c = arg;
	struct key *stored;
	cdt_status st = read_stored(c, txn, &stored);

	if (st == CDT_OK)
		st = move_member(txn, stored ? stored->group : NULL, c->key->group);
	if (st == CDT_OK)
		st = write_record(c, txn);
	if (st == CDT_OK)
		st = write_audit(c, txn, stored);
	key_free(stored);
	return st;
}

static cdt_status apply_delete(void *arg, struct store_txn *txn)
{
	struct change *c = arg;
	struct key *stored;
	cdt_str count;
	cdt_status st = read_stored(c, txn, &stored);

	if (st == CDT_OK && c->table == STORE_GROUPS &&
	    txn_get(txn, STORE_MEMBERS, str_z(c->handle), &count) == CDT_OK)
		st = CDT_E_UNSUPPORTED;
	if (st == CDT_OK)
		st = move_member(txn, stored ? stored->group : NULL, NULL);
	if (st == CDT_OK)
		st = txn_delete(txn, c->table, str_z(c->handle));
	if (st == CDT_OK)
		st = write_audit(c, txn, stored);
	key_free(stored);
	return st;
}

static void change_free(struct change *c)
{
	mem_free(c->usd);
	mem_free(c->note);
	mem_free(c);
}

static void deliver(void *arg)
{
	struct change *c = arg;

	if (c->by.finished)
		c->by.finished(c->by.arg, c->st);
	change_free(c);
}

/* [writer] In the order of the commits, so that memory never goes back. */
static void on_durable(void *arg, cdt_status st)
{
	struct change *c = arg;

	if (st == CDT_OK)
		ring_swap(c->ring, c->table, str_z(c->handle), c->key);
	else
		key_free(c->key);
	c->st = st;
	if (c->by.worker && c->by.finished)
		worker_post(c->by.worker, deliver, c);
	else
		deliver(c);
}

static cdt_status submit(struct change change, cdt_str handle,
                         cdt_status (*apply)(void *arg, struct store_txn *txn))
{
	struct change *c = mem_new(sizeof *c);
	struct store_op op = { apply, on_durable, c, NULL };
	cdt_status st;

	*c = change;
	c->usd = c->by.usd ? mem_text(c->by.usd, strlen(c->by.usd)) : NULL;
	c->note = c->by.note ? mem_text(c->by.note, strlen(c->by.note)) : NULL;
	c->wall_ms = clock_wall_ms();
	memcpy(c->handle, handle.p, handle.n);
	st = store_submit(c->ring->store, &op);
	if (st != CDT_OK) {
		key_free(c->key);
		change_free(c);
	}
	return st;
}

cdt_status keyring_put_give(struct keyring *r, struct key *k, const struct keyring_asker *by)
{
	struct change c = { .ring = r, .key = k, .version = k->version, .by = *by,
	                    .table = k->is_group ? STORE_GROUPS : STORE_KEYS };

	if (!(k->is_group ? key_is_group_name : key_is_id)(key_handle(k))) {
		key_free(k);
		return CDT_E_MISUSE;
	}
	k->updated_ms = clock_wall_ms();
	if (!k->created_ms)
		k->created_ms = k->updated_ms;
	return submit(c, key_handle(k), apply_put);
}

cdt_status keyring_delete(struct keyring *r, cdt_str id, uint32_t version,
                          const struct keyring_asker *by)
{
	struct change c = { .ring = r, .table = STORE_KEYS, .version = version, .by = *by };

	return key_is_id(id) ? submit(c, id, apply_delete) : CDT_E_ABSENT;
}

cdt_status keyring_delete_group(struct keyring *r, cdt_str name, uint32_t version,
                                const struct keyring_asker *by)
{
	struct change c = { .ring = r, .table = STORE_GROUPS, .version = version, .by = *by };

	return key_is_group_name(name) ? submit(c, name, apply_delete) : CDT_E_ABSENT;
}
