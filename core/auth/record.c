/* auth/record.c - how a key is stored: a head, then members as {tag, size, bytes}, numbers
 * big-endian, in the order of `members`.  What says nothing is not there; tags that are not
 * known are passed over.  Records that begin with '{' are of an earlier version and only read.
 * SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "auth/budgets.h"
#include "auth/caching.h"
#include "auth/origins.h"
#include "base/bigend.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "ledger/zones.h"

enum { FORMAT = 2, OLD_FORMAT = 1, SIZE_BYTES = 2, WATCHES = 1 };
enum { DISABLED = 1, PREPAID = 2, CLAMPS = 4, DRAINS = 8 };

/* --- bytes --- */

static void put_number(struct buf *out, uint64_t v, size_t bytes)
{
	char at[sizeof v];

	big_put(at, v, bytes);
	buf_add(out, str_from(at, bytes));
}

/* Ends with a NUL, so that lists are texts one after the other: none has one inside. */
static void put_text(struct buf *out, const char *text)
{
	if (text)
		buf_add_z(out, text);
	buf_add_c(out, '\0');
}

static void put_list(struct buf *out, char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_text(out, list[i]);
}

/* ok turns false at the first thing that does not fit, and stays so. */
struct reader { cdt_str rest; bool ok; };

static cdt_str get_bytes(struct reader *r, size_t n)
{
	cdt_str bytes = { r->rest.p, n };

	r->ok = r->ok && r->rest.n >= n;
	if (!r->ok)
		return (cdt_str){ "", 0 };
	r->rest = str_skip(r->rest, n);
	return bytes;
}

static uint64_t get_number(struct reader *r, size_t bytes)
{
	cdt_str from = get_bytes(r, bytes);

	return big_get(from.p, from.n);
}

static cdt_str get_text(struct reader *r)
{
	cdt_str text = get_bytes(r, str_find(r->rest, '\0'));

	(void)get_bytes(r, 1);
	return text;
}

/* All that is left. */
static void get_list(struct reader *r, size_t max, char ***list, size_t *count)
{
	struct reader ahead = *r;
	size_t n = 0;

	while (ahead.ok && ahead.rest.n) {
		(void)get_text(&ahead);
		n++;
	}
	r->ok = r->ok && ahead.ok && n <= max && !*list;
	if (!r->ok || !n)
		return;
	*list = mem_new_array(n, sizeof **list);
	*count = n;
	for (size_t i = 0; i < n; i++) {
		cdt_str text = get_text(r);

		(*list)[i] = mem_text(text.p, text.n);
	}
}

/* --- members that are more than a number or a text --- */

static void put_hash(const struct key *k, struct buf *out)
{
	if (!k->is_group)
		buf_add(out, str_from((const char *)k->hash, SHA256_SIZE));
}

static void get_hash(struct key *k, struct reader *r)
{
	cdt_str hash = get_bytes(r, SHA256_SIZE);

	memcpy(k->hash, hash.p, hash.n);
}

static void put_former(const struct key *k, struct buf *out)
{
	if (!k->former)
		return;
	buf_add(out, str_from((const char *)k->former->hash, SHA256_SIZE));
	put_number(out, (uint64_t)k->former->until_ms, 8);
}

static void get_former(struct key *k, struct reader *r)
{
	cdt_str hash = get_bytes(r, SHA256_SIZE);

	r->ok = r->ok && !k->former;
	if (!r->ok)
		return;
	k->former = mem_new(sizeof *k->former);
	memcpy(k->former->hash, hash.p, hash.n);
	k->former->until_ms = (int64_t)get_number(r, 8);
}

static void put_models(const struct key *k, struct buf *out)
{
	put_list(out, k->models, k->model_count);
}

static void get_models(struct key *k, struct reader *r)
{
	size_t count = k->model_count;

	get_list(r, KEY_PATTERNS_MAX, &k->models, &count);
	k->model_count = (uint32_t)count;
}

static void put_allowed_ips(const struct key *k, struct buf *out)
{
	if (k->origins)
		put_list(out, k->origins->texts, k->origins->count);
}

static void get_allowed_ips(struct key *k, struct reader *r)
{
	char **texts = NULL;
	size_t count = 0;

	get_list(r, KEY_PATTERNS_MAX, &texts, &count);
	if (r->ok && !k->origins)
		k->origins = origins_take(texts, count);
	r->ok = r->ok && k->origins && k->origins->texts == texts;
	if (!r->ok)
		texts_free(texts, count);
}

static void put_limits(const struct key *k, struct buf *out)
{
	const struct config_limits *own = key_limits(k);

	if (!own->shadowed && !limits_any(own))
		return;
	put_number(out, own->shadowed, 4);
	for (int i = 0; i < LIMIT_COUNT; i++)
		put_number(out, (uint64_t)own->max[i], 8);
}

