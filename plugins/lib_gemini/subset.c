/* lib_gemini/subset.c - JSON Schemas in the part of OpenAPI's language that older models take:
 * references are put in place, branches with null become "nullable", what can not be said is
 * left out.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

enum { SOURCES_MAX = 16, REFS_MAX = 16, NODES_MAX = 4096, KEY_MAX = 128 };

/* One schema: the node, what its $ref names, and the branches of its allOf.  Of a keyword that
 * several have the first counts.  cut: a reference leads in a circle, or nowhere. */
struct sources { cdt_val v[SOURCES_MAX]; size_t n; int nullable, cut; };
struct walk {
	struct draft *d;
	cdt_val root;
	cdt_str refs[REFS_MAX];                 /* that are being put in place */
	size_t ref_count, nodes;
};

static void write_node(struct walk *w, cdt_val node);

static cdt_val find(const struct sources *s, const char *key)
{
	cdt_val v = cdt_get(s->v[0], key);

	for (size_t i = 1; i < s->n && cdt_type(v) == CDT_ABSENT; i++)
		v = cdt_get(s->v[i], key);
	return v;
}

/* "#/$defs/Name", and deeper.  Absent: not in this document. */
static cdt_val target_of(const struct walk *w, cdt_str ref)
{
	cdt_val v = w->root;
	char key[KEY_MAX];

	if (!words_begin(ref, "#/"))
		return cdt_get(w->root, "");
	ref = words_after(ref, 2);
	while (ref.n && cdt_type(v) != CDT_ABSENT) {
		size_t n = 0;

		while (n < ref.n && ref.p[n] != '/' && n + 1 < sizeof key) {
			key[n] = ref.p[n];
			n++;
		}
		key[n] = '\0';
		v = cdt_get(v, key);
		ref = words_after(ref, n + (n < ref.n));
	}
	return v;
}

static int is_null(cdt_val branch)
{
	return cdt_is(cdt_text(cdt_get(branch, "type")), "null");
}

static void add(struct walk *w, struct sources *s, cdt_val node);

static void add_ref(struct walk *w, struct sources *s, cdt_str ref)
{
	cdt_val found = target_of(w, ref);

	s->cut = cdt_type(found) != CDT_MAP || w->ref_count == REFS_MAX;
	for (size_t i = 0; i < w->ref_count; i++)
		s->cut |= words_same(w->refs[i], ref);
	if (s->cut)
		return;
	w->refs[w->ref_count++] = ref;
	add(w, s, found);
}

/* An only branch beside null becomes part of the schema itself. */
static void add_branches(struct walk *w, struct sources *s, cdt_val list)
{
	size_t n = 0, last = 0;

	for (size_t i = 0; i < cdt_count(list); i++) {
		if (is_null(cdt_at(list, i))) {
			s->nullable = 1;
			continue;
		}
		n++;
		last = i;
	}
	if (n == 1)
		add(w, s, cdt_at(list, last));
}

static void add(struct walk *w, struct sources *s, cdt_val node)
{
	cdt_val all = cdt_get(node, "allOf"), ref = cdt_get(node, "$ref");

	if (s->n == SOURCES_MAX || cdt_type(node) != CDT_MAP)
		return;
	s->v[s->n++] = node;
	if (cdt_type(ref) == CDT_TEXT)
		add_ref(w, s, cdt_text(ref));
	for (size_t i = 0; i < cdt_count(all); i++)
		add(w, s, cdt_at(all, i));
	add_branches(w, s, cdt_get(node, "anyOf"));
	add_branches(w, s, cdt_get(node, "oneOf"));
}

/* --- types --- */

static void put_type(struct walk *w, cdt_str type)
{
	cdt_put_text(w->d->o, "type", type);
}

static size_t real_types(struct sources *s, cdt_val list, cdt_str *first)
{
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(list); i++) {
		cdt_str type = cdt_text(cdt_at(list, i));

		if (cdt_is(type, "null"))
			s->nullable = 1;
		else if (n++ == 0)
			*first = type;
	}
	return n;
}

