/* base/json.c - trees of JSON, and what json-c can not say: null apart from "not there",
 * numbers as they were written.  The only includer of json-c.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* json-c has a type of the name of one of our functions. */
#define json_type json_c_kind
#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#undef json_type

#include "base/buf.h"
#include "base/jsonrun.h"
#include "base/jsonscan.h"
#include "base/jsonw.h"
#include "base/str.h"

/* json-c writes null as a NULL pointer, which is "not there" here.  Only its address is
 * used; it is never read, changed or freed. */
static const char null_node;

struct reader {
	const char *p, *end;
	uint32_t depth;
	struct buf scratch;            /* a stack: keys on the way down, then one text */
};

static bool read_value(struct reader *r, struct json_object **out);

/* json-c caches printed text and counts holders in const objects, too. */
static struct json_object *object(const struct json *j)
{
	if (j == (const void *)&null_node)
		return NULL;
	return (struct json_object *)(uintptr_t)(const void *)j;
}

static struct json *node(struct json_object *o)
{
	const void *p = o ? (const void *)o : (const void *)&null_node;

	return (struct json *)(uintptr_t)p;
}

/* Small allocations do not fail (base/mem.h): a NULL must not become a null in a document. */
static struct json *made(struct json_object *o)
{
	if (!o)
		abort();
	return node(o);
}

