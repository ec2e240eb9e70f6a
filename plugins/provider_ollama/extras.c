/* provider_ollama/extras.c - vectors, and the odds of tokens in the form that chat clients
 * know.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <string.h>

cdt_status ollama_vectors(const struct reading *r, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "embeddings");
	size_t n = cdt_count(list);
	cdt_status st;

	if (cdt_type(list) != CDT_LIST || !n)
		return CDT_E_UPSTREAM;
	st = ollama_start(r, doc);
	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		if (cdt_type(cdt_at(list, i)) != CDT_LIST)
			return CDT_E_UPSTREAM;
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = (uint32_t)i, .kind = CDT_PART_VECTOR,
			.doc = cdt_at(list, i) });
	}
	r->turn->ended = true;
	if (st == CDT_OK)
		st = ollama_usage(r, doc);
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_STOP, .kind = CDT_STOP_END });
}

/* The list of the server is what stands under "content" there. */
cdt_status ollama_logprobs(const struct reading *r, cdt_val list)
{
	static const char before[] = "{\"content\":", after[] = ",\"refusal\":null}";
	size_t a = sizeof before - 1, b = sizeof after - 1;
	cdt_str raw = cdt_type(list) == CDT_LIST && cdt_count(list) ? list.api->raw(list)
	                                                             : CDT_STR("");
	char *text = raw.n ? r->call->api->scratch(r->call, a + raw.n + b) : NULL;
	cdt_val doc;

	if (!text)
		return CDT_OK;
	memcpy(text, before, a);
	memcpy(text + a, raw.p, raw.n);
	memcpy(text + a + raw.n, after, b);
	if (r->call->api->parse(r->call, (cdt_str){ text, a + raw.n + b }, &doc) != CDT_OK)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.name = CDT_STR("logprobs"), .doc = doc });
}
