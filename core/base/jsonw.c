/* base/jsonw.c - commas, quotes, escapes and numbers.  Does not decide what is written.
 * SPDX-License-Identifier: MIT */
#include "base/jsonw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonrun.h"
#include "base/str.h"

static bool in_map(const struct jsonw *w)
{
	return w->depth && w->braces[w->depth - 1] == '{';
}

/* Before each value.  Outside all braces values follow each other as they come: that is
 * how lines and frames are written. */
static bool begin(struct jsonw *w)
{
	if (w->status != CDT_OK)
		return false;
	if (in_map(w) && !w->after_key) {
		w->status = CDT_E_MISUSE;
		return false;
	}
	if (w->depth && w->need_comma && !w->after_key)
		buf_add_c(w->buf, ',');
	w->after_key = false;
	w->need_comma = true;
	return true;
}

static struct jsonw *writer(struct cdt_out *o)
{
	return (struct jsonw *)(void *)o;            /* out is its first member */
}

static void out_bytes(struct cdt_out *o, cdt_str s)
{
	struct jsonw *w = writer(o);

	if (w->depth)
		jsonw_raw(w, s);
	else if (w->status == CDT_OK)
		buf_add(w->buf, s);
}

static void out_open(struct cdt_out *o, char brace) { jsonw_open(writer(o), brace); }
static void out_close(struct cdt_out *o) { jsonw_close(writer(o)); }
static void out_key(struct cdt_out *o, const char *key) { jsonw_key(writer(o), key); }
static void out_text(struct cdt_out *o, cdt_str s) { jsonw_text(writer(o), s); }
static void out_i64(struct cdt_out *o, int64_t v) { jsonw_i64(writer(o), v); }
static void out_f64(struct cdt_out *o, double v) { jsonw_f64(writer(o), v); }
static void out_flag(struct cdt_out *o, int v) { jsonw_flag(writer(o), v != 0); }
static void out_val(struct cdt_out *o, cdt_val v) { jsonw_val(writer(o), v); }

static cdt_status out_status(const struct cdt_out *o)
{
	return jsonw_status((const struct jsonw *)(const void *)o);
}

static const struct cdt_out_api out_api = {
	.size = sizeof out_api,
	.bytes = out_bytes, .open = out_open, .close = out_close, .key = out_key,
	.text = out_text, .i64 = out_i64, .f64 = out_f64, .flag = out_flag, .val = out_val,
	.status = out_status,
};

void jsonw_init(struct jsonw *w, struct buf *out)
{
	w->out.api = &out_api;
	w->buf = out;
	w->status = CDT_OK;
	w->depth = 0;
	w->need_comma = w->after_key = false;
}

void jsonw_open(struct jsonw *w, char brace)
{
	if (w->status == CDT_OK && brace != '{' && brace != '[')
		w->status = CDT_E_MISUSE;
	if (w->status == CDT_OK && w->depth == JSONW_DEPTH)
		w->status = CDT_E_LIMIT;
	if (!begin(w))
		return;
	buf_add_c(w->buf, brace);
	w->braces[w->depth++] = brace;
	w->need_comma = false;
}

void jsonw_close(struct jsonw *w)
{
	if (w->status == CDT_OK && (!w->depth || w->after_key))
		w->status = CDT_E_MISUSE;
	if (w->status != CDT_OK)
		return;
	buf_add_c(w->buf, in_map(w) ? '}' : ']');
	w->depth--;
	w->need_comma = true;
}

void jsonw_key(struct jsonw *w, const char *key)
{
	if (w->status == CDT_OK && (!in_map(w) || w->after_key))
		w->status = CDT_E_MISUSE;
	if (w->status != CDT_OK)
		return;
	buf_add(w->buf, w->need_comma ? CDT_STR(",\"") : CDT_STR("\""));
	json_escape(w->buf, str_z(key));
	buf_add(w->buf, CDT_STR("\":"));
	w->after_key = true;
}

void jsonw_text(struct jsonw *w, cdt_str s)
{
	if (!begin(w))
		return;
	buf_add_c(w->buf, '"');
	json_escape(w->buf, s);
	buf_add_c(w->buf, '"');
}

