/* api/openai/speech.c - POST /v1/audio/speech.  The answer is bytes, passed on as they come and
 * never kept; or, for who asks for them, events with the same in base64.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"
#include "base/digest.h"
#include "base/str.h"

static const struct body_field fields[] = {
	{ "input", BODY_TEXT },
	{ "model", BODY_TEXT },
	{ "voice", BODY_TEXT | BODY_MAP },
	{ "instructions", BODY_TEXT },
	{ "response_format", BODY_TEXT },
	{ "speed", BODY_NUMBER },
	{ "stream_format", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

/* Characters, not bytes: that is what is billed. */
static int64_t characters(cdt_str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((uint8_t)s.p[i] & 0xc0) != 0x80;
	return n;
}

static cdt_status decode(struct exchange *x)
{
	static const char *const required[] = { "input", "voice" };
	static const char *const forms[] = { "audio", "sse", NULL };
	cdt_status st = openai_decode(x, fields);

	if (st != CDT_OK)
		return st;
	for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
		const struct json_member *m = ask_member(&x->ask, required[i]);

		if (!m || body_is_empty(m))
			return body_missing(x, required[i]);
	}
	if (body_check_number(x, "speed", 0.25, 4) != CDT_OK ||
	    body_check_word(x, "stream_format", forms) != CDT_OK)
		return CDT_E_INVALID;
	x->ask.stream = true;
	x->ask.raw = !str_is(body_text(x, "stream_format"), "sse");
	x->ask.characters = characters(body_text(x, "input"));
	return CDT_OK;
}

/* What an upstream of another dialect does not know has no name to be asked by. */
static cdt_status canonical(struct exchange *x, struct json **out)
{
	static const char *const formats[] = { "mp3", "opus", "aac", "flac", "wav", "pcm",
	                                       NULL };
	struct json *doc;

	if (body_check_word(x, "response_format", formats) != CDT_OK)
		return CDT_E_INVALID;
	doc = openai_tree(x, "speech/1");
	if (!doc)
		return CDT_E_INVALID;
	json_remove(doc, "stream_format");
	*out = doc;
	return CDT_OK;
}

/* --- the answer --- */

static cdt_status write_piece(struct buf *out, cdt_str bytes)
{
	size_t room = 4 * (bytes.n / 3 + 1);
	struct buf text;
	struct jsonw w;
	cdt_status st;

	buf_init(&text, room);
	st = buf_reserve(&text, room);
	if (st == CDT_OK) {
		text.n = base64_encode(bytes, false, text.p, room);
		openai_sse_typed(out, &w, "speech.audio.delta", false);
		jsonw_put_text(&w, "audio", buf_str(&text));
		jsonw_close(&w);
		openai_sse_end(out);
		st = jsonw_status(&w);
	}
	buf_fini(&text);
	return st;
}

static cdt_status add(struct exchange *x, cdt_str bytes, struct buf *out)
{
	if (!x->ask.raw)
		return bytes.n ? write_piece(out, bytes) : CDT_OK;
	buf_add(out, bytes);
	return CDT_OK;
}

static cdt_status event(struct exchange *x, const struct cdt_event *ev, struct buf *out)
{
	if (ev->kind != CDT_PART_AUDIO)
		return CDT_OK;
	if (ev->type == CDT_EV_OPEN && x->ask.raw)
		relay_type(x, ev->name);
	return ev->type == CDT_EV_DELTA ? add(x, ev->data, out) : CDT_OK;
}

static cdt_status native_frame(struct exchange *x, const struct cdt_frame *f, struct buf *out,
                               bool *meaningful)
{
	*meaningful = true;
	if (x->relay.frames == CDT_FRAMES_BYTES)
		return add(x, f->data, out);
	return openai_typed_frame(x, f, out, ".done");
}

static cdt_status stream_end(struct exchange *x, struct buf *out)
{
	bool theirs = x->native && x->relay.frames != CDT_FRAMES_BYTES;
	struct jsonw w;

	if (!x->relay.meaningful)
		return CDT_E_UPSTREAM;                 /* silence is no speech */
	if (x->ask.raw || theirs)
		return CDT_OK;
	openai_sse_typed(out, &w, "speech.audio.done", false);
	openai_usage_tokens(&w, &x->usage, NULL, false);
	jsonw_close(&w);
	openai_sse_end(out);
	return jsonw_status(&w);
}

const struct surface openai_speech = {
	.path = "/v1/audio/speech", .method = "POST", .op = CDT_OP_SPEECH,
	.flags = SURFACE_TYPED, .dialect = &openai_speech_dialect,
	.decode = decode, .canonical = canonical,
	.event = event, .native_frame = native_frame, .stream_end = stream_end,
};
