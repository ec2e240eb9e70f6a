/* auth/key.c - a key as a value: born, copied, stored, shown, asked.  Knows neither its text
 * (token.c) nor where keys are kept (keyring.c).
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <string.h>

#include "auth/fields.h"
#include "auth/net.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "conduit/provider.h"

enum { RECORD_FORMAT = 1, HASH_TEXT_SIZE = 44, MEMBERS_MAX = 64 << 10, MEMBER_NAME_MAX = 32 };

static char **copy_list(char *const *list, size_t count)
{
	char **out = count ? mem_new_array(count, sizeof *out) : NULL;

	for (size_t i = 0; i < count; i++)
		out[i] = mem_text(list[i], strlen(list[i]));
	return out;
}

static void free_list(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mem_free(list[i]);
	mem_free(list);
}

void key_free(struct key *k)
{
	if (!k)
		return;
	free_list(k->models, k->model_count);
	free_list(k->allowed_ips, k->allowed_ip_count);
	mem_free(k->nets);
	mem_free(k->name);
	mem_free(k->former);
	mem_free(k->group);
	mem_free(k->metadata);
	mem_free(k);
}

struct key *key_copy(const struct key *k)
{
	struct key *out = mem_new(sizeof *out);

	memcpy(out->id, k->id, sizeof out->id);
	out->name = k->name ? mem_text(k->name, strlen(k->name)) : NULL;
	memcpy(out->hash, k->hash, sizeof out->hash);
	if (k->former) {
		out->former = mem_new(sizeof *out->former);
		*out->former = *k->former;
	}
	out->disabled = k->disabled;
	out->is_group = k->is_group;
	out->group = k->group ? mem_text(k->group, strlen(k->group)) : NULL;
	out->created_ms = k->created_ms;
	out->updated_ms = k->updated_ms;
	out->expires_ms = k->expires_ms;
	out->models = copy_list(k->models, k->model_count);
	out->model_count = k->model_count;
	out->operations = k->operations;
	out->limits = k->limits;
	out->allowed_ips = copy_list(k->allowed_ips, k->allowed_ip_count);
	out->allowed_ip_count = k->allowed_ip_count;
	if (k->nets) {
		out->nets = mem_new_array(k->allowed_ip_count, sizeof *out->nets);
		memcpy(out->nets, k->nets, k->allowed_ip_count * sizeof *out->nets);
	}
	out->metadata = k->metadata ? mem_text(k->metadata, strlen(k->metadata)) : NULL;
	out->version = k->version;
	return out;
}

void key_rotate(struct key *k, const uint8_t hash[SHA256_SIZE], int64_t until_ms)
{
	mem_free(k->former);
	k->former = NULL;
	if (until_ms) {
		k->former = mem_new(sizeof *k->former);
		memcpy(k->former->hash, k->hash, sizeof k->hash);
		k->former->until_ms = until_ms;
	}
	memcpy(k->hash, hash, sizeof k->hash);
}

static void put_hash(struct jsonw *w, const char *name, const uint8_t hash[SHA256_SIZE])
{
	char text[HASH_TEXT_SIZE];
	cdt_str raw = { (const char *)hash, SHA256_SIZE };
	size_t n = base64_encode(raw, false, text, sizeof text);

	jsonw_put_text(w, name, str_from(text, n));
}

void key_encode(const struct key *k, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "v", RECORD_FORMAT);
	jsonw_put_i64(&w, "version", k->version);
	if (!k->is_group)
		put_hash(&w, "hash", k->hash);
	if (k->former) {
		put_hash(&w, "former_hash", k->former->hash);
		jsonw_put_i64(&w, "former_until_ms", k->former->until_ms);
	}
	jsonw_put_i64(&w, "created_ms", k->created_ms);
	jsonw_put_i64(&w, "updated_ms", k->updated_ms);
	fields_print(k, false, &w);
	jsonw_close(&w);
	if (jsonw_status(&w) != CDT_OK && out->status == CDT_OK)
		out->status = jsonw_status(&w);
}

static bool read_hash(const struct json *text, uint8_t hash[SHA256_SIZE])
{
	return base64_decode(json_text(text), (char *)hash, SHA256_SIZE) == SHA256_SIZE;
}

static bool read_former(struct key *k, const struct json *record)
{
	const struct json *hash = json_get(record, "former_hash");

	if (!hash)
		return true;
	k->former = mem_new(sizeof *k->former);
	k->former->until_ms = json_i64(json_get(record, "former_until_ms"), 0);
	return read_hash(hash, k->former->hash);
}

static cdt_status read_record(struct key *k, const struct json *record)
{
	int64_t version = json_i64(json_get(record, "version"), 0);

	if (json_i64(json_get(record, "v"), 0) != RECORD_FORMAT || version <= 0 ||
	    version > UINT32_MAX)
		return CDT_E_UNSUPPORTED;
	if (!k->is_group &&
	    (!read_hash(json_get(record, "hash"), k->hash) || !read_former(k, record)))
		return CDT_E_INVALID;
	k->version = (uint32_t)version;
	k->created_ms = json_i64(json_get(record, "created_ms"), 0);
	k->updated_ms = json_i64(json_get(record, "updated_ms"), 0);
	return fields_read(k, record);
}

/* Fills k, or frees it. */
static struct key *decode_give(struct key *k, cdt_str record)
{
	struct json *tree = json_parse(record);
	cdt_status st = tree ? read_record(k, tree) : CDT_E_INVALID;