void jsonw_z(struct jsonw *w, const char *z)
{
	jsonw_text(w, str_z(z));
}

void jsonw_i64(struct jsonw *w, int64_t v)
{
	if (begin(w))
		buf_add_i64(w->buf, v);
}

void jsonw_f64(struct jsonw *w, double v)
{
	char text[JSON_F64_SIZE];

	if (begin(w))
		buf_add(w->buf, (cdt_str){ text, json_f64_print(v, text) });
}

void jsonw_flag(struct jsonw *w, bool v)
{
	if (begin(w))
		buf_add(w->buf, v ? CDT_STR("true") : CDT_STR("false"));
}

void jsonw_null(struct jsonw *w)
{
	if (begin(w))
		buf_add(w->buf, CDT_STR("null"));
}

void jsonw_raw(struct jsonw *w, cdt_str json)
{
	if (w->status == CDT_OK && json.n == 0)
		w->status = CDT_E_MISUSE;       /* nothing is no value */
	if (begin(w))
		buf_add(w->buf, json);
}

void jsonw_val(struct jsonw *w, cdt_val v)
{
	cdt_str text = v.api ? v.api->raw(v) : (cdt_str){ NULL, 0 };

	if (text.n)
		jsonw_raw(w, text);
	else
		jsonw_null(w);
}

cdt_status jsonw_status(const struct jsonw *w)
{
	if (w->status != CDT_OK)
		return w->status;
	if (w->buf->status != CDT_OK)
		return w->buf->status;
	return w->depth || w->after_key ? CDT_E_MISUSE : CDT_OK;
}

void jsonw_put_text(struct jsonw *w, const char *key, cdt_str s)
{
	jsonw_key(w, key);
	jsonw_text(w, s);
}

void jsonw_put_z(struct jsonw *w, const char *key, const char *z)
{
	jsonw_key(w, key);
	jsonw_z(w, z);
}

void jsonw_put_i64(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_i64(w, v);
}

void jsonw_put_f64(struct jsonw *w, const char *key, double v)
{
	jsonw_key(w, key);
	jsonw_f64(w, v);
}

void jsonw_put_flag(struct jsonw *w, const char *key, bool v)
{
	jsonw_key(w, key);
	jsonw_flag(w, v);
}

void jsonw_put_null(struct jsonw *w, const char *key)
{
	jsonw_key(w, key);
	jsonw_null(w);
}

void jsonw_put_raw(struct jsonw *w, const char *key, cdt_str json)
{
	jsonw_key(w, key);
	jsonw_raw(w, json);
}

void jsonw_put_val(struct jsonw *w, const char *key, cdt_val v)
{
	if (!v.api || cdt_type(v) == CDT_ABSENT)
		return;
	jsonw_key(w, key);
	jsonw_val(w, v);
}

size_t json_f64_print(double v, char out[JSON_F64_SIZE])
{
	int n = 0;

	if (!isfinite(v))
		return (size_t)snprintf(out, JSON_F64_SIZE, "null");
	if (v == floor(v) && fabs(v) < 9e18)
		return (size_t)snprintf(out, JSON_F64_SIZE, "%.0f", v);
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(out, JSON_F64_SIZE, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return (size_t)n;
}

/* One byte that can not stand as it is and is not part of a good character. */
static void escape_one(struct buf *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char name[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c >= 0x80) {
		buf_add(out, CDT_STR("\xef\xbf\xbd"));
		return;
	}
	for (size_t i = 0; i < sizeof name - 1; i += 2)
		if ((uint8_t)name[i] == c) {
			text[1] = name[i + 1];
			buf_add(out, (cdt_str){ text, 2 });
			return;
		}
	buf_add(out, (cdt_str){ text, sizeof text });
}

void json_escape(struct buf *out, cdt_str s)
{
	while (s.n) {
		size_t n = json_run(s.p, s.n);

		if (n == 0 && (uint8_t)s.p[0] >= 0x80)
			n = str_utf8_run(s);
		buf_add(out, (cdt_str){ s.p, n });
		if (n == 0)
			escape_one(out, (uint8_t)s.p[n++]);
		s = str_skip(s, n);
	}
}
