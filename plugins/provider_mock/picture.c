/* provider_mock/picture.c - pictures of one colour, which depends on what was asked for.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <string.h>

/* A PNG of SIDE x SIDE in red, green and blue, each line with its filter's byte, as one stored
 * block of deflate. */
enum { SIDE = 16, LINE_BYTES = 1 + 3 * SIDE, RAW_BYTES = SIDE * LINE_BYTES, PICTURES_MAX = 10 };

static uint32_t crc_of(cdt_str s)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static uint32_t adler_of(const unsigned char *p, size_t n)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < n; i++) {
		a = (a + p[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static void add_u32(struct text *t, uint32_t v)
{
	char bytes[4] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };

	mock_add(t, (cdt_str){ bytes, sizeof bytes });
}

/* type and content, with the length in front and the sum behind. */
static void add_chunk(struct text *t, cdt_str typed)
{
	add_u32(t, (uint32_t)typed.n - 4);
	mock_add(t, typed);
	add_u32(t, crc_of(typed));
}

static void add_pixels(struct text *t, uint64_t seed)
{
	static const unsigned char head[] = { 'I', 'D', 'A', 'T', 0x78, 0x01, 0x01,
		RAW_BYTES & 0xff, RAW_BYTES >> 8, ~RAW_BYTES & 0xff, ~RAW_BYTES >> 8 & 0xff };
	unsigned char raw[RAW_BYTES];
	struct text chunk = { .p = NULL };

	memset(raw, 0, sizeof raw);
	for (size_t i = 0; i < RAW_BYTES; i++)
		if (i % LINE_BYTES)
			raw[i] = (unsigned char)(seed >> 8 * ((i % LINE_BYTES - 1) % 3));
	mock_add(&chunk, (cdt_str){ (const char *)head, sizeof head });
	mock_add(&chunk, (cdt_str){ (const char *)raw, sizeof raw });
	add_u32(&chunk, adler_of(raw, sizeof raw));
	add_chunk(t, mock_str(&chunk));
	t->failed |= chunk.failed;
	mock_text_fini(&chunk);
}

static void add_png(struct text *t, uint64_t seed)
{
	static const char head[] = "IHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0";

	mock_add(t, CDT_STR("\x89PNG\r\n\x1a\n"));
	add_chunk(t, (cdt_str){ head, sizeof head - 1 });
	add_pixels(t, seed);
	add_chunk(t, CDT_STR("IEND"));
}

static void add_where(struct text *line, uint64_t seed)
{
	char url[64];
	int n = snprintf(url, sizeof url, "https://mock.invalid/%016llx.png",
	                 (unsigned long long)seed);

	mock_add_z(line, ",\"url\":");
	mock_add_json(line, (cdt_str){ url, n > 0 ? (size_t)n : 0 });
}

static void add_bytes(struct text *line, uint64_t seed)
{
	struct text png = { .p = NULL };

	add_png(&png, seed);
	mock_add_z(line, ",\"image\":\"");
	mock_add_base64(line, mock_str(&png));
	mock_add_z(line, "\"");
	line->failed |= png.failed;
	mock_text_fini(&png);
}

static void draw(struct plan *p, uint64_t index, uint64_t seed, bool url)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"p\":");
	mock_add_u64(&line, index);
	if (url)
		add_where(&line, seed);
	else
		add_bytes(&line, seed);
	mock_add_z(&line, "}");
	mock_plan_piece(p, mock_str(&line));
	p->steps.failed |= line.failed;
	mock_text_fini(&line);
}

static void say_prompt(struct plan *p, uint64_t index, cdt_str prompt)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"p\":");
	mock_add_u64(&line, index);
	mock_add_z(&line, ",\"revised_prompt\":");
	mock_add_json(&line, prompt);
	mock_add_z(&line, "}");
	mock_plan_line(p, mock_str(&line));
	p->steps.failed |= line.failed;
	mock_text_fini(&line);
}

cdt_status mock_picture(struct cdt_call *call, const struct cdt_request *req,
                        const struct wish *w, struct cdt_out *o)
{
	struct plan p = { .wish = w };
	cdt_str prompt = cdt_text(cdt_get(req->doc, "prompt"));
	int64_t n = cdt_i64(cdt_get(req->doc, "n"), 1);
	bool url = cdt_is(cdt_text(cdt_get(req->doc, "response_format")), "url");
	uint64_t seed = mock_hash(0, prompt);
	cdt_status st;

	(void)call;
	for (size_t i = 0; i < req->blob_count; i++)
		seed = mock_hash(seed, req->blobs[i].data);
	mock_plan_begin(&p, seed, req->model);
	for (int64_t i = 0; i < n && i < PICTURES_MAX; i++) {
		draw(&p, (uint64_t)i, seed + (uint64_t)i, url);
		say_prompt(&p, (uint64_t)i, prompt);
	}
	mock_plan_line(&p, CDT_STR("{\"c\":0,\"stop\":\"stop\"}"));
	mock_plan_end(&p, mock_tokens_of(prompt.n), 0, 0);
	st = p.steps.failed ? CDT_E_LIMIT : CDT_OK;
	if (st == CDT_OK)
		mock_plan_write(&p, o);
	mock_text_fini(&p.steps);
	return st;
}
