/* unit/plugins/anthropic_answers_test.c - recorded answers through the plugin: grammar of the
 * events, exact expectations, cuts, receivers that leave.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugins/anthropic_reel.h"

/* Recordings that are no answer to a chat, or one that must not be taken for a good one. */
static const char *const refused[] = {
	"spliced-message-start.chunks.txt",
	"vcr.anthropic_count_tokens_error.0.response.404.json",
	"vcr.anthropic_count_tokens_with_native_tools.0.response.json",
	"vcr.anthropic_explicit_effort_xhigh_unsupported_model_errors.0.response.400.json",
};

static bool is_refused(const char *name)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (strcmp(refused[i], name) == 0)
			return true;
	return false;
}

static void must(bool ok, const char *name, const char *why)
{
	if (!ok)
		fprintf(stderr, "    %s: %s\n", name, why ? why : "?");
	CU_ASSERT(ok);
}

static void whole_answer(struct trial *h, cdt_status st, size_t nth, void *arg)
{
	const char *name = ((const struct reel *)arg)->name;
	const char *wrong = trial_breach(h, !is_refused(name));

	(void)nth;
	must(!wrong, name, wrong);
	must(st == (is_refused(name) ? CDT_E_UPSTREAM : CDT_OK), name, "status");
}

static void every_recording(uint32_t flags,
                            void (*ended)(struct trial *, cdt_status, size_t, void *))
{
	char **names = reel_names("");

	for (size_t i = 0; names[i]; i++) {
		size_t n;
		char *text = reel_load(names[i], &n);
		struct reel r = { .name = names[i], .bytes = { text, n }, .flags = flags,
			.ended = ended };

		r.arg = &r;
		(void)reel_play(&r);
		mem_free(text);
	}
	must(names[0] && names[40], "t/", "fewer recordings than there were");
	reel_names_free(names);
}

static void every_answer_keeps_the_grammar(void)
{
	every_recording(0, whole_answer);
}

static void native_answer(struct trial *h, cdt_status st, size_t nth, void *arg)
{
	const char *name = ((const struct reel *)arg)->name;
	bool bad = is_refused(name) && !strstr(name, "spliced");
	const char *wrong = trial_breach(h, !bad);

	(void)nth;
	must(!wrong, name, wrong);
	must(st == (bad ? CDT_E_UPSTREAM : CDT_OK), name, "status");
	must(h->seen.part_count == 0, name, "a relayed answer was translated");
}

static void relayed_answers_give_usage_and_stop_only(void)
{
	every_recording(CDT_REQ_NATIVE, native_answer);
}

