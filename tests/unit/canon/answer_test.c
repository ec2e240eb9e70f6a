/* unit/canon/answer_test.c - events put together, in order and out of it.
 * SPDX-License-Identifier: MIT */
#include "canon/answer.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "unit/unit.h"

struct rig { struct arena arena; struct answer a; };

static void rig_init(struct rig *r)
{
	arena_init(&r->arena, 4096, 64 << 20);
	answer_init(&r->a, &r->arena);
}

static void rig_fini(struct rig *r)
{
	answer_fini(&r->a);
	arena_fini(&r->arena);
}

static cdt_status add(struct rig *r, struct cdt_event ev)
{
	ev.size = sizeof ev;
	return answer_add(&r->a, &ev);
}

static cdt_status delta(struct rig *r, uint32_t choice, uint32_t part, uint32_t kind,
                        const char *text)
{
	return add(r, (struct cdt_event){ .type = CDT_EV_DELTA, .choice = choice, .index = part,
	                                  .kind = kind, .data = str_z(text) });
}

static cdt_status open_call(struct rig *r, uint32_t part, const char *id, const char *name)
{
	return add(r, (struct cdt_event){ .type = CDT_EV_OPEN, .index = part,
	                                  .kind = CDT_PART_TOOL_CALL, .id = str_z(id),
	                                  .name = str_z(name) });
}

static bool text_is(struct rig *r, uint32_t choice, uint32_t kind, const char *text)
{
	return choice < r->a.choice_count &&
	       str_is(answer_text(&r->a, r->a.choices[choice], kind), text);
}

static void joins_the_pieces_of_a_text(void)
{
	struct rig r;

	rig_init(&r);
	CU_ASSERT_EQUAL(add(&r, (struct cdt_event){ .type = CDT_EV_START, .id = CDT_STR("i"),
	                                            .name = CDT_STR("m") }), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 0, CDT_PART_TEXT, "Hel"), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 0, CDT_PART_TEXT, "lo"), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 2, CDT_PART_TEXT, ", you"), CDT_OK);     /* another part */
	CU_ASSERT_EQUAL(add(&r, (struct cdt_event){ .type = CDT_EV_STOP,
	                                             .kind = CDT_STOP_LENGTH,
	                                             .data = CDT_STR("max") }),
	                CDT_OK);
	CU_ASSERT(str_is(r.a.id, "i"));
	CU_ASSERT(str_is(r.a.model, "m"));
	CU_ASSERT_EQUAL(r.a.choice_count, 1);
	CU_ASSERT(text_is(&r, 0, CDT_PART_TEXT, "Hello, you"));
	CU_ASSERT_PTR_NULL(answer_text(&r.a, r.a.choices[0], CDT_PART_REFUSAL).p);
	CU_ASSERT_EQUAL(r.a.choices[0]->stop, CDT_STOP_LENGTH);
	CU_ASSERT(str_is(r.a.choices[0]->stop_word, "max"));
	rig_fini(&r);
}

static void keeps_choices_apart(void)
{
	struct rig r;

	rig_init(&r);
	CU_ASSERT_EQUAL(delta(&r, 2, 0, CDT_PART_TEXT, "c"), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 0, CDT_PART_TEXT, "a"), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 2, 0, CDT_PART_TEXT, "C"), CDT_OK);
	CU_ASSERT_EQUAL(r.a.choice_count, 3);
	CU_ASSERT(text_is(&r, 0, CDT_PART_TEXT, "a"));
	CU_ASSERT_PTR_NULL(answer_text(&r.a, r.a.choices[1], CDT_PART_TEXT).p);
	CU_ASSERT(text_is(&r, 2, CDT_PART_TEXT, "cC"));
	rig_fini(&r);
}

static void keeps_calls_and_their_arguments(void)
{
	const struct answer_part *p;
	struct rig r;

	rig_init(&r);
	CU_ASSERT_EQUAL(open_call(&r, 1, "id1", "first"), CDT_OK);
	CU_ASSERT_EQUAL(open_call(&r, 2, "id2", "second"), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 2, CDT_PART_TOOL_CALL, "{}"), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 1, CDT_PART_TOOL_CALL, "{\"a\""), CDT_OK);
	CU_ASSERT_EQUAL(delta(&r, 0, 1, CDT_PART_TOOL_CALL, ":1}"), CDT_OK);
	p = r.a.choices[0]->parts;
	CU_ASSERT(str_is(p->id, "id1") && str_is(p->name, "first"));
	CU_ASSERT(str_is(buf_str(&p->text), "{\"a\":1}"));
	p = p->next;
	CU_ASSERT(str_is(p->id, "id2") && str_is(p->name, "second"));
	CU_ASSERT(str_is(buf_str(&p->text), "{}"));
	CU_ASSERT_PTR_NULL(p->next);
	rig_fini(&r);
}

