/* lib_gemini/schema.c - JSON Schemas for models that take them as they are: only "$schema",
 * "$id", "$comment" and vendors' own keywords are refused.  Cleaned by place, not by name: a
 * property may be called like a keyword.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

static void copy_schema(struct draft *d, cdt_val node);

/* A name of a member as the writer wants it: NUL-ended. */
static const char *name_of(struct draft *d, cdt_str key)
{
	const char *z = words_join(d->call, &key, 1).p;

	if (!z)
		gemini_refuse(d, CDT_E_LIMIT, "", "A schema is too large.");
	return z;
}

static void copy_map(struct draft *d, cdt_val map)
{
	size_t it = 0;
	cdt_str name;
	cdt_val v;

	cdt_open(d->o, '{');
	while (d->status == CDT_OK && map.api->next(map, &it, &name, &v)) {
		const char *z = name_of(d, name);

		if (!z)
			break;
		d->o->api->key(d->o, z);
		copy_schema(d, v);
	}
	cdt_close(d->o);
}

static void copy_list(struct draft *d, cdt_val list)
{
	cdt_open(d->o, '[');
	for (size_t i = 0; i < cdt_count(list) && d->status == CDT_OK; i++)
		copy_schema(d, cdt_at(list, i));
	cdt_close(d->o);
}

static void copy_any(struct draft *d, cdt_val v)
{
	if (cdt_type(v) == CDT_LIST)
		copy_list(d, v);
	else
		copy_schema(d, v);
}

static void copy_plain(struct draft *d, cdt_val v)
{
	d->o->api->val(d->o, v);
}

/* Keywords whose values hold schemas. */
static const struct { const char *key; void (*write)(struct draft *, cdt_val); } deep[] = {
	{ "$defs", copy_map }, { "additionalProperties", copy_any }, { "allOf", copy_any },
	{ "anyOf", copy_any }, { "contains", copy_any }, { "definitions", copy_map },
	{ "dependentSchemas", copy_map }, { "else", copy_any }, { "if", copy_any },
	{ "items", copy_any }, { "not", copy_any }, { "oneOf", copy_any },
	{ "patternProperties", copy_map }, { "prefixItems", copy_any },
	{ "properties", copy_map }, { "propertyNames", copy_any }, { "then", copy_any },
	{ "unevaluatedProperties", copy_any },
};

static int is_refused(cdt_str key)
{
	static const char *const names[] = { "$schema", "$id", "$comment", "strict" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (cdt_is(key, names[i]))
			return 1;
	return words_begin(key, "x-");
}

static void copy_member(struct draft *d, cdt_str key, cdt_val v)
{
	const char *z = name_of(d, key);

	if (!z)
		return;
	d->o->api->key(d->o, z);
	for (size_t i = 0; i < sizeof deep / sizeof deep[0]; i++)
		if (cdt_is(key, deep[i].key)) {
			deep[i].write(d, v);
			return;
		}
	copy_plain(d, v);
}

/* Recursion ends with the document's own depth, which the host limits. */
static void copy_schema(struct draft *d, cdt_val node)
{
	size_t it = 0;
	cdt_str key;
	cdt_val v;

	if (cdt_type(node) != CDT_MAP) {                /* true and false are schemas, too */
		copy_plain(d, node);
		return;
	}
	cdt_open(d->o, '{');
	while (d->status == CDT_OK && node.api->next(node, &it, &key, &v))
		if (!is_refused(key))
			copy_member(d, key, v);
	cdt_close(d->o);
}

void gemini_write_schema(struct draft *d, cdt_val schema)
{
	copy_schema(d, schema);
}
