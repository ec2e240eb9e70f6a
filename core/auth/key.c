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

enum { RECORD_FORMAT = 1, HASH_TEXT_SIZE = 44 };

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
	mem_free(k->metadata);
	mem_free(k);
}

struct key *key_copy(const struct key *k)
{
	struct key *out = mem_new(sizeof *out);

	memcpy(out->id, k->id, sizeof out->id);
	memcpy(out->name, k->name, sizeof out->name);
	memcpy(out->hash, k->hash, sizeof out->hash);
	out->disabled = k->disabled;
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

void key_encode(const struct key *k, struct buf *out)
{
	char hash[HASH_TEXT_SIZE];
	cdt_str raw = { (const char *)k->hash, sizeof k->hash };
	size_t n = base64_encode(raw, false, hash, sizeof hash);
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "v", RECORD_FORMAT);
	jsonw_put_i64(&w, "version", k->version);
	jsonw_put_text(&w, "hash", str_from(hash, n));
	jsonw_put_i64(&w, "created_ms", k->created_ms);
	jsonw_put_i64(&w, "updated_ms", k->updated_ms);
	fields_print(k, false, &w);
	jsonw_close(&w);
	if (jsonw_status(&w) != CDT_OK && out->status == CDT_OK)
		out->status = jsonw_status(&w);
}

static cdt_status read_record(struct key *k, const struct json *record)
{
	cdt_str hash = json_text(json_get(record, "hash"));
	int64_t version = json_i64(json_get(record, "version"), 0);

	if (json_i64(json_get(record, "v"), 0) != RECORD_FORMAT || version <= 0 ||
	    version > UINT32_MAX)
		return CDT_E_UNSUPPORTED;
	if (base64_decode(hash, (char *)k->hash, sizeof k->hash) != sizeof k->hash)
		return CDT_E_INVALID;
	k->version = (uint32_t)version;
	k->created_ms = json_i64(json_get(record, "created_ms"), 0);
	k->updated_ms = json_i64(json_get(record, "updated_ms"), 0);
	return fields_read(k, record);
}

struct key *key_decode(cdt_str id, cdt_str record)
{
	struct json *tree;
	struct key *k;
	cdt_status st;

	if (id.n != KEY_ID_SIZE)
		return NULL;
	tree = json_parse(record);
	if (!tree)
		return NULL;
	k = mem_new(sizeof *k);
	memcpy(k->id, id.p, KEY_ID_SIZE);
	st = read_record(k, tree);
	json_free(tree);
	if (st == CDT_OK)
		return k;
	key_free(k);
	return NULL;
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

	jsonw_put_z(w, "id", k->id);
	fields_print(k, true, w);
	jsonw_put_z(w, "created_at", clock_text(k->created_ms, text));
	jsonw_put_z(w, "updated_at", clock_text(k->updated_ms, text));
}

void key_print_json(const struct key *k, struct jsonw *w)
{
	jsonw_open(w, '{');
	key_print_members(k, w);
	jsonw_close(w);
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
