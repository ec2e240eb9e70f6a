/* config/tree.c - nodes, and how the trees of several files become one.
 * SPDX-License-Identifier: MIT */
#include "config/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/schema.h"

void tree_init(struct tree *t, struct arena *a, struct config_report *r)
{
	*t = (struct tree){ .arena = a, .report = r };
	t->root = tree_add(t, NULL, NULL, NODE_GROUP, (struct config_origin){ "", 0 });
}

void tree_drop_secrets(struct node *n)
{
	for (struct node *child = n->first; child; child = child->next)
		tree_drop_secrets(child);
	secret_free(n->secret);
	n->secret = NULL;
}

void *tree_take(struct tree *t, size_t size)
{
	void *p = arena_take(t->arena, size);

	if (!p)
		abort();               /* see the bounds in tree.h: no memory at all */
	return p;
}

char *tree_text(struct tree *t, cdt_str s)
{
	char *p = tree_take(t, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

char *tree_print(struct tree *t, const char *fmt, ...)
{
	va_list args, again;
	char *p;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	p = tree_take(t, (size_t)(n < 0 ? 0 : n) + 1);
	(void)vsnprintf(p, (size_t)(n < 0 ? 0 : n) + 1, fmt, again);   /* n is known to fit */
	va_end(again);
	return p;
}

void node_append(struct node *parent, struct node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

void node_remove(struct node *parent, struct node *child)
{
	struct node *before = NULL;

	for (struct node *n = parent->first; n && n != child; n = n->next)
		before = n;
	if (before)
		before->next = child->next;
	else
		parent->first = child->next;
	if (parent->last == child)
		parent->last = before;
	child->next = NULL;
	parent->count--;
}

struct node *tree_add(struct tree *t, struct node *parent, const char *name,
                      enum node_type type, struct config_origin at)
{
	static char no_text[1];        /* never written: its only byte is the end */
	struct node *n = tree_take(t, sizeof *n);

	n->name = name ? tree_text(t, str_z(name)) : NULL;
	n->type = type;
	n->at = at;
	n->text = no_text;
	if (parent)
		node_append(parent, n);
	return n;
}

struct node *tree_add_text(struct tree *t, struct node *parent, const char *name,
                           const char *text, struct config_origin at)
{
	struct node *n = tree_add(t, parent, name, NODE_TEXT, at);

	n->text = tree_text(t, str_z(text));
	n->loose = true;
	return n;
}

static bool room_for(struct tree *t, size_t nodes, size_t text_bytes, struct config_origin at)
{
	t->nodes += nodes;
	t->text_bytes += text_bytes;
	if (t->nodes <= TREE_NODES_MAX && t->text_bytes <= TREE_TEXT_MAX)
		return true;
	if (!t->full)
		config_report_error(t->report, at, "the configuration is too big: at most %d "
		                    "values and %d MiB of text", TREE_NODES_MAX,
		                    TREE_TEXT_MAX >> 20);
	t->full = t->broken = true;
	return false;
}

struct node *tree_import(struct tree *t, struct node *parent, const char *name,
                         enum node_type type, struct config_origin at)
{
	if (t->full || !room_for(t, 1, name ? strlen(name) : 0, at))
		return NULL;
	return tree_add(t, parent, name, type, at);
}

void tree_set_text(struct tree *t, struct node *n, cdt_str s)
{
	if (room_for(t, 0, s.n, n->at))
		n->text = tree_text(t, s);
}

struct node *node_get(const struct node *group, const char *name)
{
	if (!group || group->type != NODE_GROUP)
		return NULL;
	for (struct node *n = group->first; n; n = n->next)
		if (strcmp(n->name, name) == 0)
			return n;
	return NULL;
}

struct node *node_at(const struct node *list, size_t i)
{
	struct node *n = list ? list->first : NULL;

	while (n && i-- > 0)
		n = n->next;
	return n;
}

const char *node_text(const struct node *group, const char *name)
{
	const struct node *n = node_get(group, name);

	return n && n->type == NODE_TEXT ? n->text : "";
}

int64_t node_value(const struct node *group, const char *name, int64_t dflt)
{
	const struct node *n = node_get(group, name);

	return n && n->row ? n->value : dflt;
}

const char *tree_place(struct tree *t, struct config_origin at)
{
	if (at.line)
		return tree_print(t, "%s:%u", at.file, at.line);
	return at.file[0] ? at.file : "the defaults";
}

static void merge_group(struct tree *t, struct node *into, struct node *from, const char *path);

/* [] is an empty list, too. */
static bool is_list(const struct node *n)
{
	return n->type == NODE_LIST || (n->type == NODE_ARRAY && n->count == 0);
}

static void merge_member(struct tree *t, struct node *into, struct node *member,
                         const char *path)
{
	struct node *old = node_get(into, member->name);
	char *full = *path ? tree_print(t, "%s.%s", path, member->name)
	                   : tree_text(t, str_z(member->name));
	const struct schema_row *row = schema_find(str_z(full));

	if (!old) {
		node_append(into, member);
	} else if (old->type == NODE_GROUP && member->type == NODE_GROUP) {
		merge_group(t, old, member, full);
	} else if (row && row->flags & SCHEMA_GROWS && is_list(old) && is_list(member)) {
		old->type = NODE_LIST;
		for (struct node *n = member->first, *next; n; n = next) {
			next = n->next;
			node_append(old, n);
		}
	} else {
		config_report_error(t->report, member->at, "%s is already set at %s", full,
		                    tree_place(t, old->at));
	}
}

static void merge_group(struct tree *t, struct node *into, struct node *from, const char *path)
{
	struct node *member = from->first;

	while (member) {
		struct node *next = member->next;

		merge_member(t, into, member, path);
		member = next;
	}
	from->first = from->last = NULL;
	from->count = 0;
}

void tree_merge(struct tree *t, struct node *from)
{
	merge_group(t, t->root, from, "");
}

char *tree_path(struct tree *t, const struct node *n)
{
	const char *slash = n->at.line ? strrchr(n->at.file, '/') : NULL;

	if (n->text[0] == '/' || !slash)
		return n->text;
	return tree_print(t, "%.*s/%s", (int)(slash - n->at.file), n->at.file, n->text);
}
