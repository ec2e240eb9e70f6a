/* auth/fields.c - a table of the members of a key: how each is checked, set and printed.
 * SPDX-License-Identifier: MIT */
#include "auth/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/budgets.h"
#include "auth/caching.h"
#include "auth/origins.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "conduit/provider.h"
#include "config/config.h"

enum { PROBLEM_BYTES = 2048 };

static const struct { const char *name; uint64_t bits; } operations[] = {
	{ "audio", CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE) },
	{ "chat", CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COUNT) },
	{ "completions", CDT_OP_BIT(CDT_OP_COMPLETE) },
	{ "embeddings", CDT_OP_BIT(CDT_OP_EMBED) },
	{ "images", CDT_OP_BIT(CDT_OP_IMAGE) },
	{ "models", CDT_OP_BIT(CDT_OP_MODELS) },
	{ "moderations", CDT_OP_BIT(CDT_OP_MODERATE) },
	{ "rerank", CDT_OP_BIT(CDT_OP_RERANK) },
};
enum { OPERATION_COUNT = sizeof operations / sizeof *operations };

const char *key_operation_name(uint32_t op)
{
	for (size_t i = 0; op < 64 && i < OPERATION_COUNT; i++)
		if (operations[i].bits & CDT_OP_BIT(op))
			return operations[i].name;
	return "";
}

cdt_status setting_refuse(const struct setting *s, const char *must)
{
	return problem_set(s->problem, s->arena, PROBLEM_INVALID_VALUE, s->name,
	                   "'%s' must be %s", s->name, must);
}

bool setting_is_null(const struct setting *s)
{
	return json_type(s->value) == CDT_NULL;
}

bool setting_is_plain(const struct json *j, size_t max)
{
	cdt_str text = json_text(j);

	if (json_type(j) != CDT_TEXT || !text.n || text.n > max)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return false;
	return true;
}

char **texts_copy(char *const *list, size_t count)
{
	char **out = count ? mem_new_array(count, sizeof *out) : NULL;

	for (size_t i = 0; i < count; i++)
		out[i] = mem_text(list[i], strlen(list[i]));
	return out;
}

void texts_free(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		mem_free(list[i]);
	mem_free(list);
}

cdt_status setting_list(const struct setting *s, size_t max, const char *must, char ***list,
                        size_t *count)
{
	size_t n = json_count(s->value);

	if (!setting_is_null(s) && (json_type(s->value) != CDT_LIST || n > max))
		return setting_refuse(s, must);
	for (size_t i = 0; i < n; i++)
		if (!setting_is_plain(json_at(s->value, i), PATTERN_MAX))
			return setting_refuse(s, must);
	texts_free(*list, *count);
	*list = n ? mem_new_array(n, sizeof **list) : NULL;
	*count = n;
	for (size_t i = 0; i < n; i++) {
		cdt_str text = json_text(json_at(s->value, i));

		(*list)[i] = mem_text(text.p, text.n);
	}
	return CDT_OK;
}

static cdt_status set_models(struct key *k, const struct setting *s)
{
	size_t count = k->model_count;
	cdt_status st = setting_list(s, KEY_PATTERNS_MAX, "a list of at most 64 model names, "
	                             "'*' stands for any text", &k->models, &count);

	k->model_count = (uint32_t)count;
	return st;
}

static cdt_status set_allowed_ips(struct key *k, const struct setting *s)
{
	static const char must[] = "a list of at most 64 addresses or networks like "
	                           "'10.0.0.0/8' or '2001:db8::/32'";
	struct key_origins *made;
	char **texts = NULL;
	size_t count = 0;
	cdt_status st = setting_list(s, KEY_PATTERNS_MAX, must, &texts, &count);

	if (st != CDT_OK)
		return st;
	made = origins_take(texts, count);
	if (count && !made) {
		texts_free(texts, count);
		return setting_refuse(s, must);
	}
	origins_free(k->origins);
	k->origins = made;
	return CDT_OK;
}

/* null is false. */
static cdt_status set_flag(const struct setting *s, bool *flag)
{
	if (!setting_is_null(s) && json_type(s->value) != CDT_FLAG)
		return setting_refuse(s, "true or false");
	*flag = json_flag(s->value, 0);
	return CDT_OK;
}

