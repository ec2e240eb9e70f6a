/* api/openai/gather.c - the chunks of a stream become the whole answer that they are.  Texts
 * are put together as they are written, without a tree; what nobody knows how to put together
 * is not.
 * SPDX-License-Identifier: MIT */
#include "api/openai/gather.h"

#include "base/arena.h"
#include "base/jsonw.h"
#include "base/jsonwalk.h"
#include "base/str.h"
#include "cache/kept.h"

enum { ARENA_FIRST = 16 << 10, ARENA_MAX = 16 << 20, DEPTH_MAX = 16, TEXTS_MAX = 4096 };

/* Of the inside of a text; it lies where it came. */
struct piece { struct piece *next; cdt_str bytes; };

/* What is known of one value.  Of a list: elements by their index member, or one after the
 * other. */
struct fold {
	struct fold *next;             /* of its parent's children */
	cdt_str key;                   /* of a map; as it is written */
	int64_t index;                 /* of a list; -1: it came without */
	enum { FOLD_NOTHING, FOLD_VALUE, FOLD_TEXT, FOLD_MAP, FOLD_LIST } kind;
	cdt_str value;                 /* as it is written */
	struct piece *first_piece, *last_piece;        /* of a text that came in some */
	struct fold *first, *last;
};

struct gathering {
	struct arena arena;
	size_t text_count;
	const char *object, *wrapper;          /* see openai_gather */
};

static struct fold *add_child(struct gathering *g, struct fold *parent)
{
	struct fold *c = arena_take(&g->arena, sizeof *c);

	if (!c)
		return NULL;
	c->index = -1;
	if (parent->last)
		parent->last->next = c;
	else
		parent->first = c;
	parent->last = c;
	return c;
}

static struct fold *child_of_key(struct gathering *g, struct fold *parent, cdt_str key)
{
	struct fold *c = parent->first;

	while (c && !str_eq(c->key, key))
		c = c->next;
	if (!c && (c = add_child(g, parent)) != NULL)
		c->key = key;
	return c;
}

static struct fold *child_of_index(struct gathering *g, struct fold *parent, int64_t index)
{
	struct fold *c = index < 0 ? NULL : parent->first;

	while (c && c->index != index)
		c = c->next;
	if (!c && (c = add_child(g, parent)) != NULL)
		c->index = index;
	return c;
}

/* Texts that come in pieces; each other one is said once, or again and again. */
static bool comes_in_pieces(cdt_str key)
{
	static const char *const names[] = {
		"content", "text", "arguments", "refusal", "reasoning_content", "reasoning",
		"thinking", "input", "data", "transcript", NULL,
	};

	for (const char *const *n = names; *n; n++)
		if (str_is(key, *n))
			return true;
	return false;
}

static cdt_status add_text(struct gathering *g, struct fold *f, cdt_str value)
{
	struct piece *p = arena_take(&g->arena, sizeof *p);

	if (!p || (f->kind != FOLD_TEXT && ++g->text_count > TEXTS_MAX))
		return CDT_E_LIMIT;
	if (f->kind != FOLD_TEXT)
		f->first_piece = NULL;
	*(f->first_piece ? &f->last_piece->next : &f->first_piece) = p;
	f->last_piece = p;
	f->kind = FOLD_TEXT;
	p->bytes = (cdt_str){ value.p + 1, value.n - 2 };
	return CDT_OK;
}

static bool is_nothing(cdt_str v)
{
	return str_is(v, "null") || str_is(v, "\"\"");
}

/* Inside of a choice, what was said differently before can not be told from a piece. */
static cdt_status add_value(struct fold *f, cdt_str value, bool in_choice)
{
	bool was = f->kind == FOLD_VALUE && !is_nothing(f->value);

	if (f->kind > FOLD_VALUE)
		return is_nothing(value) ? CDT_OK : CDT_E_UNSUPPORTED;
	if (was && is_nothing(value))
		return CDT_OK;
	if (was && in_choice && jsonwalk_type(value) == CDT_TEXT && !str_eq(f->value, value))
		return CDT_E_UNSUPPORTED;
	f->kind = FOLD_VALUE;
	f->value = value;
	return CDT_OK;
}

static cdt_status add(struct gathering *g, struct fold *f, cdt_str value, int depth);

static cdt_status add_map(struct gathering *g, struct fold *f, cdt_str value, int depth)
{
	cdt_str rest = jsonwalk_inside(value), key, v;
	cdt_status st = CDT_OK;

	f->kind = FOLD_MAP;
	while (st == CDT_OK && jsonwalk_member(&rest, &key, &v)) {
		struct fold *c = child_of_key(g, f, key);

		st = c ? add(g, c, v, depth + 1) : CDT_E_LIMIT;
	}
	return st;
}

static cdt_status add_list(struct gathering *g, struct fold *f, cdt_str value, int depth)
{
	cdt_str rest = jsonwalk_inside(value), v, said;
	cdt_status st = CDT_OK;
	int64_t index;

	f->kind = FOLD_LIST;
	while (st == CDT_OK && jsonwalk_element(&rest, &v)) {
		struct fold *c;

		said = jsonwalk_type(v) == CDT_MAP ? jsonwalk_get(v, "index")
		                                   : (cdt_str){ NULL, 0 };
		if (!said.p || !str_i64(said, &index) || index < 0)
			index = -1;
		c = child_of_index(g, f, index);
		st = c ? add(g, c, v, depth + 1) : CDT_E_LIMIT;
	}
	return st;
}

