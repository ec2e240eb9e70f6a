/* api/body.c - one strict scan, types of the members we know, and the few values that the
 * gateway itself needs.  Looks into no message.
 * SPDX-License-Identifier: MIT */
#include "api/body.h"

#include <string.h>

#include "base/jsonwalk.h"
#include "base/str.h"

static const char *const type_names[] = {
	[CDT_ABSENT] = "nothing", [CDT_NULL] = "null", [CDT_FLAG] = "a boolean",
	[CDT_INT] = "an integer", [CDT_REAL] = "a number", [CDT_TEXT] = "a string",
	[CDT_LIST] = "an array", [CDT_MAP] = "an object",
};

cdt_status body_wrong_type(struct exchange *x, const char *name, uint32_t types, uint32_t got)
{
	struct buf want;
	cdt_status st;

	buf_init(&want, 128);
	for (uint32_t t = CDT_FLAG; t <= CDT_MAP; t++) {
		if (!(types & BODY_T(t)) || (t == CDT_INT && types & BODY_T(CDT_REAL)))
			continue;
		if (want.n)
			buf_add_z(&want, " or ");
		buf_add_z(&want, type_names[t]);
	}
	st = problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name,
	                 "Invalid type for '%s': expected %.*s, but got %s.", name,
	                 STR_ARG(buf_str(&want)), type_names[got]);
	buf_fini(&want);
	return st;
}

static cdt_status check_types(struct exchange *x, const struct body_field *fields)
{
	for (size_t i = 0; i < x->ask.member_count; i++) {
		const struct json_member *m = &x->ask.members[i];
		char first = m->key.n ? m->key.p[0] : '\0';

		for (const struct body_field *f = fields; f->name; f++) {
			if ((first != f->name[0] && first != '\\') || !json_key_is(m, f->name))
				continue;
			if (m->type != CDT_NULL && !(f->types & BODY_T(m->type)))
				return body_wrong_type(x, f->name, f->types, m->type);
			break;
		}
	}
	return CDT_OK;
}

/* A text member's value; {NULL,0} when it is not there. */
static cdt_str text_of(struct exchange *x, const struct json_member *m)
{
	cdt_str plain, inside;
	char *out;

	if (!m || m->type != CDT_TEXT)
		return (cdt_str){ NULL, 0 };
	plain = json_plain_text(m);
	if (plain.p)
		return plain;
	inside = (cdt_str){ m->value.p + 1, m->value.n - 2 };
	out = arena_take(&x->arena, inside.n + 1);
	return out ? (cdt_str){ out, json_unescape(inside, out) } : (cdt_str){ NULL, 0 };
}

static bool is_true(const struct json_member *m)
{
	return m && m->type == CDT_FLAG && m->value.p[0] == 't';
}

static cdt_status scan_body(struct exchange *x)
{
	struct jsonscan scan;
	struct json_member *copy;

	if (!x->ask.body.n)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_JSON, NULL,
		                   "The request has no body; send a JSON object.");
	if (jsonscan(&scan, x->ask.body) != CDT_OK)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_JSON,
		                   scan.error_key[0] ? scan.error_key : NULL,
		                   "The request body is not valid JSON: %s (at byte %zu%s%s).",
		                   scan.error, scan.error_at, scan.error_key[0] ? ", key " : "",
		                   scan.error_key);
	if (scan.type != CDT_MAP)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_JSON, NULL,
		                   "The request body must be a JSON object, not %s.",
		                   type_names[scan.type]);
	copy = arena_take(&x->arena, (scan.count + 1) * sizeof *copy);
	if (!copy)
		return CDT_E_LIMIT;
	memcpy(copy, scan.member, scan.count * sizeof *copy);
	x->ask.members = copy;
	x->ask.member_count = scan.count;
	return CDT_OK;
}

cdt_status body_check_range(struct exchange *x, const char *name, int64_t min, int64_t max)
{
	const struct json_member *m = ask_member(&x->ask, name);
	int64_t v;

	if (!m || m->type != CDT_INT || (str_i64(m->value, &v) && v >= min && v <= max))
		return CDT_OK;
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name,
	                   "'%s' must be between %lld and %lld.", name, (long long)min,
	                   (long long)max);
}

cdt_status body_check_number(struct exchange *x, const char *name, double min, double max)
{
	const struct json_member *m = ask_member(&x->ask, name);
	struct json *number = m && BODY_T(m->type) & BODY_NUMBER ? json_parse(m->value)
	                                                             : NULL;
	double v = json_f64(number, min);

	json_free(number);
	if (v >= min && v <= max)
		return CDT_OK;
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name,
	                   "'%s' must be between %g and %g.", name, min, max);
}

static cdt_status no_such_word(struct exchange *x, const char *name, const char *const *words)
{
	struct buf list;
	cdt_status st;

	buf_init(&list, 512);
	for (size_t i = 0; words[i]; i++)
		buf_print(&list, "%s%s", !i ? "" : words[i + 1] ? ", " : " or ", words[i]);
	st = problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name,
	                 "'%s' must be %.*s.", name, STR_ARG(buf_str(&list)));
	buf_fini(&list);
	return st;
}

cdt_str body_text(struct exchange *x, const char *name)
{
	return text_of(x, ask_member(&x->ask, name));
}

cdt_status body_check_word(struct exchange *x, const char *name, const char *const *words)
{
	cdt_str said = body_text(x, name);

	for (size_t i = 0; said.p && words[i]; i++)
		if (str_is(said, words[i]))
			return CDT_OK;
	return said.p ? no_such_word(x, name, words) : CDT_OK;
}

cdt_status body_missing(struct exchange *x, const char *name)
{
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name,
	                   "Missing required parameter: '%s'.", name);
}

bool body_is_empty(const struct json_member *m)
{
	cdt_str inside = str_trim((cdt_str){ m->value.p + 1, m->value.n - 2 });

	return m->type == CDT_NULL ||
	       ((m->type == CDT_TEXT || m->type == CDT_LIST || m->type == CDT_MAP) &&
	        !inside.n);
}

cdt_status body_decode(struct exchange *x, const struct body_field *fields)
{
	const struct json_member *model;
	cdt_status st = scan_body(x);

	if (st == CDT_OK)
		st = check_types(x, fields);
	if (st != CDT_OK)
		return st;
	model = ask_member(&x->ask, "model");
	if (model && !body_is_empty(model))                          /* outlives the body */
		x->ask.model = arena_str(&x->arena, text_of(x, model));
	if (!x->ask.model.n)
		return body_missing(x, "model");
	x->ask.stream = is_true(ask_member(&x->ask, "stream"));
	x->ask.n = 1;
	return body_wishes(x);
}
