/* provider_huggingface/vectors.c - embeddings: a bare list of vectors, or of the vectors of
 * each text's tokens when the model does not sum them up itself.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

static const char *const own[] = { "normalize", "truncate", "truncation_direction",
                                   "prompt_name", NULL };

cdt_status hf_body_embed(const struct asking *a)
{
	cdt_val doc = a->req->doc, input = cdt_get(doc, "input");
	cdt_val dimensions = cdt_get(doc, "dimensions");
	bool tei = hf_of(a->me)->api == API_TEI;
	cdt_status st = CDT_OK;

	if (!tei && cdt_type(cdt_at(input, 0)) != CDT_TEXT)
		return openai_member_refuse(a, "input", "This server embeds texts, not lists "
		                            "of token ids.");
	if (!tei && cdt_type(dimensions) > CDT_NULL)
		st = openai_member_leave(a, CDT_STR("dimensions"));
	cdt_open(a->out, '{');
	cdt_put_val(a->out, "inputs", input);
	if (tei)
		cdt_put_val(a->out, "dimensions", dimensions);
	for (const char *const *name = own; *name; name++)
		cdt_put_val(a->out, *name, cdt_get(doc, *name));
	cdt_close(a->out);
	return st;
}

static cdt_status emit(const struct reading *r, size_t index, cdt_val vector, cdt_str pooled)
{
	struct cdt_event ev = { .type = CDT_EV_DELTA, .index = (uint32_t)index,
		.kind = CDT_PART_VECTOR, .data = pooled };

	if (!pooled.n)
		ev.doc = vector;
	return cdt_emit(r->sink, ev);
}

static bool is_number(cdt_val v)
{
	return cdt_type(v) == CDT_REAL || cdt_type(v) == CDT_INT;
}

/* One text: a vector; a list of its tokens' vectors; or that in one more list. */
static cdt_status one(const struct reading *r, size_t index, cdt_val v)
{
	cdt_str pooled;

	if (is_number(cdt_at(v, 0)))
		return emit(r, index, v, CDT_STR(""));
	if (cdt_count(v) == 1 && cdt_type(cdt_at(cdt_at(v, 0), 0)) == CDT_LIST)
		v = cdt_at(v, 0);
	pooled = hf_pooled(r->call, v);
	return pooled.n ? emit(r, index, v, pooled) : CDT_E_UPSTREAM;
}

cdt_status hf_vectors(const struct reading *r, cdt_val doc)
{
	const struct hf_turn *t = (const struct hf_turn *)(const void *)r->turn;
	bool lone = is_number(cdt_at(doc, 0));           /* of one text, without its list */
	size_t n = lone ? 1 : cdt_count(doc);
	cdt_status st;

	if (cdt_type(doc) != CDT_LIST || !n || (t->inputs && n != t->inputs))
		return CDT_E_UPSTREAM;
	r->turn->started = true;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START });
	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = one(r, i, lone ? doc : cdt_at(doc, i));
	if (st == CDT_OK)
		st = hf_usage(r, t->prompt_tokens, t->prompt_tokens >= 0 ? 0 : -1);
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}
