/* provider_bedrock/sigv4.c - Amazon's signature, version 4, in the Authorization header.  Knows
 * nothing of Bedrock: path, query and headers come as they go over the wire.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

enum { PAIRS_MAX = 32, HEADERS_MAX = 16 };

/* Bytes in the making; the room was reckoned beforehand. */
struct text { char *p; size_t n, room; int full; };

static void add(struct text *t, cdt_str s)
{
	if (s.n > t->room - t->n) {
		t->full = 1;
		return;
	}
	if (s.n)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static void add_c(struct text *t, char c)
{
	add(t, (cdt_str){ &c, 1 });
}

static void add_hex(struct text *t, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		add_c(t, digits[bytes[i] >> 4]);
		add_c(t, digits[bytes[i] & 15]);
	}
}

static int is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static int is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || (c && strchr("-._~", c));
}

static void add_encoded(struct text *t, cdt_str s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_plain(s.p[i])) {
			add_c(t, s.p[i]);
			continue;
		}
		add_c(t, '%');
		add_c(t, digits[c >> 4]);
		add_c(t, digits[c & 15]);
	}
}

/* What is encoded on the wire already, stays so: queries are not encoded twice. */
static void add_encoded_once(struct text *t, cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int done = s.p[i] == '%' && i + 2 < s.n && is_hex(s.p[i + 1]) &&
		           is_hex(s.p[i + 2]);

		if (done)
			add(t, (cdt_str){ s.p + i, 3 });
		else
			add_encoded(t, (cdt_str){ s.p + i, 1 });
		i += done ? 2 : 0;
	}
}

static void drop_segment(struct text *t, size_t from)
{
	while (t->n > from && t->p[t->n - 1] != '/')
		t->n--;
	if (t->n > from)
		t->n--;
}

/* Each segment is encoded again, also its '%': "%3A" becomes "%253A". */
static void add_path(struct text *t, cdt_str path, int as_is)
{
	size_t from = t->n;
	cdt_str rest = words_after(path, path.n && path.p[0] == '/');
	int slash = path.n && path.p[path.n - 1] == '/';

	while (rest.n) {
		cdt_str segment = bedrock_cut(&rest, '/');

		if (!as_is && cdt_is(segment, "..")) {
			drop_segment(t, from);
		} else if (as_is || (segment.n && !cdt_is(segment, "."))) {
			add_c(t, '/');
			add_encoded(t, segment);
		}
	}
	if (t->n == from || slash)
		add_c(t, '/');
}

static int before(cdt_str a, cdt_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order < 0 : a.n < b.n;
}

/* By name; those of one name by value, when they are pairs of a query. */
static void sort(struct cdt_header *list, size_t n, int by_value)
{
	for (size_t i = 1; i < n; i++) {
		struct cdt_header one = list[i];
		size_t at = i;

		while (at && (before(one.name, list[at - 1].name) ||
		              (by_value && words_same(one.name, list[at - 1].name) &&
		               before(one.value, list[at - 1].value)))) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = one;
	}
}

static cdt_str encoded(struct text *room, cdt_str s)
{
	size_t from = room->n;

	add_encoded_once(room, s);
	return (cdt_str){ room->p + from, room->n - from };
}

static void add_query(struct text *t, cdt_str query, struct text *room)
{
	struct cdt_header pair[PAIRS_MAX];
	size_t n = 0;

	while (query.n) {
		cdt_str value = bedrock_cut(&query, '&'), name = bedrock_cut(&value, '=');

		if (n == PAIRS_MAX) {
			t->full = 1;
			return;
		}
		pair[n].name = encoded(room, name);
		pair[n++].value = encoded(room, value);
	}
	sort(pair, n, 1);
	for (size_t i = 0; i < n; i++) {
		if (i)
			add_c(t, '&');
		add(t, pair[i].name);
		add_c(t, '=');
		add(t, pair[i].value);
	}
}

static cdt_str lowered(struct text *room, cdt_str s)
{
	size_t from = room->n;

	for (size_t i = 0; i < s.n; i++)
		add_c(room, bedrock_lower(s.p[i]));
	return (cdt_str){ room->p + from, room->n - from };
}

/* Without blanks at its ends; a run of them inside is one. */
static void add_value(struct text *t, cdt_str s)
{
	size_t from = t->n;

	for (size_t i = 0; i < s.n; i++) {
		if (!strchr(" \t\r\n", s.p[i]) || !s.p[i])
			add_c(t, s.p[i]);
		else if (t->n > from && t->p[t->n - 1] != ' ')
			add_c(t, ' ');
	}
	if (t->n > from && t->p[t->n - 1] == ' ')
		t->n--;
}

static void add_headers(struct text *t, const struct cdt_header *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int again = i && words_same(list[i].name, list[i - 1].name);

		if (i && !again)
			add_c(t, '\n');
		if (!again)
			add(t, list[i].name);
		add_c(t, again ? ',' : ':');
		add_value(t, list[i].value);
	}
	add_c(t, '\n');
}