/* Of a schema that does not say it. */
static cdt_str guess(const struct sources *s)
{
	if (s->cut || cdt_type(find(s, "properties")) == CDT_MAP)
		return CDT_STR("object");
	if (cdt_type(find(s, "items")) != CDT_ABSENT)
		return CDT_STR("array");
	return s->n > 1 || cdt_count(s->v[0]) ? CDT_STR("string") : CDT_STR("object");
}

static int has_branches(cdt_val list)
{
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(list); i++)
		n += !is_null(cdt_at(list, i));
	return n > 1;
}

static void write_branches(struct walk *w, cdt_val list)
{
	struct cdt_out *o = w->d->o;

	o->api->key(o, "anyOf");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(list); i++)
		if (!is_null(cdt_at(list, i)))
			write_node(w, cdt_at(list, i));
	cdt_close(o);
}

static void write_types(struct walk *w, cdt_val list)
{
	struct cdt_out *o = w->d->o;

	o->api->key(o, "anyOf");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(list); i++) {
		if (cdt_is(cdt_text(cdt_at(list, i)), "null"))
			continue;
		cdt_open(o, '{');
		put_type(w, cdt_text(cdt_at(list, i)));
		cdt_close(o);
	}
	cdt_close(o);
}

/* The type, "" when several branches stand in its place. */
static cdt_str write_type(struct walk *w, struct sources *s)
{
	cdt_val type = find(s, "type"), any = find(s, "anyOf"), one = find(s, "oneOf");
	cdt_str word = cdt_text(type);

	if (has_branches(any) || has_branches(one)) {
		write_branches(w, has_branches(any) ? any : one);
		return CDT_STR("");
	}
	if (cdt_type(type) == CDT_LIST && real_types(s, type, &word) > 1) {
		write_types(w, type);
		return CDT_STR("");
	}
	if (word.n == 0 || cdt_is(word, "null"))
		word = guess(s);
	put_type(w, word);
	return word;
}

/* --- values --- */

static int all_texts(cdt_val list)
{
	for (size_t i = 0; i < cdt_count(list); i++)
		if (cdt_type(cdt_at(list, i)) != CDT_TEXT)
			return 0;
	return 1;
}

/* Only texts can be listed, and not the empty one. */
static void write_enum(struct walk *w, const struct sources *s, cdt_str type)
{
	cdt_val list = find(s, "enum"), only = find(s, "const");
	struct cdt_out *o = w->d->o;
	int open = 0;

	if (!cdt_is(type, "string"))
		return;
	if (cdt_text(only).n) {
		o->api->key(o, "enum");
		cdt_open(o, '[');
		o->api->text(o, cdt_text(only));
		cdt_close(o);
		return;
	}
	for (size_t i = 0; i < cdt_count(list) && all_texts(list); i++) {
		if (cdt_text(cdt_at(list, i)).n == 0)
			continue;
		if (!open)
			o->api->key(o, "enum"), cdt_open(o, '[');
		open = 1;
		o->api->text(o, cdt_text(cdt_at(list, i)));
	}
	if (open)
		cdt_close(o);
}

static const struct { const char *type, *format; } formats[] = {
	{ "integer", "int32" }, { "integer", "int64" }, { "number", "double" },
	{ "number", "float" }, { "string", "date-time" }, { "string", "enum" },
};

static void write_format(struct walk *w, const struct sources *s, cdt_str type)
{
	cdt_val format = find(s, "format");

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (cdt_is(type, formats[i].type)
		    && cdt_is(cdt_text(format), formats[i].format))
			cdt_put_val(w->d->o, "format", format);
}

static void write_bound(struct walk *w, const struct sources *s, const char *key,
                        const char *strict)
{
	cdt_val v = find(s, key);

	if (cdt_type(v) == CDT_ABSENT)
		v = find(s, strict);
	if (cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL)
		cdt_put_val(w->d->o, key, v);
}

