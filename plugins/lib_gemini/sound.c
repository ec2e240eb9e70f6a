/* lib_gemini/sound.c - speech made, which Google gives as bare samples, and speech written
 * down, which is a chat with a sound in it.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <stdio.h>
#include <string.h>

enum { RATE = 24000, HEADER = 44, PIECE = 48 << 10 };

/* The names that clients of OpenAI's API know, as the voice that is most like them. */
static const struct { const char *name, *voice; } voices[] = {
	{ "alloy", "Kore" }, { "ash", "Charon" }, { "ballad", "Aoede" }, { "cedar", "Orus" },
	{ "coral", "Leda" }, { "echo", "Puck" }, { "fable", "Fenrir" },
	{ "marin", "Callirrhoe" }, { "nova", "Zephyr" }, { "onyx", "Orus" },
	{ "sage", "Aoede" }, { "shimmer", "Autonoe" },
	{ "verse", "Puck" },
};

static cdt_str voice_of(cdt_val v)
{
	cdt_str name = cdt_type(v) == CDT_MAP ? cdt_text(cdt_get(v, "id")) : cdt_text(v);

	for (size_t i = 0; i < sizeof voices / sizeof voices[0]; i++)
		if (cdt_is(name, voices[i].name))
			return words_z(voices[i].voice);
	return name.n ? name : CDT_STR("Kore");
}

static void write_voice(struct draft *d)
{
	struct cdt_out *o = d->o;

	o->api->key(o, "speechConfig");
	cdt_open(o, '{');
	o->api->key(o, "voiceConfig");
	cdt_open(o, '{');
	o->api->key(o, "prebuiltVoiceConfig");
	cdt_open(o, '{');
	cdt_put_text(o, "voiceName", voice_of(cdt_get(d->doc, "voice")));
	cdt_close(o);
	cdt_close(o);
	cdt_close(o);
}

void gemini_write_speech(struct draft *d)
{
	static const char *const audio[] = { "AUDIO", NULL };
	cdt_str format = cdt_text(cdt_get(d->doc, "response_format"));
	cdt_str how = cdt_text(cdt_get(d->doc, "instructions"));
	cdt_str input = cdt_text(cdt_get(d->doc, "input"));
	struct gemini_place place = gemini_place(d);
	struct cdt_out *o;

	if (words_blank(input))
		gemini_refuse(d, CDT_E_INVALID, "input", "'input' must not be empty.");
	if (format.n && !cdt_is(format, "wav") && !cdt_is(format, "pcm"))
		gemini_unsupported(d, "response_format");
	if (cdt_type(cdt_get(d->doc, "speed")) != CDT_ABSENT)
		gemini_unsupported(d, "speed");
	if (d->status != CDT_OK)
		return;
	if (!cdt_is(format, "pcm"))
		d->answer->flags |= ANSWER_WAV;
	if (!words_blank(how))
		input = words_join(d->call, (cdt_str[]){ how, CDT_STR(":\n"), input }, 3);
	d->o = o = d->http->api->body(d->http);
	cdt_open(o, '{');
	o->api->key(o, "contents");
	cdt_open(o, '[');
	gemini_write_text(d, 'u', input);
	gemini_turn(d, 0);
	cdt_close(o);
	o->api->key(o, "generationConfig");
	cdt_open(o, '{');
	gemini_put_list(d, "responseModalities", audio);
	write_voice(d);
	cdt_close(o);
	gemini_write_safety(d);
	cdt_close(o);
	d->self->home->address(d->self, d->call, d->http, &place, "generateContent");
}

/* --- transcription --- */

static cdt_str task_of(struct draft *d)
{
	cdt_str language = cdt_text(cdt_get(d->doc, "language"));
	cdt_str hint = cdt_text(cdt_get(d->doc, "prompt"));
	int translate = cdt_is(cdt_text(cdt_get(d->doc, "task")), "translate");

	return words_join(d->call, (cdt_str[]){
		translate ? CDT_STR("Translate what is said in this recording into English.")
		          : CDT_STR("Write down word for word what is said in this recording."),
		CDT_STR(" Answer with that text only."),
		language.n ? CDT_STR(" The language spoken is ") : CDT_STR(""), language,
		language.n ? CDT_STR(".") : CDT_STR(""),
		hint.n ? CDT_STR(" Hint: ") : CDT_STR(""), hint }, 7);
}

static const struct { const char *ending, *type; } kinds[] = {
	{ ".aac", "audio/aac" }, { ".aiff", "audio/aiff" }, { ".flac", "audio/flac" },
	{ ".m4a", "audio/mp4" }, { ".mp3", "audio/mp3" }, { ".mp4", "audio/mp4" },
	{ ".mpeg", "audio/mpeg" }, { ".mpga", "audio/mpeg" }, { ".oga", "audio/ogg" },
	{ ".ogg", "audio/ogg" }, { ".wav", "audio/wav" }, { ".webm", "audio/webm" },
};

/* By the file's name, for clients often send it as application/octet-stream. */
static cdt_str type_of(const struct draft *d, cdt_val number)
{
	int64_t i = cdt_i64(number, -1);

	if (i < 0 || (uint64_t)i >= d->req->blob_count)
		return CDT_STR("");
	if (words_begin(d->req->blobs[i].type, "audio/"))
		return d->req->blobs[i].type;
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		if (words_end(d->req->blobs[i].filename, kinds[k].ending))
			return words_z(kinds[k].type);
	return CDT_STR("audio/wav");
}

