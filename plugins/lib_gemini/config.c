/* lib_gemini/config.c - generationConfig: sampling, limits, formats and what the answer is made
 * of.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

enum { STOPS_MAX = 5, TOP_LOGPROBS_MAX = 20 };

static int is_number(cdt_val v)
{
	return cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL;
}

static void write_stops(struct draft *d)
{
	cdt_val stop = cdt_get(d->doc, "stop");
	struct cdt_out *o = d->o;
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(stop); i++) {
		cdt_str s = cdt_text(cdt_at(stop, i));

		if (s.n == 0)
			continue;
		if (n == STOPS_MAX) {
			gemini_unsupported(d, "stop");
			break;
		}
		if (n++ == 0) {
			o->api->key(o, "stopSequences");
			cdt_open(o, '[');
		}
		o->api->text(o, s);
	}
	if (n)
		cdt_close(o);
}

static void write_penalty(struct draft *d, const char *name, const char *wire)
{
	cdt_val v = cdt_get(d->doc, name);

	if (!is_number(v) || (v.api->f64(v, 0) <= 0 && v.api->f64(v, 0) >= 0))
		return;
	if (d->model->abilities & MODEL_PENALTY)
		cdt_put_val(d->o, wire, v);
	else
		gemini_unsupported(d, name);
}

/* Google's seed has 32 bits: longer ones are folded, always in the same way. */
static void write_seed(struct draft *d)
{
	cdt_val seed = cdt_get(d->doc, "seed");
	uint64_t n = (uint64_t)cdt_i64(seed, 0);

	if (cdt_type(seed) != CDT_INT)
		return;
	if (n > 0x7fffffff)
		n = (n ^ n >> 32) & 0x7fffffff;
	cdt_put_i64(d->o, "seed", (int64_t)n);
}

static void write_logprobs(struct draft *d)
{
	cdt_val wanted = cdt_get(d->doc, "logprobs");
	int64_t top = cdt_i64(cdt_get(d->doc, "top_logprobs"), -1);

	if (!wanted.api->flag(wanted, 0))
		return;
	cdt_put_flag(d->o, "responseLogprobs", 1);
	if (top > 0)
		cdt_put_i64(d->o, "logprobs", top < TOP_LOGPROBS_MAX ? top : TOP_LOGPROBS_MAX);
}

static void write_sampling(struct draft *d)
{
	static const struct { const char *name, *wire; } plain[] = {
		{ "temperature", "temperature" }, { "top_p", "topP" }, { "top_k", "topK" },
	};
	int64_t n = cdt_i64(cdt_get(d->doc, "n"), 1);

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (is_number(cdt_get(d->doc, plain[i].name)))
			cdt_put_val(d->o, plain[i].wire, cdt_get(d->doc, plain[i].name));
	write_penalty(d, "presence_penalty", "presencePenalty");
	write_penalty(d, "frequency_penalty", "frequencyPenalty");
	write_seed(d);
	write_stops(d);
	write_logprobs(d);
	if (n > 1)
		cdt_put_i64(d->o, "candidateCount", n);
	if (cdt_count(cdt_get(d->doc, "logit_bias")))
		gemini_unsupported(d, "logit_bias");
	if (cdt_text(cdt_get(d->doc, "verbosity")).n)
		gemini_unsupported(d, "verbosity");
}

static void write_limit(struct draft *d)
{
	cdt_val max = cdt_get(d->doc, "max_completion_tokens");

	if (cdt_type(max) != CDT_INT)
		return;
	if (cdt_i64(max, 0) < 1)
		gemini_refuse(d, CDT_E_INVALID, "max_completion_tokens",
		              "The limit of tokens must be above 0.");
	cdt_put_val(d->o, "maxOutputTokens", max);
}

/* Before the third generation an answer in JSON and functions exclude each other; then the
 * schema is asked for by words (messages.c). */
static void write_format(struct draft *d)
{
	cdt_val format = cdt_get(d->doc, "response_format");
	cdt_val schema = cdt_get(cdt_get(format, "json_schema"), "schema");
	cdt_str type = cdt_text(cdt_get(format, "type"));
	struct cdt_out *o = d->o;

	if (!cdt_is(type, "json_object") && !cdt_is(type, "json_schema"))
		return;
	if (d->has_functions && !(d->model->abilities & MODEL_NEWER)) {
		gemini_unsupported(d, "response_format");
		return;
	}
	cdt_put_text(o, "responseMimeType", CDT_STR("application/json"));
	if (cdt_is(type, "json_object") || cdt_type(schema) != CDT_MAP)
		return;
	if (d->model->abilities & MODEL_SCHEMA) {
		o->api->key(o, "responseJsonSchema");
		gemini_write_schema(d, schema);
	} else {
		o->api->key(o, "responseSchema");
		gemini_write_subset(d, schema);
	}
}

static int wants(cdt_val modalities, const char *word)
{
	for (size_t i = 0; i < cdt_count(modalities); i++)
		if (cdt_is(cdt_text(cdt_at(modalities, i)), word))
			return 1;
	return 0;
}

static void write_voice(struct draft *d)
{
	cdt_val audio = cdt_get(d->doc, "audio"), voice = cdt_get(audio, "voice");
	cdt_str format = cdt_text(cdt_get(audio, "format"));
	struct cdt_out *o = d->o;

	if (format.n && !cdt_is(format, "pcm16"))
		gemini_unsupported(d, "audio.format");
	if (cdt_text(voice).n == 0)
		return;
	o->api->key(o, "speechConfig");
	cdt_open(o, '{');
	o->api->key(o, "voiceConfig");
	cdt_open(o, '{');
	o->api->key(o, "prebuiltVoiceConfig");
	cdt_open(o, '{');
	cdt_put_text(o, "voiceName", cdt_text(voice));
	cdt_close(o);
	cdt_close(o);
	cdt_close(o);
}

/* Text alone is what there is without asking. */
static void write_modalities(struct draft *d)
{
	cdt_val modalities = cdt_get(d->doc, "modalities");
	int image = wants(modalities, "image"), audio = wants(modalities, "audio");
	struct cdt_out *o = d->o;

	if (!image && !audio)
		return;
	o->api->key(o, "responseModalities");
	cdt_open(o, '[');
	if (image && wants(modalities, "text"))
		o->api->text(o, CDT_STR("TEXT"));
	if (image)
		o->api->text(o, CDT_STR("IMAGE"));
	if (audio)
		o->api->text(o, CDT_STR("AUDIO"));
	cdt_close(o);
	if (audio)
		write_voice(d);
}

void gemini_write_config(struct draft *d)
{
	struct cdt_out *o = d->o;

	o->api->key(o, "generationConfig");
	cdt_open(o, '{');
	write_limit(d);
	write_sampling(d);
	write_format(d);
	write_modalities(d);
	gemini_write_thinking(d);
	if (d->low || d->high)
		cdt_put_text(o, "mediaResolution", d->high ? CDT_STR("MEDIA_RESOLUTION_HIGH")
		                                           : CDT_STR("MEDIA_RESOLUTION_LOW"));
	cdt_close(o);
}
