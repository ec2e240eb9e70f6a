/* telemetry/otlp.c - the small pieces of OTLP's JSON, and what stands around all of it.
 * SPDX-License-Identifier: MIT */
#include "telemetry/otlp.h"

#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/jsonw.h"
#include "base/str.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif
enum { HOST_SIZE = 256, DIGITS_MAX = 20 };
/* Of an attribute, without its key and a text. */
enum { ATTRIBUTE_MAX = 96 };

void otlp_next(struct buf *out)
{
	if (out->n && out->p[out->n - 1] != '[')
		buf_add_c(out, ',');
}

/* Most of what is exported are attributes: each is written into room that was made once. */
static char *put(char *at, cdt_str s)
{
	return (char *)memcpy(at, s.p, s.n) + s.n;
}

/* Up to its value, of which there is room for n bytes.  NULL: no room. */
static char *begin(struct buf *out, const char *name, cdt_str kind, size_t n)
{
	const cdt_str key = str_z(name);
	char *at;

	if (buf_reserve(out, key.n + n + ATTRIBUTE_MAX) != CDT_OK)
		return NULL;
	at = out->p + out->n;
	if (out->n && at[-1] != '[')
		*at++ = ',';
	at = put(at, CDT_STR("{\"key\":\""));
	at = put(at, key);
	at = put(at, CDT_STR("\",\"value\":{\""));
	return put(at, kind);
}

static void end(struct buf *out, char *at, cdt_str tail)
{
	out->n = (size_t)(put(at, tail) - out->p);
}

static char *put_digits(char *at, uint64_t v, int least)
{
	char text[DIGITS_MAX], *p = text + sizeof text;

	for (; v || least > 0; v /= 10, least--)
		*--p = (char)('0' + v % 10);
	return put(at, str_from(p, (size_t)(text + sizeof text - p)));
}

static bool is_plain(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7f ||
		    s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return true;
}

void otlp_text(struct buf *out, const char *name, cdt_str value)
{
	const bool plain = is_plain(value);
	char *at = value.n ? begin(out, name, CDT_STR("stringValue\":\""),
	                           plain ? value.n : 0) : NULL;

	if (!at)
		return;
	if (plain) {
		end(out, put(at, value), CDT_STR("\"}}"));
		return;
	}
	out->n = (size_t)(at - out->p);
	json_escape(out, value);
	buf_add(out, CDT_STR("\"}}"));
}

void otlp_count(struct buf *out, const char *name, int64_t value)
{
	char *at = value >= 0 ? begin(out, name, CDT_STR("intValue\":\""), 0) : NULL;

	if (at)
		end(out, put_digits(at, (uint64_t)value, 1), CDT_STR("\"}}"));
}

void otlp_billionths(struct buf *out, const char *name, int64_t value)
{
	char *at = value >= 0 ? begin(out, name, CDT_STR("doubleValue\":"), 0) : NULL;

	if (!at)
		return;
	at = put_digits(at, (uint64_t)value / 1000000000, 1);
	*at++ = '.';
	end(out, put_digits(at, (uint64_t)value % 1000000000, 9), CDT_STR("}}"));
}

void otlp_flag(struct buf *out, const char *name, bool value)
{
	char *at = begin(out, name, CDT_STR("boolValue\":"), 0);

	if (at)
		end(out, at, value ? CDT_STR("true}}") : CDT_STR("false}}"));
}

void otlp_u64(struct buf *out, const char *name, uint64_t value)
{
	const cdt_str key = str_z(name);
	char *at;

	if (buf_reserve(out, key.n + ATTRIBUTE_MAX) != CDT_OK)
		return;
	at = put(out->p + out->n, CDT_STR(",\""));
	at = put(put(at, key), CDT_STR("\":\""));
	end(out, put_digits(at, value, 1), CDT_STR("\""));
}

void otlp_hex(struct buf *out, const char *name, const uint8_t *id, size_t n)
{
	char text[TRACE_TEXT_SIZE];

	buf_add_c(out, '"');
	buf_add_z(out, name);
	buf_add(out, CDT_STR("\":\""));
	buf_add_z(out, hex_of(id, n, text));
	buf_add_c(out, '"');
}

/* What is said of this process, unless the configuration knows better. */
static bool is_open(const struct config_otlp *of, const char *name)
{
	size_t i = 0;

	while (i < of->resource_count && strcmp(of->resource[i].name, name) != 0)
		i++;
	return i == of->resource_count;
}

static void put_resource(struct buf *out, const struct config_otlp *of)
{
	char host[HOST_SIZE] = "";

	if (gethostname(host, sizeof host - 1))
		host[0] = 0;
	otlp_text(out, "service.name", str_z(of->service));
	if (is_open(of, "service.version"))
		otlp_text(out, "service.version", CDT_STR(PACKAGE_VERSION));
	if (is_open(of, "host.name"))
		otlp_text(out, "host.name", str_z(host));
	if (is_open(of, "process.pid"))
		otlp_count(out, "process.pid", getpid());
	for (size_t i = 0; i < of->resource_count; i++)
		if (strcmp(of->resource[i].name, "service.name") != 0)
			otlp_text(out, of->resource[i].name, str_z(of->resource[i].value));
}

void otlp_begin(struct buf *out, const char *kind, const struct config_otlp *of)
{
	buf_add(out, CDT_STR("{\"resource"));
	buf_add_z(out, kind);
	buf_add(out, CDT_STR("\":[{\"resource\":{\"attributes\":["));
	put_resource(out, of);
	buf_add(out, CDT_STR("]},\"scope"));
	buf_add_z(out, kind);
	buf_add(out, CDT_STR("\":[{\"scope\":{\"name\":\"conduit\",\"version\":\""
	                     PACKAGE_VERSION "\"},\""));
	buf_add_c(out, (char)(kind[0] | 0x20));
	buf_add_z(out, kind + 1);
	buf_add(out, CDT_STR("\":["));
}

void otlp_end(struct buf *out)
{
	buf_add(out, CDT_STR("]}]}]}"));
}