/* Times and speakers are not told by this model: forms that need them are refused. */
static void check_form(struct draft *d)
{
	cdt_str format = cdt_text(cdt_get(d->doc, "response_format"));

	if (format.n && !cdt_is(format, "json") && !cdt_is(format, "text"))
		gemini_refuse(d, CDT_E_UNSUPPORTED, "response_format",
		              "This provider gives json or text: it knows no times.");
	if (cdt_count(cdt_get(d->doc, "timestamp_granularities")))
		gemini_unsupported(d, "timestamp_granularities");
	if (cdt_count(cdt_get(d->doc, "include")))
		gemini_unsupported(d, "include");
}

void gemini_write_transcribe(struct draft *d)
{
	cdt_val file = cdt_get(cdt_get(d->doc, "file"), "blob");
	cdt_val temperature = cdt_get(d->doc, "temperature");
	int streams = (d->req->flags & CDT_REQ_STREAM) != 0;
	struct gemini_place place = gemini_place(d);
	struct cdt_out *o;

	check_form(d);
	if (d->status != CDT_OK)
		return;
	d->answer->flags |= streams ? ANSWER_STREAM : 0;
	d->o = o = d->http->api->body(d->http);
	cdt_open(o, '{');
	o->api->key(o, "contents");
	cdt_open(o, '[');
	gemini_write_text(d, 'u', task_of(d));
	gemini_turn(d, 'u');
	gemini_write_blob(d, file, "file", type_of(d, file));
	gemini_turn(d, 0);
	cdt_close(o);
	o->api->key(o, "generationConfig");
	cdt_open(o, '{');
	cdt_put_val(o, "temperature", temperature);
	cdt_close(o);
	gemini_write_safety(d);
	cdt_close(o);
	d->self->home->address(d->self, d->call, d->http, &place,
	                       streams ? "streamGenerateContent?alt=sse" : "generateContent");
}

/* --- samples --- */

static uint32_t rate_of(cdt_str type)
{
	cdt_str s = words_after(type, words_find(type, CDT_STR("rate=")) + 5);
	uint32_t rate = 0;

	for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && rate < 1000000; i++)
		rate = rate * 10 + (uint32_t)(s.p[i] - '0');
	return rate ? rate : RATE;
}

static void put_le(unsigned char *p, size_t n, uint64_t v)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

/* One channel, 16 bits. */
static cdt_status emit_header(const struct reader *r, uint32_t rate, size_t bytes)
{
	unsigned char h[HEADER] = "RIFF....WAVEfmt ";

	put_le(h + 4, 4, bytes + HEADER - 8);
	put_le(h + 16, 4, 16);
	put_le(h + 20, 2, 1);
	put_le(h + 22, 2, 1);
	put_le(h + 24, 4, rate);
	put_le(h + 28, 4, rate * 2);
	put_le(h + 32, 2, 2);
	put_le(h + 34, 2, 16);
	memcpy(h + 36, "data", 4);
	put_le(h + 40, 4, bytes);
	return gemini_piece(r, 0, CDT_STR(""), (cdt_str){ (char *)h, HEADER });
}

static size_t decoded_size(cdt_str s)
{
	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	return s.n / 4 * 3 + (s.n % 4 ? s.n % 4 - 1 : 0);
}

static cdt_status emit_samples(const struct reader *r, cdt_str base64)
{
	char *out = r->call->api->scratch(r->call, PIECE);
	cdt_status st = CDT_OK;
	size_t n;

	if (!out)
		return CDT_E_LIMIT;
	while (base64.n && st == CDT_OK) {
		cdt_str piece = { base64.p, base64.n < PIECE ? base64.n : PIECE };

		if (!gemini_unbase64(piece, out, &n))
			return CDT_E_UPSTREAM;
		st = gemini_piece(r, 0, CDT_STR(""), (cdt_str){ out, n });
		base64 = words_after(base64, piece.n);
	}
	return st;
}

static cdt_val sound_at(cdt_val parts, size_t i)
{
	return cdt_get(cdt_at(parts, i), "inlineData");
}

cdt_status gemini_sound(const struct reader *r, cdt_val response)
{
	cdt_val candidate = cdt_at(cdt_get(response, "candidates"), 0);
	cdt_val parts = cdt_get(cdt_get(candidate, "content"), "parts");
	int wav = (r->answer->flags & ANSWER_WAV) != 0;
	size_t bytes = 0;
	cdt_status st;

	for (size_t i = 0; i < cdt_count(parts); i++)
		bytes += decoded_size(cdt_text(cdt_get(sound_at(parts, i), "data")));
	if (bytes == 0)
		return CDT_E_UPSTREAM;
	r->answer->choice[0].seen = 1;
	gemini_stop_note(&r->answer->choice[0], cdt_text(cdt_get(candidate, "finishReason")));
	st = gemini_start(r, response);
	if (st == CDT_OK)
		st = gemini_part(r, 0, CDT_PART_AUDIO, wav ? CDT_STR("audio/wav")
		                                           : CDT_STR("audio/pcm"));
	if (st == CDT_OK && wav)
		st = emit_header(r, rate_of(cdt_text(cdt_get(sound_at(parts, 0), "mimeType"))),
		                 bytes);
	for (size_t i = 0; i < cdt_count(parts) && st == CDT_OK; i++)
		st = emit_samples(r, cdt_text(cdt_get(sound_at(parts, i), "data")));
	return st != CDT_OK ? st : gemini_usage(r, cdt_get(response, "usageMetadata"));
}
