/* admin/status.c - how the process is doing, on one screen.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"
#include "base/clock.h"
#include "base/str.h"
#include "router/route.h"
#include "store/store.h"

static void put_config(struct jsonw *w, const struct config *c)
{
	jsonw_put_i64(w, "providers", (int64_t)c->provider_count);
	jsonw_put_i64(w, "models", (int64_t)c->model_count);
	jsonw_key(w, "listen");
	jsonw_open(w, '[');
	for (size_t i = 0; i < c->listen_count; i++) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "address", c->listens[i].address);
		jsonw_put_i64(w, "port", c->listens[i].port);
		jsonw_put_flag(w, "tls", c->listens[i].tls_cert != NULL);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void put_plugins(struct jsonw *w, const struct registry *r)
{
	int64_t loaded = 0, refused = 0;

	for (const struct plugin_module *m = registry_modules(r); m; m = m->next) {
		loaded += m->module != NULL;
		refused += m->module == NULL;
	}
	jsonw_key(w, "plugins");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "loaded", loaded);
	jsonw_put_i64(w, "refused", refused);
	jsonw_close(w);
}

static void put_store(struct jsonw *w, struct store *store)
{
	struct store_counts n = store_counts(store);

	jsonw_key(w, "store");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "commits", (int64_t)n.commits);
	jsonw_put_i64(w, "operations", (int64_t)n.operations);
	jsonw_put_i64(w, "failed", (int64_t)n.failed);
	jsonw_put_i64(w, "bytes_used", (int64_t)n.bytes_used);
	jsonw_put_i64(w, "bytes_max", (int64_t)n.bytes_max);
	jsonw_close(w);
}

cdt_status admin_status_show(struct inquiry *c)
{
	const struct admin_parts *p = &c->admin->parts;
	const struct router *router = p->ops->router(p->arg);
	struct jsonw *w = &c->json;
	char text[CLOCK_TEXT_SIZE];
	struct admin_status s;

	p->ops->status(p->arg, &s);
	jsonw_open(w, '{');
	jsonw_put_z(w, "status", s.draining ? "draining" : "ok");
	jsonw_put_z(w, "version", s.version);
	jsonw_put_z(w, "started_at", clock_text(s.started_wall_ms, text));
	jsonw_put_i64(w, "uptime_s", (clock_wall_ms() - s.started_wall_ms) / 1000);
	jsonw_put_i64(w, "workers", s.workers);
	jsonw_put_i64(w, "generation", s.generation);
	jsonw_put_z(w, "last_reload", s.last_reload);
	jsonw_put_i64(w, "active_requests", (int64_t)s.active);
	jsonw_put_i64(w, "connections", (int64_t)s.connections);
	jsonw_put_i64(w, "keys", (int64_t)keyring_count(p->keyring));
	put_config(w, router_config(router));
	put_plugins(w, p->registry);
	put_store(w, p->store);
	jsonw_close(w);
	return CDT_OK;
}
