/* config/config.h - the operator's words as an immutable tree.  Built and freed on main; read
 * by any thread that holds a use (config_take).  Only load.c knows libconfig.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "config/limits.h"

#include <stdbool.h>

/* Where a value was written.  line 0: not in a file; then file is the environment variable
 * or flag ("CONDUIT_PORT", "-g server.workers"), or "" for a default. */
struct config_origin { const char *file; uint32_t line; };

struct config_listen {
	const char *address;           /* "127.0.0.1", "::", or "unix:/path" */
	uint32_t port;
	const char *tls_cert, *tls_key;        /* NULL without TLS */
	struct config_origin origin;
};

/* A plugin's own table, unchecked: plugin/instance.c knows its option table. */
struct config_options {
	struct json *values;           /* a map; never NULL */
	/* One for each member of values, in order, for messages. */
	const struct config_origin *origins;
};

struct config_credential { const char *id; const struct secret *secret; uint32_t weight; };
struct config_timeouts { uint32_t connect_ms, first_byte_ms, idle_ms, total_ms; };
/* What benches a credential; see router/health.h. */
struct config_health {
	uint32_t failures, cooldown_ms, cooldown_max_ms;
	const char *probe;                     /* a path below base_url; NULL: none */
	uint32_t probe_interval_ms;
};

/* What becomes of a request's member that a provider can not do: the request is refused, or
 * goes without it (and the log says so). */
enum params_policy { PARAMS_WARN, PARAMS_DROP, PARAMS_STRICT };

struct config_provider {
	const char *name, *type, *base_url;    /* base_url "" = the provider's own */
	/* Whose prices of the catalogue are his; NULL = not said. */
	const char *catalog;
	struct config_origin catalog_origin;
	const struct config_credential *credentials;
	size_t credential_count;
	struct config_timeouts timeouts;
	struct config_health health;
	struct config_limits limits;           /* of each credential */
	struct config_options options;
	/* May it be left in the middle without paying for the rest?  -1: the plugin knows. */
	int abort_stops_billing;
	enum params_policy params;
	/* From the environment: left out in silence when no plugin has its type. */
	bool optional;
	struct config_origin origin;
};

/* pico-USD a token; -1 = not said. */
struct config_rates {
	int64_t input, cached_input, cache_write, cache_write_1h, output, reasoning,
	        audio_input, audio_output, image_input, image_output;
};

/* Which rates hold when the input has more tokens than above. */
struct config_tier { int64_t above; struct config_rates rates; };
enum { CONFIG_TIERS_MAX = 3 };

struct config_price {
	struct config_rates rates;
	const struct config_tier *tiers;       /* above ascends; at most CONFIG_TIERS_MAX */
	size_t tier_count;
	/* pico-USD; -1 */
	int64_t per_request, per_image, per_second, per_character, per_search;
	struct config_origin origin;
};

struct config_target {
	const char *provider, *model;
	const char *catalog_model;     /* its name in the catalogue; NULL = not said */
	uint32_t weight, tier;         /* smaller tiers go first, where a policy looks */
	const struct config_price *price;      /* NULL = not said: the model's */
	struct config_origin origin;
};

/* A second target beside a slow one. */
struct config_hedge {
	uint32_t after_ms;                     /* 0: the model's 95th percentile */
	uint32_t most_millionths;              /* of its requests; 0: never */
};

enum cache_scope { CACHE_KEY, CACHE_GROUP, CACHE_GLOBAL };

/* Of answers that are kept: what the section cache says, and models and keys otherwise. */
struct config_cache_rules {
	int enabled;                           /* -1 = not said */
	int scope;                             /* enum cache_scope; -1 */
	int64_t ttl_ms;                        /* -1 */
	int64_t max_temperature;               /* millionths; -1 = not said, or any */
	const char *ns;                        /* namespace; NULL = not said */
};

struct config_cache {
	const char *type;                      /* NULL: nothing is kept */
	uint64_t size, max_entry;
	struct config_cache_rules rules;       /* all said but for ns, max_temperature */
	bool opt_in, tool_calls, single_flight, paced, count_tokens;
	const char *const *operations;         /* empty: the usual ones */
	size_t operation_count;
	const char *const *ignore;             /* members of requests */
	size_t ignore_count;
	uint32_t hit_millionths, joiner_millionths;    /* of an answer's cost */
	int64_t revalidate_ms, if_error_ms;    /* beyond its ttl */
	uint32_t deadline_ms;                  /* for the backend */
	int64_t idempotency_ms;                /* 0 = none */
	uint64_t idempotency_size;
	struct config_options options;
	struct config_origin origin;
};

/* What POST /v1/responses keeps for the next turn. */
struct config_responses {
	int64_t ttl_ms;                        /* 0 = nothing is kept */
	uint64_t size;
};

/* Whose traceparent is believed. */
enum trace_trust { TRUST_AUTHENTICATED, TRUST_ALWAYS, TRUST_NEVER };
/* Names of the GenAI conventions: the newest, those of 1.41, both at once. */
enum semconv { SEMCONV_LATEST = 1, SEMCONV_1_41 = 2, SEMCONV_BOTH = 3 };

struct config_header { const char *name; const struct secret *value; };
struct config_pair { const char *name, *value; };
struct config_otlp {
	const char *endpoint;                  /* NULL: nothing is exported */
	const struct config_header *headers;
	size_t header_count;
	const char *service;
	const struct config_pair *resource;    /* attributes beside service */
	size_t resource_count;
	enum semconv semconv;
	bool traces, metrics, content;
	uint32_t interval_ms, sample_millionths;
	uint64_t queue_bytes;
};

struct config_telemetry {
	bool prometheus, propagate;
	enum trace_trust trust;
	struct config_otlp otlp;
};