static void add_names(struct text *t, const struct cdt_header *list, size_t n, cdt_str *out)
{
	size_t from = t->n;

	for (size_t i = 0; i < n; i++) {
		if (i && words_same(list[i].name, list[i - 1].name))
			continue;
		if (i)
			add_c(t, ';');
		add(t, list[i].name);
	}
	*out = (cdt_str){ t->p + from, t->n - from };
}

static cdt_str since(const struct text *t, size_t from)
{
	return (cdt_str){ t->p + from, t->n - from };
}

static void add_canonical(struct text *t, struct text *room, const struct sigv4 *s,
                          struct sigv4_text *out)
{
	struct cdt_header header[HEADERS_MAX];
	size_t n = s->count < HEADERS_MAX ? s->count : HEADERS_MAX;

	t->full |= s->count > HEADERS_MAX;
	for (size_t i = 0; i < n; i++)
		header[i] = (struct cdt_header){ lowered(room, s->headers[i].name),
		                                 s->headers[i].value };
	sort(header, n, 0);
	add_names(room, header, n, &out->names);
	add(t, s->method);
	add_c(t, '\n');
	add_path(t, s->path, s->as_is);
	add_c(t, '\n');
	add_query(t, s->query, room);
	add_c(t, '\n');
	add_headers(t, header, n);
	add_c(t, '\n');
	add(t, out->names);
	add_c(t, '\n');
	add(t, s->body_sha256);
	out->canonical = since(t, 0);
}

static void add_scope(struct text *t, const struct sigv4 *s)
{
	add(t, (cdt_str){ s->stamp.p, 8 });
	add_c(t, '/');
	add(t, s->region);
	add_c(t, '/');
	add(t, s->service);
	add(t, CDT_STR("/aws4_request"));
}

static void add_to_sign(struct text *t, const struct cdt_crypto *c, const struct sigv4 *s,
                        struct sigv4_text *out)
{
	uint8_t sum[32];
	size_t from = t->n;

	c->sha256(out->canonical, sum);
	add(t, CDT_STR("AWS4-HMAC-SHA256\n"));
	add(t, s->stamp);
	add_c(t, '\n');
	add_scope(t, s);
	add_c(t, '\n');
	add_hex(t, sum, sizeof sum);
	out->to_sign = since(t, from);
}

/* Their order is fixed: each step's sum is the key of the next. */
static void derive(const struct cdt_crypto *c, const struct sigv4 *s, uint8_t sum[32])
{
	const cdt_str steps[] = {
		{ s->stamp.p, 8 }, s->region, s->service, CDT_STR("aws4_request"),
	};
	char key[4 + SIGV4_KEY_MAX] = "AWS4";
	cdt_str with = { key, 4 + s->key.n };

	if (s->key.n)
		memcpy(key + 4, s->key.p, s->key.n);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		c->hmac_sha256(with, steps[i], sum);
		memcpy(key, sum, 32);
		with.n = 32;
	}
	memset(key, 0, sizeof key);
}

static void add_authorization(struct text *t, const struct sigv4 *s, struct sigv4_text *out)
{
	size_t from = t->n;

	add(t, CDT_STR("AWS4-HMAC-SHA256 Credential="));
	add(t, s->key_id);
	add_c(t, '/');
	add_scope(t, s);
	add(t, CDT_STR(", SignedHeaders="));
	add(t, out->names);
	add(t, CDT_STR(", Signature="));
	add(t, out->signature);
	out->authorization = since(t, from);
}

/* What all of it can take: a byte becomes three at most, names come three times. */
static size_t room_for(const struct sigv4 *s)
{
	size_t n = 1024 + 3 * (s->path.n + s->query.n) + s->method.n + s->key_id.n;

	for (size_t i = 0; i < s->count; i++)
		n += 4 * (s->headers[i].name.n + 1) + s->headers[i].value.n + 2;
	return n + 3 * (s->region.n + s->service.n);
}

cdt_status bedrock_sigv4(struct cdt_call *call, const struct cdt_crypto *c,
                         const struct sigv4 *s, struct sigv4_text *out)
{
	size_t n = room_for(s), from;
	char *p = call->api->scratch(call, 2 * n);
	struct text t = { p, 0, n, 0 }, room = { p ? p + n : NULL, 0, n, 0 };
	uint8_t sum[32];

	if (s->key.n > SIGV4_KEY_MAX || s->stamp.n < 8)
		return CDT_E_INVALID;
	if (!p)
		return CDT_E_LIMIT;
	add_canonical(&t, &room, s, out);
	add_to_sign(&room, c, s, out);
	derive(c, s, sum);
	c->hmac_sha256((cdt_str){ (char *)sum, sizeof sum }, out->to_sign, sum);
	from = room.n;
	add_hex(&room, sum, sizeof sum);
	out->signature = since(&room, from);
	add_authorization(&room, s, out);
	return t.full || room.full ? CDT_E_LIMIT : CDT_OK;
}
