/* config/schema.c - the table of all members.  Validation, defaults, "did you mean", the
 * printed configuration and --schema come from it; nothing else knows a member's name but
 * the file that reads it (sections*.c).
 * SPDX-License-Identifier: MIT */
#include "config/schema.h"

#include <string.h>

#include "base/jsonw.h"
#include "base/str.h"
#include "config/config.h"

#define REQUIRED SCHEMA_REQUIRED
#define OPTIONAL SCHEMA_OPTIONAL
#define GROWS    SCHEMA_GROWS
#define RESTART  SCHEMA_RESTART
#define LATER    SCHEMA_LATER
#define DAY_MS   86400000LL
#define KIB      1024LL
#define GIB      (KIB * KIB * KIB)
#define MICRO    1000000LL
#define TERA     (MICRO * MICRO)
#define NANO     (1000 * MICRO)

/* The members of a price, which stands in several places. */
#define RATE(path, help) { path, TYPE_DECIMAL, 0, NULL, 0, MICRO * MICRO, NULL, help }
#define FEE(path, help)  { path, TYPE_MONEY, 0, NULL, 0, MICRO * NANO, NULL, help }
#define RATE_ROWS(at) \
	RATE(at ".input", "prompt"), \
	RATE(at ".cached_input", "prompt, from the provider's cache"), \
	RATE(at ".cache_write", "prompt, into the provider's cache for 5 minutes"), \
	RATE(at ".cache_write_1h", "prompt, into the provider's cache for an hour"), \
	RATE(at ".output", "answer"), \
	RATE(at ".reasoning", "thoughts; default: as output"), \
	RATE(at ".audio_input", "audio of the prompt"), \
	RATE(at ".audio_output", "audio of the answer"), \
	RATE(at ".image_input", "pictures of the prompt; default: as input"), \
	RATE(at ".image_output", "pictures of the answer; default: as output")
#define PRICE_ROWS(at) \
	RATE_ROWS(at), \
	FEE(at ".per_request", "USD"), FEE(at ".per_image", "USD"), \
	FEE(at ".per_second", "USD"), FEE(at ".per_character", "USD"), \
	FEE(at ".per_search", "USD"), \
	{ at ".tiers", TYPE_LIST, 0, NULL, 0, 0, NULL, "at most 3, for longer prompts" }, \
	{ at ".tiers[].above", TYPE_INT, REQUIRED, NULL, 1, 1000 * MICRO, "tokens", \
	  "of the prompt; the tier prices all when there are more" }, \
	RATE_ROWS(at ".tiers[]")

/* What of the cache's rules a model may say otherwise. */
#define CACHE_ROWS(at, ttl, scope) \
	{ at ".enabled", TYPE_FLAG, 0, NULL, 0, 0, NULL, "keep and give answers" }, \
	{ at ".ttl", TYPE_DURATION, 0, ttl, 1000, 366 * DAY_MS, NULL, "of an answer" }, \
	{ at ".scope", TYPE_CHOICE, 0, scope, 0, 0, "key|group|global", \
	  "who shares answers" }, \
	{ at ".max_temperature", TYPE_DECIMAL, 0, NULL, 0, 2 * MICRO, NULL, \
	  "requests above it are not kept; default: any" }, \
	{ at ".namespace", TYPE_NAME, 0, NULL, 0, 0, NULL, "answers of others are not shared" }

