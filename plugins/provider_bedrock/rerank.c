/* provider_bedrock/rerank.c - rankings: Cohere's models by InvokeModel, all others by the
 * agents' runtime, which has a host of its own.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DOCUMENTS_MAX = 1000, BILLED_AS_ONE = 100, ITEM_MAX = 96 };

static void prepare(struct invocation *v, struct batch *b)
{
	cdt_val doc = v->req->doc;
	size_t n = cdt_count(cdt_get(doc, "documents"));

	if (n == 0 || n > DOCUMENTS_MAX)
		bedrock_decline(v, CDT_E_INVALID, "documents",
		                "'documents' must hold from 1 to 1000 texts.");
	if (cdt_type(cdt_get(doc, "max_tokens_per_doc")) == CDT_INT)
		bedrock_lack(v, "max_tokens_per_doc");
	b->searches = (int64_t)(n + BILLED_AS_ONE - 1) / BILLED_AS_ONE;
	b->all = 1;
}

/* More than there are is refused. */
static int64_t top_of(cdt_val doc)
{
	int64_t n = (int64_t)cdt_count(cdt_get(doc, "documents"));
	int64_t top = cdt_i64(cdt_get(doc, "top_n"), n);

	return top < 1 || top > n ? n : top;
}

static void write_cohere(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	cdt_val doc = v->req->doc;

	(void)b;
	cdt_open(o, '{');
	cdt_put_val(o, "query", cdt_get(doc, "query"));
	cdt_put_val(o, "documents", cdt_get(doc, "documents"));
	cdt_put_i64(o, "top_n", top_of(doc));
	cdt_put_i64(o, "api_version", 2);
	cdt_close(o);
}

static cdt_str arn_of(const struct invocation *v, cdt_str model)
{
	const char *partition = words_begin(v->region, "cn-") ? "arn:aws-cn:bedrock:"
	                      : words_begin(v->region, "us-gov-") ? "arn:aws-us-gov:bedrock:"
	                      : "arn:aws:bedrock:";

	if (words_begin(model, "arn:"))
		return model;
	return words_join(v->call, (cdt_str[]){ words_z(partition), v->region,
		CDT_STR("::foundation-model/"), model }, 4);
}

static void put_typed_text(struct cdt_out *o, const char *member, cdt_val text)
{
	cdt_put_text(o, "type", CDT_STR("TEXT"));
	o->api->key(o, member);
	cdt_open(o, '{');
	cdt_put_val(o, "text", text);
	cdt_close(o);
}

static void write_sources(cdt_val documents, struct cdt_out *o)
{
	o->api->key(o, "sources");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(documents); i++) {
		cdt_open(o, '{');
		cdt_put_text(o, "type", CDT_STR("INLINE"));
		o->api->key(o, "inlineDocumentSource");
		cdt_open(o, '{');
		put_typed_text(o, "textDocument", cdt_at(documents, i));
		cdt_close(o);
		cdt_close(o);
	}
	cdt_close(o);
}

static void write_agents(struct invocation *v, struct batch *b, struct cdt_out *o)
{
	cdt_val doc = v->req->doc;

	cdt_open(o, '{');
	o->api->key(o, "queries");
	cdt_open(o, '[');
	cdt_open(o, '{');
	put_typed_text(o, "textQuery", cdt_get(doc, "query"));
	cdt_close(o);
	cdt_close(o);
	write_sources(cdt_get(doc, "documents"), o);
	o->api->key(o, "rerankingConfiguration");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("BEDROCK_RERANKING_MODEL"));
	o->api->key(o, "bedrockRerankingConfiguration");
	cdt_open(o, '{');
	o->api->key(o, "modelConfiguration");
	cdt_open(o, '{');
	cdt_put_text(o, "modelArn", arn_of(v, b->asked.model));
	cdt_close(o);
	cdt_put_i64(o, "numberOfResults", top_of(doc));
	cdt_close(o);
	cdt_close(o);
	cdt_close(o);
}

struct rank { int64_t index; double score; };

static int by_score(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->score < y->score || x->score > y->score)
		return x->score < y->score ? 1 : -1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* NULL: what came is no ranking. */
static struct rank *ranks_of(const struct reader *r, cdt_val list)
{
	size_t n = cdt_count(list);
	struct rank *ranks = n && n <= DOCUMENTS_MAX
	                     ? r->call->api->scratch(r->call, n * sizeof *ranks) : NULL;

	for (size_t i = 0; ranks && i < n; i++) {
		cdt_val one = cdt_at(list, i), score = cdt_get(one, "relevance_score");

		if (cdt_type(score) == CDT_ABSENT)
			score = cdt_get(one, "relevanceScore");
		ranks[i].index = cdt_i64(cdt_get(one, "index"), -1);
		ranks[i].score = score.api->f64(score, 0);
		if (ranks[i].index < 0 || ranks[i].index >= DOCUMENTS_MAX
		    || (cdt_type(score) != CDT_REAL && cdt_type(score) != CDT_INT))
			return NULL;
	}
	if (ranks)
		qsort(ranks, n, sizeof *ranks, by_score);
	return ranks;
}

static cdt_str list_of(const struct reader *r, const struct rank *ranks, size_t n)
{
	char *out = r->call->api->scratch(r->call, n * ITEM_MAX + 2);
	size_t at = 0;

	for (size_t i = 0; out && i < n; i++)
		at += (size_t)snprintf(out + at, ITEM_MAX,
		                       "%c{\"index\":%" PRId64 ",\"relevance_score\":%.9g}",
		                       i ? ',' : '[', ranks[i].index, ranks[i].score);
	if (out)
		out[at++] = ']';
	return (cdt_str){ out, at };
}

static cdt_status read(const struct reader *r, struct batch *b, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "results");
	size_t n = cdt_count(list);
	struct rank *ranks = ranks_of(r, list);
	cdt_str json = ranks ? list_of(r, ranks, n) : CDT_STR("");
	cdt_status st;

	(void)b;
	if (json.n == 0 || r->call->api->parse(r->call, json, &list) != CDT_OK)
		return CDT_E_UPSTREAM;
	st = bedrock_start(r);
	for (size_t i = 0; i < n && st == CDT_OK; i++)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = (uint32_t)i, .kind = CDT_PART_RESULT,
			.doc = cdt_at(list, i) });
	return st;
}

const struct maker bedrock_rank_makers[RANK_MAKERS] = {
	{ "cohere.rerank", 1, "bedrock-runtime", "/invoke", prepare, write_cohere, read },
	{ "", 1, "bedrock-agent-runtime", "/rerank", prepare, write_agents, read },
};
