/* provider_mock/schema.c - a small value that fits a JSON schema: the first of what is allowed,
 * and only what is required, if the schema says what that is.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <string.h>

enum { NESTING_MAX = 16, ITEMS_MAX = 16, LENGTH_MAX = 256 };

struct making { struct text *out; cdt_val root; };

static void make(const struct making *m, cdt_val schema, cdt_str name, unsigned depth);

/* "#/$defs/name" and the like; names with '~' or '%' are not followed. */
static cdt_val resolve(cdt_val root, cdt_str ref)
{
	char key[64];
	size_t i = 2, n;

	if (ref.n < 2 || ref.p[0] != '#' || ref.p[1] != '/')
		return root;
	while (i < ref.n) {
		for (n = 0; i < ref.n && ref.p[i] != '/' && n + 1 < sizeof key; i++)
			key[n++] = ref.p[i];
		key[n] = 0;
		root = cdt_get(root, key);
		i += i < ref.n;
	}
	return root;
}

/* The alternative that stands for all: $ref, or the first of anyOf, oneOf, allOf. */
static cdt_val settle(const struct making *m, cdt_val schema)
{
	static const char *const lists[] = { "anyOf", "oneOf", "allOf" };

	for (unsigned i = 0; i < NESTING_MAX; i++) {
		cdt_val next = cdt_get(schema, "$ref");

		if (cdt_type(next) == CDT_TEXT) {
			schema = resolve(m->root, cdt_text(next));
			continue;
		}
		for (size_t k = 0; k < 3 && cdt_type(next) != CDT_MAP; k++)
			next = cdt_at(cdt_get(schema, lists[k]), 0);
		if (cdt_type(next) != CDT_MAP || cdt_count(cdt_get(schema, "properties")))
			break;
		schema = next;
	}
	return schema;
}

static cdt_str type_of(cdt_val schema)
{
	cdt_val t = cdt_get(schema, "type");
	size_t i = 0;

	if (cdt_type(t) != CDT_LIST) {
		cdt_val properties = cdt_get(schema, "properties");

		return cdt_type(t) == CDT_ABSENT && cdt_type(properties) == CDT_MAP
		       ? CDT_STR("object") : cdt_text(t);
	}
	while (i + 1 < cdt_count(t) && cdt_is(cdt_text(cdt_at(t, i)), "null"))
		i++;
	return cdt_text(cdt_at(t, i));
}

static bool required(cdt_val schema, cdt_str key)
{
	cdt_val list = cdt_get(schema, "required");
	size_t n = cdt_count(list), i = 0;

	if (cdt_type(list) != CDT_LIST)
		return true;
	for (; i < n; i++) {
		cdt_str s = cdt_text(cdt_at(list, i));

		if (s.n == key.n && memcmp(s.p, key.p, s.n) == 0)
			break;
	}
	return i < n;
}

static void make_object(const struct making *m, cdt_val schema, unsigned depth)
{
	cdt_val properties = cdt_get(schema, "properties"), v;
	const char *comma = "";
	cdt_str key;

	mock_add_z(m->out, "{");
	for (size_t it = 0; cdt_type(properties) == CDT_MAP &&
	                    properties.api->next(properties, &it, &key, &v);) {
		if (!required(schema, key))
			continue;
		mock_add_z(m->out, comma);
		mock_add_json(m->out, key);
		mock_add_z(m->out, ":");
		make(m, v, key, depth + 1);
		comma = ",";
	}
	mock_add_z(m->out, "}");
}

static void make_array(const struct making *m, cdt_val schema, cdt_str name, unsigned depth)
{
	int64_t n = cdt_i64(cdt_get(schema, "minItems"), 1);
	cdt_val first = cdt_get(schema, "prefixItems");

	n = n < 1 ? 1 : n > ITEMS_MAX ? ITEMS_MAX : n;
	if (cdt_i64(cdt_get(schema, "maxItems"), 1) == 0)
		n = 0;
	mock_add_z(m->out, "[");
	for (int64_t i = 0; i < n; i++) {
		cdt_val item = cdt_at(first, (size_t)i);

		mock_add_z(m->out, i ? "," : "");
		make(m, cdt_type(item) == CDT_MAP ? item : cdt_get(schema, "items"), name,
		     depth + 1);
	}
	mock_add_z(m->out, "]");
}

