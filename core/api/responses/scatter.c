/* api/responses/scatter.c - a whole answer becomes the events of a stream: its beginning, each
 * item in as few pieces as there can be, its end.  Items of tools that hosts run have events of
 * their own, in which there is more than the items say: of such an answer no stream is made.
 * SPDX-License-Identifier: MIT */
#include "api/scatter.h"
#include "api/responses/responses.h"
#include "base/jsonwalk.h"
#include "base/str.h"

/* The item whose events are written. */
struct scattering {
	struct scatter f;
	int64_t sequence, index;
	cdt_str id;                    /* as it is written */
};

static void begin(struct scattering *s, const char *type)
{
	scatter_begin(&s->f, type);
	jsonw_put_i64(&s->f.w, "sequence_number", s->sequence++);
}

/* Of the item; number: of one of its parts, called so, or NULL. */
static void about(struct scattering *s, const char *type, const char *number, int64_t part)
{
	begin(s, type);
	jsonw_put_raw(&s->f.w, "item_id", s->id);
	jsonw_put_i64(&s->f.w, "output_index", s->index);
	if (number)
		jsonw_put_i64(&s->f.w, number, part);
}

static cdt_str or_empty(cdt_str value, const char *empty)
{
	return value.p ? value : str_z(empty);
}

/* --- a text in one piece --- */

/* What a text is called, and its events. */
struct text_kind {
	const char *type;              /* of the part, or of the item */
	const char *member, *delta, *done;
	bool logprobs;
};

static cdt_status put_text(struct scattering *s, const struct text_kind *k, const char *number,
                           int64_t part, cdt_str of)
{
	cdt_str text = or_empty(jsonwalk_get(of, k->member), "\"\"");
	cdt_str logprobs = or_empty(jsonwalk_get(of, "logprobs"), "[]");
	cdt_status st = CDT_OK;

	if (text.n > 2) {
		about(s, k->delta, number, part);
		jsonw_put_raw(&s->f.w, "delta", text);
		if (k->logprobs)
			jsonw_put_raw(&s->f.w, "logprobs", logprobs);
		st = scatter_end(&s->f);
	}
	if (st != CDT_OK)
		return st;
	about(s, k->done, number, part);
	jsonw_put_raw(&s->f.w, k->member, text);
	if (k->logprobs)
		jsonw_put_raw(&s->f.w, "logprobs", logprobs);
	return CDT_OK;                         /* its end is the caller's */
}

/* --- parts --- */

static const struct text_kind part_kinds[] = {
	{ "output_text", "text", "response.output_text.delta", "response.output_text.done",
	  true },
	{ "refusal", "refusal", "response.refusal.delta", "response.refusal.done", false },
	{ "reasoning_text", "text", "response.reasoning_text.delta",
	  "response.reasoning_text.done", false },
	{ "summary_text", "text", "response.reasoning_summary_text.delta",
	  "response.reasoning_summary_text.done", false },
};

static cdt_status put_annotations(struct scattering *s, int64_t part, cdt_str list)
{
	cdt_str rest = jsonwalk_inside(list), one;
	cdt_status st = CDT_OK;

	if (jsonwalk_type(list) != CDT_LIST)
		return CDT_OK;
	for (int64_t i = 0; st == CDT_OK && jsonwalk_element(&rest, &one); i++) {
		about(s, "response.output_text.annotation.added", "content_index", part);
		jsonw_put_i64(&s->f.w, "annotation_index", i);
		jsonw_put_raw(&s->f.w, "annotation", one);
		st = scatter_end(&s->f);
	}
	return st;
}

/* The list that parts stand in: what their events are called. */
struct part_list { const char *member, *number, *added, *done; };

static cdt_status put_part(struct scattering *s, const struct part_list *l, int64_t number,
                           cdt_str part)
{
	static const char *const begun[] = { "text", "\"\"", "refusal", "\"\"", "annotations",
		"[]", "logprobs", "[]", NULL };
	static const char *const whole[] = { NULL };
	const size_t n = sizeof part_kinds / sizeof *part_kinds;
	cdt_str type = scatter_word(part, "type");
	cdt_status st;
	size_t i = 0;

	while (i < n && !str_is(type, part_kinds[i].type))
		i++;
	if (i == n)
		return CDT_E_UNSUPPORTED;
	about(s, l->added, l->number, number);
	scatter_put_map(&s->f, "part", part, begun);
	st = scatter_end(&s->f);
	if (st == CDT_OK)
		st = put_text(s, &part_kinds[i], l->number, number, part);
	if (st == CDT_OK)
		st = scatter_end(&s->f);
	if (st == CDT_OK)
		st = put_annotations(s, number, jsonwalk_get(part, "annotations"));
	if (st != CDT_OK)
		return st;
	about(s, l->done, l->number, number);
	scatter_put_map(&s->f, "part", part, whole);
	return scatter_end(&s->f);
}

