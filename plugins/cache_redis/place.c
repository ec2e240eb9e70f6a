/* cache_redis/place.c - addresses of servers, as text.
 * SPDX-License-Identifier: MIT */
#include "place.h"

#include <stdio.h>
#include <string.h>

enum { PORT = 6379, PORT_MAX = 65535, DATABASE_MAX = 1 << 20 };

static bool copy(char *out, size_t room, cdt_str s)
{
	if (s.n >= room || (s.n && memchr(s.p, '\0', s.n)))
		return false;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

/* What is before the first c goes away from s; false: there is none. */
static bool cut(cdt_str *s, char c, cdt_str *before)
{
	const char *at = s->n ? memchr(s->p, c, s->n) : NULL;

	if (!at)
		return false;
	*before = (cdt_str){ s->p, (size_t)(at - s->p) };
	s->n -= before->n + 1;
	s->p = at + 1;
	return true;
}

static bool starts(cdt_str s, const char *with)
{
	return s.n >= strlen(with) && memcmp(s.p, with, strlen(with)) == 0;
}

/* -1: not one. */
static int64_t number(cdt_str s, int64_t max)
{
	int64_t n = 0;

	if (s.n == 0 || s.n > 7)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		n = n * 10 + (s.p[i] - '0');
	}
	return n <= max ? n : -1;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* A part of a URL, with its %XX undone. */
static bool plain(char *out, size_t room, cdt_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high = -1, low = -1;

		if (n + 1 >= room || s.p[i] == '\0')
			return false;
		if (s.p[i] != '%') {
			out[n++] = s.p[i];
			continue;
		}
		if (i + 2 < s.n) {
			high = hex_digit(s.p[i + 1]);
			low = hex_digit(s.p[i + 2]);
		}
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	out[n] = '\0';
	return true;
}

/* Host and port apart; port.p is NULL where none is said. */
static bool divide(cdt_str text, cdt_str *host, cdt_str *port)
{
	cdt_str rest = text;

	*port = (cdt_str){ NULL, 0 };
	*host = text;
	if (starts(text, "[")) {
		rest.p++, rest.n--;
		if (!cut(&rest, ']', host))
			return false;
		if (rest.n && rest.p[0] == ':')
			*port = (cdt_str){ rest.p + 1, rest.n - 1 };
		return rest.n == 0 || port->p;
	}
	for (size_t i = text.n; i > 0; i--)
		if (text.p[i - 1] == ':') {
			*host = (cdt_str){ text.p, i - 1 };
			*port = (cdt_str){ text.p + i, text.n - i };
			break;
		}
	return true;
}

static bool is_host(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] <= ' ' || s.p[i] == 0x7f || s.p[i] == '/')
			return false;
	return s.n > 0;
}

const char *place_read(cdt_str text, struct place *out)
{
	struct place p = { .port = PORT };
	cdt_str host, port;
	int64_t n = PORT;

	if (starts(text, "/")) {
		if (!copy(p.host, sizeof p.host, text))
			return "url: the path is too long";
		p.port = 0;
		*out = p;
		return NULL;
	}
	if (!divide(text, &host, &port) || !is_host(host) || !copy(p.host, sizeof p.host, host))
		return "url: not a host";
	if (port.p)
		n = number(port, PORT_MAX);
	if (n < 1)
		return "url: not a port";
	p.port = (uint16_t)n;
	*out = p;
	return NULL;
}

static bool read_user(cdt_str text, struct login *login)
{
	cdt_str user = text, password = text;

	if (!cut(&password, ':', &user))
		password = (cdt_str){ NULL, 0 };
	return plain(login->user, sizeof login->user, user)
	       && plain(login->password, sizeof login->password, password);
}

const char *place_read_url(cdt_str url, struct place *out, struct login *login)
{
	struct login l = { .tls = starts(url, "rediss://") };
	cdt_str rest = url, part, where;
	const char *wrong;

	if (starts(url, "unix:/")) {
		rest = (cdt_str){ url.p + 5, url.n - 5 };
		if (starts(rest, "///"))
			rest.p += 2, rest.n -= 2;
		*login = l;
		return place_read(rest, out);
	}
	if (!starts(url, "redis://") && !l.tls)
		return "url: must begin with redis://, rediss:// or unix:/";
	rest.p += l.tls ? 9 : 8;
	rest.n -= l.tls ? 9 : 8;
	/* A password may have an @ that nobody wrote as %40: the last one counts. */
	for (size_t i = rest.n; i > 0; i--)
		if (rest.p[i - 1] == '@') {
			part = (cdt_str){ rest.p, i - 1 };
			rest = (cdt_str){ rest.p + i, rest.n - i };
			if (!read_user(part, &l))
				return "url: user or password cannot be read";
			break;
		}
	where = rest;
	if (cut(&rest, '/', &where) && rest.n) {
		l.database = number(rest, DATABASE_MAX);
		if (l.database < 0)
			return "url: what follows the / must be the number of a database";
	}
	wrong = place_read(where, out);
	if (!wrong)
		*login = l;
	return wrong;
}

bool place_is(const struct place *a, const struct place *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

void place_name(const struct place *p, char out[PLACE_NAME_SIZE])
{
	if (p->port)
		(void)snprintf(out, PLACE_NAME_SIZE, "%s:%u", p->host, (unsigned)p->port);
	else
		(void)snprintf(out, PLACE_NAME_SIZE, "%s", p->host);
}
