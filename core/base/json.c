/* base/json.c - trees of JSON, and what json-c can not say: null apart from "not there",
 * numbers as they were written.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonnode.h"
#include "base/jsonw.h"
#include "base/str.h"

/* json-c writes null as a NULL pointer, which is "not there" here.  Only its address is
 * used; it is never read, changed or freed. */
static const char null_node;

/* What a parent holds.  json-c caches printed text and counts holders in const objects, too. */
static struct json_object *object(const struct json *j)
{
	if (j == (const void *)&null_node)
		return NULL;
	return (struct json_object *)(uintptr_t)(const void *)j;
}

struct json *json_node(struct json_object *o)
{
	const void *p = o ? (const void *)o : (const void *)&null_node;

	return (struct json *)(uintptr_t)p;
}

/* Small allocations do not fail (base/mem.h): a NULL must not become a null in a document. */
static struct json *made(struct json_object *o)
{
	if (!o)
		abort();
	return json_node(o);
}

static bool is_kind(const struct json *j, enum json_c_kind kind)
{
	return j && json_object_is_type(object(j), kind) && j != (const void *)&null_node;
}

/* NULL: it is none. */
static struct json_object *map_of(const struct json *j)
{
	if (is_kind(j, json_type_object))
		return object(j);
	return j && json_is_unread(object(j)) ? json_unread_tree(object(j)) : NULL;
}

/* What the number was written as; NULL when it was not read from text. */
static const char *written(const struct json *j)
{
	return json_object_get_userdata(object(j));
}

static uint32_t v_type(cdt_val v) { return json_type(v.node); }
static size_t v_count(cdt_val v) { return json_count(v.node); }
static cdt_val v_get(cdt_val v, const char *key) { return json_val(json_get(v.node, key)); }
static cdt_val v_at(cdt_val v, size_t i) { return json_val(json_at(v.node, i)); }
static cdt_str v_text(cdt_val v) { return json_text(v.node); }
static int64_t v_i64(cdt_val v, int64_t dflt) { return json_i64(v.node, dflt); }
static double v_f64(cdt_val v, double dflt) { return json_f64(v.node, dflt); }
static int v_flag(cdt_val v, int dflt) { return json_flag(v.node, dflt); }

static int v_next(cdt_val v, size_t *it, cdt_str *key, cdt_val *val)
{
	struct json *child;

	if (!json_next(v.node, it, key, &child))
		return 0;
	*val = json_val(child);
	return 1;
}

static cdt_str v_raw(cdt_val v)
{
	/* Printing fills a cache inside the node and changes nothing that can be seen. */
	return json_print((struct json *)(uintptr_t)v.node);
}

static const struct cdt_doc_api tree_api = {
	.size = sizeof tree_api,
	.type = v_type, .count = v_count, .get = v_get, .at = v_at, .next = v_next,
	.text = v_text, .i64 = v_i64, .f64 = v_f64, .flag = v_flag, .raw = v_raw,
};

void json_free(struct json *j)
{
	if (j)
		(void)json_object_put(object(j));
}

struct json *json_share(const struct json *j)
{
	return j ? json_node(json_object_get(object(j))) : NULL;
}

uint32_t json_type(const struct json *j)
{
	const char *text;

	if (!j)
		return CDT_ABSENT;
	switch (json_object_get_type(object(j))) {
	case json_type_null:    return CDT_NULL;
	case json_type_boolean: return CDT_FLAG;
	case json_type_int:     return CDT_INT;
	case json_type_string:  return json_is_unread(object(j)) ? CDT_MAP : CDT_TEXT;
	case json_type_array:   return CDT_LIST;
	case json_type_object:  return CDT_MAP;
	default:
		/* A double, also for integers that int64 can not hold: its text decides. */
		text = written(j);
		return !text || text[strcspn(text, ".eE")] ? CDT_REAL : CDT_INT;
	}
}

size_t json_count(const struct json *j)
{
	const struct json_object *map;

	if (is_kind(j, json_type_array))
		return json_object_array_length(object(j));
	map = map_of(j);
	return map ? (size_t)json_object_object_length(map) : 0;
}

struct json *json_get(const struct json *map, const char *key)
{
	const struct json_object *o = map_of(map);
	struct json_object *child;

	return o && json_object_object_get_ex(o, key, &child) ? json_node(child) : NULL;
}

struct json *json_at(const struct json *list, size_t i)
{
	return is_kind(list, json_type_array) && i < json_count(list)
	               ? json_node(json_object_array_get_idx(object(list), i)) : NULL;
}