	json_free(tree);
	if (st == CDT_OK)
		return k;
	key_free(k);
	return NULL;
}

struct key *key_decode(cdt_str id, cdt_str record)
{
	struct key *k;

	if (!key_is_id(id))
		return NULL;
	k = mem_new(sizeof *k);
	memcpy(k->id, id.p, KEY_ID_SIZE);
	return decode_give(k, record);
}

struct key *key_decode_group(cdt_str name, cdt_str record)
{
	struct key *k = mem_new(sizeof *k);

	k->is_group = true;
	k = decode_give(k, record);
	if (!k || str_eq(name, str_z(k->name)))
		return k;
	key_free(k);
	return NULL;
}

cdt_str key_handle(const struct key *k)
{
	return str_z(k->is_group ? k->name : k->id);
}

bool key_is_id(cdt_str s)
{
	return s.n == KEY_ID_SIZE;
}

bool key_is_group_name(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return s.n > 0 && s.n <= KEY_GROUP_MAX;
}

cdt_status key_apply_json(struct key *k, const struct json *body, struct arena *a,
                          struct problem *p)
{
	struct key *changed = key_copy(k);
	cdt_status st = fields_apply(changed, body, a, p);
	struct key before;

	if (st == CDT_OK) {
		before = *k;
		*k = *changed;
		k->uses = before.uses;
		*changed = before;
	}
	key_free(changed);
	return st;
}

void key_print_members(const struct key *k, struct jsonw *w)
{
	char text[CLOCK_TEXT_SIZE];

	if (!k->is_group)
		jsonw_put_z(w, "id", k->id);
	fields_print(k, true, w);
	if (k->former)
		jsonw_put_z(w, "overlap_until", clock_text(k->former->until_ms, text));
	else if (!k->is_group)
		jsonw_put_null(w, "overlap_until");
	jsonw_put_z(w, "created_at", clock_text(k->created_ms, text));
	jsonw_put_z(w, "updated_at", clock_text(k->updated_ms, text));
	jsonw_put_i64(w, "version", k->version);
}

void key_print_json(const struct key *k, struct jsonw *w)
{
	jsonw_open(w, '{');
	key_print_members(k, w);
	jsonw_close(w);
}

static struct json *members_of(const struct key *k)
{
	struct json *tree;
	struct jsonw w;
	struct buf text;

	buf_init(&text, MEMBERS_MAX);
	jsonw_init(&w, &text);
	jsonw_open(&w, '{');
	fields_print(k, true, &w);
	jsonw_close(&w);
	tree = json_parse(buf_str(&text));
	buf_fini(&text);
	return tree;
}

void key_print_changes(const struct key *before, const struct key *after, struct buf *out)
{
	const struct key blank = { .is_group = after->is_group };
	struct json *old = members_of(before ? before : &blank), *new = members_of(after);
	struct json *value, *was;
	struct jsonw w;
	cdt_str name;
	size_t it = 0;

	jsonw_init(&w, out);
	jsonw_open(&w, '[');
	while (json_next(new, &it, &name, &value)) {
		char z[MEMBER_NAME_MAX + 1] = "";

		memcpy(z, name.p, name.n < MEMBER_NAME_MAX ? name.n : MEMBER_NAME_MAX);
		was = json_get(old, z);
		if (json_type(was) != json_type(value) ||
		    (value && !str_eq(json_print(was), json_print(value))))
			jsonw_text(&w, name);
	}
	if (memcmp(before ? before->hash : blank.hash, after->hash, sizeof after->hash) != 0)
		jsonw_z(&w, "secret");
	jsonw_close(&w);
	json_free(old);
	json_free(new);
}

bool key_may_model(const struct key *k, cdt_str model)
{
	for (size_t i = 0; i < k->model_count; i++)
		if (str_glob(k->models[i], model))
			return true;
	return k->model_count == 0;
}

bool key_may_operate(const struct key *k, uint32_t op)
{
	return !k->operations || (op < 64 && (k->operations & CDT_OP_BIT(op)));
}

bool key_may_address(const struct key *k, cdt_str peer)
{
	uint8_t address[16];

	if (!k->allowed_ip_count)
		return true;
	if (!net_address(peer, address))
		return false;
	for (size_t i = 0; i < k->allowed_ip_count; i++)
		if (net_has(&k->nets[i], address))
			return true;
	return false;
}

cdt_status key_usable(const struct key *k, int64_t wall_ms, cdt_str peer, struct arena *a,
                      struct problem *p)
{
	char text[CLOCK_TEXT_SIZE];

	if (k->disabled && k->is_group)
		return problem_set(p, a, PROBLEM_KEY_DISABLED, NULL, "the group '%s' of this "
		                   "API key is disabled; ask your administrator", k->name);
	if (k->disabled)
		return problem_set(p, a, PROBLEM_KEY_DISABLED, NULL,
		                   "this API key is disabled; ask your administrator");
	if (k->expires_ms && wall_ms >= k->expires_ms)
		return problem_set(p, a, PROBLEM_KEY_EXPIRED, NULL,
		                   "this API key expired at %s; ask your administrator for a "
		                   "new one", clock_text(k->expires_ms, text));
	if (!key_may_address(k, peer))
		return problem_set(p, a, PROBLEM_IP_NOT_ALLOWED, NULL,
		                   "this API key may not be used from your address");
	return CDT_OK;
}
