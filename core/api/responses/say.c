/* api/responses/say.c - the events of the API, each as it is written; see say.h.
 * SPDX-License-Identifier: MIT */
#include "api/responses/say.h"
#include "base/str.h"

/* False: nobody listens. */
static bool event_begin(struct turn *t, struct jsonw *w, const char *type)
{
	if (!t->out)
		return false;
	openai_sse_typed(t->out, w, type, true);
	jsonw_put_i64(w, "sequence_number", t->sequence++);
	return true;
}

cdt_status event_end(struct turn *t, struct jsonw *w)
{
	jsonw_close(w);
	openai_sse_end(t->out);
	return jsonw_status(w);
}

cdt_status say_response(struct turn *t, const char *type, enum turn_phase phase)
{
	struct jsonw w;

	if (!event_begin(t, &w, type))
		return CDT_OK;
	jsonw_key(&w, "response");
	turn_write(&w, t, phase);
	return event_end(t, &w);
}

cdt_status say_item(struct turn *t, const struct turn_item *item, const char *type)
{
	struct jsonw w;

	if (!event_begin(t, &w, type))
		return CDT_OK;
	jsonw_put_i64(&w, "output_index", item->number);
	jsonw_key(&w, "item");
	turn_write_item(&w, item);
	return event_end(t, &w);
}

/* An event about an item; more is added, then end. */
bool event_about(struct turn *t, struct jsonw *w, const struct turn_item *item,
                  const char *type)
{
	if (!event_begin(t, w, type))
		return false;
	jsonw_put_text(w, "item_id", item->id);
	jsonw_put_i64(w, "output_index", item->number);
	return true;
}

cdt_status say_text(struct turn *t, const struct turn_item *item, const char *type,
                           const char *member, cdt_str text)
{
	struct jsonw w;

	if (!event_about(t, &w, item, type))
		return CDT_OK;
	jsonw_put_text(&w, member, text);
	return event_end(t, &w);
}

cdt_status say_part(struct turn *t, const struct turn_item *item,
                           const struct turn_part *p, const char *type)
{
	struct jsonw w;

	if (!event_about(t, &w, item, type))
		return CDT_OK;
	jsonw_put_i64(&w, "content_index", p->number);
	jsonw_key(&w, "part");
	turn_write_part(&w, p, str_ends(str_z(type), "added"));
	return event_end(t, &w);
}

cdt_status say_part_text(struct turn *t, const struct turn_item *item,
                                const struct turn_part *p, const char *member, cdt_str text)
{
	static const char *const types[2][2] = {
		{ "response.output_text.delta", "response.output_text.done" },
		{ "response.refusal.delta", "response.refusal.done" },
	};
	bool refusal = p->kind == CDT_PART_REFUSAL, done = !str_is(str_z(member), "delta");
	struct jsonw w;

	if (!event_about(t, &w, item, types[refusal][done]))
		return CDT_OK;
	jsonw_put_i64(&w, "content_index", p->number);
	jsonw_put_text(&w, member, text);
	if (!refusal)
		turn_write_logprobs(&w, done ? p : NULL);
	return event_end(t, &w);
}

cdt_status say_summary(struct turn *t, const struct turn_item *item, const char *type,
                              const char *member, cdt_str text)
{
	struct jsonw w;

	if (!event_about(t, &w, item, type))
		return CDT_OK;
	jsonw_put_i64(&w, "summary_index", 0);
	if (str_is(str_z(member), "part")) {
		jsonw_key(&w, "part");
		jsonw_open(&w, '{');
		jsonw_put_z(&w, "type", "summary_text");
		jsonw_put_text(&w, "text", text);
		jsonw_close(&w);
	} else {
		jsonw_put_text(&w, member, text);
	}
	return event_end(t, &w);
}
