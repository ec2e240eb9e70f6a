/* plugin/options.c - checks and converts a plugin's options.  Does not know what they mean.
 * SPDX-License-Identifier: MIT */
#include "plugin/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

enum { NUMBER_MAX_BYTES = 40, LIST_MAX = 4096 };

static struct json *as_text(const struct json *v)
{
	return json_type(v) == CDT_TEXT ? json_new_text(json_text(v)) : NULL;
}

static struct json *as_int(const struct json *v)
{
	int64_t n;

	if (json_type(v) == CDT_INT)
		return json_new_i64(json_i64(v, 0));
	return json_type(v) == CDT_TEXT && str_i64(json_text(v), &n) ? json_new_i64(n) : NULL;
}

/* The text form is for "${NAME}": what comes from the environment is text. */
static struct json *as_real(const struct json *v)
{
	char text[NUMBER_MAX_BYTES], *end;
	cdt_str s = json_text(v);
	double d;

	if (json_type(v) == CDT_INT || json_type(v) == CDT_REAL)
		return json_new_f64(json_f64(v, 0));
	if (json_type(v) != CDT_TEXT || s.n == 0 || s.n >= sizeof text)
		return NULL;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	d = strtod(text, &end);
	return end == text + s.n && isfinite(d) ? json_new_f64(d) : NULL;
}

static struct json *as_flag(const struct json *v)
{
	cdt_str s = json_text(v);

	if (json_type(v) == CDT_FLAG)
		return json_new_flag(json_flag(v, 0));
	if (str_is(s, "true") || str_is(s, "false"))
		return json_new_flag(str_is(s, "true"));
	return NULL;
}

static struct json *as_url(const struct json *v)
{
	cdt_str s = json_text(v);
	size_t scheme = str_starts(s, "https://") ? 8 : str_starts(s, "http://") ? 7 : 0;

	if (!scheme || s.n == scheme)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] <= 0x20 || s.p[i] == 0x7f)
			return NULL;
	return json_new_text(s);
}

static struct json *as_duration(const struct json *v)
{
	uint64_t ms;
	int64_t s = json_i64(v, -1);

	if (json_type(v) == CDT_INT && s >= 0 && s <= INT64_MAX / 1000)
		return json_new_i64(s * 1000);
	if (json_type(v) == CDT_TEXT && duration_parse(json_text(v), &ms) && ms <= INT64_MAX)
		return json_new_i64((int64_t)ms);
	return NULL;
}

static struct json *as_size(const struct json *v)
{
	uint64_t bytes;

	if (json_type(v) == CDT_INT && json_i64(v, -1) >= 0)
		return json_new_i64(json_i64(v, 0));
	if (json_type(v) == CDT_TEXT && size_parse(json_text(v), &bytes) && bytes <= INT64_MAX)
		return json_new_i64((int64_t)bytes);
	return NULL;
}

static struct json *copy_scalar(const struct json *v)
{
	switch (json_type(v)) {
	case CDT_TEXT: return json_new_text(json_text(v));
	case CDT_INT:  return json_new_i64(json_i64(v, 0));
	case CDT_REAL: return json_new_f64(json_f64(v, 0));
	case CDT_FLAG: return json_new_flag(json_flag(v, 0));
	default:       return NULL;
	}
}

/* A list of scalars; one text is "a, b, c" (defaults are written so). */
static struct json *as_list(const struct json *v)
{
	struct json *list = json_new_list();
	cdt_str rest = json_text(v);
	size_t count = json_type(v) == CDT_LIST ? json_count(v) : 0;

	for (size_t i = 0; i < count && list; i++) {
		struct json *one = i < LIST_MAX ? copy_scalar(json_at(v, i)) : NULL;

		if (one) {
			json_push_give(list, one);
		} else {
			json_free(list);
			list = NULL;
		}
	}
	while (list && json_type(v) == CDT_TEXT && rest.n)
		json_push_give(list, json_new_text(str_trim(str_cut(&rest, ','))));
	if (list && json_type(v) != CDT_LIST && json_type(v) != CDT_TEXT) {
		json_free(list);
		list = NULL;
	}
	return list;
}

/* By CDT_OPT_...; expect goes into "must be ...". */
static const struct {
	const char *name, *expect;
	struct json *(*convert)(const struct json *v);
} types[] = {
	[CDT_OPT_TEXT]     = { "text", "a text", as_text },
	[CDT_OPT_INT]      = { "int", "a whole number", as_int },
	[CDT_OPT_REAL]     = { "real", "a number", as_real },
	[CDT_OPT_FLAG]     = { "flag", "true or false", as_flag },
	[CDT_OPT_SECRET]   = { "secret", "a secret: \"env:NAME\" or \"file:/path\"", as_text },
	[CDT_OPT_URL]      = { "url", "a URL that begins with https:// or http://", as_url },
	[CDT_OPT_DURATION] = { "duration", "a duration: \"250ms\", \"30s\"", as_duration },
	[CDT_OPT_LIST]     = { "list", "a list", as_list },
	[CDT_OPT_SIZE]     = { "size", "a size: \"64KiB\", \"4GiB\"", as_size },
};

