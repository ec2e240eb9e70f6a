/* api/anthropic/models.c - GET /v1/models and /v1/models/{id} for clients that say
 * which version of Anthropic's API they speak: only what the caller's key may use.
 * SPDX-License-Identifier: MIT */
#include <time.h>

#include "api/anthropic/anthropic.h"
#include "api/model.h"
#include "base/query.h"
#include "base/str.h"

enum { LIMIT_USUAL = 20, LIMIT_MOST = 1000, TIME_SIZE = 32 };

static void write_model(struct jsonw *w, cdt_str id, const struct route *r)
{
	const struct target *first = r->target_count ? r->targets[0] : NULL;
	time_t released = first ? (time_t)first->known.released_s : 0;
	char text[TIME_SIZE] = "1970-01-01T00:00:00Z";
	struct tm tm;

	if (gmtime_r(&released, &tm))
		(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", "model");
	jsonw_put_text(w, "id", id);
	jsonw_put_text(w, "display_name", id);
	jsonw_put_z(w, "created_at", text);
	if (first && first->context_window > 0)
		jsonw_put_i64(w, "max_input_tokens", first->context_window);
	if (first && first->max_output > 0)
		jsonw_put_i64(w, "max_tokens", first->max_output);
	jsonw_close(w);
}

/* What is wanted of the list. */
struct page { cdt_str after, before; int64_t limit; };

static cdt_status read_page(struct exchange *x, struct page *p)
{
	cdt_str query = http_query(x->request), limit = query_value(&x->arena, query, "limit");

	p->after = query_value(&x->arena, query, "after_id");
	p->before = query_value(&x->arena, query, "before_id");
	p->limit = LIMIT_USUAL;
	if (!limit.n || (str_i64(limit, &p->limit) && p->limit >= 1 && p->limit <= LIMIT_MOST))
		return CDT_OK;
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "limit",
	                   "'limit' must be from 1 to %d.", LIMIT_MOST);
}

/* Those that the key may use, from *at on. */
static const struct route *next_route(struct exchange *x, size_t *at)
{
	struct router *router = roster_router(exchange_roster(x));
	const struct route *r;

	while ((r = router_at(router, (*at)++)) != NULL)
		if (exchange_may_model(x, r->name, (cdt_str){ NULL, 0 }))
			return r;
	return NULL;
}

/* [*from, *to) of those; of a page that ends at before, as many as fit in front of it. */
static void find_page(struct exchange *x, const struct page *p, size_t *from, size_t *to)
{
	const struct route *r;
	size_t at = 0, n = 0;

	*from = 0;
	*to = SIZE_MAX;
	while ((r = next_route(x, &at)) != NULL) {
		if (p->after.n && str_eq(r->name, p->after))
			*from = n + 1;
		if (p->before.n && str_eq(r->name, p->before))
			*to = n;
		n++;
	}
	if (*to > n)
		*to = n;
}

static void put_id(struct jsonw *w, const char *key, const struct route *r)
{
	if (r)
		jsonw_put_text(w, key, r->name);
	else
		jsonw_put_null(w, key);
}

static cdt_status list(struct exchange *x, struct buf *out)
{
	const struct route *r, *first = NULL, *last = NULL;
	size_t from, to, at = 0, most;
	struct page p;
	struct jsonw w;
	bool more;

	if (read_page(x, &p) != CDT_OK)
		return CDT_E_INVALID;
	most = (size_t)p.limit;
	find_page(x, &p, &from, &to);
	more = to > from && to - from > most;
	if (more && p.before.n)
		from = to - most;
	else if (more)
		to = from + most;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_key(&w, "data");
	jsonw_open(&w, '[');
	for (size_t i = 0; i < to && (r = next_route(x, &at)) != NULL; i++) {
		if (i < from)
			continue;
		write_model(&w, r->name, r);
		first = first ? first : r;
		last = r;
	}
	jsonw_close(&w);
	jsonw_put_flag(&w, "has_more", more);
	put_id(&w, "first_id", first);
	put_id(&w, "last_id", last);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status one(struct exchange *x, struct buf *out)
{
	return model_by_path(x, out, write_model);
}

const struct surface messages_models = {
	.path = "/v1/models", .method = "GET", .dialect = &messages_dialect, .answer = list,
};
const struct surface messages_model = {
	.path = "/v1/models/", .method = "GET", .dialect = &messages_dialect, .answer = one,
};
