/* fuzz/fuzz_form.c - forms: nothing outside of the body is read, parts stand in it in order,
 * and what was read is read again from a form that says the same.
 * SPDX-License-Identifier: MIT */
#include "api/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define TYPE "multipart/form-data; boundary=B"
#define AGAIN "conduit-fuzz-0123456789abcdef"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct form *f, cdt_str body)
{
	const char *behind = body.p;

	must(f->count <= FORM_PARTS_MAX);
	for (size_t i = 0; i < f->count; i++) {
		const struct form_part *p = &f->part[i];

		must(p->name.n && p->name.n <= FORM_NAME_MAX && str_utf8_ok(p->name));
		must(p->filename.n <= FORM_FILENAME_MAX && str_utf8_ok(p->filename));
		must(p->bytes.p >= behind && p->bytes.p + p->bytes.n <= body.p + body.n);
		must(p->is_file ||
		     (str_utf8_ok(p->bytes) && !memchr(p->bytes.p, 0, p->bytes.n)));
		behind = p->bytes.p + p->bytes.n;
	}
}

static void add_quoted(struct buf *out, cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_add_c(out, '\\');
		buf_add_c(out, s.p[i]);
	}
}

static void write(const struct form *f, struct buf *out)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct form_part *p = &f->part[i];

		buf_add_z(out, "--" AGAIN "\r\nContent-Disposition: form-data; name=\"");
		add_quoted(out, p->name);
		if (p->is_file) {
			buf_add_z(out, "\"; filename=\"");
			add_quoted(out, p->filename);
		}
		buf_add_z(out, "\"");
		if (p->type.n) {
			buf_add_z(out, "\r\nContent-Type: ");
			buf_add(out, p->type);
		}
		buf_add_z(out, "\r\n\r\n");
		buf_add(out, p->bytes);
		buf_add_z(out, "\r\n");
	}
	buf_add_z(out, "--" AGAIN "--");
}

static void must_be_the_same(const struct form *a, const struct form *b)
{
	must(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct form_part *p = &a->part[i], *q = &b->part[i];

		must(str_eq(p->name, q->name) && str_eq(p->filename, q->filename));
		must(str_eq(p->type, q->type) && str_eq(p->bytes, q->bytes));
		must(p->is_file == q->is_file);
	}
}

static void again(const struct form *f, struct arena *a)
{
	struct form second;
	struct buf out;

	buf_init(&out, 16 << 20);
	write(f, &out);
	must(out.status == CDT_OK);
	must(form_parse(&second, a, CDT_STR("multipart/form-data;boundary=\"" AGAIN "\""),
	                buf_str(&out)) == CDT_OK);
	must_be_the_same(f, &second);
	buf_fini(&out);
}

/* A first line, if there is one, is the content type. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = mem_try(NULL, size ? size : 1);   /* its very end is guarded */
	cdt_str body = { copy, size }, type = CDT_STR(TYPE);
	struct arena arena;
	struct form f;

	if (size)
		memcpy(copy, bytes, size);
	if (str_starts(body, "multipart/"))
		type = str_cut(&body, '\n');
	arena_init(&arena, 1024, 16 << 20);
	(void)form_is(type);
	if (form_parse(&f, &arena, type, body) == CDT_OK) {
		check(&f, body);
		if (f.count && !memmem(body.p, body.n, AGAIN, sizeof AGAIN - 1))
			again(&f, &arena);
	} else {
		must(f.error != NULL);
	}
	arena_fini(&arena);
	mem_free(copy);
	return 0;
}
