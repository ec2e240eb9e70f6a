/* auth/key.c - a key as a value: copied, changed, shown, asked.  Knows neither its text
 * (token.c), nor how it is stored (record.c), nor where keys are kept (keyring.c).
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <string.h>

#include "auth/budgets.h"
#include "auth/caching.h"
#include "auth/origins.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "conduit/provider.h"

enum { MEMBERS_MAX = 64 << 10, MEMBER_NAME_MAX = 32 };

static char *copy_text(const char *text)
{
	return text ? mem_text(text, strlen(text)) : NULL;
}

/* Memory that has no pointers. */
static void *copy_plain(const void *p, size_t size)
{
	void *out = p ? mem_new(size) : NULL;

	if (p)
		memcpy(out, p, size);
	return out;
}

void key_free(struct key *k)
{
	if (!k)
		return;
	mem_free(k->name);
	mem_free(k->group);
	mem_free(k->policy);
	texts_free(k->models, k->model_count);
	budgets_free(k->budgets, k->budget_count);
	mem_free(k->limits);
	caching_free(k->caching);
	origins_free(k->origins);
	mem_free(k->former);
	mem_free(k->metadata);
	mem_free(k);
}

struct key *key_copy(const struct key *k)
{
	struct key *out = mem_new(sizeof *out);

	memcpy(out->id, k->id, sizeof out->id);
	memcpy(out->hash, k->hash, sizeof out->hash);
	out->disabled = k->disabled;
	out->is_group = k->is_group;
	out->prepaid = k->prepaid;
	out->clamps = k->clamps;
	out->drains = k->drains;
	out->name = copy_text(k->name);
	out->group = copy_text(k->group);
	out->policy = copy_text(k->policy);
	out->created_ms = k->created_ms;
	out->updated_ms = k->updated_ms;
	out->expires_ms = k->expires_ms;
	out->operations = k->operations;
	out->models = texts_copy(k->models, k->model_count);
	out->model_count = k->model_count;
	out->budgets = budgets_copy(k->budgets, k->budget_count);
	out->budget_count = k->budget_count;
	out->credit = k->credit;
	out->limits = copy_plain(k->limits, sizeof *k->limits);
	out->caching = caching_copy(k->caching);
	out->origins = origins_copy(k->origins);
	out->former = copy_plain(k->former, sizeof *k->former);
	out->metadata = copy_text(k->metadata);
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

bool key_pay_in(struct key *k, int64_t nanousd)
{
	int64_t credit;

	if (!money_add(k->credit, nanousd, &credit) || credit < 0 ||
	    credit > BUDGET_NANOUSD_MAX)
		return false;
	k->credit = credit;
	k->prepaid = true;
	return true;
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
	fields_print(k, w);
	if (k->former && k->former->until_ms > clock_wall_ms())
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
	fields_print(k, &w);
	jsonw_close(&w);
	tree = json_parse(buf_str(&text));
	buf_fini(&text);
	return tree;
}

static bool is_equal(struct json *a, struct json *b)
{
	return json_type(a) == json_type(b) && (!a || str_eq(json_print(a), json_print(b)));
}

/* The members of one that are not the same in the other; absent: that are not there at all. */
static void name_changes(struct jsonw *w, struct json *one, struct json *other, bool absent)
{
	struct json *value, *theirs;
	cdt_str name;
	size_t it = 0;

	while (json_next(one, &it, &name, &value)) {
		char z[MEMBER_NAME_MAX + 1] = "";

		memcpy(z, name.p, name.n < MEMBER_NAME_MAX ? name.n : MEMBER_NAME_MAX);
		theirs = json_get(other, z);
		if (absent ? !theirs : !is_equal(theirs, value))
			jsonw_text(w, name);
	}
}

void key_print_changes(const struct key *before, const struct key *after, struct buf *out)
{
	const struct key blank = { .is_group = after->is_group };
	struct json *old = members_of(before ? before : &blank), *new = members_of(after);
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '[');
	name_changes(&w, new, old, false);
	name_changes(&w, old, new, true);              /* limits are not shown when unset */
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
	return !k->origins || origins_have(k->origins, peer);
}

const struct config_limits *key_limits(const struct key *k)
{
	static const struct config_limits none;

	return k->limits ? k->limits : &none;
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