/* A later version may have more of them. */
static void get_limits(struct key *k, struct reader *r)
{
	uint32_t shadowed = (uint32_t)get_number(r, 4);

	r->ok = r->ok && !k->limits;
	if (!r->ok)
		return;
	k->limits = mem_new(sizeof *k->limits);
	k->limits->shadowed = shadowed;
	for (int i = 0; i < LIMIT_COUNT && r->rest.n; i++)
		k->limits->max[i] = (int64_t)get_number(r, 8);
}

/* Numbers are one more than they are, so that -1, which says nothing, is 0. */
static void put_caching(const struct key *k, struct buf *out)
{
	const struct config_cache_rules *own = k->caching;

	if (!own)
		return;
	put_number(out, (uint64_t)(own->enabled + 1), 1);
	put_number(out, (uint64_t)(own->scope + 1), 1);
	put_number(out, (uint64_t)(own->ttl_ms + 1), 8);
	put_number(out, (uint64_t)(own->max_temperature + 1), 8);
	put_text(out, own->ns);
}

/* A later version may have more of them. */
static void get_caching(struct key *k, struct reader *r)
{
	struct config_cache_rules own = {
		.enabled = (int)get_number(r, 1) - 1, .scope = (int)get_number(r, 1) - 1,
		.ttl_ms = (int64_t)get_number(r, 8) - 1,
		.max_temperature = (int64_t)get_number(r, 8) - 1,
	};
	cdt_str ns = get_text(r);

	r->ok = r->ok && !k->caching && caching_is_good(&own) && ns.n <= CACHING_NAME_MAX;
	if (!r->ok)
		return;
	own.ns = ns.n ? mem_text(ns.p, ns.n) : NULL;
	k->caching = mem_new(sizeof *k->caching);
	*k->caching = own;
}

static void put_budget(const struct budget *b, struct buf *out)
{
	char period[PERIOD_TEXT_SIZE];

	put_number(out, b->number, 8);
	put_number(out, (uint64_t)b->nanousd, 8);
	put_number(out, b->watches ? WATCHES : 0, 1);
	put_text(out, period_text(&b->period, period));
	put_text(out, b->timezone);
	put_list(out, b->models, b->model_count);
}

static void get_budget(struct budget *b, struct reader *r)
{
	cdt_str zone;

	b->number = get_number(r, 8);
	b->nanousd = (int64_t)get_number(r, 8);
	b->watches = get_number(r, 1) & WATCHES;
	r->ok = period_parse(get_text(r), &b->period) && r->ok;
	zone = get_text(r);
	r->ok = r->ok && (!zone.n || zone_name_ok(zone));
	b->zone = r->ok && zone.n ? zones_stored(zone) : zone_utc();
	b->timezone = r->ok && zone.n ? mem_text(zone.p, zone.n) : NULL;
	get_list(r, BUDGET_MODELS_MAX, &b->models, &b->model_count);
}

/* Each with its size before it. */
static void put_budgets(const struct key *k, struct buf *out)
{
	for (size_t i = 0; i < k->budget_count; i++) {
		size_t at = out->n;

		put_number(out, 0, SIZE_BYTES);
		put_budget(&k->budgets[i], out);
		if (out->status == CDT_OK) {
			size_t n = out->n - at - SIZE_BYTES;

			big_put(out->p + at, n, SIZE_BYTES);
		}
	}
}

static size_t count_budgets(struct reader r)
{
	size_t n = 0;

	while (r.ok && r.rest.n) {
		(void)get_bytes(&r, (size_t)get_number(&r, SIZE_BYTES));
		n++;
	}
	return r.ok ? n : SIZE_MAX;
}

static void get_budgets(struct key *k, struct reader *r)
{
	size_t n = count_budgets(*r);

	r->ok = r->ok && n && n <= BUDGETS_MAX && !k->budgets;
	if (!r->ok)
		return;
	k->budgets = mem_new_array(n, sizeof *k->budgets);
	k->budget_count = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		struct reader one = { get_bytes(r, (size_t)get_number(r, SIZE_BYTES)), true };

		get_budget(&k->budgets[i], &one);
		r->ok = r->ok && one.ok;
	}
}

/* --- all of them --- */

/* Tags never change; those of numbers and texts say where in the key. */
static const struct member {
	uint8_t tag;
	enum { NUMBER, TEXT, PART } kind;
	size_t at;
	void (*put)(const struct key *k, struct buf *out);     /* nothing: it is not there */
	void (*get)(struct key *k, struct reader *r);
} members[] = {
	{ 1, PART, 0, put_hash, get_hash },
	{ 2, NUMBER, offsetof(struct key, created_ms), NULL, NULL },
	{ 3, NUMBER, offsetof(struct key, updated_ms), NULL, NULL },
	{ 4, TEXT, offsetof(struct key, name), NULL, NULL },
	{ 5, TEXT, offsetof(struct key, group), NULL, NULL },
	{ 6, NUMBER, offsetof(struct key, expires_ms), NULL, NULL },
	{ 7, NUMBER, offsetof(struct key, operations), NULL, NULL },
	{ 8, PART, 0, put_models, get_models },
	{ 9, PART, 0, put_limits, get_limits },
	{ 10, PART, 0, put_budgets, get_budgets },
	{ 11, PART, 0, put_allowed_ips, get_allowed_ips },
	{ 12, TEXT, offsetof(struct key, metadata), NULL, NULL },
	{ 13, PART, 0, put_former, get_former },
	{ 14, NUMBER, offsetof(struct key, credit), NULL, NULL },
	{ 15, TEXT, offsetof(struct key, policy), NULL, NULL },
	{ 16, PART, 0, put_caching, get_caching },
};
enum { MEMBERS = sizeof members / sizeof *members };

