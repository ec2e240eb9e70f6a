/* api/openai/key.c - GET /v1/key: what the caller's own key is and may do, and what is left of
 * its limits.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"
#include "flow/budget.h"

/* One map a question, so that a client can read what it knows by name. */
static void put_numbers(struct jsonw *w, const char *name, const struct limit_view *view,
                        bool left)
{
	jsonw_key(w, name);
	jsonw_open(w, '{');
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (view->of[i].max)
			jsonw_put_i64(w, limit_rows[i].name,
			              left ? view->of[i].left : view->of[i].max);
	jsonw_close(w);
}

static void put_resets(struct jsonw *w, const struct limit_view *view)
{
	char text[LIMIT_TEXT_SIZE];

	jsonw_key(w, "resets");
	jsonw_open(w, '{');
	for (int i = 0; i < LIMIT_COUNT; i++)
		if (view->of[i].max && limit_rows[i].period_ms)
			jsonw_put_z(w, limit_rows[i].name,
			            limit_text(view->of[i].reset_ms, text));
	jsonw_close(w);
}

static cdt_status answer(struct exchange *x, struct buf *out)
{
	const struct limit_view *view = limit_seen(x);
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	key_print_members(x->key, &w);
	budget_print(flow_parts(x->flow)->ledger, x->key, &w);
	put_numbers(&w, "limits", view, false);
	put_numbers(&w, "remaining", view, true);
	put_resets(&w, view);
	jsonw_close(&w);
	return jsonw_status(&w);
}

const struct surface openai_key = {
	.path = "/v1/key", .method = "GET", .dialect = &openai_chat_dialect, .answer = answer,
};
