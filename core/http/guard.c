/* http/guard.c - decides byte by byte what may reach evhttp.  Knows the grammar of HTTP/1.1
 * (RFC 9110, 9112) without its optional and obsolete parts; knows no route and no evhttp.
 * The order of the verdicts is the order of the bytes, so it never depends on how they came.
 * SPDX-License-Identifier: MIT */
#include "http/guard.h"

#include <string.h>

#include "base/str.h"
#include "http/fields.h"

enum state {
	METHOD, TARGET_START, TARGET, VERSION, LINE_LF,
	LINE_START, NAME, VALUE_START, VALUE, KEPT_VALUE, VALUE_LF, HEAD_LF,
	BODY,                                           /* from here on: after the head */
	CHUNK_SIZE, CHUNK_SIZE_LF, CHUNK_BYTES, CHUNK_CR, CHUNK_LF, LAST_CR, LAST_LF,
};

enum {
	METHOD_MAX = 7,
	CHUNK_DIGITS = 8,
	/* What chunk lines may cost: as much as a quarter of the body limit, and some. */
	FRAMING_SHARE = 4, FRAMING_FREE = 4096,
};

static const struct method { const char *name; size_t n; } methods[] = {
	{ "POST", 4 }, { "GET", 3 }, { "DELETE", 6 }, { "HEAD", 4 }, { "OPTIONS", 7 },
	{ "PATCH", 5 }, { "PUT", 3 },
};

