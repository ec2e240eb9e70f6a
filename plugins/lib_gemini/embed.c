/* lib_gemini/embed.c - texts to vectors.  How many texts a call may have depends on the model
 * and on where it runs: what does not fit is asked for in further calls, one after the other.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <stdlib.h>
#include <string.h>

enum { INPUTS_MAX = 2048 };

/* How one kind of model is asked. */
struct way {
	const char *verb;
	size_t batch;
	void (*write)(struct cdt_out *, struct cdt_call *, const struct embedding *, cdt_str);
	const char *list;                       /* what the texts stand in; NULL: one alone */
};
struct embedding {
	const struct way *way;
	struct gemini_place place;
	cdt_str *texts, model, task;            /* texts: NULL when all fit in one call */
	size_t count, sent, done;
	int64_t dimensions, tokens;             /* -1 = not said */
};

static void put_parts(struct cdt_out *o, cdt_str text)
{
	o->api->key(o, "content");
	cdt_open(o, '{');
	o->api->key(o, "parts");
	cdt_open(o, '[');
	cdt_open(o, '{');
	cdt_put_text(o, "text", text);
	cdt_close(o);
	cdt_close(o);
	cdt_close(o);
}

static void write_studio(struct cdt_out *o, struct cdt_call *call, const struct embedding *e,
                         cdt_str text)
{
	cdt_open(o, '{');
	cdt_put_text(o, "model", words_join(call, (cdt_str[]){
		CDT_STR("models/"), e->model }, 2));
	put_parts(o, text);
	if (e->task.n)
		cdt_put_text(o, "taskType", e->task);
	if (e->dimensions > 0)
		cdt_put_i64(o, "outputDimensionality", e->dimensions);
	cdt_close(o);
}

static void write_instance(struct cdt_out *o, struct cdt_call *call, const struct embedding *e,
                           cdt_str text)
{
	(void)call;
	cdt_open(o, '{');
	cdt_put_text(o, "content", text);
	if (e->task.n)
		cdt_put_text(o, "task_type", e->task);
	cdt_close(o);
}

/* The second generation reads its task from the text. */
static void write_alone(struct cdt_out *o, struct cdt_call *call, const struct embedding *e,
                        cdt_str text)
{
	(void)call;
	put_parts(o, text);
	if (e->dimensions > 0)
		cdt_put_i64(o, "outputDimensionality", e->dimensions);
}

static const struct way studio = { "batchEmbedContents", 100, write_studio, "requests" };
static const struct way alone = { "embedContent", 1, write_alone, NULL };
static const struct way single = { "predict", 1, write_instance, "instances" };
static const struct way many = { "predict", 250, write_instance, "instances" };

static const struct way *way_of(const struct gemini *self, cdt_str name)
{
	if (!self->home->is_vertex)
		return &studio;
	if (words_begin(name, "gemini-embedding-2"))
		return &alone;
	return words_begin(name, "gemini-") ? &single : &many;
}

static void write_call(const struct gemini *self, struct cdt_call *call,
                       struct cdt_http_out *http, struct embedding *e, const cdt_str *texts)
{
	struct cdt_out *o = http->api->body(http);
	size_t end = e->count - e->sent > e->way->batch ? e->sent + e->way->batch : e->count;

	cdt_open(o, '{');
	if (e->way->list) {
		o->api->key(o, e->way->list);
		cdt_open(o, '[');
	}
	for (; e->sent < end; e->sent++)
		e->way->write(o, call, e, texts[e->sent]);
	if (e->way->list)
		cdt_close(o);
	if (e->way->list && e->way->list[0] == 'i' && e->dimensions > 0) {
		o->api->key(o, "parameters");
		cdt_open(o, '{');
		cdt_put_i64(o, "outputDimensionality", e->dimensions);
		cdt_close(o);
	}
	cdt_close(o);
	self->home->address(self, call, http, &e->place, e->way->verb);
}