static void write_plain(struct walk *w, const struct sources *s)
{
	static const char *const kept[] = {
		"default", "description", "example", "maxItems", "maxLength", "maxProperties",
		"minItems", "minLength", "minProperties", "pattern", "propertyOrdering",
		"title",
	};

	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		cdt_put_val(w->d->o, kept[i], find(s, kept[i]));
	write_bound(w, s, "minimum", "exclusiveMinimum");
	write_bound(w, s, "maximum", "exclusiveMaximum");
}

/* --- members --- */

static int seen_before(const struct sources *s, size_t i, const char *name)
{
	for (size_t k = 0; k < i; k++)
		if (cdt_type(cdt_get(cdt_get(s->v[k], "properties"), name)) != CDT_ABSENT)
			return 1;
	return 0;
}

static void write_properties(struct walk *w, const struct sources *s)
{
	struct cdt_out *o = w->d->o;
	cdt_str name;
	cdt_val v;

	o->api->key(o, "properties");
	cdt_open(o, '{');
	for (size_t i = 0; i < s->n; i++) {
		cdt_val map = cdt_get(s->v[i], "properties");
		size_t it = 0;

		while (cdt_type(map) == CDT_MAP && map.api->next(map, &it, &name, &v)) {
			const char *z = words_join(w->d->call, &name, 1).p;

			if (!z || seen_before(s, i, z))
				continue;
			o->api->key(o, z);
			write_node(w, v);
		}
	}
	cdt_close(o);
}

static void write_required(struct walk *w, const struct sources *s)
{
	struct cdt_out *o = w->d->o;
	int open = 0;

	for (size_t i = 0; i < s->n; i++) {
		cdt_val list = cdt_get(s->v[i], "required");

		for (size_t k = 0; k < cdt_count(list); k++) {
			cdt_str name = cdt_text(cdt_at(list, k));
			const char *z = words_join(w->d->call, &name, 1).p;

			if (!z || !seen_before(s, s->n, z))
				continue;
			if (!open)
				o->api->key(o, "required"), cdt_open(o, '[');
			open = 1;
			o->api->text(o, name);
		}
	}
	if (open)
		cdt_close(o);
}

static void write_items(struct walk *w, const struct sources *s)
{
	cdt_val items = find(s, "items");
	struct cdt_out *o = w->d->o;

	if (cdt_type(items) == CDT_LIST)
		items = cdt_at(items, 0);
	o->api->key(o, "items");
	if (cdt_type(items) == CDT_MAP) {
		write_node(w, items);
		return;
	}
	cdt_open(o, '{');
	put_type(w, CDT_STR("string"));
	cdt_close(o);
}

static void write_node(struct walk *w, cdt_val node)
{
	struct sources s = { .n = 0 };
	size_t refs = w->ref_count;
	struct cdt_out *o = w->d->o;
	cdt_val nullable;
	cdt_str type;

	if (++w->nodes > NODES_MAX)
		gemini_refuse(w->d, CDT_E_INVALID, "", "A schema is too large.");
	s.v[0] = node;
	add(w, &s, node);
	s.n = s.n ? s.n : 1;
	cdt_open(o, '{');
	if (w->d->status == CDT_OK) {
		type = write_type(w, &s);
		write_plain(w, &s);
		write_enum(w, &s, type);
		write_format(w, &s, type);
		if (cdt_is(type, "object") && cdt_type(find(&s, "properties")) == CDT_MAP) {
			write_properties(w, &s);
			write_required(w, &s);
		}
		if (cdt_is(type, "array"))
			write_items(w, &s);
		nullable = find(&s, "nullable");
		if (s.nullable || nullable.api->flag(nullable, 0))
			cdt_put_flag(o, "nullable", 1);
	}
	cdt_close(o);
	w->ref_count = refs;
}

void gemini_write_subset(struct draft *d, cdt_val schema)
{
	struct walk w = { .d = d, .root = schema };

	write_node(&w, schema);
}
