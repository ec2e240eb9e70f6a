/* api/anthropic/canon.c - a Messages body as sdk/canon describes it.  Written from the bytes of
 * the request, so that texts go over as they came.  Only run when the provider does not speak
 * the dialect itself.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { DOCUMENT_MAX = 256 << 20, USER_MAX = 64, REFUSAL_MAX = 256, NAME_MAX_BYTES = 96,
       BUDGET_MIN = 1024 };

cdt_str messages_get(cdt_str map, const char *key)
{
	cdt_str v = jsonwalk_type(map) == CDT_MAP ? jsonwalk_get(map, key)
	                                          : (cdt_str){ NULL, 0 };

	return v.p && jsonwalk_type(v) != CDT_NULL ? v : (cdt_str){ NULL, 0 };
}

cdt_str messages_word(cdt_str map, const char *key)
{
	cdt_str v = messages_get(map, key);

	return v.n >= 2 && *v.p == '"' ? str_from(v.p + 1, v.n - 2) : CDT_STR("");
}

void messages_refuse(struct script *s, const char *param, const char *fmt, ...)
{
	char text[REFUSAL_MAX];
	va_list ap;

	if (s->status != CDT_OK)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	s->status = problem_set(&s->x->problem, &s->x->arena, PROBLEM_INVALID_VALUE, param,
	                        "%s", text);
}

void messages_leave_out(struct script *s, const char *where, cdt_str what)
{
	char name[NAME_MAX_BYTES];

	(void)snprintf(name, sizeof name, "%s%s%.*s", where, *where && what.n ? "." : "",
	               what.n < 48 ? (int)what.n : 48, what.p ? what.p : "");
	if (s->status == CDT_OK)
		s->status = exchange_leave_out(s->x, name);
}

/* --- members of the body --- */

static void put_stops(struct script *s, cdt_str v)
{
	jsonw_put_raw(&s->w, "stop", v);
}

static void put_max_tokens(struct script *s, cdt_str v)
{
	int64_t n;

	if (str_i64(v, &n) && n > 0)           /* 0 only warms a cache that others have not */
		jsonw_put_raw(&s->w, "max_completion_tokens", v);
}

static void put_tools(struct script *s, cdt_str v)
{
	messages_write_tools(s, v);
}

static void put_choice(struct script *s, cdt_str v)
{
	messages_write_choice(s, v);
}

/* How much is thought, in the words of those who have no budget for it. */
static const char *effort_of_budget(int64_t tokens)
{
	if (tokens <= 4096)
		return "low";
	return tokens <= 16384 ? "medium" : "high";
}

static bool is_one_of(cdt_str word, const char *const *words)
{
	while (*words && !str_is(word, *words))
		words++;
	return *words;
}

static void put_thinking(struct script *s, cdt_str v)
{
	static const char *const unbudgeted[] = { "adaptive", "between_tools", "disabled",
	                                          NULL };
	cdt_str type = messages_word(v, "type"), budget = messages_get(v, "budget_tokens");
	cdt_str said = messages_word(ask_value(&s->x->ask, "output_config"), "effort");
	bool budgeted = str_is(type, "enabled");
	int64_t tokens = 0;

	if (!budgeted && !is_one_of(type, unbudgeted))
		messages_refuse(s, "thinking", "'thinking.type' must be enabled, adaptive, "
		                "between_tools or disabled.");
	if (budgeted && (!str_i64(budget, &tokens) || tokens < BUDGET_MIN))
		messages_refuse(s, "thinking", "'thinking.budget_tokens' must be an integer of "
		                "%d or more.", BUDGET_MIN);
	jsonw_put_raw(&s->w, "thinking", v);           /* for who knows it */
	if (str_is(type, "disabled"))
		jsonw_put_z(&s->w, "reasoning_effort", "none");
	else if (!said.n && budgeted)
		jsonw_put_z(&s->w, "reasoning_effort", effort_of_budget(tokens));
}

static void put_format(struct script *s, cdt_str format)
{
	cdt_str schema = messages_get(format, "schema");
	struct jsonw *w = &s->w;

	if (!str_is(messages_word(format, "type"), "json_schema") || !schema.p) {
		messages_refuse(s, "output_config", "'output_config.format' must have the type "
		                "json_schema and a schema.");
		return;
	}
	jsonw_key(w, "response_format");
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", "json_schema");
	jsonw_key(w, "json_schema");
	jsonw_open(w, '{');
	jsonw_put_z(w, "name", "output");
	jsonw_put_raw(w, "schema", schema);
	jsonw_put_flag(w, "strict", true);
	jsonw_close(w);
	jsonw_close(w);
}

static void put_output(struct script *s, cdt_str v)
{
	cdt_str rest = jsonwalk_inside(v), key, value;
	cdt_str thinking = ask_value(&s->x->ask, "thinking");
	bool off = str_is(messages_word(thinking, "type"), "disabled");

	while (jsonwalk_member(&rest, &key, &value)) {
		if (jsonwalk_type(value) == CDT_NULL)
			continue;
		if (str_is(key, "format"))
			put_format(s, value);
		else if (!str_is(key, "effort"))
			messages_leave_out(s, "output_config", key);
		else if (jsonwalk_type(value) != CDT_TEXT)
			messages_refuse(s, "output_config",
			                "'output_config.effort' must be a string.");
		else if (!off)
			jsonw_put_raw(&s->w, "reasoning_effort", value);
	}
}

