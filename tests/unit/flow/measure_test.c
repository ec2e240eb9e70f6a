/* flow/measure and flow/bounds: what is asked for beside text, and that nothing that it can be
 * billed for is above its bounds.
 * SPDX-License-Identifier: MIT */
#include "flow/measure.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"
#include "flow/bounds.h"
#include "unit/unit.h"

static struct jsonscan scan;

static struct ask ask_of(uint32_t op, const char *body)
{
	struct ask a = { .op = op, .n = 1, .body = str_z(body) };

	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, a.body), CDT_OK);
	a.members = scan.member;
	a.member_count = scan.count;
	return a;
}

static struct measure measure_in(uint32_t op, const char *body)
{
	struct ask a = ask_of(op, body);
	struct measure m;

	measure_of(&a, &m);
	return m;
}

static void pictures_are_as_many_as_asked_for(void)
{
	static const struct {
		const char *body;
		int64_t images, in, partial;
		const char *size, *quality;
	} rows[] = {
		{ "{\"prompt\":\"a\"}", 1, 0, 0, "", "" },
		{ "{\"n\":4,\"size\":\"1024x1536\",\"quality\":\"hd\"}", 4, 0, 0, "1024x1536", "hd" },
		{ "{\"n\":-4,\"size\":\"much too long for any size that there is\"}", 1, 0, 0, "?", "" },
		{ "{\"images\":[{},{}],\"mask\":{},\"partial_images\":3}", 1, 3, 3, "", "" },
		{ "{\"n\":99999999999,\"size\":null}", 1000, 0, 0, "", "" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct measure m = measure_in(CDT_OP_IMAGE, rows[i].body);

		CU_ASSERT_EQUAL(m.images, rows[i].images);
		CU_ASSERT_EQUAL(m.images_in, rows[i].in);
		CU_ASSERT_EQUAL(m.images_partial, rows[i].partial);
		CU_ASSERT_STRING_EQUAL(m.size, rows[i].size);
		CU_ASSERT_STRING_EQUAL(m.quality, rows[i].quality);
	}
	CU_ASSERT_TRUE(measure_matters(CDT_OP_IMAGE));
	CU_ASSERT_FALSE(measure_matters(CDT_OP_CHAT));
}

/* A picture of this shape is at most so many tokens, by its price or by its pixels. */
static void tokens_of_a_picture(void)
{
	struct price p;
	struct measure m = { .images = 1 };

	price_init(&p);
	p.tier[0].rate[PRICE_IMAGE_OUT] = 40000000;
	CU_ASSERT_EQUAL(measure_picture_tokens(&m, &p), 16384);
	(void)snprintf(m.size, sizeof m.size, "1024x1536");
	CU_ASSERT_EQUAL(measure_picture_tokens(&m, &p), 1024 * 1536 / 250 + 1000);
	p.pictures_in_tokens = true;
	p.picture_count = 2;
	p.picture[0] = (struct price_picture){ "low", 1024, 1536, 16000000000 };
	p.picture[1] = (struct price_picture){ "high", 1024, 1536, 250000000000 };
	CU_ASSERT_EQUAL(measure_picture_tokens(&m, &p), 250000 * 9 / 8 / 40 + 1);
	(void)snprintf(m.quality, sizeof m.quality, "low");
	CU_ASSERT_EQUAL(measure_picture_tokens(&m, &p), 16000 * 9 / 8 / 40 + 1);
	m.images_partial = 2;
	CU_ASSERT_EQUAL(measure_picture_tokens(&m, &p), 16000 * 9 / 8 / 40 + 1 + 200);
	(void)snprintf(m.size, sizeof m.size, "4096x4096");                     /* larger than any row's */
	CU_ASSERT_EQUAL(measure_picture_tokens(&m, &p), 4096 * 4096 / 250 + 1000 + 200);
}

static void speech_is_as_long_as_its_text_and_speed(void)
{
	static const struct { const char *body; int64_t characters, ms, ms_max; } rows[] = {
		{ "{\"input\":\"123456789012345\"}", 15, 1000, 15 * 500 + 10000 },
		{ "{\"input\":\"123456789012345\",\"speed\":0.5}", 15, 2000, 2 * (15 * 500 + 10000) },
		{ "{\"input\":\"123456789012345\",\"speed\":1.25}", 15, 800,
		  (15 * 500 + 10000) * 100 / 125 },
		{ "{\"input\":\"123456789012345\",\"speed\":0.01}", 15, 4000, 4 * (15 * 500 + 10000) },
		{ "{\"input\":\"123456789012345\",\"speed\":\"x\"}", 15, 1000, 15 * 500 + 10000 },
		{ "{}", 0, 0, 10000 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ask a = ask_of(CDT_OP_SPEECH, rows[i].body);
		struct measure m;

		a.characters = rows[i].characters;
		measure_of(&a, &m);
		CU_ASSERT_EQUAL(m.characters, rows[i].characters);
		CU_ASSERT_EQUAL(m.spoken_ms, rows[i].ms);
		CU_ASSERT_EQUAL(m.spoken_ms_max, rows[i].ms_max);
	}
}

/* A header with these figures, an odd chunk before the samples, and so many bytes of them. */
static cdt_str wave(char *out, unsigned tag, unsigned rate, unsigned bits, size_t bytes)
{
	static const char head[] = "RIFF\0\0\0\0WAVEfmt \x10\0\0\0";
	unsigned char f[16] = { tag & 255, tag >> 8, 1, 0, rate & 255, rate >> 8 & 255,
		rate >> 16 & 255, rate >> 24, 0, 0, 0, 0, 2, 0, bits & 255, 0 };
	char *at = out;

	memcpy(at, head, sizeof head - 1);
	at += sizeof head - 1;
	memcpy(at, f, sizeof f);
	at += sizeof f;
	memcpy(at, "LIST\3\0\0\0abc\0data\xff\xff\xff\xff", 20);
	at += 20;
	memset(at, 0, bytes);
	return str_from(out, (size_t)(at - out) + bytes);
}

static void a_wave_file_says_how_long_it_is(void)
{
	static char bytes[40000];
	static const struct { unsigned tag, rate, bits; size_t n; int64_t ms; } rows[] = {
		{ 1, 8000, 16, 32000, 2001 }, { 3, 8000, 32, 32000, 1001 },
		{ 1, 8000, 16, 0, 1 },
		{ 2, 8000, 16, 32000, -1 },            /* packed samples */
		{ 1, 0, 16, 100, -1 }, { 1, 8000, 0, 100, -1 }, { 1, 8000, 12, 100, -1 },
		{ 1, 4000000000u, 16, 32000, -1 },     /* so nobody makes it short */
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT_EQUAL(measure_wave_ms(wave(bytes, rows[i].tag, rows[i].rate,
		                                     rows[i].bits, rows[i].n)), rows[i].ms);
	CU_ASSERT_EQUAL(measure_wave_ms(CDT_STR("")), -1);
	CU_ASSERT_EQUAL(measure_wave_ms(CDT_STR("RIFF1234WAVE")), -1);
	CU_ASSERT_EQUAL(measure_wave_ms(CDT_STR("RIFF1234WAVEdata1234")), -1);
	for (size_t n = 1; n < 64; n++) {              /* no byte beyond a cut file is read */
		cdt_str whole = wave(bytes, 1, 8000, 16, 100);
		char *cut = mem_new_array(n, 1);

		memcpy(cut, whole.p, n);
		CU_ASSERT(measure_wave_ms(str_from(cut, n)) <= 7);
		mem_free(cut);
	}
}

static struct measure upload(cdt_str one, cdt_str other)
{
	struct cdt_blob blobs[2] = { { .data = one }, { .data = other } };
	struct ask a = ask_of(CDT_OP_TRANSCRIBE, "{\"model\":\"m\"}");
	struct measure m;

	a.blobs = blobs;
	a.blob_count = other.p ? 2 : 1;
	measure_of(&a, &m);
	return m;
}

static void uploads_are_as_long_as_they_say_or_as_can_be(void)
{
	static char bytes[800000], other[30000];
	struct measure m = upload(str_from(bytes, sizeof bytes), (cdt_str){ NULL, 0 });

	CU_ASSERT_EQUAL(m.sound_ms, 0);
	CU_ASSERT_EQUAL(m.sound_bytes, 800000);
	CU_ASSERT_EQUAL(m.sound_ms_max, 1067000);              /* 800000 x 8 / 6, up */
	m = upload(wave(bytes, 1, 8000, 16, 400000), (cdt_str){ NULL, 0 });
	CU_ASSERT_EQUAL(m.sound_ms, 25001);
	CU_ASSERT_EQUAL(m.sound_ms_max, 26000);
	m = upload(wave(bytes, 1, 8000, 16, 16000), (cdt_str){ NULL, 0 });
	CU_ASSERT_EQUAL(m.sound_ms_max, 10000);                /* some bill no less */
	m = upload(wave(bytes, 1, 8000, 16, 400000), str_from(other, sizeof other));
	CU_ASSERT_EQUAL(m.sound_ms, 0);                        /* one of them does not say */
	CU_ASSERT_EQUAL(m.sound_ms_max, 66000);
}

static void a_search_is_a_hundred_documents_of_which_long_ones_are_several(void)
{
	struct measure m = measure_in(CDT_OP_RERANK, "{\"query\":\"q\",\"documents\":[\"a\",\"b\"]}");
	static char body[200000];
	size_t n;

	CU_ASSERT_EQUAL(m.searches, 1);
	CU_ASSERT_EQUAL(m.searches_max, 1);
	CU_ASSERT_EQUAL(m.repeated_bytes, 6);
	n = (size_t)snprintf(body, sizeof body, "{\"query\":\"q\",\"documents\":[\"x\"");
	for (int i = 1; i < 101; i++)
		n += (size_t)snprintf(body + n, sizeof body - n, ",\"%0*d\"", i == 1 ? 90000 : 5, i);
	(void)snprintf(body + n, sizeof body - n, "]}");
	m = measure_in(CDT_OP_RERANK, body);
	CU_ASSERT_EQUAL(m.searches, 2);
	CU_ASSERT_EQUAL(m.searches_max, 3);                    /* 100 and 182 pieces */
	m = measure_in(CDT_OP_RERANK, "{\"query\":\"q\",\"documents\":[]}");
	CU_ASSERT_EQUAL(m.searches, 0);
}

/* --- holds --- */

static int64_t hold_of(struct ask *a, const struct price *p)
{
	struct target t = { .price = p, .context_window = -1, .max_output = -1 };
	struct price_bounds b;
	struct extent e;
	int64_t max = 77, nano = -1;

	extent_of(a, &e);
	CU_ASSERT_TRUE(bounds_of(&e, a, &t, &b, &max));
	CU_ASSERT_EQUAL(max, 0);
	CU_ASSERT_EQUAL(price_hold(p, &b, &nano), CDT_OK);
	return nano;
}

static struct price price_of_fees(void)
{
	struct price p;

	price_init(&p);
	p.tier[0].rate[PRICE_INPUT] = p.tier[0].rate[PRICE_OUTPUT] = 0;
	return p;
}

static void pictures_hold_what_their_shape_costs(void)
{
	struct ask a = ask_of(CDT_OP_IMAGE, "{\"n\":3,\"size\":\"1024x1792\",\"quality\":\"hd\"}");
	struct price p = price_of_fees();

	p.per_image = 40000000000;
	p.picture_count = 1;
	p.picture[0] = (struct price_picture){ "hd", 1024, 1792, 120000000000 };
	a.n = 3;
	CU_ASSERT_EQUAL(hold_of(&a, &p), 360000000);
	a = ask_of(CDT_OP_IMAGE, "{\"n\":3}");
	CU_ASSERT_EQUAL(hold_of(&a, &p), 120000000);
}

static void pictures_in_tokens_hold_the_tokens_of_each(void)
{
	struct ask a = ask_of(CDT_OP_IMAGE, "{\"n\":2,\"size\":\"1024x1024\",\"quality\":\"low\"}");
	struct price p = price_of_fees();

	p.tier[0].rate[PRICE_OUTPUT] = PRICE_UNKNOWN;
	p.tier[0].rate[PRICE_IMAGE_OUT] = 40000000;
	p.pictures_in_tokens = true;
	p.picture_count = 1;
	p.picture[0] = (struct price_picture){ "low", 1024, 1024, 11000000000 };
	/* 272 tokens each are billed; 310 are held. */
	CU_ASSERT_EQUAL(hold_of(&a, &p), 2 * 310 * 40000);
}

static void speech_holds_its_characters_and_uploads_their_seconds(void)
{
	struct ask a = ask_of(CDT_OP_SPEECH, "{\"input\":\"hello\"}");
	struct price p = price_of_fees();
	struct cdt_blob blob = { .data = str_from("", 0) };

	a.characters = 5;
	p.per_character = 15000000;
	CU_ASSERT_EQUAL(hold_of(&a, &p), 5 * 15000);
	p = price_of_fees();
	p.per_second = 100000000;
	a = ask_of(CDT_OP_TRANSCRIBE, "{\"model\":\"m\"}");
	a.blobs = &blob;
	a.blob_count = 1;
	CU_ASSERT_EQUAL(hold_of(&a, &p), 10 * 100000);
	a.blobs = NULL;
	a.blob_count = 0;
	p = price_of_fees();
	p.per_search = 2000000000;
	a = ask_of(CDT_OP_RERANK, "{\"query\":\"q\",\"documents\":[\"a\"]}");
	CU_ASSERT_EQUAL(hold_of(&a, &p), 2000000);
	a = ask_of(CDT_OP_MODERATE, "{\"input\":\"a\"}");
	p = price_of_fees();
	CU_ASSERT_EQUAL(hold_of(&a, &p), 0);
}

static const struct unit_test tests[] = {
	{ "pictures are as many as asked for", pictures_are_as_many_as_asked_for },
	{ "tokens of a picture", tokens_of_a_picture },
	{ "speech is as long as its text and speed", speech_is_as_long_as_its_text_and_speed },
	{ "a WAVE file says how long it is", a_wave_file_says_how_long_it_is },
	{ "uploads are as long as they say, or as can be",
	  uploads_are_as_long_as_they_say_or_as_can_be },
	{ "a search is a hundred documents, of which long ones are several",
	  a_search_is_a_hundred_documents_of_which_long_ones_are_several },
	{ "pictures hold what their shape costs", pictures_hold_what_their_shape_costs },
	{ "pictures in tokens hold the tokens of each", pictures_in_tokens_hold_the_tokens_of_each },
	{ "speech holds its characters, and uploads their seconds",
	  speech_holds_its_characters_and_uploads_their_seconds },
	{ NULL, NULL }
};
const struct unit_suite flow_measure_suite = { "flow/measure", tests };
