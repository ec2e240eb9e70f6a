/* config/print.c - the effective configuration with the origin of each value.  Secrets, and
 * options of plugins that sound like one, show as ***, and so does who logs in at a URL.
 * SPDX-License-Identifier: MIT */
#include "config/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "config/report.h"
#include "config/schema.h"

enum { SHOWN_MAX = 32 << 20 };

static void print_member(struct buf *out, const struct node *n, const char *path, size_t depth);

static void indent(struct buf *out, size_t depth)
{
	while (depth-- > 0)
		buf_add_c(out, '\t');
}

static void print_text(struct buf *out, const char *text)
{
	buf_add_c(out, '"');
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\')
			buf_print(out, "\\%c", c);
		else if (c == '$')
			buf_add_z(out, "$$");
		else if (c < ' ' || c == 0x7f)
			buf_print(out, "\\x%02x", c);
		else
			buf_add_c(out, (char)c);
	}
	buf_add_c(out, '"');
}

static void print_int(struct buf *out, int64_t v)
{
	buf_print(out, "%" PRId64 "%s", v, v > INT32_MAX || v < INT32_MIN ? "L" : "");
}

/* What a variable or flag gave for a number is printed as one. */
static bool is_number(const struct node *n)
{
	return n->loose && n->row && (n->row->type == TYPE_INT ||
	                              (n->row->type == TYPE_AUTO && n->value >= 0));
}

static bool is_delicate(const struct node *n)
{
	return n->name && !n->row && report_is_delicate(str_z(n->name)) &&
	       !report_is_reference(str_z(n->text));
}

static void print_shown(struct buf *out, const char *text)
{
	struct buf shown;

	buf_init(&shown, SHOWN_MAX);
	report_put_text(&shown, str_z(text));
	buf_add_c(&shown, '\0');
	print_text(out, shown.status == CDT_OK ? shown.p : "***");
	buf_fini(&shown);
}

static void print_scalar(struct buf *out, const struct node *n)
{
	if (n->secret)
		print_text(out, "***");
	else if (n->type == NODE_FLAG || (n->loose && n->row && n->row->type == TYPE_FLAG))
		buf_add_z(out,
		          (n->type == NODE_FLAG ? n->number : n->value) ? "true" : "false");
	else if (n->type == NODE_REAL)
		buf_print(out, "%#.17g", n->real);
	else if (n->type == NODE_INT || is_number(n))
		print_int(out, n->type == NODE_INT ? n->number : n->value);
	else if (is_delicate(n))
		print_text(out, "***");
	else
		print_shown(out, n->text);
}

static void print_origin(struct buf *out, const struct node *n)
{
	buf_add_z(out, "  # ");
	if (n->secret && n->text[0])
		buf_print(out, "%s, ", n->text);
	if (n->at.line)
		buf_print(out, "%s:%u", n->at.file, n->at.line);
	else
		buf_add_z(out, n->at.file[0] ? n->at.file : "default");
	buf_add_c(out, '\n');
}

/* Members that the schema knows, in its order; all others as they were written. */
static void print_group(struct buf *out, const struct node *n, const char *path, size_t depth)
{
	bool known = false;

	for (const struct schema_row *row = schema_rows; path && row->path; row++) {
		const char *name = schema_member(row, str_z(path));
		const struct node *member = name ? node_get(n, name) : NULL;

		known = known || name;
		if (member)
			print_member(out, member, row->path, depth);
	}
	for (const struct node *m = known ? NULL : n->first; m; m = m->next)
		print_member(out, m, NULL, depth);
}

static void print_inside(struct buf *out, const struct node *n, const char *path, size_t depth)
{
	char element[96];

	(void)snprintf(element, sizeof element, "%s[]", path ? path : "");     /* ours: short */
	if (n->type == NODE_GROUP) {
		buf_add_z(out, "{\n");
		print_group(out, n, path, depth + 1);
		indent(out, depth);
		buf_add_c(out, '}');
		return;
	}
	if (n->type != NODE_ARRAY && n->type != NODE_LIST) {
		print_scalar(out, n);
		return;
	}
	buf_add_z(out, n->type == NODE_ARRAY ? "[ " : "( ");
	for (const struct node *e = n->first; e; e = e->next) {
		print_inside(out, e, path ? element : NULL, depth);
		buf_add_z(out, e->next ? ", " : " ");
	}
	buf_add_c(out, n->type == NODE_ARRAY ? ']' : ')');
}

static void print_member(struct buf *out, const struct node *n, const char *path, size_t depth)
{
	indent(out, depth);
	buf_print(out, "%s = ", n->name);
	print_inside(out, n, path, depth);
	buf_add_c(out, ';');
	print_origin(out, n);
}

void print_tree(const struct node *root, struct buf *out)
{
	print_group(out, root, "", 0);
}
