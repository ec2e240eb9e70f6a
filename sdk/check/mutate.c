/* check/mutate.c - one change at a time: where, what, and how much is diced.
 * SPDX-License-Identifier: MIT */
#include "check/mutate.h"

#include <string.h>

#include "base/digest.h"
#include "base/str.h"

enum { RUN_MAX = 64, PRELUDE = 12, TAIL = 4, MUTANT_GROWTH = 1 << 20 };

/* Every change takes a text and writes another. */
typedef void change_fn(struct dice *d, cdt_str in, struct buf *out);

static void splice(struct buf *out, cdt_str in, size_t at, size_t gone, cdt_str instead)
{
	buf_add(out, str_from(in.p, at));
	buf_add(out, instead);
	buf_add(out, str_skip(in, at + gone));
}

static size_t run(struct dice *d, cdt_str in, size_t at)
{
	size_t n = 1 + dice_below(d, RUN_MAX);

	return n < in.n - at ? n : in.n - at;
}

static void flip_bit(struct dice *d, cdt_str in, struct buf *out)
{
	size_t at = dice_below(d, in.n);

	buf_add(out, in);
	out->p[out->n - in.n + at] ^= (char)(1u << dice_below(d, 8));
}

static void set_byte(struct dice *d, cdt_str in, struct buf *out)
{
	static const char bytes[] = "\0\n\r\"\\{}[]:,\x80\xff\xc3 -0";
	size_t at = dice_below(d, in.n);

	splice(out, in, at, 1, str_from(bytes + dice_below(d, sizeof bytes - 1), 1));
}

static void remove_run(struct dice *d, cdt_str in, struct buf *out)
{
	size_t at = dice_below(d, in.n);

	splice(out, in, at, run(d, in, at), CDT_STR(""));
}

static void repeat_run(struct dice *d, cdt_str in, struct buf *out)
{
	size_t from = dice_below(d, in.n), at = dice_below(d, in.n);

	splice(out, in, at, 0, str_from(in.p + from, run(d, in, from)));
}

static void cut(struct dice *d, cdt_str in, struct buf *out)
{
	buf_add(out, str_from(in.p, dice_below(d, in.n)));
}

/* --- lines: frames of streams, mostly --- */

static cdt_str block_at(cdt_str in, size_t at)
{
	size_t begin = at, end;

	while (begin && in.p[begin - 1] != '\n')
		begin--;
	end = begin + str_find(str_skip(in, begin), '\n');
	while (end < in.n && in.p[end] == '\n')
		end++;
	return str_from(in.p + begin, end - begin);
}

static void remove_line(struct dice *d, cdt_str in, struct buf *out)
{
	cdt_str line = block_at(in, dice_below(d, in.n));

	splice(out, in, (size_t)(line.p - in.p), line.n, CDT_STR(""));
}

static void repeat_line(struct dice *d, cdt_str in, struct buf *out)
{
	cdt_str line = block_at(in, dice_below(d, in.n));
	cdt_str to = block_at(in, dice_below(d, in.n));

	splice(out, in, (size_t)(to.p - in.p), 0, line);
}

static void swap_lines(struct dice *d, cdt_str in, struct buf *out)
{
	cdt_str a = block_at(in, dice_below(d, in.n));
	cdt_str b = block_at(in, dice_below(d, in.n));
	cdt_str first = a.p < b.p ? a : b, second = a.p < b.p ? b : a;

	if (a.p == b.p) {
		buf_add(out, in);
		return;
	}
	buf_add(out, str_from(in.p, (size_t)(first.p - in.p)));
	buf_add(out, second);
	buf_add(out, str_from(first.p + first.n, (size_t)(second.p - first.p) - first.n));
	buf_add(out, first);
	buf_add(out, str_skip(in, (size_t)(second.p - in.p) + second.n));
}

/* --- values of JSON, whatever stands around them --- */

static size_t string_bytes(cdt_str s)
{
	size_t i = 1;

	while (i < s.n && s.p[i] != '"')
		i += s.p[i] == '\\' ? 2 : 1;
	return i < s.n ? i + 1 : s.n;
}

/* From an opening brace to its other half. */
static size_t braces_bytes(cdt_str s)
{
	size_t depth = 0, i = 0;

	while (i < s.n) {
		char c = s.p[i];

		if (c == '"') {
			i += string_bytes(str_skip(s, i));
			continue;
		}
		i++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			break;
	}
	return i < s.n ? i : s.n;
}

static size_t value_bytes(cdt_str s)
{
	size_t i = 0;

	if (s.n && s.p[0] == '"')
		return string_bytes(s);
	if (s.n && (s.p[0] == '{' || s.p[0] == '['))
		return braces_bytes(s);
	while (i < s.n && !strchr(",}] \r\n", s.p[i]))
		i++;
	return i;
}

