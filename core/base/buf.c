/* base/buf.c - bytes that grow up to a cap.  Does not know what they mean.
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_BYTES = 256 };

/* One byte more than room is allocated: vsnprintf ends with a NUL. */
static cdt_status grow(struct buf *b, size_t need)
{
	size_t room = b->room ? b->room : FIRST_BYTES;
	char *p;

	while (room < need)
		room = room > SIZE_MAX / 4 ? need : room * 2;
	if (room > b->cap_bytes)
		room = b->cap_bytes;
	p = mem_try(b->p, room + 1);
	if (!p)
		return b->status = CDT_E_NOMEM;
	b->p = p;
	b->room = room;
	return CDT_OK;
}

void buf_init(struct buf *b, size_t cap_bytes)
{
	*b = (struct buf){ .cap_bytes = cap_bytes < PTRDIFF_MAX ? cap_bytes : PTRDIFF_MAX - 1 };
}

void buf_fini(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf){ .cap_bytes = b->cap_bytes };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->status = CDT_OK;
}

cdt_status buf_reserve(struct buf *b, size_t n)
{
	if (b->status != CDT_OK)
		return b->status;
	if (n <= b->room - b->n && b->p)
		return CDT_OK;
	if (n > b->cap_bytes - b->n)
		return b->status = CDT_E_LIMIT;
	return grow(b, b->n + n);
}

void buf_add(struct buf *b, cdt_str s)
{
	if (s.n == 0 || buf_reserve(b, s.n) != CDT_OK)
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

void buf_add_z(struct buf *b, const char *z)
{
	buf_add(b, (cdt_str){ z, strlen(z) });
}

void buf_add_c(struct buf *b, char c)
{
	if (buf_reserve(b, 1) == CDT_OK)
		b->p[b->n++] = c;
}

void buf_add_i64(struct buf *b, int64_t v)
{
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v < 0)
		digits[--at] = '-';
	buf_add(b, (cdt_str){ digits + at, sizeof digits - at });
}

void buf_print(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	int n;

	if (buf_reserve(b, 0) != CDT_OK)
		return;
	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(b->p + b->n, b->room - b->n + 1, fmt, args);
	va_end(args);
	if (n < 0)
		b->status = CDT_E_INVALID;
	else if ((size_t)n <= b->room - b->n)
		b->n += (size_t)n;
	else if (buf_reserve(b, (size_t)n) == CDT_OK)
		b->n += (size_t)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	va_end(again);
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

cdt_str buf_str(const struct buf *b)
{
	return (cdt_str){ b->p ? b->p : "", b->n };
}
