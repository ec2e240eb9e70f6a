/* provider_huggingface/pool.c - many vectors become their mean.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

enum { NUMBERS_MAX = 16384 };

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool add(double *sum, size_t n, cdt_val vector)
{
	if (cdt_type(vector) != CDT_LIST || cdt_count(vector) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		cdt_val v = cdt_at(vector, i);

		if (cdt_type(v) != CDT_REAL && cdt_type(v) != CDT_INT)
			return false;
		sum[i] += v.api->f64(v, 0);
	}
	return true;
}

static void put_float(unsigned char *out, double v)
{
	float f = (float)v;
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(bits >> 8 * i);
}

static cdt_str base64(struct cdt_call *call, const unsigned char *p, size_t n)
{
	char *out = call->api->scratch(call, (n + 2) / 3 * 4);
	size_t at = 0;

	for (size_t i = 0; out && i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
		             (i + 2 < n ? p[i + 2] : 0);

		out[at++] = digits[v >> 18];
		out[at++] = digits[v >> 12 & 63];
		out[at++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		out[at++] = i + 2 < n ? digits[v & 63] : '=';
	}
	return (cdt_str){ out, at };
}

cdt_str hf_pooled(struct cdt_call *call, cdt_val tokens)
{
	size_t count = cdt_count(tokens), n = cdt_count(cdt_at(tokens, 0));
	double *sum = n && n <= NUMBERS_MAX ? call->api->scratch(call, n * sizeof *sum)
	                                         : NULL;
	unsigned char *bytes = sum ? call->api->scratch(call, 4 * n) : NULL;

	if (!bytes)
		return CDT_STR("");
	memset(sum, 0, n * sizeof *sum);
	for (size_t i = 0; i < count; i++)
		if (!add(sum, n, cdt_at(tokens, i)))
			return CDT_STR("");
	for (size_t i = 0; i < n; i++)
		put_float(bytes + 4 * i, sum[i] / (double)count);
	return base64(call, bytes, 4 * n);
}
