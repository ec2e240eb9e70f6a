/* config/validate.c - walks tree and schema side by side: unknown members, wrong types and
 * values, what is missing, defaults.  Does not follow names from one entry to another
 * (cross.c).
 * SPDX-License-Identifier: MIT */
#include "config/validate.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "config/schema.h"
#include "config/value.h"

enum { PATH_MAX_BYTES = 192, MEMBERS_MAX = 64, SECTIONS_MAX = 16, ERRORS_ENOUGH = 50 };

struct check {
	struct tree *tree;
	/* Sections of which it was said that nothing reads them yet. */
	const char *said[SECTIONS_MAX];
	size_t said_count;
};

/* The same place for the schema ("providers[].keys[]") and for people ("providers[0]
 * (\"main\").keys[1]"). */
struct place { char path[PATH_MAX_BYTES], shown[PATH_MAX_BYTES]; };

static void check_group(struct check *c, struct node *group, const struct place *at);

__attribute__((format(printf, 2, 3)))
static void put(char out[PATH_MAX_BYTES], const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(out, PATH_MAX_BYTES, fmt, args);
	va_end(args);
	/* Too long for a member that we know: to be seen as cut, and in no schema. */
	if (n >= PATH_MAX_BYTES)
		memcpy(out + PATH_MAX_BYTES - 4, "...", 4);
}

static struct place inside(const struct place *p, const char *name)
{
	const char *dot = p->path[0] ? "." : "";
	struct place in;

	put(in.path, "%s%s%s", p->path, dot, name);
	put(in.shown, "%s%s%s", p->shown, dot, name);
	return in;
}

static struct place element(const struct place *p, size_t i, const struct node *n)
{
	const char *name = node_text(n, "name");
	struct place in;

	put(in.path, "%s[]", p->path);
	put(in.shown, "%s[%zu]%s%s%s", p->shown, i, name[0] ? " (\"" : "", name,
	    name[0] ? "\")" : "");
	return in;
}

/* Where a member of that name lives: in a part of this group, else anywhere.  NULL: nowhere. */
static const struct schema_row *home_of(const char *name, const struct place *at)
{
	const struct schema_row *home = NULL;
	size_t n = strlen(at->path);

	for (const struct schema_row *row = schema_rows; row->path; row++) {
		const char *dot = strrchr(row->path, '.');

		if (strcmp(dot ? dot + 1 : row->path, name) != 0)
			continue;
		if (strncmp(row->path, at->path, n) == 0)
			return row;
		home = home ? home : row;
	}
	return home;
}

static void report_unknown(struct check *c, const struct node *n, const struct place *at)
{
	const char *names[MEMBERS_MAX + 1], *near;
	const char *in = at->path[0] ? " in " : "";
	const struct schema_row *home = home_of(n->name, at);
	const char *dot = home ? strrchr(home->path, '.') : NULL;
	size_t count = 0;

	for (const struct schema_row *row = schema_rows; row->path && count < MEMBERS_MAX;
	     row++) {
		const char *member = schema_member(row, str_z(at->path));

		if (member)
			names[count++] = member;
	}
	names[count] = NULL;
	near = config_nearest(str_z(n->name), names);
	if (near)
		config_report_error(c->tree->report, n->at,
		                    "unknown member '%s'%s%s; did you mean '%s'?",
		                    n->name, in, at->shown, near);
	else if (home)
		config_report_error(c->tree->report, n->at,
		                    "unknown member '%s'%s%s; it belongs %s%.*s",
		                    n->name, in, at->shown, dot ? "in " : "at the top",
		                    dot ? (int)(dot - home->path) : 0, home->path);
	else
		config_report_error(c->tree->report, n->at, "unknown member '%s'%s%s", n->name,
		                    in, at->shown);
}

/* One warning a section is enough. */
static void say_later(struct check *c, const struct node *n, const struct place *at)
{
	size_t length = strcspn(at->path, ".");

	if (!*n->at.file)
		return;                                /* a default: nobody asked for it */
	for (size_t i = 0; i < c->said_count; i++)
		if (strncmp(c->said[i], at->path, length) == 0 && !c->said[i][length])
			return;
	if (c->said_count == SECTIONS_MAX)
		return;
	c->said[c->said_count++] = tree_text(c->tree, str_from(at->path, length));
	config_report_warning(c->tree->report, n->at, "%s has no effect yet", at->shown);
}