static bool is_field_byte(unsigned char c)
{
	return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* Printable ASCII without '#' (a fragment is never sent), without what RFC 3986 never allows
 * and others read as a separator, and without '%', which wants a closer look. */
static const bool target_bytes[256] = {
	['!'] = true, ['$'] = true, ['&' ... ';'] = true, ['='] = true, ['?' ... '['] = true,
	[']'] = true, ['_'] = true, ['a' ... '~'] = true,
};

static const char *refuse(struct guard *g, enum guard_verdict v, const char *why,
                          const char *p)
{
	g->verdict = v;
	g->why = why;
	return p;
}

static const char *malformed(struct guard *g, const char *why, const char *p)
{
	return refuse(g, GUARD_MALFORMED, why, p);
}

/* --- one function a state: reads from p (there is a byte), returns where it stopped --- */

static const char *in_method(struct guard *g, const char *p, const char *end)
{
	for (; p < end && *p >= 'A' && *p <= 'Z' && g->name_n < METHOD_MAX; p++)
		g->name[g->name_n++] = *p;
	if (p == end)
		return p;
	for (size_t i = 0; *p == ' ' && i < sizeof methods / sizeof methods[0]; i++)
		if (methods[i].n == g->name_n && !memcmp(methods[i].name, g->name, g->name_n))
			g->method = methods[i].name;
	if (!g->method)
		return malformed(g, "the request line does not begin with a known method", p);
	g->target_at = g->name_n + 1;
	g->state = TARGET_START;
	return p + 1;
}

/* Bytes of the target, for who decides by it how long the body may be. */
static void keep_target(struct guard *g, const char *from, size_t n)
{
	size_t room = g->target_n < GUARD_TARGET_KEPT ? GUARD_TARGET_KEPT - g->target_n : 0;

	memcpy(g->target + (room ? g->target_n : 0), from, n < room ? n : room);
	g->target_n += n;
}

static const char *in_target_start(struct guard *g, const char *p, const char *end)
{
	(void)end;
	if (*p != '/')
		return malformed(g, "the request target must begin with a slash", p);
	g->state = TARGET;
	keep_target(g, p, 1);
	return p + 1;
}

static const char bad_percent[] =
	"a percent sign in the request target is not followed by two hexadecimal digits";

/* g->at: how many hexadecimal digits a '%' still wants. */
static const char *in_target(struct guard *g, const char *p, const char *end)
{
	const char *from = p;

	for (; p < end && *p != ' '; p++) {
		if (g->at) {
			if (str_hex_digit(*p) < 0)
				return malformed(g, bad_percent, p);
			g->at--;
		} else if (*p == '%') {
			g->at = 2;
		} else if (!target_bytes[(unsigned char)*p]) {
			return malformed(g, "the request target contains a forbidden byte", p);
		}
	}
	keep_target(g, from, (size_t)(p - from));
	if (p == end)
		return p;
	if (g->at)
		return malformed(g, bad_percent, p);
	g->target_done = true;
	g->state = VERSION;
	return p + 1;
}

static const char *in_version(struct guard *g, const char *p, const char *end)
{
	static const char word[] = "HTTP/1.";

	for (; p < end; p++, g->at++) {
		if (g->at == sizeof word) {
			if (*p != '\r')
				return malformed(g, "bytes follow the protocol version", p);
			g->state = LINE_LF;
			return p + 1;
		}
		if (g->at < sizeof word - 1 ? *p != word[g->at] : *p != '0' && *p != '1')
			return malformed(g, "the protocol is neither HTTP/1.1 nor HTTP/1.0", p);
		g->minor = *p == '1';
	}
	return p;
}

static const char *in_line_lf(struct guard *g, const char *p, const char *end)
{
	(void)end;
	if (*p != '\n')
		return malformed(g, "a line does not end with CR LF", p);
	g->state = LINE_START;
	return p + 1;
}

static const char *in_line_start(struct guard *g, const char *p, const char *end)
{
	(void)end;
	if (*p == '\r') {
		g->state = HEAD_LF;
		return p + 1;
	}
	if (++g->headers > g->limits->headers)
		return refuse(g, GUARD_HEAD_TOO_LARGE, "there are too many headers", p);
	g->name_n = 0;
	g->state = NAME;
	return p;
}

static const char *in_value_lf(struct guard *g, const char *p, const char *end)
{
	const char *why;

	if (*p != '\n')
		return in_line_lf(g, p, end);
	g->state = LINE_START;
	if (!field_has_meaning(g->field))
		return p + 1;
	why = field_take(g, g->field, (cdt_str){ g->value, g->value_n });
	return why ? malformed(g, why, p) : p + 1;
}

/* Are all eight bytes printable (also above 0x7f)?  May say no for a tab, never yes for a
 * control byte. */
static bool eight_printable(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t v, del;

	memcpy(&v, p, sizeof v);
	del = v ^ (ones * 0x7f);
	return !(((v - ones * 0x20) & ~v & high) | ((del - ones) & ~del & high));
}

/* p: the first byte that is not part of a value. */
static const char *value_end(struct guard *g, const char *p, const char *end)
{
	if (p == end)
		return p;
	if (*p != '\r')
		return malformed(g, "a header value contains a control byte", p);
	g->state = VALUE_LF;
	return ++p < end ? in_value_lf(g, p, end) : p;
}

static const char *in_value(struct guard *g, const char *p, const char *end)
{
	while (end - p >= 8 && eight_printable(p))
		p += 8;
	while (p < end && is_field_byte((unsigned char)*p))
		p++;
	return value_end(g, p, end);
}

static const char *in_kept_value(struct guard *g, const char *p, const char *end)
{
	const char *from = p;
	size_t n, room = GUARD_VALUE_MAX - g->value_n;

	while (p < end && is_field_byte((unsigned char)*p))
		p++;
	n = (size_t)(p - from);
	if (n > room)
		return refuse(g, GUARD_HEAD_TOO_LARGE, "a header is too long", from + room);
	memcpy(g->value + g->value_n, from, n);
	g->value_n += n;
	return value_end(g, p, end);
}

static const char *in_value_start(struct guard *g, const char *p, const char *end)
{
	bool kept = field_has_meaning(g->field);

	while (p < end && field_is_blank(*p))
		p++;
	if (p == end)
		return p;
	g->state = kept ? KEPT_VALUE : VALUE;
	return kept ? in_kept_value(g, p, end) : in_value(g, p, end);
}

static const char *name_done(struct guard *g, const char *name, size_t n, const char *p)
{
	uint32_t bit;

	g->field = field_find(name, n);
	bit = (uint32_t)1 << g->field;
	if (g->field >= FIELD_ONCE && (g->seen & bit))
		return malformed(g, "a header that may come only once came twice", p);
	g->seen |= bit;
	g->value_n = 0;
	g->state = VALUE_START;
	return p + 1;
}

/* g->name holds what came in earlier pieces. */
static const char *in_name(struct guard *g, const char *p, const char *end)
{
	const char *from = p;
	size_t n, room = GUARD_NAME_MAX - g->name_n;

	while (p < end && field_letters[(unsigned char)*p])
		p++;
	n = (size_t)(p - from);
	if (n > room)
		return refuse(g, GUARD_HEAD_TOO_LARGE, "a header has a long name", from + room);
	if (p == end || g->name_n) {
		memcpy(g->name + g->name_n, from, n);
		n = g->name_n += n;
		from = g->name;
	}
	if (p == end)
		return p;
	if (*p != ':' || !n)
		return malformed(g, "a header line is not a name, a colon and a value", p);
	p = name_done(g, from, n, p);
	return p < end && g->state == VALUE_START ? in_value_start(g, p, end) : p;
}

static bool saw(const struct guard *g, unsigned field)
{
	return g->seen & ((uint32_t)1 << field);
}

/* The path as it was sent, but for a slash at its end. */
static bool is_upload(const struct guard *g)
{
	size_t n = 0, path_n = g->target_n;
	const char *const *path = g->limits->upload_paths;

	if (path_n > GUARD_TARGET_KEPT)
		path_n = GUARD_TARGET_KEPT;
	while (n < path_n && g->target[n] != '?')
		n++;
	if (n > 1 && g->target[n - 1] == '/')
		n--;
	for (; path && *path; path++)
		if (strlen(*path) == n && !memcmp(*path, g->target, n))
			return true;
	return false;
}

static uint64_t body_max(const struct guard *g)
{
	const struct http_limits *l = g->limits;

	return l->upload_bytes > l->body_bytes && is_upload(g) ? l->upload_bytes
	                                                       : l->body_bytes;
}

/* The head is whole: how long is the body? */
static const char *in_head_lf(struct guard *g, const char *p, const char *end)
{
	bool any = g->chunked || g->left;

	if (*p != '\n')
		return in_line_lf(g, p, end);
	if (g->minor && !saw(g, FIELD_HOST))
		return malformed(g, "the Host header is missing", p);
	if (g->chunked && saw(g, FIELD_CONTENT_LENGTH))
		return malformed(g, "there are a Content-Length and a Transfer-Encoding", p);
	if (g->chunked && !g->minor)
		return malformed(g, "HTTP/1.0 has no Transfer-Encoding", p);
	if (any && g->method[0] == 'H')
		return malformed(g, "a HEAD request has no body", p);
	g->body_max = any ? body_max(g) : 0;
	if (g->left > g->body_max)
		return refuse(g, GUARD_BODY_TOO_LARGE, "the request body is too large", p);
	g->head_done = true;
	if (!any)
		g->verdict = GUARD_WHOLE;
	g->at = 0;
	g->state = g->chunked ? CHUNK_SIZE : BODY;
	return p + 1;
}

/* --- after the head --- */

static const char *in_body(struct guard *g, const char *p, const char *end)
{
	uint64_t n = (uint64_t)(end - p) < g->left ? (uint64_t)(end - p) : g->left;

	g->left -= n;
	if (!g->left)
		g->verdict = GUARD_WHOLE;
	return p + n;
}

static const char *in_chunk_size(struct guard *g, const char *p, const char *end)
{
	for (; p < end && str_hex_digit(*p) >= 0; p++) {
		if (g->at == CHUNK_DIGITS)
			return malformed(g, "a chunk size is too long", p);
		g->at++;
		g->left = g->left * 16 + (uint64_t)str_hex_digit(*p);
	}
	if (p == end)
		return p;
	if (*p != '\r' || !g->at)
		return malformed(g, "a chunk size is not a plain hexadecimal number", p);
	g->state = CHUNK_SIZE_LF;
	return p + 1;
}

static const char *in_chunk_size_lf(struct guard *g, const char *p, const char *end)
{
	(void)end;
	if (*p != '\n')
		return malformed(g, "a chunk size line does not end with CR LF", p);
	g->framing_n += g->at + 4u;             /* CR LF after the size and after the bytes */
	g->body_n += g->left;
	if (g->body_n > g->body_max ||
	    g->framing_n > g->body_max / FRAMING_SHARE + FRAMING_FREE)
		return refuse(g, GUARD_BODY_TOO_LARGE, "the request body is too large", p);
	g->state = g->left ? CHUNK_BYTES : LAST_CR;
	g->at = 0;
	return p + 1;
}

static const char *in_chunk_bytes(struct guard *g, const char *p, const char *end)
{
	uint64_t n = (uint64_t)(end - p) < g->left ? (uint64_t)(end - p) : g->left;

	g->left -= n;
	if (!g->left)
		g->state = CHUNK_CR;
	return p + n;
}

static const char *in_chunk_end(struct guard *g, const char *p, const char *end)
{
	(void)end;
	if (*p != (g->state == CHUNK_CR ? '\r' : '\n'))
		return malformed(g, "a chunk is not followed by CR LF", p);
	g->state = g->state == CHUNK_CR ? CHUNK_LF : CHUNK_SIZE;
	return p + 1;
}

static const char *in_last(struct guard *g, const char *p, const char *end)
{
	(void)end;
	if (*p != (g->state == LAST_CR ? '\r' : '\n'))
		return malformed(g, "trailers after the last chunk are not understood", p);
	if (g->state == LAST_LF)
		g->verdict = GUARD_WHOLE;
	g->state = LAST_LF;
	return p + 1;
}

static const char *(*const steps[])(struct guard *g, const char *p, const char *end) = {
	[METHOD] = in_method, [TARGET_START] = in_target_start, [TARGET] = in_target,
	[VERSION] = in_version, [LINE_LF] = in_line_lf, [LINE_START] = in_line_start,
	[NAME] = in_name, [VALUE_START] = in_value_start, [VALUE] = in_value,
	[KEPT_VALUE] = in_kept_value, [VALUE_LF] = in_value_lf, [HEAD_LF] = in_head_lf,
	[BODY] = in_body, [CHUNK_SIZE] = in_chunk_size, [CHUNK_SIZE_LF] = in_chunk_size_lf,
	[CHUNK_BYTES] = in_chunk_bytes, [CHUNK_CR] = in_chunk_end, [CHUNK_LF] = in_chunk_end,
	[LAST_CR] = in_last, [LAST_LF] = in_last,
};

static const char *feed_head(struct guard *g, const char *p, const char *end)
{
	size_t room = g->limits->head_bytes - g->head_n;
	const char *stop = (size_t)(end - p) > room ? p + room : end, *at = p;

	while (at < stop && g->verdict == GUARD_MORE && g->state < BODY)
		at = steps[g->state](g, at, stop);
	g->head_n += (size_t)(at - p);
	if (at == stop && at < end && g->verdict == GUARD_MORE && g->state < BODY)
		return refuse(g, GUARD_HEAD_TOO_LARGE, "the request's head is too large", at);
	return at;
}

void guard_init(struct guard *g, const struct http_limits *limits)
{
	/* name and value are only read as far as they were written. */
	memset(g, 0, offsetof(struct guard, name));
	g->limits = limits;
}

size_t guard_feed(struct guard *g, const char *p, size_t n)
{
	const char *at = p, *end = p + n;

	if (n && g->verdict == GUARD_MORE && g->state < BODY)
		at = feed_head(g, at, end);
	while (at < end && g->verdict == GUARD_MORE) {
		const char *next = steps[g->state](g, at, end);

		g->body_seen += (uint64_t)(next - at);
		at = next;
	}
	return (size_t)(at - p);
}

uint64_t guard_body_left(const struct guard *g)
{
	return g->state == BODY ? g->left : 0;
}

bool guard_keeps(const struct guard *g)
{
	return !g->close && (g->minor || g->keep_alive);
}
