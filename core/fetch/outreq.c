/* fetch/outreq.c - a request to an upstream in the making: what may stand in its URL and
 * headers.  Does not send anything.
 * SPDX-License-Identifier: MIT */
#include "fetch/outreq.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { NAME_MAX_BYTES = 128, PORT_MAX = 65535 };

/* What the transport decides alone; sorted. */
#define NAME(text) { text, sizeof text - 1 }
static const cdt_str kept_names[] = {
	NAME("accept-encoding"), NAME("connection"), NAME("content-length"), NAME("expect"),
	NAME("keep-alive"), NAME("proxy-authenticate"), NAME("proxy-authorization"),
	NAME("proxy-connection"), NAME("te"), NAME("trailer"), NAME("transfer-encoding"),
	NAME("upgrade"),
};
#undef NAME

static void fail(struct outreq *o, cdt_status why)
{
	if (o->status == CDT_OK)
		o->status = why;
}

/* What the ASCII bytes may stand in: letters and digits in all of these. */
enum { IN_NAME = 1, IN_HOST = 2, IN_IP6 = 4, IN_URL = 8 };     /* a header's name, ... */
static const uint8_t places[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 9, 0, 1, 9, 13, 9, 9, 8, 8, 9, 9, 8, 11, 15, 8,
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 12, 8, 0, 8, 0, 8,
	8, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 8, 0, 8, 9, 11,
	9, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
	15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 8, 9, 8, 9, 0,
};

static bool all_in(cdt_str s, uint8_t place)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(places[(uint8_t)s.p[i]] & place))
			return false;
	return s.n > 0;
}

bool outreq_is_name(cdt_str s)
{
	return all_in(s, IN_NAME);
}

static bool same_name(cdt_str a, cdt_str b)
{
	return a.n == b.n && !strncasecmp(a.p, b.p, a.n);
}

static bool is_kept(cdt_str name)
{
	for (size_t i = 0; i < sizeof kept_names / sizeof *kept_names; i++)
		if (same_name(name, kept_names[i]))
			return true;
	return false;
}

bool outreq_has_control_byte(cdt_str s)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t v, del;

		memcpy(&v, s.p + i, 8);
		del = v ^ ones * 0x7f;
		if ((((v - ones * 0x20) & ~v) | ((del - ones) & ~del)) & tops)
			return true;
	}
	for (; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/* A port, when there is one: ":" 1..65535. */
static bool is_port(cdt_str s)
{
	uint64_t port;

	return !s.n || (s.p[0] == ':' && str_u64(str_skip(s, 1), &port) && port > 0 &&
	                port <= PORT_MAX);
}

/* host or host:port, of letters, digits, '.', '-' and '_' only, or [2001:db8::1]: what two
 * parsers could read differently is not let through. */
static bool is_authority(cdt_str s)
{
	size_t end = str_find(s, ':');

	if (!s.n || s.p[0] != '[')
		return all_in(str_from(s.p, end), IN_HOST) && is_port(str_skip(s, end));
	end = str_find(s, ']');
	return end < s.n && all_in(str_from(s.p + 1, end - 1), IN_IP6) &&
	       is_port(str_skip(s, end + 1));
}

static size_t scheme_bytes(cdt_str url)
{
	if (url.n >= 7 && !strncasecmp(url.p, "http://", 7))
		return 7;
	if (url.n >= 8 && !strncasecmp(url.p, "https://", 8))
		return 8;
	return 0;
}

static bool is_url(cdt_str url)
{
	size_t scheme = scheme_bytes(url), end = scheme;

	while (end < url.n && url.p[end] != '/' && url.p[end] != '?')
		end++;
	return scheme && all_in(url, IN_URL) &&
	       is_authority(str_from(url.p + scheme, end - scheme));
}

/* Where it is; or o->header_count. */
static size_t find(const struct outreq *o, cdt_str name)
{
	size_t i = 0;

	while (i < o->header_count && !same_name(o->header[i].name, name))
		i++;
	return i;
}

bool outreq_has(const struct outreq *o, cdt_str name)
{
	return find(o, name) < o->header_count;
}

static size_t head_bytes(const struct outreq *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->header_count; i++)
		n += o->header[i].name.n + o->header[i].value.n;
	return n;
}

