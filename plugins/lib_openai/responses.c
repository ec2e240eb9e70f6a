/* lib_openai/responses.c - answers of the Responses API, which are only watched: what they
 * cost, how they ended, and whether they did.  A stream ends with one of three events; a
 * "[DONE]" means nothing here.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

bool openai_responses_wanted(const struct cdt_request *req)
{
	return (req->flags & CDT_REQ_NATIVE) && cdt_is(req->dialect, "openai.responses");
}

/* Money may have been set aside for fewer tokens than the client asks for. */
void openai_responses_patch(const struct cdt_request *req, struct cdt_http_out *http)
{
	struct cdt_out *o;

	if (req->max_output <= 0)
		return;
	o = http->api->patch(http, "max_output_tokens");
	o->api->i64(o, req->max_output);
}

/* Items that wait for a result of the client's. */
static bool is_call(cdt_val item)
{
	static const char *const types[] = { "apply_patch_call", "computer_call",
		"custom_tool_call", "function_call", "local_shell_call" };
	cdt_str type = cdt_text(cdt_get(item, "type"));

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (cdt_is(type, types[i]))
			return true;
	return false;
}

static void note_calls(struct turn *t, cdt_val output)
{
	size_t n = cdt_type(output) == CDT_LIST ? cdt_count(output) : 0;

	for (size_t i = 0; i < n && !t->calls; i++)
		t->calls = is_call(cdt_at(output, i));
}

static uint32_t kind_of(const struct turn *t, cdt_str status, cdt_str why)
{
	if (cdt_is(status, "completed"))
		return t->calls ? CDT_STOP_TOOL : CDT_STOP_END;
	if (cdt_is(why, "max_output_tokens"))
		return CDT_STOP_LENGTH;
	return cdt_is(why, "content_filter") ? CDT_STOP_FILTER : CDT_STOP_OTHER;
}

/* status: what the event says; the answer's own word for a whole one. */
static cdt_status ended(const struct reading *r, cdt_val response, cdt_str status)
{
	cdt_val usage = cdt_get(response, "usage");
	cdt_str why = cdt_text(cdt_get(cdt_get(response, "incomplete_details"), "reason"));
	cdt_status st = CDT_OK;

	r->turn->ended = true;
	note_calls(r->turn, cdt_get(response, "output"));
	if (cdt_type(usage) == CDT_MAP)
		st = openai_usage_response(r->sink, usage);
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_STOP, .kind = kind_of(r->turn, status, why),
		.data = why.n ? why : status });
}

/* Answers in the background are queued, and still answers. */
static cdt_status whole(const struct reading *r, cdt_val doc)
{
	cdt_str status = cdt_text(cdt_get(doc, "status"));

	if (cdt_type(doc) != CDT_MAP || openai_answer_errs(doc) || cdt_is(status, "failed") ||
	    (!status.n && cdt_type(cdt_get(doc, "output")) != CDT_LIST))
		return CDT_E_UPSTREAM;
	return ended(r, doc, status.n ? status : CDT_STR("completed"));
}

static cdt_status on_completed(const struct reading *r, cdt_val doc)
{
	return ended(r, cdt_get(doc, "response"), CDT_STR("completed"));
}

static cdt_status on_incomplete(const struct reading *r, cdt_val doc)
{
	return ended(r, cdt_get(doc, "response"), CDT_STR("incomplete"));
}

static cdt_status on_failed(const struct reading *r, cdt_val doc)
{
	(void)r, (void)doc;
	return CDT_E_UPSTREAM;
}

static cdt_status on_item(const struct reading *r, cdt_val doc)
{
	r->turn->calls |= is_call(cdt_get(doc, "item"));
	return CDT_OK;
}

static const struct watched {
	const char *type;
	cdt_status (*run)(const struct reading *, cdt_val doc);
} watched[] = {
	{ "error", on_failed },
	{ "response.cancelled", on_failed },
	{ "response.completed", on_completed },
	{ "response.failed", on_failed },
	{ "response.incomplete", on_incomplete },
	{ "response.output_item.done", on_item },
};

static const struct watched *watched_of(cdt_str type)
{
	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
		if (cdt_is(type, watched[i].type))
			return &watched[i];
	return NULL;
}

/* The event's name by how its map begins: what upstream calls it may be something else.  "": it
 * takes a parse. */
static cdt_str name_of(cdt_str s)
{
	static const char begin[] = "{\"type\":\"";
	size_t n = sizeof begin - 1;

	if (s.n < n || memcmp(s.p, begin, n) != 0)
		return CDT_STR("");
	s = (cdt_str){ s.p + n, s.n - n };
	for (n = 0; n < s.n && s.p[n] != '"' && s.p[n] != '\\';)
		n++;
	return n < s.n && s.p[n] == '"' ? (cdt_str){ s.p, n } : CDT_STR("");
}

/* A map that does not end is half an event. */
static bool looks_whole(cdt_str s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]) && s.p[s.n - 1])
		s.n--;
	return s.n > 1 && *s.p == '{' && s.p[s.n - 1] == '}';
}

static cdt_status event(const struct reading *r, const struct cdt_frame *frame)
{
	cdt_str name = name_of(frame->data);
	const struct watched *w = watched_of(name.n ? name : frame->event);
	cdt_status st;
	cdt_val doc;

	if (name.n && !w)
		return looks_whole(frame->data) ? CDT_OK : CDT_E_UPSTREAM;
	st = r->call->api->parse(r->call, frame->data, &doc);
	if (st != CDT_OK)
		return st;
	if (cdt_type(doc) != CDT_MAP)
		return CDT_E_UPSTREAM;
	name = cdt_text(cdt_get(doc, "type"));
	w = name.n ? watched_of(name) : w;
	if (!w)
		return name.n && !openai_answer_errs(doc) ? CDT_OK : CDT_E_UPSTREAM;
	return w->run(r, doc);
}

cdt_status openai_responses_frame(const struct reading *r, const struct cdt_frame *frame)
{
	cdt_status st;
	cdt_val doc;

	if (!frame->data.n || r->turn->ended)
		return CDT_OK;
	r->turn->started = true;
	if (r->turn->stream)
		return event(r, frame);
	st = r->call->api->parse(r->call, frame->data, &doc);
	return st != CDT_OK ? st : whole(r, doc);
}

cdt_status openai_responses_finish(const struct reading *r)
{
	return r->turn->ended ? CDT_OK : CDT_E_UPSTREAM;
}
