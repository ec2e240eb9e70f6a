/* cache_redis/module.c - entries in Redis or Valkey, one server or a cluster: what this plugin
 * offers and how it is configured.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <conduit/module.h>

static const struct cdt_option options[] = {
	{ "url", CDT_OPT_TEXT, 0, "redis://127.0.0.1:6379",
	  "redis://[user[:password]@]host[:port][/database], rediss://... or unix:/...", NULL },
	{ "nodes", CDT_OPT_LIST, 0, NULL,
	  "some nodes of a cluster, host:port each; instead of url's host", NULL },
	{ "cluster", CDT_OPT_FLAG, 0, "false", "url is a node of a cluster", NULL },
	{ "user", CDT_OPT_TEXT, 0, NULL, "name of an ACL user", NULL },
	{ "password", CDT_OPT_SECRET, 0, NULL, "password", NULL },
	{ "database", CDT_OPT_INT, 0, NULL, "number of the database", NULL },
	{ "tls", CDT_OPT_FLAG, 0, NULL, "speak TLS; rediss:// says it, too", NULL },
	{ "tls_ca", CDT_OPT_TEXT, 0, NULL,
	  "file with certificates to trust; without it, those of the system", NULL },
	{ "tls_cert", CDT_OPT_TEXT, 0, NULL, "file with our certificate", NULL },
	{ "tls_key", CDT_OPT_TEXT, 0, NULL, "file with its key", NULL },
	{ "tls_name", CDT_OPT_TEXT, 0, NULL,
	  "name in the server's certificate, where it is not the host's", NULL },
	{ "prefix", CDT_OPT_TEXT, 0, "conduit:cache:", "what names of keys begin with", NULL },
	{ "deadline", CDT_OPT_DURATION, 0, "5ms", "after it, an answer is a miss", NULL },
	{ "connect_timeout", CDT_OPT_DURATION, 0, "1s", "for a new connection", NULL },
	{ "max_value", CDT_OPT_SIZE, 0, "16MiB", "larger values are not kept", NULL },
	{ "max_waiting", CDT_OPT_INT, 0, "4096",
	  "commands without an answer on one connection", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static void close_instance(void *self)
{
	struct redis *r = self;

	if (!r)
		return;
	resolve_free(r->resolve);
	news_free(r->news);
	setup_fini(&r->setup);
	free(r);
}

static const char *prepare(struct redis *r, cdt_val config)
{
	r->io = r->host->service(r->host, CDT_SVC_IO);
	if (!r->io || !CDT_CAN(struct cdt_io, r->io, post)
	    || !CDT_CAN(struct cdt_host, r->host, wall_ms))
		return "this gateway has no sockets for plugins, or no clock";
	r->resolve = resolve_new();
	r->news = news_new(r->host);
	if (!r->resolve || !r->news)
		return "no memory";
	return setup_read(&r->setup, config);
}

/* Names are asked for now, so that the workers find their addresses. */
static void look_ahead(struct redis *r)
{
	for (size_t i = 0; i < r->setup.seeds; i++) {
		struct sockaddr_storage at;
		socklen_t n;

		(void)resolve_find(r->resolve, &r->setup.seed[i], 0, now(r), &at, &n);
	}
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	struct redis *r = calloc(1, sizeof *r);
	const char *wrong;

	if (!r)
		return NULL;
	r->host = host;
	wrong = prepare(r, config);
	if (wrong) {
		host->log(host, CDT_LOG_ERROR, wrong);
		close_instance(r);
		return NULL;
	}
	look_ahead(r);
	return r;
}

static const void *extension(void *self, const char *id)
{
	(void)self;
	return strcmp(id, CDT_EXT_CACHE_CARE) == 0 ? &care : NULL;
}

static const struct cdt_cache_ops ops = {
	.size = sizeof ops,
	.open = open_instance, .close = close_instance,
	.worker_open = lane_open, .worker_close = lane_close,
	.get = entry_get, .put = entry_put, .drop = entry_drop,
	.extension = extension,
};

static const struct cdt_feature redis_feature = {
	.size = sizeof redis_feature,
	.kind = CDT_KIND_CACHE, .name = "redis",
	.summary = "entries in Redis or Valkey, one server or a cluster",
	.options = options, .ops = &ops,
};

static const struct cdt_feature *const features[] = { &redis_feature, NULL };

CDT_MODULE(.id = "org.conduit.cache.redis", .version = "0.1.0", .license = "MIT",
           .features = features);