static const struct { const char *word, *task; } tasks[] = {
	{ "classification", "CLASSIFICATION" },
	{ "clustering", "CLUSTERING" },
	{ "document", "RETRIEVAL_DOCUMENT" },
	{ "passage", "RETRIEVAL_DOCUMENT" },
	{ "query", "RETRIEVAL_QUERY" },
	{ "search_document", "RETRIEVAL_DOCUMENT" },
	{ "search_query", "RETRIEVAL_QUERY" },
	{ "semantic_similarity", "SEMANTIC_SIMILARITY" },
};

static cdt_str task_of(const struct draft *d)
{
	cdt_str word = cdt_text(cdt_get(d->doc, "task_type"));

	if (word.n == 0)
		word = cdt_text(cdt_get(d->doc, "input_type"));
	for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++)
		if (cdt_is(word, tasks[i].word))
			return words_z(tasks[i].task);
	return word;
}

static cdt_str *read_texts(struct draft *d, cdt_val input)
{
	size_t n = cdt_count(input);
	cdt_str *texts;

	if (n == 0 || n > INPUTS_MAX) {
		gemini_refuse(d, CDT_E_INVALID, "input", "'input' must hold 1 to 2048 texts.");
		return NULL;
	}
	texts = d->call->api->scratch(d->call, n * sizeof *texts);
	if (!texts)
		gemini_refuse(d, CDT_E_LIMIT, "input", "'input' is too large.");
	for (size_t i = 0; texts && i < n; i++) {
		if (cdt_type(cdt_at(input, i)) != CDT_TEXT)
			gemini_refuse(d, CDT_E_UNSUPPORTED, "input",
			              "This provider takes texts, not lists of tokens.");
		texts[i] = cdt_text(cdt_at(input, i));
	}
	return d->status == CDT_OK ? texts : NULL;
}

/* What further calls need, for the request is gone by then. */
static void keep_texts(struct draft *d, struct embedding *e, const cdt_str *texts)
{
	cdt_str *kept = d->call->api->keep(d->call, e->count * sizeof *kept);
	int whole = kept != NULL;

	for (size_t i = 0; whole && i < e->count; i++) {
		kept[i] = words_keep(d->call, texts[i]);
		whole = kept[i].p != NULL;
	}
	e->place = (struct gemini_place){ words_keep(d->call, d->req->base_url),
		words_keep(d->call, d->req->secret), words_keep(d->call, d->req->model) };
	e->model = words_keep(d->call, e->model);
	e->task = words_keep(d->call, e->task);
	e->texts = kept;
	if (!whole || !e->place.base.p || !e->place.secret.p || !e->place.model.p
	    || !e->model.p)
		gemini_refuse(d, CDT_E_INVALID, "input", "'input' is too large for one "
		              "request: send its texts in several.");
}

void gemini_write_embed(struct draft *d)
{
	struct embedding *e = d->call->api->keep(d->call, sizeof *e);
	cdt_str *texts = e ? read_texts(d, cdt_get(d->doc, "input")) : NULL;

	if (!texts) {
		gemini_refuse(d, CDT_E_LIMIT, "input", "'input' is too large.");
		return;
	}
	e->model = gemini_model_name(d->req->model);
	e->way = way_of(d->self, e->model);
	e->place = gemini_place(d);
	e->count = cdt_count(cdt_get(d->doc, "input"));
	e->dimensions = cdt_i64(cdt_get(d->doc, "dimensions"), 0);
	e->tokens = -1;
	e->task = task_of(d);
	if (e->dimensions > 0 && e->dimensions < 3072
	    && words_begin(e->model, "gemini-embedding-001"))
		d->answer->flags |= ANSWER_NORMALISE;
	if (e->count > e->way->batch)
		keep_texts(d, e, texts);
	if (d->status != CDT_OK)
		return;
	d->answer->embedding = e;
	write_call(d->self, d->call, d->http, e, texts);
}

cdt_status gemini_embed_follow(const struct gemini *self, struct cdt_call *call,
                               struct cdt_http_out *http)
{
	struct embedding *e = gemini_answer(call)->embedding;

	if (!e->texts || e->sent == e->count)
		return CDT_E_MISUSE;
	write_call(self, call, http, e, e->texts);
	return http->api->status(http);
}

/* --- answers --- */

