/* provider_vertex/rank.c - documents by how well they answer a query: the ranking of Discovery
 * Engine, which lives beside Vertex AI and takes the same tokens.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

#include <inttypes.h>
#include <stdio.h>

enum { RECORDS_MAX = 200, NUMBER_MAX = 24 };

static cdt_status refuse(struct cdt_call *call, cdt_status st, const char *param,
                         const char *why)
{
	if (CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, param, words_z(why));
	return st;
}

static void write_records(struct cdt_out *o, cdt_val documents)
{
	char id[NUMBER_MAX];

	o->api->key(o, "records");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(documents); i++) {
		(void)snprintf(id, sizeof id, "%zu", i);
		cdt_open(o, '{');
		cdt_put_text(o, "id", words_z(id));
		cdt_put_text(o, "content", cdt_text(cdt_at(documents, i)));
		cdt_close(o);
	}
	cdt_close(o);
}

static void write_body(struct cdt_out *o, const struct cdt_request *req)
{
	cdt_val top = cdt_get(req->doc, "top_n");

	cdt_open(o, '{');
	cdt_put_text(o, "model", req->model);
	cdt_put_text(o, "query", cdt_text(cdt_get(req->doc, "query")));
	write_records(o, cdt_get(req->doc, "documents"));
	if (cdt_i64(top, 0) > 0)
		cdt_put_val(o, "topN", top);
	cdt_put_flag(o, "ignoreRecordDetailsInResponse", 1);
	cdt_close(o);
}

cdt_status vertex_rank_build(const struct vertex *v, struct cdt_call *call,
                             const struct cdt_request *req, struct cdt_http_out *http)
{
	size_t n = cdt_count(cdt_get(req->doc, "documents"));
	cdt_str base = gemini_trimmed(req->base_url);
	cdt_status st = CDT_OK;

	if (v->auth == AUTH_KEY)
		return refuse(call, CDT_E_UNSUPPORTED, "", "Express mode can not rank.");
	if (n > RECORDS_MAX)
		return refuse(call, CDT_E_INVALID, "documents",
		              "'documents' must not hold more than 200 texts.");
	if (cdt_type(cdt_get(req->doc, "max_tokens_per_doc")) != CDT_ABSENT
	    && CDT_CAN(struct cdt_call_api, call->api, unsupported))
		st = call->api->unsupported(call, "max_tokens_per_doc");
	if (st != CDT_OK)
		return st;
	write_body(http->api->body(http), req);
	http->api->method(http, "POST");
	http->api->url(http, base.n ? base : CDT_STR("https://discoveryengine.googleapis.com"),
	               words_join(call, (cdt_str[]){
		CDT_STR("/v1/projects/"), words_z(v->project), CDT_STR("/locations/global/"),
		CDT_STR("rankingConfigs/default_ranking_config:rank") }, 4));
	http->api->secret_header(http, "authorization", CDT_STR("Bearer "), req->secret);
	http->api->header(http, "content-type", CDT_STR("application/json"));
	return http->api->status(http);
}

/* An id is the number that the document had; -1: it is none of ours. */
static int64_t number_of(cdt_str id)
{
	int64_t n = 0;

	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] < '0' || id.p[i] > '9' || n > RECORDS_MAX)
			return -1;
		n = n * 10 + id.p[i] - '0';
	}
	return id.n && n < RECORDS_MAX ? n : -1;
}

static cdt_status emit_record(struct cdt_sink *sink, uint32_t at, cdt_val result)
{
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_DELTA, .index = at,
		.kind = CDT_PART_RESULT, .doc = result });
}

/* All of them as one list: a host parses few documents in a callback. */
static cdt_status make_list(struct cdt_call *call, cdt_val records, cdt_val *out)
{
	size_t n = cdt_count(records), used = 0;
	cdt_str *piece = call->api->scratch(call, (5 * n + 2) * sizeof *piece), json;

	if (!piece)
		return CDT_E_LIMIT;
	piece[used++] = CDT_STR("[");
	for (size_t i = 0; i < n; i++) {
		cdt_val score = cdt_get(cdt_at(records, i), "score");
		int64_t id = number_of(cdt_text(cdt_get(cdt_at(records, i), "id")));
		char number[NUMBER_MAX];
		cdt_str text;

		if (id < 0)
			return CDT_E_UPSTREAM;
		(void)snprintf(number, sizeof number, "%" PRId64, id);
		text = words_z(number);
		piece[used++] = i ? CDT_STR(",{\"index\":") : CDT_STR("{\"index\":");
		piece[used++] = words_join(call, &text, 1);
		piece[used++] = CDT_STR(",\"relevance_score\":");
		piece[used++] = cdt_type(score) == CDT_REAL || cdt_type(score) == CDT_INT
		                ? score.api->raw(score) : CDT_STR("0");
		piece[used++] = CDT_STR("}");
	}
	piece[used++] = CDT_STR("]");
	json = words_join(call, piece, used);
	return json.p ? call->api->parse(call, json, out) : CDT_E_LIMIT;
}

cdt_status vertex_rank_frame(struct cdt_call *call, const struct cdt_frame *frame,
                             struct cdt_sink *sink)
{
	struct gemini_answer *a = gemini_answer(call);
	cdt_val doc, list;
	cdt_status st;

	if (!a)
		return CDT_E_NOMEM;
	if (call->api->parse(call, frame->data, &doc) != CDT_OK
	    || cdt_count(cdt_get(doc, "records")) == 0)
		return CDT_E_UPSTREAM;
	st = make_list(call, cdt_get(doc, "records"), &list);
	if (st != CDT_OK)
		return CDT_E_UPSTREAM;
	st = cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_START });
	for (uint32_t i = 0; i < cdt_count(list) && st == CDT_OK; i++)
		st = emit_record(sink, i, cdt_at(list, i));
	a->counted = 1;
	return st;
}

cdt_status vertex_rank_finish(struct cdt_call *call, struct cdt_sink *sink)
{
	const struct gemini_answer *a = gemini_answer(call);
	struct cdt_usage usage = CDT_USAGE_INIT;
	cdt_status st;

	if (!a || !a->counted)
		return CDT_E_UPSTREAM;
	usage.searches = 1;
	st = cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &usage });
	return st != CDT_OK ? st : cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_STOP,
		.kind = CDT_STOP_END });
}
