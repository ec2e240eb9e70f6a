/* unit/plugins/mock_media_test.c - provider_mock beside chat: pictures, sound, moderations and
 * rankings.  Transcriptions need files, so tests/cases has them.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "unit/plugins/mock_scene.h"

#define JUDGED(flagged, hate, hates, kill, kills) \
	"{\"flagged\":" flagged ",\"categories\":{\"harassment\":false,\"hate\":" hate "," \
	"\"sexual\":false,\"violence\":" kill "},\"category_scores\":{\"harassment\":0.01," \
	"\"hate\":" hates ",\"sexual\":0.01,\"violence\":" kills "}}\n"

static void judges_by_words(void)
{
	scene_says(&(struct fake_ask){ .op = CDT_OP_MODERATE, .model = "mock", .doc =
	     "{\"each\":true,\"input\":[{\"type\":\"text\",\"text\":\"I hate it.\"},"
	     "{\"type\":\"text\",\"text\":\"hateful\"}]}" },
	     "0.0 result: " JUDGED("true", "true", "0.98", "false", "0.01")
	     "0.1 result: " JUDGED("false", "false", "0.01", "false", "0.01")
	     "0 stop end stop\nusage 5 0\n");
	scene_says(&(struct fake_ask){ .op = CDT_OP_MODERATE, .model = "mock", .doc =
	     "{\"each\":false,\"input\":[{\"type\":\"text\",\"text\":\"KILL\"},"
	     "{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}]}" },
	     "0.0 result: " JUDGED("true", "false", "0.01", "true", "0.98")
	     "0 stop end stop\nusage 1 0\n");
}

static void ranks_by_shared_words(void)
{
	scene_says(&(struct fake_ask){ .op = CDT_OP_RERANK, .model = "mock", .doc =
	     "{\"query\":\"red, car?\",\"documents\":[\"boat\",\"a Red boat\",\"my car is red\",\"\"]}" },
	     "0.0 result: {\"index\":2,\"relevance_score\":1.0000}\n"
	     "0.1 result: {\"index\":1,\"relevance_score\":0.5000}\n"
	     "0.2 result: {\"index\":0,\"relevance_score\":0.0000}\n"
	     "0.3 result: {\"index\":3,\"relevance_score\":0.0000}\n"
	     "0 stop end stop\nusage 9 0\n");
	scene_says(&(struct fake_ask){ .op = CDT_OP_RERANK, .model = "mock", .doc =
	     "{\"query\":\"red car\",\"documents\":[\"boat\",\"red\"],\"top_n\":1}" },
	     "0.0 result: {\"index\":1,\"relevance_score\":0.5000}\n"
	     "0 stop end stop\nusage 4 0\n");
}

static void draws_where_to_find_it(void)
{
	scene_says(&(struct fake_ask){ .op = CDT_OP_IMAGE, .model = "mock", .doc =
	     "{\"prompt\":\"a cat\",\"n\":2,\"response_format\":\"url\"}" },
	     "0.0 image: [url https://mock.invalid/719c6a0889da8688.png][revised_prompt a cat]\n"
	     "0.1 image: [url https://mock.invalid/719c6a0889da8689.png][revised_prompt a cat]\n"
	     "0 stop end stop\nusage 2 0\n");
}

/* Its file is as long as its head says. */
static void speaks_as_long_as_there_are_words(void)
{
	static const struct { const char *model, *doc; size_t bytes; bool wav; } rows[] = {
		{ "mock", "{\"input\":\"one two  three\"}", 44 + 3 * 3200, true },
		{ "mock-n2", "{\"input\":\"x\",\"response_format\":\"wav\"}", 44 + 2 * 3200, true },
		{ "mock", "{\"input\":\"x\",\"response_format\":\"pcm\"}", 3200, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scene s;
		const char *p;

		scene_begin(&s, &(struct fake_ask){ .op = CDT_OP_SPEECH, .model = rows[i].model,
		                              .doc = rows[i].doc, .flags = CDT_REQ_STREAM });
		scene_start(&s);
		(void)fake_loop_run(&s.plugin.loop, 1000);
		CU_ASSERT_EQUAL(s.wire.end, CDT_OK);
		CU_ASSERT_EQUAL_FATAL(s.wire.body.n, rows[i].bytes);
		p = s.wire.body.p;
		CU_ASSERT(!rows[i].wav || (!memcmp(p, "RIFF", 4) && !memcmp(p + 36, "data", 4)));
		CU_ASSERT(!rows[i].wav || (uint8_t)p[40] + 256u * (uint8_t)p[41] ==
		          rows[i].bytes - 44);
		CU_ASSERT(str_search(buf_str(&s.wire.headers), rows[i].wav ? CDT_STR("audio/wav")
		                     : CDT_STR("audio/pcm")) < s.wire.headers.n);
		scene_end(&s);
	}
}

static const struct unit_test tests[] = {
	{ "judges by words", judges_by_words },
	{ "ranks by shared words", ranks_by_shared_words },
	{ "draws where to find it", draws_where_to_find_it },
	{ "speaks as long as there are words", speaks_as_long_as_there_are_words },
	{ NULL, NULL },
};
const struct unit_suite plugins_mock_media_suite = { "plugins/mock_media", tests };
