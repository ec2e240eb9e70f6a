/* config/override.c - puts single values into the tree.  Whether they may be there is the
 * schema's affair.
 * SPDX-License-Identifier: MIT */
#include "config/override.h"

#include <string.h>

#include "base/str.h"
#include "config/interpolate.h"
#include "config/load.h"

/* Keeps the place in the chain, takes the rest. */
static void replace(struct node *old, const struct node *with)
{
	struct node *next = old->next;
	const char *name = old->name;

	*old = *with;
	old->next = next;
	old->name = name;
}

/* A value as libconfig reads it; what it does not take (10MiB, debug, a URL) is a text. */
static struct node *read_value(struct tree *t, const char *text, struct config_origin at)
{
	struct node *n = load_value(t, text, at);
	struct buf out;

	if (n)
		return n;
	n = tree_add(t, NULL, NULL, NODE_TEXT, at);
	if (interpolate(t->report, at, str_z(text), &out, &n->loose))
		tree_set_text(t, n, buf_str(&out));
	else
		n->failed = true;
	n->loose = true;
	buf_fini(&out);
	return n;
}

/* The child of that name or index; groups that are not there are made.  NULL: reported. */
static struct node *descend(struct tree *t, struct node *in, cdt_str segment,
                            struct config_origin at)
{
	char *name = tree_text(t, segment);
	struct node *child;
	uint64_t i;

	if (in->type == NODE_GROUP) {
		child = node_get(in, name);
		return child ? child : tree_add(t, in, name, NODE_GROUP, at);
	}
	if (in->type != NODE_LIST && in->type != NODE_ARRAY) {
		config_report_error(t->report, at,
		                    "there is nothing within a plain value: '%s'", name);
		return NULL;
	}
	child = str_u64(segment, &i) ? node_at(in, i) : NULL;
	if (!child)
		config_report_error(t->report, at,
		                    "'%s' is no index: the list has %zu entries, the first is "
		                    "0",
		                    name, in->count);
	return child;
}

void override_apply(struct tree *t, const char *assignment)
{
	cdt_str rest = str_z(assignment), path = str_cut(&rest, '=');
	struct config_origin at = { tree_print(t, "-g %.*s", STR_ARG(path)), 0 };
	struct node *n = t->root;

	if (path.n == 0 || path.n == strlen(assignment)) {
		config_report_error(t->report, at,
		                    "write -g PATH=VALUE, as in -g server.workers=2");
		return;
	}
	for (size_t depth = 0; path.n && n; depth++) {
		cdt_str segment = str_cut(&path, '.');

		if (segment.n == 0 || depth == TREE_DEPTH_MAX) {
			config_report_error(t->report, at,
			                    "the path has an empty or too many parts");
			return;
		}
		n = descend(t, n, segment, at);
	}
	if (n)
		replace(n, read_value(t, rest.p, at));
}

void override_set(struct tree *t, struct node *group, const char *member, const char *text,
                  struct config_origin at)
{
	struct node *old = node_get(group, member);
	struct node *n = tree_add_text(t, NULL, NULL, text, at);

	if (!old)
		old = tree_add(t, group, member, NODE_TEXT, at);
	replace(old, n);
}