/* The older name of output_config.format. */
static void put_old_format(struct script *s, cdt_str v)
{
	if (!messages_get(ask_value(&s->x->ask, "output_config"), "format").p)
		put_format(s, v);
}

/* A long one, which clients make of several things, is known by its digest. */
static void put_user(struct script *s, cdt_str json)
{
	cdt_str inside = str_from(json.p + 1, json.n - 2);
	uint8_t sum[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (!inside.n)
		return;
	if (inside.n <= USER_MAX) {
		jsonw_put_raw(&s->w, "user", json);
		return;
	}
	sha256(inside, sum);
	jsonw_put_z(&s->w, "user", hex_of(sum, sizeof sum, hex));
}

static void put_metadata(struct script *s, cdt_str v)
{
	cdt_str rest = jsonwalk_inside(v), key, value;
	bool open = false;

	while (jsonwalk_member(&rest, &key, &value)) {
		if (str_is(key, "user_id") || jsonwalk_type(value) == CDT_NULL)
			continue;
		if (!open) {
			jsonw_key(&s->w, "metadata");
			jsonw_open(&s->w, '{');
		}
		open = true;
		jsonw_put_raw(&s->w, arena_str(&s->x->arena, key).p, value);
	}
	if (open)
		jsonw_close(&s->w);
	value = messages_get(v, "user_id");
	if (value.n && *value.p == '"')
		put_user(s, value);
}

static void put_tier(struct script *s, cdt_str v)
{
	jsonw_put_raw(&s->w, "service_tier",
	              str_is(v, "\"standard_only\"") ? CDT_STR("\"default\"") : v);
}

static void put_nothing(struct script *s, cdt_str v)
{
	(void)s, (void)v;                      /* written elsewhere, or said elsewhere */
}

/* leaves: it can not be said to others, and that is told. */
static const struct member_rule {
	const char *name;
	void (*put)(struct script *, cdt_str value);
} rules[] = {
	{ "cache_control", put_nothing },      /* marks the last block: turns.c */
	{ "container", NULL },
	{ "context_management", NULL },
	{ "diagnostics", put_nothing },
	{ "fallbacks", NULL },
	{ "inference_geo", NULL },
	{ "max_tokens", put_max_tokens },
	{ "mcp_servers", NULL },
	{ "messages", put_nothing },
	{ "metadata", put_metadata },
	{ "model", put_nothing },
	{ "output_config", put_output },
	{ "output_format", put_old_format },
	{ "service_tier", put_tier },
	{ "speed", NULL },
	{ "stop_sequences", put_stops },
	{ "stream", put_nothing },
	{ "system", put_nothing },
	{ "thinking", put_thinking },
	{ "tool_choice", put_choice },
	{ "tools", put_tools },
};

static const struct member_rule *rule_of(const struct json_member *m)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (json_key_is(m, rules[i].name))
			return &rules[i];
	return NULL;
}

static bool is_own(const struct exchange *x, const struct json_member *m)
{
	for (const char *const *own = x->ask.own_members; *own; own++)
		if (json_key_is(m, *own))
			return true;
	return false;
}

/* The client's own words are kept, as they are named. */
static void put_unknown(struct script *s, const struct json_member *m)
{
	char *key = arena_take(&s->x->arena, m->key.n + 1);

	if (!key) {
		s->status = CDT_E_LIMIT;
		return;
	}
	key[json_unescape(m->key, key)] = '\0';
	jsonw_put_raw(&s->w, key, m->value);
}

static void put_member(struct script *s, const struct json_member *m)
{
	const struct member_rule *rule = rule_of(m);

	if (m->type == CDT_NULL || is_own(s->x, m))
		return;
	if (!rule)
		put_unknown(s, m);
	else if (rule->put)
		rule->put(s, m->value);
	else
		messages_leave_out(s, rule->name, CDT_STR(""));
}

cdt_status messages_canonical(struct exchange *x, struct json **out)
{
	struct script s = { .x = x, .status = CDT_OK };
	struct json *doc = NULL;
	struct buf text;

	buf_init(&text, DOCUMENT_MAX);
	(void)buf_reserve(&text, x->ask.body.n + x->ask.body.n / 4);
	jsonw_init(&s.w, &text);
	jsonw_open(&s.w, '{');
	messages_write_turns(&s, ask_value(&x->ask, "system"), ask_value(&x->ask, "messages"));
	for (size_t i = 0; s.status == CDT_OK && i < x->ask.member_count; i++)
		put_member(&s, &x->ask.members[i]);
	jsonw_put_z(&s.w, "schema", "chat/1");         /* last: of two of a name it counts */
	jsonw_close(&s.w);
	if (s.status == CDT_OK)
		s.status = jsonw_status(&s.w);
	if (s.status == CDT_OK)
		doc = json_parse_but(buf_str(&text), ask_schemas);
	buf_fini(&text);
	if (s.status != CDT_OK)
		return s.status;
	if (!doc)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, NULL,
		                   "The request is nested too deeply for this model's "
		                   "provider.");
	*out = doc;
	return CDT_OK;
}
