/* api/openai/native.c - streams of an upstream that speaks the dialect itself: bytes go through
 * as they are, but for the model's name and usage that the client did not ask for.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"

#include <string.h>

#include "api/member.h"
#include "api/native.h"
#include "base/jsonwalk.h"
#include "base/str.h"

/* Chunks of one answer begin alike up to and including the model: what that beginning was, and
 * what it becomes. */
enum { BEGINNING_MAX = 256, FRAME_COPY_MAX = 16 << 20 };
struct native_stream {
	char in[BEGINNING_MAX], out[BEGINNING_MAX];
	size_t in_n, out_n;
};

static bool has(cdt_str s, const char *needle)
{
	return memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

/* --- streams --- */

/* Appends a beginning, and remembers it when it can be known again. */
static void learn(struct exchange *x, struct native_stream *s, cdt_str chunk,
                  const struct member_span *m, struct buf *out)
{
	size_t at = out->n, n;

	buf_add(out, (cdt_str){ chunk.p, m->value_at });
	native_model(x, out);
	n = out->n - at;
	s->in_n = 0;
	/* Only a text ends where it ends: 12 may be the beginning of 123. */
	if (out->status == CDT_OK && n <= BEGINNING_MAX && m->value_end <= BEGINNING_MAX &&
	    chunk.p[m->value_end - 1] == '"') {
		memcpy(s->in, chunk.p, m->value_end);
		memcpy(s->out, out->p + at, n);
		s->in_n = m->value_end;
		s->out_n = n;
	}
}

/* Appends chunk's beginning with the client's name for the model; returns the rest. */
static cdt_str beginning(struct exchange *x, struct native_stream *s, cdt_str chunk,
                         struct buf *out)
{
	struct member_span m;

	if (!s->in_n || chunk.n < s->in_n || memcmp(chunk.p, s->in, s->in_n)) {
		if (!member_find(chunk, "model", &m))
			return chunk;
		learn(x, s, chunk, &m, out);
		return str_skip(chunk, m.value_end);
	}
	buf_add(out, (cdt_str){ s->out, s->out_n });
	return str_skip(chunk, s->in_n);
}

static bool has_no_choices(cdt_str chunk)
{
	struct member_span m;

	if (!member_find(chunk, "choices", &m) || chunk.p[m.value_at] != '[' ||
	    chunk.p[m.value_end - 1] != ']')
		return false;
	return !str_trim((cdt_str){ chunk.p + m.value_at + 1, m.value_end - m.value_at - 2 }).n;
}

/* Usage that the client did not ask for is the gateway's.  Returns false when nothing of the
 * chunk is left for the client. */
static bool without_usage(cdt_str *chunk, struct buf *copy)
{
	static const char tail[] = ",\"usage\":null}";
	size_t n = sizeof tail - 1;
	struct member_span m;

	if (chunk->n > n && !memcmp(chunk->p + chunk->n - n, tail, n)) {
		buf_add(copy, (cdt_str){ chunk->p, chunk->n - n });
		buf_add_c(copy, '}');
		*chunk = buf_str(copy);
		return true;
	}
	if (!member_find(*chunk, "usage", &m))
		return true;
	if (chunk->p[m.value_at] != 'n' && has_no_choices(*chunk))
		return false;
	buf_add(copy, (cdt_str){ chunk->p, m.cut_at });
	buf_add(copy, str_skip(*chunk, m.cut_end));
	*chunk = buf_str(copy);
	return true;
}

static bool is_empty(cdt_str value)
{
	return str_is(value, "null") || str_is(value, "\"\"") || str_is(value, "[]") ||
	       str_is(value, "{}");
}

/* Does it say more than who speaks? */
static bool says_something(cdt_str delta)
{
	cdt_str rest = jsonwalk_inside(delta), key, value;

	while (jsonwalk_type(delta) == CDT_MAP && jsonwalk_member(&rest, &key, &value))
		if (!str_is(key, "role") && !is_empty(value))
			return true;
	return false;
}

static bool choice_matters(cdt_str choice)
{
	static const char *const plain[] = { "finish_reason", "text" };

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		cdt_str v = jsonwalk_get(choice, plain[i]);

		if (v.p && !is_empty(v))
			return true;
	}
	return says_something(jsonwalk_get(choice, "delta"));
}

/* A chunk that only says "assistant", or nothing, may still be taken back.  Asked of the first
 * chunks only. */
static bool is_meaningful(cdt_str chunk)
{
	cdt_str choices = jsonwalk_get(chunk, "choices"), rest, choice;

	if (!choices.p || jsonwalk_type(choices) != CDT_LIST)
		return false;
	rest = jsonwalk_inside(choices);
	while (jsonwalk_element(&rest, &choice))
		if (choice_matters(choice))
			return true;
	return false;
}

/* JSON that came in several data lines has line breaks between its tokens. */
static cdt_str on_one_line(cdt_str chunk, struct buf *copy)
{
	char *at;

	if (str_find(chunk, '\n') == chunk.n)
		return chunk;
	buf_add(copy, chunk);
	for (size_t i = 0; (at = memchr(copy->p + i, '\n', copy->n - i));
	     i = (size_t)(at - copy->p))
		*at = ' ';
	return buf_str(copy);
}

cdt_status openai_native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                               bool *meaningful)
{
	struct native_stream *s = x->surface_state;
	cdt_str chunk = f->data;
	struct buf line, copy;
	cdt_status st;

	if (!s) {
		s = arena_take(&x->arena, sizeof *s);
		x->surface_state = s;
	}
	if (!s)
		return CDT_E_LIMIT;
	if (!*meaningful)
		*meaningful = is_meaningful(chunk);
	buf_init(&line, FRAME_COPY_MAX);
	buf_init(&copy, FRAME_COPY_MAX);
	chunk = on_one_line(chunk, &line);
	if (x->ask.wants_usage || !has(chunk, "\"usage\"") || without_usage(&chunk, &copy)) {
		buf_add(out, CDT_STR("data: "));
		buf_add(out, beginning(x, s, chunk, out));
		buf_add(out, CDT_STR("\n\n"));
	}
	st = line.status == CDT_OK ? copy.status : line.status;
	buf_fini(&line);
	buf_fini(&copy);
	return st;
}

cdt_status openai_native_end(struct exchange *x, struct buf *out)
{
	(void)x;
	openai_done(out);
	return CDT_OK;
}

cdt_status openai_typed_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                              const char *last)
{
	cdt_str type = jsonwalk_get(f->data, "type"), rest = f->data;

	if (type.n > 2 && str_ends((cdt_str){ type.p + 1, type.n - 2 }, last))
		x->relay.stops++;
	if (f->event.n)
		buf_print(out, "event: %.*s\n", STR_ARG(f->event));
	do {                                   /* what came in several lines goes in several */
		buf_add(out, CDT_STR("data: "));
		buf_add(out, str_cut(&rest, '\n'));
		buf_add_c(out, '\n');
	} while (rest.n);
	buf_add_c(out, '\n');
	return CDT_OK;
}
