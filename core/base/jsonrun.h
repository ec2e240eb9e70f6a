/* base/jsonrun.h - the inner loops that reader, scanner and writer of JSON share.  Only for
 * the json*.c of this folder.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSONRUN_H
#define BASE_JSONRUN_H
#include "conduit/base.h"

#include <stdbool.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* "Special": a quote, a backslash, a control, or above ASCII; what the inside of a string
 * can not just be copied with. */
static inline bool json_special(uint8_t c)
{
	return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
}

#ifdef __SSE2__
/* All bits set where a byte is plain.  c ^ 2 maps the quote to 0x20 and the controls to
 * themselves; as signed bytes all above ASCII are below that, too: one comparison. */
static inline __m128i json_plain_bytes(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i over = _mm_cmpgt_epi8(_mm_xor_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8(0x20));

	return _mm_andnot_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')), over);
}

/* Of the 16 bytes at p: bit i is set where p[i] is special. */
static inline uint32_t json_specials(const char *p)
{
	return (uint32_t)_mm_movemask_epi8(json_plain_bytes(p)) ^ 0xffff;
}

#else
/* The same eight bytes at a time: the top bit of each byte says that it is special.  Top
 * bits are left out of the sums, so that no byte carries into the next. */
static inline uint64_t json_specials8(const char *p)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	uint64_t v, over, slash;

	memcpy(&v, p, 8);
	over = ((v ^ ones * 2) & ~tops) + ones * (0x80 - 0x21);
	slash = v ^ ones * '\\';
	return (~over | v | ~(((slash & ~tops) + ones * 0x7f) | slash)) & tops;
}

static inline uint32_t json_specials(const char *p)
{
	uint32_t bits = 0;

	for (int i = 0; i < 16; i += 8) {
		uint64_t v = json_specials8(p + i);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		v = __builtin_bswap64(v);
#endif
		bits |= (uint32_t)((v >> 7) * 0x0102040810204080 >> 56) << i;
	}
	return bits;
}
#endif

/* The same of 64 bytes. */
static inline uint64_t json_specials64(const char *p)
{
	uint64_t low = json_specials(p) | json_specials(p + 16) << 16;
	uint64_t high = json_specials(p + 32) | json_specials(p + 48) << 16;

	return low | high << 32;
}

/* jsonrun.c: how many plain bytes p begins with, counted in steps of 64.  For the inside of
 * what has proved to be a long text. */
size_t json_run_long(const char *p, size_t n);

/* How many of the n bytes at p are plain, before the first special one. */
static inline size_t json_run(const char *p, size_t n)
{
	size_t i = 0;

	while (i + 16 <= n) {
		uint32_t specials = json_specials(p + i);

		if (specials)
			return i + (size_t)__builtin_ctz(specials);
		i += 16;
		if (i == 64)
			i += json_run_long(p + i, n - i);
	}
	while (i < n && !json_special((uint8_t)p[i]))
		i++;
	return i;
}

static inline size_t json_digits(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (uint8_t)(p[i] - '0') < 10)
		i++;
	return i;
}

/* Length of the number of RFC 8259 at p, 0 when there is none.  What follows is not looked
 * at: "01" is the number 0 and something else. */
static inline size_t json_number(const char *p, size_t n, bool *real)
{
	size_t i = n && p[0] == '-', digits;

	digits = i < n && p[i] == '0' ? 1 : json_digits(p + i, n - i);
	*real = false;
	if (digits == 0)
		return 0;
	i += digits;
	if (i < n && p[i] == '.') {
		digits = json_digits(p + i + 1, n - i - 1);
		if (digits == 0)
			return 0;
		i += 1 + digits;
		*real = true;
	}
	if (i < n && (p[i] | 0x20) == 'e') {
		i += 1 + (i + 1 < n && (p[i + 1] == '+' || p[i + 1] == '-'));
		digits = json_digits(p + i, n - i);
		if (digits == 0)
			return 0;
		i += digits;
		*real = true;
	}
	return i;
}

/* jsonescape.c: what the escape of n or fewer bytes at p (a backslash) means; *n becomes its
 * length.  A surrogate pair is one escape. */
enum { JSON_ESCAPE_BAD = 0x110000, JSON_ESCAPE_CUT, JSON_ESCAPE_HALF };
uint32_t json_escape_read(const char *p, size_t *n);

/* The escapes of two bytes: what the second one stands for, else 0. */
extern const char json_escape_short[256];

#endif
