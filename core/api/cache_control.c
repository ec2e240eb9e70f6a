/* api/cache_control.c - what a client wants of the cache: Conduit's own member.
 * SPDX-License-Identifier: MIT */
#include "api/body.h"

#include "base/clock.h"
#include "base/str.h"

#define TTL_MAX_MS (INT64_C(366) * 86400000)
enum { NAMESPACE_MAX = 64 };

static cdt_status refuse(struct exchange *x, const char *member, const char *what)
{
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "cache_control",
	                   "'cache_control.%s' must be %s.", member, what);
}

static cdt_status read_flag(struct exchange *x, const char *member, const struct json *v,
                            bool *out)
{
	if (json_type(v) != CDT_FLAG)
		return refuse(x, member, "true or false");
	*out = json_flag(v, 0) != 0;
	return CDT_OK;
}

/* Seconds, or a text like "10m". */
static cdt_status read_ttl(struct exchange *x, const struct json *v, int64_t *out)
{
	int64_t ms = -1, s = json_i64(v, -1);
	uint64_t parsed;

	if (json_type(v) == CDT_INT && s > 0 && s <= TTL_MAX_MS / 1000)
		ms = s * 1000;
	else if (json_type(v) == CDT_TEXT && duration_parse(json_text(v), &parsed) &&
	         parsed >= 1000 && parsed <= TTL_MAX_MS)
		ms = (int64_t)parsed;
	*out = ms;
	return ms > 0 ? CDT_OK
	              : refuse(x, "ttl", "seconds from 1 to 31622400, or a duration like "
	                       "\"10m\"");
}

static cdt_status read_namespace(struct exchange *x, const struct json *v, cdt_str *out)
{
	cdt_str s = json_text(v);

	if (json_type(v) != CDT_TEXT || !s.n || s.n > NAMESPACE_MAX)
		return refuse(x, "namespace", "a text of 1 to 64 bytes");
	*out = arena_str(&x->arena, s);
	return CDT_OK;
}

static cdt_status read_member(struct exchange *x, cdt_str key, const struct json *v,
                              struct ask_cache *c)
{
	if (json_type(v) == CDT_NULL)
		return CDT_OK;
	if (str_is(key, "no_cache"))
		return read_flag(x, "no_cache", v, &c->no_cache);
	if (str_is(key, "no_store"))
		return read_flag(x, "no_store", v, &c->no_store);
	if (str_is(key, "ttl"))
		return read_ttl(x, v, &c->ttl_ms);
	if (str_is(key, "namespace"))
		return read_namespace(x, v, &c->ns);
	return problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER,
	                   "cache_control",
	                   "Unknown member 'cache_control.%.*s'; use no_cache, no_store, ttl "
	                   "or namespace.", STR_ARG(key));
}

cdt_status body_cache_control(struct exchange *x)
{
	const struct json_member *m = ask_member(&x->ask, "cache_control");
	struct json *tree = m && m->type == CDT_MAP ? json_parse(m->value) : NULL, *v;
	struct ask_cache *c = tree ? arena_take(&x->arena, sizeof *c) : NULL;
	cdt_status st = tree && !c ? CDT_E_LIMIT : CDT_OK;
	size_t it = 0;
	cdt_str key;

	if (c)
		*c = (struct ask_cache){ .ttl_ms = -1, .ns = CDT_STR("") };
	while (st == CDT_OK && json_next(tree, &it, &key, &v))
		st = read_member(x, key, v, c);
	x->ask.cache = c;
	json_free(tree);
	return st;
}
