/* api/openai/upload.c - a form's fields, twice: as JSON of the types that the API gives them,
 * which is decoded like any other body; and as they came, for upstreams that take forms
 * themselves.  Files stay where they are and are told by their number.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/form.h"
#include "api/openai/openai.h"
#include "base/str.h"

enum { FIELDS_JSON_MAX = 8 << 20 };            /* escaped, a byte of text may take six */

struct upload {
	struct exchange *x;
	const struct body_field *fields;
	struct form form;
	bool seen[FORM_PARTS_MAX];             /* the part was written */
	uint32_t blob[FORM_PARTS_MAX];         /* number of a part that is a file */
};

/* "image[]" is the list "image". */
static cdt_str plain_name(cdt_str name)
{
	return str_ends(name, "[]") ? (cdt_str){ name.p, name.n - 2 } : name;
}

static uint32_t types_of(const struct upload *u, cdt_str name)
{
	for (const struct body_field *f = u->fields; f->name; f++)
		if (str_is(name, f->name))
			return f->types;
	return 0;
}

/* Numbers, flags and maps are written in a form as they are in JSON; files never are. */
static bool is_value_of(cdt_str text, uint32_t types)
{
	struct jsonscan scan;

	types = types & BODY_FILE ? 0 : types & ~(uint32_t)(BODY_TEXT | BODY_LIST);
	return types && jsonscan(&scan, text) == CDT_OK && types & BODY_T(scan.type);
}

static void write_blob(struct jsonw *w, uint32_t number)
{
	jsonw_open(w, '{');
	jsonw_put_i64(w, "blob", number);
	jsonw_close(w);
}

static void write_part(const struct upload *u, struct jsonw *w, size_t i, uint32_t types)
{
	const struct form_part *p = &u->form.part[i];

	if (p->is_file)
		write_blob(w, u->blob[i]);
	else if (is_value_of(p->bytes, types))
		jsonw_raw(w, p->bytes);
	else
		jsonw_text(w, p->bytes);
}

/* All parts from i on that are called the same, as one member. */
static void write_member(struct upload *u, struct jsonw *w, size_t i, bool typed)
{
	cdt_str name = u->form.part[i].name, key = typed ? plain_name(name) : name;
	uint32_t types = typed ? types_of(u, key) : 0;
	bool list = types & BODY_LIST || str_ends(name, "[]");

	for (size_t k = i; k < u->form.count; k++) {
		cdt_str other = u->form.part[k].name;

		u->seen[k] |= str_eq(typed ? plain_name(other) : other, key);
		list |= k > i && str_eq(typed ? plain_name(other) : other, key);
	}
	jsonw_key(w, arena_str(&u->x->arena, key).p);
	if (list)
		jsonw_open(w, '[');
	for (size_t k = i; k < u->form.count; k++) {
		cdt_str other = u->form.part[k].name;

		if (str_eq(typed ? plain_name(other) : other, key))
			write_part(u, w, k, types);
	}
	if (list)
		jsonw_close(w);
}

static bool is_own(const struct upload *u, cdt_str name)
{
	for (const char *const *own = u->x->ask.own_members; *own; own++)
		if (str_is(name, *own))
			return true;
	return false;
}

/* The fields as JSON, in the exchange's arena; {NULL,0}: they are too long. */
static cdt_str fields_json(struct upload *u, bool typed)
{
	struct jsonw w;
	struct buf out;
	cdt_str text = { NULL, 0 };

	memset(u->seen, 0, sizeof u->seen);
	buf_init(&out, FIELDS_JSON_MAX);
	jsonw_init(&w, &out);
	jsonw_open(&w, '{');
	for (size_t i = 0; i < u->form.count; i++)
		if (!u->seen[i] && (typed || !is_own(u, u->form.part[i].name)))
			write_member(u, &w, i, typed);
	jsonw_close(&w);
	if (jsonw_status(&w) == CDT_OK)
		text = arena_str(&u->x->arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

static cdt_status take_blobs(struct upload *u)
{
	struct cdt_blob *blobs = arena_take(&u->x->arena, (u->form.count + 1) * sizeof *blobs);
	uint32_t n = 0;

	if (!blobs)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < u->form.count; i++) {
		const struct form_part *p = &u->form.part[i];

		u->blob[i] = n;
		if (p->is_file)
			blobs[n++] = (struct cdt_blob){ p->name, p->filename, p->type,
			                                p->bytes };
	}
	u->x->ask.blobs = blobs;
	u->x->ask.blob_count = n;
	return CDT_OK;
}

static bool came_before(const struct upload *u, size_t i, cdt_str name)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(plain_name(u->form.part[k].name), name))
			return true;
	return false;
}

/* What is one value may come once only, whatever the brackets; and files are files. */
static cdt_status check_parts(struct upload *u)
{
	struct exchange *x = u->x;

	for (size_t i = 0; i < u->form.count; i++) {
		cdt_str name = plain_name(u->form.part[i].name);
		uint32_t types = types_of(u, name);
		const struct form_part *p = &u->form.part[i];
		const char *flaw = NULL;

		if (types && !(types & BODY_LIST) && came_before(u, i, name))
			flaw = "came twice";
		else if (types & BODY_FILE && !p->is_file)
			flaw = "must be a file: a part with a filename";
		else if (p->is_file && !p->bytes.n)
			flaw = "is an empty file";
		if (!flaw)
			continue;
		name = arena_str(&x->arena, name);
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name.p,
		                   "'%s' %s.", name.p, flaw);
	}
	return CDT_OK;
}

bool openai_is_form(const struct exchange *x)
{
	return form_is(x->ask.type);
}

cdt_status openai_decode_form(struct exchange *x, const struct body_field *fields)
{
	struct upload u = { .x = x, .fields = fields };
	cdt_status st = form_parse(&u.form, &x->arena, x->ask.type, x->ask.body);

	if (st == CDT_E_INVALID)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, NULL,
		                   "The form can not be read: %s.", u.form.error);
	if (st == CDT_OK)
		st = check_parts(&u);
	if (st == CDT_OK)
		st = take_blobs(&u);
	if (st != CDT_OK)
		return st;
	x->ask.form = fields_json(&u, false);
	x->ask.body = fields_json(&u, true);
	if (!x->ask.form.p || !x->ask.body.p)
		return problem_set(&x->problem, &x->arena, PROBLEM_TOO_LARGE, NULL,
		                   "The form's fields are too long.");
	return openai_decode(x, fields);
}