static double root(double v)
{
	double x = v > 1 ? v : 1;

	for (int i = 0; i < 60; i++)
		x = (x + v / x) / 2;
	return x;
}

/* Shortened vectors of the first generation are not of length 1: made so here, and given as
 * little-endian float32 in base64. */
static cdt_str normalised(struct cdt_call *call, cdt_val values)
{
	size_t n = cdt_count(values);
	unsigned char *bytes = call->api->scratch(call, 4 * n + 4);
	char *out = call->api->scratch(call, (4 * n + 4) / 3 * 4 + 8);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double v = values.api->f64(cdt_at(values, i), 0);

		sum += v * v;
	}
	if (!bytes || !out || !(sum > 0))
		return (cdt_str){ NULL, 0 };
	sum = root(sum);
	for (size_t i = 0; i < n; i++) {
		float f = (float)(values.api->f64(cdt_at(values, i), 0) / sum);
		uint32_t bits;

		memcpy(&bits, &f, sizeof bits);
		for (size_t k = 0; k < 4; k++)
			bytes[4 * i + k] = (unsigned char)(bits >> 8 * k);
	}
	return (cdt_str){ out, gemini_base64((cdt_str){ (char *)bytes, 4 * n }, out) };
}

static cdt_status emit_vector(const struct reader *r, struct embedding *e, cdt_val values)
{
	struct cdt_event ev = { .type = CDT_EV_DELTA, .index = (uint32_t)e->done,
		.kind = CDT_PART_VECTOR };

	if (cdt_count(values) == 0 || e->done == e->sent)
		return CDT_E_UPSTREAM;
	if (r->answer->flags & ANSWER_NORMALISE)
		ev.data = normalised(r->call, values);
	if (!ev.data.p)
		ev.doc = values;
	e->done++;
	return cdt_emit(r->sink, ev);
}

static void count_tokens(struct embedding *e, cdt_val v)
{
	int64_t n = cdt_type(v) == CDT_REAL ? (int64_t)v.api->f64(v, -1) : cdt_count_of(v);

	if (n >= 0 && n <= CDT_COUNT_MAX)
		e->tokens = (e->tokens > 0 ? e->tokens : 0) + n;
}

cdt_status gemini_vectors(const struct reader *r, cdt_val response)
{
	struct embedding *e = r->answer->embedding;
	cdt_val list = cdt_get(response, "embeddings"), made = cdt_get(response, "predictions");
	cdt_val one = cdt_get(response, "embedding");
	cdt_status st;

	if (!e)
		return CDT_E_MISUSE;
	st = r->answer->flags & ANSWER_STARTED ? CDT_OK : gemini_start(r, response);
	for (size_t i = 0; i < cdt_count(list) && st == CDT_OK; i++)
		st = emit_vector(r, e, cdt_get(cdt_at(list, i), "values"));
	for (size_t i = 0; i < cdt_count(made) && st == CDT_OK; i++) {
		cdt_val v = cdt_get(cdt_at(made, i), "embeddings");

		st = emit_vector(r, e, cdt_get(v, "values"));
		count_tokens(e, cdt_get(cdt_get(v, "statistics"), "token_count"));
	}
	if (cdt_type(one) == CDT_MAP && st == CDT_OK)
		st = emit_vector(r, e, cdt_get(one, "values"));
	count_tokens(e, cdt_get(cdt_get(response, "usageMetadata"), "promptTokenCount"));
	return st != CDT_OK || e->done == e->sent ? st : CDT_E_UPSTREAM;
}

cdt_status gemini_embed_finish(const struct reader *r)
{
	struct embedding *e = r->answer->embedding;
	cdt_status st = CDT_OK;

	if (!e || e->done != e->sent)
		return CDT_E_UPSTREAM;
	if (e->sent < e->count) {
		if (!CDT_CAN(struct cdt_call_api, r->call->api, follow))
			return CDT_E_UPSTREAM;
		r->call->api->follow(r->call, 0);
		return CDT_OK;
	}
	if (e->tokens >= 0)
		st = cdt_emit_tokens(r->sink, e->tokens, 0);
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP,
		.kind = CDT_STOP_END });
}
