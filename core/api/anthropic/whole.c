/* api/anthropic/whole.c - a provider's answer as a Messages answer: thoughts, texts and calls
 * in the order in which they came.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/str.h"

/* What is written so far. */
struct writing {
	struct jsonw *w;
	bool any, tools, refused;
};

static void begin_block(struct writing *g, const char *type)
{
	g->any = true;
	jsonw_open(g->w, '{');
	jsonw_put_z(g->w, "type", type);
}

/* Of a chat: {"type":"url_citation","url_citation":{"url","title"}} */
static void write_citation(struct jsonw *w, cdt_str annotation)
{
	cdt_str c = messages_get(annotation, "url_citation"), title;

	if (!messages_word(c, "url").n)
		return;
	title = messages_get(c, "title");
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", "web_search_result_location");
	jsonw_put_raw(w, "url", messages_get(c, "url"));
	jsonw_put_raw(w, "title", title.p ? title : CDT_STR("null"));
	jsonw_put_z(w, "cited_text", "");
	jsonw_put_z(w, "encrypted_index", "");
	jsonw_close(w);
}

/* Those that came behind a text are its. */
static void write_citations(struct jsonw *w, const struct answer_part *after)
{
	const struct answer_part *p = after->next;

	if (!p || p->kind != CDT_PART_CITATION)
		return;                        /* some clients take a list or nothing */
	jsonw_key(w, "citations");
	jsonw_open(w, '[');
	for (; p && p->kind == CDT_PART_CITATION; p = p->next)
		write_citation(w, p->json);
	jsonw_close(w);
}

static void write_text(struct writing *g, const struct answer_part *p)
{
	if (!p->text.n)
		return;
	begin_block(g, "text");
	jsonw_put_text(g->w, "text", buf_str(&p->text));
	write_citations(g->w, p);
	jsonw_close(g->w);
}

static void write_refusal(struct writing *g, const struct answer_part *p)
{
	g->refused |= p->text.n > 0;
	write_text(g, p);
}

static void write_reasoning(struct writing *g, const struct answer_part *p)
{
	if (p->redacted.n) {
		begin_block(g, "redacted_thinking");
		jsonw_put_text(g->w, "data", buf_str(&p->redacted));
		jsonw_close(g->w);
		return;
	}
	if (!p->text.n && !p->signature.n)
		return;
	begin_block(g, "thinking");
	jsonw_put_text(g->w, "thinking", buf_str(&p->text));
	jsonw_put_text(g->w, "signature", buf_str(&p->signature));
	jsonw_close(g->w);
}

/* What a model wrote may be no JSON: then nothing of it can be an input. */
static cdt_str input_of(const struct answer_part *p)
{
	cdt_str text = str_trim(buf_str(&p->text));
	struct jsonscan scan;

	if (text.n && jsonscan(&scan, text) == CDT_OK && scan.type == CDT_MAP)
		return text;
	return CDT_STR("{}");
}

static void write_call(struct writing *g, const struct answer_part *p)
{
	g->tools = true;
	begin_block(g, "tool_use");
	jsonw_put_text(g->w, "id", p->id);
	jsonw_put_text(g->w, "name", p->name);
	jsonw_put_raw(g->w, "input", input_of(p));
	jsonw_close(g->w);
}

static void write_part(struct writing *g, const struct answer_part *p)
{
	switch (p->kind) {
	case CDT_PART_TEXT:
		write_text(g, p);
		break;
	case CDT_PART_REFUSAL:
		write_refusal(g, p);
		break;
	case CDT_PART_REASONING:
		write_reasoning(g, p);
		break;
	case CDT_PART_TOOL_CALL:
		write_call(g, p);
		break;
	default:
		break;                         /* the dialect has no word for it */
	}
}

static void write_content(struct writing *g, const struct answer_choice *c)
{
	jsonw_key(g->w, "content");
	jsonw_open(g->w, '[');
	for (const struct answer_part *p = c->parts; p; p = p->next)
		write_part(g, p);
	if (!g->any) {
		begin_block(g, "text");
		jsonw_put_z(g->w, "text", "");
		jsonw_close(g->w);
	}
	jsonw_close(g->w);
}

cdt_status messages_whole(struct exchange *x, struct answer *a, struct buf *out)
{
	const struct answer_choice *c = a->choice_count ? a->choices[0] : NULL;
	struct writing g = { .any = false };
	struct jsonw w;

	if (!c)
		return CDT_E_UPSTREAM;
	g.w = &w;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "id", messages_id(x, a->id));
	jsonw_put_z(&w, "type", "message");
	jsonw_put_z(&w, "role", "assistant");
	jsonw_put_text(&w, "model", x->ask.model);
	write_content(&g, c);
	jsonw_put_z(&w, "stop_reason",
	            messages_stop(c->stop, c->stop_word, g.tools, g.refused));
	jsonw_put_null(&w, "stop_sequence");
	messages_usage(&w, &x->usage);
	jsonw_close(&w);
	return jsonw_status(&w);
}
