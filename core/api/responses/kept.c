/* api/responses/kept.c - answers that were kept: GET and DELETE /v1/responses/{id}, its
 * input_items, its cancel.
 * SPDX-License-Identifier: MIT */
#include "api/responses/responses.h"
#include "base/clock.h"
#include "base/jsonwalk.h"
#include "base/query.h"
#include "base/str.h"
#include "store/shelf.h"

enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 100 };

static cdt_status not_found(struct exchange *x, cdt_str id)
{
	return problem_set(&x->problem, &x->arena, PROBLEM_NOT_FOUND, NULL,
	                   "Response with id '%.*s' not found.",
	                   id.n < 64 ? (int)id.n : 64, id.p);
}

static cdt_status load(struct exchange *x, cdt_str id, cdt_str *record)
{
	cdt_status st = responses_record(x, id, record);

	return st == CDT_OK || st == CDT_E_LIMIT ? st : not_found(x, id);
}

/* The id, and what is behind it. */
static cdt_str split(struct exchange *x, cdt_str *behind)
{
	cdt_str rest = x->rest, id = str_cut(&rest, '/');

	*behind = rest;
	return id;
}

static cdt_status no_such_path(struct exchange *x)
{
	return problem_set(&x->problem, &x->arena, PROBLEM_UNKNOWN_URL, NULL,
	                   "Unknown path: %.*s %.*s.", STR_ARG(x->method), STR_ARG(x->path));
}

/* --- input_items --- */

struct listing { struct json *items; cdt_str stem; int64_t limit; bool up; };

static cdt_status read_query(struct exchange *x, struct listing *l, cdt_str *after)
{
	cdt_str query = http_query(x->request), order = query_value(&x->arena, query, "order");
	cdt_str limit = query_value(&x->arena, query, "limit");

	*after = query_value(&x->arena, query, "after");
	l->limit = LIMIT_DEFAULT;
	l->up = str_is(order, "asc");
	if (order.n && !l->up && !str_is(order, "desc"))
		return responses_refuse(x, "order", "'order' must be asc or desc.");
	if (limit.n && (!str_i64(limit, &l->limit) || l->limit < 1 || l->limit > LIMIT_MAX))
		return responses_refuse(x, "limit", "'limit' must be between 1 and %d.",
		                        LIMIT_MAX);
	return CDT_OK;
}

/* Those that the client gave none get one. */
static void name_items(struct exchange *x, struct listing *l)
{
	for (size_t i = 0; i < json_count(l->items); i++) {
		struct json *item = json_at(l->items, i);

		if (json_type(item) != CDT_MAP || json_text(json_get(item, "id")).n)
			continue;
		json_set_give(item, "id", json_new_text(
			arena_print(&x->arena, "item_%.*s_%zu", STR_ARG(l->stem), i)));
	}
}

static const struct json *item_at(const struct listing *l, size_t i)
{
	size_t n = json_count(l->items);

	return json_at(l->items, l->up ? i : n - 1 - i);
}

static cdt_str item_id(const struct json *item)
{
	return json_text(json_get(item, "id"));
}

static void write_list(const struct listing *l, cdt_str after, struct buf *out)
{
	size_t n = json_count(l->items), from = 0, end;
	struct jsonw w;

	if (after.n) {
		while (from < n && !str_eq(item_id(item_at(l, from)), after))
			from++;
		from += from < n;
	}
	end = n - from < (size_t)l->limit ? n : from + (size_t)l->limit;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "object", "list");
	jsonw_key(&w, "data");
	jsonw_open(&w, '[');
	for (size_t i = from; i < end; i++)
		jsonw_val(&w, json_val(item_at(l, i)));
	jsonw_close(&w);
	jsonw_put_text(&w, "first_id", from < end ? item_id(item_at(l, from)) : CDT_STR(""));
	jsonw_put_text(&w, "last_id", from < end ? item_id(item_at(l, end - 1)) : CDT_STR(""));
	jsonw_put_flag(&w, "has_more", end < n);
	jsonw_close(&w);
}

static cdt_status list_items(struct exchange *x, cdt_str id, struct buf *out)
{
	struct listing l = { .stem = id };
	cdt_str record, after;
	cdt_status st = read_query(x, &l, &after);

	if (st == CDT_OK)
		st = load(x, id, &record);
	if (st != CDT_OK)
		return st;
	l.items = json_parse(jsonwalk_get(record, "input"));
	name_items(x, &l);
	write_list(&l, after, out);
	json_free(l.items);
	return out->status;
}

/* --- the routes --- */

static cdt_status get(struct exchange *x, struct buf *out)
{
	cdt_str behind, id = split(x, &behind), record;
	cdt_status st;

	if (str_is(behind, "input_items"))
		return list_items(x, id, out);
	if (behind.n)
		return no_such_path(x);
	if (str_is(query_value(&x->arena, http_query(x->request), "stream"), "true"))
		return problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER,
		                   "stream", "A kept response can not be streamed again; leave "
		                   "'stream' out.");
	st = load(x, id, &record);
	if (st == CDT_OK)
		buf_add(out, jsonwalk_get(record, "response"));
	return st;
}

/* It is gone when that is durable: an empty value takes its place. */
static cdt_status del(struct exchange *x, struct buf *out)
{
	cdt_str behind, id = split(x, &behind), record;
	cdt_status st = behind.n ? no_such_path(x) : load(x, id, &record);
	struct shelf_value v;
	struct jsonw w;

	if (st != CDT_OK)
		return st;
	responses_key(x, id, v.key);
	v.expires_ms = clock_wall_ms() + exchange_config(x)->responses.ttl_ms;
	buf_init(&v.bytes, 16);
	buf_add_z(&v.bytes, "{}");
	if (!keepsake_put(x, &v))
		return problem_set(&x->problem, &x->arena, PROBLEM_OVERLOADED, NULL,
		                   "The response can not be deleted now. Try again.");
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "id", id);
	jsonw_put_z(&w, "object", "response.deleted");
	jsonw_put_flag(&w, "deleted", true);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status cancel(struct exchange *x, struct buf *out)
{
	cdt_str behind, id = split(x, &behind), record;
	cdt_status st;

	(void)out;
	if (!str_is(behind, "cancel"))
		return no_such_path(x);
	st = load(x, id, &record);
	return st != CDT_OK ? st : responses_refuse(x, NULL, "Only responses that were made "
	                                            "with 'background' can be cancelled.");
}

/* Agents that would rather have a WebSocket ask here first. */
static cdt_status no_list(struct exchange *x, struct buf *out)
{
	(void)out;
	return problem_set(&x->problem, &x->arena, PROBLEM_UNKNOWN_URL, NULL,
	                   "There is no list of responses, and no WebSocket here: use POST "
	                   "/v1/responses, with 'stream' for events.");
}

const struct surface responses_list = {
	.path = "/v1/responses", .method = "GET", .dialect = &responses_dialect,
	.answer = no_list,
};
const struct surface responses_get = {
	.path = "/v1/responses/", .method = "GET", .dialect = &responses_dialect, .answer = get,
};
const struct surface responses_delete = {
	.path = "/v1/responses/", .method = "DELETE", .dialect = &responses_dialect,
	.answer = del,
};
const struct surface responses_cancel = {
	.path = "/v1/responses/", .method = "POST", .dialect = &responses_dialect,
	.answer = cancel,
};
