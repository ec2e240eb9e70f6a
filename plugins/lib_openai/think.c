/* lib_openai/think.c - how a host is told to think, or not to, and how it is given back what it
 * thought.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

/* From little to much. */
static const char *const efforts[] = { "none", "minimal", "low", "medium", "high", "xhigh",
                                       "max" };
enum { EFFORTS = sizeof efforts / sizeof *efforts };

static cdt_str str(const char *z) { return (cdt_str){ z, strlen(z) }; }

static size_t place_of(cdt_str effort)
{
	size_t i = 0;

	while (i < EFFORTS && !cdt_is(effort, efforts[i]))
		i++;
	return i;
}

static size_t distance(size_t a, size_t b) { return a > b ? a - b : b - a; }

/* Is word one of "a+b+c"? */
static bool among(cdt_str list, cdt_str word)
{
	size_t at = 0;

	while (at < list.n) {
		size_t n = 0;

		while (at + n < list.n && list.p[at + n] != '+')
			n++;
		if (n == word.n && memcmp(list.p + at, word.p, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

static bool knows(const struct asking *a, cdt_str effort)
{
	const struct openai_host *row = &a->me->row;

	if (row->model_efforts)
		return among(openai_words_fitting(row->model_efforts, a->req->model), effort);
	return !row->efforts || openai_words_have(row->efforts, effort);
}

/* The nearest that the host knows, rather the smaller; who wants thoughts gets some.  "": it
 * knows none. */
static cdt_str clamped(const struct asking *a, cdt_str effort)
{
	size_t wanted = place_of(effort), best = EFFORTS;

	if (knows(a, effort) || wanted == EFFORTS)
		return effort;
	for (size_t i = 1; i < EFFORTS; i++)
		if (knows(a, str(efforts[i])) &&
		    (best == EFFORTS || distance(i, wanted) < distance(best, wanted)))
			best = i;
	if (best == EFFORTS)
		return knows(a, CDT_STR("default")) ? CDT_STR("default") : CDT_STR("");
	return str(efforts[best]);
}

static const char *member_of(enum openai_switch s)
{
	static const char *const names[SWITCH_COUNT] = {
		[SWITCH_EFFORT] = "reasoning_effort", [SWITCH_THINKING] = "thinking",
		[SWITCH_ADAPTIVE] = "thinking", [SWITCH_ENABLE] = "enable_thinking",
		[SWITCH_TEMPLATE] = "chat_template_kwargs", [SWITCH_REASONING] = "reasoning",
		[SWITCH_REASONING_ENABLED] = "reasoning", [SWITCH_NONE] = "",
	};

	return names[s];
}

/* The client has said it in the host's own words. */
static bool said_already(const struct asking *a)
{
	const char *member = member_of(a->me->row.think);

	return openai_body_from_openai(a->req) && *member &&
	       a->me->row.think != SWITCH_EFFORT &&
	       cdt_type(cdt_get(a->req->doc, member)) > CDT_NULL;
}

static void write_switch(struct cdt_out *o, enum openai_switch think, bool on, cdt_str effort)
{
	switch (think) {
	case SWITCH_ENABLE:
		cdt_put_flag(o, "enable_thinking", on);
		return;
	case SWITCH_EFFORT:
		return;
	default:
		o->api->key(o, member_of(think));
	}
	cdt_open(o, '{');
	if (think == SWITCH_TEMPLATE)
		cdt_put_flag(o, "enable_thinking", on);
	else if (think == SWITCH_REASONING_ENABLED)
		cdt_put_flag(o, "enabled", on);
	else if (think == SWITCH_REASONING)
		cdt_put_text(o, "effort", effort);
	else
		cdt_put_text(o, "type", !on ? CDT_STR("disabled") :
		             think == SWITCH_ADAPTIVE ? CDT_STR("adaptive")
		                                      : CDT_STR("enabled"));
	cdt_close(o);
}

cdt_status openai_think_ask(const struct asking *a, cdt_val effort)
{
	const struct openai_host *row = &a->me->row;
	cdt_str word = cdt_text(effort), known;
	bool on = !cdt_is(word, "none"), beside;

	if (!word.n || said_already(a))
		return CDT_OK;
	if (row->think == SWITCH_NONE || !openai_member_goes(a, CDT_STR("reasoning_effort")))
		return openai_member_leave(a, CDT_STR("reasoning_effort"));
	known = clamped(a, word);
	beside = row->think == SWITCH_EFFORT ||
	         (row->think != SWITCH_REASONING && on && row->efforts);
	if (row->think == SWITCH_REASONING && !known.n)
		known = word;
	if (row->think == SWITCH_EFFORT && !known.n)
		return openai_member_leave(a, CDT_STR("reasoning_effort"));
	write_switch(a->out, row->think, on, known);
	if (beside && known.n)
		cdt_put_text(a->out, "reasoning_effort", known);
	return CDT_OK;
}

static bool is_thought(cdt_val part)
{
	return cdt_is(cdt_text(cdt_get(part, "type")), "reasoning");
}

static cdt_status joined(const struct asking *a, cdt_val content, cdt_str *out)
{
	size_t count = cdt_count(content), n = 0;
	char *text;

	for (size_t i = 0; i < count; i++)
		if (is_thought(cdt_at(content, i)))
			n += cdt_text(cdt_get(cdt_at(content, i), "text")).n;
	text = n ? a->call->api->scratch(a->call, n) : NULL;
	*out = (cdt_str){ text, 0 };
	if (n && !text)
		return CDT_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		cdt_str s = is_thought(cdt_at(content, i))
			? cdt_text(cdt_get(cdt_at(content, i), "text")) : CDT_STR("");

		if (s.n)
			memcpy(text + out->n, s.p, s.n);
		out->n += s.n;
	}
	return CDT_OK;
}

/* One thought as the host said it: its opaque part is the JSON that detail.c made of it. */
static void write_detail(const struct asking *a, cdt_val part)
{
	cdt_str text = cdt_text(cdt_get(part, "text"));
	cdt_str opaque = cdt_text(cdt_get(part, text.n ? "signature" : "redacted"));
	struct cdt_out *o = a->out;
	cdt_val doc, v;
	cdt_str key;

	if (opaque.n && (*opaque.p != '{' || a->call->api->parse(a->call, opaque, &doc)))
		opaque.n = 0;                              /* of another host's making */
	if (!opaque.n && !text.n)
		return;
	cdt_open(o, '{');
	if (!opaque.n)
		cdt_put_text(o, "type", CDT_STR("reasoning.text"));
	for (size_t it = 0; opaque.n && doc.api->next(doc, &it, &key, &v);)
		if (!cdt_is(key, "text")) {
			openai_body_key(o, key);
			o->api->val(o, v);
		}
	if (text.n)
		cdt_put_text(o, "text", text);
	cdt_close(o);
}

static void write_details(const struct asking *a, cdt_val content)
{
	size_t count = cdt_count(content), thoughts = 0;

	for (size_t i = 0; i < count; i++)
		thoughts += is_thought(cdt_at(content, i));
	if (!thoughts)
		return;
	a->out->api->key(a->out, "reasoning_details");
	cdt_open(a->out, '[');
	for (size_t i = 0; i < count; i++)
		if (is_thought(cdt_at(content, i)))
			write_detail(a, cdt_at(content, i));
	cdt_close(a->out);
}

cdt_status openai_think_back(const struct asking *a, cdt_val message)
{
	const struct openai_host *row = &a->me->row;
	cdt_val content = cdt_get(message, "content"), theirs;
	bool calls = cdt_count(cdt_get(message, "tool_calls")) > 0;
	cdt_str text;
	cdt_status st;

	if (!row->back || !*row->back || (!calls && !row->back_always))
		return CDT_OK;
	theirs = cdt_get(message, row->back);
	if (cdt_type(theirs) > CDT_NULL) {
		cdt_put_val(a->out, row->back, theirs);
		return CDT_OK;
	}
	if (!strcmp(row->back, "reasoning_details")) {
		write_details(a, content);
		return CDT_OK;
	}
	st = joined(a, content, &text);
	if (st == CDT_OK && (text.n || (calls && row->back_empty)))
		cdt_put_text(a->out, row->back, text);
	return st;
}