struct config_model {
	const char *name;
	const char *const *aliases;
	size_t alias_count;
	const char *policy;                    /* NULL: configured order and weights */
	const struct config_target *targets;
	size_t target_count;
	const char *const *fallbacks;
	size_t fallback_count;
	const char *const *context_fallbacks;
	size_t context_fallback_count;
	const char *const *content_fallbacks;
	size_t content_fallback_count;
	struct config_hedge hedge;
	struct config_cache_rules cache;
	const struct config_price *price;      /* NULL = not said: the catalogue's */
	int64_t context_window, max_output;    /* tokens; -1 = not said */
	const char *const *capabilities;
	size_t capability_count;
	bool unpriced_free;
	struct config_limits limits;           /* of all its requests together */
	struct config_origin origin;
};

struct config_policy {
	const char *name, *type;
	struct config_options options;
	struct config_origin origin;
};

struct config {
	const struct config_listen *listens;
	size_t listen_count;
	uint32_t workers;                      /* resolved: never 0 */
	uint64_t max_body, max_upload;
	uint32_t header_timeout_ms, body_timeout_ms, idle_timeout_ms, drain_timeout_ms;
	uint32_t max_connections;              /* of the process */
	bool fetch_media;
	const char *const *media_origins;      /* ends with NULL */
	const char *const *trusted_proxies;    /* CIDR text, checked */
	size_t trusted_proxy_count;
	const char *const *cors_origins;
	size_t cors_origin_count;

	const struct config_listen *admin_listens;
	size_t admin_listen_count;
	/* NULL: made at first start in $statedir/admin.token. */
	const struct secret *admin_token;
	const struct secret *viewer_token;     /* NULL: there is none */
	const char *const *admin_hosts;        /* names that browsers may use */
	size_t admin_host_count;
	const char *web_dir;                   /* files of the web app; NULL: there are none */

	const char *state_dir;
	const char *runtime_dir;               /* of admin.sock, client.sock */
	uint64_t map_size;
	int64_t audit_retain_ms, usage_retain_ms;
	bool records;                          /* of requests are kept */
	const char *const *plugin_dirs;
	size_t plugin_dir_count;

	const struct config_provider *providers;
	size_t provider_count;
	const struct config_model *models;
	size_t model_count;
	const struct config_policy *policies;
	size_t policy_count;
	struct config_cache cache;
	struct config_responses responses;
	struct config_limits limits_default;   /* of keys that do not say it themselves */
	uint32_t limits_wait_ms;               /* for something to come free; 0 = not at all */
	uint32_t budget_status;                /* HTTP status when a budget is used up */
	bool allow_direct;                     /* "provider/model" may be asked for */
	uint32_t keep_alive_ms;                /* of silent streams; 0 = none */
	uint32_t retry_millionths;             /* of a provider's requests */
	uint32_t retry_wait_ms;                /* the longest pause before a retry */

	struct config_telemetry telemetry;

	/* The catalogue of known models; NULL: none. */
	const char *models_file;
	struct config_origin models_file_origin;       /* line 0, file "": the default one */

	const char *log_level;
	const char *access_log;                /* "stderr", "stdout", "off" or a path */
	bool access_combined;                  /* lines as web servers write them, not JSON */
	const char *const *files;              /* that were read, in order */
	size_t file_count;
};

/* What was wrong, all of it (at most 50 entries), ready to print:
 *   FILE:LINE: error: what; did you mean 'x'?
 *      37 |     base_ulr = "https://...";
 * The same lines serve stderr, the admin API and the log. */
struct config_report { struct buf text; uint32_t errors, warnings; };
void config_report_init(struct config_report *r);
void config_report_fini(struct config_report *r);
void config_report_error(struct config_report *r, struct config_origin at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void config_report_warning(struct config_report *r, struct config_origin at,
                           const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

struct config_source {
	/* NULL: the installed one when it exists, else built-in defaults and the providers
	 * whose keys are in the environment.  conf.d/ beside the file belongs to it. */
	const char *file;
	const char *const *overrides;          /* "server.workers=2"; NULL-ended; may be NULL */
	const char *default_state_dir, *default_plugin_dir, *default_runtime_dir;
	const char *default_file;              /* "the installed one"; may be NULL */
	const char *default_models_file;       /* the catalogue; may be NULL */
	const char *default_web_dir;           /* may be NULL */
	/* Ordinary syntax, providers with if_env; may be NULL.  Read when there is no file and
	 * when the file says providers_from_environment = true. */
	const char *environment_file;
};

/* NULL when the report has errors.  Reads files, environment and secrets; on main only. */
struct config *config_load(const struct config_source *from, struct config_report *r);
void config_take(struct config *c);            /* one more user; any thread */
void config_give(struct config *c);            /* one less; the last frees */

const struct config_provider *config_provider_find(const struct config *c, const char *name);
const struct config_model *config_model_find(const struct config *c, cdt_str name_or_alias);

/* What "env:NAME", "file:PATH", "credential:NAME" or a secret written out stands for, for
 * options of plugins.  The caller owns it.  NULL: reported.  On main only. */
struct secret *config_secret(cdt_str text, struct config_origin at, struct config_report *r);

/* The effective configuration with "# FILE:LINE" comments; secrets as ***. */
void config_print(const struct config *c, struct buf *out);
/* The schema table as JSON: path, type, default, unit, range, reloadable, help. */
void config_print_schema(struct buf *out);
/* The nearest of names to word, or NULL when none is near.  names ends with NULL. */
const char *config_nearest(cdt_str word, const char *const *names);
/* "; did you mean 'x'?", for the end of a sentence; "" when near is NULL.  Returns out. */
enum { CONFIG_HINT_SIZE = 160 };
const char *config_hint(const char *near, char out[CONFIG_HINT_SIZE]);

#endif
