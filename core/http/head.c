/* http/head.c - an index over header lines that the guard has found to be well-formed.
 * SPDX-License-Identifier: MIT */
#include "http/head.h"

#include <string.h>
#include <strings.h>

#include <event2/buffer.h>

#include "base/str.h"

/* What evhttp must know to see the same end of the request as the guard, and to know whether
 * the connection stays. */
static bool is_for_evhttp(cdt_str name)
{
	switch (name.n) {
	case 4: return str_is_nocase(name, "host");
	case 10: return str_is_nocase(name, "connection");
	case 14: return str_is_nocase(name, "content-length");
	case 17: return str_is_nocase(name, "transfer-encoding");
	default: return false;
	}
}

struct line { uint16_t at, name_n, value_at, value_n; };

static cdt_status take_line(const struct head *h, cdt_str line, struct line *out_line,
                            struct evbuffer *out)
{
	size_t colon = str_find(line, ':');
	cdt_str value = str_trim(str_skip(line, colon + 1));

	if (colon == line.n)
		return CDT_E_LIMIT;                    /* the guard wants colons, too */
	*out_line = (struct line){
		(uint16_t)(line.p - h->text.p), (uint16_t)colon,
		(uint16_t)(value.p - h->text.p), (uint16_t)value.n,
	};
	if (!is_for_evhttp((cdt_str){ line.p, colon }))
		return CDT_OK;
	/* With its CR LF. */
	return evbuffer_add(out, line.p, line.n + 2) ? CDT_E_NOMEM : CDT_OK;
}

void head_init(struct head *h, size_t cap_bytes)
{
	*h = (struct head){ .count = 0 };
	buf_init(&h->text, cap_bytes + HEAD_LINES_MAX * sizeof(struct line));
}

void head_fini(struct head *h)
{
	buf_fini(&h->text);
}

void head_drop(struct head *h)
{
	size_t cap_bytes = h->text.cap_bytes;

	h->count = 0;
	buf_fini(&h->text);
	buf_init(&h->text, cap_bytes);
}

void head_clear(struct head *h)
{
	if (h->text.room > HEAD_KEPT_BYTES)
		head_drop(h);
	h->count = 0;
	buf_clear(&h->text);
}

cdt_status head_close(struct head *h, struct evbuffer *out)
{
	cdt_str rest = buf_str(&h->text);
	size_t line = str_find(rest, '\n') + 1;
	struct line found[HEAD_LINES_MAX];
	cdt_status st;

	if (h->text.status != CDT_OK || rest.n > UINT16_MAX || line > rest.n)
		return CDT_E_LIMIT;
	st = evbuffer_add(out, rest.p, line) ? CDT_E_NOMEM : CDT_OK;
	for (rest = str_skip(rest, line); st == CDT_OK && rest.n > 2;
	     rest = str_skip(rest, line)) {
		line = str_find(rest, '\n') + 1;
		st = line > rest.n || h->count == HEAD_LINES_MAX ? CDT_E_INVALID
			: take_line(h, (cdt_str){ rest.p, line - 2 }, &found[h->count], out);
		h->count++;
	}
	if (st == CDT_OK && evbuffer_add(out, "\r\n", 2))
		st = CDT_E_NOMEM;
	h->lines_at = h->text.n;
	buf_add(&h->text, (cdt_str){ (const char *)found, h->count * sizeof *found });
	return st == CDT_OK ? h->text.status : st;
}

cdt_str head_find(const struct head *h, const char *name, size_t skip)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < h->count; i++) {
		struct line l;
		const char *at;

		memcpy(&l, h->text.p + h->lines_at + i * sizeof l, sizeof l);  /* not aligned */
		at = h->text.p + l.at;
		if (l.name_n == n && (at[0] | 0x20) == (name[0] | 0x20) &&
		    !strncasecmp(at, name, n) && !skip--)
			return (cdt_str){ h->text.p + l.value_at, l.value_n };
	}
	return (cdt_str){ NULL, 0 };
}
