/* lib_anthropic/schema.c - JSON Schemas as Anthropic takes them: for structured output
 * only a part of the language, with every object closed; what falls outside is said in the
 * description, so that the model still knows.  Ordinary tools may use all of it, but their
 * root must be a plain object.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

enum { NOTES_MAX = 32, NAME_BYTES_MAX = 512 };

static void clean(struct draft *d, cdt_val node);

/* A name of a member as the writer wants it: NUL-ended. */
static const char *name_of(struct draft *d, cdt_str key)
{
	return words_join(d->call, &key, 1).p;
}

static void clean_map(struct draft *d, const char *key, cdt_val map)
{
	size_t it = 0;
	cdt_str name;
	cdt_val v;

	d->o->api->key(d->o, key);
	cdt_open(d->o, '{');
	while (map.api->next(map, &it, &name, &v) && d->turns.status == CDT_OK) {
		const char *z = name_of(d, name);

		if (!z) {
			anthropic_refuse(d, CDT_E_LIMIT, "", "A schema is too large.");
			break;
		}
		d->o->api->key(d->o, z);
		clean(d, v);
	}
	cdt_close(d->o);
}

static void clean_list(struct draft *d, const char *key, cdt_val list)
{
	d->o->api->key(d->o, key);
	cdt_open(d->o, '[');
	for (size_t i = 0; i < cdt_count(list); i++)
		clean(d, cdt_at(list, i));
	cdt_close(d->o);
}

static void clean_one(struct draft *d, const char *key, cdt_val node)
{
	if (cdt_type(node) == CDT_LIST) {
		clean_list(d, key, node);
		return;
	}
	d->o->api->key(d->o, key);
	clean(d, node);
}

static void copy(struct draft *d, const char *key, cdt_val v)
{
	cdt_put_val(d->o, key, v);
}

/* Sorted by name; what is not here and not a note is left out. */
static const struct { const char *key; void (*write)(struct draft *, const char *, cdt_val); }
kept[] = {
	{ "$defs", clean_map },
	{ "allOf", clean_list },
	{ "anyOf", clean_list },
	{ "const", copy },
	{ "default", copy },
	{ "definitions", clean_map },
	{ "enum", copy },
	{ "items", clean_one },
	{ "properties", clean_map },
	{ "required", copy },
	{ "title", copy },
	{ "type", copy },
};

static const char *const noted[] = {
	"exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties",
	"maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not",
	"pattern", "uniqueItems",
};

static const char *const formats[] = {
	"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uri",
	"uuid",
};

static int known_format(cdt_str format)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (cdt_is(format, formats[i]))
			return 1;
	return 0;
}

static size_t add_note(cdt_str *notes, size_t n, const char *key, cdt_val v)
{
	if (cdt_type(v) == CDT_ABSENT || n + 4 > 4 * NOTES_MAX)
		return n;
	notes[n] = n ? CDT_STR("; ") : CDT_STR("(");
	n++;
	notes[n++] = words_z(key);
	notes[n++] = CDT_STR(": ");
	notes[n++] = v.api->raw(v);
	return n;
}

/* "The age (minimum: 0; maximum: 150)" */
static void put_description(struct draft *d, cdt_val node)
{
	cdt_str text = cdt_text(cdt_get(node, "description"));
	cdt_str all[4 * NOTES_MAX + 3], *notes = all + 2;
	cdt_val format = cdt_get(node, "format");
	size_t n = 0;

	for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++)
		n = add_note(notes, n, noted[i], cdt_get(node, noted[i]));
	if (known_format(cdt_text(format)))
		cdt_put_val(d->o, "format", format);
	else
		n = add_note(notes, n, "format", format);
	if (n)
		notes[n++] = CDT_STR(")");
	all[0] = text;
	all[1] = text.n && n ? CDT_STR(" ") : CDT_STR("");
	if (text.n || n)
		cdt_put_text(d->o, "description", words_join(d->call, all, n + 2));
}

static int is_object(cdt_val node)
{
	cdt_val type = cdt_get(node, "type");

	if (cdt_is(cdt_text(type), "object"))
		return 1;
	for (size_t i = 0; i < cdt_count(type); i++)
		if (cdt_is(cdt_text(cdt_at(type, i)), "object"))
			return 1;
	return cdt_type(cdt_get(node, "properties")) == CDT_MAP;
}

