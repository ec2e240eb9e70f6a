/* base/jsonrun.c - the widest loop of the JSON scanner: runs of plain text.  Decides which
 * registers to use, nothing else.
 * SPDX-License-Identifier: MIT */
#include "base/jsonrun.h"

#ifdef __SSE2__
#include <immintrin.h>

enum { STEP = 64 };

/* As json_plain_bytes, for 32. */
__attribute__((target("avx2")))
static inline __m256i plain32(const char *p)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i over = _mm256_cmpgt_epi8(_mm256_xor_si256(v, _mm256_set1_epi8(2)),
	                                 _mm256_set1_epi8(0x20));

	return _mm256_andnot_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')), over);
}

__attribute__((target("avx2")))
static size_t run_avx2(const char *p, size_t n)
{
	size_t i = 0;

	for (; i + 2 * STEP <= n; i += 2 * STEP) {
		__m256i a = _mm256_and_si256(plain32(p + i), plain32(p + i + 32));
		__m256i b = _mm256_and_si256(plain32(p + i + 64), plain32(p + i + 96));

		if (_mm256_movemask_epi8(_mm256_and_si256(a, b)) != -1)
			break;
	}
	return i;
}

static size_t run_sse2(const char *p, size_t n)
{
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		const char *q = p + i;
		__m128i a = _mm_and_si128(json_plain_bytes(q), json_plain_bytes(q + 16));
		__m128i b = _mm_and_si128(json_plain_bytes(q + 32), json_plain_bytes(q + 48));

		if (_mm_movemask_epi8(_mm_and_si128(a, b)) != 0xffff)
			break;
	}
	return i;
}

size_t json_run_long(const char *p, size_t n)
{
	return __builtin_cpu_supports("avx2") ? run_avx2(p, n) : run_sse2(p, n);
}
#else
enum { STEP = 64 };

size_t json_run_long(const char *p, size_t n)
{
	size_t i = 0;

	for (; i + STEP <= n; i += STEP) {
		uint64_t any = 0;

		for (size_t k = 0; k < STEP; k += 8)
			any |= json_specials8(p + i + k);
		if (any)
			break;
	}
	return i;
}
#endif
