/* unit/plugins/mock_scene.c - see mock_scene.h.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/mock_scene.h"

#include <stdio.h>

#include "base/str.h"

extern const struct cdt_feature mock_feature;

void scene_begin(struct scene *s, const struct fake_ask *ask)
{
	struct fake_ask mine = *ask;

	mine.op = mine.op ? mine.op : CDT_OP_CHAT;
	fake_plugin_open(&s->plugin, &mock_feature, "{}");
	fake_try_init(&s->try, &s->plugin, &mine);
	CU_ASSERT_EQUAL(s->try.built, CDT_OK);
	fake_wire_init(&s->wire);
	s->local = s->plugin.ops->extension(s->plugin.self, CDT_EXT_PROVIDER_LOCAL);
}

void scene_start(struct scene *s)
{
	s->handle = s->local->start(s->plugin.self, fake_loop_worker(&s->plugin.loop),
	                            buf_str(&s->try.http.text), &s->wire.abi);
}

void scene_read(struct scene *s)
{
	s->read = fake_feed(s->plugin.ops, s->plugin.self, &s->try.call, &s->try.sink,
	                    "x.lines", buf_str(&s->wire.body));
}

void scene_end(struct scene *s)
{
	CU_ASSERT_EQUAL(fake_loop_armed(&s->plugin.loop), 0);
	CU_ASSERT_EQUAL(s->try.sink.wrong.n, 0);
	if (s->try.sink.wrong.n)
		fprintf(stderr, "%.*s\n", STR_ARG(s->try.sink.wrong));
	fake_wire_fini(&s->wire);
	fake_try_fini(&s->try);
	fake_plugin_close(&s->plugin);
}

void scene_play(struct scene *s, const struct fake_ask *ask)
{
	scene_begin(s, ask);
	scene_start(s);
	(void)fake_loop_run(&s->plugin.loop, 3600000);       /* the answer is what counts */
	CU_ASSERT_EQUAL(s->wire.ends, 1);
	scene_read(s);
}

void scene_says(const struct fake_ask *ask, const char *want)
{
	struct scene s;
	cdt_str got;

	scene_play(&s, ask);
	CU_ASSERT_EQUAL(s.wire.status, 200);
	CU_ASSERT_EQUAL(s.wire.end, CDT_OK);
	CU_ASSERT_EQUAL(s.read, CDT_OK);
	fake_sink_end(&s.try.sink);
	got = fake_sink_show(&s.try.sink);
	got = str_skip(got, str_find(got, '\n') + 1);        /* the id is a hash */
	CU_ASSERT(str_is(got, want));
	if (!str_is(got, want))
		fprintf(stderr, "%s %s:\n%.*swanted:\n%s\n", ask->model, ask->doc, STR_ARG(got),
			want);
	scene_end(&s);
}