static cdt_status put_parts(struct scattering *s, const struct part_list *l, cdt_str item)
{
	cdt_str list = jsonwalk_get(item, l->member), rest = jsonwalk_inside(list), part;
	cdt_status st = CDT_OK;

	if (jsonwalk_type(list) != CDT_LIST)
		return CDT_OK;
	for (int64_t i = 0; st == CDT_OK && jsonwalk_element(&rest, &part); i++)
		st = jsonwalk_type(part) == CDT_MAP ? put_part(s, l, i, part)
		                                    : CDT_E_UNSUPPORTED;
	return st;
}

/* --- items --- */

static const struct part_list contents = {
	"content", "content_index", "response.content_part.added", "response.content_part.done",
};
static const struct part_list summaries = {
	"summary", "summary_index", "response.reasoning_summary_part.added",
	"response.reasoning_summary_part.done",
};

static cdt_status put_message(struct scattering *s, cdt_str item)
{
	return put_parts(s, &contents, item);
}

static cdt_status put_reasoning(struct scattering *s, cdt_str item)
{
	cdt_status st = put_parts(s, &summaries, item);

	return st == CDT_OK ? put_parts(s, &contents, item) : st;
}

static cdt_status put_call(struct scattering *s, cdt_str item)
{
	static const struct text_kind kind = {
		"function_call", "arguments", "response.function_call_arguments.delta",
		"response.function_call_arguments.done", false,
	};
	cdt_status st = put_text(s, &kind, NULL, 0, item);

	if (st != CDT_OK)
		return st;
	jsonw_put_raw(&s->f.w, "name", or_empty(jsonwalk_get(item, "name"), "\"\""));
	return scatter_end(&s->f);
}

static cdt_status put_custom(struct scattering *s, cdt_str item)
{
	static const struct text_kind kind = {
		"custom_tool_call", "input", "response.custom_tool_call_input.delta",
		"response.custom_tool_call_input.done", false,
	};
	cdt_status st = put_text(s, &kind, NULL, 0, item);

	return st == CDT_OK ? scatter_end(&s->f) : st;
}

static const struct {
	const char *type;
	cdt_status (*put)(struct scattering *, cdt_str item);
} item_kinds[] = {
	{ "message", put_message }, { "reasoning", put_reasoning },
	{ "function_call", put_call }, { "custom_tool_call", put_custom },
};

static cdt_status put_item(struct scattering *s, cdt_str item)
{
	static const char *const begun[] = { "status", "\"in_progress\"", "content", "[]",
		"summary", "[]", "arguments", "\"\"", "input", "\"\"", NULL };
	static const char *const whole[] = { NULL };
	const size_t n = sizeof item_kinds / sizeof *item_kinds;
	cdt_str type = scatter_word(item, "type");
	cdt_status st;
	size_t i = 0;

	while (i < n && !str_is(type, item_kinds[i].type))
		i++;
	s->id = i < n ? jsonwalk_get(item, "id") : CDT_STR("");
	if (s->id.n < 2)
		return CDT_E_UNSUPPORTED;
	begin(s, "response.output_item.added");
	jsonw_put_i64(&s->f.w, "output_index", s->index);
	scatter_put_map(&s->f, "item", item, begun);
	st = scatter_end(&s->f);
	if (st == CDT_OK)
		st = item_kinds[i].put(s, item);
	if (st != CDT_OK)
		return st;
	begin(s, "response.output_item.done");
	jsonw_put_i64(&s->f.w, "output_index", s->index++);
	scatter_put_map(&s->f, "item", item, whole);
	return scatter_end(&s->f);
}

/* --- all of it --- */

static cdt_status put_response(struct scattering *s, const char *type, cdt_str body,
                               bool ends)
{
	static const char *const begun[] = { "status", "\"in_progress\"", "output", "[]",
		"usage", "null", "completed_at", "null", "incomplete_details", "null", NULL };
	static const char *const whole[] = { NULL };

	begin(s, type);
	scatter_put_map(&s->f, "response", body, ends ? whole : begun);
	return scatter_end(&s->f);
}

static cdt_status scatter(struct scattering *s, cdt_str body)
{
	cdt_str output = jsonwalk_get(body, "output"), rest = jsonwalk_inside(output), item;
	cdt_str status = scatter_word(body, "status");
	cdt_status st = CDT_E_UNSUPPORTED;

	if (jsonwalk_type(output) == CDT_LIST && (str_is(status, "completed") ||
	                                          str_is(status, "incomplete")))
		st = put_response(s, "response.created", body, false);
	if (st == CDT_OK)
		st = put_response(s, "response.in_progress", body, false);
	while (st == CDT_OK && jsonwalk_element(&rest, &item))
		st = jsonwalk_type(item) == CDT_MAP ? put_item(s, item) : CDT_E_UNSUPPORTED;
	return st != CDT_OK ? st : put_response(s, str_is(status, "completed")
		? "response.completed" : "response.incomplete", body, true);
}

cdt_status responses_scatter(cdt_str body, struct buf *frames)
{
	struct scattering s = { .sequence = 0 };
	cdt_status st;

	if (jsonwalk_type(body) != CDT_MAP)
		return CDT_E_UNSUPPORTED;
	scatter_init(&s.f, frames);
	st = scatter(&s, body);
	scatter_fini(&s.f);
	return st;
}
