/* config/sections.c - listeners, limits of the process, folders, logs; and what all
 * sections need.
 * SPDX-License-Identifier: MIT */
#include "config/sections.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"

enum { WORKERS_MAX = 256, CONNECTIONS_MIN = 16, CONNECTIONS_MAX = 1000000, FILES_SPARE = 256 };

const char *const *sections_texts(struct tree *t, const struct node *array, size_t *count)
{
	size_t n = array ? array->count : 0, i = 0;
	const char **texts = tree_take(t, (n + 1) * sizeof *texts);

	for (const struct node *e = array ? array->first : NULL; e; e = e->next)
		texts[i++] = e->text;
	*count = n;
	return (const char *const *)texts;
}

static struct json *to_json(const struct node *n);

static struct json *children_to_json(const struct node *n, bool named)
{
	struct json *out = named ? json_new_map() : json_new_list();

	for (const struct node *child = n->first; child; child = child->next)
		if (named)
			json_set_give(out, child->name, to_json(child));
		else
			json_push_give(out, to_json(child));
	return out;
}

static struct json *to_json(const struct node *n)
{
	switch (n->type) {
	case NODE_FLAG:
		return json_new_flag(n->number != 0);
	case NODE_INT:
		return json_new_i64(n->number);
	case NODE_REAL:
		return json_new_f64(n->real);
	case NODE_TEXT:
		return json_new_text(str_z(n->text));
	case NODE_GROUP:
		return children_to_json(n, true);
	case NODE_ARRAY:
	case NODE_LIST:
		break;
	}
	return children_to_json(n, false);
}

struct config_options sections_options(struct tree *t, const struct node *table)
{
	size_t n = table ? table->count : 0, i = 0;
	struct config_origin *origins = tree_take(t, (n + 1) * sizeof *origins);

	for (const struct node *m = table ? table->first : NULL; m; m = m->next)
		origins[i++] = m->at;
	return (struct config_options){ table ? to_json(table) : json_new_map(), origins };
}

struct config_limits sections_limits(const struct node *group)
{
	struct config_limits l = { .shadowed = 0 };

	for (int i = 0; i < LIMIT_COUNT; i++)
		l.max[i] = node_value(group, limit_rows[i].name, 0);
	if (node_value(group, "shadow", 0))
		l.shadowed = LIMITS_ALL_SHADOWED;
	return l;
}

static const struct config_listen *listens(struct tree *t, const struct node *section,
                                           size_t *count)
{
	const struct node *list = node_get(section, "listen");
	size_t n = list ? list->count : 0, i = 0;
	struct config_listen *out = tree_take(t, (n + 1) * sizeof *out);

	for (const struct node *g = list ? list->first : NULL; g; g = g->next, i++) {
		const struct node *tls = node_get(g, "tls");
		bool local = str_starts(str_z(node_text(g, "address")), "unix:");

		out[i].address = node_text(g, "address");
		out[i].port = local ? 0 : (uint32_t)node_value(g, "port", 0);
		out[i].tls_cert = tls ? tree_path(t, node_get(tls, "cert")) : NULL;
		out[i].tls_key = tls ? tree_path(t, node_get(tls, "key")) : NULL;
		out[i].origin = g->at;
	}
	*count = n;
	return out;
}

/* The CPUs that this process may use. */
static uint32_t cpu_count(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : (uint32_t)n;
}

/* Each exchange may need two descriptors; a tenth is left as a margin. */
static uint32_t connection_count(void)
{
	struct rlimit limit;
	uint64_t files = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
	uint64_t n;

	if (files > CONNECTIONS_MAX * 3ULL)
		return CONNECTIONS_MAX;
	n = files > FILES_SPARE ? (files - FILES_SPARE) * 9 / 20 : 0;
	return n < CONNECTIONS_MIN ? CONNECTIONS_MIN
	                           : n > CONNECTIONS_MAX ? CONNECTIONS_MAX : (uint32_t)n;
}

static uint32_t milliseconds(const struct node *section, const char *name)
{
	return (uint32_t)node_value(section, name, 0);
}

