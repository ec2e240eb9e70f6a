/* api/openai/models.c - GET /v1/models and /v1/models/{id}: only what the caller's key may use.
 * SPDX-License-Identifier: MIT */
#include "api/model.h"
#include "api/openai/openai.h"
#include "base/clock.h"
#include "base/query.h"
#include "base/str.h"

static void write_abilities(struct jsonw *w, const struct route *r)
{
	const char *word;

	jsonw_key(w, "capabilities");
	jsonw_open(w, '[');
	for (size_t i = 0; (word = route_ability(r, i)); i++)
		jsonw_z(w, word);
	jsonw_close(w);
}

static void write_model(struct jsonw *w, cdt_str id, const struct route *r)
{
	const struct target *first = r->target_count ? r->targets[0] : NULL;

	jsonw_open(w, '{');
	jsonw_put_text(w, "id", id);
	jsonw_put_z(w, "object", "model");
	jsonw_put_i64(w, "created", first ? first->known.released_s : 0);
	jsonw_put_text(w, "owned_by", first ? first->provider : CDT_STR("conduit"));
	if (first) {
		jsonw_put_text(w, "provider", first->provider);
		jsonw_put_text(w, "provider_model", first->model);
	}
	write_abilities(w, r);
	if (first && first->context_window > 0)
		jsonw_put_i64(w, "context_length", first->context_window);
	if (first && first->max_output > 0)
		jsonw_put_i64(w, "max_output_tokens", first->max_output);
	if (first && first->known.dims > 0)
		jsonw_put_i64(w, "dimensions", first->known.dims);
	if (first && first->known.ends.n)
		jsonw_put_text(w, "shutdown_date", first->known.ends);
	jsonw_put_z(w, "status", route_status(r, clock_ms()));
	jsonw_close(w);
}

static cdt_status list(struct exchange *x, struct buf *out)
{
	struct router *router = roster_router(exchange_roster(x));
	cdt_str query = http_query(x->request);
	cdt_str capability = query_value(&x->arena, query, "capability");
	cdt_str provider = query_value(&x->arena, query, "provider");
	const struct route *r;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "object", "list");
	jsonw_key(&w, "data");
	jsonw_open(&w, '[');
	for (size_t i = 0; (r = router_at(router, i)); i++)
		if (exchange_may_model(x, r->name, (cdt_str){ NULL, 0 }) &&
		    (!capability.n || route_is_able(r, capability)) &&
		    (!provider.n || route_has_provider(r, provider)))
			write_model(&w, r->name, r);
	jsonw_close(&w);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status one(struct exchange *x, struct buf *out)
{
	return model_by_path(x, out, write_model);
}

const struct surface openai_models = {
	.path = "/v1/models", .method = "GET", .dialect = &openai_chat_dialect, .answer = list,
};
const struct surface openai_model = {
	.path = "/v1/models/", .method = "GET", .dialect = &openai_chat_dialect, .answer = one,
};
