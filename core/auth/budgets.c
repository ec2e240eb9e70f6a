/* auth/budgets.c - budgets: checked, numbered, copied, shown.  What was spent of one is not
 * known here.
 * SPDX-License-Identifier: MIT */
#include "auth/budgets.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "ledger/zones.h"

enum { NUMBER_TEXT_MAX = PERIOD_TEXT_SIZE + ZONE_NAME_MAX +
                         BUDGET_MODELS_MAX * (PATTERN_MAX + 1) + 2 };

static cdt_str zone_name(const struct budget *b)
{
	return b->timezone ? str_z(b->timezone) : CDT_STR("UTC");
}

/* --- which account --- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of models, and one said twice, make no other budget. */
static void add_models(struct buf *text, const struct budget *b)
{
	char *sorted[BUDGET_MODELS_MAX];

	for (size_t i = 0; i < b->model_count; i++)
		sorted[i] = b->models[i];
	qsort(sorted, b->model_count, sizeof *sorted, compare);
	for (size_t i = 0; i < b->model_count; i++) {
		if (i && !strcmp(sorted[i], sorted[i - 1]))
			continue;
		buf_add_c(text, '\n');
		buf_add_z(text, sorted[i]);
	}
}

/* The text never changes: what was spent is found by it. */
uint64_t budget_number(const struct budget *b)
{
	char period[PERIOD_TEXT_SIZE];
	uint8_t hash[SHA256_SIZE];
	uint64_t number;
	struct buf text;

	buf_init(&text, NUMBER_TEXT_MAX);
	buf_add_z(&text, period_text(&b->period, period));
	buf_add_c(&text, '\n');
	buf_add(&text, zone_name(b));
	add_models(&text, b);
	sha256(buf_str(&text), hash);
	buf_fini(&text);
	number = big_get((const char *)hash, sizeof number);
	return number == BALANCE_NUMBER ? 1 : number;
}

/* --- members --- */

static cdt_status set_hard(struct budget *b, const struct setting *s)
{
	if (!setting_is_null(s) && json_type(s->value) != CDT_FLAG)
		return setting_refuse(s, "true or false");
	b->watches = !json_flag(s->value, 1);
	return CDT_OK;
}

static cdt_status set_models(struct budget *b, const struct setting *s)
{
	return setting_list(s, BUDGET_MODELS_MAX, "a list of at most 16 model names, '*' "
	                    "stands for any text", &b->models, &b->model_count);
}

static cdt_status set_period(struct budget *b, const struct setting *s)
{
	if (!period_parse(json_text(s->value), &b->period))
		return setting_refuse(s, "'total', 'day', 'week', 'month' or a span like "
		                      "'every 5h', from 1s to 3660d");
	return CDT_OK;
}

static cdt_status refuse_zone(const struct setting *s)
{
	char near[ZONE_NAME_MAX + 1], hint[CONFIG_HINT_SIZE];
	cdt_str name = json_text(s->value);
	bool has_near = zones_nearest(name, near);

	if (!zone_name_ok(name))
		return setting_refuse(s, "the name of a time zone like 'Europe/Berlin'");
	return problem_set(s->problem, s->arena, PROBLEM_INVALID_VALUE, s->name,
	                   "'%s': no time zone '%.*s' is known here%s", s->name,
	                   STR_ARG(name), config_hint(has_near ? near : NULL, hint));
}

static cdt_status set_timezone(struct budget *b, const struct setting *s)
{
	cdt_str name = setting_is_null(s) ? CDT_STR("UTC") : json_text(s->value);

	if (!zone_name_ok(name) || zones_find(name, &b->zone) != CDT_OK)
		return refuse_zone(s);
	mem_free(b->timezone);
	b->timezone = str_is(name, "UTC") ? NULL : mem_text(name.p, name.n);
	return CDT_OK;
}

static cdt_status set_usd(struct budget *b, const struct setting *s)
{
	if (json_type(s->value) != CDT_TEXT || !money_parse(json_text(s->value), &b->nanousd) ||
	    b->nanousd > BUDGET_NANOUSD_MAX)
		return setting_refuse(s, "a decimal string like \"10.50\", from \"0\" to "
		                      "\"1000000000\", with at most nine decimals");
	return CDT_OK;
}

static const struct member {
	const char *name;
	cdt_status (*set)(struct budget *b, const struct setting *s);
	bool needed;
} members[] = {
	{ "usd", set_usd, true },
	{ "period", set_period, true },
	{ "timezone", set_timezone, false },
	{ "models", set_models, false },
	{ "hard", set_hard, false },
};
enum { MEMBERS = sizeof members / sizeof *members };

static const struct member *member_of(cdt_str name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (str_is(name, members[i].name))
			return &members[i];
	return NULL;
}

static cdt_status refuse_unknown(const struct setting *budget, cdt_str name)
{
	const char *names[MEMBERS + 1] = { NULL };
	char hint[CONFIG_HINT_SIZE];
	cdt_str param = arena_print(budget->arena, "%s.%.*s", budget->name,
	                            name.n > 64 ? 64 : (int)name.n, name.p);

	for (size_t i = 0; i < MEMBERS; i++)
		names[i] = members[i].name;
	return problem_set(budget->problem, budget->arena, PROBLEM_INVALID_VALUE, param.p,
	                   "unknown member '%s'%s", param.p ? param.p : "",
	                   config_hint(config_nearest(name, names), hint));
}

