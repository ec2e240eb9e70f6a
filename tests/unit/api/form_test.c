/* unit/api/form_test.c - forms: what is read from them, and what is refused.
 * SPDX-License-Identifier: MIT */
#include "api/form.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

#define TYPE "multipart/form-data; boundary=B"
#define NAMED "\r\nContent-Disposition: form-data; name=\"n\""
#define TAIL "\r\n--B--\r\n"

/* Parses a copy that ends where its memory ends. */
struct reading { struct form form; struct arena arena; char *body; cdt_status st; };

static void parse(struct reading *r, const char *type, cdt_str body)
{
	r->body = mem_try(NULL, body.n ? body.n : 1);
	memcpy(r->body, body.p, body.n);
	arena_init(&r->arena, 1024, 1 << 20);
	r->st = form_parse(&r->form, &r->arena, str_z(type), (cdt_str){ r->body, body.n });
}

static void parse_fini(struct reading *r)
{
	arena_fini(&r->arena);
	mem_free(r->body);
}

static void reads_fields_and_files(void)
{
	static const struct {
		const char *body, *name, *filename, *type, *value;
		bool file;
	} rows[] = {
		{ "--B" NAMED "\r\n\r\nv" TAIL, "n", "", "", "v", false },
		{ "\r\n--B" NAMED "\r\n\r\nv\r\n--B--", "n", "", "", "v", false },
		{ "--B" NAMED "\r\n\r\n" TAIL, "n", "", "", "", false },
		{ "--B" NAMED "\r\n\r\na\r\nb\r\n--b\r\n" TAIL, "n", "", "", "a\r\nb\r\n--b\r\n", false },
		{ "--B" NAMED "; filename=\"f.wav\"\r\nContent-Type: audio/wav\r\n\r\nv" TAIL,
		  "n", "f.wav", "audio/wav", "v", true },
		{ "--B\r\ncontent-type:a/b\r\nx-other: 1\r\nCONTENT-DISPOSITION: Form-Data ;name=n;"
		  "filename=f\r\n\r\nv" TAIL, "n", "f", "a/b", "v", true },
		{ "--B" NAMED "; filename=\"a\\\"b\\\\c\"\r\n\r\nv" TAIL, "n", "a\"b\\c", "", "v", true },
		{ "--B" NAMED "; filename=\"C:\\up\\f.wav\"\r\n\r\nv" TAIL, "n", "C:\\up\\f.wav", "", "v",
		  true },
		{ "--B" NAMED "; filename=\"x\"; filename*=UTF-8'en'%e2%82%ac%20.wav\r\n\r\nv" TAIL, "n",
		  "\xe2\x82\xac .wav", "", "v", true },
		{ "--B" NAMED "; filename*=utf-8''f; filename=\"x\"\r\n\r\nv" TAIL, "n", "f", "", "v", true },
		{ "--B" NAMED "; filename=\"\"\r\n\r\nv" TAIL, "n", "", "", "v", true },
		{ "--B" NAMED "\r\nContent-Transfer-Encoding: binary\r\n\r\nv" TAIL, "n", "", "", "v", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct form_part *p;
		struct reading r;

		parse(&r, TYPE, str_z(rows[i].body));
		p = &r.form.part[0];
		if (r.st != CDT_OK)
			fprintf(stderr, "\n%s: %s\n", rows[i].body, r.form.error);
		CU_ASSERT_EQUAL_FATAL(r.st, CDT_OK);
		CU_ASSERT_EQUAL(r.form.count, 1);
		CU_ASSERT(str_is(p->name, rows[i].name) && str_is(p->type, rows[i].type));
		CU_ASSERT(str_is(p->filename, rows[i].filename));
		CU_ASSERT(str_is(p->bytes, rows[i].value));
		CU_ASSERT_EQUAL(p->is_file, rows[i].file);
		CU_ASSERT(p->bytes.p >= r.body);        /* never a copy */
		parse_fini(&r);
	}
}

static void refuses_what_can_be_read_in_two_ways(void)
{
	static const char *const rows[][2] = {
		{ "", "does not begin with the boundary" },
		{ "x\r\n--B" NAMED "\r\n\r\nv" TAIL, "does not begin" },
		{ "--B" NAMED "\r\n\r\nv", "last boundary is missing" },
		{ "--B" NAMED "\r\n\r\nv\r\n--B", "follows a boundary" },
		{ "--B" NAMED "\r\n\r\nv\r\n--Bx\r\n", "follows a boundary" },
		{ "--B" NAMED "\r\n\r\nv\r\n--B \r\n", "follows a boundary" },
		{ "--B" NAMED "\r\n\r\nv\r\n--B--x", "follows a boundary" },
		{ "--B\n" NAMED, "follows a boundary" },
		{ "--B\r\n\r\nv" TAIL, "no Content-Disposition" },
		{ "--B\r\nContent-Disposition: form-data\r\n\r\nv" TAIL, "no name" },
		{ "--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nv" TAIL, "no name" },
		{ "--B\r\nContent-Disposition: attachment; name=\"n\"\r\n\r\nv" TAIL, "not form-data" },
		{ "--B\r\nContent-Disposition: form-data; name=\"n\r\n\r\nv" TAIL, "can not be read" },
		{ "--B\r\nContent-Disposition: form-data; name=\"n\"x\r\n\r\nv" TAIL, "can not be read" },
		{ "--B" NAMED "; name=\"m\"\r\n\r\nv" TAIL, "twice" },
		{ "--B" NAMED "; filename=a; filename=b\r\n\r\nv" TAIL, "twice" },
		{ "--B" NAMED NAMED "\r\n\r\nv" TAIL, "two Content-Disposition" },
		{ "--B" NAMED "\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\nv" TAIL, "two Content-Type" },
		{ "--B" NAMED "\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\nv" TAIL, "multipart itself" },
		{ "--B" NAMED "\r\nContent-Transfer-Encoding: base64\r\n\r\nv" TAIL, "Transfer-Encoding" },
		{ "--B" NAMED "\r\nno colon\r\n\r\nv" TAIL, "a colon" },
		{ "--B" NAMED "\r\nx : y\r\n\r\nv" TAIL, "forbidden byte" },
		{ "--B" NAMED "\r\n folded: y\r\n\r\nv" TAIL, "forbidden byte" },
		{ "--B" NAMED "\r\nx: \x01\r\n\r\nv" TAIL, "control byte" },
		{ "--B" NAMED "; filename=\"a\tb\"\r\n\r\nv" TAIL, "control byte" },
		{ "--B" NAMED "; filename*=UTF-8''%0a\r\n\r\nv" TAIL, "control byte" },
		{ "--B" NAMED "; filename*=UTF-8''%ff\r\n\r\nv" TAIL, "not UTF-8" },
		{ "--B" NAMED "; filename*=UTF-8''%f\r\n\r\nv" TAIL, "percent-encoded" },
		{ "--B" NAMED "; filename*=latin1''a\r\n\r\nv" TAIL, "percent-encoded" },
		{ "--B" NAMED "; filename*=\"UTF-8''a\"\r\n\r\nv" TAIL, "percent-encoded" },
		{ "--B" NAMED "\r\n\r\n\x01" TAIL, "plain UTF-8 text" },
		{ "--B" NAMED "\r\n\r\n\xff" TAIL, "plain UTF-8 text" },
		{ "--B" NAMED "\r\na: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\ne: 1\r\nf: 1\r\ng: 1\r\nh: 1\r\n\r\nv" TAIL,
		  "too many headers" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading r;

		parse(&r, TYPE, str_z(rows[i][0]));
		CU_ASSERT_EQUAL(r.st, CDT_E_INVALID);
		if (r.st == CDT_E_INVALID && !strstr(r.form.error, rows[i][1]))
			fprintf(stderr, "\n%s: %s\n", rows[i][0], r.form.error);
		CU_ASSERT(r.st != CDT_E_INVALID || strstr(r.form.error, rows[i][1]));
		parse_fini(&r);
	}
}

static void a_boundary_must_be_named(void)
{
	static const struct { const char *type, *why; } rows[] = {
		{ "multipart/form-data", "no boundary" },
		{ "multipart/form-data; boundary=", "can not be read" },
		{ "multipart/form-data; boundary=B; boundary=C", "two boundaries" },
		{ "multipart/form-data; boundary=\"B", "can not be read" },
		{ "multipart/form-data; boundary=\"B \"", "ends with a blank" },
		{ "multipart/form-data; boundary=a{b", "forbidden byte" },
		{ "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901"
		  "2345678901234567890", "longer than 70" },
		{ "multipart/form-data; charset=utf-8; Boundary=\"B\"", NULL },
		{ "Multipart/Form-Data;boundary=B;", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading r;

		CU_ASSERT(form_is(str_z(rows[i].type)));
		parse(&r, rows[i].type, CDT_STR("--B" NAMED "\r\n\r\nv" TAIL));
		CU_ASSERT_EQUAL(r.st, rows[i].why ? CDT_E_INVALID : CDT_OK);
		CU_ASSERT(!rows[i].why || (r.form.error && strstr(r.form.error, rows[i].why)));
		parse_fini(&r);
	}
	CU_ASSERT_FALSE(form_is(CDT_STR("application/json")));
	CU_ASSERT_FALSE(form_is(CDT_STR("multipart/mixed; boundary=B")));
	CU_ASSERT_FALSE(form_is(CDT_STR("")));
}

static void add_parts(struct buf *out, size_t count, const char *more, size_t bytes)
{
	for (size_t i = 0; i < count; i++) {
		buf_print(out, "%s--B" NAMED "%s\r\n\r\n", i ? "\r\n" : "", more);
		for (size_t k = 0; k < bytes; k++)
			buf_add_c(out, 'x');
	}
	buf_add_z(out, TAIL);
}

static void everything_has_a_most(void)
{
	static const struct { size_t parts, bytes; const char *more; cdt_status st; } rows[] = {
		{ 64, 1, "", CDT_OK }, { 65, 1, "", CDT_E_INVALID },
		{ 2, FORM_TEXT_MAX / 2, "", CDT_OK }, { 2, FORM_TEXT_MAX / 2 + 1, "", CDT_E_INVALID },
		{ 2, FORM_TEXT_MAX, "; filename=f", CDT_OK },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reading r;
		struct buf body;

		buf_init(&body, 8 << 20);
		add_parts(&body, rows[i].parts, rows[i].more, rows[i].bytes);
		parse(&r, TYPE, buf_str(&body));
		CU_ASSERT_EQUAL(r.st, rows[i].st);
		CU_ASSERT(r.st != CDT_OK || r.form.count == rows[i].parts);
		parse_fini(&r);
		buf_fini(&body);
	}
}

static void a_long_head_is_refused(void)
{
	struct reading r;
	struct buf body;

	buf_init(&body, 1 << 20);
	buf_add_z(&body, "--B" NAMED "\r\nx: ");
	for (size_t i = 0; i < FORM_HEAD_MAX; i++)
		buf_add_c(&body, 'x');
	buf_add_z(&body, "\r\n\r\nv" TAIL);
	parse(&r, TYPE, buf_str(&body));
	CU_ASSERT_EQUAL(r.st, CDT_E_INVALID);
	CU_ASSERT(r.form.error && strstr(r.form.error, "too long"));
	parse_fini(&r);
	buf_fini(&body);
}

static void a_file_that_was_not_chosen_is_none(void)
{
	struct reading r;

	parse(&r, TYPE, CDT_STR("--B" NAMED "; filename=\"\"\r\n\r\n\r\n--B" NAMED "\r\n\r\nv" TAIL));
	CU_ASSERT_EQUAL(r.st, CDT_OK);
	CU_ASSERT(r.form.count == 1 && !r.form.part[0].is_file);
	parse_fini(&r);
}

static const struct unit_test tests[] = {
	{ "reads fields and files", reads_fields_and_files },
	{ "refuses what can be read in two ways", refuses_what_can_be_read_in_two_ways },
	{ "a boundary must be named", a_boundary_must_be_named },
	{ "everything has a most", everything_has_a_most },
	{ "a long head is refused", a_long_head_is_refused },
	{ "a file that was not chosen is none", a_file_that_was_not_chosen_is_none },
	{ NULL, NULL }
};
const struct unit_suite api_form_suite = { "api/form", tests };
