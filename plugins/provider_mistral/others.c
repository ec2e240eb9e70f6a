/* provider_mistral/others.c - requests that are no chat: filling in the middle, embeddings,
 * moderation, transcription.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

#include <stdio.h>

static bool has(const struct asking *a, const char *name)
{
	return cdt_type(cdt_get(a->req->doc, name)) > CDT_NULL;
}

/* Those of the list that the request has can not be done. */
static cdt_status lacks(const struct asking *a, const char *const *names)
{
	cdt_status st = CDT_OK;

	for (; st == CDT_OK && *names; names++) {
		cdt_val v = cdt_get(a->req->doc, *names);
		bool off = cdt_type(v) == CDT_FLAG && !v.api->flag(v, 0);

		if (cdt_type(v) > CDT_NULL && !off)
			st = openai_member_leave(a, (cdt_str){ *names, strlen(*names) });
	}
	return st;
}

/* The models that complete do it around a gap: without a suffix they go on at the end. */
cdt_status mistral_body_fim(const struct asking *a)
{
	static const char *const missing[] = { "echo", "best_of", "logprobs", "logit_bias",
		"frequency_penalty", "presence_penalty", NULL };
	static const char *const members[] = { "suffix", "max_tokens", "min_tokens", "stop",
		"temperature", "top_p", "metadata", NULL };
	cdt_val doc = a->req->doc, prompts = cdt_get(doc, "prompt"), first = cdt_at(prompts, 0);
	struct cdt_out *o = a->out;

	openai_turn_of(a->call)->op = CDT_OP_CHAT;         /* it answers as a chat does */
	if (cdt_count(prompts) != 1 || cdt_type(first) != CDT_TEXT)
		return openai_member_refuse(a, "prompt", "Mistral completes one prompt a "
		                            "request, and only texts.");
	if (cdt_i64(cdt_get(doc, "n"), 1) > 1 &&
	    openai_member_leave(a, CDT_STR("n")) != CDT_OK)
		return CDT_E_UNSUPPORTED;
	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	cdt_put_val(o, "prompt", first);
	for (const char *const *name = members; *name; name++)
		cdt_put_val(o, *name, cdt_get(doc, *name));
	cdt_put_val(o, "random_seed", cdt_get(doc, has(a, "seed") ? "seed" : "random_seed"));
	if (a->req->flags & CDT_REQ_STREAM)
		cdt_put_flag(o, "stream", 1);
	cdt_close(o);
	return lacks(a, missing);
}

/* Numbers that are no floats come as numbers: base64 would not tell what they are. */
cdt_status mistral_body_embed(const struct asking *a)
{
	cdt_val doc = a->req->doc, input = cdt_get(doc, "input");
	cdt_val as = cdt_get(doc, "output_dtype");
	bool floats = cdt_type(as) <= CDT_NULL || cdt_is(cdt_text(as), "float");
	struct cdt_out *o = a->out;

	if (cdt_type(cdt_at(input, 0)) != CDT_TEXT)
		return openai_member_refuse(a, "input", "Mistral embeds texts, not lists of "
		                            "token ids.");
	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	cdt_put_val(o, "input", input);
	cdt_put_val(o, "output_dimension", cdt_get(doc, has(a, "dimensions")
	                                           ? "dimensions" : "output_dimension"));
	cdt_put_val(o, "output_dtype", as);
	cdt_put_text(o, "encoding_format", floats ? CDT_STR("base64") : CDT_STR("float"));
	cdt_close(o);
	return CDT_OK;
}

static cdt_status check_input(const struct asking *a, cdt_val parts)
{
	for (size_t i = 0; i < cdt_count(parts); i++)
		if (!mistral_type_is(cdt_at(parts, i), "text"))
			return openai_member_refuse(a, "input",
			                            "Mistral moderates texts only.");
	return CDT_OK;
}

cdt_status mistral_body_moderate(const struct asking *a)
{
	cdt_val parts = cdt_get(a->req->doc, "input");
	cdt_val each = cdt_get(a->req->doc, "each");
	cdt_status st = check_input(a, parts);
	struct cdt_out *o = a->out;
	cdt_str all = CDT_STR("");

	if (st == CDT_OK && !each.api->flag(each, 0))
		st = mistral_joined(a, parts, &all);
	if (st != CDT_OK)
		return st;
	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	o->api->key(o, "input");
	cdt_open(o, '[');
	for (size_t i = 0; each.api->flag(each, 0) && i < cdt_count(parts); i++)
		o->api->text(o, cdt_text(cdt_get(cdt_at(parts, i), "text")));
	if (!each.api->flag(each, 0))
		o->api->text(o, all);
	cdt_close(o);
	cdt_close(o);
	return CDT_OK;
}

/* It always answers with JSON; whoever wants subtitles needs to know the times. */
static void put_times(const struct asking *a, struct cdt_http_out *http)
{
	cdt_val list = cdt_get(a->req->doc, "timestamp_granularities");
	cdt_str form = cdt_text(cdt_get(a->req->doc, "response_format"));

	for (size_t i = 0; i < cdt_count(list); i++)
		http->api->part(http, "timestamp_granularities", CDT_STR(""), CDT_STR(""),
		                cdt_text(cdt_at(list, i)));
	if (!cdt_count(list) && (cdt_is(form, "srt") || cdt_is(form, "vtt") ||
	                         cdt_is(form, "verbose_json")))
		http->api->part(http, "timestamp_granularities", CDT_STR(""), CDT_STR(""),
		                CDT_STR("segment"));
}

static void put_field(const struct asking *a, struct cdt_http_out *http, const char *name)
{
	cdt_val v = cdt_get(a->req->doc, name);
	char number[32];
	cdt_str text = cdt_text(v);

	if (cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL) {
		int n = snprintf(number, sizeof number, "%g", v.api->f64(v, 0));

		text = (cdt_str){ number, n > 0 ? (size_t)n : 0 };
	} else if (cdt_type(v) == CDT_FLAG) {
		text = v.api->flag(v, 0) ? CDT_STR("true") : CDT_STR("false");
	}
	if (text.n)
		http->api->part(http, name, CDT_STR(""), CDT_STR(""), text);
}

cdt_status mistral_form_transcribe(const struct asking *a, struct cdt_http_out *http)
{
	static const char *const missing[] = { "prompt", "include", "chunking_strategy",
		"known_speaker_names", "known_speaker_references", NULL };
	int64_t at = cdt_i64(cdt_get(cdt_get(a->req->doc, "file"), "blob"), -1);
	const struct cdt_blob *blob;
	cdt_status st = lacks(a, missing);

	if (st != CDT_OK)
		return st;
	if (cdt_is(cdt_text(cdt_get(a->req->doc, "task")), "translate"))
		return openai_member_refuse(a, "model", "Mistral transcribes sound, but does "
		                            "not translate it.");
	if (at < 0 || (uint64_t)at >= a->req->blob_count)
		return openai_member_refuse(a, "file", "There is no file.");
	blob = &a->req->blobs[at];
	http->api->part(http, "model", CDT_STR(""), CDT_STR(""), a->req->model);
	put_field(a, http, "language");
	put_field(a, http, "temperature");
	put_field(a, http, "diarize");
	put_times(a, http);
	if (a->req->flags & CDT_REQ_STREAM)
		http->api->part(http, "stream", CDT_STR(""), CDT_STR(""), CDT_STR("true"));
	http->api->part(http, "file", blob->filename.n ? blob->filename : CDT_STR("audio"),
	                blob->type, blob->data);
	return CDT_OK;
}
