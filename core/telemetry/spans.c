/* telemetry/spans.c - an exchange as spans: one of a server for the request, and below it one
 * of a client for each attempt.
 * SPDX-License-Identifier: MIT */
#include "telemetry/otlp.h"

#include "base/jsonw.h"
#include "base/str.h"
#include "conduit/event.h"

enum { KIND_SERVER = 2, KIND_CLIENT = 3, STATUS_ERROR = 2, SERVER_ERROR = 500 };

static uint64_t nanoseconds(const struct telemetry_record *r, int64_t us)
{
	return (uint64_t)(r->wall_ms * 1000 + (us > 0 ? us : 0)) * 1000;
}

static bool is_ok(cdt_str outcome)
{
	return str_is(outcome, "OK");
}

/* Up to its list of attributes. */
static void begin(struct buf *out, const struct telemetry_record *r, const uint8_t *span,
                  const uint8_t *parent)
{
	otlp_next(out);
	buf_add_c(out, '{');
	otlp_hex(out, "traceId", r->trace, TRACE_ID_SIZE);
	buf_add_c(out, ',');
	otlp_hex(out, "spanId", span, SPAN_ID_SIZE);
	if (parent) {
		buf_add_c(out, ',');
		otlp_hex(out, "parentSpanId", parent, SPAN_ID_SIZE);
	}
}

static void times(struct buf *out, int kind, uint64_t start, uint64_t end)
{
	buf_add(out, CDT_STR("\",\"kind\":"));
	buf_add_c(out, (char)('0' + kind));
	otlp_u64(out, "startTimeUnixNano", start);
	otlp_u64(out, "endTimeUnixNano", end > start ? end : start);
	buf_add(out, CDT_STR(",\"attributes\":["));
}

static void status(struct buf *out, bool failed, cdt_str why)
{
	if (failed) {
		buf_print(out, ",\"status\":{\"code\":%d,\"message\":\"", STATUS_ERROR);
		buf_add(out, why);                     /* a word of ours */
		buf_add(out, CDT_STR("\"}"));
	}
	buf_add_c(out, '}');
}

static void event(struct buf *out, const char *name, uint64_t at)
{
	otlp_next(out);
	buf_add(out, CDT_STR("{\"name\":\""));
	buf_add_z(out, name);
	buf_add_c(out, '"');
	otlp_u64(out, "timeUnixNano", at);
}

/* Attempts after the first, in the request's span. */
static void put_retries(struct buf *out, const struct telemetry_record *r)
{
	if (r->attempt_count < 2)
		return;
	buf_add(out, CDT_STR(",\"events\":["));
	for (uint32_t i = 1; i < r->attempt_count; i++) {
		const struct telemetry_attempt *a = &r->attempt[i];

		event(out, "retry", nanoseconds(r, a->start_us));
		buf_add(out, CDT_STR(",\"attributes\":["));
		otlp_text(out, "conduit.target", a->target);
		otlp_text(out, "error.type", a[-1].outcome);
		buf_add(out, CDT_STR("]}"));
	}
	buf_add_c(out, ']');
}

static void put_request(struct buf *out, const struct telemetry_record *r)
{
	begin(out, r, r->span, r->has_parent ? r->parent : NULL);
	if (r->state.n) {
		buf_add(out, CDT_STR(",\"traceState\":\""));
		json_escape(out, r->state);
		buf_add_c(out, '"');
	}
	buf_add(out, CDT_STR(",\"name\":\""));
	json_escape(out, r->method);
	buf_add_c(out, ' ');
	buf_add(out, r->route);
	times(out, KIND_SERVER, nanoseconds(r, 0), nanoseconds(r, r->total_us));
	otlp_text(out, "http.request.method", r->method);
	otlp_text(out, "http.route", r->route);
	otlp_text(out, "url.path", r->path);
	otlp_count(out, "http.response.status_code", r->status);
	otlp_text(out, "client.address", r->client);
	otlp_text(out, "user_agent.original", r->agent);
	if (!is_ok(r->outcome))
		otlp_text(out, "error.type", r->outcome);
	otlp_text(out, "gen_ai.conversation.id", r->session);
	otlp_text(out, "conduit.request.id", r->id);
	otlp_text(out, "conduit.key.id", r->key);
	otlp_text(out, "conduit.group", r->group);
	otlp_text(out, "conduit.model.public", r->model);
	otlp_text(out, "conduit.cache", r->cache);
	otlp_count(out, "conduit.attempts", r->attempt_count);
	otlp_count(out, "conduit.overhead_us", r->overhead_us);
	if (r->cost_nanousd)
		otlp_billionths(out, "conduit.cost_usd", r->cost_nanousd);
	content_put(out, r->content);
	buf_add_c(out, ']');
	put_retries(out, r);
	status(out, r->status >= SERVER_ERROR, r->outcome);
}

/* --- attempts --- */