/* Types of the future are taken as text: that is what the default is written in. */
static uint32_t type_of(const struct cdt_option *o)
{
	return o->type > 0 && o->type < sizeof types / sizeof types[0] ? o->type : CDT_OPT_TEXT;
}

static struct json *default_of(const struct cdt_option *o)
{
	struct json *text = json_new_text(str_z(o->dflt));
	struct json *v = types[type_of(o)].convert(text);

	json_free(text);
	return v;
}

static const struct cdt_option *find(const struct cdt_option *table, cdt_str name)
{
	for (; table && table->name; table++)
		if (str_is(name, table->name))
			return table;
	return NULL;
}

static void report_unknown(const struct cdt_option *table, cdt_str name,
                           struct config_origin at, struct config_report *report)
{
	const char *names[OPTIONS_MAX + 1], *near;
	size_t count = 0;

	for (; table && table[count].name && count < OPTIONS_MAX; count++)
		names[count] = table[count].name;
	names[count] = NULL;
	near = config_nearest(name, names);
	if (near)
		config_report_error(report, at, "unknown option '%.*s'; did you mean '%s'?",
		                    STR_ARG(name), near);
	else if (count == 0)
		config_report_error(report, at, "unknown option '%.*s': this type has none",
		                    STR_ARG(name));
	else
		config_report_error(report, at, "unknown option '%.*s'", STR_ARG(name));
}

/* What a reference stands for.  NULL: it has been reported, or is no text. */
static struct json *resolved(const struct json *v, struct config_origin at,
                             struct config_report *report)
{
	bool text = json_type(v) == CDT_TEXT;
	struct secret *s = text ? config_secret(json_text(v), at, report) : NULL;
	struct json *out = s ? json_new_text(secret_bytes(s)) : NULL;

	secret_free(s);
	return out;
}

/* Each given member into out, or into the report. */
static void take_given(const struct cdt_option *table, const struct config_options *given,
                       struct json *out, struct config_report *report)
{
	size_t it = 0, i = 0;
	cdt_str name;
	struct json *v;

	for (; json_next(given->values, &it, &name, &v); i++) {
		struct config_origin at = given->origins ? given->origins[i]
		                                         : (struct config_origin){ "", 0 };
		const struct cdt_option *o = find(table, name);
		bool secret = o && type_of(o) == CDT_OPT_SECRET;
		struct json *good = secret ? resolved(v, at, report)
			: o ? types[type_of(o)].convert(v) : NULL;

		if (good)
			json_set_give(out, o->name, good);
		else if (o && !(secret && json_type(v) == CDT_TEXT))
			config_report_error(report, at, "option '%s' must be %s", o->name,
			                    types[type_of(o)].expect);
		else if (!o)
			report_unknown(table, name, at, report);
	}
}

struct json *options_check(const struct cdt_option *table, const struct config_options *given,
                           struct config_origin at, const char *whose,
                           struct config_report *report)
{
	uint32_t errors = report->errors;
	struct json *out = json_new_map();

	take_given(table, given, out, report);
	for (const struct cdt_option *o = table; o && o->name; o++) {
		if (json_get(given->values, o->name))
			continue;
		if (o->dflt)
			json_set_give(out, o->name, default_of(o));
		else if (o->flags & CDT_OPT_REQUIRED)
			config_report_error(report, at, "'%s' needs the option '%s' (%s)",
			                    whose, o->name, types[type_of(o)].expect);
	}
	if (report->errors == errors)
		return out;
	json_free(out);
	return NULL;
}

void options_give_usual(const struct cdt_option *table, const struct config_options *given,
                        const struct json *usual, struct json *checked)
{
	for (const struct cdt_option *o = table; usual && o && o->name; o++) {
		struct json *v = json_get(usual, o->name), *good;

		if (!v || json_get(given->values, o->name))
			continue;
		good = types[type_of(o)].convert(v);
		if (good)
			json_set_give(checked, o->name, good);
	}
}

const char *options_flaw(const struct cdt_option *table)
{
	size_t count = 0;

	for (const struct cdt_option *o = table; o && o->name; o++) {
		struct json *v;

		if (++count > OPTIONS_MAX)
			return "more than 128 options";
		if (!*o->name || o->type == 0)
			return "an option without name or type";
		if (find(table, str_z(o->name)) != o)
			return "an option that is there twice";
		if (!o->dflt)
			continue;
		v = default_of(o);
		if (!v)
			return "an option whose default is not of its type";
		json_free(v);
	}
	return NULL;
}

const char *options_type_name(uint32_t type)
{
	return type > 0 && type < sizeof types / sizeof types[0] ? types[type].name : NULL;
}
