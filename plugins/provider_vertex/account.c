/* provider_vertex/account.c - reads credential files and the token service's answers: the few
 * members of one JSON map that are wanted.  What it reads is secret and is wiped.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

#include <stdlib.h>
#include <string.h>

struct cursor { const char *p, *end; };

static void blanks(struct cursor *c)
{
	while (c->p < c->end && *c->p && strchr(" \t\r\n", *c->p))
		c->p++;
}

/* The inside of a string whose first quote was read; the map is known to be well formed. */
static cdt_str inside(struct cursor *c)
{
	cdt_str s = { c->p, 0 };

	while (c->p < c->end && *c->p != '"')
		c->p += *c->p == '\\' ? 2 : 1;
	if (c->p > c->end)
		c->p = c->end;
	s.n = (size_t)(c->p - s.p);
	c->p += c->p < c->end;
	return s;
}

/* A whole value, of whatever kind. */
static cdt_str value(struct cursor *c)
{
	cdt_str s;
	int depth = 0;

	blanks(c);
	s.p = c->p;
	while (c->p < c->end) {
		char b = *c->p;

		if (depth == 0 && (b == ',' || b == '}'))
			break;
		c->p++;
		if (b == '"')
			(void)inside(c);                /* its brackets do not count */
		depth += (b == '{' || b == '[') - (b == '}' || b == ']');
	}
	s.n = (size_t)(c->p - s.p);
	return s;
}

/* The JSON text of a member; {NULL,0}: not there. */
static cdt_str find(cdt_str json, const char *name)
{
	struct cursor c = { json.p, json.p + json.n };

	if (!words_is_map(json))
		return (cdt_str){ NULL, 0 };
	for (blanks(&c), c.p++; c.p < c.end; c.p++) {
		cdt_str key, v;

		blanks(&c);
		if (c.p == c.end || *c.p != '"')
			break;
		c.p++;
		key = inside(&c);
		blanks(&c);
		c.p++;                                  /* the colon */
		v = value(&c);
		if (cdt_is(key, name))
			return v;
	}
	return (cdt_str){ NULL, 0 };
}

/* Escapes of ASCII letters; others have no place in what is wanted. */
static char unescaped(const char *p, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = strchr(from, p[1]);
	char code[5] = "", *end;
	unsigned long c;

	*n = 2;
	if (p[1] != 'u')
		return at && *at ? to[at - from] : '?';
	*n = 6;
	memcpy(code, p + 2, 4);
	c = strtoul(code, &end, 16);
	return c > 0 && c < 128 ? (char)c : '?';
}

char *vertex_member(cdt_str json, const char *name)
{
	cdt_str v = find(json, name);
	size_t n = 0;
	char *out;

	while (v.n && strchr(" \t\r\n", v.p[v.n - 1]))
		v.n--;
	if (v.n < 2 || v.p[0] != '"')
		return NULL;
	out = calloc(1, v.n);
	for (size_t i = 1, step; out && i + 1 < v.n; i += step) {
		step = 1;
		out[n++] = v.p[i] == '\\' ? unescaped(v.p + i, &step) : v.p[i];
	}
	return out;
}

int64_t vertex_number(cdt_str json, const char *name, int64_t other)
{
	cdt_str v = find(json, name);
	int64_t n = 0;

	for (size_t i = 0; i < v.n && v.p[i] >= '0' && v.p[i] <= '9' && n < 100000000; i++)
		n = n * 10 + v.p[i] - '0';
	return n ? n : other;
}

/* The compiler must not see that nobody reads it again. */
void vertex_wipe(char *secret)
{
	volatile char *p = secret;

	if (!secret)
		return;
	while (*p)
		*p++ = '\0';
	free(secret);
}

/* An address that a form may be sent to. */
static int is_address(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://127.0.0.1:", 17) == 0
	       || strncmp(url, "http://localhost:", 17) == 0;
}

static int has_all(const struct account *a)
{
	return (a->email && a->key) || (a->client_id && a->client_secret && a->refresh);
}

const char *vertex_account_read(struct account *a, cdt_str json)
{
	*a = (struct account){ .email = NULL };
	if (json.n > ACCOUNT_MAX || !words_is_map(json))
		return "the secret is not the JSON of a service account";
	a->email = vertex_member(json, "client_email");
	a->key = vertex_member(json, "private_key");
	a->key_id = vertex_member(json, "private_key_id");
	a->token_uri = vertex_member(json, "token_uri");
	a->client_id = vertex_member(json, "client_id");
	a->client_secret = vertex_member(json, "client_secret");
	a->refresh = vertex_member(json, "refresh_token");
	if (!has_all(a))
		return "the secret lacks client_email and private_key, or client_id, "
		       "client_secret and refresh_token";
	if (a->key && !strstr(a->key, "-----BEGIN "))
		return "the secret's private_key is not in PEM";
	if (a->token_uri && (!is_address(a->token_uri) || strlen(a->token_uri) >= URL_MAX))
		return "the secret's token_uri is not an https: address";
	return NULL;
}

void vertex_account_free(struct account *a)
{
	vertex_wipe(a->email);
	vertex_wipe(a->key);
	vertex_wipe(a->key_id);
	vertex_wipe(a->token_uri);
	vertex_wipe(a->client_id);
	vertex_wipe(a->client_secret);
	vertex_wipe(a->refresh);
	*a = (struct account){ .email = NULL };
}