static cdt_status set_disabled(struct key *k, const struct setting *s)
{
	return set_flag(s, &k->disabled);
}

static cdt_status set_clamp(struct key *k, const struct setting *s)
{
	return set_flag(s, &k->clamps);
}

static cdt_status set_on_disconnect(struct key *k, const struct setting *s)
{
	cdt_str text = json_text(s->value);

	if (!setting_is_null(s) && !str_is(text, "cancel") && !str_is(text, "drain"))
		return setting_refuse(s, "'cancel' or 'drain'");
	k->drains = str_is(text, "drain");
	return CDT_OK;
}

static cdt_status set_expires_at(struct key *k, const struct setting *s)
{
	int64_t ms = 0;

	if (!setting_is_null(s) &&
	    (json_type(s->value) != CDT_TEXT || !clock_parse(json_text(s->value), &ms) ||
	     ms <= 0))
		return setting_refuse(s, "a time like '2027-01-31T00:00:00Z', or null");
	k->expires_ms = ms;
	return CDT_OK;
}

static cdt_status set_metadata(struct key *k, const struct setting *s)
{
	/* json-c keeps the printed text inside the node. */
	struct json *node = (struct json *)(uintptr_t)s->value;
	cdt_str text = { NULL, 0 };

	if (!setting_is_null(s)) {
		text = json_print(node);
		if (json_type(s->value) != CDT_MAP || !text.n || text.n > KEY_METADATA_MAX)
			return setting_refuse(s, "an object of at most 4096 bytes");
	}
	mem_free(k->metadata);
	k->metadata = text.n ? mem_text(text.p, text.n) : NULL;
	return CDT_OK;
}

static cdt_status set_group(struct key *k, const struct setting *s)
{
	cdt_str text = json_text(s->value);

	if (!setting_is_null(s) &&
	    (json_type(s->value) != CDT_TEXT || !key_is_group_name(text)))
		return setting_refuse(s, "the name of a group, or null");
	mem_free(k->group);
	k->group = text.n ? mem_text(text.p, text.n) : NULL;
	return CDT_OK;
}

static cdt_status set_group_name(struct key *k, const struct setting *s)
{
	cdt_str text = json_text(s->value);

	if (json_type(s->value) != CDT_TEXT || !key_is_group_name(text))
		return setting_refuse(s, "1 to 64 letters, digits, '.', '_' or '-'");
	if (k->name && !str_is(text, k->name))
		return setting_refuse(s, "what it was: keys refer to it");
	if (!k->name)
		k->name = mem_text(text.p, text.n);
	return CDT_OK;
}

static cdt_status set_name(struct key *k, const struct setting *s)
{
	cdt_str text = json_text(s->value);
	bool empty = setting_is_null(s) || (json_type(s->value) == CDT_TEXT && !text.n);

	if (k->is_group)
		return set_group_name(k, s);
	if (!empty && !setting_is_plain(s->value, KEY_NAME_MAX))
		return setting_refuse(s, "a text of at most 128 bytes without control "
		                      "characters");
	mem_free(k->name);
	k->name = text.n ? mem_text(text.p, text.n) : NULL;
	return CDT_OK;
}

/* Which there are, the router knows. */
static cdt_status set_policy(struct key *k, const struct setting *s)
{
	cdt_str text = json_text(s->value);

	if (!setting_is_null(s) && !setting_is_plain(s->value, KEY_POLICY_MAX))
		return setting_refuse(s, "the name or the type of a policy, or null");
	mem_free(k->policy);
	k->policy = text.n ? mem_text(text.p, text.n) : NULL;
	return CDT_OK;
}

static uint64_t operation_bits(cdt_str name)
{
	for (size_t i = 0; i < OPERATION_COUNT; i++)
		if (str_is(name, operations[i].name))
			return operations[i].bits;
	return 0;
}

static cdt_status set_operations(struct key *k, const struct setting *s)
{
	uint64_t all = 0;

	if (!setting_is_null(s) && json_type(s->value) != CDT_LIST)
		return setting_refuse(s, "a list of operations");
	for (size_t i = 0; i < json_count(s->value); i++) {
		uint64_t bits = operation_bits(json_text(json_at(s->value, i)));

		if (!bits)
			return setting_refuse(s, "a list of 'audio', 'chat', 'completions', "
			                      "'embeddings', 'images', 'models', "
			                      "'moderations' and 'rerank'");
		all |= bits;
	}
	k->operations = all;
	return CDT_OK;
}

