/* lib_words/words.c - see words.h.
 * SPDX-License-Identifier: MIT */
#include "lib_words/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <conduit/easy.h>

cdt_str words_z(const char *z)
{
	return (cdt_str){ z, strlen(z) };
}

int words_same(cdt_str a, cdt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int words_begin(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

int words_end(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p + (s.n - n), word, n) == 0;
}

int words_blank(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n\f\v", s.p[i]) || s.p[i] == '\0')
			return 0;
	return 1;
}

size_t words_find(cdt_str s, cdt_str needle)
{
	const char *at = s.p, *end;

	if (needle.n == 0 || needle.n > s.n)
		return s.n;
	end = s.p + s.n;
	while ((at = memchr(at, needle.p[0], (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) < needle.n)
			break;
		if (memcmp(at, needle.p, needle.n) == 0)
			return (size_t)(at - s.p);
		at++;
	}
	return s.n;
}

int words_hold(cdt_str s, const char *word)
{
	return words_find(s, words_z(word)) < s.n;
}

cdt_str words_after(cdt_str s, size_t n)
{
	return n >= s.n ? (cdt_str){ s.p, 0 } : (cdt_str){ s.p + n, s.n - n };
}

size_t words_count(cdt_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

cdt_str words_join(struct cdt_call *call, const cdt_str *pieces, size_t count)
{
	size_t n = 0, at = 0;
	char *p;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	p = call->api->scratch(call, n + 1);
	if (!p)
		return (cdt_str){ NULL, 0 };
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n)
			memcpy(p + at, pieces[i].p, pieces[i].n);
		at += pieces[i].n;
	}
	p[n] = '\0';
	return (cdt_str){ p, n };
}

cdt_str words_number(struct cdt_call *call, int64_t n)
{
	char text[24];
	cdt_str s;

	(void)snprintf(text, sizeof text, "%" PRId64, n);
	s = words_z(text);
	return words_join(call, &s, 1);
}

cdt_str words_keep(struct cdt_call *call, cdt_str s)
{
	char *p = call->api->keep(call, s.n + 1);

	if (!p)
		return (cdt_str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (cdt_str){ p, s.n };
}

int64_t words_digits(cdt_str s)
{
	int64_t v = 0;
	size_t i = 0;

	for (; i < s.n && i < 15 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (s.p[i] - '0');
	return i ? v : -1;
}

static int same_name(cdt_str a, const char *z)
{
	size_t i = 0;

	for (; i < a.n && z[i]; i++) {
		char c = a.p[i] >= 'A' && a.p[i] <= 'Z' ? (char)(a.p[i] + 32) : a.p[i];

		if (c != z[i])
			return 0;
	}
	return i == a.n && !z[i];
}

cdt_str words_header(const struct cdt_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (same_name(head->headers[i].name, name))
			return head->headers[i].value;
	return CDT_STR("");
}

cdt_status words_refuse(struct cdt_call *call, cdt_status status, const char *param,
                        const char *why)
{
	call->api->log(call, CDT_LOG_DEBUG, why);
	if (CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, param, words_z(why));
	return status;
}

cdt_status words_unsupported(struct cdt_call *call, const char *member)
{
	if (CDT_CAN(struct cdt_call_api, call->api, unsupported))
		return call->api->unsupported(call, member);
	return CDT_OK;
}

int words_is_number(cdt_val v)
{
	return cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL;
}

/* What a part says: a refusal is a text, too. */
static cdt_str said(cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));

	if (cdt_is(type, "refusal"))
		return cdt_text(cdt_get(part, "refusal"));
	return cdt_is(type, "text") ? cdt_text(cdt_get(part, "text")) : CDT_STR("");
}

cdt_str words_of_content(struct cdt_call *call, cdt_val content)
{
	size_t count = cdt_count(content), n = 0;
	cdt_str *piece = call->api->scratch(call, (2 * count + 1) * sizeof *piece);

	if (!piece)
		return (cdt_str){ NULL, 0 };
	for (size_t i = 0; i < count; i++) {
		cdt_str s = said(cdt_at(content, i));

		if (s.n == 0)
			continue;
		if (n)
			piece[n++] = CDT_STR("\n\n");
		piece[n++] = s;
	}
	return words_join(call, piece, n);
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

cdt_str words_unpercent(cdt_str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		int high = i + 2 < in.n && in.p[i] == '%' ? digit(in.p[i + 1]) : -1;
		int low = high >= 0 ? digit(in.p[i + 2]) : -1;

		out[n++] = low >= 0 ? (char)(high << 4 | low) : in.p[i];
		i += low >= 0 ? 2 : 0;
	}
	return (cdt_str){ out, n };
}
