/* unit/api/responses_kept_test.c - kept answers as streams and back: what hosts were seen to
 * send is the measure.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/responses/responses.h"
#include "api/scatter.h"
#include "base/jsonwalk.h"
#include "base/str.h"
#include "unit/unit.h"

enum { LINE_MAX_BYTES = 1 << 20, NAMES_MAX = 256 };

struct kept_rig { struct buf frames, whole, again, back; };

static void rig_init(struct kept_rig *r)
{
	buf_init(&r->frames, 8 << 20);
	buf_init(&r->whole, 8 << 20);
	buf_init(&r->again, 8 << 20);
	buf_init(&r->back, 8 << 20);
}

static void rig_fini(struct kept_rig *r)
{
	buf_fini(&r->frames);
	buf_fini(&r->whole);
	buf_fini(&r->again);
	buf_fini(&r->back);
}

static void add(struct kept_rig *r, cdt_str event)
{
	const struct kept_frame f = { CDT_STR(""), event, 0 };

	CU_ASSERT_EQUAL(kept_add(&r->frames, &f), CDT_OK);
}

/* Some hold several answers: the first one. */
static void load(struct kept_rig *r, const char *path)
{
	const char *root = getenv("CONDUIT_SRCDIR") ? getenv("CONDUIT_SRCDIR") : ".";
	static char line[LINE_MAX_BYTES];
	char file[512];
	FILE *f;

	(void)snprintf(file, sizeof file, "%s/plugins/%s.chunks.txt", root, path);
	f = fopen(file, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof line, f)) {
		add(r, str_trim(str_z(line)));
		if (str_is(scatter_word(str_z(line), "type"), "response.completed"))
			break;
	}
	(void)fclose(f);
}

/* The types of its events, each once where they follow one another. */
static size_t names_of(cdt_str frames, cdt_str names[NAMES_MAX])
{
	struct kept_frame f;
	size_t n = 0;

	while (n < NAMES_MAX && kept_next(&frames, &f)) {
		cdt_str name = scatter_word(f.body, "type");

		if (!n || !str_eq(names[n - 1], name))
			names[n++] = name;
	}
	return n;
}

static void check_names(const char *file, cdt_str made, cdt_str recorded)
{
	static cdt_str want[NAMES_MAX], got[NAMES_MAX];
	size_t n = names_of(recorded, want);

	CU_ASSERT_EQUAL(names_of(made, got), n);
	for (size_t k = 0; k < n; k++) {
		if (!str_eq(got[k], want[k]))
			fprintf(stderr, "%s %zu: %.*s, not %.*s\n", file, k, STR_ARG(got[k]),
			        STR_ARG(want[k]));
		CU_ASSERT(str_eq(got[k], want[k]));
	}
}

static void streams_are_made_as_hosts_make_them(void)
{
	static const char *const recorded[] = {
		"provider_azure/t/responses-azure-text.1",
		"provider_azure/t/responses-azure-tool-call.1",
		"provider_azure/t/responses-azure-reasoning-encrypted-content.1",
		"provider_openai/t/responses-openai-reasoning-encrypted-content.1",
		"provider_compatible/t/responses-lmstudio-basic.1",
	};

	for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
		struct kept_rig r;

		rig_init(&r);
		load(&r, recorded[i]);
		CU_ASSERT_EQUAL(responses_gather(buf_str(&r.frames), &r.whole), CDT_OK);
		CU_ASSERT_EQUAL(responses_scatter(buf_str(&r.whole), &r.again), CDT_OK);
		check_names(recorded[i], buf_str(&r.again), buf_str(&r.frames));
		CU_ASSERT_EQUAL(responses_gather(buf_str(&r.again), &r.back), CDT_OK);
		CU_ASSERT(str_eq(buf_str(&r.back), buf_str(&r.whole)));
		rig_fini(&r);
	}
}

static void what_is_no_whole_stream_is_not_gathered(void)
{
	static const char *const events[][2] = {
		{ "{\"type\":\"response.created\",\"response\":{\"output\":[]}}", "{}" },
		{ "{\"type\":\"response.failed\",\"response\":{\"output\":[]}}", "[]" },
		{ "{\"type\":\"response.completed\",\"response\":7}", "{}" },
		{ "{\"type\":\"response.output_item.done\",\"item\":{}}",
		  "{\"type\":\"response.completed\",\"response\":{\"output\":[]}}" },
	};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		struct kept_rig r;

		rig_init(&r);
		add(&r, str_z(events[i][0]));
		add(&r, str_z(events[i][1]));
		CU_ASSERT_EQUAL(responses_gather(buf_str(&r.frames), &r.whole),
		                CDT_E_UNSUPPORTED);
		rig_fini(&r);
	}
}

static void of_what_has_more_events_than_items_no_stream_is_made(void)
{
	static const char *const bodies[] = {
		"[]", "{}", "{\"status\":\"completed\",\"output\":7}",
		"{\"status\":\"failed\",\"output\":[]}", "{\"status\":\"queued\",\"output\":[]}",
		"{\"status\":\"completed\",\"output\":[7]}",
		"{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[]}]}",
		"{\"status\":\"completed\",\"output\":[{\"type\":\"mcp_call\",\"id\":\"m\"}]}",
		"{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"id\":\"m\","
		"\"content\":[{\"type\":\"novelty\"}]}]}",
	};

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct kept_rig r;

		rig_init(&r);
		CU_ASSERT_EQUAL(responses_scatter(str_z(bodies[i]), &r.again),
		                CDT_E_UNSUPPORTED);
		rig_fini(&r);
	}
}

static const struct unit_test tests[] = {
	{ "streams are made as hosts make them", streams_are_made_as_hosts_make_them },
	{ "what is no whole stream is not gathered", what_is_no_whole_stream_is_not_gathered },
	{ "of what has more events than items no stream is made",
	  of_what_has_more_events_than_items_no_stream_is_made },
	{ NULL, NULL }
};
const struct unit_suite api_responses_kept_suite = { "api/responses kept", tests };