static const struct expectation {
	const char *name;
	size_t answer;
	uint32_t stop;
	size_t text, thinking, signature, redacted, refusal, citations;     /* bytes */
	const char *tools;
	struct { int64_t input, output, cache_read, cache_write, reasoning; } usage;
} expectations[] = {
	{ "anthropic-text.json", 0,
	  CDT_STOP_END, 105, 0, 0, 0, 0, 0, "",
	  { 12, 29, 0, 0, -1 } },
	{ "anthropic-text.chunks.txt", 0,
	  CDT_STOP_END, 108, 0, 0, 0, 0, 0, "",
	  { 12, 30, 0, 0, -1 } },
	{ "anthropic-refusal.chunks.txt", 0,
	  CDT_STOP_REFUSAL, 0, 0, 0, 0, 110, 0, "",
	  { 18, 5, 0, 0, -1 } },
	{ "anthropic-refusal.json", 0,
	  CDT_STOP_REFUSAL, 0, 0, 0, 0, 110, 0, "",
	  { 18, 5, 0, 0, -1 } },
	{ "anthropic-fallback.chunks.txt", 0,
	  CDT_STOP_END, 66, 0, 0, 0, 0, 0, "",
	  { 412, 264, 0, 0, -1 } },
	{ "duplicate-message-start.chunks.txt", 0,
	  CDT_STOP_END, 13, 0, 0, 0, 0, 0, "",
	  { 17, 227, -1, -1, -1 } },
	{ "anthropic-json-other-tool.1.chunks.txt", 0,
	  CDT_STOP_TOOL, 0, 0, 0, 0, 0, 0, "weather",
	  { 843, 28, 0, 0, -1 } },
	{ "anthropic-claude-opus-5-reasoning-high.1.json", 0,
	  CDT_STOP_END, 2654, 352, 752, 0, 0, 0, "",
	  { 51, 1699, 0, 0, 139 } },
	{ "anthropic-programmatic-tool-calling.1.chunks.txt", 1,
	  CDT_STOP_TOOL, 0, 0, 0, 0, 0, 0, "rollDie",
	  { 0, 0, -1, -1, -1 } },
	{ "anthropic-programmatic-tool-calling.1.chunks.txt", 2,
	  CDT_STOP_TOOL, 0, 0, 0, 0, 0, 0, "rollDie",
	  { 0, 0, -1, -1, -1 } },
	{ "anthropic-tool-search-deferred-bm25.chunks.txt", 2,
	  CDT_STOP_END, 353, 0, 0, 0, 0, 0, "",
	  { 1639, 95, 0, 0, -1 } },
	{ "vcr.anthropic_model_thinking_part_redacted_stream.0.sse.txt", 0,
	  CDT_STOP_END, 359, 0, 0, 1040, 0, 0, "",
	  { 92, 189, 0, 0, -1 } },
	{ "vcr.anthropic_model_thinking_part_redacted.0.response.json", 0,
	  CDT_STOP_END, 341, 0, 0, 1020, 0, 0, "",
	  { 92, 196, 0, 0, -1 } },
	{ "vcr.anthropic_model_web_search_tool_stream.0.sse.txt", 0,
	  CDT_STOP_END, 1346, 405, 776, 0, 0, 7, "",
	  { 22397, 637, 0, 0, -1 } },
	{ "vcr.thinking_with_native_tool_wire_contract_anthropic_.0.response.json", 0,
	  CDT_STOP_END, 788, 321, 716, 0, 0, 3, "",
	  { 7744, 353, 0, 0, 80 } },
	{ "vcr.anthropic_cache_real_api.1.response.json", 0,
	  CDT_STOP_END, 164, 0, 0, 0, 0, 0, "",
	  { 1532, 33, 1111, 418, -1 } },
	{ "vcr.stop_settings_anthropic_.0.response.json", 0,
	  CDT_STOP_SEQUENCE, 22, 0, 0, 0, 0, 0, "",
	  { 32, 5, 0, 0, -1 } },
	{ "vcr.anthropic_advisor_tool_stream.0.sse.txt", 0,
	  CDT_STOP_END, 192, 0, 540, 0, 0, 0, "",
	  { 2411, 145, 0, 0, 47 } },
	{ "anthropic-advisor-20260301.1.json", 0,
	  CDT_STOP_END, 11311, 0, 0, 0, 0, 0, "",
	  { 2414, 3200, 0, 0, -1 } },
	{ "anthropic-clear-thinking.1.chunks.txt", 0,
	  CDT_STOP_END, 14, 76, 332, 0, 0, 0, "",
	  { 69, 53, 0, 0, -1 } },
	{ "vcr.anthropic_mcp_servers_stream.0.sse.txt", 0,
	  CDT_STOP_END, 806, 192, 492, 0, 0, 0, "",
	  { 3042, 354, 0, 0, -1 } },
};

static void tools_of(const struct trial *h, char *out, size_t room)
{
	const struct seen_part *p;
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; (p = trial_part(h, CDT_PART_TOOL_CALL, i)) != NULL && n < room; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%s", i ? "," : "", p->name);
}

static size_t opaque_bytes(const struct trial *h, bool redacted)
{
	const struct seen_part *p;
	size_t n = 0;

	for (size_t i = 0; (p = trial_part(h, CDT_PART_REASONING, i)) != NULL; i++)
		n += redacted ? p->redacted.n : p->signature.n;
	return n;
}

static size_t citations_of(const struct trial *h)
{
	const struct seen_part *p;
	size_t n = 0;

	for (size_t i = 0; (p = trial_part(h, CDT_PART_CITATION, i)) != NULL; i++)
		n += p->citations;
	return n;
}

static void expected_answer(struct trial *h, cdt_status st, size_t nth, void *arg)
{
	const struct expectation *e = arg;
	const struct cdt_usage *u = &h->seen.usage;
	char tools[256];

	if (nth != e->answer)
		return;
	tools_of(h, tools, sizeof tools);
	must(st == CDT_OK, e->name, "status");
	must(h->seen.stop == e->stop, e->name, "stop");
	must(trial_text_bytes(h, CDT_PART_TEXT) == e->text, e->name, "text");
	must(trial_text_bytes(h, CDT_PART_REASONING) == e->thinking, e->name, "thinking");
	must(trial_text_bytes(h, CDT_PART_REFUSAL) == e->refusal, e->name, "refusal");
must(opaque_bytes(h, false) == e->signature, e->name, "signature");
	must(opaque_bytes(h, true) == e->redacted, e->name, "redacted");
	must(citations_of(h) == e->citations, e->name, "citations");
	must(strcmp(tools, e->tools) == 0, e->name, tools);
	must(u->input == e->usage.input && u->output == e->usage.output, e->name, "tokens");
	must(u->cache_read == e->usage.cache_read && u->cache_write == e->usage.cache_write
	     && u->reasoning == e->usage.reasoning, e->name, "parts of the tokens");
}

