/* conduit/easy.h - shorthands, compiled into the plugin; no ABI of their own.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_EASY_H
#define CONDUIT_EASY_H
#include "provider.h"

static inline cdt_status cdt_emit_text(struct cdt_sink *s, uint32_t index, cdt_str text)
{
	return text.n == 0 ? CDT_OK : cdt_emit(s, (struct cdt_event){
		.type = CDT_EV_DELTA, .index = index, .kind = CDT_PART_TEXT, .data = text });
}

static inline cdt_status cdt_emit_stop(struct cdt_sink *s, uint32_t kind, cdt_str word)
{
	return word.n == 0 ? CDT_OK : cdt_emit(s, (struct cdt_event){
		.type = CDT_EV_STOP, .kind = kind, .data = word });
}

static inline cdt_status cdt_emit_tokens(struct cdt_sink *s, int64_t in, int64_t out)
{
	struct cdt_usage u = CDT_USAGE_INIT;
	u.input = in;
	u.output = out;
	return in < 0 ? CDT_OK : cdt_emit(s, (struct cdt_event){
		.type = CDT_EV_USAGE, .usage = &u });
}

/* A count as an upstream states it; -1: it is none. */
static inline int64_t cdt_count_of(cdt_val v)
{
	int64_t n = cdt_type(v) == CDT_INT ? cdt_i64(v, -1) : -1;

	return n < 0 || n > CDT_COUNT_MAX ? -1 : n;
}

/* What an HTTP status means when the body says nothing better. */
static inline uint32_t cdt_reason(uint32_t status)
{
	switch (status) {
	case 401: return CDT_ERR_AUTH;
	case 402: return CDT_ERR_NO_CREDIT;
	case 403: return CDT_ERR_FORBIDDEN;
	case 404: return CDT_ERR_NO_MODEL;
	case 408: return CDT_ERR_TIMEOUT;
	case 413: return CDT_ERR_TOO_LARGE;
	case 429: return CDT_ERR_RATE_LIMITED;
	case 503: case 529: return CDT_ERR_OVERLOADED;
	default:  return status < 400 || status >= 500 ? CDT_ERR_UPSTREAM : CDT_ERR_BAD_REQUEST;
	}
}

static inline int cdt_is(cdt_str s, const char *word)
{
	size_t i = 0;
	while (i < s.n && word[i] && s.p[i] == word[i])
		i++;
	return i == s.n && !word[i];
}
#endif
