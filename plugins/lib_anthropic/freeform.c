/* lib_anthropic/freeform.c - custom tools travel as a function with one string property,
 * "input".  This takes the text out again while its JSON arrives in pieces that are cut
 * anywhere, also inside an escape.  Other members are not expected and are skipped over.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

enum { SEEK, TEXT, ESCAPE, HEX, OVER };           /* stages; SEEK: before the opening quote */

static const char opening[] = "{\"input\":\"";    /* with blanks between, maybe */

static size_t put(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* A high surrogate without its low half. */
static size_t drop_high(struct unwrap *u, char *out)
{
	if (!u->high)
		return 0;
	u->high = 0;
	return put(out, 0xfffd);
}

static size_t code_done(struct unwrap *u, char *out)
{
	uint32_t code = u->code, high = u->high;
	size_t n;

	u->stage = TEXT;
	if (code >= 0xdc00 && code <= 0xdfff && high) {
		u->high = 0;
		return put(out, 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00));
	}
	n = drop_high(u, out);
	if (code >= 0xd800 && code <= 0xdbff) {
		u->high = code;
		return n;
	}
	return n + put(out + n, code >= 0xdc00 && code <= 0xdfff ? 0xfffd : code);
}

static size_t hex(struct unwrap *u, char c, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	u->code = u->code << 4 | (uint32_t)(at ? at - digits : 0);
	return ++u->digits < 4 ? 0 : code_done(u, out);
}

static size_t escape(struct unwrap *u, char c, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *at = c ? strchr(from, c) : NULL;
	size_t n;

	if (c == 'u') {
		u->stage = HEX;
		u->code = u->digits = 0;
		return 0;
	}
	u->stage = TEXT;
	n = drop_high(u, out);
	out[n] = at ? to[at - from] : c;
	return n + 1;
}

static size_t text(struct unwrap *u, char c, char *out)
{
	size_t n;

	if (c == '\\') {
		u->stage = ESCAPE;
		return 0;
	}
	n = drop_high(u, out);
	if (c == '"') {
		u->stage = OVER;
		return n;
	}
	out[n] = c;
	return n + 1;
}

static void seek(struct unwrap *u, char c)
{
	int in_key = u->at > 1 && u->at < sizeof "{\"input\"" - 1;

	if (!in_key && c && strchr(" \t\r\n", c))
		return;
	u->at = c == opening[u->at] ? u->at + 1 : c == '{';
	if (u->at == sizeof opening - 1)
		u->stage = TEXT;
}

size_t anthropic_unwrap(struct unwrap *u, cdt_str piece, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < piece.n; i++) {
		char c = piece.p[i];

		switch (u->stage) {
		case SEEK:   seek(u, c); break;
		case TEXT:   n += text(u, c, out + n); break;
		case ESCAPE: n += escape(u, c, out + n); break;
		case HEX:    n += hex(u, c, out + n); break;
		default:     return n;
		}
	}
	return n;
}