static void recorded_answers_say_what_they_said(void)
{
	for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
		struct expectation e = expectations[i];
		size_t n;
		char *text = reel_load(e.name, &n);

		(void)reel_play(&(struct reel){ .name = e.name, .bytes = { text, n },
			.ended = expected_answer, .arg = &e });
		mem_free(text);
	}
}

/* Only the last answer of a recording is cut; a cut one must not pass for a whole one. */
static void cut_answer(struct trial *h, cdt_status st, size_t nth, void *arg)
{
	const char *name = arg, *wrong = trial_breach(h, st == CDT_OK);

	(void)nth;
	must(!wrong, name, wrong);
	must(st == CDT_OK || st == CDT_E_UPSTREAM, name, "status");
	must((st == CDT_OK) == (h->seen.stops == 1), name, "a cut answer passed for whole");
}

static void cut_at_bytes(const char *name, cdt_str bytes, size_t step)
{
	struct reel r = { .name = name, .ended = cut_answer };
	char *arg = mem_text(name, strlen(name));

	r.arg = arg;
	for (size_t n = 0; n < bytes.n; n += step) {
		r.bytes = (cdt_str){ bytes.p, n };
		(void)reel_play(&r);
	}
	mem_free(arg);
}

static void cut_at_frames(const char *name, cdt_str bytes, size_t step)
{
	struct reel r = { .name = name, .bytes = bytes, .ended = cut_answer };
	char *arg = mem_text(name, strlen(name));
	size_t frames;

	r.arg = arg;
	frames = reel_play(&r);
	for (size_t k = 1; k < frames; k += step) {
		r.frames_max = k;
		(void)reel_play(&r);
	}
	mem_free(arg);
}

/* Every 37th byte and every frame with CONDUIT_THOROUGH, else about 24 places a recording. */
static void cut_answers_are_errors(void)
{
	bool thorough = getenv("CONDUIT_THOROUGH") != NULL;
	char **names = reel_names("");

	for (size_t i = 0; names[i]; i++) {
		size_t n;
		char *text = reel_load(names[i], &n);
		size_t step = n / 24 | 1;

		cut_at_bytes(names[i], (cdt_str){ text, n }, thorough || step < 37 ? 37 : step);
		cut_at_frames(names[i], (cdt_str){ text, n }, thorough ? 1 : 1 + n / 4096);
		mem_free(text);
	}
	reel_names_free(names);
}

static void left_answer(struct trial *h, cdt_status st, size_t nth, void *arg)
{
	const char *wrong = trial_breach(h, false);

	if (nth)
		return;
	must(!wrong, arg, wrong);
	must(st == CDT_E_ABORTED || h->seen.events < h->seen.fail_at, arg, "status");
}

static void a_receiver_that_leaves_ends_the_answer(void)
{
	static const char *const some[] = {
		"anthropic-refusal.json", "anthropic-text.chunks.txt",
		"vcr.anthropic_model_thinking_part_redacted_stream.0.sse.txt",
		"vcr.thinking_with_native_tool_wire_contract_anthropic_.0.response.json",
	};

	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		size_t n;
		char *text = reel_load(some[i], &n), *name = mem_text(some[i], strlen(some[i]));

		for (size_t at = 1; at < 40; at++)
			(void)reel_play(&(struct reel){ .name = some[i], .bytes = { text, n },
				.fail_at = at, .ended = left_answer, .arg = name });
		mem_free(text);
		mem_free(name);
	}
}

static const struct unit_test tests[] = {
	{ "every recorded answer keeps the grammar of events", every_answer_keeps_the_grammar },
	{ "recorded answers say what they said", recorded_answers_say_what_they_said },
	{ "relayed answers give usage and stop only",
	  relayed_answers_give_usage_and_stop_only },
	{ "an answer cut anywhere is an error and breaks nothing", cut_answers_are_errors },
	{ "a receiver that leaves ends the answer at once",
	  a_receiver_that_leaves_ends_the_answer },
	{ NULL, NULL },
};
const struct unit_suite plugins_anthropic_answers_suite = {
	"plugins/anthropic answers", tests,
};