/* Its own, to be written. */
static struct config_limits *limits_of(struct key *k)
{
	if (!k->limits)
		k->limits = mem_new(sizeof *k->limits);
	return k->limits;
}

static cdt_status set_limit(struct key *k, const struct setting *s)
{
	int64_t max = json_i64(s->value, 0);
	char must[64];
	int i = 0;

	while (strcmp(limit_rows[i].name, s->name))
		i++;                                   /* fields[] names none but those */
	if (!setting_is_null(s) &&
	    (json_type(s->value) != CDT_INT || max < 1 || max > limit_rows[i].most)) {
		(void)snprintf(must, sizeof must, "a whole number from 1 to %" PRId64
		               ", or null", limit_rows[i].most);
		return setting_refuse(s, must);
	}
	if (max || k->limits)
		limits_of(k)->max[i] = max;
	return CDT_OK;
}

static cdt_status set_shadow(struct key *k, const struct setting *s)
{
	bool shadow;
	cdt_status st = set_flag(s, &shadow);

	if (st == CDT_OK && (shadow || k->limits))
		limits_of(k)->shadowed = shadow ? LIMITS_ALL_SHADOWED : 0;
	return st;
}

/* A part that may be more than the whole was meant otherwise. */
static cdt_status check_limits(const struct key *k, struct setting *s)
{
	static const enum limit parts[] = { LIMIT_INPUT_TPM, LIMIT_OUTPUT_TPM };
	const struct config_limits *own = key_limits(k);
	int64_t all = own->max[LIMIT_TPM];
	char must[64];

	for (size_t i = 0; all && i < sizeof parts / sizeof *parts; i++) {
		if (own->max[parts[i]] <= all)
			continue;
		s->name = limit_rows[parts[i]].name;
		(void)snprintf(must, sizeof must, "at most 'tpm', which is %" PRId64, all);
		return setting_refuse(s, must);
	}
	return CDT_OK;
}

/* Sorted. */
static const struct field {
	const char *name;
	cdt_status (*set)(struct key *k, const struct setting *s);
} fields[] = {
	{ "allowed_ips", set_allowed_ips },
	{ "budgets", budgets_set },
	{ "cache", caching_set },
	{ "clamp", set_clamp },
	{ "concurrency", set_limit },
	{ "disabled", set_disabled },
	{ "expires_at", set_expires_at },
	{ "group", set_group },
	{ "input_tpm", set_limit },
	{ "metadata", set_metadata },
	{ "models", set_models },
	{ "name", set_name },
	{ "on_disconnect", set_on_disconnect },
	{ "operations", set_operations },
	{ "output_tpm", set_limit },
	{ "policy", set_policy },
	{ "rpd", set_limit },
	{ "rpm", set_limit },
	{ "shadow", set_shadow },
	{ "tpm", set_limit },
};
enum { FIELD_COUNT = sizeof fields / sizeof *fields };

/* What a group has not. */
static bool is_of_keys_only(cdt_str name)
{
	return str_is(name, "expires_at") || str_is(name, "group");
}

static int compare(const void *key, const void *member)
{
	const cdt_str *name = key;
	const struct field *f = member;

	return str_cmp(*name, str_z(f->name));
}

static cdt_status refuse_unknown(cdt_str name, struct arena *a, struct problem *p)
{
	const char *names[FIELD_COUNT + 1] = { NULL };
	const char *param = arena_str(a, name).p;
	char hint[CONFIG_HINT_SIZE];

	for (size_t i = 0; i < FIELD_COUNT; i++)
		names[i] = fields[i].name;
	return problem_set(p, a, PROBLEM_INVALID_VALUE, param, "unknown member '%.64s'%s",
	                   param ? param : "", config_hint(config_nearest(name, names), hint));
}

static cdt_status apply_one(struct key *k, cdt_str name, struct setting *s)
{
	const struct field *f = bsearch(&name, fields, FIELD_COUNT, sizeof *fields, compare);

	if (!f || (k->is_group && is_of_keys_only(name)))
		return refuse_unknown(name, s->arena, s->problem);
	s->name = f->name;
	return f->set(k, s);
}

