/* provider_mock/sound.c - speech is a tone that lasts as long as there are words; what it is
 * made of as a WAV file.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <string.h>

enum { WORD_SAMPLES = SOUND_RATE / 5, WORDS_MAX = 600, TONE_HZ = 440 };

static void put_le(char *to, uint32_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (char)(v >> 8 * i);
}

void mock_sound_head(char out[SOUND_HEAD_BYTES], uint32_t samples)
{
	static const char fixed[] =
		"RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0........\x02\0\x10\0data";

	memcpy(out, fixed, SOUND_HEAD_BYTES - 4);
	put_le(out + 4, SOUND_HEAD_BYTES - 8 + 2 * samples, 4);
	put_le(out + 24, SOUND_RATE, 4);
	put_le(out + 28, 2 * SOUND_RATE, 4);
	put_le(out + 40, 2 * samples, 4);
}

size_t mock_sound_tone(char *out, uint32_t from, uint32_t to)
{
	size_t n = to > from ? to - from : 0;

	if (n > SOUND_PIECE_MAX)
		n = SOUND_PIECE_MAX;
	for (size_t i = 0; i < n; i++) {
		int32_t at = (int32_t)((from + i) * TONE_HZ % SOUND_RATE);
		int32_t v = at < SOUND_RATE / 2 ? at - SOUND_RATE / 4
		                                : SOUND_RATE * 3 / 4 - at;

		put_le(out + 2 * i, (uint32_t)(v * 4), 2);
	}
	return 2 * n;
}

static uint32_t get_le(const char *from)
{
	uint32_t v = 0;

	for (size_t i = 4; i-- > 0;)
		v = v << 8 | (unsigned char)from[i];
	return v;
}

/* As the head says how many bytes a second has; two thousand of anything else. */
double mock_sound_seconds(cdt_str file)
{
	bool wav = file.n > SOUND_HEAD_BYTES && !memcmp(file.p, "RIFF", 4) &&
	           !memcmp(file.p + 8, "WAVEfmt ", 8);
	uint32_t rate = wav ? get_le(file.p + 28) : 0;

	return rate ? (double)(file.n - SOUND_HEAD_BYTES) / rate : (double)file.n / 2000;
}

static void add_tone(struct plan *p, uint32_t word)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%u %u", (unsigned)(word * WORD_SAMPLES),
	                 (unsigned)((word + 1) * WORD_SAMPLES));

	mock_plan_chunk(p, "tone ", (cdt_str){ text, n > 0 ? (size_t)n : 0 });
}

cdt_status mock_speak(struct cdt_call *call, const struct cdt_request *req,
                      const struct wish *w, struct cdt_out *o)
{
	bool raw = cdt_is(cdt_text(cdt_get(req->doc, "response_format")), "pcm");
	uint64_t words = w->v[WISH_CHUNKS] > 0
		? (uint64_t)w->v[WISH_CHUNKS]
		: mock_words(cdt_text(cdt_get(req->doc, "input")));
	struct plan p = { .wish = w, .stream = true,
		.sound = raw ? "head 200 audio/pcm\n" : "head 200 audio/wav\n" };
	struct text samples = { .p = NULL };
	cdt_status st;

	(void)call;
	words = words < 1 ? 1 : words > WORDS_MAX ? WORDS_MAX : words;
	mock_add_u64(&samples, words * WORD_SAMPLES);
	if (!raw)
		mock_plan_step(&p, "sound ", mock_str(&samples));
	for (uint32_t i = 0; i < words; i++)
		add_tone(&p, i);
	st = p.steps.failed || samples.failed ? CDT_E_LIMIT : CDT_OK;
	if (st == CDT_OK)
		mock_plan_write(&p, o);
	mock_text_fini(&samples);
	mock_text_fini(&p.steps);
	return st;
}