/* Recursion ends with the document's own depth, which the host limits to 64. */
static void clean(struct draft *d, cdt_val node)
{
	struct cdt_out *o = d->o;
	cdt_val ref = cdt_get(node, "$ref"), one_of = cdt_get(node, "oneOf");

	cdt_open(o, '{');
	if (cdt_type(ref) == CDT_TEXT) {
		cdt_put_val(o, "$ref", ref);
		cdt_close(o);
		return;
	}
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		cdt_val v = cdt_get(node, kept[i].key);

		if (cdt_type(v) != CDT_ABSENT)
			kept[i].write(d, kept[i].key, v);
	}
	if (cdt_type(one_of) == CDT_LIST && cdt_type(cdt_get(node, "anyOf")) == CDT_ABSENT)
		clean_list(d, "anyOf", one_of);
	put_description(d, node);
	if (is_object(node))
		cdt_put_flag(o, "additionalProperties", 0);
	cdt_close(o);
}

void anthropic_write_schema(struct draft *d, cdt_val schema)
{
	clean(d, schema);
}

static const char *const combined[] = { "allOf", "anyOf", "oneOf" };

static int is_combined(cdt_val schema)
{
	for (size_t i = 0; i < sizeof combined / sizeof combined[0]; i++)
		if (cdt_type(cdt_get(schema, combined[i])) == CDT_LIST)
			return 1;
	return 0;
}

/* Members of v that the writer has not seen in earlier ones. */
static void merge(struct draft *d, cdt_val v, cdt_val *seen, size_t *n)
{
	size_t it = 0;
	cdt_str name;
	cdt_val member;

	if (cdt_type(v) != CDT_MAP || *n == NOTES_MAX)
		return;
	while (v.api->next(v, &it, &name, &member)) {
		const char *z = name_of(d, name);
		int known = z == NULL;

		for (size_t i = 0; i < *n && !known; i++)
			known = cdt_type(cdt_get(seen[i], z)) != CDT_ABSENT;
		if (!known)
			cdt_put_val(d->o, z, member);
	}
	seen[(*n)++] = v;
}

/* "anyOf" at the root is refused: its branches' properties become optional ones of one object,
 * those of "allOf" too. */
static void write_merged(struct draft *d, cdt_val schema)
{
	struct cdt_out *o = d->o;
	cdt_val seen[NOTES_MAX];
	size_t n = 0;

	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	cdt_put_val(o, "description", cdt_get(schema, "description"));
	o->api->key(o, "properties");
	cdt_open(o, '{');
	merge(d, cdt_get(schema, "properties"), seen, &n);
	for (size_t c = 0; c < sizeof combined / sizeof combined[0]; c++) {
		cdt_val branches = cdt_get(schema, combined[c]);

		for (size_t i = 0; i < cdt_count(branches); i++)
			merge(d, cdt_get(cdt_at(branches, i), "properties"), seen, &n);
	}
	cdt_close(o);
	cdt_put_val(o, "required", cdt_get(schema, "required"));
	cdt_put_val(o, "$defs", cdt_get(schema, "$defs"));
	cdt_put_val(o, "definitions", cdt_get(schema, "definitions"));
	cdt_close(o);
}

static void copy_members(struct draft *d, cdt_val schema)
{
	size_t it = 0;
	cdt_str name;
	cdt_val v;

	while (schema.api->next(schema, &it, &name, &v)) {
		const char *z = name_of(d, name);

		if (z && !cdt_is(name, "type") && !cdt_is(name, "properties"))
			cdt_put_val(d->o, z, v);
	}
}

void anthropic_write_input_schema(struct draft *d, cdt_val schema)
{
	struct cdt_out *o = d->o;
	cdt_val properties = cdt_get(schema, "properties");
	int object = cdt_is(cdt_text(cdt_get(schema, "type")), "object");

	if (is_combined(schema)) {
		write_merged(d, schema);
		return;
	}
	if (object && cdt_type(properties) == CDT_MAP) {
		o->api->val(o, schema);
		return;
	}
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	o->api->key(o, "properties");
	if (cdt_type(properties) == CDT_MAP)
		o->api->val(o, properties);
	else {
		cdt_open(o, '{');
		cdt_close(o);
	}
	if (cdt_type(schema) == CDT_MAP)
		copy_members(d, schema);
	cdt_close(o);
}
