/* telemetry/otlp.h - OTLP's JSON: what the files that write it share.  Private to the room.
 * [the exporter's thread]
 * SPDX-License-Identifier: MIT */
#ifndef TELEMETRY_OTLP_H
#define TELEMETRY_OTLP_H
#include "base/buf.h"
#include "config/config.h"
#include "telemetry/telemetry.h"

/* --- otlp.c: pieces --- */

/* One more of a list: a comma, unless it is the first. */
void otlp_next(struct buf *out);
/* Attributes; those that are not said (no bytes, below 0) are left out. */
void otlp_text(struct buf *out, const char *key, cdt_str value);
void otlp_count(struct buf *out, const char *key, int64_t value);
void otlp_billionths(struct buf *out, const char *key, int64_t value);   /* a double */
void otlp_flag(struct buf *out, const char *key, bool value);
/* "12": 64-bit numbers are texts; with a key in front. */
void otlp_u64(struct buf *out, const char *key, uint64_t value);
void otlp_hex(struct buf *out, const char *key, const uint8_t *id, size_t n);

/* Everything of one export is of one resource and scope.  kind: "Spans", "Metrics"; ends with
 * the opening of their list, which otlp_end closes. */
void otlp_begin(struct buf *out, const char *kind, const struct config_otlp *of);
void otlp_end(struct buf *out);

/* --- names.c: the GenAI conventions, which are renamed now and then --- */

#define OTLP_NAMES(X) \
	X(CACHE_WRITE, "gen_ai.usage.cache_write.input_tokens", \
	  "gen_ai.usage.cache_creation.input_tokens") \
	X(REASONING, "gen_ai.usage.reasoning.output_tokens", NULL) \
	X(FIRST_CHUNK, "gen_ai.response.time_to_first_chunk", NULL) \
	X(STREAM, "gen_ai.request.stream", NULL) \
	X(DURATION, "gen_ai.client.inference.duration", "gen_ai.client.operation.duration") \
	X(TO_FIRST, "gen_ai.client.inference.time_to_first_chunk", \
	  "gen_ai.client.operation.time_to_first_chunk") \
	X(INPUT_SUM, "gen_ai.client.inference.usage.input_tokens", NULL) \
	X(OUTPUT_SUM, "gen_ai.client.inference.usage.output_tokens", NULL) \
	X(CACHED_SUM, "gen_ai.client.inference.usage.cache_read.input_tokens", NULL) \
	X(WRITTEN_SUM, "gen_ai.client.inference.usage.cache_write.input_tokens", NULL) \
	X(REASONING_SUM, "gen_ai.client.inference.usage.reasoning.output_tokens", NULL) \
	X(INPUT, "gen_ai.client.inference.operation.input_tokens", NULL) \
	X(OUTPUT, "gen_ai.client.inference.operation.output_tokens", NULL) \
	X(TOKENS_OLD, NULL, "gen_ai.client.token.usage") \
	X(SERVER_DURATION, "gen_ai.server.request.duration", "gen_ai.server.request.duration") \
	X(SERVER_FIRST, "gen_ai.server.time_to_first_token", \
	  "gen_ai.server.time_to_first_token") \
	X(SERVER_EACH, "gen_ai.server.time_per_output_token", \
	  "gen_ai.server.time_per_output_token")
#define OTLP_NAME_ID(id, latest, old) OTLP_##id,
enum otlp_name { OTLP_NAMES(OTLP_NAME_ID) OTLP_NAME_COUNT };

/* The names to use, at most 2: the same one is there once. */
size_t otlp_names(enum otlp_name n, enum semconv s, const char *names[2]);
/* gen_ai.operation.name of an operation. */
cdt_str otlp_operation(cdt_str operation);

/* --- spans.c --- */
/* One span for the request and one for each attempt; how many. */
uint32_t spans_put(struct buf *out, const struct telemetry_record *r, enum semconv s);
/* content.c: what was asked, as gen_ai.input.messages; nothing where it is none. */
void content_put(struct buf *out, cdt_str body);

#endif