static void keeps_the_opaque_sides_of_reasoning(void)
{
	static const struct cdt_event opaque[] = {
		{ .type = CDT_EV_DELTA, .kind = CDT_PART_REASONING, .name = { "signature", 9 },
		  .data = { "sig", 3 } },
		{ .type = CDT_EV_DELTA, .kind = CDT_PART_REASONING, .index = 1, .name = { "redacted", 8 },
		  .data = { "red", 3 } },
	};
	const struct answer_part *p;
	struct rig r;

	rig_init(&r);
	CU_ASSERT_EQUAL(delta(&r, 0, 0, CDT_PART_REASONING, "hm"), CDT_OK);
	CU_ASSERT_EQUAL(add(&r, opaque[0]), CDT_OK);
	CU_ASSERT_EQUAL(add(&r, opaque[1]), CDT_OK);
	p = r.a.choices[0]->parts;
	CU_ASSERT(str_is(buf_str(&p->text), "hm") && str_is(buf_str(&p->signature), "sig"));
	CU_ASSERT(str_is(buf_str(&p->next->redacted), "red"));
	CU_ASSERT(text_is(&r, 0, CDT_PART_REASONING, "hm"));
	rig_fini(&r);
}

static void every_document_is_a_part_of_its_own(void)
{
	struct json *doc = json_parse(CDT_STR("{\"url\":\"u\"}"));
	struct cdt_event cite = { .type = CDT_EV_DELTA,
		                  .kind = CDT_PART_CITATION,
		                  .doc = json_val(doc) };
	struct rig r;
	size_t n = 0;

	rig_init(&r);
	CU_ASSERT_EQUAL(add(&r, cite), CDT_OK);
	CU_ASSERT_EQUAL(add(&r, cite), CDT_OK);
	json_free(doc);                                /* it was copied */
	for (const struct answer_part *p = r.a.choices[0]->parts; p; p = p->next, n++)
		CU_ASSERT(str_is(p->json, "{\"url\":\"u\"}"));
	CU_ASSERT_EQUAL(n, 2);
	rig_fini(&r);
}

static void extras_belong_to_the_answer_or_to_a_choice(void)
{
	struct json *doc = json_parse(CDT_STR("[1]")), *later = json_parse(CDT_STR("[2]"));
	struct cdt_event ev = { .type = CDT_EV_EXTRA, .choice = 1, .name = CDT_STR("logprobs"),
	                        .doc = json_val(doc) };
	struct rig r;

	rig_init(&r);
	CU_ASSERT_EQUAL(add(&r, ev), CDT_OK);
	ev.name = CDT_STR("service_tier");
	CU_ASSERT_EQUAL(add(&r, ev), CDT_OK);
	ev.doc = json_val(later);
	CU_ASSERT_EQUAL(add(&r, ev), CDT_OK);          /* the later one replaces */
	CU_ASSERT_EQUAL(r.a.choice_count, 2);
	CU_ASSERT(str_is(r.a.choices[1]->extras->name, "logprobs"));
	CU_ASSERT(str_is(r.a.extras->name, "service_tier"));
	CU_ASSERT(str_is(r.a.extras->json, "[2]"));
	CU_ASSERT_PTR_NULL(r.a.extras->next);
	json_free(doc);
	json_free(later);
	rig_fini(&r);
}