const struct schema_row schema_rows[] = {
	{ "server", TYPE_GROUP, 0, NULL, 0, 0, NULL, "the client API" },
	{ "server.listen", TYPE_LIST, RESTART, NULL, 0, 0, NULL, "where clients connect" },
	{ "server.listen[].address", TYPE_ADDRESS, 0, "127.0.0.1", 0, 0, NULL,
	  "an IP address (0.0.0.0 or :: for all) or unix:/path" },
	{ "server.listen[].port", TYPE_INT, 0, "5000", 0, 65535, NULL, "0 = any free one" },
	{ "server.listen[].tls", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL, "serve HTTPS" },
	{ "server.listen[].tls.cert", TYPE_PATH, REQUIRED, NULL, 0, 0, NULL,
	  "PEM file: certificate, then its chain" },
	{ "server.listen[].tls.key", TYPE_PATH, REQUIRED, NULL, 0, 0, NULL, "PEM file" },
	{ "server.workers", TYPE_AUTO, RESTART, "auto", 1, 256, "threads",
	  "auto = one for each CPU that we may use" },
	{ "server.max_body", TYPE_SIZE, 0, "10MiB", KIB, GIB, NULL, "largest request body" },
	{ "server.max_upload", TYPE_SIZE, 0, "64MiB", KIB, GIB, NULL,
	  "the same where files are uploaded, when it is more" },
	{ "server.header_timeout", TYPE_DURATION, 0, "10s", 10, DAY_MS, NULL,
	  "for the head of a request" },
	{ "server.body_timeout", TYPE_DURATION, 0, "30s", 10, DAY_MS, NULL,
	  "for a body; one second more for each KiB" },
	{ "server.idle_timeout", TYPE_DURATION, 0, "75s", 10, DAY_MS, NULL,
	  "of a connection between requests" },
	{ "server.drain_timeout", TYPE_DURATION, 0, "600s", 0, DAY_MS, NULL,
	  "how long requests may finish after TERM" },
	{ "server.max_connections", TYPE_AUTO, RESTART, "auto", 16, MICRO, "connections",
	  "of the process; auto = what the limit of open files allows" },
	{ "server.trusted_proxies", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "whose X-Forwarded-For counts" },
	{ "server.trusted_proxies[]", TYPE_CIDR, 0, NULL, 0, 0, NULL, "address or network" },
	{ "server.fetch_media", TYPE_FLAG, RESTART, "false", 0, 0, NULL,
	  "pictures and files that a request names by address are fetched for providers that "
	  "can not do that" },
	{ "server.media_origins", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "of own servers that are called for media, also in private networks and without "
	  "https" },
	{ "server.media_origins[]", TYPE_ORIGIN, 0, NULL, 0, 0, NULL, "https://host[:port]" },
	{ "server.cors_origins", TYPE_ARRAY, LATER, NULL, 0, 0, NULL,
	  "web pages that may call the API from a browser" },
	{ "server.cors_origins[]", TYPE_ORIGIN, 0, NULL, 0, 0, NULL,
	  "https://host[:port], or * for all" },
	{ "server.runtime_dir", TYPE_PATH, RESTART, NULL, 0, 0, NULL,
	  "where admin.sock is made" },

	{ "admin", TYPE_GROUP, 0, NULL, 0, 0, NULL, "the admin API and web app" },
	{ "admin.listen", TYPE_LIST, RESTART, NULL, 0, 0, NULL, "where operators connect" },
	{ "admin.listen[].address", TYPE_ADDRESS, 0, "127.0.0.1", 0, 0, NULL,
	  "an IP address or unix:/path" },
	{ "admin.listen[].port", TYPE_INT, 0, "5001", 0, 65535, NULL, "0 = any free one" },
	{ "admin.listen[].tls", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL, "serve HTTPS" },
	{ "admin.listen[].tls.cert", TYPE_PATH, REQUIRED, NULL, 0, 0, NULL,
	  "PEM file: certificate, then its chain" },
	{ "admin.listen[].tls.key", TYPE_PATH, REQUIRED, NULL, 0, 0, NULL, "PEM file" },
	{ "admin.token", TYPE_SECRET, 0, NULL, 0, 0, NULL,
	  "default: made at first start in admin.token of the state folder" },
	{ "admin.viewer_token", TYPE_SECRET, 0, NULL, 0, 0, NULL,
	  "of those who may look at everything and change nothing; default: there is none" },
	{ "admin.hosts", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "names under which browsers may reach the web app, besides localhost and IP "
	  "addresses" },
	{ "admin.hosts[]", TYPE_TEXT, 0, NULL, 0, 0, NULL, "a host name, without a port" },
	{ "admin.web_dir", TYPE_PATH, 0, NULL, 0, 0, NULL,
	  "the web app's files; default: where they were installed" },

	{ "storage", TYPE_GROUP, 0, NULL, 0, 0, NULL, "keys, ledger, usage" },
	{ "storage.path", TYPE_PATH, RESTART, NULL, 0, 0, NULL, "the state folder" },
	{ "storage.map_size", TYPE_SIZE, RESTART, "64GiB", KIB * KIB, 16 * KIB * GIB, NULL,
	  "address space for the store at start, not memory and not disk; it grows" },
	{ "storage.audit_retain", TYPE_DURATION, 0, "400d", DAY_MS, 36500 * DAY_MS, NULL,
	  "how long changes by the admin API are remembered" },

	{ "plugins", TYPE_GROUP, 0, NULL, 0, 0, NULL, "what is loaded" },
	{ "plugins.dirs", TYPE_ARRAY, RESTART, NULL, 0, 0, NULL, "every .so in them" },
	{ "plugins.dirs[]", TYPE_PATH, 0, NULL, 0, 0, NULL, "a folder" },

	{ "providers", TYPE_LIST, GROWS, NULL, 0, 0, NULL, "who answers" },
	{ "providers[].name", TYPE_NAME, REQUIRED, NULL, 0, 0, NULL, "what targets call it" },
	{ "providers[].type", TYPE_NAME, REQUIRED, NULL, 0, 0, NULL, "of the provider plugin" },
	{ "providers[].base_url", TYPE_URL, 0, "", 0, 0, NULL, "default: the provider's own" },
	{ "providers[].catalog", TYPE_NAME, 0, NULL, 0, 0, NULL,
	  "whose models of the catalogue these are; default: the type's, unless base_url "
	  "leads elsewhere" },
	{ "providers[].if_env", TYPE_VARIABLE, 0, NULL, 0, 0, NULL,
	  "left out unless this variable is set" },
	{ "providers[].keys", TYPE_LIST, 0, NULL, 0, 0, NULL, "credentials, shared by weight" },
	{ "providers[].keys[].id", TYPE_NAME, 0, NULL, 0, 0, NULL,
	  "for logs and metrics; default k1, k2, ..." },
	{ "providers[].keys[].secret", TYPE_SECRET, REQUIRED, NULL, 0, 0, NULL,
	  "env:NAME, file:PATH or credential:NAME" },
	{ "providers[].keys[].weight", TYPE_INT, 0, "1", 1, 1000, NULL,
	  "share of the requests" },
	{ "providers[].timeout", TYPE_GROUP, 0, NULL, 0, 0, NULL, "of one attempt" },
	{ "providers[].timeout.connect", TYPE_DURATION, 0, "5s", 1, DAY_MS, NULL,
	  "name look-up, TCP and TLS" },
	{ "providers[].timeout.first_byte", TYPE_DURATION, 0, "60s", 1, DAY_MS, NULL,
	  "of the answer" },
	{ "providers[].timeout.idle", TYPE_DURATION, 0, "60s", 1, DAY_MS, NULL,
	  "between two parts of an answer" },
	{ "providers[].timeout.total", TYPE_DURATION, 0, "600s", 1, DAY_MS, NULL,
	  "all together" },
	{ "providers[].health", TYPE_GROUP, 0, NULL, 0, 0, NULL,
	  "when its keys are left alone" },
	{ "providers[].health.failures", TYPE_INT, 0, "5", 1, 1000, "failures",
	  "in a row bench a key; and more than half of at least 20 in ten seconds" },
	{ "providers[].health.cooldown", TYPE_DURATION, 0, "5s", 10, DAY_MS, NULL,
	  "for the first time; doubled each time in a row" },
	{ "providers[].health.cooldown_max", TYPE_DURATION, 0, "30s", 10, DAY_MS, NULL,
	  "at most" },
	{ "providers[].health.probe", TYPE_TEXT, 0, NULL, 0, 0, NULL,
	  "path below base_url that is asked for while a key cools down; default: none" },
	{ "providers[].health.probe_interval", TYPE_DURATION, 0, "10s", 100, DAY_MS, NULL,
	  "between two probes" },
	{ "providers[].abort_stops_billing", TYPE_CHOICE, 0, "auto", 0, 0, "auto|yes|no",
	  "may an answer be left in the middle without paying for its rest" },
	{ "providers[].params", TYPE_CHOICE, 0, "warn", 0, 0, "strict|warn|drop",
	  "members of a request that it can not do: refused, or left out, with or without a "
	  "line in the log" },
	{ "providers[].limits", TYPE_GROUP, 0, NULL, 0, 0, NULL,
	  "of each of its keys; 0 = none" },
	{ "providers[].limits.concurrent", TYPE_INT, 0, "0", 0, MICRO, "requests", "at once" },
	{ "providers[].limits.rpm", TYPE_INT, 0, "0", 0, 1000 * MICRO, "requests", "a minute" },
	{ "providers[].limits.tpm", TYPE_INT, 0, "0", 0, TERA, "tokens", "a minute" },
	{ "providers[].options", TYPE_TABLE, 0, NULL, 0, 0, NULL, "the plugin's own" },

	{ "models", TYPE_LIST, GROWS, NULL, 0, 0, NULL, "what clients may ask for" },
	{ "models[].name", TYPE_MODEL, REQUIRED, NULL, 0, 0, NULL, "what clients call it" },
	{ "models[].aliases", TYPE_ARRAY, 0, NULL, 0, 0, NULL, "other names" },
	{ "models[].aliases[]", TYPE_MODEL, 0, NULL, 0, 0, NULL, "a name" },
	{ "models[].policy", TYPE_NAME, 0, NULL, 0, 0, NULL,
	  "who chooses the target; default: by order and weight" },
	{ "models[].targets", TYPE_LIST, REQUIRED, NULL, 0, 0, NULL, "who answers for it" },
	{ "models[].targets[].provider", TYPE_NAME, REQUIRED, NULL, 0, 0, NULL, "its name" },
	{ "models[].targets[].model", TYPE_MODEL, 0, NULL, 0, 0, NULL,
	  "the provider's name for it; default: the same" },
	{ "models[].targets[].catalog_model", TYPE_MODEL, 0, NULL, 0, 0, NULL,
	  "the catalogue's name for it; default: the provider's" },
	{ "models[].targets[].weight", TYPE_INT, 0, "1", 1, 1000, NULL,
	  "share of the requests" },
	{ "models[].targets[].tier", TYPE_INT, 0, "0", 0, 1000, NULL,
	  "policy priority: smaller tiers are tried first" },
	{ "models[].targets[].price", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "of this target; default: the model's" },
	PRICE_ROWS("models[].targets[].price"),
	{ "models[].fallbacks", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "models to ask after failures" },
	{ "models[].fallbacks[]", TYPE_MODEL, 0, NULL, 0, 0, NULL, "a model" },
	{ "models[].context_fallbacks", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "models to ask when the prompt is too long" },
	{ "models[].context_fallbacks[]", TYPE_MODEL, 0, NULL, 0, 0, NULL, "a model" },
	{ "models[].content_fallbacks", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "models to ask when a content filter refuses" },
	{ "models[].content_fallbacks[]", TYPE_MODEL, 0, NULL, 0, 0, NULL, "a model" },
	{ "models[].hedge", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "a second target is asked beside a slow one, for whole answers" },
	{ "models[].hedge.after", TYPE_DURATION, 0, NULL, 1, DAY_MS, NULL,
	  "without an answer; default: what 95 of 100 of its answers took" },
	{ "models[].hedge.most", TYPE_PERCENT, 0, "2%", 0, MICRO, NULL, "of its requests" },
	{ "models[].cache", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "what differs from the section cache" },
	CACHE_ROWS("models[].cache", NULL, NULL),
	{ "models[].price", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "of a million tokens in USD; default: the catalogue's" },
	PRICE_ROWS("models[].price"),
	{ "models[].context_window", TYPE_INT, 0, NULL, 1, 1000 * MICRO, "tokens",
	  "prompt and answer" },
	{ "models[].max_output", TYPE_INT, 0, NULL, 1, 1000 * MICRO, "tokens", "answer" },
	{ "models[].capabilities", TYPE_ARRAY, 0, NULL, 0, 0, NULL, "what it is able to do" },
	{ "models[].capabilities[]", TYPE_NAME, 0, NULL, 0, 0, NULL,
	  "chat, tools, vision, ..." },
	{ "models[].limits", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "of all its requests together; 0 = none" },
	{ "models[].limits.rpm", TYPE_INT, 0, NULL, 0, 1000 * MICRO, "requests", "a minute" },
	{ "models[].limits.rpd", TYPE_INT, 0, NULL, 0, 1000 * MICRO, "requests", "a day" },
	{ "models[].limits.tpm", TYPE_INT, 0, NULL, 0, TERA, "tokens", "a minute" },
	{ "models[].limits.input_tpm", TYPE_INT, 0, NULL, 0, TERA, "tokens", "a minute" },
	{ "models[].limits.output_tpm", TYPE_INT, 0, NULL, 0, TERA, "tokens", "a minute" },
	{ "models[].limits.concurrency", TYPE_INT, 0, NULL, 0, MICRO, "requests", "at once" },
	{ "models[].limits.shadow", TYPE_FLAG, 0, NULL, 0, 0, NULL,
	  "only count what would be refused" },
	{ "models[].unpriced", TYPE_CHOICE, 0, "refuse", 0, 0, "refuse|free",
	  "without a price: not for keys with a budget, or free" },

	{ "policies", TYPE_LIST, GROWS, NULL, 0, 0, NULL, "how targets are chosen" },
	{ "policies[].name", TYPE_NAME, REQUIRED, NULL, 0, 0, NULL, "what models call it" },
	{ "policies[].type", TYPE_NAME, REQUIRED, NULL, 0, 0, NULL, "of the policy plugin" },
	{ "policies[].options", TYPE_TABLE, 0, NULL, 0, 0, NULL, "the plugin's own" },

	{ "routing", TYPE_GROUP, 0, NULL, 0, 0, NULL, "of all models" },
	{ "routing.keep_alive", TYPE_DURATION, 0, "15s", 0, 3600000, NULL,
	  "a comment is sent into streams that are silent so long; 0 = none" },
	{ "routing.retry_budget", TYPE_PERCENT, 0, "20%", 0, MICRO, NULL,
	  "of a provider's requests may be asked of it again, and at least three" },
	{ "routing.retry_wait", TYPE_DURATION, 0, "2s", 0, 60000, NULL,
	  "the longest pause before the same key is asked again; 0 = it never is" },

	{ "limits", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL, "of keys" },
	{ "limits.default", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "of keys, each that a key does not say itself; 0 = none" },
	{ "limits.default.rpm", TYPE_INT, 0, NULL, 0, 1000 * MICRO, "requests", "a minute" },
	{ "limits.default.rpd", TYPE_INT, 0, NULL, 0, 1000 * MICRO, "requests", "a day" },
	{ "limits.default.tpm", TYPE_INT, 0, NULL, 0, TERA, "tokens", "a minute" },
	{ "limits.default.input_tpm", TYPE_INT, 0, NULL, 0, TERA, "tokens", "a minute" },
	{ "limits.default.output_tpm", TYPE_INT, 0, NULL, 0, TERA, "tokens", "a minute" },
	{ "limits.default.concurrency", TYPE_INT, 0, NULL, 0, MICRO, "requests", "at once" },
	{ "limits.default.shadow", TYPE_FLAG, 0, NULL, 0, 0, NULL,
	  "only count what would be refused" },
	{ "limits.wait", TYPE_DURATION, 0, NULL, 0, 60000, NULL,
	  "how long a request may wait for its limits; default: not at all" },
	{ "limits.budget_status", TYPE_CHOICE, 0, "402", 0, 0, "402|429",
	  "of the answer when a budget is used up; some clients need 429" },

	{ "cache", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL, "answers that are known" },
	{ "cache.type", TYPE_NAME, RESTART, NULL, 0, 0, NULL,
	  "of the cache plugin: lmdb, memory, redis...; without it nothing is kept" },
	{ "cache.size", TYPE_SIZE, RESTART, "1GiB", KIB * KIB, 16 * KIB * GIB, NULL,
	  "at most" },
	CACHE_ROWS("cache", "1h", "key"),
	{ "cache.opt_in", TYPE_FLAG, 0, "false", 0, 0, NULL,
	  "only for requests that have a cache_control" },
	{ "cache.operations", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "that are cached; default: chat, completions, embeddings, moderations, rerank" },
	{ "cache.operations[]", TYPE_CHOICE, 0, NULL, 0, 0,
	  "chat|completions|embeddings|images|speech|transcriptions|moderations|rerank",
	  "an operation" },
	{ "cache.ignore", TYPE_ARRAY, 0, NULL, 0, 0, NULL,
	  "members of requests that do not change their answer, besides stream and user" },
	{ "cache.ignore[]", TYPE_NAME, 0, NULL, 0, 0, NULL, "a member, as \"metadata\"" },
	{ "cache.tool_calls", TYPE_FLAG, 0, "true", 0, 0, NULL,
	  "keep answers that call tools" },
	{ "cache.max_entry", TYPE_SIZE, 0, "4MiB", KIB, 16 * KIB * KIB, NULL,
	  "of one answer; larger ones are not kept" },
	{ "cache.single_flight", TYPE_FLAG, 0, "true", 0, 0, NULL,
	  "the same question, asked at the same time, is asked once" },
	{ "cache.stale_while_revalidate", TYPE_DURATION, 0, "0s", 0, 366 * DAY_MS, NULL,
	  "so long an answer that is too old is given, while a new one is fetched" },
	{ "cache.stale_if_error", TYPE_DURATION, 0, "0s", 0, 366 * DAY_MS, NULL,
	  "so long an answer that is too old is given when no provider answers" },
	{ "cache.replay", TYPE_CHOICE, 0, "at_once", 0, 0, "at_once|paced",
	  "of streams: all at once, or at the pace at which they came" },
	{ "cache.hit_cost", TYPE_PERCENT, 0, "0%", 0, MICRO, NULL,
	  "of what the answer has cost is charged for a hit" },
	{ "cache.joiner_cost", TYPE_PERCENT, 0, "0%", 0, MICRO, NULL,
	  "the same for those that joined the same question in flight" },
	{ "cache.count_tokens", TYPE_FLAG, 0, "false", 0, 0, NULL,
	  "tokens of hits count against token limits" },
	{ "cache.deadline", TYPE_DURATION, 0, "5ms", 1, 1000, NULL,
	  "a cache that has not answered by then has missed" },
	{ "cache.idempotency", TYPE_DURATION, 0, "24h", 0, 366 * DAY_MS, NULL,
	  "so long the answer to an Idempotency-Key is kept; 0 = the header means nothing" },
	{ "cache.idempotency_size", TYPE_SIZE, RESTART, "1GiB", 16 * KIB * KIB,
	  16 * KIB * GIB, NULL, "of those answers at most; no single one is above a 16th" },
	{ "cache.options", TYPE_TABLE, RESTART, NULL, 0, 0, NULL, "the plugin's own" },

	{ "responses", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "what /v1/responses keeps for the next turn" },
	{ "responses.ttl", TYPE_DURATION, 0, "30d", 0, 366 * DAY_MS, NULL,
	  "so long a response is kept that was not made with store false; 0 = none is" },
	{ "responses.size", TYPE_SIZE, RESTART, "1GiB", 16 * KIB * KIB, 16 * KIB * GIB, NULL,
	  "of all of them at most: the oldest go first" },

	{ "logging", TYPE_GROUP, 0, NULL, 0, 0, NULL, "what is written down" },
	{ "logging.level", TYPE_LEVELS, 0, "info", 0, 0, NULL,
	  "error, warn, info or debug; also for one room: info,router=debug" },
	{ "logging.access", TYPE_PATH, 0, "stderr", 0, 0, NULL,
	  "stderr, stdout, off or a file" },
	{ "logging.access_format", TYPE_CHOICE, RESTART, "json", 0, 0, "json|combined",
	  "a JSON object a line, or what web servers write" },
	{ "logging.content", TYPE_CHOICE, LATER, NULL, 0, 0, "none|all",
	  "prompts and answers in the log" },
	{ "logging.records", TYPE_FLAG, 0, "true", 0, 0, NULL,
	  "keep a record of each request, and sums of them" },
	{ "logging.retain", TYPE_DURATION, 0, "30d", DAY_MS, 366 * DAY_MS, NULL,
	  "how long records of requests stay" },

	{ "telemetry", TYPE_GROUP, 0, NULL, 0, 0, NULL, "what is measured" },
	{ "telemetry.prometheus", TYPE_FLAG, 0, "true", 0, 0, NULL,
	  "count, and serve /metrics of the admin API" },
	{ "telemetry.trust_traceparent", TYPE_CHOICE, 0, "authenticated", 0, 0,
	  "always|authenticated|never", "whose traces go on here: anybody's, those of keys "
	  "that were proved, or nobody's" },
	{ "telemetry.propagate", TYPE_FLAG, 0, "false", 0, 0, NULL,
	  "tell upstreams the trace (traceparent); they learn its id" },
	{ "telemetry.otlp", TYPE_GROUP, OPTIONAL, NULL, 0, 0, NULL,
	  "spans and metrics for OpenTelemetry" },
	{ "telemetry.otlp.endpoint", TYPE_URL, REQUIRED | RESTART, NULL, 0, 0, NULL,
	  "OTLP over HTTP, without /v1/traces: http://127.0.0.1:4318" },
	{ "telemetry.otlp.headers", TYPE_LIST, RESTART, NULL, 0, 0, NULL,
	  "of each export; at most 8" },
	{ "telemetry.otlp.headers[].name", TYPE_TEXT, REQUIRED, NULL, 0, 0, NULL,
	  "as authorization" },
	{ "telemetry.otlp.headers[].value", TYPE_SECRET, REQUIRED, NULL, 0, 0, NULL,
	  "env:NAME, file:PATH or credential:NAME" },
	{ "telemetry.otlp.service", TYPE_TEXT, RESTART, "conduit", 0, 0, NULL,
	  "service.name of all that is exported" },
	{ "telemetry.otlp.resource", TYPE_LIST, RESTART, NULL, 0, 0, NULL,
	  "other attributes of all that is exported; at most 16" },
	{ "telemetry.otlp.resource[].name", TYPE_TEXT, REQUIRED, NULL, 0, 0, NULL,
	  "as deployment.environment.name" },
	{ "telemetry.otlp.resource[].value", TYPE_TEXT, REQUIRED, NULL, 0, 0, NULL,
	  "as prod" },
	{ "telemetry.otlp.semconv", TYPE_CHOICE, RESTART, "latest", 0, 0, "latest|1.41|both",
	  "which names of the GenAI conventions are used" },
	{ "telemetry.otlp.traces", TYPE_FLAG, RESTART, "true", 0, 0, NULL, "export spans" },
	{ "telemetry.otlp.metrics", TYPE_FLAG, RESTART, "true", 0, 0, NULL, "export metrics" },
	{ "telemetry.otlp.interval", TYPE_DURATION, RESTART, "5s", 100, 3600000, NULL,
	  "between two exports of spans, unless many wait; metrics go each 12th time" },
	{ "telemetry.otlp.queue", TYPE_SIZE, RESTART, "8MiB", 64 * KIB, GIB, NULL,
	  "of requests whose spans wait; when it is full, they are dropped and counted" },
	{ "telemetry.otlp.sample", TYPE_PERCENT, 0, "100%", 0, MICRO, NULL,
	  "of the traces that begin here; others are sampled as their caller says" },
	{ "telemetry.otlp.content", TYPE_FLAG, 0, "false", 0, 0, NULL,
	  "prompts are exported, too" },

	{ "allow_direct", TYPE_FLAG, 0, "false", 0, 0, NULL,
	  "clients may ask for provider/model" },
	{ "models_file", TYPE_PATH, 0, NULL, 0, 0, NULL,
	  "the catalogue of known models: prices, context windows" },
	{ "providers_from_environment", TYPE_FLAG, RESTART, "false", 0, 0, NULL,
	  "also those whose keys are in the environment" },
	{ NULL, TYPE_GROUP, 0, NULL, 0, 0, NULL, NULL },
};

