/* api/responses/custom.c - see custom.h.  The text is read while it is still being written: an
 * escape that is not whole yet waits for its rest.
 * SPDX-License-Identifier: MIT */
#include "api/responses/custom.h"

#include "base/buf.h"
#include "base/jsonscan.h"
#include "base/jsonw.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { TEXT_MAX = 64 << 20 };

/* Behind {"input":" - or 0. */
static size_t beginning(cdt_str all)
{
	static const char *const words[] = { "{", "\"input\"", ":", "\"" };
	cdt_str rest = all;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		rest = jsonwalk_blanks(rest);
		if (!str_starts(rest, words[i]))
			return 0;
		rest = str_skip(rest, str_z(words[i]).n);
	}
	return (size_t)(rest.p - all.p);
}

/* Bytes of the escape that s begins with; 0: it is not all there. */
static size_t escape_bytes(cdt_str s)
{
	bool high;

	if (s.n < 2)
		return 0;
	if (s.p[1] != 'u')
		return 2;
	if (s.n < 6)
		return 0;
	high = (s.p[2] | 0x20) == 'd' && ((s.p[3] >= '8' && s.p[3] <= '9') ||
	       (s.p[3] | 0x20) == 'a' || (s.p[3] | 0x20) == 'b');
	if (!high)
		return 6;
	return s.n < 12 ? 0 : 12;
}

cdt_str custom_more(struct custom *c, struct arena *a, cdt_str all)
{
	size_t end, n;
	char *out;

	if (!c->begun) {
		c->at = beginning(all);
		c->begun = c->at > 0;
	}
	if (!c->begun || c->ended)
		return (cdt_str){ NULL, 0 };
	for (end = c->at; end < all.n && all.p[end] != '"'; end += n) {
		n = all.p[end] == '\\' ? escape_bytes(str_skip(all, end)) : 1;
		if (!n)
			break;
	}
	c->ended = end < all.n && all.p[end] == '"';
	if (end == c->at)
		return (cdt_str){ NULL, 0 };
	out = arena_take(a, end - c->at + 1);
	if (!out)
		return (cdt_str){ NULL, 0 };
	n = json_unescape(str_from(all.p + c->at, end - c->at), out);
	c->at = end;
	return str_from(out, n);
}

cdt_str custom_arguments(struct arena *a, cdt_str text)
{
	struct jsonw w;
	struct buf b;
	cdt_str out;

	buf_init(&b, TEXT_MAX);
	jsonw_init(&w, &b);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "input", text);
	jsonw_close(&w);
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}
