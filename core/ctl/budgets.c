/* ctl/budgets.c - budgets between the command line and the API, which knows what is good.
 * SPDX-License-Identifier: MIT */
#include "ctl/budgets.h"

#include <string.h>

#include "base/str.h"

enum { TEXT_MAX = 16 << 10 };

static bool is_soft(const struct flag *f)
{
	return !strcmp(f->name, "soft-budget");
}

static bool is_none(const char *value)
{
	return !value[0] || !strcmp(value, "none");
}

static int refuse(const struct flag *f, const char *value)
{
	return ctl_fail(CTL_USAGE, "--%s takes USD/PERIOD, like 5/month, 1/day@Europe/Berlin "
	                "or 20/total:gpt-*; this is '%s'", f->name, value);
}

static void put_models(struct jsonw *w, cdt_str models)
{
	jsonw_key(w, "models");
	jsonw_open(w, '[');
	while (models.n) {
		cdt_str word = str_trim(str_cut(&models, ','));

		if (word.n)
			jsonw_text(w, word);
	}
	jsonw_close(w);
}

static int put_one(struct jsonw *w, const struct flag *f, const char *value)
{
	cdt_str models = str_z(value), zone = str_cut(&models, ':');
	bool has_zone = str_find(zone, '@') < zone.n;
	cdt_str period = str_cut(&zone, '@'), usd = str_cut(&period, '/');

	if (!usd.n || !period.n || (has_zone && !zone.n))
		return refuse(f, value);
	jsonw_open(w, '{');
	jsonw_put_text(w, "usd", usd);
	jsonw_put_text(w, "period", period);
	if (has_zone)
		jsonw_put_text(w, "timezone", zone);
	if (models.n)
		put_models(w, models);
	if (is_soft(f))
		jsonw_put_flag(w, "hard", false);
	jsonw_close(w);
	return CTL_OK;
}

static bool is_budget(const struct flag *f)
{
	return is_soft(f) || !strcmp(f->name, "budget");
}

int budgets_put(const struct ctl *c, struct jsonw *w)
{
	size_t n = 0, none = 0;

	for (size_t i = 0; i < c->given_count; i++) {
		n += is_budget(c->given[i].flag);
		none += is_budget(c->given[i].flag) && is_none(c->given[i].value);
	}
	if (!n)
		return 0;
	if (none) {
		jsonw_put_null(w, "budgets");
		if (none == n)
			return 1;
		(void)ctl_fail(CTL_USAGE, "--budget none goes with no other budget");
		return -1;
	}
	jsonw_key(w, "budgets");
	jsonw_open(w, '[');
	for (size_t i = 0; i < c->given_count; i++)
		if (is_budget(c->given[i].flag) &&
		    put_one(w, c->given[i].flag, c->given[i].value) != CTL_OK)
			return -1;
	jsonw_close(w);
	return 1;
}

static void spell_one(struct buf *out, const struct json *b)
{
	cdt_str zone = json_text(json_get(b, "timezone"));
	const struct json *models = json_get(b, "models");

	buf_add(out, json_text(json_get(b, "usd")));
	buf_add_c(out, '/');
	buf_add(out, json_text(json_get(b, "period")));
	if (zone.n && !str_is(zone, "UTC")) {
		buf_add_c(out, '@');
		buf_add(out, zone);
	}
	for (size_t i = 0; i < json_count(models); i++) {
		buf_add_c(out, i ? ',' : ':');
		buf_add(out, json_text(json_at(models, i)));
	}
	if (!json_flag(json_get(b, "hard"), 1))
		buf_add_z(out, " (soft)");
}

void budgets_spell(struct json *record)
{
	const struct json *list = json_get(record, "budgets");
	struct buf text;

	if (json_type(list) != CDT_LIST)
		return;
	buf_init(&text, TEXT_MAX);
	for (size_t i = 0; i < json_count(list); i++) {
		if (i)
			buf_add_z(&text, "; ");
		spell_one(&text, json_at(list, i));
	}
	json_set_give(record, "budgets", json_new_text(buf_str(&text)));
	buf_fini(&text);
}