static void wipe(struct outreq_header *h)
{
	char *copy;

	if (!h->secret || !h->value.n)
		return;
	/* The copy is ours, in the arena; only the ABI's string type makes it const. */
	memcpy(&copy, &h->value.p, sizeof copy);
	explicit_bzero(copy, h->value.n);
}

void outreq_init(struct outreq *o, struct arena *a, size_t body_cap_bytes)
{
	o->arena = a;
	o->method = "POST";
	o->url = (cdt_str){ "", 0 };
	o->header_count = o->piece_count = 0;
	o->streamed = false;
	o->status = CDT_OK;
	buf_init(&o->body, body_cap_bytes);
}

void outreq_fini(struct outreq *o)
{
	for (size_t i = 0; i < o->header_count; i++)
		wipe(&o->header[i]);
	o->header_count = o->piece_count = 0;
	buf_fini(&o->body);
}

void outreq_set_method(struct outreq *o, const char *method)
{
	size_t n = strnlen(method, OUTREQ_METHOD_MAX + 1);
	cdt_str copy;

	for (size_t i = 0; i < n; i++)
		if (method[i] < 'A' || method[i] > 'Z')
			n = 0;
	if (n == 0 || n > OUTREQ_METHOD_MAX) {
		fail(o, CDT_E_INVALID);
		return;
	}
	copy = arena_str(o->arena, str_from(method, n));
	if (copy.p)
		o->method = copy.p;
	else
		fail(o, CDT_E_LIMIT);
}

void outreq_set_url(struct outreq *o, cdt_str base, cdt_str path)
{
	bool slash = path.n && path.p[0] != '/' && path.p[0] != '?';
	char *url;
	size_t n;

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n > OUTREQ_URL_MAX || path.n > OUTREQ_URL_MAX - base.n - slash) {
		fail(o, CDT_E_LIMIT);
		return;
	}
	n = base.n + slash + path.n;
	url = arena_take(o->arena, n + 1);
	if (!url) {
		fail(o, CDT_E_LIMIT);
		return;
	}
	if (base.n)
		memcpy(url, base.p, base.n);
	if (slash)
		url[base.n] = '/';
	if (path.n)
		memcpy(url + base.n + slash, path.p, path.n);
	if (is_url(str_from(url, n)))
		o->url = str_from(url, n);
	else
		fail(o, CDT_E_INVALID);
}

void outreq_add_header(struct outreq *o, cdt_str name, cdt_str value, bool secret)
{
	struct outreq_header copy = { .secret = secret };
	size_t at;

	if (o->status != CDT_OK)
		return;
	if (name.n > NAME_MAX_BYTES || !outreq_is_name(name) || is_kept(name) ||
	    outreq_has_control_byte(value)) {
		fail(o, CDT_E_INVALID);
		return;
	}
	at = find(o, name);
	if (at == OUTREQ_HEADERS_MAX || value.n > OUTREQ_HEAD_MAX ||
	    head_bytes(o) + name.n + value.n > OUTREQ_HEAD_MAX) {
		fail(o, CDT_E_LIMIT);
		return;
	}
	copy.name = arena_str(o->arena, name);
	copy.value = arena_str(o->arena, value);
	if (!copy.name.p || !copy.value.p) {
		fail(o, CDT_E_LIMIT);
		return;
	}
	if (at < o->header_count)
		wipe(&o->header[at]);
	else
		o->header_count++;
	o->header[at] = copy;
}

void outreq_seal(struct outreq *o)
{
	fail(o, o->body.status);
	if (!o->url.n)
		fail(o, CDT_E_MISUSE);
	if (!o->piece_count && o->body.n)
		o->piece[o->piece_count++] = buf_str(&o->body);
}

size_t outreq_body_bytes(const struct outreq *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->piece_count; i++)
		n += o->piece[i].n;
	return n;
}