static void has_a_cap_for_everything(void)
{
	struct rig r;
	uint32_t i = 0;

	rig_init(&r);
	CU_ASSERT_EQUAL(delta(&r, ANSWER_CHOICES_MAX - 1, 0, CDT_PART_TEXT, "x"), CDT_OK);
	CU_ASSERT_EQUAL(r.a.choice_count, ANSWER_CHOICES_MAX);
	CU_ASSERT_EQUAL(delta(&r, ANSWER_CHOICES_MAX, 0, CDT_PART_TEXT, "x"), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(delta(&r, UINT32_MAX, 0, CDT_PART_TEXT, "x"), CDT_E_LIMIT);
	while (i < ANSWER_PARTS_MAX && open_call(&r, i, "i", "n") == CDT_OK)
		i++;
	CU_ASSERT_EQUAL(i, ANSWER_PARTS_MAX);
	CU_ASSERT_EQUAL(open_call(&r, i, "i", "n"), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(delta(&r, 0, i, CDT_PART_TEXT, "x"), CDT_E_LIMIT);
	r.a.bytes = ANSWER_BYTES_MAX;
	CU_ASSERT_EQUAL(delta(&r, 1, 0, CDT_PART_TEXT, "x"), CDT_E_LIMIT);
	rig_fini(&r);
}

static void a_full_arena_is_a_limit(void)
{
	struct rig r;

	arena_init(&r.arena, 256, 400);
	answer_init(&r.a, &r.arena);
	CU_ASSERT_EQUAL(delta(&r, 9, 0, CDT_PART_TEXT, "x"), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(delta(&r, 9, 0, CDT_PART_TEXT, "x"), CDT_E_LIMIT);
	rig_fini(&r);
}

static void unknown_events_are_skipped(void)
{
	struct rig r;

	rig_init(&r);
	CU_ASSERT_EQUAL(
	    add(&r, (struct cdt_event){ .type = CDT_EV_CLOSE, .choice = UINT32_MAX }), CDT_OK);
	CU_ASSERT_EQUAL(add(&r, (struct cdt_event){ .type = 99, .choice = UINT32_MAX }),
	                CDT_OK);
	CU_ASSERT_EQUAL(r.a.choice_count, 0);
	rig_fini(&r);
}

static void usage_of_an_older_minor_is_filled_up(void)
{
	struct cdt_usage old = {
		offsetof(struct cdt_usage, cache_read), 0, 5, 7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1
	};
	struct cdt_usage new;
	struct rig r;

	usage_copy(&new, &old);
	CU_ASSERT_EQUAL(new.size, sizeof new);
	CU_ASSERT(new.input == 5 && new.output == 7);
	CU_ASSERT(new.cache_read == -1 && new.cost_nanousd == -1);
	rig_init(&r);
	CU_ASSERT(!r.a.has_usage && r.a.usage.input == -1);
	CU_ASSERT_EQUAL(add(&r, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &old }),
	                CDT_OK);
	CU_ASSERT(r.a.has_usage && r.a.usage.output == 7 && r.a.usage.reasoning == -1);
	rig_fini(&r);
}

static void counts_that_can_not_be_are_not_said(void)
{
	struct cdt_usage odd = {
		sizeof odd, 0, INT64_MAX, CDT_COUNT_MAX, -7, INT64_MIN, 0, 1LL << 31,
		3, 4, 5, 6, -9, -2, INT64_MAX, 7,
	};
	struct cdt_usage u;

	usage_copy(&u, &odd);
	CU_ASSERT(u.input == -1 && u.output == CDT_COUNT_MAX && u.cache_read == -1);
	CU_ASSERT(u.cache_write == -1 && u.reasoning == 0 && u.audio_in == -1);
	CU_ASSERT(u.audio_out == 3 && u.images == 4 && u.seconds_ms == 5 && u.characters == 6);
	CU_ASSERT_EQUAL(u.cost_nanousd, -1);
	CU_ASSERT(u.image_in == -1 && u.image_out == -1 && u.searches == 7);
}

static void a_cost_of_millions_is_not_said(void)
{
	static const struct { int64_t said, taken; } costs[] = {
		{ 0, 0 }, { 12345, 12345 },
		{ ANSWER_COST_MAX_NANOUSD, ANSWER_COST_MAX_NANOUSD },
		{ ANSWER_COST_MAX_NANOUSD + 1, -1 }, { INT64_MAX, -1 }, { INT64_MIN, -1 },
	};
	struct cdt_usage said = CDT_USAGE_INIT, u;

	said.input = 5;
	for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
		said.cost_nanousd = costs[i].said;
		usage_copy(&u, &said);
		CU_ASSERT_EQUAL(u.cost_nanousd, costs[i].taken);
		CU_ASSERT_EQUAL(u.input, 5);           /* which is priced then */
	}
}

static const struct unit_test tests[] = {
	{ "joins the pieces of a text", joins_the_pieces_of_a_text },
	{ "keeps choices apart", keeps_choices_apart },
	{ "keeps calls and their arguments", keeps_calls_and_their_arguments },
	{ "keeps the opaque sides of reasoning", keeps_the_opaque_sides_of_reasoning },
	{ "every document is a part of its own", every_document_is_a_part_of_its_own },
	{ "extras belong to the answer or to a choice", extras_belong_to_the_answer_or_to_a_choice },
	{ "has a cap for everything", has_a_cap_for_everything },
	{ "a full arena is a limit", a_full_arena_is_a_limit },
	{ "unknown events are skipped", unknown_events_are_skipped },
	{ "counts that can not be are not said", counts_that_can_not_be_are_not_said },
	{ "a cost of millions is not said", a_cost_of_millions_is_not_said },
	{ "usage of an older minor is filled up", usage_of_an_older_minor_is_filled_up },
	{ NULL, NULL }
};
const struct unit_suite canon_answer_suite = { "canon/answer", tests };
