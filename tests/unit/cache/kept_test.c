/* What is kept is read as it was written, or not at all.
 * SPDX-License-Identifier: MIT */
#include "cache/kept.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

enum { ROOM = 1 << 20 };

static const uint8_t key[KEPT_KEY_SIZE] = { 1, 2, 3, 250 };
static const struct kept_frame frames[] = {
	{ { "", 0 }, { "{\"a\":1}", 7 }, 0 },
	{ { "delta", 5 }, { "{\"b\":\"\\u0000\"}", 14 }, 70000 },
	{ { "", 0 }, { "", 0 }, UINT32_MAX },
};
enum { FRAMES = sizeof frames / sizeof *frames };

static struct kept usual(void)
{
	struct kept k = {
		.stored_ms = 1700000000123, .ttl_ms = 3600000, .cost = 12345, .took_us = 99,
		.usage = CDT_USAGE_INIT, .stream = true,
		.provider = CDT_STR("up"), .target = CDT_STR("up/m"), .model = CDT_STR("m"),
		.route = CDT_STR("gpt"), .key = CDT_STR("k123"), .type = CDT_STR(""),
	};

	k.usage.input = 8;
	k.usage.searches = 3;
	memset(k.body, 7, sizeof k.body);
	return k;
}

static void write_usual(struct buf *out)
{
	const struct kept k = usual();

	buf_init(out, ROOM);
	kept_head(&k, out);
	for (size_t i = 0; i < FRAMES; i++)
		CU_ASSERT_EQUAL(kept_add(out, &frames[i]), CDT_OK);
	kept_seal(key, out);
	CU_ASSERT_EQUAL(out->status, CDT_OK);
}

static bool same(cdt_str a, cdt_str b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

static void reads_what_was_written(void)
{
	const struct kept want = usual();
	struct kept got;
	struct kept_frame f;
	struct buf value;

	write_usual(&value);
	CU_ASSERT_TRUE_FATAL(kept_read(buf_str(&value), key, &got));
	CU_ASSERT_EQUAL(got.stored_ms, want.stored_ms);
	CU_ASSERT_EQUAL(got.ttl_ms, want.ttl_ms);
	CU_ASSERT_EQUAL(got.cost, want.cost);
	CU_ASSERT_EQUAL(got.took_us, want.took_us);
	CU_ASSERT_EQUAL(memcmp(&got.usage, &want.usage, sizeof got.usage), 0);
	CU_ASSERT_EQUAL(memcmp(got.body, want.body, sizeof got.body), 0);
	CU_ASSERT_TRUE(got.stream);
	CU_ASSERT_TRUE(same(got.provider, want.provider) && same(got.target, want.target));
	CU_ASSERT_TRUE(same(got.model, want.model) && same(got.route, want.route));
	CU_ASSERT_TRUE(same(got.key, want.key) && same(got.type, want.type));
	for (size_t i = 0; i < FRAMES; i++) {
		CU_ASSERT_TRUE_FATAL(kept_next(&got.frames, &f));
		CU_ASSERT_EQUAL(f.after_ms, frames[i].after_ms);
		CU_ASSERT_TRUE(same(f.event, frames[i].event) && same(f.body, frames[i].body));
	}
	CU_ASSERT_FALSE(kept_next(&got.frames, &f));
	CU_ASSERT_EQUAL(got.frames.n, 0);
	buf_fini(&value);
}

static void no_other_byte_anywhere_passes(void)
{
	struct buf value;
	struct kept k;
	size_t passed = 0;

	write_usual(&value);
	for (size_t i = 0; i < value.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			value.p[i] = (char)(value.p[i] ^ 1 << bit);
			passed += kept_read(buf_str(&value), key, &k);
			value.p[i] = (char)(value.p[i] ^ 1 << bit);
		}
	CU_ASSERT_EQUAL(passed, 0);
	CU_ASSERT_TRUE(kept_read(buf_str(&value), key, &k));
	buf_fini(&value);
}

/* Each in memory of its own length, so that a sanitizer sees who reads beyond. */
static void no_part_passes(void)
{
	struct buf value;
	struct kept k;
	size_t passed = 0;

	write_usual(&value);
	for (size_t n = 0; n < value.n; n++) {
		char *part = mem_text(value.p, n);

		passed += kept_read((cdt_str){ part, n }, key, &k);
		mem_free(part);
	}
	buf_add_c(&value, '\0');
	passed += kept_read(buf_str(&value), key, &k);
	CU_ASSERT_EQUAL(passed, 0);
	CU_ASSERT_FALSE(kept_read((cdt_str){ NULL, 0 }, key, &k));
	buf_fini(&value);
}

static void anothers_value_does_not_pass(void)
{
	uint8_t other[KEPT_KEY_SIZE];
	struct buf value;
	struct kept k;

	write_usual(&value);
	for (size_t i = 0; i < KEPT_KEY_SIZE; i++) {
		memcpy(other, key, sizeof other);
		other[i] ^= 0x80;
		CU_ASSERT_FALSE(kept_read(buf_str(&value), other, &k));
	}
	buf_fini(&value);
}

/* Its check is right, as an older program made it. */
static void another_version_does_not_pass(void)
{
	struct buf value;
	struct kept k;

	write_usual(&value);
	value.p[4]++;
	kept_seal(key, &value);
	CU_ASSERT_FALSE(kept_read(buf_str(&value), key, &k));
	value.p[4] = 0;
	CU_ASSERT_FALSE(kept_read(buf_str(&value), key, &k));
	buf_fini(&value);
}

static void frames_end_where_they_are_cut(void)
{
	struct kept_frame f;
	struct buf value;

	buf_init(&value, ROOM);
	CU_ASSERT_EQUAL(kept_add(&value, &frames[1]), CDT_OK);
	for (size_t n = 0; n < value.n; n++) {
		char *part = mem_text(value.p, n);
		cdt_str rest = { part, n };

		CU_ASSERT_FALSE(kept_next(&rest, &f));
		CU_ASSERT_EQUAL(rest.n, n);
		mem_free(part);
	}
	buf_fini(&value);
}

static void long_texts_are_cut_and_long_values_refused(void)
{
	static char text[KEPT_TEXT_MAX + 10];
	struct kept k = usual();
	struct kept_frame large = { CDT_STR(""), { text, sizeof text }, 0 };
	struct buf value;

	memset(text, 'x', sizeof text);
	k.route = (cdt_str){ text, sizeof text };
	buf_init(&value, ROOM);
	kept_head(&k, &value);
	kept_seal(key, &value);
	CU_ASSERT_TRUE(kept_read(buf_str(&value), key, &k));
	CU_ASSERT_EQUAL(k.route.n, KEPT_TEXT_MAX);
	buf_fini(&value);
	buf_init(&value, 1024);
	CU_ASSERT_EQUAL(kept_add(&value, &large), CDT_E_LIMIT);
	kept_seal(key, &value);
	CU_ASSERT_NOT_EQUAL(value.status, CDT_OK);
	buf_fini(&value);
}

static const struct unit_test tests[] = {
	{ "reads what was written", reads_what_was_written },
	{ "no other byte anywhere passes", no_other_byte_anywhere_passes },
	{ "no part passes", no_part_passes },
	{ "another's value does not pass", anothers_value_does_not_pass },
	{ "another version does not pass", another_version_does_not_pass },
	{ "frames end where they are cut", frames_end_where_they_are_cut },
	{ "long texts are cut and long values refused",
	  long_texts_are_cut_and_long_values_refused },
	{ NULL, NULL }
};
const struct unit_suite cache_kept_suite = { "cache/kept", tests };
