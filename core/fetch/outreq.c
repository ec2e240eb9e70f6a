/* fetch/outreq.c - a request to an upstream in the making: what may stand in its URL and
 * headers.  Does not send anything.
 * SPDX-License-Identifier: MIT */
#include "fetch/outreq.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { NAME_MAX_BYTES = 128, PORT_MAX = 65535 };

/* What the transport decides alone; sorted. */
static const char *const kept_names[] = {
	"accept-encoding", "connection", "content-length", "expect", "keep-alive",
	"proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
	"transfer-encoding", "upgrade",
};

static void fail(struct outreq *o, cdt_status why)
{
	if (o->status == CDT_OK)
		o->status = why;
}

/* Letters, digits and what else may stand in these, as sets of ASCII bytes. */
struct bytes { uint64_t low, high; };
/* -_!#$%&'*+.^`|~ */
static const struct bytes token_bytes = { 0x03ff6cfa00000000, 0x57ffffffc7fffffe };
/* .-_ */
static const struct bytes host_bytes = { 0x03ff600000000000, 0x07fffffe87fffffe };
/* :.% */
static const struct bytes ip6_bytes = { 0x07ff402000000000, 0x07fffffe07fffffe };
/* /-._:?=&%~!$'()*+,;@[]{}|^` */
static const struct bytes url_bytes = { 0xaffffff200000000, 0x7fffffffefffffff };

static bool all_in(cdt_str s, struct bytes set)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if (c >= 0x80 || !((c < 64 ? set.low >> c : set.high >> (c - 64)) & 1))
			return false;
	}
	return s.n > 0;
}

static bool is_token(cdt_str s)
{
	return all_in(s, token_bytes);
}

static bool is_kept(cdt_str name)
{
	for (size_t i = 0; i < sizeof kept_names / sizeof *kept_names; i++)
		if ((name.p[0] | 0x20) == kept_names[i][0] && str_is_nocase(name, kept_names[i]))
			return true;
	return false;
}

/* Eight bytes at a time: is one below 0x20, or 0x7f?  (Borrows run upwards only from a byte
 * that is a hit itself.) */
static bool has_control_byte(cdt_str s)
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
		return all_in(str_from(s.p, end), host_bytes) && is_port(str_skip(s, end));
	end = str_find(s, ']');
	return end < s.n && all_in(str_from(s.p + 1, end - 1), ip6_bytes) &&
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
	return scheme && all_in(url, url_bytes) &&
	       is_authority(str_from(url.p + scheme, end - scheme));
}

static struct outreq_header *find(struct outreq *o, cdt_str name)
{
	for (size_t i = 0; i < o->header_count; i++)
		if (o->header[i].name.n == name.n &&
		    !strncasecmp(o->header[i].name.p, name.p, name.n))
			return &o->header[i];
	return NULL;
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
	struct outreq_header *h, copy = { .secret = secret };

	if (o->status != CDT_OK)
		return;
	if (name.n > NAME_MAX_BYTES || !is_token(name) || is_kept(name) ||
	    has_control_byte(value)) {
		fail(o, CDT_E_INVALID);
		return;
	}
	h = find(o, name);
	if ((!h && o->header_count == OUTREQ_HEADERS_MAX) || value.n > OUTREQ_HEAD_MAX ||
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
	if (h)
		wipe(h);
	else
		h = &o->header[o->header_count++];
	*h = copy;
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
