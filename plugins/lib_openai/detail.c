/* lib_openai/detail.c - reasoning_details: thoughts with what proves that they are the model's
 * own.  The proof goes to the client as one opaque text, which think.c puts in its place again.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

static size_t put(char *to, size_t at, cdt_str s)
{
	if (to && s.n)
		memcpy(to + at, s.p, s.n);
	return at + s.n;
}

/* The detail as JSON, without its text.  to NULL: how long that is. */
static size_t compose(char *to, cdt_val detail)
{
	size_t n = put(to, 0, CDT_STR("{")), it = 0;
	cdt_str key;
	cdt_val v;

	while (detail.api->next(detail, &it, &key, &v)) {
		if (cdt_is(key, "text") || cdt_is(key, "summary") || cdt_type(v) <= CDT_NULL)
			continue;
		n = put(to, n, n > 1 ? CDT_STR(",\"") : CDT_STR("\""));
		n = put(to, n, key);
		n = put(to, n, CDT_STR("\":"));
		n = put(to, n, v.api->raw(v));
	}
	return put(to, n, CDT_STR("}"));
}

static bool plain(cdt_str key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == '"' || key.p[i] == '\\' || (unsigned char)key.p[i] < 0x20)
			return false;
	return true;
}

/* Keys come unescaped: those that would need escapes again are nobody's. */
static bool all_plain(cdt_val detail)
{
	cdt_str key;
	cdt_val v;

	for (size_t it = 0; detail.api->next(detail, &it, &key, &v);)
		if (!plain(key))
			return false;
	return true;
}

static cdt_status proof(const struct reading *r, uint32_t index, cdt_val detail)
{
	bool hidden = has_text(cdt_get(detail, "data"));
	size_t n;
	char *text;

	if ((!hidden && !has_text(cdt_get(detail, "signature"))) || !all_plain(detail))
		return CDT_OK;
	n = compose(NULL, detail);
	text = r->call->api->scratch(r->call, n);
	if (!text)
		return CDT_E_NOMEM;
	(void)compose(text, detail);                       /* as long as before */
	return openai_part_proof(r, index, hidden, (cdt_str){ text, n });
}

cdt_status openai_detail_read(const struct reading *r, uint32_t index, cdt_val list,
                              bool told_already)
{
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val detail = cdt_at(list, i);
		cdt_val text = cdt_get(detail, "text"), summary = cdt_get(detail, "summary");

		if (cdt_type(detail) != CDT_MAP)
			continue;
		if (!told_already)
			st = openai_part_piece(r, index, CDT_PART_REASONING,
			                       cdt_text(has_text(text) ? text : summary));
		if (st == CDT_OK)
			st = proof(r, index, detail);
	}
	return st;
}
