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
	struct json_member m;          /* its key is plain */
	cdt_str plain;                 /* of an escaped text, once it was asked for */
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
		p->tree = json_parse(p->m.value);
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

static uint32_t part_type(cdt_val v) { return part_of(v)->m.type; }
static cdt_str part_raw(cdt_val v) { return part_of(v)->m.value; }

static cdt_str part_text(cdt_val v)
{
	struct part *p = part_of(v);
	cdt_str inside = { p->m.value.p + 1, p->m.value.n - 2 };
	char *room;

	if (p->m.type != CDT_TEXT)
		return CDT_STR("");
	if (!(p->m.flags & JSON_VALUE_ESCAPED))
		return inside;
	if (p->plain.p)
		return p->plain;
	room = arena_take(p->owner->arena, inside.n);
	if (!room)
		return json_text(tree_of(v));       /* arena full: the tree has it, too */
	p->plain = (cdt_str){ room, json_unescape(inside, room) };
	return p->plain;
}

static int64_t part_i64(cdt_val v, int64_t dflt)
{
	int64_t n;

	if (str_i64(part_of(v)->m.value, &n))
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

	return p->m.type == CDT_FLAG ? p->m.value.p[0] == 't' : dflt;
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

	if (p->m.type == CDT_MAP && !p->inner && !p->tree)
		p->inner = inner_new(p->owner->arena, p->m.value);
	if (p->inner)
		return json_lazy_val(p->inner);
	return p->m.type == CDT_LIST || p->m.type == CDT_MAP ? json_val(tree_of(v)) : v;
}

static uint32_t root_type(cdt_val v) { (void)v; return CDT_MAP; }
static size_t root_count(cdt_val v) { return lazy_of(v)->count; }
static cdt_str root_raw(cdt_val v) { return lazy_of(v)->text; }

static cdt_val root_get(cdt_val v, const char *key)
{
	struct json_lazy *l = lazy_of(v);
	cdt_str wanted = str_z(key);

	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->part[i].m.key, wanted))
			return part_val(&l->part[i]);
	return json_absent();
}

static int root_next(cdt_val v, size_t *it, cdt_str *key, cdt_val *val)
{
	struct json_lazy *l = lazy_of(v);

	if (*it >= l->count)
		return 0;
	*key = l->part[*it].m.key;
	*val = part_val(&l->part[(*it)++]);
	return 1;
}

static const struct cdt_doc_api root_api = {
	.size = sizeof root_api,
	.type = root_type, .count = root_count, .get = root_get, .at = nothing_at,
	.next = root_next, .text = nothing_text, .i64 = nothing_i64, .f64 = nothing_f64,
	.flag = nothing_flag, .raw = root_raw,
};

/* p is zeroed. */
static cdt_status part_set(struct part *p, struct json_lazy *owner, const struct json_member *m)
{
	char *room;

	p->owner = owner;
	p->m = *m;
	if (!(m->flags & JSON_KEY_ESCAPED))
		return CDT_OK;
	room = arena_take(owner->arena, m->key.n);
	if (!room)
		return CDT_E_LIMIT;
	p->m.key = (cdt_str){ room, json_unescape(m->key, room) };
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
		if (part_set(&l->part[i], l, &members[i]) != CDT_OK)
			return l;
	l->count = count;
	return l;
}

/* In scanned text: what is no blank ends it. */
static const char *blanks(const char *p)
{
	while ((uint8_t)*p <= ' ')
		p++;
	return p;
}

static bool escaped(cdt_str s) { return memchr(s.p, '\\', s.n) != NULL; }

/* Walks a map that lies in scanned text: nothing has to be judged again. */
static size_t walk_map(cdt_str map, struct json_member *out, size_t max)
{
	const char *end = map.p + map.n - 1, *p = blanks(map.p + 1);
	size_t count = 0, n;

	while (p < end && count < max) {
		struct json_member *m = &out[count++];

		n = jsonwalk_value((cdt_str){ p, (size_t)(end - p) });
		m->key = (cdt_str){ p + 1, n - 2 };
		m->flags = escaped(m->key) ? JSON_KEY_ESCAPED : 0;
		p = blanks(blanks(p + n) + 1);                         /* the colon */
		n = jsonwalk_value((cdt_str){ p, (size_t)(end - p) });
		m->value = (cdt_str){ p, n };
		m->type = jsonwalk_type(m->value);
		if (m->type == CDT_TEXT && escaped(m->value))
			m->flags |= JSON_VALUE_ESCAPED;
		p = blanks(p + n);
		if (p < end)
			p = blanks(p + 1);                             /* the comma */
	}
	return p < end ? 0 : count;
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
