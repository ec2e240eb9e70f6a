/* provider_mock/text.c - bytes that grow up to a cap.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mock_text_fini(struct text *t)
{
	free(t->p);
	*t = (struct text){ .p = NULL };
}

static bool grow(struct text *t, size_t n)
{
	size_t room = t->room ? t->room : 1024;
	char *p;

	if (t->failed || n > TEXT_MAX_BYTES - t->n) {
		t->failed = true;
		return false;
	}
	while (room < t->n + n)
		room *= 2;
	if (room == t->room)
		return true;
	p = realloc(t->p, room);
	t->failed = !p;
	if (p) {
		t->p = p;
		t->room = room;
	}
	return p != NULL;
}

void mock_add(struct text *t, cdt_str s)
{
	if (!s.n || !grow(t, s.n))
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

void mock_add_z(struct text *t, const char *z) { mock_add(t, (cdt_str){ z, strlen(z) }); }

void mock_add_u64(struct text *t, uint64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);

	mock_add(t, (cdt_str){ digits, n > 0 ? (size_t)n : 0 });
}

static void add_escaped(struct text *t, char c)
{
	char escape[8];
	int n;

	if (c == '"' || c == '\\')
		n = snprintf(escape, sizeof escape, "\\%c", c);
	else
		n = snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c);
	mock_add(t, (cdt_str){ escape, n > 0 ? (size_t)n : 0 });
}

void mock_add_json(struct text *t, cdt_str s)
{
	size_t from = 0;

	mock_add_z(t, "\"");
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c != '"' && c != '\\' && (unsigned char)c >= 0x20)
			continue;
		mock_add(t, (cdt_str){ s.p + from, i - from });
		add_escaped(t, c);
		from = i + 1;
	}
	if (s.n)
		mock_add(t, (cdt_str){ s.p + from, s.n - from });
	mock_add_z(t, "\"");
}

void mock_add_base64(struct text *t, cdt_str bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)bytes.p;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
		             (left > 2 ? p[i + 2] : 0);
		char four[4] = { digits[v >> 18], digits[v >> 12 & 63],
			left > 1 ? digits[v >> 6 & 63] : '=', left > 2 ? digits[v & 63] : '=' };

		mock_add(t, (cdt_str){ four, sizeof four });
	}
}

cdt_str mock_str(const struct text *t) { return (cdt_str){ t->p ? t->p : "", t->n }; }
