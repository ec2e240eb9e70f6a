/* api/openai/completions.c - POST /v1/completions, whole and streamed.
 * SPDX-License-Identifier: MIT */
#include "api/openai/gather.h"
#include "api/native.h"
#include "api/openai/openai.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { CHOICES_MAX = 128 };

static const struct body_field fields[] = {
	{ "prompt", BODY_TEXT | BODY_LIST },
	{ "model", BODY_TEXT },
	{ "stream", BODY_FLAG },
	{ "stream_options", BODY_MAP },
	{ "max_tokens", BODY_INT },
	{ "temperature", BODY_NUMBER },
	{ "top_p", BODY_NUMBER },
	{ "n", BODY_INT },
	{ "best_of", BODY_INT },
	{ "echo", BODY_FLAG },
	{ "logprobs", BODY_INT },
	{ "stop", BODY_TEXT | BODY_LIST },
	{ "suffix", BODY_TEXT },
	{ "seed", BODY_INT },
	{ "user", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

/* One text, alone or in a list. */
static bool is_one_text(const struct json_member *prompt)
{
	cdt_str rest = prompt->value, first, second;

	if (prompt->type == CDT_LIST) {
		rest = jsonwalk_inside(rest);
		return jsonwalk_element(&rest, &first) && *first.p == '"' &&
		       !jsonwalk_element(&rest, &second);
	}
	return prompt->type == CDT_TEXT;
}

static bool says(const struct exchange *x, const char *member)
{
	const struct json_member *m = ask_member(&x->ask, member);

	if (!m || m->type == CDT_NULL || str_is(m->value, "false"))
		return false;
	return m->type == CDT_INT ? str_cmp(m->value, CDT_STR("1")) > 0 : !body_is_empty(m);
}

/* What a chat has no words for. */
static const char *no_chat(const struct exchange *x)
{
	static const char *const only_here[] = { "suffix", "echo", "best_of" };
	const struct json_member *logprobs = ask_member(&x->ask, "logprobs");

	if (!is_one_text(ask_member(&x->ask, "prompt")))
		return "prompt";
	if (logprobs && logprobs->type != CDT_NULL)
		return "logprobs";
	for (size_t i = 0; i < sizeof only_here / sizeof *only_here; i++)
		if (says(x, only_here[i]))
			return only_here[i];
	return NULL;
}

static cdt_status decode(struct exchange *x)
{
	cdt_status st = openai_decode(x, fields);

	if (st == CDT_OK)
		st = body_check_range(x, "n", 1, CHOICES_MAX);
	if (st == CDT_OK && !ask_member(&x->ask, "prompt"))
		return body_missing(x, "prompt");
	if (st == CDT_OK)
		x->ask.no_chat = no_chat(x);
	return st;
}

/* A string or a list of ints is one prompt; sdk/canon has lists only. */
void openai_make_list(struct json *doc, const char *member)
{
	struct json *v = json_take(doc, member), *list;

	if (!v)
		return;
	if (json_type(v) == CDT_LIST && json_type(json_at(v, 0)) != CDT_INT) {
		json_set_give(doc, member, v);
		return;
	}
	list = json_new_list();
	json_push_give(list, v);
	json_set_give(doc, member, list);
}

static cdt_status canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "complete/1");

	if (!doc)
		return CDT_E_INVALID;
	openai_make_list(doc, "prompt");
	if (json_type(json_get(doc, "stop")) == CDT_TEXT)
		openai_make_list(doc, "stop");
	*out = doc;
	return CDT_OK;
}

static void write_choice(struct jsonw *w, uint32_t index, cdt_str text, const char *finish)
{
	jsonw_open(w, '{');
	jsonw_put_text(w, "text", text);
	jsonw_put_i64(w, "index", index);
	jsonw_put_null(w, "logprobs");
	if (finish)
		jsonw_put_z(w, "finish_reason", finish);
	else
		jsonw_put_null(w, "finish_reason");
	jsonw_close(w);
}

static cdt_status whole(struct exchange *x, struct answer *a, struct buf *out)
{
	struct jsonw w;

	if (!a->choice_count)
		return CDT_E_UPSTREAM;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	openai_stamp(x, &w, "text_completion", openai_answer_id(x, "cmpl-", a->id));
	jsonw_key(&w, "choices");
	jsonw_open(&w, '[');
	for (uint32_t i = 0; i < a->choice_count; i++)
		write_choice(&w, i, answer_text(a, a->choices[i], CDT_PART_TEXT),
		             openai_finish(a->choices[i]->stop));
	jsonw_close(&w);
	openai_usage(&w, &x->usage);
	jsonw_close(&w);
	return jsonw_status(&w);
}

/* The id of the stream, kept as the surface's state. */
static cdt_str *id_of(struct exchange *x)
{
	if (!x->surface_state) {
		cdt_str *id = arena_take(&x->arena, sizeof *id);

		if (id)
			*id = openai_answer_id(x, "cmpl-", (cdt_str){ NULL, 0 });
		x->surface_state = id;
	}
	return x->surface_state;
}

static cdt_status event(struct exchange *x, const struct cdt_event *ev, struct buf *out)
{
	bool stop = ev->type == CDT_EV_STOP;
	struct jsonw w;

	if (!stop && !(ev->type == CDT_EV_DELTA && ev->kind == CDT_PART_TEXT && ev->data.n))
		return CDT_OK;
	if (!id_of(x))
		return CDT_E_LIMIT;
	openai_sse_begin(out, &w);
	openai_stamp(x, &w, "text_completion", *id_of(x));
	jsonw_key(&w, "choices");
	jsonw_open(&w, '[');
	write_choice(&w, ev->choice, stop ? CDT_STR("") : ev->data,
	             stop ? openai_finish(ev->kind) : NULL);
	jsonw_close(&w);
	jsonw_close(&w);
	openai_sse_end(out);
	return jsonw_status(&w);
}

static cdt_status cut(struct exchange *x, struct buf *out)
{
	struct cdt_event stop = { .size = sizeof stop, .type = CDT_EV_STOP,
	                          .kind = CDT_STOP_LENGTH };
	uint32_t n = (uint32_t)x->ask.n;       /* checked by decode */
	cdt_status st = CDT_OK;

	if (x->native)
		x->surface_state = NULL;
	x->native = false;
	for (; st == CDT_OK && stop.choice < n; stop.choice++)
		st = event(x, &stop, out);
	return st;
}

static cdt_status stream_end(struct exchange *x, struct buf *out)
{
	if (x->native)
		return openai_native_end(x, out);
	if (!id_of(x))
		return CDT_E_LIMIT;
	openai_usage_chunk(x, out, "text_completion", *id_of(x));
	openai_done(out);
	return CDT_OK;
}

static cdt_status gather(cdt_str frames, struct buf *body)
{
	return openai_gather(frames, "text_completion", NULL, body);
}

static cdt_status scatter(cdt_str body, struct buf *frames)
{
	return openai_scatter(body, "text_completion", NULL, frames);
}

const struct surface openai_completions = {
	.path = "/v1/completions", .method = "POST", .op = CDT_OP_COMPLETE,
	.dialect = &openai_completions_dialect,
	.decode = decode, .canonical = canonical,
	.whole = whole, .native_whole = native_whole,
	.event = event, .native_frame = openai_native_frame,
	.gather = gather, .scatter = scatter,
	.cut = cut, .stream_end = stream_end,
};
