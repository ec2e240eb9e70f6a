/* plugin/splice.c - the client's JSON text with some top-level members changed, added or left
 * out, as pieces that point into it: what nobody touches is never copied.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <string.h>

#include "base/jsonscan.h"
#include "plugin/provider.h"

enum { ESCAPED_KEY_MAX = 256 };

/* The run of untouched text that was not added yet, and where it goes. */
struct seam {
	struct outreq *request;
	const char *from, *to;
	bool any;                              /* one was written: the next needs a comma */
};

static void add_piece(struct outreq *o, cdt_str s)
{
	if (s.n == 0 || o->status != CDT_OK)
		return;
	if (o->piece_count == OUTREQ_PIECES_MAX)
		o->status = CDT_E_LIMIT;
	else
		o->piece[o->piece_count++] = s;
}

static void flush(struct seam *s)
{
	add_piece(s->request, (cdt_str){ s->from, (size_t)(s->to - s->from) });
	s->from = s->to;
}

/* Text from..to comes next; what touches the run before it becomes one piece with it. */
static void extend(struct seam *s, const char *from, const char *to)
{
	if (from != s->to) {
		flush(s);
		s->from = from;
	}
	s->to = to;
}

static const char *end_of(const struct json_member *m)
{
	return m->value.p + m->value.n;
}

/* The member's name in plain text; room is used when it is escaped.  "" when it is longer
 * than any name that is looked for. */
static cdt_str key_of(const struct json_member *m, char room[ESCAPED_KEY_MAX])
{
	if (!(m->flags & JSON_KEY_ESCAPED))
		return m->key;
	if (m->key.n > ESCAPED_KEY_MAX)
		return (cdt_str){ "", 0 };
	return (cdt_str){ room, json_unescape(m->key, room) };
}

/* Names that are looked for, as a set of 64 bits: most members are none of them, and this
 * says so without a comparison. */
static uint64_t bit_of(cdt_str name)
{
	return UINT64_C(1) << ((name.n * 7 + (name.n ? (uint8_t)name.p[0] : 0)) & 63);
}

static uint64_t bits_of_all(const char *const *names, const struct patch *patches, size_t count)
{
	uint64_t bits = 0;

	for (; names && *names; names++)
		bits |= bit_of((cdt_str){ *names, strlen(*names) });
	for (size_t i = 0; i < count; i++)
		bits |= bit_of(patches[i].member);
	return bits;
}

static bool is_listed(const char *const *names, cdt_str key)
{
	if (names && key.n)
		for (; *names; names++)
			if (**names == *key.p && !strncmp(*names, key.p, key.n) &&
			    !(*names)[key.n])
				return true;
	return false;
}

static struct patch *patch_for(struct patch *patches, size_t count, cdt_str key)
{
	for (size_t i = 0; i < count; i++)
		if (patches[i].member.n == key.n &&
		    memcmp(patches[i].member.p, key.p, key.n) == 0)
			return &patches[i];
	return NULL;
}

/* Member i of the client: as it is, with another value, or not at all. */
static void pass(struct seam *s, const struct native_body *b, size_t i, struct patch *p)
{
	const struct json_member *m = &b->members[i];
	const char *start = m->key.p - 1;      /* the quote */

	if (p)
		p->used = true;
	if (p && p->text.n == 0)
		return;
	/* From the end of the one before: that brings exactly one comma along. */
	if (i && s->any)
		start = end_of(&b->members[i - 1]);
	else if (i == 0)
		start = s->to;
	s->any = true;
	extend(s, start, p ? m->value.p : end_of(m));
	if (!p)
		return;
	flush(s);
	add_piece(s->request, p->text);
	s->from = s->to = end_of(m);
}

/* `,"member":` and the value. */
static void append(struct seam *s, const struct patch *p)
{
	struct buf key;
	cdt_str copy;

	buf_init(&key, p->member.n * 6 + 4);
	buf_add(&key, s->any ? CDT_STR(",\"") : CDT_STR("\""));
	json_escape(&key, p->member);
	buf_add(&key, CDT_STR("\":"));
	copy = arena_str(s->request->arena, buf_str(&key));
	if (key.status != CDT_OK || !copy.p)
		s->request->status = CDT_E_LIMIT;
	buf_fini(&key);
	add_piece(s->request, copy);
	add_piece(s->request, p->text);
	s->any = true;
}

cdt_status splice(const struct native_body *native, struct patch *patches, size_t count,
                  struct outreq *request)
{
	const char *text = native->text.p, *brace, *rest;
	struct seam s = { .request = request, .from = text };
	uint64_t wanted = bits_of_all(native->drop, patches, count);
	char room[ESCAPED_KEY_MAX];

	brace = native->text.n ? memchr(text, '{', native->text.n) : NULL;
	if (!brace)
		return CDT_E_INVALID;
	s.to = brace + 1;
	rest = native->count ? end_of(&native->members[native->count - 1]) : s.to;
	for (size_t i = 0; i < native->count; i++) {
		cdt_str key = key_of(&native->members[i], room);
		struct patch *p = NULL;

		if (!(bit_of(key) & wanted)) {
			pass(&s, native, i, NULL);
			continue;
		}
		p = patch_for(patches, count, key);
		if (!is_listed(native->drop, key))
			pass(&s, native, i, p);
		else if (p && p->text.n == 0)
			p->used = true;
	}
	for (size_t i = 0; i < count; i++)
		if (!patches[i].used && patches[i].text.n) {
			flush(&s);
			append(&s, &patches[i]);
		}
	extend(&s, rest, text + native->text.n);
	flush(&s);
	return request->status;
}
