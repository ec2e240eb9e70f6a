/* api/responses/turn.c - output items and the response object as JSON.
 * SPDX-License-Identifier: MIT */
#include "api/responses/turn.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

enum { WORDS_FIRST = 256 };

cdt_status words_add(struct arena *a, struct words *w, cdt_str more)
{
	if (!more.n)
		return CDT_OK;
	if (w->n + more.n > ANSWER_BYTES_MAX)
		return CDT_E_LIMIT;
	if (w->n + more.n > w->room) {
		size_t room = 2 * (w->n + more.n) + WORDS_FIRST;
		char *grown = arena_take(a, room);

		if (!grown)
			return CDT_E_LIMIT;
		if (w->n)
			memcpy(grown, w->p, w->n);
		w->p = grown;
		w->room = room;
	}
	memcpy(w->p + w->n, more.p, more.n);
	w->n += more.n;
	return CDT_OK;
}

cdt_status words_add_value(struct arena *a, struct words *w, cdt_str value)
{
	cdt_status st = w->n ? words_add(a, w, CDT_STR(",")) : CDT_OK;

	return st == CDT_OK ? words_add(a, w, value) : st;
}

cdt_str words_str(const struct words *w)
{
	return w->n ? str_from(w->p, w->n) : CDT_STR("");
}

struct turn *turn_of(struct exchange *x)
{
	struct turn *t = x->surface_state;

	if (t)
		return t;
	t = arena_take(&x->arena, sizeof *t);
	if (!t)
		return NULL;
	t->x = x;
	t->last = &t->items;
	x->surface_state = t;
	return t;
}

/* --- items --- */

void turn_write_logprobs(struct jsonw *w, const struct turn_part *p)
{
	jsonw_key(w, "logprobs");
	jsonw_open(w, '[');
	if (p && p->logprobs.n)
		jsonw_raw(w, words_str(&p->logprobs));
	jsonw_close(w);
}

void turn_write_part(struct jsonw *w, const struct turn_part *p, bool empty)
{
	cdt_str text = empty ? CDT_STR("") : words_str(&p->text);

	jsonw_open(w, '{');
	if (p->kind == CDT_PART_REFUSAL) {
		jsonw_put_z(w, "type", "refusal");
		jsonw_put_text(w, "refusal", text);
		jsonw_close(w);
		return;
	}
	jsonw_put_z(w, "type", "output_text");
	jsonw_put_text(w, "text", text);
	jsonw_key(w, "annotations");
	jsonw_open(w, '[');
	if (!empty && p->annotations.n)
		jsonw_raw(w, words_str(&p->annotations));
	jsonw_close(w);
	turn_write_logprobs(w, empty ? NULL : p);
	jsonw_close(w);
}

static const char *status_of(const struct turn_item *item)
{
	return item->open ? "in_progress" : item->cut ? "incomplete" : "completed";
}

static void write_message(struct jsonw *w, const struct turn_item *item)
{
	jsonw_put_z(w, "type", "message");
	jsonw_put_z(w, "status", status_of(item));
	jsonw_put_z(w, "role", "assistant");
	jsonw_key(w, "content");
	jsonw_open(w, '[');
	for (const struct turn_part *p = item->parts; p; p = p->next)
		turn_write_part(w, p, false);
	jsonw_close(w);
}

static void write_call(struct jsonw *w, const struct turn_item *item)
{
	jsonw_put_z(w, "type", item->custom ? "custom_tool_call" : "function_call");
	jsonw_put_z(w, "status", status_of(item));
	if (item->custom)
		jsonw_put_text(w, "input", words_str(&item->input));
	else
		jsonw_put_text(w, "arguments", words_str(&item->text));
	jsonw_put_text(w, "call_id", item->call_id);
	jsonw_put_text(w, "name", item->name);
	if (item->space.n)
		jsonw_put_text(w, "namespace", item->space);
}

static void write_reasoning(struct jsonw *w, const struct turn_item *item)
{
	jsonw_put_z(w, "type", "reasoning");
	jsonw_key(w, "summary");
	jsonw_open(w, '[');
	if (item->summed) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "type", "summary_text");
		jsonw_put_text(w, "text", words_str(&item->text));
		jsonw_close(w);
	}
	jsonw_close(w);
	if (item->opaque.n)
		jsonw_put_text(w, "encrypted_content", words_str(&item->opaque));
}

static void write_picture(struct jsonw *w, const struct turn_item *item)
{
	jsonw_put_z(w, "type", "image_generation_call");
	jsonw_put_z(w, "status", status_of(item));
	if (item->open)
		jsonw_put_null(w, "result");
	else
		jsonw_put_text(w, "result", words_str(&item->text));
}

