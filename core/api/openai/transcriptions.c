/* api/openai/transcriptions.c - POST /v1/audio/transcriptions and /v1/audio/translations: what
 * they take, and streams.  Whole answers are in transcripts.c.
 * SPDX-License-Identifier: MIT */
#include "api/native.h"
#include "api/openai/transcripts.h"
#include "base/jsonwalk.h"
#include "base/str.h"

#define SHARED_FIELDS \
	{ "file", BODY_MAP | BODY_FILE }, \
	{ "model", BODY_TEXT }, \
	{ "prompt", BODY_TEXT }, \
	{ "response_format", BODY_TEXT }, \
	{ "temperature", BODY_NUMBER }, \
	{ "stream", BODY_FLAG }, \
	{ "routing", BODY_MAP }, \
	{ "cache_control", BODY_MAP }

static const struct body_field fields[] = {
	SHARED_FIELDS,
	{ "language", BODY_TEXT },
	{ "include", BODY_LIST },
	{ "timestamp_granularities", BODY_LIST },
	{ "chunking_strategy", BODY_TEXT | BODY_MAP },
	{ "languages", BODY_LIST },
	{ "keywords", BODY_LIST },
	{ "known_speaker_names", BODY_LIST },
	{ "known_speaker_references", BODY_LIST },
	{ NULL, 0 },
};
static const struct body_field translation_fields[] = { SHARED_FIELDS, { NULL, 0 } };

static bool is_translation(const struct exchange *x)
{
	return x->surface == &openai_translations;
}

static cdt_status decode(struct exchange *x)
{
	static const char *const formats[] = { "json", "text", "srt", "verbose_json", "vtt",
	                                       "diarized_json", NULL };
	cdt_status st;

	if (!openai_is_form(x))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, NULL,
		                   "%s takes multipart/form-data, with the sound in the part "
		                   "'file'.", x->surface->path);
	st = openai_decode_form(x, is_translation(x) ? translation_fields : fields);
	if (st != CDT_OK)
		return st;
	if (!ask_member(&x->ask, "file"))
		return body_missing(x, "file");
	if (body_check_number(x, "temperature", 0, 2) != CDT_OK)
		return CDT_E_INVALID;
	return body_check_word(x, "response_format", formats);
}

static cdt_status canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "transcribe/1");

	if (!doc)
		return CDT_E_INVALID;
	json_set_give(doc, "task", json_new_text(is_translation(x) ? CDT_STR("translate")
	                                                           : CDT_STR("transcribe")));
	*out = doc;
	return CDT_OK;
}

/* --- streams --- */

static cdt_status event(struct exchange *x, const struct cdt_event *ev, struct buf *out)
{
	cdt_status st = answer_add(&x->relay.answer, ev);
	struct jsonw w;

	if (st != CDT_OK || ev->type != CDT_EV_DELTA || ev->kind != CDT_PART_TEXT ||
	    !ev->data.n)
		return st;
	openai_sse_typed(out, &w, "transcript.text.delta", false);
	jsonw_put_text(&w, "delta", ev->data);
	jsonw_close(&w);
	openai_sse_end(out);
	return jsonw_status(&w);
}

static cdt_status stream_end(struct exchange *x, struct buf *out)
{
	struct jsonw w;

	if (x->native)
		return CDT_OK;
	openai_sse_typed(out, &w, "transcript.text.done", false);
	jsonw_put_text(&w, "text", transcript_text(&x->relay.answer));
	transcript_usage(x, &w);
	jsonw_close(&w);
	openai_sse_end(out);
	return jsonw_status(&w);
}

static cdt_status native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                               bool *meaningful)
{
	*meaningful = true;
	return openai_typed_frame(x, f, out, ".done");
}

/* An upstream that can not stream has answered whole: all of it is the last event. */
static cdt_status write_done(cdt_str body, struct buf *out)
{
	cdt_str text = jsonwalk_get(body, "text"), usage = jsonwalk_get(body, "usage");
	bool is_json = body.n && *body.p == '{';
	struct jsonscan scan;
	size_t from = out->n;
	struct jsonw w;

	if (is_json && (jsonscan(&scan, body) != CDT_OK || !text.p))
		return CDT_E_UPSTREAM;
	openai_sse_typed(out, &w, "transcript.text.done", false);
	if (is_json)
		jsonw_put_raw(&w, "text", text);
	else
		jsonw_put_text(&w, "text", str_trim(body));
	if (is_json && usage.p)
		jsonw_put_raw(&w, "usage", usage);
	jsonw_close(&w);
	native_join_lines(out, from);
	openai_sse_end(out);
	return jsonw_status(&w);
}

static void note_duration(struct exchange *x, cdt_str body)
{
	cdt_str said = jsonwalk_get(body, "duration");
	struct jsonscan scan;
	struct json *number = said.p && jsonscan(&scan, said) == CDT_OK ? json_parse(said)
	                                                                : NULL;

	relay_seconds(x, json_f64(number, -1));
	json_free(number);
}

static cdt_status relayed_whole(struct exchange *x, cdt_str body, struct buf *out)
{
	if (body.n && *body.p == '{')
		note_duration(x, body);
	if (x->ask.stream)
		return write_done(body, out);
	buf_add(out, body);
	return CDT_OK;
}

const struct surface openai_transcriptions = {
	.path = "/v1/audio/transcriptions", .method = "POST", .op = CDT_OP_TRANSCRIBE,
	.flags = SURFACE_TYPED | SURFACE_WHOLE_TOO,
	.dialect = &openai_transcriptions_dialect,
	.decode = decode, .canonical = canonical,
	.whole = transcript_whole, .native_whole = relayed_whole,
	.event = event, .native_frame = native_frame, .stream_end = stream_end,
};
const struct surface openai_translations = {
	.path = "/v1/audio/translations", .method = "POST", .op = CDT_OP_TRANSCRIBE,
	.flags = SURFACE_TYPED,
	.dialect = &openai_translations_dialect,
	.decode = decode, .canonical = canonical,
	.whole = transcript_whole, .native_whole = relayed_whole,
};
