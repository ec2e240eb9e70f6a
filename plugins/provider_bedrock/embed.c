/* provider_bedrock/embed.c - vectors: Titan and Nova take one text at a time, Cohere up to 96.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

enum { INPUTS_MAX = 2048, COHERE_INPUTS = 96 };

static void keep_inputs(struct invocation *v, struct batch *b, cdt_val list)
{
	size_t n = cdt_count(list);

	if (n == 0 || n > INPUTS_MAX) {
		bedrock_decline(v, CDT_E_INVALID, "input",
		                "'input' must hold from 1 to 2048 texts.");
		return;
	}
	b->inputs = v->call->api->keep(v->call, n * sizeof *b->inputs);
	for (size_t i = 0; b->inputs && i < n; i++) {
		if (cdt_type(cdt_at(list, i)) != CDT_TEXT) {
			bedrock_decline(v, CDT_E_UNSUPPORTED, "input",
			                "This provider takes texts, no lists of tokens.");
			return;
		}
		b->inputs[i] = words_keep(v->call, cdt_text(cdt_at(list, i)));
		if (!b->inputs[i].p)
			b->inputs = NULL;
	}
	if (!b->inputs)
		bedrock_decline(v, CDT_E_LIMIT, "input", "'input' is too large.");
	b->all = (uint32_t)n;
}

static void prepare(struct invocation *v, struct batch *b)
{
	cdt_val doc = v->req->doc;
	cdt_str type = cdt_text(cdt_get(doc, "input_type"));

	keep_inputs(v, b, cdt_get(doc, "input"));
	b->dimensions = cdt_i64(cdt_get(doc, "dimensions"), 0);
	b->type = type.n ? words_keep(v->call, type) : words_z(v->self->embed_type);
	if (b->dimensions < 0)
		bedrock_decline(v, CDT_E_INVALID, "dimensions",
		                "'dimensions' must be at least 1.");
}

/* A vector of another size than was asked for is worse than none. */
static void prepare_fixed(struct invocation *v, struct batch *b)
{
	prepare(v, b);
	if (b->dimensions)
		bedrock_decline(v, CDT_E_UNSUPPORTED, "dimensions",
		                "The vectors of this model have one size: leave 'dimensions' "
		                "out.");
}

static void write_titan_1(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	(void)v;
	cdt_open(o, '{');
	cdt_put_text(o, "inputText", b->inputs[b->next]);
	cdt_close(o);
}

static void write_titan_2(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	(void)v;
	cdt_open(o, '{');
	cdt_put_text(o, "inputText", b->inputs[b->next]);
	if (b->dimensions)
		cdt_put_i64(o, "dimensions", b->dimensions);
	cdt_put_flag(o, "normalize", 1);
	cdt_close(o);
}

static void write_titan_image(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	(void)v;
	cdt_open(o, '{');
	cdt_put_text(o, "inputText", b->inputs[b->next]);
	if (b->dimensions) {
		o->api->key(o, "embeddingConfig");
		cdt_open(o, '{');
		cdt_put_i64(o, "outputEmbeddingLength", b->dimensions);
		cdt_close(o);
	}
	cdt_close(o);
}

static void write_nova(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	(void)v;
	cdt_open(o, '{');
	cdt_put_text(o, "taskType", CDT_STR("SINGLE_EMBEDDING"));
	o->api->key(o, "singleEmbeddingParams");
	cdt_open(o, '{');
	cdt_put_text(o, "embeddingPurpose", cdt_is(b->type, "search_query")
	             ? CDT_STR("GENERIC_RETRIEVAL") : CDT_STR("GENERIC_INDEX"));
	if (b->dimensions)
		cdt_put_i64(o, "embeddingDimension", b->dimensions);
	o->api->key(o, "text");
	cdt_open(o, '{');
	cdt_put_text(o, "value", b->inputs[b->next]);
	cdt_put_text(o, "truncationMode", CDT_STR("NONE"));
	cdt_close(o);
	cdt_close(o);
	cdt_close(o);
}

static void write_cohere(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	cdt_open(o, '{');
	o->api->key(o, "texts");
	cdt_open(o, '[');
	for (uint32_t i = 0; i < b->step; i++)
		o->api->text(o, b->inputs[b->next + i]);
	cdt_close(o);
	cdt_put_text(o, "input_type", b->type);
	cdt_put_text(o, "truncate", CDT_STR("NONE"));
	if (b->dimensions)
		cdt_put_i64(o, "output_dimension", b->dimensions);
	if (words_begin(v->family, "cohere.embed-v4")) {
		o->api->key(o, "embedding_types");
		cdt_open(o, '[');
		o->api->text(o, CDT_STR("float"));
		cdt_close(o);
	}
	cdt_close(o);
}

static cdt_status show(const struct reader *r, uint32_t index, cdt_val vector)
{
	if (cdt_type(vector) != CDT_LIST || cdt_count(vector) == 0)
		return CDT_E_UPSTREAM;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .index = index,
		.kind = CDT_PART_VECTOR, .doc = vector });
}

static cdt_status read_one(const struct reader *r, struct batch *b, cdt_val doc)
{
	cdt_val vector = cdt_get(doc, "embedding");
	cdt_status st;

	if (cdt_type(vector) != CDT_LIST)
		vector = cdt_get(cdt_get(doc, "embeddingsByType"), "float");
	if (cdt_type(vector) != CDT_LIST)
		vector = cdt_get(cdt_at(cdt_get(doc, "embeddings"), 0), "embedding");
	if (cdt_type(vector) != CDT_LIST)
		return CDT_E_UPSTREAM;
	st = bedrock_start(r);
	return st != CDT_OK ? st : show(r, b->next, vector);
}

static cdt_status read_many(const struct reader *r, struct batch *b, cdt_val doc)
{
	cdt_val all = cdt_get(doc, "embeddings");
	cdt_val list = cdt_type(all) == CDT_MAP ? cdt_get(all, "float") : all;
	cdt_status st;

	if (cdt_count(list) != b->step)
		return CDT_E_UPSTREAM;
	st = bedrock_start(r);
	for (uint32_t i = 0; i < b->step && st == CDT_OK; i++)
		st = show(r, b->next + i, cdt_at(list, i));
	return st;
}

#define BY_ID "bedrock-runtime", "/invoke"
const struct maker bedrock_embed_makers[EMBED_MAKERS] = {
	{ "amazon.nova-", 1, BY_ID, prepare, write_nova, read_one },
	{ "amazon.titan-embed-image", 1, BY_ID, prepare, write_titan_image, read_one },
	{ "amazon.titan-embed-text-v2", 1, BY_ID, prepare, write_titan_2, read_one },
	{ "amazon.titan-", 1, BY_ID, prepare_fixed, write_titan_1, read_one },
	{ "cohere.embed-v4", COHERE_INPUTS, BY_ID, prepare, write_cohere, read_many },
	{ "cohere.", COHERE_INPUTS, BY_ID, prepare_fixed, write_cohere, read_many },
};