void turn_write_item(struct jsonw *w, const struct turn_item *item)
{
	jsonw_open(w, '{');
	jsonw_put_text(w, "id", item->id);
	switch (item->kind) {
	case CDT_PART_TOOL_CALL:
		write_call(w, item);
		break;
	case CDT_PART_REASONING:
		write_reasoning(w, item);
		break;
	case CDT_PART_IMAGE:
		write_picture(w, item);
		break;
	default:
		write_message(w, item);
	}
	jsonw_close(w);
}

/* --- the response --- */

static int64_t known(int64_t v)
{
	return v < 0 ? 0 : v;
}

static void write_usage(struct jsonw *w, const struct cdt_usage *u)
{
	jsonw_key(w, "usage");
	if (u->input < 0 && u->output < 0) {
		jsonw_null(w);                         /* unknown is not zero */
		return;
	}
	jsonw_open(w, '{');
	jsonw_put_i64(w, "input_tokens", known(u->input));
	jsonw_key(w, "input_tokens_details");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "cached_tokens", known(u->cache_read));
	if (u->cache_write >= 0)
		jsonw_put_i64(w, "cache_write_tokens", u->cache_write);
	jsonw_close(w);
	jsonw_put_i64(w, "output_tokens", known(u->output));
	jsonw_key(w, "output_tokens_details");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "reasoning_tokens", known(u->reasoning));
	jsonw_close(w);
	jsonw_put_i64(w, "total_tokens", known(u->input) + known(u->output));
	jsonw_close(w);
}

static const char *incomplete(const struct turn *t)
{
	switch (t->stop) {
	case CDT_STOP_LENGTH:
		return "max_output_tokens";
	case CDT_STOP_FILTER:
	case CDT_STOP_REFUSAL:
		return "content_filter";
	default:
		return NULL;
	}
}

static const char *failure_code(const struct problem *p)
{
	return p->cause == PROBLEM_UPSTREAM_RATE || p->cause == PROBLEM_RATE_LIMIT
		? "rate_limit_exceeded" : "server_error";
}

static void write_state(struct jsonw *w, const struct turn *t, enum turn_phase phase)
{
	const char *why = phase == TURN_ENDS ? incomplete(t) : NULL;

	jsonw_put_z(w, "status", phase == TURN_BEGINS ? "in_progress" :
	            phase == TURN_FAILS ? "failed" : why ? "incomplete" : "completed");
	jsonw_put_flag(w, "background", false);
	if (phase == TURN_ENDS && !why)
		jsonw_put_i64(w, "completed_at", clock_wall_ms() / 1000);
	else
		jsonw_put_null(w, "completed_at");
	jsonw_key(w, "error");
	if (phase == TURN_FAILS) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "code", failure_code(&t->x->problem));
		jsonw_put_text(w, "message", t->x->problem.error.message);
		jsonw_close(w);
	} else {
		jsonw_null(w);
	}
	jsonw_key(w, "incomplete_details");
	if (why) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "reason", why);
		jsonw_close(w);
	} else {
		jsonw_null(w);
	}
}

static void write_echoes(struct jsonw *w, const struct responses_ask *ask)
{
	for (size_t i = 0; i < RESPONSES_ECHOES; i++) {
		const struct responses_echo *e = &responses_echoes[i];

		bool said = ask->echo[i].p && !str_is(ask->echo[i], "null");

		jsonw_put_raw(w, e->name, said ? ask->echo[i] : str_z(e->dflt));
	}
	if (ask->previous.n)
		jsonw_put_text(w, "previous_response_id", ask->previous);
	else
		jsonw_put_null(w, "previous_response_id");
	jsonw_put_flag(w, "store", ask->stores);
}

void turn_write(struct jsonw *w, const struct turn *t, enum turn_phase phase)
{
	const struct responses_ask *ask = responses_ask_of(t->x);
	static const struct cdt_usage unknown = CDT_USAGE_INIT;

	jsonw_open(w, '{');
	jsonw_put_text(w, "id", t->id.n ? t->id : ask->id);
	jsonw_put_z(w, "object", "response");
	jsonw_put_i64(w, "created_at", t->x->wall_ms / 1000);
	write_state(w, t, phase);
	jsonw_put_text(w, "model", t->x->ask.model);
	jsonw_key(w, "output");
	jsonw_open(w, '[');
	for (const struct turn_item *item = t->items; item; item = item->next)
		turn_write_item(w, item);
	jsonw_close(w);
	write_echoes(w, ask);
	write_usage(w, phase == TURN_ENDS ? &t->x->usage : &unknown);
	jsonw_close(w);
}