static bool is_kind(const struct json *j, enum json_c_kind kind)
{
	return j && json_object_is_type(object(j), kind) && j != (const void *)&null_node;
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end &&
	       (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

static bool eat(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* What stands between the quotes. */
static bool read_inside(struct reader *r, cdt_str *inside, bool *escaped)
{
	const char *start;

	if (!eat(r, '"'))
		return false;
	*escaped = false;
	for (start = r->p; r->p < r->end; r->p++) {
		r->p += json_run(r->p, (size_t)(r->end - r->p));
		if (r->p == r->end || (uint8_t)*r->p < 0x20)
			return false;
		if (*r->p == '"') {
			*inside = (cdt_str){ start, (size_t)(r->p++ - start) };
			return true;
		}
		if (*r->p == '\\') {
			*escaped = true;
			r->p++;
		}
	}
	return false;
}

/* Unescaped and NUL-ended on the scratch: its place there, SIZE_MAX without memory. */
static size_t keep(struct reader *r, cdt_str inside, bool escaped)
{
	struct buf *b = &r->scratch;
	size_t at = b->n;

	if (buf_reserve(b, inside.n + 1) != CDT_OK)
		return SIZE_MAX;
	if (escaped)
		b->n += json_unescape(inside, b->p + at);
	else
		buf_add(b, inside);
	b->p[b->n++] = '\0';
	return at;
}

static bool read_text(struct reader *r, struct json_object **out)
{
	size_t at = r->scratch.n;
	cdt_str inside;
	bool escaped;

	if (!read_inside(r, &inside, &escaped))
		return false;
	if (escaped && keep(r, inside, escaped) == SIZE_MAX)
		return false;
	if (escaped)
		inside = (cdt_str){ r->scratch.p + at, r->scratch.n - at - 1 };
	*out = json_object_new_string_len(inside.p, (int)inside.n);
	r->scratch.n = at;
	return *out != NULL;
}

static bool read_number(struct reader *r, struct json_object **out)
{
	bool real;
	cdt_str text = { r->p, json_number(r->p, (size_t)(r->end - r->p), &real) };
	size_t at;
	int64_t v;

	if (text.n == 0)
		return false;
	r->p += text.n;
	if (!real && str_i64(text, &v)) {
		*out = json_object_new_int64(v);
		return *out != NULL;
	}
	/* Fractions, and integers that no int64 can hold, keep how they were written. */
	at = keep(r, text, false);
	if (at == SIZE_MAX)
		return false;
	*out = json_object_new_double_s(strtod(r->scratch.p + at, NULL), r->scratch.p + at);
	r->scratch.n = at;
	return *out != NULL;
}

static bool read_word(struct reader *r, struct json_object **out)
{
	static const struct { cdt_str word; int value; } words[] = {
		{ { "true", 4 }, 1 }, { { "false", 5 }, 0 }, { { "null", 4 }, -1 },
	};

	for (size_t i = 0; i < 3; i++) {
		cdt_str w = words[i].word;

		if ((size_t)(r->end - r->p) < w.n || memcmp(r->p, w.p, w.n) != 0)
			continue;
		r->p += w.n;
		*out = words[i].value < 0 ? NULL : json_object_new_boolean(words[i].value);
		return *out || words[i].value < 0;
	}
	return false;
}

static bool read_pair(struct reader *r, struct json_object *map)
{
	struct json_object *child;
	size_t at = r->scratch.n;
	cdt_str key;
	bool escaped;

	if (!read_inside(r, &key, &escaped) || keep(r, key, escaped) == SIZE_MAX ||
	    !eat(r, ':') || !read_value(r, &child))
		return false;
	if (json_object_object_add(map, r->scratch.p + at, child) != 0) {
		(void)json_object_put(child);
		return false;
	}
	r->scratch.n = at;
	return true;
}

static bool read_item(struct reader *r, struct json_object *list)
{
	struct json_object *child;

	if (!read_value(r, &child))
		return false;
	if (json_object_array_add(list, child) == 0)
		return true;
	(void)json_object_put(child);
	return false;
}

static bool read_parts(struct reader *r, struct json_object *parent, char closing)
{
	bool is_map = closing == '}';

	r->p++;
	if (eat(r, closing))
		return true;
	while (is_map ? read_pair(r, parent) : read_item(r, parent)) {
		if (eat(r, closing))
			return true;
		if (!eat(r, ','))
			return false;
	}
	return false;
}

static bool read_tree(struct reader *r, char closing, struct json_object **out)
{
	struct json_object *parent;
	bool ok;

	if (r->depth == JSON_DEPTH_MAX)
		return false;
	parent = closing == '}' ? json_object_new_object() : json_object_new_array();
	r->depth++;
	ok = parent && read_parts(r, parent, closing);
	r->depth--;
	if (ok)
		*out = parent;
	else
		(void)json_object_put(parent);
	return ok;
}

static bool read_value(struct reader *r, struct json_object **out)
{
	skip_blanks(r);
	if (r->p == r->end)
		return false;
	switch (*r->p) {
	case '{': return read_tree(r, '}', out);
	case '[': return read_tree(r, ']', out);
	case '"': return read_text(r, out);
	case 't': case 'f': case 'n': return read_word(r, out);
	default:  return read_number(r, out);
	}
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

struct json *json_parse(cdt_str text)
{
	struct reader r = { .p = text.p, .end = text.p + text.n };
	struct json_object *root = NULL;
	bool ok;

	if (text.n == 0 || text.n > INT_MAX)
		return NULL;
	buf_init(&r.scratch, 2 * text.n + JSON_DEPTH_MAX);
	ok = read_value(&r, &root);
	skip_blanks(&r);
	if (ok && r.p != r.end)
		(void)json_object_put(root);
	buf_fini(&r.scratch);
	return ok && r.p == r.end ? node(root) : NULL;
}

void json_free(struct json *j)
{
	if (j)
		(void)json_object_put(object(j));
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
	case json_type_string:  return CDT_TEXT;
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
	if (is_kind(j, json_type_object))
		return (size_t)json_object_object_length(object(j));
	return is_kind(j, json_type_array) ? json_object_array_length(object(j)) : 0;
}

struct json *json_get(const struct json *map, const char *key)
{
	struct json_object *child;

	if (!is_kind(map, json_type_object) ||
	    !json_object_object_get_ex(object(map), key, &child))
		return NULL;
	return node(child);
}

struct json *json_at(const struct json *list, size_t i)
{
	return is_kind(list, json_type_array) && i < json_count(list)
	               ? node(json_object_array_get_idx(object(list), i)) : NULL;
}

int json_next(const struct json *map, size_t *it, cdt_str *key, struct json **val)
{
	const struct lh_entry *e;

	if (!is_kind(map, json_type_object) || *it == 1)
		return 0;
	/* *it is the address of the next entry, 0 at first, 1 after the last. */
	e = *it ? (const struct lh_entry *)(uintptr_t)*it
	        : lh_table_head(json_object_get_object(object(map)));
	if (!e)
		return 0;
	*it = lh_entry_next(e) ? (size_t)(uintptr_t)lh_entry_next(e) : 1;
	*key = str_z(lh_entry_k(e));
	*val = node((struct json_object *)lh_entry_v(e));
	return 1;
}

cdt_str json_text(const struct json *j)
{
	if (!is_kind(j, json_type_string))
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
	return isfinite(v) ? made(json_object_new_double_s(v, text)) : node(NULL);
}

struct json *json_new_flag(int v)
{
	return made(json_object_new_boolean(v != 0));
}

void json_set_give(struct json *map, const char *key, struct json *child)
{
	if (!is_kind(map, json_type_object) ||
	    json_object_object_add(object(map), key, child ? object(child) : NULL) != 0)
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
	if (is_kind(map, json_type_object))
		json_object_object_del(object(map), key);
}

struct json *json_take(struct json *map, const char *key)
{
	struct json *child = json_get(map, key);

	if (child) {
		(void)json_object_get(object(child));
		json_remove(map, key);
	}
	return child;
}

cdt_str json_print(struct json *j)
{
	const char *p;
	size_t n;

	if (!j)
		return (cdt_str){ "", 0 };
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
