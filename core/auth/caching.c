/* auth/caching.c - how a key's answers are kept.  What holds of what key, group, model and the
 * configuration say, the flow decides.
 * SPDX-License-Identifier: MIT */
#include "auth/caching.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"

#define TTL_MS_MAX (INT64_C(366) * 24 * 3600 * 1000)
enum { TTL_MS_MIN = 1000, MICRO = 1000000, NUMBER_SIZE = 32 };

static const struct config_cache_rules unsaid = { -1, -1, -1, -1, NULL };
static const char *const scopes[] = {
	[CACHE_KEY] = "key", [CACHE_GROUP] = "group", [CACHE_GLOBAL] = "global", NULL,
};

const struct config_cache_rules *key_cache_rules(const struct key *k)
{
	return k->caching ? k->caching : &unsaid;
}

static bool says_nothing(const struct config_cache_rules *own)
{
	return own->enabled < 0 && own->scope < 0 && own->ttl_ms < 0 &&
	       own->max_temperature < 0 && !own->ns;
}

bool caching_is_good(const struct config_cache_rules *own)
{
	return own->enabled >= -1 && own->enabled <= 1 &&
	       own->scope >= -1 && own->scope <= CACHE_GLOBAL &&
	       (own->ttl_ms == -1 ||
	        (own->ttl_ms >= TTL_MS_MIN && own->ttl_ms <= TTL_MS_MAX)) &&
	       own->max_temperature >= -1 && own->max_temperature <= 2 * MICRO;
}

static void set_name(struct config_cache_rules *own, cdt_str ns)
{
	mem_free((void *)(uintptr_t)own->ns);          /* our own copy */
	own->ns = ns.n ? mem_text(ns.p, ns.n) : NULL;
}

struct config_cache_rules *caching_copy(const struct config_cache_rules *own)
{
	struct config_cache_rules *out = own ? mem_new(sizeof *out) : NULL;

	if (!own)
		return NULL;
	*out = *own;
	out->ns = own->ns ? mem_text(own->ns, strlen(own->ns)) : NULL;
	return out;
}

void caching_free(struct config_cache_rules *own)
{
	if (own)
		set_name(own, (cdt_str){ NULL, 0 });
	mem_free(own);
}

/* --- the members of the member; null takes one back --- */

static cdt_status set_enabled(struct config_cache_rules *own, const struct setting *s)
{
	if (!setting_is_null(s) && json_type(s->value) != CDT_FLAG)
		return setting_refuse(s, "true or false, or null");
	own->enabled = json_flag(s->value, -1);
	return CDT_OK;
}

static cdt_status set_ttl(struct config_cache_rules *own, const struct setting *s)
{
	uint64_t ms = 0;

	if (!setting_is_null(s) && (!duration_parse(json_text(s->value), &ms) ||
	                            ms < TTL_MS_MIN || ms > TTL_MS_MAX))
		return setting_refuse(s, "a duration like '10m', from '1s' to '366d', or null");
	own->ttl_ms = ms ? (int64_t)ms : -1;
	return CDT_OK;
}

static cdt_status set_scope(struct config_cache_rules *own, const struct setting *s)
{
	cdt_str word = json_text(s->value);
	int i = 0;

	while (scopes[i] && !str_is(word, scopes[i]))
		i++;
	if (!scopes[i] && !setting_is_null(s))
		return setting_refuse(s, "'key', 'group' or 'global', or null");
	own->scope = scopes[i] ? i : -1;
	return CDT_OK;
}

/* A number, or a decimal as the configuration has it.  -1: it is neither. */
static double read_temperature(const struct json *value)
{
	cdt_str text = json_text(value);
	char z[NUMBER_SIZE] = "", *end;
	double v;

	if (json_type(value) != CDT_TEXT)
		return json_f64(value, -1);
	if (!text.n || text.n >= sizeof z)
		return -1;
	memcpy(z, text.p, text.n);
	v = strtod(z, &end);
	return strspn(z, "0123456789.") == text.n && !*end ? v : -1;
}