struct type_row { const char *name, *unit; };
#define SCHEMA_TYPE_ROW(id, name, unit) { name, unit },
static const struct type_row types[] = { SCHEMA_TYPES(SCHEMA_TYPE_ROW) };

const struct schema_row *schema_find(cdt_str path)
{
	for (const struct schema_row *row = schema_rows; row->path; row++)
		if (str_is(path, row->path))
			return row;
	return NULL;
}

const char *schema_member(const struct schema_row *row, cdt_str group)
{
	const char *rest;

	if (strncmp(row->path, group.p, group.n) != 0)
		return NULL;
	rest = row->path + group.n;
	if (group.n && *rest++ != '.')
		return NULL;
	return *rest && !strpbrk(rest, ".[") ? rest : NULL;
}

const char *schema_type_name(enum schema_type type)
{
	return types[type].name;
}

const char *schema_unit(const struct schema_row *row)
{
	return row->unit && row->type != TYPE_CHOICE ? row->unit : types[row->type].unit;
}

static void print_choices(struct jsonw *w, const char *choices)
{
	cdt_str rest = str_z(choices);

	jsonw_key(w, "choices");
	jsonw_open(w, '[');
	while (rest.n)
		jsonw_text(w, str_cut(&rest, '|'));
	jsonw_close(w);
}

static void print_row(struct jsonw *w, const struct schema_row *row)
{
	const char *unit = schema_unit(row);

	jsonw_open(w, '{');
	jsonw_put_z(w, "path", row->path);
	jsonw_put_z(w, "type", schema_type_name(row->type));
	if (row->dflt)
		jsonw_put_z(w, "default", row->dflt);
	if (unit[0])
		jsonw_put_z(w, "unit", unit);
	if (row->min || row->max) {
		jsonw_put_i64(w, "min", row->min);
		jsonw_put_i64(w, "max", row->max);
	}
	if (row->type == TYPE_CHOICE)
		print_choices(w, row->unit);
	jsonw_put_flag(w, "required", row->flags & REQUIRED);
	jsonw_put_flag(w, "reloadable", !(row->flags & RESTART));
	jsonw_put_z(w, "help", row->help);
	jsonw_close(w);
}

void config_print_schema(struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '[');
	for (const struct schema_row *row = schema_rows; row->path; row++)
		print_row(&w, row);
	jsonw_close(&w);
	buf_add_c(out, '\n');
}
