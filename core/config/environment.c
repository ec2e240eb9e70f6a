/* config/environment.c - built-in defaults, CONDUIT_* variables, providers whose keys are in
 * the environment.  Which providers those are stands in a file, not here.
 * SPDX-License-Identifier: MIT */
#include "config/environment.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/file.h"
#include "config/load.h"
#include "config/override.h"

enum { PLUGIN_DIRS_MAX = 64 };

static struct config_origin nowhere(void)
{
	return (struct config_origin){ "", 0 };
}

/* NULL: something else stands there, and the schema will say so. */
static struct node *section(struct tree *t, const char *name)
{
	struct node *n = node_get(t->root, name);

	if (!n)
		n = tree_add(t, t->root, name, NODE_GROUP, nowhere());
	return n->type == NODE_GROUP ? n : NULL;
}

static void default_listener(struct tree *t, const char *name)
{
	struct node *group = section(t, name);
	struct node *list = node_get(group, "listen");

	if (!group || list)
		return;
	list = tree_add(t, group, "listen", NODE_LIST, nowhere());
	(void)tree_add(t, list, NULL, NODE_GROUP, nowhere());   /* the schema fills it */
}

static void default_text(struct tree *t, const char *in, const char *member, const char *text)
{
	struct node *group = section(t, in);

	if (group && !node_get(group, member))
		(void)tree_add_text(t, group, member, text, nowhere());   /* the tree owns it */
}

void environment_defaults(struct tree *t, const struct config_source *from)
{
	const char *dir = from->default_plugin_dir ? from->default_plugin_dir
	                                           : "/usr/lib/conduit/plugins";
	struct node *plugins = section(t, "plugins"), *dirs;

	default_listener(t, "server");
	default_listener(t, "admin");
	default_text(t, "storage", "path",
	             from->default_state_dir ? from->default_state_dir : "/var/lib/conduit");
	default_text(t, "server", "runtime_dir",
	             from->default_runtime_dir ? from->default_runtime_dir : "/run/conduit");
	if (from->default_web_dir)
		default_text(t, "admin", "web_dir", from->default_web_dir);
	if (from->default_models_file && !node_get(t->root, "models_file"))
		(void)tree_add_text(t, t->root, "models_file", from->default_models_file,
		                    nowhere());           /* the tree owns it */
	if (plugins && !node_get(plugins, "dirs")) {
		dirs = tree_add(t, plugins, "dirs", NODE_ARRAY, nowhere());
		(void)tree_add_text(t, dirs, NULL, dir, nowhere());       /* the tree owns it */
	}
}

/* The first listener that has a port. */
static struct node *listener(struct tree *t, const char *name)
{
	struct node *list = node_get(section(t, name), "listen");

	for (struct node *n = list ? list->first : NULL; n; n = n->next)
		if (n->type == NODE_GROUP &&
		    !str_starts(str_z(node_text(n, "address")), "unix:"))
			return n;
	return NULL;
}

static void set_plugin_dirs(struct tree *t, const char *text, struct config_origin at)
{
	struct node *plugins = section(t, "plugins"), *dirs = node_get(plugins, "dirs");
	cdt_str rest = str_z(text);

	if (!plugins)
		return;
	if (dirs)
		node_remove(plugins, dirs);
	dirs = tree_add(t, plugins, "dirs", NODE_ARRAY, at);
	while (rest.n && dirs->count < PLUGIN_DIRS_MAX) {
		char *dir = tree_text(t, str_cut(&rest, ':'));

		if (dir[0])
			(void)tree_add_text(t, dirs, NULL, dir, at);      /* the tree owns it */
	}
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && value[0];
}

static void set(struct tree *t, struct node *group, const char *member, const char *variable)
{
	const char *text = getenv(variable);

	if (group && text && text[0])
		override_set(t, group, member, text, (struct config_origin){ variable, 0 });
}

void environment_variables(struct tree *t)
{
	const char *dirs = getenv("CONDUIT_PLUGIN_PATH");

	set(t, listener(t, "server"), "address", "CONDUIT_HOST");
	set(t, listener(t, "server"), "port", "CONDUIT_PORT");
	set(t, listener(t, "admin"), "port", "CONDUIT_ADMIN_PORT");
	if (is_set("CONDUIT_MASTER_KEY") && section(t, "admin"))
		override_set(t, section(t, "admin"), "token", "env:CONDUIT_MASTER_KEY",
		             (struct config_origin){ "CONDUIT_MASTER_KEY", 0 });
	set(t, section(t, "storage"), "path", "CONDUIT_STATE_DIR");
	set(t, section(t, "logging"), "level", "CONDUIT_LOG_LEVEL");
	if (dirs && dirs[0])
		set_plugin_dirs(t, dirs, (struct config_origin){ "CONDUIT_PLUGIN_PATH", 0 });
}