static void put_value(const struct key *k, const struct member *m, struct buf *out)
{
	const char *at = (const char *)k + m->at, *text;
	uint64_t number;

	if (m->kind == PART) {
		m->put(k, out);
	} else if (m->kind == TEXT) {
		memcpy(&text, at, sizeof text);
		buf_add_z(out, text ? text : "");
	} else {
		memcpy(&number, at, sizeof number);
		put_number(out, number, number ? sizeof number : 0);
	}
}

static void get_value(struct key *k, const struct member *m, struct reader *r)
{
	char *at = (char *)k + m->at, *text;
	uint64_t number;

	if (m->kind == PART) {
		m->get(k, r);
	} else if (m->kind == TEXT) {
		memcpy(&text, at, sizeof text);
		r->ok = r->ok && !text;
		text = r->ok ? mem_text(r->rest.p, r->rest.n) : text;
		memcpy(at, &text, sizeof text);
	} else {
		number = get_number(r, sizeof number);
		memcpy(at, &number, sizeof number);
	}
}

static void put_member(const struct key *k, const struct member *m, struct buf *out)
{
	size_t at = out->n, n;

	put_number(out, m->tag, 1);
	put_number(out, 0, SIZE_BYTES);
	put_value(k, m, out);
	if (out->status != CDT_OK)
		return;
	n = out->n - at - 1 - SIZE_BYTES;
	big_put(out->p + at + 1, n, SIZE_BYTES);
	if (!n)
		out->n = at;
	else if (n > UINT16_MAX)
		out->status = CDT_E_LIMIT;
}

void key_encode(const struct key *k, struct buf *out)
{
	uint32_t flags = (k->disabled ? DISABLED : 0) | (k->prepaid ? PREPAID : 0) |
	                 (k->clamps ? CLAMPS : 0) | (k->drains ? DRAINS : 0);

	put_number(out, FORMAT, 1);
	put_number(out, flags, 1);
	put_number(out, k->version, 4);
	for (size_t i = 0; i < MEMBERS; i++)
		put_member(k, &members[i], out);
}

static bool read_members(struct key *k, struct reader *r)
{
	bool has_hash = k->is_group;

	while (r->ok && r->rest.n) {
		uint8_t tag = (uint8_t)get_number(r, 1);
		struct reader value = { get_bytes(r, (size_t)get_number(r, SIZE_BYTES)), true };

		for (size_t i = 0; r->ok && i < MEMBERS; i++)
			if (members[i].tag == tag)
				get_value(k, &members[i], &value);
		has_hash |= tag == members[0].tag;
		r->ok = r->ok && value.ok;
	}
	return r->ok && has_hash;
}

static bool read_binary(struct key *k, cdt_str record)
{
	struct reader r = { record, true };
	bool known = get_number(&r, 1) == FORMAT;
	uint64_t flags = get_number(&r, 1);

	k->disabled = flags & DISABLED;
	k->prepaid = flags & PREPAID;
	k->clamps = flags & CLAMPS;
	k->drains = flags & DRAINS;
	k->version = (uint32_t)get_number(&r, 4);
	return known && k->version && read_members(k, &r);
}

/* --- JSON, of an earlier version --- */

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

static bool read_tree(struct key *k, const struct json *record)
{
	int64_t version = json_i64(json_get(record, "version"), 0);

	if (json_i64(json_get(record, "v"), 0) != OLD_FORMAT || version <= 0 ||
	    version > UINT32_MAX)
		return false;
	if (!k->is_group &&
	    (!read_hash(json_get(record, "hash"), k->hash) || !read_former(k, record)))
		return false;
	k->version = (uint32_t)version;
	k->created_ms = json_i64(json_get(record, "created_ms"), 0);
	k->updated_ms = json_i64(json_get(record, "updated_ms"), 0);
	return fields_read(k, record) == CDT_OK;
}

static bool read_json(struct key *k, cdt_str record)
{
	struct json *tree = json_parse(record);
	bool good = tree && read_tree(k, tree);

	json_free(tree);
	return good;
}

/* --- the door --- */

/* Fills k, or frees it. */
static struct key *decode_give(struct key *k, cdt_str record)
{
	bool is_old = record.n && record.p[0] == '{';

	if ((is_old ? read_json : read_binary)(k, record))
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