static bool has_type(struct check *c, const struct node *n, bool ok, const struct place *at,
                     const char *wanted)
{
	if (!ok)
		config_report_error(c->tree->report, n->at, "%s must be %s", at->shown, wanted);
	return ok;
}

static void check_list(struct check *c, struct node *list, const struct place *at)
{
	size_t i = 0;

	/* [] is an empty list, too. */
	if (!has_type(c, list,
	              list->type == NODE_LIST || (list->type == NODE_ARRAY && !list->count), at,
	              "a list of groups: ( { ... }, { ... } )"))
		return;
	for (struct node *n = list->first; n; n = n->next, i++) {
		struct place in = element(at, i, n);

		if (has_type(c, n, n->type == NODE_GROUP, &in, "a group: { ... }"))
			check_group(c, n, &in);
	}
}

static void check_scalar(struct check *c, struct node *n, const struct schema_row *row,
                         const struct place *at)
{
	struct value v = { .tree = c->tree, .row = row, .node = n };

	if (n->failed)
		return;
	if (value_read(&v))
		n->row = row;
	else if (v.why[0])
		config_report_error(c->tree->report, n->at, "%s %s", at->shown, v.why);
}

static void check_array(struct check *c, struct node *array, const struct place *at)
{
	size_t i = 0;

	if (!has_type(c, array, array->type == NODE_ARRAY || array->type == NODE_LIST, at,
	              "an array of texts: [ \"...\", \"...\" ]"))
		return;
	for (struct node *n = array->first; n; n = n->next, i++) {
		struct place in = element(at, i, NULL);

		check_scalar(c, n, schema_find(str_z(in.path)), &in);
	}
}

static void check_member(struct check *c, struct node *n, const struct schema_row *row,
                         const struct place *at)
{
	if (row->flags & SCHEMA_LATER)
		say_later(c, n, at);
	n->row = row;
	if (row->type == TYPE_LIST) {
		check_list(c, n, at);
	} else if (row->type == TYPE_ARRAY) {
		check_array(c, n, at);
	} else if (row->type == TYPE_GROUP || row->type == TYPE_TABLE) {
		if (has_type(c, n, n->type == NODE_GROUP, at, "a group: { ... }") &&
		    row->type == TYPE_GROUP)
			check_group(c, n, at);
	} else {
		n->row = NULL;
		check_scalar(c, n, row, at);
	}
}

/* What is not written: an error, a default, or an empty group with defaults in it. */
static void fill(struct check *c, struct node *group, const struct schema_row *row,
                 const char *member, const struct place *at)
{
	struct config_origin nowhere = { "", 0 };
	struct node *n = NULL;

	if (row->flags & SCHEMA_REQUIRED)
		config_report_error(c->tree->report, group->at, "%s needs '%s': %s", at->shown,
		                    member, row->help);
	else if (row->dflt)
		n = tree_add_text(c->tree, group, member, row->dflt, nowhere);
	else if (row->type == TYPE_GROUP && !(row->flags & SCHEMA_OPTIONAL))
		n = tree_add(c->tree, group, member, NODE_GROUP, nowhere);
	if (n) {
		struct place in = inside(at, member);

		check_member(c, n, row, &in);
	}
}

static void check_group(struct check *c, struct node *group, const struct place *at)
{
	for (struct node *n = group->first; n; n = n->next) {
		struct place in = inside(at, n->name);
		const struct schema_row *row = schema_find(str_z(in.path));

		if (row)
			check_member(c, n, row, &in);
		else
			report_unknown(c, n, at);
	}
	if (c->tree->report->errors >= ERRORS_ENOUGH)
		return;
	for (const struct schema_row *row = schema_rows; row->path; row++) {
		const char *member = schema_member(row, str_z(at->path));

		if (member && !node_get(group, member))
			fill(c, group, row, member, at);
	}
}

void validate_tree(struct tree *t)
{
	struct check c = { .tree = t };
	struct place top = { "", "" };

	check_group(&c, t->root, &top);
}