cdt_status fields_apply(struct key *k, const struct json *body, struct arena *a,
                        struct problem *p)
{
	struct setting s = { .arena = a, .problem = p };
	cdt_status st = CDT_OK;
	struct json *value;
	cdt_str name;
	size_t it = 0;

	if (json_type(body) != CDT_MAP)
		return problem_set(p, a, PROBLEM_INVALID_VALUE, NULL,
		                   "the body must be a JSON object");
	while (st == CDT_OK && json_next(body, &it, &name, &value)) {
		s.value = value;
		st = apply_one(k, name, &s);
	}
	return st == CDT_OK ? check_limits(k, &s) : st;
}

cdt_status fields_read(struct key *k, const struct json *record)
{
	struct arena arena;
	struct problem unread;
	struct setting s = { .arena = &arena, .problem = &unread };
	cdt_status st = CDT_OK;

	arena_init(&arena, PROBLEM_BYTES, PROBLEM_BYTES);
	for (size_t i = 0; st == CDT_OK && i < FIELD_COUNT; i++) {
		s.name = fields[i].name;
		s.value = json_get(record, s.name);
		if (s.value)
			st = fields[i].set(k, &s);
	}
	arena_fini(&arena);
	return st;
}

void texts_print(struct jsonw *w, const char *name, char *const *list, size_t count)
{
	jsonw_key(w, name);
	jsonw_open(w, '[');
	for (size_t i = 0; i < count; i++)
		jsonw_z(w, list[i]);
	jsonw_close(w);
}

static void print_operations(const struct key *k, struct jsonw *w)
{
	jsonw_key(w, "operations");
	jsonw_open(w, '[');
	for (size_t i = 0; i < OPERATION_COUNT; i++)
		if ((k->operations & operations[i].bits) == operations[i].bits)
			jsonw_z(w, operations[i].name);
	jsonw_close(w);
}

static void print_limits(const struct config_limits *own, struct jsonw *w)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (own->max[i])
			jsonw_put_i64(w, limit_rows[i].name, own->max[i]);
	if (own->shadowed)
		jsonw_put_flag(w, "shadow", true);
}

static void print_balance(const struct key *k, struct jsonw *w)
{
	char usd[MONEY_TEXT_SIZE];

	if (!k->prepaid) {
		jsonw_put_null(w, "balance");
		return;
	}
	jsonw_key(w, "balance");
	jsonw_open(w, '{');
	jsonw_put_z(w, "credit", money_text(k->credit, usd));
	jsonw_close(w);
}

static void print_group(const struct key *k, struct jsonw *w)
{
	if (k->group)
		jsonw_put_z(w, "group", k->group);
	else
		jsonw_put_null(w, "group");
}

static void print_policy(const struct key *k, struct jsonw *w)
{
	if (k->policy)
		jsonw_put_z(w, "policy", k->policy);
	else
		jsonw_put_null(w, "policy");
}

static void print_expiry(const struct key *k, struct jsonw *w)
{
	char text[CLOCK_TEXT_SIZE];

	if (k->expires_ms)
		jsonw_put_z(w, "expires_at", clock_text(k->expires_ms, text));
	else
		jsonw_put_null(w, "expires_at");
}

void fields_print(const struct key *k, struct jsonw *w)
{
	jsonw_put_text(w, "name", str_z(k->name));
	if (!k->is_group)
		print_group(k, w);
	texts_print(w, "models", k->models, k->model_count);
	print_operations(k, w);
	texts_print(w, "allowed_ips", k->origins ? k->origins->texts : NULL,
	            k->origins ? k->origins->count : 0);
	print_policy(k, w);
	print_limits(key_limits(k), w);
	caching_print(k, w);
	jsonw_key(w, "budgets");
	budgets_print(k, w);
	if (k->is_group)
		print_balance(k, w);
	jsonw_put_flag(w, "clamp", k->clamps);
	jsonw_put_z(w, "on_disconnect", k->drains ? "drain" : "cancel");
	if (!k->is_group)
		print_expiry(k, w);
	jsonw_put_raw(w, "metadata", k->metadata ? str_z(k->metadata) : CDT_STR("{}"));
	jsonw_put_flag(w, "disabled", k->disabled);
}
