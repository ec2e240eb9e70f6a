/* api/anthropic/native.c - a stream of an upstream that speaks the dialect itself: bytes go
 * through as they are, but for the model's name in message_start.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "api/member.h"
#include "api/native.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { TYPE_MAX = 64 };

/* What of it the client has seen. */
struct native_stream {
	cdt_str id;                    /* as it is written */
	bool started, open, ended;
	int64_t block;                 /* the one that is open */
};

static struct native_stream *stream_of(struct exchange *x)
{
	if (!x->surface_state)
		x->surface_state = arena_take(&x->arena, sizeof(struct native_stream));
	return x->surface_state;
}

/* Data of several lines goes in several. */
static void add_lines(struct buf *out, cdt_str text)
{
	size_t n = str_find(text, '\n');

	while (n < text.n) {
		buf_add(out, (cdt_str){ text.p, n });
		buf_add_z(out, "\ndata: ");
		text = str_skip(text, n + 1);
		n = str_find(text, '\n');
	}
	buf_add(out, text);
}

static void add_frame(const struct cdt_frame *f, cdt_str type, struct buf *out)
{
	cdt_str name = f->event.n ? f->event : type;

	if (name.n) {
		buf_add_z(out, "event: ");
		buf_add(out, name);
		buf_add_c(out, '\n');
	}
	buf_add_z(out, "data: ");
}

static void add_start(struct exchange *x, cdt_str event, struct buf *out)
{
	struct member_span message, model;
	cdt_str inner;

	if (!member_find(event, "message", &message))
		message = (struct member_span){ .value_at = event.n, .value_end = event.n };
	inner = (cdt_str){ event.p + message.value_at, message.value_end - message.value_at };
	if (!member_find(inner, "model", &model)) {
		add_lines(out, event);
		return;
	}
	add_lines(out, (cdt_str){ event.p, message.value_at + model.value_at });
	native_model(x, out);
	add_lines(out, str_skip(event, message.value_at + model.value_end));
}

/* A relay that begins again sends a second one: of the same answer it says nothing new, of
 * another it makes void what was shown.  Returns true when it goes on to the client. */
static bool takes_start(struct exchange *x, struct native_stream *s, cdt_str event,
                        cdt_status *st)
{
	cdt_str id = messages_get(messages_get(event, "message"), "id");

	if (!s->started) {
		s->started = true;
		s->id = arena_str(&x->arena, id);
		return true;
	}
	*st = str_eq(id, s->id) ? CDT_OK : CDT_E_UPSTREAM;
	return false;
}

static void note_block(struct native_stream *s, cdt_str type, cdt_str event)
{
	if (str_is(type, "content_block_start")) {
		s->open = true;
		(void)str_i64(messages_get(event, "index"), &s->block);
	} else if (str_is(type, "content_block_stop")) {
		s->open = false;
	}
}

/* The beginning of an answer, and of a text, may still be taken back. */
static bool shows_something(cdt_str type, cdt_str event)
{
	cdt_str kind;

	if (str_is(type, "message_start") || str_is(type, "ping"))
		return false;
	if (!str_is(type, "content_block_start"))
		return true;
	kind = messages_word(messages_get(event, "content_block"), "type");
	return !str_is(kind, "text") && !str_is(kind, "thinking");
}

/* In front of its beginning there may only be what says nothing, and nothing is in a block that
 * is not open. */
static bool is_out_of_order(const struct native_stream *s, cdt_str type)
{
	if (!s->started)
		return str_starts(type, "content_block_") || str_is(type, "message_delta") ||
		       str_is(type, "message_stop");
	return !s->open && (str_is(type, "content_block_delta") ||
	                    str_is(type, "content_block_stop"));
}

/* Its first member, nearly always. */
static cdt_str type_of(const struct cdt_frame *f)
{
	cdt_str type = messages_word(f->data, "type");

	return type.n && type.n < TYPE_MAX ? type : f->event;
}

cdt_status messages_native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                                 bool *meaningful)
{
	struct native_stream *s = stream_of(x);
	cdt_str type = type_of(f);
	cdt_status st = CDT_OK;
	bool start = str_is(type, "message_start");

	if (!s)
		return CDT_E_LIMIT;
	if (s->ended)
		return CDT_OK;                 /* nothing is due after message_stop */
	if (is_out_of_order(s, type))
		return CDT_E_UPSTREAM;
	s->ended = str_is(type, "message_stop");
	if (start && !takes_start(x, s, f->data, &st))
		return st;
	note_block(s, type, f->data);
	if (!*meaningful)
		*meaningful = shows_something(type, f->data);
	add_frame(f, type, out);
	if (start)
		add_start(x, f->data, out);
	else
		add_lines(out, f->data);
	buf_add_z(out, "\n\n");
	return CDT_OK;
}

cdt_status messages_native_cut(struct exchange *x, struct buf *out)
{
	struct native_stream *s = stream_of(x);

	if (!s)
		return CDT_E_LIMIT;
	if (!s->started)
		return messages_put_start(x, messages_id(x, CDT_STR("")), out);
	return s->open ? messages_put_block_stop(s->block, out) : CDT_OK;
}
