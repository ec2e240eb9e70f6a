/* provider_cohere/embed.c - texts become vectors.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

enum { BATCH_MAX = 96 };

static void write_texts(struct draft *d, cdt_val input)
{
	size_t n = cdt_count(input);

	if (n > BATCH_MAX)
		cohere_refuse(d, CDT_E_INVALID, "input",
		              "This provider embeds at most 96 texts at once.");
	d->o->api->key(d->o, "texts");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < n && d->status == CDT_OK; i++) {
		if (cdt_type(cdt_at(input, i)) == CDT_TEXT)
			d->o->api->text(d->o, cdt_text(cdt_at(input, i)));
		else
			cohere_refuse(d, CDT_E_UNSUPPORTED, "input", "This provider takes "
			              "texts, not token numbers.");
	}
	cdt_close(d->o);
}

void cohere_write_embed(struct draft *d)
{
	cdt_val input = cdt_get(d->doc, "input");
	cdt_val type = cdt_get(d->doc, "input_type");
	struct answer *a = cohere_answer(d->call);

	a->wanted = cdt_count(input);           /* build has made it */
	write_texts(d, input);
	cdt_put_text(d->o, "input_type", cdt_type(type) == CDT_TEXT
		? cdt_text(type) : words_z(d->self->input_type));
	cdt_put_val(d->o, "output_dimension", cdt_get(d->doc, "dimensions"));
	cdt_put_val(d->o, "truncate", cdt_get(d->doc, "truncate"));
	d->o->api->key(d->o, "embedding_types");
	cdt_open(d->o, '[');
	d->o->api->text(d->o, d->self->base64 ? CDT_STR("base64") : CDT_STR("float"));
	cdt_close(d->o);
}

/* "embeddings" has a list for each form that was asked for; old answers are a list. */
static cdt_val list_of(cdt_val doc)
{
	static const char *const forms[] = { "float", "base64" };
	cdt_val embeddings = cdt_get(doc, "embeddings"), list = embeddings;

	for (size_t i = 0; i < 2 && cdt_type(list) != CDT_LIST; i++)
		list = cdt_get(embeddings, forms[i]);
	return list;
}

static cdt_status emit_vector(const struct reader *r, uint32_t index, cdt_val v)
{
	struct cdt_event ev = { .type = CDT_EV_DELTA, .index = index,
		.kind = CDT_PART_VECTOR };

	if (cdt_type(v) == CDT_TEXT)
		ev.data = cdt_text(v);
	else
		ev.doc = v;
	return cdt_type(v) == CDT_LIST || ev.data.n ? cdt_emit(r->sink, ev) : CDT_E_UPSTREAM;
}

cdt_status cohere_vectors(const struct reader *r, cdt_val doc)
{
	cdt_val list = list_of(doc), billed = cdt_get(cdt_get(doc, "meta"), "billed_units");
	struct cdt_usage u = CDT_USAGE_INIT;
	cdt_status st;

	if (cdt_type(list) != CDT_LIST || cdt_count(list) != r->answer->wanted)
		return CDT_E_UPSTREAM;
	st = cohere_start(r, cdt_get(doc, "id"));
	for (size_t i = 0; i < cdt_count(list) && st == CDT_OK; i++)
		st = emit_vector(r, (uint32_t)i, cdt_at(list, i));
	u.input = cdt_count_of(cdt_get(billed, "input_tokens"));
	u.output = 0;
	if (st == CDT_OK && u.input >= 0)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
	r->answer->stop = CDT_STOP_END;
	return st != CDT_OK ? st : cohere_stop_emit(r);
}