int json_next(const struct json *map, size_t *it, cdt_str *key, struct json **val)
{
	const struct json_object *o = map_of(map);
	const struct lh_entry *e;

	if (!o || *it == 1)
		return 0;
	/* *it is the address of the next entry, 0 at first, 1 after the last. */
	e = *it ? (const struct lh_entry *)(uintptr_t)*it
	        : lh_table_head(json_object_get_object(o));
	if (!e)
		return 0;
	*it = lh_entry_next(e) ? (size_t)(uintptr_t)lh_entry_next(e) : 1;
	*key = str_z(lh_entry_k(e));
	*val = json_node((struct json_object *)lh_entry_v(e));
	return 1;
}

cdt_str json_text(const struct json *j)
{
	if (!is_kind(j, json_type_string) || json_is_unread(object(j)))
		return (cdt_str){ "", 0 };
	return (cdt_str){ json_object_get_string(object(j)),
	                  (size_t)json_object_get_string_len(object(j)) };
}

int64_t json_i64(const struct json *j, int64_t dflt)
{
	double d;

	if (is_kind(j, json_type_int))
		return json_object_get_int64(object(j));
	if (!is_kind(j, json_type_double))
		return dflt;
	d = json_object_get_double(object(j));
	/* Too big stays big: a limit that is looked at must not turn into a small number. */
	if (d >= 9223372036854775808.0)
		return INT64_MAX;
	if (d <= -9223372036854775808.0)
		return INT64_MIN;
	return d == floor(d) ? (int64_t)d : dflt;
}

double json_f64(const struct json *j, double dflt)
{
	double d;

	if (!is_kind(j, json_type_int) && !is_kind(j, json_type_double))
		return dflt;
	d = json_object_get_double(object(j));
	return isfinite(d) ? d : copysign(DBL_MAX, d);
}

int json_flag(const struct json *j, int dflt)
{
	return is_kind(j, json_type_boolean) ? json_object_get_boolean(object(j)) : dflt;
}

struct json *json_new_map(void)
{
	return made(json_object_new_object());
}

struct json *json_new_list(void)
{
	return made(json_object_new_array());
}

struct json *json_new_text(cdt_str s)
{
	return made(json_object_new_string_len(s.n ? s.p : "", s.n < INT_MAX ? (int)s.n : 0));
}

struct json *json_new_i64(int64_t v)
{
	return made(json_object_new_int64(v));
}

struct json *json_new_f64(double v)
{
	char text[JSON_F64_SIZE];

	(void)json_f64_print(v, text);
	return isfinite(v) ? made(json_object_new_double_s(v, text)) : json_node(NULL);
}

struct json *json_new_flag(int v)
{
	return made(json_object_new_boolean(v != 0));
}

void json_set_give(struct json *map, const char *key, struct json *child)
{
	struct json_object *o = map_of(map);

	if (!o || json_object_object_add(o, key, child ? object(child) : NULL) != 0)
		json_free(child);
}

void json_push_give(struct json *list, struct json *child)
{
	if (!is_kind(list, json_type_array) ||
	    json_object_array_add(object(list), child ? object(child) : NULL) != 0)
		json_free(child);
}

void json_put_give(struct json *list, size_t i, struct json *child)
{
	if (!is_kind(list, json_type_array) || i > json_count(list) ||
	    json_object_array_put_idx(object(list), i, child ? object(child) : NULL) != 0)
		json_free(child);
}

void json_remove(struct json *map, const char *key)
{
	struct json_object *o = map_of(map);

	if (o)
		json_object_object_del(o, key);
}

struct json *json_take(struct json *map, const char *key)
{
	struct json *child = json_share(json_get(map, key));

	json_remove(map, key);
	return child;
}

cdt_str json_print(struct json *j)
{
	const char *p;
	size_t n;

	if (!j)
		return (cdt_str){ "", 0 };
	p = json_is_unread(object(j)) ? json_unread_text(object(j)) : NULL;
	if (p)
		return str_from(p, (size_t)json_object_get_string_len(object(j)));
	p = json_object_to_json_string_length(
		object(j), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	return p ? (cdt_str){ p, n } : (cdt_str){ "", 0 };
}

cdt_val json_val(const struct json *j)
{
	return (cdt_val){ &tree_api, j };
}

cdt_val json_absent(void)
{
	return json_val(NULL);
}
