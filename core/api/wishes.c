/* api/wishes.c - the request's member "routing": what its sender wishes of the gateway.
 * SPDX-License-Identifier: MIT */
#include "api/body.h"

#include "base/jsonwalk.h"
#include "base/str.h"
#include "config/config.h"
#include "ledger/money.h"

static cdt_status read_names(struct exchange *x, const char *name, const struct json *list,
                             cdt_str *out, size_t *count)
{
	bool fine = json_type(list) == CDT_LIST;

	for (size_t i = 0; fine && i < json_count(list); i++) {
		fine = json_type(json_at(list, i)) == CDT_TEXT && *count < ASK_NAMES_MAX;
		if (fine)
			out[(*count)++] = arena_str(&x->arena, json_text(json_at(list, i)));
	}
	return fine ? CDT_OK
	            : problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, name,
	                          "'%s' must be an array of at most %d provider names.", name,
	                          ASK_NAMES_MAX);
}

static cdt_status read_override(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	r->only[0] = arena_str(&x->arena, json_text(v));
	r->only_count = 1;
	r->is_override = true;
	return CDT_OK;
}

/* USD for the whole request, as it was written: 0.01 or "0.01". */
static cdt_status read_max_price(struct exchange *x, struct ask_routing *r,
                                 const struct json *v)
{
	cdt_str usd = jsonwalk_get(ask_member(&x->ask, "routing")->value, "max_price");

	(void)v;                               /* a number may not be one of binary */
	if (usd.n >= 2 && *usd.p == '"')
		usd = str_from(usd.p + 1, usd.n - 2);
	r->has_max_price = true;
	if (money_parse(usd, &r->max_price))
		return CDT_OK;
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "routing.max_price",
	                   "'routing.max_price' must be what the request may cost in USD, like "
	                   "\"0.01\".");
}

static cdt_status read_sticky(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	if (json_type(v) == CDT_TEXT)
		r->sticky = arena_str(&x->arena, json_text(v));
	else
		r->not_sticky = !json_flag(v, 1);
	return CDT_OK;
}

static cdt_status read_params(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	cdt_str word = json_text(v);

	r->has_strict = true;
	r->strict = str_is(word, "strict");
	if (r->strict || str_is(word, "warn") || str_is(word, "drop"))
		return CDT_OK;
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "routing.params",
	                   "'routing.params' must be \"strict\", \"warn\" or \"drop\".");
}

static cdt_status read_order(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	return read_names(x, "routing.order", v, r->order, &r->order_count);
}

static cdt_status read_only(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	return read_names(x, "routing.only", v, r->only, &r->only_count);
}

static cdt_status read_ignore(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	return read_names(x, "routing.ignore", v, r->ignore, &r->ignore_count);
}

static cdt_status read_strategy(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	r->strategy = arena_str(&x->arena, json_text(v));
	return CDT_OK;
}

static cdt_status read_fallback(struct exchange *x, struct ask_routing *r, const struct json *v)
{
	(void)x;
	r->no_fallback = !json_flag(v, 1);
	return CDT_OK;
}

/* What may stand in "routing". */
static const struct wish_reader {
	const char *name;
	uint32_t types;                        /* 0: its reader looks */
	cdt_status (*read)(struct exchange *, struct ask_routing *, const struct json *);
} wish_table[] = {
	{ "strategy", BODY_TEXT, read_strategy },
	{ "order", 0, read_order },
	{ "only", 0, read_only },
	{ "ignore", 0, read_ignore },
	{ "max_price", 0, read_max_price },
	{ "sticky", BODY_TEXT | BODY_FLAG, read_sticky },
	{ "params", BODY_TEXT, read_params },
	{ "provider_override", BODY_TEXT, read_override },
	{ "fallback_enabled", BODY_FLAG, read_fallback },
};
enum { WISH_COUNT = sizeof wish_table / sizeof *wish_table };

static cdt_status no_such_wish(struct exchange *x, cdt_str key)
{
	const char *names[WISH_COUNT + 1] = { NULL }, *near;

	for (size_t i = 0; i < WISH_COUNT; i++)
		names[i] = wish_table[i].name;
	near = config_nearest(key, names);
	return problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER, "routing",
	                   "'routing.%.*s' is not supported%s%s%s.", STR_ARG(key),
	                   near ? "; did you mean '" : "; use strategy, order, only, ignore, "
	                   "max_price, sticky, params, provider_override or fallback_enabled",
	                   near ? near : "", near ? "'" : "");
}

/* One place for one wish: provider_override is a short only. */
static bool is_said_twice(const struct ask_routing *r, const struct wish_reader *w)
{
	return (w->read == read_only && r->is_override) ||
	       (w->read == read_override && r->only_count);
}

static cdt_status read_wish(struct exchange *x, struct ask_routing *r, cdt_str key,
                            const struct json *v)
{
	const struct wish_reader *w = wish_table;
	uint32_t type = BODY_T(json_type(v));

	while (w < wish_table + WISH_COUNT && !str_is(key, w->name))
		w++;
	if (w == wish_table + WISH_COUNT)
		return no_such_wish(x, key);
	if ((!w->types || w->types & type) && !is_said_twice(r, w) &&
	    !(w->read == read_strategy && !json_text(v).n))
		return w->read(x, r, v);
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "routing",
	                   "'routing.%s' has a value of the wrong type, or only and "
	                   "provider_override are both given.", w->name);
}

cdt_status body_wishes(struct exchange *x)
{
	const struct json_member *m = ask_member(&x->ask, "routing");
	struct ask_routing *wishes;
	struct json *tree, *v;
	cdt_status st = CDT_OK;
	size_t it = 0;
	cdt_str key;

	if (!m || m->type == CDT_NULL)
		return CDT_OK;
	if (m->type != CDT_MAP)
		return body_wrong_type(x, "routing", BODY_MAP, m->type);
	wishes = arena_take(&x->arena, sizeof *wishes);
	if (!wishes)
		return CDT_E_LIMIT;
	x->ask.routing = wishes;
	tree = json_parse(m->value);
	while (st == CDT_OK && json_next(tree, &it, &key, &v))
		st = read_wish(x, wishes, key, v);
	json_free(tree);
	return st;
}
