/* base/jsonread.c - trees out of text.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonnode.h"
#include "base/jsonrun.h"
#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/mem.h"
#include "base/str.h"

enum { UNREAD_MIN = 64 };              /* shorter maps are as soon read */

struct reader {
	const char *p, *end;
	const char *const *unread;     /* names of maps that stay text; ends with NULL */
	uint32_t depth;
	struct buf scratch;            /* a stack: keys on the way down, then one text */
};

struct note { struct json_object *tree; };

static bool read_value(struct reader *r, struct json_object **out);

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end &&
	       (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

static bool eat(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* What stands between the quotes. */
static bool read_inside(struct reader *r, cdt_str *inside, bool *escaped)
{
	const char *start;

	if (!eat(r, '"'))
		return false;
	*escaped = false;
	for (start = r->p; r->p < r->end; r->p++) {
		r->p += json_run(r->p, (size_t)(r->end - r->p));
		if (r->p == r->end || (uint8_t)*r->p < 0x20)
			return false;
		if (*r->p == '"') {
			*inside = (cdt_str){ start, (size_t)(r->p++ - start) };
			return true;
		}
		if (*r->p == '\\') {
			*escaped = true;
			r->p++;
		}
	}
	return false;
}

/* Unescaped and NUL-ended on the scratch: its place there, SIZE_MAX without memory. */
static size_t keep(struct reader *r, cdt_str inside, bool escaped)
{
	struct buf *b = &r->scratch;
	size_t at = b->n;

	if (buf_reserve(b, inside.n + 1) != CDT_OK)
		return SIZE_MAX;
	if (escaped)
		b->n += json_unescape(inside, b->p + at);
	else
		buf_add(b, inside);
	b->p[b->n++] = '\0';
	return at;
}

static bool read_text(struct reader *r, struct json_object **out)
{
	size_t at = r->scratch.n;
	cdt_str inside;
	bool escaped;

	if (!read_inside(r, &inside, &escaped))
		return false;
	if (escaped && keep(r, inside, escaped) == SIZE_MAX)
		return false;
	if (escaped)
		inside = (cdt_str){ r->scratch.p + at, r->scratch.n - at - 1 };
	*out = json_object_new_string_len(inside.p, (int)inside.n);
	r->scratch.n = at;
	return *out != NULL;
}

static bool read_number(struct reader *r, struct json_object **out)
{
	bool real;
	cdt_str text = { r->p, json_number(r->p, (size_t)(r->end - r->p), &real) };
	size_t at;
	int64_t v;

	if (text.n == 0)
		return false;
	r->p += text.n;
	if (!real && str_i64(text, &v)) {
		*out = json_object_new_int64(v);
		return *out != NULL;
	}
	/* Fractions, and integers that no int64 can hold, keep how they were written. */
	at = keep(r, text, false);
	if (at == SIZE_MAX)
		return false;
	*out = json_object_new_double_s(strtod(r->scratch.p + at, NULL), r->scratch.p + at);
	r->scratch.n = at;
	return *out != NULL;
}

static bool read_word(struct reader *r, struct json_object **out)
{
	static const struct { cdt_str word; int value; } words[] = {
		{ { "true", 4 }, 1 }, { { "false", 5 }, 0 }, { { "null", 4 }, -1 },
	};

	for (size_t i = 0; i < 3; i++) {
		cdt_str w = words[i].word;

		if ((size_t)(r->end - r->p) < w.n || memcmp(r->p, w.p, w.n) != 0)
			continue;
		r->p += w.n;
		*out = words[i].value < 0 ? NULL : json_object_new_boolean(words[i].value);
		return *out || words[i].value < 0;
	}
	return false;
}

/* --- maps that stay text --- */

struct json_object *json_unread_tree(struct json_object *o)
{
	struct note *note = json_object_get_userdata(o);
	struct reader r = { .p = json_object_get_string(o) };

	if (note->tree)
		return note->tree;
	r.end = r.p + json_object_get_string_len(o);
	buf_init(&r.scratch, 2 * (size_t)(r.end - r.p) + JSON_DEPTH_MAX);
	if (!read_value(&r, &note->tree))
		note->tree = NULL;
	buf_fini(&r.scratch);
	return note->tree;
}

const char *json_unread_text(struct json_object *o)
{
	const struct note *note = json_object_get_userdata(o);

	return note->tree ? NULL : json_object_get_string(o);
}

static int print_unread(struct json_object *o, struct printbuf *to, int level, int flags)
{
	const struct note *note = json_object_get_userdata(o);
	size_t n = (size_t)json_object_get_string_len(o);
	const char *text = note->tree ? json_object_to_json_string_length(note->tree, flags, &n)
	                              : json_object_get_string(o);

	(void)level;
	return text ? printbuf_memappend(to, text, (int)n) : -1;
}

static void free_note(struct json_object *o, void *userdata)
{
	struct note *note = userdata;

	(void)o;
	(void)json_object_put(note->tree);
	mem_free(note);
}

bool json_is_unread(struct json_object *o)
{
	return json_object_is_type(o, json_type_string) && json_object_get_userdata(o);
}

struct json_object *json_unread_new(cdt_str text)
{
	struct json_object *o = json_object_new_string_len(text.p, (int)text.n);

	if (o)
		json_object_set_serializer(o, print_unread, mem_new(sizeof(struct note)),
		                           free_note);
	return o;
}

/* A long map under one of those names. */
static bool read_unread(struct reader *r, const char *key, struct json_object **out)
{
	const char *const *name = r->unread;
	cdt_str rest;
	size_t n;

	while (name && *name && strcmp(*name, key) != 0)
		name++;
	if (!name || !*name)
		return false;
	skip_blanks(r);
	rest = str_from(r->p, (size_t)(r->end - r->p));
	if (!rest.n || *rest.p != '{')
		return false;
	n = jsonwalk_value(rest);
	if (n < UNREAD_MIN || n > rest.n)
		return false;
	*out = json_unread_new(str_from(rest.p, n));
	r->p += n;
	return *out != NULL;
}

/* --- maps and lists --- */

static bool read_pair(struct reader *r, struct json_object *map)
{
	struct json_object *child;
	size_t at = r->scratch.n;
	cdt_str key;
	bool escaped;

	if (!read_inside(r, &key, &escaped) || keep(r, key, escaped) == SIZE_MAX ||
	    !eat(r, ':'))
		return false;
	if (!read_unread(r, r->scratch.p + at, &child) && !read_value(r, &child))
		return false;
	if (json_object_object_add(map, r->scratch.p + at, child) != 0) {
		(void)json_object_put(child);
		return false;
	}
	r->scratch.n = at;
	return true;
}

static bool read_item(struct reader *r, struct json_object *list)
{
	struct json_object *child;

	if (!read_value(r, &child))
		return false;
	if (json_object_array_add(list, child) == 0)
		return true;
	(void)json_object_put(child);
	return false;
}

static bool read_parts(struct reader *r, struct json_object *parent, char closing)
{
	bool is_map = closing == '}';

	r->p++;
	if (eat(r, closing))
		return true;
	while (is_map ? read_pair(r, parent) : read_item(r, parent)) {
		if (eat(r, closing))
			return true;
		if (!eat(r, ','))
			return false;
	}
	return false;
}

static bool read_tree(struct reader *r, char closing, struct json_object **out)
{
	struct json_object *parent;
	bool ok;

	if (r->depth == JSON_DEPTH_MAX)
		return false;
	parent = closing == '}' ? json_object_new_object() : json_object_new_array();
	r->depth++;
	ok = parent && read_parts(r, parent, closing);
	r->depth--;
	if (ok)
		*out = parent;
	else
		(void)json_object_put(parent);
	return ok;
}

static bool read_value(struct reader *r, struct json_object **out)
{
	skip_blanks(r);
	if (r->p == r->end)
		return false;
	switch (*r->p) {
	case '{': return read_tree(r, '}', out);
	case '[': return read_tree(r, ']', out);
	case '"': return read_text(r, out);
	case 't': case 'f': case 'n': return read_word(r, out);
	default:  return read_number(r, out);
	}
}

struct json *json_parse_but(cdt_str text, const char *const *unread)
{
	struct reader r = { .p = text.p, .end = text.p + text.n, .unread = unread };
	struct json_object *root = NULL;
	bool ok;

	if (text.n == 0 || text.n > INT_MAX)
		return NULL;
	buf_init(&r.scratch, 2 * text.n + JSON_DEPTH_MAX);
	ok = read_value(&r, &root);
	skip_blanks(&r);
	if (ok && r.p != r.end)
		(void)json_object_put(root);
	buf_fini(&r.scratch);
	return ok && r.p == r.end ? json_node(root) : NULL;
}

struct json *json_parse(cdt_str text)
{
	return json_parse_but(text, NULL);
}
