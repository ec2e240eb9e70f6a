/* config/load.c - the only includer of libconfig: parses files and turns its settings into
 * our tree.  Does not know which members there are.
 * SPDX-License-Identifier: MIT */
#include "config/load.h"

#include <libconfig.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/file.h"
#include "config/interpolate.h"
#include "config/lint.h"

enum { INCLUDE_DEPTH_MAX = 8, CONF_D_MAX = 200 };        /* libconfig itself ends at 10 */

struct import {
	struct tree *tree;
	const char *path;              /* of the file that is parsed */
	const char *dir;               /* its folder, where includes count from */
	/* The last included file, as libconfig and as we call it. */
	const char *included, *included_path;
};

static char *folder_of(struct tree *t, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return tree_text(t, CDT_STR("."));
	return tree_text(t, slash == path ? CDT_STR("/")
	                                  : str_from(path, (size_t)(slash - path)));
}

static const char *included_path(struct import *in, const char *file)
{
	if (!file)
		return in->path;
	if (!in->included || strcmp(file, in->included) != 0) {
		in->included = tree_text(in->tree, str_z(file));
		in->included_path = tree_print(in->tree, "%s/%s", in->dir, file);
	}
	return in->included_path;
}

static enum node_type type_of(const config_setting_t *s)
{
	static const enum node_type types[] = {
		[CONFIG_TYPE_NONE] = NODE_GROUP, [CONFIG_TYPE_GROUP] = NODE_GROUP,
		[CONFIG_TYPE_INT] = NODE_INT, [CONFIG_TYPE_INT64] = NODE_INT,
		[CONFIG_TYPE_FLOAT] = NODE_REAL, [CONFIG_TYPE_STRING] = NODE_TEXT,
		[CONFIG_TYPE_BOOL] = NODE_FLAG, [CONFIG_TYPE_ARRAY] = NODE_ARRAY,
		[CONFIG_TYPE_LIST] = NODE_LIST,
	};

	return types[s->type];
}

static void import_text(struct import *in, const config_setting_t *s, struct node *n)
{
	const char *written = config_setting_get_string(s);
	struct buf out;

	if (interpolate(in->tree->report, n->at, str_z(written), &out, &n->loose))
		tree_set_text(in->tree, n, buf_str(&out));
	else
		n->failed = true;
	if (out.p)
		explicit_bzero(out.p, out.n);          /* it may be a secret */
	buf_fini(&out);
}

static void import_real(struct import *in, const config_setting_t *s, struct node *n)
{
	n->real = config_setting_get_float(s);
	if (!isfinite(n->real))
		config_report_error(in->tree->report, n->at, "this number is too big");
}

static void import_setting(struct import *in, const config_setting_t *s, struct node *parent,
                           size_t depth)
{
	struct config_origin at = { included_path(in, s->file), s->line };
	struct node *n = tree_import(in->tree, parent, s->name, type_of(s), at);

	if (!n)
		return;
	if (depth > TREE_DEPTH_MAX) {
		config_report_error(in->tree->report, at, "nested deeper than %d",
		                    TREE_DEPTH_MAX);
		return;
	}
	if (n->type == NODE_TEXT)
		import_text(in, s, n);
	else if (n->type == NODE_REAL)
		import_real(in, s, n);
	else if (n->type == NODE_FLAG)
		n->number = config_setting_get_bool(s);
	else if (n->type == NODE_INT)
		n->number = s->type == CONFIG_TYPE_INT ? config_setting_get_int(s)
		                                       : config_setting_get_int64(s);
	else
		for (int i = 0; i < config_setting_length(s); i++)
			import_setting(in, config_setting_get_elem(s, (unsigned)i), n,
			               depth + 1);
}

static void wipe(config_setting_t *s)
{
	if (s->type == CONFIG_TYPE_STRING && s->value.sval)
		explicit_bzero(s->value.sval, strlen(s->value.sval));
	if (config_setting_is_aggregate(s))
		for (int i = 0; i < config_setting_length(s); i++)
			wipe(config_setting_get_elem(s, (unsigned)i));
}

/* NULL: not taken; the error is reported unless quiet. */
static struct node *parse(struct import *in, cdt_str text, bool quiet)
{
	struct node *root = tree_add(in->tree, NULL, NULL, NODE_GROUP,
	                             (struct config_origin){ in->path, 1 });
	FILE *f = text.n ? fmemopen((void *)(uintptr_t)text.p, text.n, "r") : NULL;
	config_t c;