static cdt_str format_of(cdt_val schema)
{
	static const struct { const char *name; cdt_str value; } formats[] = {
		{ "date", { "2024-01-01", 10 } },
		{ "date-time", { "2024-01-01T00:00:00Z", 20 } },
		{ "email", { "mock@example.com", 16 } },
		{ "ipv4", { "192.0.2.1", 9 } },
		{ "time", { "00:00:00Z", 9 } },
		{ "uri", { "https://example.com/", 20 } },
		{ "uuid", { "00000000-0000-4000-8000-000000000000", 36 } },
	};
	cdt_str name = cdt_text(cdt_get(schema, "format"));

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (cdt_is(name, formats[i].name))
			return formats[i].value;
	return CDT_STR("");
}

/* Lengths are counted in bytes: the names of properties are ASCII in practice. */
static void make_text(const struct making *m, cdt_val schema, cdt_str name)
{
	int64_t min = cdt_i64(cdt_get(schema, "minLength"), 0);
	int64_t max = cdt_i64(cdt_get(schema, "maxLength"), LENGTH_MAX);
	cdt_str format = format_of(schema);
	char text[LENGTH_MAX];
	size_t n = 0;

	if (format.n)
		name = format;
	min = min > LENGTH_MAX ? LENGTH_MAX : min;
	max = max > LENGTH_MAX || max < 0 ? LENGTH_MAX : max;
	while (n < (size_t)max && (n < name.n || (int64_t)n < min)) {
		text[n] = n < name.n ? name.p[n] : 'x';
		n++;
	}
	mock_add_json(m->out, (cdt_str){ text, n });
}

static void make_number(const struct making *m, cdt_val schema)
{
	int64_t v = cdt_i64(cdt_get(schema, "multipleOf"), 1);
	cdt_val min = cdt_get(schema, "minimum"), max = cdt_get(schema, "maximum");
	cdt_val above = cdt_get(schema, "exclusiveMinimum");
	char text[24];
	int n;

	v = cdt_i64(max, v) < v ? cdt_i64(max, v) : v;
	v = cdt_i64(min, v) > v ? cdt_i64(min, v) : v;
	if (cdt_type(above) == CDT_INT && cdt_i64(above, v) >= v)
		v = cdt_i64(above, v) < INT64_MAX ? cdt_i64(above, v) + 1 : v;
	n = snprintf(text, sizeof text, "%lld", (long long)v);
	mock_add(m->out, (cdt_str){ text, n > 0 ? (size_t)n : 0 });
}

/* What the schema fixes: a constant, or the first of an enumeration. */
static cdt_val fixed(cdt_val schema)
{
	cdt_val v = cdt_get(schema, "const");

	return cdt_type(v) != CDT_ABSENT ? v : cdt_at(cdt_get(schema, "enum"), 0);
}

static void make(const struct making *m, cdt_val schema, cdt_str name, unsigned depth)
{
	cdt_str type;
	cdt_val only;

	schema = settle(m, schema);
	only = fixed(schema);
	type = type_of(schema);
	if (cdt_type(only) != CDT_ABSENT)
		mock_add(m->out, only.api->raw(only));
	else if (depth > NESTING_MAX || cdt_is(type, "null"))
		mock_add_z(m->out, "null");
	else if (cdt_is(type, "object"))
		make_object(m, schema, depth);
	else if (cdt_is(type, "array"))
		make_array(m, schema, name, depth);
	else if (cdt_is(type, "integer") || cdt_is(type, "number"))
		make_number(m, schema);
	else if (cdt_is(type, "boolean"))
		mock_add_z(m->out, "true");
	else
		make_text(m, schema, name);
}

void mock_instance(struct text *out, cdt_val schema, cdt_str name)
{
	struct making m = { out, schema };

	make(&m, schema, name, 0);
}
