/* base/jsonlazy.c - a document over text: the outermost members are spans, and only those
 * that are lists become trees, when somebody looks; a map is such a document again.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <string.h>

#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { INNER_MEMBERS_MAX = 32 };

struct part {
	struct json_lazy *owner;
	cdt_str key, value;
	uint32_t type;
	uint32_t escaped;              /* of a text: has to be unescaped still */
	cdt_str plain;                 /* of a text: what it says */
	struct json *tree;             /* once it was asked for */
	struct json_lazy *inner;       /* of a map: the same for its members */
};

struct json_lazy {
	struct arena *arena;
	cdt_str text;
	struct json *whole;            /* of a text that is no map, once it was asked for */
	size_t count;
	struct part part[];
};

/* What is remembered behind a const node does not change what it says. */
static struct part *part_of(cdt_val v) { return (struct part *)(uintptr_t)v.node; }
static struct json_lazy *lazy_of(cdt_val v) { return (struct json_lazy *)(uintptr_t)v.node; }

static const struct json *tree_of(cdt_val v)
{
	struct part *p = part_of(v);

	if (!p->tree)
		p->tree = json_parse(p->value);
	return p->tree;
}

static cdt_val nothing_get(cdt_val v, const char *key)
{
	(void)v, (void)key;
	return json_absent();
}

static cdt_val nothing_at(cdt_val v, size_t i) { (void)v, (void)i; return json_absent(); }
static cdt_str nothing_text(cdt_val v) { (void)v; return CDT_STR(""); }
static int64_t nothing_i64(cdt_val v, int64_t dflt) { (void)v; return dflt; }
static double nothing_f64(cdt_val v, double dflt) { (void)v; return dflt; }
static int nothing_flag(cdt_val v, int dflt) { (void)v; return dflt; }
static size_t nothing_count(cdt_val v) { (void)v; return 0; }

static int nothing_next(cdt_val v, size_t *it, cdt_str *key, cdt_val *val)
{
	(void)v, (void)it, (void)key, (void)val;
	return 0;
}

static uint32_t part_type(cdt_val v) { return part_of(v)->type; }
static cdt_str part_raw(cdt_val v) { return part_of(v)->value; }

static cdt_str part_text(cdt_val v)
{
	struct part *p = part_of(v);
	char *room;

	if (p->type != CDT_TEXT)
		return CDT_STR("");
	if (!p->escaped)
		return p->plain;
	room = arena_take(p->owner->arena, p->plain.n);
	if (!room)
		return json_text(tree_of(v));       /* arena full: the tree has it, too */
	p->plain = (cdt_str){ room, json_unescape(p->plain, room) };
	p->escaped = 0;
	return p->plain;
}

static int64_t part_i64(cdt_val v, int64_t dflt)
{
	int64_t n;

	if (str_i64(part_of(v)->value, &n))
		return n;
	return json_i64(tree_of(v), dflt);
}

static double part_f64(cdt_val v, double dflt)
{
	return json_f64(tree_of(v), dflt);
}

static int part_flag(cdt_val v, int dflt)
{
	const struct part *p = part_of(v);

	return p->type == CDT_FLAG ? p->value.p[0] == 't' : dflt;
}

static const struct cdt_doc_api part_api = {
	.size = sizeof part_api,
	.type = part_type, .count = nothing_count, .get = nothing_get, .at = nothing_at,
	.next = nothing_next, .text = part_text, .i64 = part_i64, .f64 = part_f64,
	.flag = part_flag, .raw = part_raw,
};

static struct json_lazy *inner_new(struct arena *a, cdt_str map);

static cdt_val part_val(struct part *p)
{
	cdt_val v = { &part_api, p };

	if (p->type == CDT_MAP && !p->inner && !p->tree)
		p->inner = inner_new(p->owner->arena, p->value);
	if (p->inner)
		return json_lazy_val(p->inner);
	return p->type == CDT_LIST || p->type == CDT_MAP ? json_val(tree_of(v)) : v;
}

static uint32_t root_type(cdt_val v) { (void)v; return CDT_MAP; }
static size_t root_count(cdt_val v) { return lazy_of(v)->count; }
static cdt_str root_raw(cdt_val v) { return lazy_of(v)->text; }

static cdt_val root_get(cdt_val v, const char *key)
{
	struct json_lazy *l = lazy_of(v);
	cdt_str wanted = str_z(key);

	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->part[i].key, wanted))
			return part_val(&l->part[i]);
	return json_absent();
}

