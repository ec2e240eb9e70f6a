/* check/same.c - compares JSON trees and names the first difference.
 * SPDX-License-Identifier: MIT */
#include "check/same.h"

#include "base/mem.h"
#include "base/str.h"

enum { PATH_MAX_BYTES = 4096, SHOWN_MAX = 400 };

static bool same(const struct json *a, const struct json *b, struct buf *path, struct buf *why);

static bool is_number(uint32_t type)
{
	return type == CDT_INT || type == CDT_REAL;
}

static bool same_number(const struct json *a, const struct json *b)
{
	if (json_type(a) == CDT_INT && json_type(b) == CDT_INT)
		return json_i64(a, 0) == json_i64(b, 0);
	return is_number(json_type(b)) && json_f64(a, 0) <= json_f64(b, 0) &&
	       json_f64(a, 0) >= json_f64(b, 0);
}

static cdt_str shown(const struct json *j)
{
	struct json *tree = (struct json *)(uintptr_t)j;       /* printing changes nothing */
	cdt_str s = j ? json_print(tree) : CDT_STR("nothing");

	return str_from(s.p, s.n < SHOWN_MAX ? s.n : SHOWN_MAX);
}

static bool differ(const struct json *a, const struct json *b, const struct buf *path,
                   struct buf *why)
{
	if (why)
		buf_print(why, "at %.*s:\nwanted %.*s\ngot    %.*s\n",
		          path->n ? (int)path->n : 4, path->n ? path->p : "root",
		          STR_ARG(shown(a)), STR_ARG(shown(b)));
	return false;
}

static bool same_list(const struct json *a, const struct json *b, struct buf *path,
                      struct buf *why)
{
	size_t most = json_count(a) > json_count(b) ? json_count(a) : json_count(b);

	for (size_t i = 0; i < most; i++) {
		size_t n = path->n;

		buf_print(path, "[%zu]", i);
		if (!same(json_at(a, i), json_at(b, i), path, why))
			return false;
		path->n = n;
	}
	return true;
}

static bool same_member(const struct json *a, const struct json *b, cdt_str key,
                        struct buf *path, struct buf *why)
{
	char *z = mem_text(key.p, key.n);
	size_t n = path->n;
	bool ok;

	buf_print(path, ".%s", z);
	ok = same(json_get(a, z), json_get(b, z), path, why);
	if (ok)
		path->n = n;
	mem_free(z);
	return ok;
}

static bool same_map(const struct json *a, const struct json *b, struct buf *path,
                     struct buf *why)
{
	struct json *v;
	size_t it = 0;
	cdt_str key;

	while (json_next(a, &it, &key, &v))
		if (!same_member(a, b, key, path, why))
			return false;
	for (it = 0; json_next(b, &it, &key, &v); )
		if (!same_member(a, b, key, path, why))
			return false;
	return true;
}

static bool same(const struct json *a, const struct json *b, struct buf *path, struct buf *why)
{
	uint32_t type = json_type(a);

	if (is_number(type))
		return same_number(a, b) || differ(a, b, path, why);
	if (type != json_type(b) ||
	    (type == CDT_TEXT && !str_eq(json_text(a), json_text(b))) ||
	    (type == CDT_FLAG && json_flag(a, 0) != json_flag(b, 0)))
		return differ(a, b, path, why);
	if (type == CDT_LIST)
		return same_list(a, b, path, why);
	return type != CDT_MAP || same_map(a, b, path, why);
}

bool same_json(const struct json *want, const struct json *got, struct buf *why)
{
	struct buf path;
	bool ok;

	buf_init(&path, PATH_MAX_BYTES);
	ok = same(want, got, &path, why);
	buf_fini(&path);
	return ok;
}