/* Host and port of https://host:port/... */
static void put_server(struct buf *out, cdt_str url)
{
	size_t at = str_search(url, CDT_STR("://"));
	bool tls = str_starts(url, "https:");
	cdt_str rest, host, port;
	uint64_t number = tls ? 443 : 80;
	size_t end;

	if (at == url.n)
		return;
	rest = str_skip(url, at + 3);
	host = str_cut(&rest, '/');
	end = host.n && host.p[0] == '[' ? str_find(host, ']') : str_find(host, ':');
	end += host.n && host.p[0] == '[' && end < host.n;
	port = str_skip(host, end);
	if (port.n > 1)
		(void)str_u64(str_skip(port, 1), &number);     /* checked when it was read */
	otlp_text(out, "server.address", str_from(host.p, end));
	otlp_count(out, "server.port", (int64_t)number);
}

static void put_stops(struct buf *out, uint32_t kinds)
{
	static const char *const words[] = {
		[CDT_STOP_END] = "stop", [CDT_STOP_LENGTH] = "length",
		[CDT_STOP_TOOL] = "tool_calls", [CDT_STOP_FILTER] = "content_filter",
		[CDT_STOP_SEQUENCE] = "stop", [CDT_STOP_REFUSAL] = "content_filter",
		[CDT_STOP_PAUSE] = "pause", [CDT_STOP_OTHER] = "error",
	};

	if (!kinds)
		return;
	otlp_next(out);
	buf_add(out, CDT_STR("{\"key\":\"gen_ai.response.finish_reasons\",\"value\":"
	                     "{\"arrayValue\":{\"values\":["));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i] && kinds & 1u << i) {
			otlp_next(out);
			buf_add(out, CDT_STR("{\"stringValue\":\""));
			buf_add_z(out, words[i]);
			buf_add(out, CDT_STR("\"}"));
		}
	buf_add(out, CDT_STR("]}}}"));
}

static void put_named(struct buf *out, enum otlp_name n, enum semconv s, int64_t v)
{
	const char *names[2];
	size_t count = otlp_names(n, s, names);

	for (size_t i = 0; i < count; i++)
		otlp_count(out, names[i], v);
}

/* What is known of the last attempt only. */
static void put_answer(struct buf *out, const struct telemetry_record *r,
                       const struct telemetry_attempt *a, enum semconv s)
{
	const char *names[2];

	put_stops(out, r->stop_kinds);
	otlp_count(out, "gen_ai.usage.input_tokens", r->input);
	otlp_count(out, "gen_ai.usage.output_tokens", r->output);
	if (r->cached > 0)
		otlp_count(out, "gen_ai.usage.cache_read.input_tokens", r->cached);
	if (r->cache_write > 0)
		put_named(out, OTLP_CACHE_WRITE, s, r->cache_write);
	if (r->reasoning > 0)
		put_named(out, OTLP_REASONING, s, r->reasoning);
	if (r->stream && a->first_us >= a->start_us &&
	    otlp_names(OTLP_FIRST_CHUNK, s, names))
		otlp_billionths(out, names[0], (a->first_us - a->start_us) * 1000);
}

static void put_attempt(struct buf *out, const struct telemetry_record *r, uint32_t i,
                        enum semconv s)
{
	const struct telemetry_attempt *a = &r->attempt[i];
	const cdt_str operation = otlp_operation(r->operation);
	const char *names[2];

	begin(out, r, a->span, r->span);
	buf_add(out, CDT_STR(",\"name\":\""));
	buf_add(out, operation);
	buf_add_c(out, ' ');
	json_escape(out, a->model);
	times(out, KIND_CLIENT, nanoseconds(r, a->start_us), nanoseconds(r, a->end_us));
	otlp_text(out, "gen_ai.operation.name", operation);
	otlp_text(out, "gen_ai.provider.name", a->type);
	otlp_text(out, "gen_ai.request.model", a->model);
	if (r->stream && otlp_names(OTLP_STREAM, s, names))
		otlp_flag(out, names[0], true);
	put_server(out, a->base_url);
	if (a->http_status)
		otlp_count(out, "http.response.status_code", a->http_status);
	if (!is_ok(a->outcome))
		otlp_text(out, "error.type", a->outcome);
	otlp_count(out, "conduit.attempt", i + 1);
	otlp_text(out, "conduit.target", a->target);
	otlp_text(out, "conduit.provider", a->provider);
	if (a->cost_nanousd)
		otlp_billionths(out, "conduit.cost_usd", a->cost_nanousd);
	if (i + 1 == r->attempt_count)
		put_answer(out, r, a, s);
	buf_add_c(out, ']');
	if (a->first_us >= a->start_us) {
		buf_add(out, CDT_STR(",\"events\":["));
		event(out, "first_chunk", nanoseconds(r, a->first_us));
		buf_add(out, CDT_STR("}]"));
	}
	status(out, !is_ok(a->outcome), a->outcome);
}

uint32_t spans_put(struct buf *out, const struct telemetry_record *r,
                   enum semconv s)
{
	put_request(out, r);
	for (uint32_t i = 0; i < r->attempt_count; i++)
		put_attempt(out, r, i, s);
	return 1 + r->attempt_count;
}