static int root_next(cdt_val v, size_t *it, cdt_str *key, cdt_val *val)
{
	struct json_lazy *l = lazy_of(v);

	if (*it >= l->count)
		return 0;
	*key = l->part[*it].key;
	*val = part_val(&l->part[(*it)++]);
	return 1;
}

static const struct cdt_doc_api root_api = {
	.size = sizeof root_api,
	.type = root_type, .count = root_count, .get = root_get, .at = nothing_at,
	.next = root_next, .text = nothing_text, .i64 = nothing_i64, .f64 = nothing_f64,
	.flag = nothing_flag, .raw = root_raw,
};

static cdt_status part_set(struct json_lazy *l, const struct json_member *m)
{
	cdt_str key = m->key;

	if (m->flags & JSON_KEY_ESCAPED) {
		char *room = arena_take(l->arena, key.n);

		if (!room)
			return CDT_E_LIMIT;
		key = (cdt_str){ room, json_unescape(key, room) };
	}
	l->part[l->count++] = (struct part){
		.owner = l, .key = key, .value = m->value, .type = m->type,
		.escaped = m->flags & JSON_VALUE_ESCAPED,
		.plain = m->type == CDT_TEXT ? (cdt_str){ m->value.p + 1, m->value.n - 2 }
		                             : CDT_STR(""),
	};
	return CDT_OK;
}

struct json_lazy *json_lazy_of(struct arena *a, cdt_str text, const struct json_member *members,
                               size_t count)
{
	struct json_lazy *l = arena_take(a, sizeof *l + count * sizeof l->part[0]);

	if (!l)
		return NULL;
	l->arena = a;
	l->text = str_trim(text);
	for (size_t i = 0; i < count; i++)
		if (part_set(l, &members[i]) != CDT_OK) {
			l->count = 0;
			break;
		}
	return l;
}

/* Walks a map that lies in scanned text: nothing has to be judged again. */
static size_t walk_map(cdt_str map, struct json_member *out, size_t max)
{
	cdt_str rest = str_trim((cdt_str){ map.p + 1, map.n - 2 });
	size_t count = 0, key, value;

	while (rest.n && count < max) {
		struct json_member *m = &out[count++];

		key = jsonwalk_value(rest);
		m->key = (cdt_str){ rest.p + 1, key - 2 };
		m->flags = memchr(m->key.p, '\\', m->key.n) ? JSON_KEY_ESCAPED : 0;
		rest = jsonwalk_blanks(str_skip(rest, key));
		rest = jsonwalk_blanks(str_skip(rest, 1));             /* the colon */
		value = jsonwalk_value(rest);
		m->value = (cdt_str){ rest.p, value };
		m->type = jsonwalk_type(m->value);
		if (m->type == CDT_TEXT && memchr(rest.p, '\\', value))
			m->flags |= JSON_VALUE_ESCAPED;
		rest = jsonwalk_blanks(str_skip(rest, value));
		if (rest.n)
			rest = jsonwalk_blanks(str_skip(rest, 1));     /* the comma */
	}
	return rest.n ? 0 : count;
}

/* NULL: it has more members than fit (or none); a tree takes it. */
static struct json_lazy *inner_new(struct arena *a, cdt_str map)
{
	struct json_member members[INNER_MEMBERS_MAX];
	size_t count = walk_map(map, members, INNER_MEMBERS_MAX);

	return count ? json_lazy_of(a, map, members, count) : NULL;
}

struct json_lazy *json_lazy_new(struct arena *a, cdt_str text)
{
	struct jsonscan scan;

	/* More members than a scan lists: none of them is a part, the whole becomes a tree. */
	bool listed = jsonscan(&scan, text) == CDT_OK && scan.type == CDT_MAP;

	return json_lazy_of(a, text, scan.member, listed ? scan.count : 0);
}

cdt_val json_lazy_val(struct json_lazy *l)
{
	if (!l)
		return json_absent();
	if (l->count)
		return (cdt_val){ &root_api, l };
	if (!l->whole)
		l->whole = json_parse(l->text);
	return json_val(l->whole);
}

void json_lazy_free(struct json_lazy *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		json_free(l->part[i].tree);
		json_lazy_free(l->part[i].inner);
	}
	json_free(l->whole);
	l->count = 0;
	l->whole = NULL;
}
