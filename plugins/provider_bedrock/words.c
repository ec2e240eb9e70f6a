/* provider_bedrock/words.c - comparing, finding and joining borrowed bytes; headers by name.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

int bedrock_same(cdt_str a, cdt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int bedrock_begins(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && (n == 0 || memcmp(s.p, word, n) == 0);
}

int bedrock_ends(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, word, n) == 0);
}

int bedrock_blank(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n\f\v", s.p[i]) || s.p[i] == '\0')
			return 0;
	return 1;
}

char bedrock_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

size_t bedrock_find(cdt_str s, cdt_str needle)
{
	const char *at = s.p, *end = s.p + s.n;

	if (needle.n == 0 || needle.n > s.n)
		return s.n;
	while ((at = memchr(at, needle.p[0], (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) < needle.n)
			break;
		if (memcmp(at, needle.p, needle.n) == 0)
			return (size_t)(at - s.p);
		at++;
	}
	return s.n;
}

int bedrock_has(cdt_str s, const char *word)
{
	return bedrock_find(s, bedrock_z(word)) < s.n;
}

cdt_str bedrock_z(const char *z)
{
	return (cdt_str){ z, strlen(z) };
}

cdt_str bedrock_after(cdt_str s, size_t n)
{
	return n >= s.n ? (cdt_str){ s.p, 0 } : (cdt_str){ s.p + n, s.n - n };
}

cdt_str bedrock_cut(cdt_str *s, char c)
{
	size_t n = 0;
	cdt_str head;

	while (n < s->n && s->p[n] != c)
		n++;
	head = (cdt_str){ s->p, n };
	*s = bedrock_after(*s, n + 1);
	return head;
}

static void gather(char *p, const cdt_str *pieces, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n)
			memcpy(p + at, pieces[i].p, pieces[i].n);
		at += pieces[i].n;
	}
	p[at] = '\0';
}

static size_t length(const cdt_str *pieces, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	return n;
}

cdt_str bedrock_join(struct cdt_call *call, const cdt_str *pieces, size_t count)
{
	size_t n = length(pieces, count);
	char *p = call->api->scratch(call, n + 1);

	if (!p)
		return (cdt_str){ NULL, 0 };
	gather(p, pieces, count);
	return (cdt_str){ p, n };
}

cdt_str bedrock_keep(struct cdt_call *call, cdt_str s)
{
	char *p = call->api->keep(call, s.n + 1);

	if (!p)
		return (cdt_str){ NULL, 0 };
	gather(p, &s, 1);
	return (cdt_str){ p, s.n };
}

static int same_name(cdt_str a, const char *z)
{
	size_t i = 0;

	while (i < a.n && z[i] && bedrock_lower(a.p[i]) == z[i])
		i++;
	return i == a.n && !z[i];
}

cdt_str bedrock_header(const struct cdt_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (same_name(head->headers[i].name, name))
			return head->headers[i].value;
	return CDT_STR("");
}

cdt_status bedrock_say_why(struct cdt_call *call, cdt_status status, const char *param,
                           const char *why)
{
	call->api->log(call, CDT_LOG_DEBUG, why);
	if (CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, param, bedrock_z(why));
	return status;
}

cdt_status bedrock_say_lack(struct cdt_call *call, const char *param)
{
	return CDT_CAN(struct cdt_call_api, call->api, unsupported)
	       ? call->api->unsupported(call, param) : CDT_OK;
}
