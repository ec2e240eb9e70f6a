/* api/responses/native.c - answers of an upstream that speaks the dialect itself: bytes go
 * through as they are, but for the model's name.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/member.h"
#include "api/native.h"
#include "api/responses/turn.h"
#include "base/jsonwalk.h"
#include "base/str.h"

cdt_status responses_native_whole(struct exchange *x, cdt_str body, struct buf *out)
{
	return native_whole(x, body, out);
}

/* Where the name of the model is, in an event that holds the whole response. */
static bool find_model(cdt_str event, struct member_span *response, struct member_span *model)
{
	cdt_str inside;

	if (!member_find(event, "response", response))
		return false;
	inside = str_from(event.p + response->value_at,
	                  response->value_end - response->value_at);
	if (!member_find(inside, "model", model))
		return false;
	model->value_at += response->value_at;
	model->value_end += response->value_at;
	return true;
}

static cdt_str word(cdt_str value)
{
	bool text = value.n > 2 && *value.p == '"';

	return text ? str_from(value.p + 1, value.n - 2) : CDT_STR("");
}

static void put_event(struct buf *out, cdt_str event)
{
	size_t from;

	buf_add(out, CDT_STR("data: "));
	from = out->n;
	buf_add(out, event);
	if (out->status == CDT_OK && memchr(event.p, '\n', event.n))
		native_join_lines(out, from);
	buf_add(out, CDT_STR("\n\n"));
}

/* The client's name for the model; what the response is, is kept for later. */
static void put_response(struct exchange *x, struct turn *t, cdt_str event, bool last,
                         struct buf *out)
{
	struct member_span r, m;
	struct buf patched;
	cdt_str all = event;

	buf_init(&patched, ANSWER_BYTES_MAX);
	if (find_model(event, &r, &m)) {
		buf_add(&patched, str_from(event.p, m.value_at));
		buf_add_c(&patched, '"');
		json_escape(&patched, x->ask.model);
		buf_add_c(&patched, '"');
		buf_add(&patched, str_skip(event, m.value_end));
		if (patched.status == CDT_OK)
			all = buf_str(&patched);
	}
	if (!t->id.n)
		t->id = arena_str(&x->arena, word(jsonwalk_get(jsonwalk_get(all, "response"),
		                                               "id")));
	if (last && responses_ask_of(x) && responses_ask_of(x)->stores)
		t->final = arena_str(&x->arena, jsonwalk_get(all, "response"));
	put_event(out, all);
	buf_fini(&patched);
}

static const struct { const char *type; bool response, last, meaningful; } kinds[] = {
	{ "response.created", true, false, false },
	{ "response.queued", true, false, false },
	{ "response.in_progress", true, false, false },
	{ "response.output_item.added", false, false, false },
	{ "response.content_part.added", false, false, false },
	{ "response.reasoning_summary_part.added", false, false, false },
	{ "response.completed", true, true, true },
	{ "response.incomplete", true, true, true },
	{ "response.failed", true, true, false },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static cdt_str type_of(const struct cdt_frame *f)
{
	cdt_str type = word(jsonwalk_get(f->data, "type"));

	return type.n ? type : f->event;
}

/* A response is created first, and once; hosts have events of their own for anything else. */
static bool is_out_of_order(const struct turn *t, cdt_str type, size_t kind)
{
	if (t->begun)
		return kind == 0;
	return str_starts(type, "response.") && (kind == KINDS || !kinds[kind].response);
}

cdt_status responses_native_frame(struct exchange *x, const struct cdt_frame *f,
                                  struct buf *out, bool *meaningful)
{
	struct turn *t = turn_of(x);
	cdt_str type = type_of(f);
	size_t i = 0;

	if (!t)
		return CDT_E_LIMIT;
	if (t->ended)
		return CDT_OK;                         /* nothing is due after the last one */
	while (i < KINDS && !str_is(type, kinds[i].type))
		i++;
	if (is_out_of_order(t, type, i))
		return CDT_E_UPSTREAM;
	t->sequence++;                         /* they count from 0 without gaps */
	*meaningful |= i == KINDS || kinds[i].meaningful;
	t->begun |= i < KINDS && kinds[i].response;
	t->ended = i < KINDS && kinds[i].last;
	x->relay.stops += t->ended;
	if (f->event.n)
		buf_print(out, "event: %.*s\n", STR_ARG(f->event));
	if (i < KINDS && kinds[i].response)
		put_response(x, t, f->data, kinds[i].last, out);
	else
		put_event(out, f->data);
	return out->status;
}