static void read_server(struct tree *t, const struct node *s, struct config *c)
{
	int64_t workers = node_value(s, "workers", -1);
	int64_t connections = node_value(s, "max_connections", -1);
	size_t ignored;

	c->listens = listens(t, s, &c->listen_count);
	c->workers = workers < 1 ? cpu_count() : (uint32_t)workers;
	c->max_connections = connections < 0 ? connection_count() : (uint32_t)connections;
	c->max_body = (uint64_t)node_value(s, "max_body", 0);
	c->max_upload = (uint64_t)node_value(s, "max_upload", 0);
	c->header_timeout_ms = milliseconds(s, "header_timeout");
	c->body_timeout_ms = milliseconds(s, "body_timeout");
	c->idle_timeout_ms = milliseconds(s, "idle_timeout");
	c->drain_timeout_ms = milliseconds(s, "drain_timeout");
	c->trusted_proxies = sections_texts(t, node_get(s, "trusted_proxies"),
	                                    &c->trusted_proxy_count);
	c->cors_origins = sections_texts(t, node_get(s, "cors_origins"), &c->cors_origin_count);
	c->fetch_media = node_value(s, "fetch_media", 0) != 0;
	c->media_origins = sections_texts(t, node_get(s, "media_origins"), &ignored);
	c->runtime_dir = tree_path(t, node_get(s, "runtime_dir"));
}

static const char *access_path(struct tree *t, const struct node *n)
{
	static const char *const words[] = { "stderr", "stdout", "off", NULL };

	for (const char *const *w = words; *w; w++)
		if (strcmp(n->text, *w) == 0)
			return *w;
	return tree_path(t, n);
}

/* What the web app needs. */
static void read_viewing(struct tree *t, const struct node *admin, struct config *c)
{
	const struct node *token = node_get(admin, "viewer_token");
	const struct node *web_dir = node_get(admin, "web_dir");

	c->viewer_token = token ? token->secret : NULL;
	c->admin_hosts = sections_texts(t, node_get(admin, "hosts"), &c->admin_host_count);
	c->web_dir = web_dir ? tree_path(t, web_dir) : NULL;
}

void sections_server(struct tree *t, struct config *c)
{
	const struct node *admin = node_get(t->root, "admin");
	const struct node *storage = node_get(t->root, "storage");
	const struct node *logging = node_get(t->root, "logging");
	const struct node *limits = node_get(t->root, "limits");
	const struct node *token = node_get(admin, "token");
	const struct node *models = node_get(t->root, "models_file");
	const struct node *routing = node_get(t->root, "routing");
	const struct node *dirs = node_get(node_get(t->root, "plugins"), "dirs");
	const char **paths = tree_take(t, (dirs->count + 1) * sizeof *paths);

	read_server(t, node_get(t->root, "server"), c);
	c->admin_listens = listens(t, admin, &c->admin_listen_count);
	c->admin_token = token ? token->secret : NULL;
	read_viewing(t, admin, c);
	c->state_dir = tree_path(t, node_get(storage, "path"));
	c->audit_retain_ms = node_value(storage, "audit_retain", 0);
	c->map_size = (uint64_t)node_value(storage, "map_size", 0);
	for (const struct node *n = dirs->first; n; n = n->next)
		paths[c->plugin_dir_count++] = tree_path(t, n);
	c->plugin_dirs = (const char *const *)paths;
	c->limits_default = sections_limits(node_get(limits, "default"));
	c->limits_wait_ms = milliseconds(limits, "wait");
	c->budget_status = strcmp(node_text(limits, "budget_status"), "429") ? 402 : 429;
	c->keep_alive_ms = milliseconds(routing, "keep_alive");
	c->retry_millionths = (uint32_t)node_value(routing, "retry_budget", 0);
	c->retry_wait_ms = milliseconds(routing, "retry_wait");
	c->models_file = models ? tree_path(t, models) : NULL;
	c->models_file_origin = models ? models->at : (struct config_origin){ "", 0 };
	c->allow_direct = node_value(t->root, "allow_direct", 0) != 0;
	c->log_level = node_text(logging, "level");
	c->records = node_value(logging, "records", 1) != 0;
	c->usage_retain_ms = node_value(logging, "retain", 0);
	c->access_log = access_path(t, node_get(logging, "access"));
	c->access_combined = !strcmp(node_text(logging, "access_format"), "combined");
}