static cdt_status add(struct gathering *g, struct fold *f, cdt_str value, int depth)
{
	uint32_t type = jsonwalk_type(value);
	bool fits = f->kind <= FOLD_VALUE;

	if (depth > DEPTH_MAX)
		return CDT_E_UNSUPPORTED;
	if (type == CDT_MAP)
		return fits || f->kind == FOLD_MAP ? add_map(g, f, value, depth)
		                                   : CDT_E_UNSUPPORTED;
	if (type == CDT_LIST)
		return fits || f->kind == FOLD_LIST ? add_list(g, f, value, depth)
		                                    : CDT_E_UNSUPPORTED;
	if (type == CDT_TEXT && depth > 2 && comes_in_pieces(f->key) &&
	    (f->kind == FOLD_TEXT || fits))
		return add_text(g, f, value);
	return add_value(f, value, depth > 2);
}

/* --- writing --- */

static void write_fold(const struct gathering *g, const struct fold *f, int depth,
                       struct buf *out);

static void write_key(const char *key, struct buf *out)
{
	if (out->n && out->p[out->n - 1] != '{')
		buf_add_c(out, ',');
	buf_print(out, "\"%s\":", key);
}

static bool has(const struct fold *f, const char *key)
{
	const struct fold *c = f ? f->first : NULL;

	while (c && !str_is(c->key, key))
		c = c->next;
	return c != NULL;
}

/* Which element of a stream's list it is goes without saying in a whole one; of choices it is
 * said. */
static bool is_left_out(const struct fold *c, int depth)
{
	if (depth == 0)
		return str_is(c->key, "obfuscation");
	return depth > 2 && str_is(c->key, "index");
}

static void write_map(const struct gathering *g, const struct fold *f, int depth,
                      struct buf *out)
{
	bool is_message = g->wrapper && depth == 2 && has(f, g->wrapper);

	buf_add_c(out, '{');
	for (const struct fold *c = f->first; c; c = c->next) {
		if (is_left_out(c, depth))
			continue;
		if (out->p[out->n - 1] != '{')
			buf_add_c(out, ',');
		buf_add_c(out, '"');
		if (is_message && str_is(c->key, g->wrapper))
			buf_add_z(out, "message");
		else
			buf_add(out, c->key);
		buf_add_z(out, "\":");
		if (depth == 0 && str_is(c->key, "object"))
			buf_print(out, "\"%s\"", g->object);
		else
			write_fold(g, c, depth + 1, out);
	}
	if (g->wrapper && depth == 3 && str_is(f->key, g->wrapper) && !has(f, "content")) {
		write_key("content", out);
		buf_add_z(out, "null");
	}
	buf_add_c(out, '}');
}

static void write_list(const struct gathering *g, const struct fold *f, int depth,
                       struct buf *out)
{
	buf_add_c(out, '[');
	for (const struct fold *c = f->first; c; c = c->next) {
		if (c != f->first)
			buf_add_c(out, ',');
		write_fold(g, c, depth + 1, out);
	}
	buf_add_c(out, ']');
}

static void write_fold(const struct gathering *g, const struct fold *f, int depth,
                       struct buf *out)
{
	switch (f->kind) {
	case FOLD_MAP:
		write_map(g, f, depth, out);
		break;
	case FOLD_LIST:
		write_list(g, f, depth, out);
		break;
	case FOLD_TEXT:
		buf_add_c(out, '"');
		for (const struct piece *p = f->first_piece; p; p = p->next)
			buf_add(out, p->bytes);
		buf_add_c(out, '"');
		break;
	default:
		buf_add(out, f->value.p ? f->value : CDT_STR("null"));
	}
}

/* --- all of it --- */

static cdt_status gather(struct gathering *g, cdt_str frames, struct buf *body)
{
	struct fold *root = arena_take(&g->arena, sizeof *root);
	struct kept_frame f;
	cdt_status st = root ? CDT_OK : CDT_E_LIMIT;

	while (st == CDT_OK && kept_next(&frames, &f))
		if (jsonwalk_type(f.body) == CDT_MAP)
			st = add(g, root, f.body, 0);
		else
			st = CDT_E_UNSUPPORTED;
	if (st == CDT_OK && !has(root, "choices"))
		st = CDT_E_UNSUPPORTED;
	if (st == CDT_OK)
		write_fold(g, root, 0, body);
	return st == CDT_OK ? body->status : st;
}

cdt_status openai_gather(cdt_str frames, const char *object, const char *wrapper,
                         struct buf *body)
{
	struct gathering g = { .object = object, .wrapper = wrapper };
	cdt_status st;

	arena_init(&g.arena, ARENA_FIRST, ARENA_MAX);
	st = gather(&g, frames, body);
	arena_fini(&g.arena);
	return st;
}
