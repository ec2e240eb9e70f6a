/* api/openai/key.c - GET /v1/key: what the caller's own key is and may do.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"

static cdt_status answer(struct exchange *x, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	key_print_json(x->key, &w);
	return jsonw_status(&w);
}

const struct surface openai_key = {
	.path = "/v1/key", .method = "GET", .dialect = &openai_chat_dialect, .answer = answer,
};
