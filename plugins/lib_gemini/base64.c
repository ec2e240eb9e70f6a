/* lib_gemini/base64.c - base64 both ways, in pieces: pictures and sound are too large for one.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

int gemini_unbase64(cdt_str in, char *out, size_t *n)
{
	uint32_t bits = 0, have = 0;

	*n = 0;
	while (in.n && in.p[in.n - 1] == '=')
		in.n--;
	if (in.n % 4 == 1)
		return 0;
	for (size_t i = 0; i < in.n; i++) {
		int v = value_of(in.p[i]);

		if (v < 0)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (char)(bits >> have & 0xff);
		}
	}
	return 1;
}

size_t gemini_base64(cdt_str in, char *out)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0;

	for (size_t i = 0; i < in.n; i += 3) {
		uint32_t left = in.n - i < 3 ? (uint32_t)(in.n - i) : 3, bits = 0;

		for (uint32_t k = 0; k < 3; k++)
			bits = bits << 8 | (k < left ? (unsigned char)in.p[i + k] : 0);
		out[n++] = letters[bits >> 18];
		out[n++] = letters[bits >> 12 & 63];
		out[n++] = left > 1 ? letters[bits >> 6 & 63] : '=';
		out[n++] = left > 2 ? letters[bits & 63] : '=';
	}
	return n;
}