static bool has_named(const struct node *list, const char *name)
{
	for (const struct node *n = list ? list->first : NULL; n; n = n->next)
		if (strcmp(node_text(n, "name"), name) == 0)
			return true;
	return false;
}

static bool has_provider(const struct node *root, const char *name)
{
	return has_named(node_get(root, "providers"), name);
}

/* Moves what is in list and of which gone says so to out. */
static void sort_out(struct node *list, struct node *out,
                     bool (*gone)(const struct node *n, const void *arg), const void *arg)
{
	for (struct node *n = list ? list->first : NULL, *next; n; n = next) {
		next = n->next;
		if (!gone(n, arg))
			continue;
		node_remove(list, n);
		list->shrunk = true;
		node_append(out, n);
	}
}

static bool is_unset(const struct node *provider, const void *arg)
{
	const char *variable = node_text(provider, "if_env");

	(void)arg;
	return variable[0] && !is_set(variable);
}

/* Under the same name, with another condition or none. */
static bool is_still_there(const struct node *provider, const void *root)
{
	return has_provider(root, node_text(provider, "name"));
}

static bool is_of_gone(const struct node *target, const void *gone_providers)
{
	return has_named(gone_providers, node_text(target, "provider"));
}

static bool is_gone(const struct node *name, const void *gone_models)
{
	return name->type == NODE_TEXT && has_named(gone_models, name->text);
}

/* One that is written without any is wrong, and will be told. */
static bool has_no_target(const struct node *model, const void *arg)
{
	const struct node *targets = node_get(model, "targets");

	(void)arg;
	return targets && targets->count == 0 && targets->shrunk;
}

/* Targets at providers that were left out go with them; models that had no others, too. */
static void leave_out_models(struct node *list, const struct node *providers)
{
	static const char *const fallbacks[] = { "fallbacks", "context_fallbacks",
	                                         "content_fallbacks" };
	struct node targets = { .type = NODE_LIST }, models = { .type = NODE_LIST };
	struct node names = { .type = NODE_LIST };

	for (struct node *m = list ? list->first : NULL; m; m = m->next)
		sort_out(node_get(m, "targets"), &targets, is_of_gone, providers);
	sort_out(list, &models, has_no_target, NULL);
	for (struct node *m = list ? list->first : NULL; m; m = m->next)
		for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
			sort_out(node_get(m, fallbacks[i]), &names, is_gone, &models);
}

void environment_filter(struct node *root)
{
	struct node gone = { .type = NODE_LIST }, others = { .type = NODE_LIST };

	sort_out(node_get(root, "providers"), &gone, is_unset, NULL);
	sort_out(&gone, &others, is_still_there, root);
	if (gone.count)
		leave_out_models(node_get(root, "models"), &gone);
}

static bool wants_providers(const struct tree *t)
{
	const struct node *n = node_get(t->root, "providers_from_environment");

	return n && (n->type == NODE_FLAG ? n->number != 0
	                                  : str_is_nocase(str_z(n->text), "true"));
}

void environment_providers(struct tree *t, const struct config_source *from, bool always)
{
	struct node *root, *list;

	if (always && !node_get(t->root, "allow_direct"))
		tree_add(t, t->root, "allow_direct", NODE_FLAG, nowhere())->number = 1;
	if ((!always && !wants_providers(t)) || !from->environment_file)
		return;
	if (!file_exists(from->environment_file)) {
		config_report_warning(
		    t->report, (struct config_origin){ from->environment_file, 0 },
		    "is not there: no provider is taken from the environment");
		return;
	}
	root = load_one(t, from->environment_file);
	if (!root)
		return;
	environment_filter(root);
	list = node_get(root, "providers");
	for (struct node *n = list ? list->first : NULL, *next; n; n = next) {
		next = n->next;
		n->optional = true;
		if (has_provider(t->root, node_text(n, "name")))
			node_remove(list, n);
	}
	tree_merge(t, root);
}
