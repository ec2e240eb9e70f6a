/* lib_openai/calls.c - which fragment belongs to which tool call.  Upstreams leave out
 * the index, start it anywhere, or repeat one index for several calls: a new id begins a
 * call, else the index tells, else the fragment goes on with the last one.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stdio.h>

/* What one fragment says. */
struct fragment {
	int64_t wire_index;
	cdt_str id, name, text;
	bool custom;                                     /* free text instead of JSON */
};

static bool same(cdt_str a, cdt_str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	return i == a.n && i == b.n;
}

static struct toolcall *by_id(const struct choice *c, cdt_str id)
{
	for (struct toolcall *t = c->calls; t; t = t->next)
		if (same(t->id, id))
			return t;
	return NULL;
}

/* The newest wins: an index that was used again means the call that used it last. */
static struct toolcall *by_index(const struct choice *c, int64_t wire_index)
{
	struct toolcall *found = NULL;

	for (struct toolcall *t = c->calls; t && wire_index >= 0; t = t->next)
		if (t->wire_index == wire_index)
			found = t;
	return found;
}

/* NULL: the fragment begins a new call. */
static struct toolcall *owner(const struct choice *c, const struct fragment *f)
{
	struct toolcall *t;

	if (f->id.n) {
		t = by_id(c, f->id);
		/* Some change the id within a call, and then send no name. */
		return t || f->name.n ? t : by_index(c, f->wire_index);
	}
	t = by_index(c, f->wire_index);
	if (t)
		return t;
	return f->name.n ? NULL : c->last_call;
}

/* For a call without one: the same each time it is asked for, since it is kept. */
static cdt_str make_id(const struct reading *r, uint32_t index, uint32_t number)
{
	cdt_str xid = CDT_CAN(struct cdt_call_api, r->call->api, id) ? r->call->api->id(r->call)
	                                                             : CDT_STR("");
	char text[96];
	int n = snprintf(text, sizeof text, "call_%.*s_%u_%u", xid.n > 64 ? 64 : (int)xid.n,
	                 xid.n ? xid.p : "", index, number);

	return openai_turn_keep(r->call, (cdt_str){ text, n > 0 ? (size_t)n : 0 });
}

static cdt_status begin(const struct reading *r, uint32_t index, const struct fragment *f,
                        struct toolcall **out)
{
	struct choice *c = openai_turn_choice(r, index);
	struct toolcall **tail = &c->calls;
	struct toolcall *t;

	if (c->call_count == CALLS_MAX)
		return CDT_E_LIMIT;
	t = r->call->api->keep(r->call, sizeof *t);
	if (!t)
		return CDT_E_NOMEM;
	while (*tail)
		tail = &(*tail)->next;
	t->wire_index = f->wire_index;
	t->id = f->id.n ? openai_turn_keep(r->call, f->id) : make_id(r, index, c->call_count);
	*tail = t;
	c->call_count++;
	*out = t;
	return CDT_OK;
}

/* A name is taken once, never put together from pieces. */
static cdt_status open_call(const struct reading *r, uint32_t index, struct toolcall *t,
                            const struct fragment *f)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st;

	if (t->opened || (!f->name.n && !f->text.n))
		return CDT_OK;
	if (!f->name.n)
		return CDT_E_UPSTREAM;                 /* nobody can call that */
	st = openai_part_close(r, index);
	if (st != CDT_OK)
		return st;
	t->opened = true;
	t->part = c->next_part++;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .choice = index,
		.index = t->part, .kind = CDT_PART_TOOL_CALL, .id = t->id, .name = f->name,
		.data = f->custom ? CDT_STR("custom") : CDT_STR("") });
}

static cdt_status take(const struct reading *r, uint32_t index, const struct fragment *f)
{
	struct choice *c = openai_turn_choice(r, index);
	struct toolcall *t;
	cdt_status st = CDT_OK;

	if (!c)
		return CDT_E_UPSTREAM;
	if (!f->id.n && !f->name.n && !f->text.n)
		return CDT_OK;                             /* a stub says nothing */
	t = owner(c, f);
	if (!t)
		st = begin(r, index, f, &t);
	if (st != CDT_OK)
		return st;
	c->last_call = t;
	st = open_call(r, index, t, f);
	if (st != CDT_OK || !f->text.n)
		return st;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .choice = index,
		.index = t->part, .kind = CDT_PART_TOOL_CALL, .data = f->text });
}

/* Arguments are text; those who send an object meant its text. */
static cdt_str arguments(cdt_val v)
{
	return cdt_type(v) == CDT_MAP ? v.api->raw(v) : cdt_text(v);
}

cdt_status openai_calls_read(const struct reading *r, uint32_t index, cdt_val list)
{
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val item = cdt_at(list, i);
		cdt_val function = cdt_get(item, "function"), custom = cdt_get(item, "custom");
		/* Servers written in Go send both, and one of them empty. */
		bool is_custom = has_text(cdt_get(custom, "name")) ||
		                 has_text(cdt_get(custom, "input"));
		cdt_val body = is_custom ? custom : function;

		st = take(r, index, &(struct fragment){
			.wire_index = cdt_i64(cdt_get(item, "index"), NO_INDEX),
			.id = cdt_text(cdt_get(item, "id")),
			.name = cdt_text(cdt_get(body, "name")),
			.text = is_custom ? cdt_text(cdt_get(body, "input"))
			                  : arguments(cdt_get(body, "arguments")),
			.custom = is_custom });
	}
	return st;
}

cdt_status openai_calls_legacy(const struct reading *r, uint32_t index, cdt_val function_call)
{
	return take(r, index, &(struct fragment){
		.wire_index = NO_INDEX,
		.name = cdt_text(cdt_get(function_call, "name")),
		.text = arguments(cdt_get(function_call, "arguments")) });
}

cdt_status openai_calls_close(const struct reading *r, uint32_t index)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st = CDT_OK;

	for (struct toolcall *t = c ? c->calls : NULL; t && st == CDT_OK; t = t->next)
		if (t->opened)
			st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE,
				.choice = index, .index = t->part,
				.kind = CDT_PART_TOOL_CALL });
	return st;
}