static cdt_status set_max_temperature(struct config_cache_rules *own, const struct setting *s)
{
	double v = read_temperature(s->value);

	if (!setting_is_null(s) && !(v >= 0 && v <= 2))
		return setting_refuse(s, "a number from 0 to 2, or null");
	own->max_temperature = setting_is_null(s) ? -1 : (int64_t)(v * MICRO + 0.5);
	return CDT_OK;
}

static cdt_status set_namespace(struct config_cache_rules *own, const struct setting *s)
{
	if (!setting_is_null(s) && !setting_is_plain(s->value, CACHING_NAME_MAX))
		return setting_refuse(s, "a text of 1 to 64 bytes without control characters, "
		                      "or null");
	set_name(own, json_text(s->value));
	return CDT_OK;
}

static const struct part {
	const char *name, *whole;              /* whole: as problems name it */
	cdt_status (*set)(struct config_cache_rules *own, const struct setting *s);
} parts[] = {
	{ "enabled", "cache.enabled", set_enabled },
	{ "max_temperature", "cache.max_temperature", set_max_temperature },
	{ "namespace", "cache.namespace", set_namespace },
	{ "scope", "cache.scope", set_scope },
	{ "ttl", "cache.ttl", set_ttl },
};
enum { PARTS = sizeof parts / sizeof *parts };

static cdt_status refuse_unknown(const struct setting *s, cdt_str name)
{
	const char *names[PARTS + 1] = { NULL };
	char hint[CONFIG_HINT_SIZE];

	for (size_t i = 0; i < PARTS; i++)
		names[i] = parts[i].name;
	return problem_set(s->problem, s->arena, PROBLEM_INVALID_VALUE, s->name,
	                   "unknown member '%.*s' in 'cache'%s", name.n > 64 ? 64 : (int)name.n,
	                   name.p, config_hint(config_nearest(name, names), hint));
}

static cdt_status set_part(struct config_cache_rules *own, const struct setting *s,
                           cdt_str name, const struct json *value)
{
	struct setting one = *s;
	size_t i = 0;

	while (i < PARTS && !str_is(name, parts[i].name))
		i++;
	if (i == PARTS)
		return refuse_unknown(s, name);
	one.name = parts[i].whole;
	one.value = value;
	return parts[i].set(own, &one);
}

cdt_status caching_set(struct key *k, const struct setting *s)
{
	bool is_reset = setting_is_null(s);
	struct config_cache_rules *own;
	cdt_status st = CDT_OK;
	struct json *value;
	cdt_str name;
	size_t it = 0;

	if (!is_reset && json_type(s->value) != CDT_MAP)
		return setting_refuse(s, "an object like {\"enabled\": true, \"ttl\": "
		                      "\"10m\"}, or null");
	own = caching_copy(is_reset ? &unsaid : key_cache_rules(k));
	while (!is_reset && st == CDT_OK && json_next(s->value, &it, &name, &value))
		st = set_part(own, s, name, value);
	if (st == CDT_OK) {
		caching_free(k->caching);
		k->caching = says_nothing(own) ? NULL : own;
	}
	if (st != CDT_OK || !k->caching)
		caching_free(own);
	return st;
}

void caching_print(const struct key *k, struct jsonw *w)
{
	const struct config_cache_rules *own = key_cache_rules(k);
	char ttl[DURATION_TEXT_SIZE];

	if (!k->caching)
		return;
	jsonw_key(w, "cache");
	jsonw_open(w, '{');
	if (own->enabled >= 0)
		jsonw_put_flag(w, "enabled", own->enabled);
	if (own->ttl_ms >= 0)
		jsonw_put_z(w, "ttl", duration_text((uint64_t)own->ttl_ms, ttl));
	if (own->scope >= 0)
		jsonw_put_z(w, "scope", scopes[own->scope]);
	if (own->max_temperature >= 0)
		jsonw_put_f64(w, "max_temperature", (double)own->max_temperature / MICRO);
	if (own->ns)
		jsonw_put_z(w, "namespace", own->ns);
	jsonw_close(w);
}