	if (!f)
		return root;                    /* nothing is written in it */
	config_init(&c);
	config_set_auto_convert(&c, 1);
	config_set_include_dir(&c, in->dir);
	if (config_read(&c, f)) {
		config_setting_t *s = config_root_setting(&c);

		for (int i = 0; i < config_setting_length(s); i++)
			import_setting(in, config_setting_get_elem(s, (unsigned)i), root, 1);
	} else {
		struct config_origin at = { included_path(in, config_error_file(&c)),
		                            (uint32_t)config_error_line(&c) };
		const char *why = config_error_text(&c);

		if (!quiet && strcmp(why, "syntax error") == 0)
			why = "syntax error: is an '=', a ',' or a bracket missing?";
		if (!quiet)
			config_report_error(in->tree->report, at, "%s", why);
		root = NULL;
	}
	wipe(config_root_setting(&c));
	config_destroy(&c);
	(void)fclose(f);                        /* was only read */
	return root;
}

static void note_file(struct tree *t, const char *path, struct config_origin from)
{
	if (t->file_count < TREE_FILES_MAX)
		t->files[t->file_count++] = tree_text(t, str_z(path));
	else if (!t->full) {
		config_report_error(t->report, from, "more than %d files", TREE_FILES_MAX);
		t->full = t->broken = true;
	}
}

/* Reads and lints a file and those that it includes.  The text of the first stays in out. */
static bool look_at(struct import *in, const char *path, struct config_origin from, int depth,
                    struct buf *out)
{
	struct tree *t = in->tree;
	struct lint_includes *includes;
	bool ok;

	note_file(t, path, from);
	if (t->full || !file_read(t->report, path, from, out))
		return false;
	includes = mem_new(sizeof *includes);
	ok = lint_text(t->report, path, buf_str(out), includes);
	buf_add_c(out, '\n');                  /* libconfig wants one after a comment */
	if (depth > 0 && includes->ends_in_comment) {
		config_report_error(t->report, (struct config_origin){ path, 0 },
		                    "a newline is missing after the comment at the end");
		ok = false;
	}
	for (size_t i = 0; i < includes->count && !t->full; i++) {
		struct config_origin at = { path, includes->at[i].line };
		char *next = tree_print(t, "%s/%.*s", in->dir, STR_ARG(includes->at[i].path));
		struct buf text;

		if (depth == INCLUDE_DEPTH_MAX) {
			config_report_error(t->report, at, "includes are nested deeper than %d",
			                    INCLUDE_DEPTH_MAX);
			ok = false;
			break;
		}
		buf_init(&text, 0);
		ok = look_at(in, next, at, depth + 1, &text) && ok;
		buf_fini(&text);
	}
	mem_free(includes);
	return ok && !t->full;
}

struct node *load_one(struct tree *t, const char *path)
{
	struct import in = { .tree = t, .path = tree_text(t, str_z(path)) };
	struct node *root = NULL;
	struct buf text;

	in.dir = folder_of(t, path);
	buf_init(&text, 0);
	if (look_at(&in, in.path, (struct config_origin){ in.path, 0 }, 0, &text))
		root = parse(&in, buf_str(&text), false);
	if (text.p)
		explicit_bzero(text.p, text.n);         /* secrets may stand in it */
	buf_fini(&text);
	if (!root)
		t->broken = true;
	return root;
}

void load_all(struct tree *t, const char *path)
{
	struct node *main_file = load_one(t, path);
	char *dir = tree_print(t, "%s/conf.d", folder_of(t, path));
	char **names;
	size_t count;

	if (main_file)
		tree_merge(t, main_file);
	count = file_list(t->report, dir, CONF_D_MAX, &names);
	for (size_t i = 0; i < count; i++) {
		struct node *part =
		    t->full ? NULL : load_one(t, tree_print(t, "%s/%s", dir, names[i]));

		if (part)
			tree_merge(t, part);
		mem_free(names[i]);
	}
	mem_free(names);
}

struct node *load_value(struct tree *t, const char *text, struct config_origin at)
{
	struct config_report unseen;
	struct lint_includes includes;
	struct import in = { .tree = t, .path = at.file, .dir = "." };
	char *line = tree_print(t, "value = %s;", text);
	struct node *root = NULL;

	config_report_init(&unseen);
	if (!strchr(text, '\n') && lint_text(&unseen, "", str_z(line), &includes))
		root = parse(&in, str_z(line), true);
	config_report_fini(&unseen);
	explicit_bzero(line, strlen(line));
	if (!root || root->count != 1)
		return NULL;
	root->first->at = at;
	return root->first;
}