static cdt_status set_member(struct budget *b, const struct setting *budget, cdt_str name,
                             const struct json *value)
{
	const struct member *m = member_of(name);
	struct setting s = { NULL, value, budget->arena, budget->problem };

	if (!m)
		return refuse_unknown(budget, name);
	s.name = arena_print(s.arena, "%s.%s", budget->name, m->name).p;
	return s.name ? m->set(b, &s) : CDT_E_LIMIT;
}

static cdt_status check_needed(const struct setting *budget)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		cdt_str param;

		if (!members[i].needed || json_get(budget->value, members[i].name))
			continue;
		param = arena_print(budget->arena, "%s.%s", budget->name, members[i].name);
		return problem_set(budget->problem, budget->arena, PROBLEM_INVALID_VALUE,
		                   param.p, "'%s' is needed", param.p ? param.p : "");
	}
	return CDT_OK;
}

static cdt_status set_one(struct budget *b, const struct setting *budget)
{
	cdt_status st = CDT_OK;
	struct json *value;
	cdt_str name;
	size_t it = 0;

	b->zone = zone_utc();
	if (json_type(budget->value) != CDT_MAP)
		return setting_refuse(budget, "an object like {\"usd\":\"10\","
		                      "\"period\":\"month\"}");
	while (st == CDT_OK && json_next(budget->value, &it, &name, &value))
		st = set_member(b, budget, name, value);
	if (st == CDT_OK)
		st = check_needed(budget);
	if (st == CDT_OK)
		b->number = budget_number(b);
	return st;
}

/* One account can not have two amounts. */
static cdt_status check_apart(const struct budget *list, size_t i, const struct setting *budget)
{
	for (size_t before = 0; before < i; before++)
		if (list[before].number == list[i].number)
			return problem_set(budget->problem, budget->arena,
			                   PROBLEM_INVALID_VALUE, budget->name, "'%s' has the "
			                   "period, timezone and models of 'budgets[%zu]': "
			                   "keep one of the two", budget->name, before);
	return CDT_OK;
}

cdt_status budgets_set(struct key *k, const struct setting *s)
{
	struct setting budget = { NULL, NULL, s->arena, s->problem };
	size_t n = json_count(s->value);
	cdt_status st = CDT_OK;
	struct budget *list;

	if (!setting_is_null(s) && (json_type(s->value) != CDT_LIST || n > BUDGETS_MAX))
		return setting_refuse(s, "a list of at most 7 budgets like {\"usd\":\"10\","
		                      "\"period\":\"month\"}");
	list = n ? mem_new_array(n, sizeof *list) : NULL;
	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		budget.name = arena_print(s->arena, "%s[%zu]", s->name, i).p;
		budget.value = json_at(s->value, i);
		st = budget.name ? set_one(&list[i], &budget) : CDT_E_LIMIT;
		if (st == CDT_OK)
			st = check_apart(list, i, &budget);
	}
	if (st != CDT_OK) {
		budgets_free(list, n);
		return st;
	}
	budgets_free(k->budgets, k->budget_count);
	k->budgets = list;
	k->budget_count = (uint8_t)n;
	return CDT_OK;
}

void budgets_print(const struct key *k, struct jsonw *w)
{
	char period[PERIOD_TEXT_SIZE], usd[MONEY_TEXT_SIZE];

	jsonw_open(w, '[');
	for (size_t i = 0; i < k->budget_count; i++) {
		const struct budget *b = &k->budgets[i];

		jsonw_open(w, '{');
		jsonw_put_z(w, "usd", money_text(b->nanousd, usd));
		jsonw_put_z(w, "period", period_text(&b->period, period));
		jsonw_put_text(w, "timezone", zone_name(b));
		texts_print(w, "models", b->models, b->model_count);
		jsonw_put_flag(w, "hard", !b->watches);
		jsonw_close(w);
	}
	jsonw_close(w);
}

struct budget *budgets_copy(const struct budget *list, size_t count)
{
	struct budget *out = count ? mem_new_array(count, sizeof *out) : NULL;

	for (size_t i = 0; i < count; i++) {
		cdt_str name = str_z(list[i].timezone);

		out[i] = list[i];
		out[i].timezone = name.n ? mem_text(name.p, name.n) : NULL;
		out[i].models = texts_copy(list[i].models, list[i].model_count);
	}
	return out;
}

void budgets_free(struct budget *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(list[i].timezone);
		texts_free(list[i].models, list[i].model_count);
	}
	mem_free(list);
}

bool budget_covers(const struct budget *b, cdt_str model, cdt_str also)
{
	for (size_t i = 0; i < b->model_count; i++)
		if (str_glob(b->models[i], model) || (also.n && str_glob(b->models[i], also)))
			return true;
	return b->model_count == 0;
}