/* The first value of a member behind a random place; n 0: none. */
static cdt_str value_from(cdt_str in, size_t at)
{
	while (at + 1 < in.n && !(in.p[at] == '"' && in.p[at + 1] == ':'))
		at++;
	at += 2;
	while (at < in.n && in.p[at] == ' ')
		at++;
	return at < in.n ? str_from(in.p + at, value_bytes(str_skip(in, at)))
	                 : str_from(in.p, 0);
}

static void other_value(struct dice *d, cdt_str in, struct buf *out)
{
	static const char *const values[] = {
		"null", "true", "false", "0", "-1", "1", "2147483648", "9223372036854775807",
		"1e308", "0.5", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "[]",
		"{}", "[null]", "[[]]", "[{}]", "[1,2]", "{\"a\":1}", "{\"type\":\"text\"}",
		"\"error\"",
		"4294967295", "4096", "[\"x\"]", "{\"text\":\"x\"}", "\"stop\"",
		"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
	};
	const char *v = values[dice_below(d, sizeof values / sizeof *values)];
	cdt_str old = value_from(in, dice_below(d, in.n));

	splice(out, in, (size_t)(old.p - in.p), old.n, str_z(v));
}

static void value_of_another(struct dice *d, cdt_str in, struct buf *out)
{
	cdt_str old = value_from(in, dice_below(d, in.n));
	cdt_str other = value_from(in, dice_below(d, in.n));

	splice(out, in, (size_t)(old.p - in.p), old.n, other);
}

/* A member's name changes: for its reader it is not there. */
static void rename_member(struct dice *d, cdt_str in, struct buf *out)
{
	cdt_str v = value_from(in, dice_below(d, in.n));
	size_t at = (size_t)(v.p - in.p);

	while (at && in.p[at] != '"')
		at--;
	if (at && v.n)
		splice(out, in, at, 0, CDT_STR("_"));
	else
		buf_add(out, in);
}

/* --- event streams of AWS: what is changed inside must have its sums right --- */

static uint32_t read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void add_u32(struct buf *b, uint32_t v)
{
	const char bytes[4] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };

	buf_add(b, str_from(bytes, 4));
}

/* The whole message that s begins with; 0: it begins with none. */
static size_t message_bytes(cdt_str s)
{
	size_t n = s.n >= PRELUDE + TAIL ? read_u32(s.p) : 0;

	if (n < PRELUDE + TAIL || n > s.n || read_u32(s.p + 4) > n - PRELUDE - TAIL ||
	    crc32_of(str_from(s.p, 8)) != read_u32(s.p + 8))
		return 0;
	return n;
}

static void add_message(struct buf *out, cdt_str headers, cdt_str payload)
{
	size_t from = out->n;

	add_u32(out, (uint32_t)(PRELUDE + headers.n + payload.n + TAIL));
	add_u32(out, (uint32_t)headers.n);
	add_u32(out, crc32_of(str_from(out->p + from, 8)));
	buf_add(out, headers);
	buf_add(out, payload);
	add_u32(out, crc32_of(str_from(out->p + from, out->n - from)));
}

static void change(struct dice *d, cdt_str in, struct buf *out);

static void change_message(struct dice *d, cdt_str in, struct buf *out)
{
	size_t count = 0, pick, at = 0, n, headers;
	struct buf payload;

	for (size_t i = 0; (n = message_bytes(str_skip(in, i))) != 0; i += n)
		count++;
	for (pick = dice_below(d, count); pick; pick--)
		at += message_bytes(str_skip(in, at));
	n = message_bytes(str_skip(in, at));
	headers = read_u32(in.p + at + 4);
	buf_init(&payload, in.n + MUTANT_GROWTH);
	change(d, str_from(in.p + at + PRELUDE + headers, n - PRELUDE - TAIL - headers),
	       &payload);
	buf_add(out, str_from(in.p, at));
	add_message(out, str_from(in.p + at + PRELUDE, headers), buf_str(&payload));
	buf_add(out, str_skip(in, at + n));
	buf_fini(&payload);
}

static void change(struct dice *d, cdt_str in, struct buf *out)
{
	static change_fn *const changes[] = {
		flip_bit, set_byte, remove_run, repeat_run, cut, remove_line, repeat_line,
		swap_lines, other_value, other_value, other_value, other_value, other_value,
		value_of_another, value_of_another, value_of_another, rename_member,
		rename_member, rename_member,
	};

	if (!in.n)
		buf_add(out, CDT_STR("{}"));
	else if (message_bytes(in) && dice_below(d, 4))
		change_message(d, in, out);
	else
		changes[dice_below(d, sizeof changes / sizeof *changes)](d, in, out);
}

void mutate(struct dice *d, cdt_str in, struct buf *out)
{
	size_t times = 1 + dice_below(d, 4);
	struct buf next;

	buf_init(&next, in.n + MUTANT_GROWTH);
	buf_clear(out);
	buf_add(out, in);
	while (times--) {
		struct buf last = *out;

		buf_clear(&next);
		change(d, buf_str(out), &next);
		*out = next;
		next = last;
	}
	buf_fini(&next);
}
