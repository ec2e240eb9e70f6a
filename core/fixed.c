/* fixed.c - what of a new configuration has to wait for a restart.
 * SPDX-License-Identifier: MIT */
#include "fixed.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_listens(const struct config_listen *a, size_t a_count,
                         const struct config_listen *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (strcmp(a[i].address, b[i].address) || a[i].port != b[i].port ||
		    !same_text(a[i].tls_cert, b[i].tls_cert) ||
		    !same_text(a[i].tls_key, b[i].tls_key))
			return false;
	return true;
}

static bool same_limits(const struct config *a, const struct config *b)
{
	return a->max_body == b->max_body && a->max_upload == b->max_upload &&
	       a->header_timeout_ms == b->header_timeout_ms &&
	       a->body_timeout_ms == b->body_timeout_ms &&
	       a->idle_timeout_ms == b->idle_timeout_ms &&
	       a->max_connections == b->max_connections;
}

static bool same_plugin_dirs(const struct config *a, const struct config *b)
{
	size_t i = 0;

	while (i < a->plugin_dir_count && i < b->plugin_dir_count &&
	       !strcmp(a->plugin_dirs[i], b->plugin_dirs[i]))
		i++;
	return i == a->plugin_dir_count && i == b->plugin_dir_count;
}

static bool same_cache(const struct config_cache *a, const struct config_cache *b)
{
	cdt_str old = json_print(a->options.values), new = json_print(b->options.values);

	return same_text(a->type, b->type) && a->size == b->size && str_eq(old, new);
}

static bool same_attributes(const struct config_otlp *a, const struct config_otlp *b)
{
	bool same = a->resource_count == b->resource_count;

	for (size_t i = 0; same && i < a->resource_count; i++)
		same = same_text(a->resource[i].name, b->resource[i].name) &&
		       same_text(a->resource[i].value, b->resource[i].value);
	return same;
}

static bool same_headers(const struct config_otlp *a, const struct config_otlp *b)
{
	bool same = a->header_count == b->header_count;

	for (size_t i = 0; same && i < a->header_count; i++)
		same = same_text(a->headers[i].name, b->headers[i].name) &&
		       str_eq(secret_bytes(a->headers[i].value),
		              secret_bytes(b->headers[i].value));
	return same;
}

static bool same_otlp(const struct config_otlp *a, const struct config_otlp *b)
{
	return same_text(a->endpoint, b->endpoint) && same_text(a->service, b->service) &&
	       a->semconv == b->semconv && a->traces == b->traces &&
	       a->metrics == b->metrics && a->interval_ms == b->interval_ms &&
	       a->queue_bytes == b->queue_bytes && same_attributes(a, b) && same_headers(a, b);
}

void fixed_warn(const struct config *now, uint32_t workers, const struct config *c,
                struct config_report *r)
{
	struct config_origin at = { c->file_count ? c->files[0] : "", 0 };
	const struct { bool same; const char *what; } fixed[] = {
		{ same_listens(now->listens, now->listen_count, c->listens, c->listen_count),
		  "server.listen" },
		{ same_listens(now->admin_listens, now->admin_listen_count, c->admin_listens,
		               c->admin_listen_count), "admin.listen" },
		{ workers == c->workers, "server.workers" },
		{ same_limits(now, c), "a limit or deadline of server" },
		{ now->fetch_media == c->fetch_media, "server.fetch_media" },
		{ !strcmp(now->state_dir, c->state_dir), "storage.path" },
		{ !strcmp(now->runtime_dir, c->runtime_dir), "server.runtime_dir" },
		{ !strcmp(now->access_log, c->access_log) &&
		  now->access_combined == c->access_combined, "logging.access or its format" },
		{ same_plugin_dirs(now, c), "plugins.dirs" },
		{ same_cache(&now->cache, &c->cache), "type, size or options of cache" },
		{ same_otlp(&now->telemetry.otlp, &c->telemetry.otlp),
		  "telemetry.otlp, other than sample and content," },
	};

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (!fixed[i].same)
			config_report_warning(r, at, "%s has changed: that needs a restart",
			                      fixed[i].what);
}
